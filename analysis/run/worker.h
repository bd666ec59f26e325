/*
 * A worker: the process that trains one run. It reads runs/<id>/job.json and the mapped data set,
 * never rote.db, and writes below runs/<id>/ only (analysis/run/folder.h). Other processes learn
 * from its events what became of it (analysis/run/queue.h).
 *
 * One worker of a workspace works at a time, the oldest run first; the others wait for the lock
 * runs/queue.lock.
 *
 * A checkpoint is written at each epoch's end, every `checkpoint-seconds` within one, and when the
 * worker is asked to stop; a worker started on a run that has one continues from it with the same
 * bits as if it had never stopped.
 */
#ifndef ANALYSIS_RUN_WORKER_H
#define ANALYSIS_RUN_WORKER_H

#include "storage/base/error.h"
#include "storage/base/progress.h"

/* lock_fd: the run's lock, inherited from the launcher, or -1 to take it here. `progress` carries
 * the wish to stop (SIGTERM); its report is replaced. True when the run ended as "done"; otherwise
 * *err says why, as the final event does where one could be written. */
bool worker_run(const char *dir, int lock_fd, struct progress *progress, struct error *err);

#endif
