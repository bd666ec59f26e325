/*
 * Experiments: strategies that are more than one run. `halves` without a part is the m runs NAME-1
 * .. NAME-m, one for each part, submitted and taken up again as a whole (run/batch.h).
 */
#ifndef ANALYSIS_RUN_EXPERIMENT_H
#define ANALYSIS_RUN_EXPERIMENT_H

#include "analysis/run/sweep.h"

/* The runs of an experiment (strategy_is_experiment()), by part. base->name NULL: MODEL-halves.
 * sweep_release() releases them. */
void experiment_expand(const struct run_request *base, struct sweep *out);

/* NAME of a run that is called NAME-<its part>; otherwise its whole name. The caller frees. */
char *experiment_name_of(const char *run_name, const struct strategy *strategy);

#endif
