/*
 * What can be done to runs: cancel, resume, delete, rename. Each checks at once, asks where
 * something would be lost (naming the run, or how many there are), and then works in a job over a
 * database connection of its own: to cancel may take as long as the worker needs to end. The end is
 * said on the message line and refreshes every view. Drawing thread only.
 */
#ifndef TUI_SCREENS_RUN_ACTIONS_H
#define TUI_SCREENS_RUN_ACTIONS_H

#include "tui/screens/host.h"

/* The runs [n] of a view (those that are gone are left out). An argument names other runs: then it
 * is REACT_PASS, as for every other action. */
unsigned run_actions_on(const int64_t *runs, size_t n, struct app *app, const struct call *call,
                        struct error *err);
/* On a sheet whose identities are runs: the marked ones, else the cursor's; renames the cursor's.
 */
unsigned run_actions_on_sheet(const struct sheet *sheet, struct app *app, const struct call *call,
                              struct error *err);
/* What p pins of a run: its figures under the active definition. False: it is gone. */
bool run_subject(struct app *app, int64_t run, struct case_subject *out);
/* The runs that the argument names, by names or numbers joined with commas. */
unsigned run_actions_named(struct app *app, const struct call *call, struct error *err);

#endif
