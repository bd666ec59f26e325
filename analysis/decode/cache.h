/*
 * Incremental decoding: the keys and values of many cases' histories are computed once, then any
 * number of continuations of each case grow token by token, all in one batch.
 *
 * Every row's result depends on its own case and continuation alone: the same bits in any batch.
 */
#ifndef ANALYSIS_DECODE_CACHE_H
#define ANALYSIS_DECODE_CACHE_H

#include "analysis/nn/decoder.h"

struct decode_limits {
    int32_t cases, tokens; /* of one prefill */
    int32_t longest;       /* history, in tokens */
    int32_t rows;          /* continuations, over all cases */
    int32_t steps;         /* tokens of a continuation */
};

struct decode_cache;
struct decode_cache *decode_cache_new(const struct nn *nn, const struct decode_limits *limits,
                                      struct error *err); /* nn is borrowed */
void decode_cache_free(struct decode_cache *cache);       /* NULL allowed */

/* Reads the histories (sequence s of the batch is case s). hidden[n_tokens][D], valid until the
 * next prefill. Forgets all continuations. */
const float *decode_prefill(struct decode_cache *cache, const struct nn_batch *batch);

/* One more token for n rows, sorted by case. Row r of step s continues row parent[r] of step s - 1
 * (parent is not read at step 0). Returns hidden[n][D], valid until the next step. */
const float *decode_step(struct decode_cache *cache, int32_t step, int32_t n,
                         const int32_t *case_of, const int32_t *parent, const int32_t *token);

#endif
