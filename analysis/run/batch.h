/*
 * Several runs that belong together (the parts of an experiment, the points of a sweep), submitted
 * by their names and taken up again as a whole: a batch that is submitted once more reuses the runs
 * that are there and starts only what is missing.
 */
#ifndef ANALYSIS_RUN_BATCH_H
#define ANALYSIS_RUN_BATCH_H

#include "analysis/run/queue.h"

/* What batch_submit() found of a run, and did about it. */
enum batch_fate {
    BATCH_SUBMITTED, /* there was none of that name */
    BATCH_RESUMED,   /* it had failed or been cancelled */
    BATCH_UNDER_WAY, /* it is queued or running: left alone */
    BATCH_DONE,      /* nothing to do */
};

/* Is a stored run what `request` asks for: the same model, options, strategy and training data?
 * Options that the run does not name (they are younger than it) have their defaults. */
bool batch_run_equals(const struct run_info *run, const struct run_request *request);

/* Submits request[n], of models that rote trains, each with a name of its own, in this order. id[n]
 * and fate[n] (NULL allowed) tell the runs. Everything is checked before anything is started:
 * options that cannot be, a name that stands twice, a run of that name that is something else. An
 * error after that (a full disk) leaves the runs before it under way; the same call again goes on
 * from there. Another process may submit the same batch at the same time. */
bool batch_submit(struct workspace *ws, const struct run_request *request, size_t n, int64_t *id,
                  enum batch_fate *fate, struct error *err);

#endif
