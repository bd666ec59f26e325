/* The adaptive ensemble. Contract in ensemble.h. */
#include "analysis/model/ensemble.h"

#include <math.h>
#include <string.h>

#include "analysis/math/topk.h"
#include "analysis/metric/ranking.h"
#include "storage/base/mem.h"

enum { CUT = 10 };

/* A list without its empty slots, scores brought to 0 .. 1. */
struct shares {
    int32_t n;
    int32_t item[ENSEMBLE_DEPTH_MAX];
    double share[ENSEMBLE_DEPTH_MAX];
};

static void read_list(const struct recs *recs, int64_t c, struct shares *out)
{
    double low = INFINITY, high = -INFINITY;
    out->n = 0;
    for (int32_t i = 0; i < recs->depth; i++) {
        int32_t item = recs->item[c * recs->depth + i];
        double score = (double)recs->score[c * recs->depth + i];
        if (item < 0)
            continue;
        out->item[out->n] = item;
        out->share[out->n++] = score;
        low = score < low ? score : low;
        high = score > high ? score : high;
    }
    for (int32_t i = 0; i < out->n; i++) /* one score for all: as good as the best */
        out->share[i] = high > low ? (out->share[i] - low) / (high - low) : 1;
}

static int32_t place_in(const struct shares *list, int32_t item)
{
    for (int32_t i = 0; i < list->n; i++) {
        if (list->item[i] == item)
            return i;
    }
    return -1;
}

static double listen(const struct ensemble_lists *lists, int64_t c, struct ensemble_weights w)
{
    const struct recs *m = &lists->memorizer;
    bool empty = m->item[c * m->depth] < 0;
    double sure = empty ? 0 : exp((double)m->score[c * m->depth]);
    return empty ? 0 : 1 / (1 + exp(-w.k * (sure - w.tau)));
}

static struct topk combine_case(const struct ensemble_lists *lists, int64_t c,
                                struct ensemble_weights w, struct topk_entry *entry, int32_t depth)
{
    struct shares a, b;
    struct topk top = topk_new(entry, depth);
    double alpha = listen(lists, c, w);
    read_list(&lists->memorizer, c, &a);
    read_list(&lists->generalizer, c, &b);
    for (int32_t i = 0; i < a.n; i++) {
        int32_t other = place_in(&b, a.item[i]);
        topk_push(&top, alpha * a.share[i] + (other < 0 ? 0 : (1 - alpha) * b.share[other]),
                  a.item[i]);
    }
    for (int32_t i = 0; i < b.n; i++) {
        if (place_in(&a, b.item[i]) < 0)
            topk_push(&top, (1 - alpha) * b.share[i], b.item[i]);
    }
    topk_sort(&top);
    return top;
}

void ensemble_combine(const struct ensemble_lists *lists, struct ensemble_weights weights,
                      int32_t depth, int32_t *item, float *score)
{
    struct topk_entry entry[ENSEMBLE_DEPTH_MAX];
    for (int64_t c = 0; c < lists->memorizer.n_cases; c++) {
        struct topk top = combine_case(lists, c, weights, entry, depth);
        for (int32_t i = 0; i < depth; i++) {
            item[c * depth + i] = i < top.n ? entry[i].index : RECS_NONE;
            score[c * depth + i] = i < top.n ? (float)entry[i].score : 0;
        }
    }
}

static double mean_ndcg(const struct ensemble_lists *lists, const int32_t *target,
                        struct ensemble_weights w)
{
    struct topk_entry entry[CUT];
    double sum = 0;
    for (int64_t c = 0; c < lists->memorizer.n_cases; c++) {
        struct topk top = combine_case(lists, c, w, entry, CUT);
        for (int32_t i = 0; i < top.n; i++) {
            if (entry[i].index == target[c])
                sum += ranking_value(RANKING_NDCG, CUT, i + 1);
        }
    }
    return lists->memorizer.n_cases ? sum / (double)lists->memorizer.n_cases : 0;
}

bool ensemble_choose(const struct ensemble_lists *lists, const int32_t *target,
                     struct ensemble_weights *weights, double *ndcg, struct error *err)
{
    if (lists->memorizer.n_cases != lists->generalizer.n_cases ||
        lists->memorizer.depth > ENSEMBLE_DEPTH_MAX ||
        lists->generalizer.depth > ENSEMBLE_DEPTH_MAX)
        return error_set(err, ERROR_INPUT,
                         "ensemble: the two runs' lists are not of the same cases, or deeper than "
                         "%d",
                         ENSEMBLE_DEPTH_MAX);
    *ndcg = -1;
    for (int k = 1; k <= 25; k += 4) {
        for (int step = 0; step <= 10; step++) {
            struct ensemble_weights w = {k, step * 0.05};
            double value = mean_ndcg(lists, target, w);
            if (value > *ndcg) {
                *ndcg = value;
                *weights = w;
            }
        }
    }
    return true;
}
