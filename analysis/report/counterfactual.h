/*
 * Counterfactual memorization of every training position (Zhang et al. 2021, arXiv 2112.12938;
 * docs/definitions.md, section 7), from the m runs of the strategy halves:
 *
 *   mem(x) = mean of p(target) over the runs that saw the user - the mean over those that did not
 *
 * Each user is in m / 2 of the runs. p is what the kept model of a run gives to the item that
 * stands there, after the items before it as training presents them (run/measure.h).
 */
#ifndef ANALYSIS_REPORT_COUNTERFACTUAL_H
#define ANALYSIS_REPORT_COUNTERFACTUAL_H

#include "analysis/corpus/edges.h"
#include "analysis/metric/bootstrap.h"
#include "analysis/report/study.h"

/* ---- arrays in, arrays out ---- */

/* Does the step from the item before to the target occur in training sequences of others, too? Then
 * it is one-hop(last) without the user's own sequence. */
enum counterfactual_edge { EDGE_NONE /* nothing before */, EDGE_OWN, EDGE_SHARED };

struct counterfactual {
    int64_t n;                    /* positions that every run has scored */
    int32_t *user, *position;     /* [n] ascending */
    int32_t *item, *before;       /* [n] the target; the item before it, -1: none */
    double *with, *without, *mem; /* [n] */
    uint8_t *edge;                /* [n] enum counterfactual_edge */
    int64_t *order;               /* [n] places by (mem desc, place asc) */
};

/* logp[m][interactions] natural logarithms, NAN where there is no target: run k is part k + 1.
 * `edges` are of the same training corpus. O(m interactions + interactions log). */
bool counterfactual_compute(const struct training *training, const struct edges *edges, int32_t m,
                            const float *const *logp, struct counterfactual *out,
                            struct error *err);
void counterfactual_release(struct counterfactual *c); /* a zeroed one is fine */

enum { COUNTERFACTUAL_PERCENTILES = 7 };
extern const double counterfactual_percentile[COUNTERFACTUAL_PERCENTILES]; /* 1 5 25 50 75 95 99 */

struct counterfactual_summary {
    int64_t n, n_shared, n_own, n_none; /* n_none: the first items, which have no step */
    /* Means with 95 % intervals over users; shared, own: mem of the positions whose step others
     * make as well, or the user alone. */
    struct estimate mem, with, without, shared, own;
    double percentile[COUNTERFACTUAL_PERCENTILES]; /* of mem */
    double over_tenth;                             /* share of positions with mem > 0.1 */
};
bool counterfactual_summarise(const struct counterfactual *c, struct counterfactual_summary *out,
                              struct progress *progress, struct error *err);

/* ---- runs ---- */

/* From the runs of an experiment, of which `run` is any: NAME-1 .. NAME-m, all done and alike but
 * for their part. ERROR_STATE names what is missing and the command that goes on. */
bool counterfactual_of(struct study *study, const struct study_run *run, struct counterfactual *out,
                       struct progress *progress, struct error *err);

/* A summary's figures by name, in a fixed order. */
struct counterfactual_figure {
    const char *name;
    struct estimate value; /* lo and hi NAN where there is no interval */
};
enum { COUNTERFACTUAL_FIGURES = 9 + COUNTERFACTUAL_PERCENTILES };
void counterfactual_figures(const struct counterfactual_summary *s,
                            struct counterfactual_figure out[COUNTERFACTUAL_FIGURES]);

#endif
