/*
 * Log-probabilities of whole items: what sasrec and gr say to the targets of item samples, each
 * given the inputs before it (train/score.h).
 */
#ifndef ANALYSIS_MODEL_ITEM_SCORE_H
#define ANALYSIS_MODEL_ITEM_SCORE_H

#include "analysis/model/gr.h"
#include "analysis/nn/decoder.h"
#include "analysis/train/item_samples.h"
#include "storage/base/progress.h"

/* logp[samples->n_targets] of next-item samples, natural logarithms; NAN where the model has no
 * target (the first item of a sequence). A full softmax over the catalogue, also where training
 * samples it. rank[n_targets] (NULL allowed): the item's place in the catalogue, of equal ones the
 * smaller index first; 0 where there is no target. */
bool sasrec_score(const struct nn *model, int32_t n_items, const struct item_samples *samples,
                  double *logp, int32_t *rank, struct progress *progress, struct error *err);

/* The same for semantic ids: the sum over the target's tokens of log p among the legal next tokens;
 * a token without an alternative adds 0. It is the score of gr_rank's lists. Items that share an id
 * share its probability, which is not divided. NAN where the target has no id. gr->legal is not
 * asked. */
bool gr_score(const struct gr *gr, const struct nn *model, const struct item_samples *samples,
              double *logp, struct progress *progress, struct error *err);

#endif
