/*
 * Two runs on the same cases: paired differences with intervals, where the gain comes from, and who
 * was won and lost (docs/definitions.md, sections 6 and 8). Differences are b - a.
 */
#ifndef ANALYSIS_REPORT_COMPARE_H
#define ANALYSIS_REPORT_COMPARE_H

#include "analysis/label/definition.h"
#include "analysis/metric/attribution.h"
#include "analysis/metric/bootstrap.h"
#include "analysis/report/study.h"
#include "storage/base/json.h"

enum { COMPARE_FIGURES_MAX = 32, COMPARE_ATTRIBUTIONS = 4 };

struct compare_figure {
    char name[40]; /* "ndcg@10", "one_hop_ratio", "reachable.recall@10" … */
    double a, b;   /* means */
    struct estimate difference;
};

struct compare {
    const struct study_run *a, *b;
    enum part part;
    struct definition definition;
    int n;
    struct compare_figure figure[COMPARE_FIGURES_MAX];
    /* By enum attribution_by, of ndcg@10. */
    struct attribution attribution[COMPARE_ATTRIBUTIONS];
    int64_t won, lost, both, neither; /* cases with the target in the top 10 of b only, a only, … */
};

/* Both runs need lists for the part. Seconds on 200,000 interactions. */
bool compare_make(struct study *study, const struct study_run *a, const struct study_run *b,
                  enum part part, const struct definition *definition, struct progress *progress,
                  struct compare *out, struct error *err);
struct jval *compare_to_json(const struct compare *compare); /* the caller frees */

#endif
