/*
 * A roll-out: what a run's model writes after a user's history, item by item, and which spans of it
 * stand in training (analysis/report/roll_out.h). Enter opens an item.
 */
#ifndef TUI_SCREENS_ROLL_OUT_SCREEN_H
#define TUI_SCREENS_ROLL_OUT_SCREEN_H

#include "tui/screens/host.h"

/* "[items] [run]" after :roll-out. *n: 0 where no number is said; *run: NULL where none is. */
bool roll_out_parse(struct study *study, const char *arg, int32_t *n, const struct study_run **run,
                    struct error *err);

/* Pushes the view; its job begins at once. nth: of the user's cases from 1, 0: the last. n: items,
 * 0: as many as usual. */
void roll_out_open(struct app *app, int32_t user, int32_t nth, const struct study_run *run,
                   int32_t n);

#endif
