/* Runs: one row per run, what is being trained among them. Enter opens a run (run_screen.h); what
 * can be done to runs is in run_actions.h. */
#ifndef TUI_SCREENS_RUNS_SCREEN_H
#define TUI_SCREENS_RUNS_SCREEN_H

#include "tui/screens/host.h"

struct view *runs_screen_new(struct app *app);

#endif
