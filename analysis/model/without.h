/*
 * Cause in count models: what a reference model would have recommended had one user's training
 * sequence not existed (docs/definitions.md, section 7). Exact, and without retraining: the counts
 * of that one sequence are subtracted while the list is computed. Items keep their indices; one
 * that only the absent user had stays in the catalogue with popularity 0.
 *
 * The absent user may be the case's own user: then the history stays, as input, and only what the
 * model had counted from that user goes.
 */
#ifndef ANALYSIS_MODEL_WITHOUT_H
#define ANALYSIS_MODEL_WITHOUT_H

#include "analysis/model/reference.h"

/* As reference_recommend(), had `user` not existed. Cost: one list plus O(the user's sequence). */
bool without_recommend(const struct reference *reference, int32_t user, const int32_t *history,
                       int32_t n, int32_t k, int32_t *item, float *score, struct error *err);

/* Who carries a recommendation: the users whose absence, each alone, would remove item v from the
 * top k of this history. */
struct carriers {
    int32_t *user; /* [n] ascending */
    int64_t n;
    int64_t n_recomputed; /* users for whom the list was computed again */
    int32_t rank;         /* of v in the list as it is, 1-based; 0: not in the top k (then n = 0) */
};

/* Exact. A user without v can only remove v from an item-knn list, by making rivals' cosines rise
 * when counts fall; a bound on that rise excludes nearly all such users, and the list is computed
 * again for the rest and for everyone with v. Cost: one pass over the training corpus plus those
 * lists; on all cores. */
bool without_carriers(const struct reference *reference, const int32_t *history, int32_t n,
                      int32_t k, int32_t v, struct progress *progress, struct carriers *out,
                      struct error *err);
void carriers_release(struct carriers *carriers);

#endif
