/*
 * Items by popularity in a training corpus, for every kind of split: pop[v] = count of v, ranked by
 * (pop descending, item index ascending).
 */
#ifndef ANALYSIS_CORPUS_POPULARITY_H
#define ANALYSIS_CORPUS_POPULARITY_H

#include "analysis/corpus/corpus.h"
#include "storage/base/error.h"

/* pop [n_items] of a training corpus, zeroed first. O(interactions). */
void popularity_count(const struct training *training, int64_t *pop);

/* All items from the most to the least popular, the caller frees; NULL with *err on failure.
 * O(n_items log n_items). */
int32_t *popularity_order(const int64_t *pop, int32_t n_items, struct error *err);

#endif
