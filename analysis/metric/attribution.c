#include "analysis/metric/attribution.h"

#include <math.h>

/* The slices of each partition. */
static int partition(enum attribution_by by, int slice[ATTRIBUTION_MAX])
{
    int n = 0;
    switch (by) {
    case ATTRIBUTION_REACHABLE:
        slice[n++] = SLICE_REACHABLE;
        slice[n++] = SLICE_UNREACHABLE;
        break;
    case ATTRIBUTION_LABEL:
        slice[n++] = SLICE_LABEL + relation_label_find("memorization");
        slice[n++] = SLICE_LABEL + relation_label_find("generalization");
        slice[n++] = SLICE_LABEL + relation_label_find("uncategorized");
        break;
    case ATTRIBUTION_QUINTILE:
        for (int q = 0; q < 5; q++)
            slice[n++] = SLICE_QUINTILE + q;
        break;
    case ATTRIBUTION_LENGTH:
        for (int b = 0; b < SLICE_LENGTHS; b++)
            slice[n++] = SLICE_LENGTH + b;
        break;
    }
    return n;
}

static double mean(const double *value, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += value[i];
    return n > 0 ? sum / (double)n : (double)NAN;
}

void attribution_of(enum attribution_by by, const uint64_t *mask, int64_t n, const double *a,
                    const double *b, struct attribution *out)
{
    struct slice_figure figure_a[SLICES], figure_b[SLICES];
    int slice[ATTRIBUTION_MAX];
    slices_mean(mask, n, a, figure_a);
    slices_mean(mask, n, b, figure_b);
    *out = (struct attribution){.a = mean(a, n), .b = mean(b, n), .n = partition(by, slice)};
    out->difference = out->b - out->a;
    for (int i = 0; i < out->n; i++) {
        const struct slice_figure *in_a = &figure_a[slice[i]], *in_b = &figure_b[slice[i]];
        struct attribution_part *part = &out->part[i];
        *part = (struct attribution_part){.slice = slice[i],
                                          .n = in_a->n,
                                          .share = in_a->share,
                                          .a = in_a->mean,
                                          .b = in_b->mean};
        part->difference = part->n > 0 ? part->b - part->a : 0;
        part->contribution = part->share * part->difference;
        part->of_gain = out->difference != 0 ? part->contribution / out->difference : (double)NAN;
    }
}

double attribution_ceiling(const uint64_t *mask, int64_t n, const double *markov)
{
    struct slice_figure figure[SLICES];
    slices_mean(mask, n, markov, figure);
    return figure[SLICE_REACHABLE].mean;
}
