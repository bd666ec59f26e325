/*
 * Attribution of a gain (docs/definitions.md, section 8): the difference between two runs is the
 * sum over the slices of a partition of share * difference in the slice, read as "x % of B's gain
 * over A comes from cases whose target is reachable". And the ceiling line: the score of a pure
 * memorizer (the markov model) on the reachable slice.
 */
#ifndef ANALYSIS_METRIC_ATTRIBUTION_H
#define ANALYSIS_METRIC_ATTRIBUTION_H

#include "analysis/metric/slices.h"

/* The partitions: every case is in exactly one slice of each. */
enum attribution_by {
    ATTRIBUTION_REACHABLE, /* reachable, unreachable */
    ATTRIBUTION_LABEL,     /* memorization, generalization, uncategorized */
    ATTRIBUTION_QUINTILE,
    ATTRIBUTION_LENGTH,
};
enum { ATTRIBUTION_MAX = 6 };

struct attribution_part {
    int slice;
    int64_t n;
    double share, a, b;  /* share of all cases; means in the slice, NAN when it is empty */
    double difference;   /* b - a in the slice; 0 when it is empty */
    double contribution; /* share * difference; these sum to the whole difference */
    double of_gain;      /* contribution / whole difference; NAN when that is 0 */
};
struct attribution {
    double a, b, difference; /* means over all cases */
    int n;
    struct attribution_part part[ATTRIBUTION_MAX];
};

/* a and b: [n] the metric per case of both runs; mask from slices_assign(). */
void attribution_of(enum attribution_by by, const uint64_t *mask, int64_t n, const double *a,
                    const double *b, struct attribution *out);

/* The markov model's mean on the reachable slice; NAN when no target is reachable. */
double attribution_ceiling(const uint64_t *mask, int64_t n, const double *markov);

#endif
