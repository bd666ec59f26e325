/*
 * Synthetic corpora for benchmarks and tests: every item drawn independently from a Zipf law,
 * P(item i) ∝ 1 / (i+1)^skew. Draws depend on (seed, user) only, so the corpus is the same for any
 * number of threads.
 */
#ifndef ANALYSIS_MATH_SYNTHETIC_H
#define ANALYSIS_MATH_SYNTHETIC_H

#include "analysis/corpus/corpus.h"
#include "storage/base/error.h"

struct synthetic {
    int32_t n_users, n_items;
    int32_t length; /* of every sequence */
    double skew;    /* 0: uniform, 1: Zipf */
    uint64_t seed;
    bool varied; /* synthetic_corpus alone: 5 items and a geometric number more, at most 50, so
                    that `length` (>= 5) is the mean, as in logs filtered to their 5-core */
};

/* An owned corpus; release with synthetic_release(). About 15 ns an item and thread. */
bool synthetic_corpus(const struct synthetic *s, struct corpus *out, struct error *err);
/* lists[user * depth + rank]: `depth` (<= n_items) distinct items per user, drawn by the same law.
 */
bool synthetic_recs(const struct synthetic *s, int32_t depth, int32_t *lists, struct error *err);
void synthetic_release(struct corpus *corpus);

#endif
