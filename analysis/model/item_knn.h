/*
 * Item-to-item nearest neighbours by cosine (docs/definitions.md, section 9):
 *   co[x][y] = pairs of positions (i, j), 0 < |i-j| <= window, of training sequences with x != y
 *   s(x, y) = co[x][y] / sqrt(pop[x] pop[y]),   score(v) = sum of s over distinct history items
 * Ranked by (score, pop desc, index asc); scores are compared as floats, so that sums that differ
 * by rounding alone count as the ties that they are.
 */
#ifndef ANALYSIS_MODEL_ITEM_KNN_H
#define ANALYSIS_MODEL_ITEM_KNN_H

#include "analysis/model/list.h"
#include "storage/base/progress.h"

struct item_knn {
    int32_t n_items;
    int window;
    const int64_t *pop; /* [n_items] borrowed */
    int64_t *offset;    /* [n_items+1] */
    int32_t *item;      /* [offset[n_items]] neighbours of each item, in order of their first */
    int32_t *co;        /* [offset[n_items]]   meeting in the corpus */
};

/* `pop` counts the same training corpus and outlives the model. Two passes over all windows, on all
 * cores; 8 bytes per distinct ordered pair. */
bool item_knn_build(const struct training *training, const int64_t *pop, int window,
                    struct progress *progress, struct item_knn *out, struct error *err);
void item_knn_release(struct item_knn *knn);

/* Leaves the history's scores in scratch->score, the items that have one in scratch->touched
 * (masked ones too); absent may be NULL. item_knn_clear() zeroes them. O(rows of the history). */
void item_knn_score(const struct item_knn *knn, const struct absent *absent, const int32_t *history,
                    int32_t n, struct scratch *scratch);
void item_knn_clear(struct scratch *scratch);

/* Adds the candidates of a history in order. */
void item_knn_add(const struct item_knn *knn, const struct absent *absent, const int32_t *history,
                  int32_t n, struct list *list);

#endif
