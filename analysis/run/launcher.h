/*
 * Launchers: who trains a run. Each brings up the run's worker (a process that executes `rote
 * worker DIR`, holds the run's lock and ends it with a last event, see analysis/run/folder.h) and
 * says what the worker does when its turn has come. Queue, events, log, cancelling and the notice
 * of a death are the same for all.
 *
 *   local     rote's own training, in the worker
 *   command   any program: the worker writes an exchange folder (analysis/run/exchange.h), runs the
 *             command there, follows what it says, and reads the lists that it leaves
 */
#ifndef ANALYSIS_RUN_LAUNCHER_H
#define ANALYSIS_RUN_LAUNCHER_H

#include "analysis/corpus/split.h"
#include "storage/base/json.h"
#include "storage/base/progress.h"

struct dataset;
struct run_job;
struct run_log;
struct run_progress;

enum launcher_id { LAUNCHER_LOCAL, LAUNCHER_COMMAND, LAUNCHERS };

/* What a worker has ready. All borrowed. */
struct launch_work {
    const char *dir; /* runs/<id> */
    const struct run_job *job;
    const struct dataset *dataset;
    const struct corpus *corpus;
    const struct split *split;
    const struct training *training;
    struct run_log *log;
    struct run_progress *shown; /* what the worker tells of itself */
    struct progress *progress;  /* carries the wish to stop */
};

struct launcher {
    const char *name, *help;
    bool is_external; /* the model, its options and the strategy are the trainer's business */
    /* Starts the worker of the run in `dir`, detached; it inherits the lock `lock`. */
    bool (*start)(const char *dir, int lock, struct error *err);
    /* From the event "start" to the lists; adds to `end`, the data of the last event. NULL: the
     * worker trains by itself. */
    bool (*work)(const struct launch_work *work, struct jval *end, struct error *err);
};

const struct launcher *launcher_get(enum launcher_id id);
/* False with ERROR_USAGE naming the launchers. */
bool launcher_find(const char *name, enum launcher_id *id, struct error *err);

/* The `start` of local: this program (or the one that ROTE_PROGRAM names) in a session and process
 * group of its own, output to worker.log, adopted by init: it goes on when its caller ends. */
bool launcher_start_here(const char *dir, int lock, struct error *err);
/* The `work` of command. */
bool launcher_work_command(const struct launch_work *work, struct jval *end, struct error *err);

#endif
