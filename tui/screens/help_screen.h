/* Help: every action with its keys, name, argument and what it does, made from the action table.
 * Those of the view it was called from come first. */
#ifndef TUI_SCREENS_HELP_SCREEN_H
#define TUI_SCREENS_HELP_SCREEN_H

#include "tui/screens/app.h"

/* About the view in front. Enter does what the row says there, or asks for its argument. */
struct view *help_screen_new(struct app *app);

#endif
