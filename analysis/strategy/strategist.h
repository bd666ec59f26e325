/*
 * What strategies do: from the training corpus to the samples of each epoch, and to the terms of
 * the loss. One file a strategy; this one puts them together.
 *
 *   training corpus (halves)  ->  next-item samples  ->  which views, which targets (canary,
 *   augment, multi-hop, item-dropout)  ->  further tasks (iirg)  ->  weights (hop-weight, dedup,
 *   goldfish)
 *
 * A step sees what the steps before it made: an item d places ahead is d places ahead in the view,
 * and the item or context before a target is what is left of the inputs there. unlikelihood, smooth
 * and logq are terms of the loss. Every random draw is a function of (seed,
 * epoch, sample). Samples of several strategies are made in the order of strategies.def.
 */
#ifndef ANALYSIS_STRATEGY_STRATEGIST_H
#define ANALYSIS_STRATEGY_STRATEGIST_H

#include "analysis/corpus/edges.h"
#include "analysis/strategy/neighbours.h"
#include "analysis/strategy/strategy.h"
#include "analysis/train/item_samples.h"

/* Borrowed until strategist_free(), `embedding` only during strategist_new(). */
struct strategist_data {
    const struct training *training; /* what the run may know: strategist_part() of it */
    const struct edges *edges;       /* of the same */
    int32_t max_items;               /* inputs of a sample at most */
    uint64_t seed;
    /* [n_items][width], for iirg's semantic neighbours and backfill; NULL: there is none. */
    const float *embedding;
    int32_t width;
};

struct strategist;

/* The users that a run sees: strategist_part() fills end[n_users], the prefixes of the training
 * corpus for those of its half and 0 for the others; everybody's where strategist_is_part() says
 * no. What a run trains on and what it counts (edges, popularity, neighbours) is of these. */
bool strategist_is_part(const struct strategy *strategy);
void strategist_part(const struct strategy *strategy, const struct training *all, int32_t *end);

/* Does the strategy need an embedding, and why; NULL: it does not. */
const char *strategist_needs_embedding(const struct strategy *strategy);

/* Prepares what does not change: neighbour lists, weights. NULL with what to do in *err, for
 * example when iirg needs embeddings and there are none. */
struct strategist *strategist_new(const struct strategy *strategy,
                                  const struct strategist_data *data, struct progress *progress,
                                  struct error *err);
void strategist_free(struct strategist *s); /* NULL allowed */

/* Do samples differ from epoch to epoch? */
bool strategist_varies(const struct strategist *s);
/* The samples of an epoch (0, 1, …): borrowed until the next call. O(interactions), times the
 * targets ahead. */
bool strategist_samples(struct strategist *s, int32_t epoch, const struct item_samples **out,
                        struct error *err);

/* How many next-item targets an epoch presents before strategies touch them (with those that
 * nothing stands before, `first`), and how many targets strategies put beside them (after the first
 * strategist_samples()). */
int64_t strategist_next_targets(const struct strategist *s, bool first);
int64_t strategist_extra_targets(const struct strategist *s);

/* Terms of the loss; arrays [n_items] are the strategist's. */
struct strategist_loss {
    float smoothing;
    const float *prior; /* NULL: uniform */
    float unlikelihood;
    const float *logit_bias; /* NULL: none */
};
struct strategist_loss strategist_loss(const struct strategist *s);

/* Is a user in part `part` (1 .. m) of m halves? Pure. */
bool strategist_in_half(int32_t m, int32_t part, int32_t user);

/* The canaries: their number (0 without the strategy), and one of them with how often it is
 * inserted. Returns its length; item has room for STRATEGIST_CANARY_MAX. Any larger number is a
 * canary that is never inserted (copies 0), to compare with. */
enum { STRATEGIST_CANARY_MAX = 64 };
int32_t strategist_canaries(const struct strategist *s);
int32_t strategist_canary(const struct strategist *s, int32_t canary, int32_t *item,
                          int32_t *copies);

#endif
