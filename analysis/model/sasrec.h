/*
 * SASRec (Kang, McAuley 2018, arXiv 1808.09781): the decoder over item ids, trained to predict the
 * next item at every position with a softmax over the whole catalogue (sampled with logQ correction
 * above SASREC_FULL_SOFTMAX items).
 */
#ifndef ANALYSIS_MODEL_SASREC_H
#define ANALYSIS_MODEL_SASREC_H

#include "analysis/corpus/corpus.h"
#include "analysis/corpus/split.h"
#include "analysis/nn/decoder.h"
#include "analysis/train/item_samples.h"
#include "storage/base/progress.h"

enum { SASREC_FULL_SOFTMAX = 200000, SASREC_NEGATIVES = 1024 };

/* Width 64, 2 layers, 2 heads, inner 256, LayerNorm, GELU, learned positions, 50 items, dropout .2,
 * tied output. The vocabulary is the items and the specials. */
struct nn_config sasrec_config(int32_t n_items);

/* Input tokens behind those of the items; they are no outputs. */
enum sasrec_special { SASREC_COLLABORATIVE, SASREC_SEMANTIC, SASREC_MASK, SASREC_SPECIALS };

/* Appends the samples in tokens: those of the items are their indices, a task other than next-item
 * begins with its special token. Targets that nothing stands before are left out. */
bool sasrec_encode(const struct item_samples *samples, int32_t n_items, struct samples *out,
                   struct error *err);

/* The cumulative distribution of popularity [n_items+1] for sampled softmax; items that never occur
 * count as once. The caller frees. */
double *sasrec_popularity(const struct training *training, struct error *err);

struct sasrec_ranking {
    bool mask_history; /* history items are never listed */
};

/* Ranks the catalogue for each case by (score desc, index asc), from the last
 * max_position_embeddings items of its history. Scores are log-probabilities over the catalogue. A
 * case without history gets an empty list. Lists do not depend on the other cases or on threads.
 * Fits rank_fn (train/evaluate.h); context is a struct sasrec_ranking or NULL. */
bool sasrec_rank(void *context, const struct nn *model, const struct corpus *corpus,
                 const struct case_list *cases, int32_t depth, int32_t *item, float *score,
                 struct progress *progress, struct error *err);

#endif
