/*
 * Two runs, or two groups of seeds, compared: differences with paired intervals, slices, where the
 * gain comes from, labels beside their nulls, and the users won and lost. Enter on a row opens its
 * users, Enter there the case with both sides shown.
 */
#ifndef TUI_SCREENS_COMPARE_SCREEN_H
#define TUI_SCREENS_COMPARE_SCREEN_H

#include "tui/screens/host.h"

/* :compare. The argument names two sides ("A B", each a run, a list or a pattern); without one the
 * two shown runs are compared. */
unsigned compare_command(struct app *app, const char *arg, struct error *err);
/* The runs [n] of a row of a sheet; the caller frees. */
typedef size_t (*compare_row_fn)(const void *context, int64_t row, int64_t **runs);
/* On a sheet of runs, or of groups of them (NULL: the rows' identities are runs): the two marked
 * ones; the marked one and the cursor's; with no mark the two shown ones. REACT_PASS for calls that
 * name runs, and for other actions. */
unsigned compare_on_sheet(const struct sheet *sheet, compare_row_fn runs_of, const void *context,
                          struct app *app, const struct call *call, struct error *err);

#endif
