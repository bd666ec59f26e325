/*
 * Progress of long work and the wish to stop it.
 *
 * The worker calls progress_at() every so often (a few hundred times a second is plenty); the
 * owner sets `cancel` from any thread or from a signal handler. NULL is allowed everywhere and
 * means: no one watches.
 */
#ifndef STORAGE_BASE_PROGRESS_H
#define STORAGE_BASE_PROGRESS_H

#include <stdatomic.h>

#include "storage/base/error.h"

struct progress {
    atomic_bool cancel;
    /* Called by the working thread; `done` and `total` in `unit`, total <= 0: not known. */
    void (*report)(void *context, const char *what, double done, double total, const char *unit);
    void *context;
};

/* Reports, and returns false with ERROR_CANCELLED in *err when the work should stop. */
bool progress_at(struct progress *progress, const char *what, double done, double total,
                 const char *unit, struct error *err);

/* Only the second half: false with ERROR_CANCELLED when the work should stop. */
bool progress_ok(struct progress *progress, struct error *err);

#endif
