/* Messages: everything said so far, the newest first, and what is said while they are looked at. */
#ifndef TUI_SCREENS_MESSAGES_SCREEN_H
#define TUI_SCREENS_MESSAGES_SCREEN_H

#include "tui/screens/app.h"

/* Enter shows a message in full. */
struct view *messages_screen_new(struct app *app);

#endif
