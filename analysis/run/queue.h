/*
 * The queue of a workspace: starts workers (analysis/run/worker.h), learns from their events what
 * became of them, and stops them. Any number of processes may do so at once; what a run is lies in
 * its folder and in rote.db, nowhere in memory. Workers go on when the process that started them
 * ends.
 *
 * How a worker comes up is the launcher's business (analysis/run/launcher.h). It is this program
 * itself, started anew as `rote worker DIR`; the environment variable ROTE_PROGRAM names another
 * program to start instead (a wrapper, a test). How many work at once is a number in the file
 * runs/at-once, 1 without it; the workers look it up themselves.
 */
#ifndef ANALYSIS_RUN_QUEUE_H
#define ANALYSIS_RUN_QUEUE_H

#include "analysis/corpus/split.h"
#include "analysis/run/folder.h"
#include "analysis/run/options.h"
#include "storage/base/progress.h"
#include "storage/db/workspace.h"

struct run_request {
    struct run_options options; /* a trained model's; of an external trainer the strategy alone */
    const char *name;           /* NULL: the model's, numbered if taken */
    enum trained_on on;
    enum launcher_id launcher;
    /* Of an external trainer: its model's name, its options (a JSON object; "seed" is known to
     * rote), the shell command, and where to run it. */
    const char *model, *settings, *command, *directory;
};

/* Can these runs be: options that go together, a strategy that is one run and that the launcher can
 * train, data that have what the model needs? False with what to do in *err, after the run's name
 * where there are several. Starts nothing; opens the data set. */
bool queue_check(struct workspace *ws, const struct run_request *request, size_t n,
                 struct error *err);

/* A new run and its worker, which may have to wait for others. *run: its number. */
bool queue_submit(struct workspace *ws, const struct run_request *request, int64_t *run,
                  struct error *err);

/* A worker for a run that failed or was cancelled; it continues from the last checkpoint. */
bool queue_resume(struct workspace *ws, int64_t run, struct error *err);

/* Asks the worker of a queued or running run to stop, and ends it when it has not after
 * `grace_seconds`; returns when it has. The run is "cancelled" then, its checkpoint kept.
 * ERROR_STATE says what it is when it has ended by itself, before or meanwhile, or when it has no
 * worker. */
bool queue_cancel(struct workspace *ws, int64_t run, double grace_seconds, struct error *err);

/* The same for who only wants it to be over, for example to delete it: a run that has ended, how
 * ever, is as good. */
bool queue_stop(struct workspace *ws, int64_t run, double grace_seconds, struct error *err);

/* How many workers of this workspace work at once, QUEUE_AT_ONCE_MAX at most. Those that work now
 * go on. */
enum { QUEUE_AT_ONCE_MAX = 64 };
bool queue_set_at_once(struct workspace *ws, int n, struct error *err);
int queue_at_once(struct workspace *ws);

/* Reads the events of unfinished runs: their states, and the lists of finished ones. A run whose
 * worker is gone without a word has died and is "failed". Nothing to do in a read-only workspace.
 * May run in several processes at once; costs one small query when no run is unfinished. */
bool queue_ingest(struct workspace *ws, struct error *err);

/* Waits until a run is no longer queued or running, telling `each` (NULL allowed) what its worker
 * does, a few times a second. False with ERROR_CANCELLED when `progress` says to stop: the run goes
 * on. */
bool queue_follow(struct workspace *ws, int64_t run,
                  void (*each)(void *context, const struct run_progress *now), void *context,
                  struct progress *progress, struct error *err);

#endif
