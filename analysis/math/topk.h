/*
 * The K best of a stream of (score, index): score descending, then a weight descending (popularity,
 * where ties are broken by it; else 0), then index ascending, whatever order they arrive in. NaN
 * scores are never kept. Method: a binary heap with the worst entry on top; O(1) for an entry that
 * is not among the best so far, O(log K) otherwise.
 */
#ifndef ANALYSIS_MATH_TOPK_H
#define ANALYSIS_MATH_TOPK_H

#include <stdbool.h>
#include <stdint.h>

struct topk_entry {
    double score;
    int64_t weight;
    int32_t index;
};

struct topk {
    struct topk_entry *entry; /* [k], the caller's storage */
    int32_t k, n;             /* n entries are kept */
};

static inline struct topk topk_new(struct topk_entry *storage, int32_t k)
{
    return (struct topk){.entry = storage, .k = k};
}

static inline bool topk_better(struct topk_entry a, struct topk_entry b)
{
    if (a.score > b.score || a.score < b.score)
        return a.score > b.score;
    return a.weight != b.weight ? a.weight > b.weight : a.index < b.index;
}

void topk_insert(struct topk *t, struct topk_entry e); /* topk_push's slow path */

static inline void topk_push_weighted(struct topk *t, double score, int64_t weight, int32_t index)
{
    struct topk_entry e = {score, weight, index};
    if (t->n < t->k ? score >= score
                    : t->k > 0 && score >= t->entry[0].score && topk_better(e, t->entry[0]))
        topk_insert(t, e);
}

static inline void topk_push(struct topk *t, double score, int32_t index)
{
    topk_push_weighted(t, score, 0, index);
}

/* Puts the kept entries in order, best first; afterwards nothing may be pushed until n = 0. */
void topk_sort(struct topk *t);

#endif
