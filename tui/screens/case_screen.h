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

/* One of the user's cases with the cursor on a recommendation. */
struct case_place {
    int32_t nth; /* from 1; 0: the last case */
    int64_t run; /* its id; one that is not shown: the first one's list */
    int32_t rank;
};
struct view *case_screen_on(struct app *app, int32_t user, const struct case_place *place);
/* The number of a case among those of its user, from 1. */
int32_t case_number(const struct case_list *cases, int64_t at);

#endif
