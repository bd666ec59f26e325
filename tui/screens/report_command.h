/* :report FILE: everything about the study's finished runs as one document, as `rote report`. */
#ifndef TUI_SCREENS_REPORT_COMMAND_H
#define TUI_SCREENS_REPORT_COMMAND_H

#include "tui/screens/host.h"

/* The format is that of the file's ending. Asks before it replaces a file; the work is a job. */
unsigned report_command(struct app *app, const struct call *call, struct error *err);

#endif
