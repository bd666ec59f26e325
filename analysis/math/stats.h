/* Means, percentiles and sorts of plain arrays. Pure; safe from any thread. */
#ifndef ANALYSIS_MATH_STATS_H
#define ANALYSIS_MATH_STATS_H

#include <stddef.h>
#include <stdint.h>

/* The mean, summed from the first value to the last; NaN for n = 0. */
double stats_mean(const double *values, int64_t n);

/* Sorts ascending in place. */
void stats_sort(double *values, int64_t n);

/* The p-th percentile (0 .. 100) of values sorted ascending, with linear interpolation between the
 * two nearest ranks (type 7 of Hyndman and Fan 1996, numpy's default); NaN for n = 0. */
double stats_percentile(const double *sorted, int64_t n, double p);

/* mean and the 2.5 and 97.5 percentiles. */
struct interval {
    double mean, lo, hi;
};
struct interval stats_interval(double *values, int64_t n); /* sorts the values */

#endif
