/*
 * A loop over 0 .. n-1 on several threads.
 *
 * The range is cut into chunks of a fixed size that depends on nothing but the arguments, and the
 * chunks are handed out as threads become free. A function that writes only to places that belong
 * to its own indices therefore gives the same bytes for any number of threads. Threads live for the
 * call (tens of microseconds to start); the caller's thread takes part. A call from inside a chunk
 * runs in that thread alone.
 */
#ifndef ANALYSIS_MATH_PARALLEL_H
#define ANALYSIS_MATH_PARALLEL_H

#include <stdint.h>

#include "storage/base/error.h"
#include "storage/base/progress.h"

enum { PARALLEL_MAX = 256 };

/* How many threads parallel_for() uses: all cores that this process may run on, unless set.
 * 0 = all cores again. Set it before work starts, not during. */
int parallel_threads(void);
void parallel_set_threads(int n);

/* Works on begin .. end-1. `worker` is 0 .. parallel_threads()-1 and names the scratch memory that
 * no other running chunk uses (a call from inside a chunk has worker 0 only: give it scratch of its
 * own). False with *err set stops the whole loop. */
typedef bool (*parallel_fn)(void *context, int64_t begin, int64_t end, int worker,
                            struct error *err);

/* Runs fn over chunks of `chunk` indices (the last may be shorter); n = 0 does nothing. Progress
 * (NULL allowed) is reported from the calling thread as `what`, done, n, `unit`. False when a chunk
 * failed (*err is that of the failed chunk with the lowest index among those that ran) or when the
 * user cancelled. */
bool parallel_for(int64_t n, int64_t chunk, parallel_fn fn, void *context,
                  struct progress *progress, const char *what, const char *unit, struct error *err);

#endif
