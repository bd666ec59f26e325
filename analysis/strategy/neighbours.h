/*
 * The neighbours that IIRG teaches (arXiv 2606.17276; docs/definitions.md, section 10), from the
 * training corpus alone.
 *
 *   collaborative  items that stand at most `window` positions from x in a training sequence, to
 *                  either side, by (number of such pairs desc, pop desc, index asc)
 *   semantic       items by cosine of their embeddings, ties by index asc
 *   backfill       an item with fewer than `keep` collaborative neighbours takes those of its
 *                  semantic neighbours, in order, until it has `keep`; never itself, none twice
 */
#ifndef ANALYSIS_STRATEGY_NEIGHBOURS_H
#define ANALYSIS_STRATEGY_NEIGHBOURS_H

#include "analysis/corpus/corpus.h"
#include "storage/base/progress.h"

enum { NEIGHBOURS_NONE = -1, NEIGHBOURS_MAX = 500 };

/* Row x is item[x * keep] .. , best first; NEIGHBOURS_NONE after the last. Read-only once made. */
struct neighbours {
    int32_t n_items, keep;
    int32_t *item; /* [n_items][keep] */
};
void neighbours_release(struct neighbours *neighbours); /* a zeroed one is fine */

static inline const int32_t *neighbours_of(const struct neighbours *n, int32_t item)
{
    return n->item + (int64_t)item * n->keep;
}

/* 1 <= keep <= NEIGHBOURS_MAX. pop[n_items] counts the same corpus. O(interactions window) and 8
 * bytes per distinct pair; all cores; the same for any number of threads. */
bool neighbours_collaborative(const struct training *training, const int64_t *pop, int32_t window,
                              int32_t keep, struct neighbours *out, struct progress *progress,
                              struct error *err);

/* embedding[n_items][width]; items with a zero row have and are no neighbours. O(n_items^2 width),
 * all cores: a second for 12,000 items of width 64. */
bool neighbours_semantic(const float *embedding, int32_t n_items, int32_t width, int32_t keep,
                         struct neighbours *out, struct progress *progress, struct error *err);

/* One row of it, bit for bit, with the cosines: the first best->k nearest of `item`, in order.
 * O(n_items width) in this thread; 16 KiB per column of the embeddings. */
struct topk;
bool neighbours_semantic_of(const float *embedding, int32_t n_items, int32_t width, int32_t item,
                            struct topk *best, struct progress *progress, struct error *err);

/* Fills `collaborative` up in place, from what it held before the call. */
void neighbours_backfill(struct neighbours *collaborative, const struct neighbours *semantic);

#endif
