/*
 * The K best of a stream of (score, index): score descending, then index ascending, whatever order
 * they arrive in. NaN scores are never kept. Method: a binary heap with the worst entry on top;
 * O(1) for an entry that is not among the best so far, O(log K) otherwise.
 *
 * Where ties are broken by something else than the item index, push ranks under that order instead
 * of items and translate the result.
 */
#ifndef ANALYSIS_MATH_TOPK_H
#define ANALYSIS_MATH_TOPK_H

#include <stdbool.h>
#include <stdint.h>

struct topk_entry {
    double score;
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
    return a.score > b.score || (a.score >= b.score && a.index < b.index);
}

void topk_insert(struct topk *t, struct topk_entry e); /* topk_push's slow path */

static inline void topk_push(struct topk *t, double score, int32_t index)
{
    struct topk_entry e = {score, index};
    if (t->n < t->k ? score >= score : t->k > 0 && topk_better(e, t->entry[0]))
        topk_insert(t, e);
}

/* Puts the kept entries in order, best first; afterwards nothing may be pushed until n = 0. */
void topk_sort(struct topk *t);

#endif
