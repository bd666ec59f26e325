#include "analysis/math/stats.h"

#include <math.h>
#include <stdlib.h>

double stats_mean(const double *values, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += values[i];
    return n > 0 ? sum / (double)n : (double)NAN;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void stats_sort(double *values, int64_t n)
{
    if (n > 1)
        qsort(values, (size_t)n, sizeof *values, compare);
}

double stats_percentile(const double *sorted, int64_t n, double p)
{
    if (n <= 0)
        return (double)NAN;
    double at = (p < 0 ? 0 : p > 100 ? 100 : p) / 100 * (double)(n - 1);
    int64_t below = (int64_t)at;
    if (below >= n - 1)
        return sorted[n - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

struct interval stats_interval(double *values, int64_t n)
{
    struct interval out = {.mean = stats_mean(values, n)};
    stats_sort(values, n);
    out.lo = stats_percentile(values, n, 2.5);
    out.hi = stats_percentile(values, n, 97.5);
    return out;
}
