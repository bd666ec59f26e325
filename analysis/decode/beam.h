/*
 * Beam search over the legal semantic ids: the `width` ids of the highest probability that a search
 * level by level finds, for a batch of histories at once.
 *
 * The probability of a token is the model's softmax over the legal next tokens alone, so only their
 * logits are computed, scores are log-probabilities over the catalogue's ids, and a prefix with one
 * id left needs no further pass. Every history's result is the same alone and in any batch.
 */
#ifndef ANALYSIS_DECODE_BEAM_H
#define ANALYSIS_DECODE_BEAM_H

#include "analysis/decode/trie.h"
#include "analysis/nn/decoder.h"

/* For one thread at a time. nn and trie are borrowed. Positions used: a history's length + levels -
 * 1 at most. */
struct beam_search;
struct beam_search *beam_new(const struct nn *nn, const struct trie *trie, int32_t cases,
                             int32_t longest, int32_t width, struct error *err);
void beam_free(struct beam_search *search); /* NULL allowed */

/* item, score: [n_sequences][depth]. Ids in the order of (log-probability desc, id asc); an id that
 * several items share yields all of them, ascending, with one score; RECS_NONE fills up. No
 * sequence is empty. */
void beam_run(struct beam_search *search, const struct nn_batch *histories, int32_t depth,
              int32_t *item, float *score);

#endif
