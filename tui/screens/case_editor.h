/* The text of a case study in the user's own editor. */
#ifndef TUI_SCREENS_CASE_EDITOR_H
#define TUI_SCREENS_CASE_EDITOR_H

#include "storage/db/case_store.h"
#include "tui/screens/app.h"

/* Gives the terminal to $VISUAL, $EDITOR or vi with the text in a file of the workspace, and stores
 * what comes back (tui/screens/case_desk.h). The file stays until the text is stored: what an
 * editor wrote is not lost when storing fails or rote ends, and the next edit goes on with it. */
unsigned case_editor_edit(struct app *app, const struct case_study *study, struct error *err);

#endif
