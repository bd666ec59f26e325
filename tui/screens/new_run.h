/* Starting runs from the screens: what the form of a new run and :train do in the end. */
#ifndef TUI_SCREENS_NEW_RUN_H
#define TUI_SCREENS_NEW_RUN_H

#include "analysis/run/queue.h"
#include "tui/screens/host.h"

/* Starts `request` (copied) in a job: a reference model is counted there, another one is put into
 * the queue and goes on when the screens close; `seeds` > 1 or an experiment: all of its runs are.
 * What came of it is said, and every view refreshed. `done` (NULL allowed) is called before that on
 * the drawing thread with the number `view`. The options must have been checked. */
void new_run_start(struct app *app, const struct run_request *request, int64_t seeds,
                   void (*done)(struct app *app, uint64_t view, bool ok), uint64_t view);

#endif
