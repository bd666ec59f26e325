/*
 * The evaluation of one run under one definition: ranking metrics with intervals, reachable
 * targets with their tie band, one-hop ratio against its nulls, label shares with lifts, slices.
 * Stored in the workspace under (run, part, definition key); a figure that is not stored yet is
 * computed, then stored.
 */
#ifndef ANALYSIS_REPORT_EVAL_H
#define ANALYSIS_REPORT_EVAL_H

#include "analysis/label/definition.h"
#include "analysis/report/study.h"
#include "storage/base/json.h"

/* A named figure. lo and hi: 95 % interval or percentile band; NAN where it has none. */
struct figure {
    char name[64]; /* "recall@10", "one_hop_ratio.null.shuffle", "labels.memorization.targets" … */
    double value, lo, hi;
};

struct eval {
    int64_t run;
    enum part part;
    struct definition definition;
    size_t n;
    struct figure *figure; /* [n] in a fixed order */
};

/* From the store if it is there, else computed and stored (not stored on a read-only workspace). */
bool eval_get(struct study *study, const struct study_run *run, enum part part,
              const struct definition *definition, struct progress *progress, struct eval *out,
              struct error *err);
/* Only from the store: true with out->n == 0 when it has not been computed yet. */
bool eval_stored(struct study *study, const struct study_run *run, enum part part,
                 const struct definition *definition, struct eval *out, struct error *err);
void eval_release(struct eval *eval);

/* NULL when there is no figure of that name. draws */
const struct figure *eval_find(const struct eval *eval, const char *name);
/* Its value or NAN. draws */
double eval_value(const struct eval *eval, const char *name);

/* Is the figure a number of cases or slots? Then it is whole. draws */
bool figure_is_count(const struct figure *figure);

/* The fixed JSON output of `rote eval --json` and reports. The caller frees. */
struct jval *eval_to_json(struct study *study, const struct eval *eval);

#endif
