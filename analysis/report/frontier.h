/*
 * The frontier: how accurate runs are against how much they memorize beyond chance. A point is a
 * run, or a group of runs that differ only in their seed (groups.h), at the mean over its seeds.
 * Across: excess of the one-hop ratio over the shuffle null under a definition; up: a ranking
 * metric. A point is on the frontier when no other is as good on both and better on one. The
 * screen, the command and the picture all show this struct.
 */
#ifndef ANALYSIS_REPORT_FRONTIER_H
#define ANALYSIS_REPORT_FRONTIER_H

#include "analysis/label/definition.h"
#include "analysis/metric/bootstrap.h"
#include "analysis/metric/ranking.h"
#include "analysis/report/groups.h"

enum { FRONTIER_METRIC_MAX = 24 };

/* Axes are at least so long, so that runs that hardly differ look so. */
#define FRONTIER_LEAST_EXCESS   0.02
#define FRONTIER_LEAST_ACCURACY 0.005

/* What one run did; each NAN where it is not known. */
struct frontier_run {
    const struct study_run *run; /* as long as the study is open */
    double accuracy, observed, null, excess;
};

struct frontier_point {
    char *name;
    struct frontier_run *run; /* [n] n >= 1 */
    size_t n;
    /* Means over the runs with 95 % intervals over users, and over seeds where there are several;
     * NAN bounds: not computed. */
    struct estimate accuracy, excess;
    bool reference; /* counted, not trained */
    bool best;      /* on the frontier */
};

struct frontier {
    enum part part;
    struct definition definition;
    char metric[FRONTIER_METRIC_MAX]; /* "recall@10" */
    size_t n;
    struct frontier_point *point; /* by their first run; only runs with all figures */
};

/* From figures that are at hand, without intervals; those that are NAN are left out. Cheap. draws
 */
void frontier_of(const struct study *study, const struct frontier_run *runs, size_t n,
                 const char *metric, struct frontier *out);

/* Evaluates what is not stored, and computes the intervals; seconds per group of seeds. metric:
 * "recall@10", "ndcg@5", … Every run needs lists for the part. */
bool frontier_make(struct study *study, const struct study_run *const *runs, size_t n,
                   enum part part, const struct definition *definition, const char *metric,
                   struct progress *progress, struct frontier *out, struct error *err);
void frontier_release(struct frontier *frontier); /* a zeroed one is fine */

struct plot;
/* The picture; the caller frees it. */
struct plot *frontier_plot(const struct study *study, const struct frontier *frontier);

#endif
