/*
 * The adaptive ensemble of two runs, without training (Ding et al. 2026, arXiv 2603.19809): where
 * the memorizer is sure of itself, it is listened to; elsewhere the generalizer is.
 *
 *   alpha(u) = 1 / (1 + e^-(k (s(u) - tau))),  s(u) = the memorizer's largest probability
 *   score(v) = alpha minmax(memorizer's score of v) + (1 - alpha) minmax(generalizer's)
 *
 * over the items of both lists; minmax within each list, an item that a list lacks has 0 there.
 * Ranked by (score desc, index asc). k and tau are chosen on validation cases.
 */
#ifndef ANALYSIS_MODEL_ENSEMBLE_H
#define ANALYSIS_MODEL_ENSEMBLE_H

#include "analysis/corpus/recs.h"
#include "storage/base/error.h"

/* Two runs' lists of the same cases. scores are log-probabilities, best first. */
struct ensemble_lists {
    struct recs memorizer, generalizer;
};

struct ensemble_weights {
    double k, tau;
};

/* item, score [n_cases][depth]. At most 64 deep lists. O(n_cases depth^2). */
enum { ENSEMBLE_DEPTH_MAX = 64 };
void ensemble_combine(const struct ensemble_lists *lists, struct ensemble_weights weights,
                      int32_t depth, int32_t *item, float *score);

/* The pair of k in 1, 5, 9, … 25 and tau in 0, 0.05, … 0.5 with the best NDCG@10 of target[n_cases]
 * (the first of equals, k first); *ndcg: what it is. */
bool ensemble_choose(const struct ensemble_lists *lists, const int32_t *target,
                     struct ensemble_weights *weights, double *ndcg, struct error *err);

#endif
