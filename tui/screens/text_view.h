/* A view of text: paragraphs wrapped to the room there is, a line a row, so that moving, searching,
 * copying and export work as in any sheet. */
#ifndef TUI_SCREENS_TEXT_VIEW_H
#define TUI_SCREENS_TEXT_VIEW_H

#include "tui/screens/app.h"

/* `text`: a paragraph a line; blanks at its beginning indent the whole paragraph. Copied. */
struct view *text_view_new(struct app *app, const char *crumb, const char *text);

#endif
