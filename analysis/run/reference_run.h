/*
 * A run of a reference model: counts it, recommends for every case of both parts, writes the lists
 * below runs/<id>/ and registers them. The run exists only once its lists are computed; a failure
 * leaves none behind.
 */
#ifndef ANALYSIS_RUN_REFERENCE_RUN_H
#define ANALYSIS_RUN_REFERENCE_RUN_H

#include "analysis/corpus/edges.h"
#include "analysis/corpus/split.h"
#include "analysis/model/reference.h"
#include "storage/base/progress.h"

struct workspace;

struct reference_run {
    enum reference_kind kind;
    struct reference_options options;
    const char *name; /* NULL: the model's, numbered if taken */
    enum trained_on on;
};

/* `edges` of the corpus that `on` names. *run: the new run's number. */
bool reference_run(struct workspace *ws, const struct corpus *corpus, const struct split *split,
                   const struct edges *edges, uint64_t fingerprint,
                   const struct reference_run *wanted, struct progress *progress, int64_t *run,
                   struct error *err);

#endif
