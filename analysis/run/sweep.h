/*
 * Sweeps: the runs of several seeds and of every combination of some options' values, with names
 * that say which is which, for batch_submit().
 */
#ifndef ANALYSIS_RUN_SWEEP_H
#define ANALYSIS_RUN_SWEEP_H

#include "analysis/run/queue.h"

enum { SWEEP_MAX = 1000 }; /* runs */

struct sweep {
    struct run_request *request; /* [n], names are the sweep's */
    char **name;
    size_t n;
};
void sweep_release(struct sweep *sweep); /* a zeroed one is fine */

/* grid[n_grid]: "option=value,value,…" as run_options_set() reads each pair, also of strategies
 * ("iirg.lambda_c=0,0.5,1"). Seeds are those of `base` and the seeds - 1 numbers after it; 1: no
 * seed in the names. Names: that of `base`, or the model's and its strategies', then "-value" for
 * each option and "-sN" for the seed: "gr-iirg-0.5-s2". Points in order, seeds within a point. */
bool sweep_make(const struct run_request *base, const char *const *grid, size_t n_grid,
                int64_t seeds, struct sweep *out, struct error *err);

#endif
