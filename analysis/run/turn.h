/*
 * Whose turn it is: the workers of a workspace that may work at once hold one of the locks
 * runs/queue.lock, runs/queue-1.lock, …; the others look again a few times a second, older runs
 * first. Nobody else keeps the order, so it survives any death.
 */
#ifndef ANALYSIS_RUN_TURN_H
#define ANALYSIS_RUN_TURN_H

#include <stdint.h>

#include "storage/base/progress.h"

/* Waits for the turn of `run`, whose folder is `dir` and whose lock the caller holds. A lock, to be
 * given back with run_lock_release(); -1 with *err when it cannot be had or the user cancelled. */
int turn_wait(const char *dir, int64_t run, struct progress *progress, struct error *err);

#endif
