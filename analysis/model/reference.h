/*
 * The reference models behind one interface: popularity, markov (order 1, or order k with back-off)
 * and item-knn (docs/definitions.md, section 9). Counting, no training loop.
 *
 * Every list: history masked, ranked by (score desc, then the model's own tie order: pop desc, item
 * index asc), filled up by the popularity order, so a list is as long as the catalogue allows.
 * Scores fall strictly from the model's own candidates (> 0) to the filling (< 0):
 *   markov      offset of the context's length + T + pop/(2(max pop + 1))
 *   item-knn    the sum of cosines
 *   popularity and every filling   pop/(max pop + 1) - 1
 * They never rise along a list (as floats, close scores may round to the same value).
 *
 * A built model is read-only and safe from many threads.
 */
#ifndef ANALYSIS_MODEL_REFERENCE_H
#define ANALYSIS_MODEL_REFERENCE_H

#include "analysis/corpus/corpus.h"
#include "analysis/corpus/edges.h"
#include "analysis/corpus/split.h"
#include "storage/base/error.h"
#include "storage/base/progress.h"

enum reference_kind { REFERENCE_POPULARITY, REFERENCE_MARKOV, REFERENCE_ITEM_KNN };

enum { REFERENCE_MAX_ORDER = 8, REFERENCE_KNN_WINDOW = 5 };

struct reference_options {
    int order;  /* markov: the longest context, 1 .. REFERENCE_MAX_ORDER; 0 = 1 */
    int window; /* item-knn: positions; 0 = REFERENCE_KNN_WINDOW */
};

struct reference;

/* "popularity", "markov", "item-knn". */
const char *reference_name(enum reference_kind kind);
bool reference_find(const char *name, enum reference_kind *kind); /* false: no such model */

/* Counts the model over a training corpus. `training` and the corpus below it are borrowed until
 * reference_free(); `edges` of the same training corpus may be given to spare building them
 * (borrowed as well), or NULL. Cost: O(interactions) for popularity and markov; for item-knn
 * O(interactions * 2 * window) time and 8 bytes per distinct pair of items. */
bool reference_build(enum reference_kind kind, const struct reference_options *options,
                     const struct training *training, const struct edges *edges,
                     struct progress *progress, struct reference **out, struct error *err);
void reference_free(struct reference *reference); /* NULL allowed */

/* The k best for a history of n items (0 .. n_items-1, oldest first; repeats and n = 0 are fine).
 * `item` and `score` (NULL allowed) hold k each; where the catalogue runs out, the rest is
 * RECS_NONE and -INFINITY. Pure; allocates O(items) for the call. */
bool reference_recommend(const struct reference *reference, const int32_t *history, int32_t n,
                         int32_t k, int32_t *item, float *score, struct error *err);

/* The same for every case of a list, on all cores: `item` and `score` are [cases->n * depth] rows
 * as in struct recs. The result does not depend on the number of threads. */
bool reference_recommend_all(const struct reference *reference, const struct corpus *corpus,
                             const struct case_list *cases, int32_t depth,
                             struct progress *progress, int32_t *item, float *score,
                             struct error *err);

#endif
