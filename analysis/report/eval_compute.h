/* The figures of an evaluation, computed: what eval_get() stores. Private to analysis/report. */
#ifndef ANALYSIS_REPORT_EVAL_COMPUTE_H
#define ANALYSIS_REPORT_EVAL_COMPUTE_H

#include "analysis/report/eval.h"

/* Appends to a list that grows. */
struct figure_list {
    struct figure *figure;
    size_t n, cap;
};
void figure_add(struct figure_list *list, double value, double lo, double hi, const char *name, ...)
    __attribute__((format(printf, 5, 6)));

/* All figures of a run under a definition; a few seconds on 200,000 interactions, most of it for
 * the nulls and intervals. Deterministic: the seeds are fixed. */
bool eval_compute(struct study *study, const struct study_run *run, enum part part,
                  const struct definition *definition, struct progress *progress,
                  struct figure_list *out, struct error *err);

#endif
