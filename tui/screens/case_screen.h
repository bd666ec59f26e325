/*
 * One user's case: the history, the lists of the shown runs side by side, and below them the
 * training sequences behind the recommendation under the cursor. A user without a case shows the
 * sequence alone.
 */
#ifndef TUI_SCREENS_CASE_SCREEN_H
#define TUI_SCREENS_CASE_SCREEN_H

#include "tui/screens/host.h"

struct view *case_screen_new(struct app *app, int32_t user);
/* With the history's cursor at a position of the sequence, or -1: at its end. */
struct view *case_screen_at(struct app *app, int32_t user, int32_t position);

#endif
