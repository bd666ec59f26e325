/*
 * Percentile bootstrap over users (docs/definitions.md, section 6): 2,000 resamples, 95 %, seeded.
 * All cases of a user are drawn together; a metric is the mean over the drawn cases.
 *
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 13.
 * Method: exact multinomial resampling. One vector of user counts per resample serves all metrics,
 * so metrics and runs of one call are resampled alike. Resample b uses stream (seed, b): results do
 * not depend on threads. Cost: resamples * (users draws + users * metrics multiply-adds).
 */
#ifndef ANALYSIS_METRIC_BOOTSTRAP_H
#define ANALYSIS_METRIC_BOOTSTRAP_H

#include <stdint.h>

#include "storage/base/error.h"
#include "storage/base/progress.h"

enum { BOOTSTRAP_RESAMPLES = 2000 };

struct bootstrap_options {
    int resamples; /* 0: BOOTSTRAP_RESAMPLES */
    double level;  /* 0: 0.95 */
    uint64_t seed;
};

struct estimate {
    double value, lo, hi; /* NAN where no case counts */
};

/* user: [n_cases] ascending. value[m]: [n_cases]; NAN = the case does not count for metric m (as in
 * a slice). out: [n_metrics]. Resamples in which no case of a metric counts are left out of it. */
bool bootstrap_means(const int32_t *user, int64_t n_cases, const double *const *value,
                     int32_t n_metrics, const struct bootstrap_options *options,
                     struct estimate *out, struct progress *progress, struct error *err);

/* Mean of b - a, paired by user; a case that is NAN in either does not count. */
bool bootstrap_paired(const int32_t *user, int64_t n_cases, const double *const *a,
                      const double *const *b, int32_t n_metrics,
                      const struct bootstrap_options *options, struct estimate *out,
                      struct progress *progress, struct error *err);

/* Over seeds: value[s * n_metrics + m] is metric m of the run with the s-th seed on the same cases;
 * seeds and users are both resampled, alike for all metrics. out: [n_metrics] the mean over seeds.
 * With one seed as bootstrap_means(). */
bool bootstrap_seeds(const int32_t *user, int64_t n_cases, const double *const *value,
                     int32_t n_seeds, int32_t n_metrics, const struct bootstrap_options *options,
                     struct estimate *out, struct progress *progress, struct error *err);

/* Mean over the seeds of b less that over the seeds of a, laid out as there: users are drawn once
 * for all runs, the seeds of a and of b each on their own. A case that is NAN for a metric must be
 * so in every run. With one seed on both sides as bootstrap_paired(). */
bool bootstrap_groups(const int32_t *user, int64_t n_cases, const double *const *a, int32_t n_a,
                      const double *const *b, int32_t n_b, int32_t n_metrics,
                      const struct bootstrap_options *options, struct estimate *out,
                      struct progress *progress, struct error *err);

/* "not distinguishable" when the interval of a difference contains 0. */
bool estimate_distinguishable(const struct estimate *difference);

#endif
