/*
 * The generative recommender (TIGER's task, Rajput et al. 2023, arXiv 2305.05065, with a decoder
 * alone): items are written as semantic-id tokens, the model is trained to predict the next token,
 * and recommends by beam search over the legal ids.
 */
#ifndef ANALYSIS_MODEL_GR_H
#define ANALYSIS_MODEL_GR_H

#include "analysis/corpus/corpus.h"
#include "analysis/corpus/split.h"
#include "analysis/decode/trie.h"
#include "analysis/nn/decoder.h"
#include "analysis/train/item_samples.h"
#include "storage/base/progress.h"

/* Tokens 0 .. GR_SPECIALS-1. Every sequence starts with one of the first three, the task (numbered
 * as enum item_task); GR_MASK stands for each token of a hidden item. */
enum gr_special { GR_NEXT_ITEM, GR_COLLABORATIVE, GR_SEMANTIC, GR_MASK, GR_SPECIALS };

struct gr {
    struct semid_table table; /* borrowed arrays */
    struct trie trie;
    int32_t max_items; /* of a history */
    bool legal;        /* samples name the legal next tokens: only those compete in the loss */
    int32_t beam;      /* width, set it before gr_rank; GR_BEAM at first */
};
enum { GR_BEAM = 50 };

bool gr_init(struct gr *gr, const struct semid_table *table, int32_t max_items, struct error *err);
void gr_release(struct gr *gr); /* a zeroed one is fine */

/* Width 128, 4 layers, 4 heads, inner 512, LayerNorm, GELU, learned positions, dropout .2, tied. */
struct nn_config gr_config(const struct gr *gr);

/* Tokens of `n` items after the special token; items without an id are left out. Returns their
 * number; token has room for 1 + n levels. */
int32_t gr_tokens(const struct gr *gr, enum gr_special special, const int32_t *item, int32_t n,
                  int32_t *token);

/* Appends the samples in tokens. A target that is the next input, or comes after the last one, is
 * predicted where it stands, token by token; any other becomes a sample of its own: the inputs
 * before it, then it. Items without an id are left out. With gr->legal a target's list is its node
 * of the trie (nn_targets: legal_offset = trie.child, legal_token = trie.token), and tokens without
 * an alternative are no targets. */
bool gr_encode(const struct gr *gr, const struct item_samples *samples, struct samples *out,
               struct error *err);

/* prior[n_nodes]: each node's share, among its siblings, of the weight of the items below it; a
 * prior over the legal next tokens (nn_targets). weight[n_items] > 0. */
void gr_prior(const struct gr *gr, const float *weight, float *prior);

/* Fits rank_fn (train/evaluate.h); context is a struct gr. The last max_items items of the history
 * are read. Lists do not depend on the other cases or on threads; see decode/beam.h. */
bool gr_rank(void *context, const struct nn *model, const struct corpus *corpus,
             const struct case_list *cases, int32_t depth, int32_t *item, float *score,
             struct progress *progress, struct error *err);

#endif
