/*
 * One user's case: the history, the lists of the shown runs side by side, and below them the
 * training sequences behind the recommendation under the cursor. A user without a case shows the
 * sequence alone.
 */
#ifndef TUI_SCREENS_CASE_SCREEN_H
#define TUI_SCREENS_CASE_SCREEN_H

#include "tui/screens/host.h"

/* What is to be seen of a user. Zeroed but for the user: the last case as it begins. */
struct case_place {
    int32_t user;
    int32_t nth;      /* of the user's cases, from 1; 0: the last one */
    int32_t position; /* of the history's cursor, from 1; 0: at its end */
    int64_t run;      /* whose list has the cursor, its id; one that is not shown: the first */
    int32_t rank;     /* of the recommendation under it, from 1; 0: as the list begins */
};
/* Pushes the view. */
void case_open(struct app *app, const struct case_place *place);
/* Pushes what ":user ID" and ":user ID case N" name. */
unsigned case_command(struct app *app, const char *arg, struct error *err);
/* That command, as a line. */
void case_link(const struct host *host, int32_t user, int32_t nth, struct buf *out);
/* The number of a case among those of its user, from 1. */
int32_t case_number(const struct case_list *cases, int64_t at);

#endif
