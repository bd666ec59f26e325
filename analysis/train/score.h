/*
 * What a trained model says to training samples: the log-probability of every target, given what
 * stands before it in its sample (teacher forcing), without dropout.
 *
 * Method: one forward pass over the samples, in inference mode with row-exact products; the logits
 * of a few targets at a time. Cost: that of an epoch's forward pass and products with the output
 * matrix. Results do not depend on the other samples, on threads or on the CPU.
 */
#ifndef ANALYSIS_TRAIN_SCORE_H
#define ANALYSIS_TRAIN_SCORE_H

#include "analysis/nn/decoder.h"
#include "analysis/train/samples.h"
#include "storage/base/progress.h"

/* What competes with a target. Borrowed. */
struct score_outputs {
    int32_t n;                   /* tokens 0 .. n-1; where samples->legal is NULL */
    const int32_t *legal_offset; /* else a list each, as in struct nn_targets (nn/loss.h) */
    const int32_t *legal_token;
};

/* logp[samples->n_targets], natural logarithms. rank[n_targets] (NULL allowed): the target's place
 * among what competes with it, from 1; of equal ones the smaller token comes first. No sample is
 * longer than the model's positions. */
bool score_targets(const struct nn *nn, const struct samples *samples,
                   const struct score_outputs *outputs, double *logp, int32_t *rank,
                   struct progress *progress, struct error *err);

#endif
