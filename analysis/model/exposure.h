/*
 * Exposure of canaries (Carlini et al. 2019, arXiv 1802.08232; docs/definitions.md, section 7):
 * log2 |R| - log2 rank, R = the catalogue, rank that of the canary's last item after its prefix. A
 * model that has never seen a canary gives 1.44 on average (log2 e), whatever the catalogue.
 *
 * Canaries come as a corpus of their own: sequence c is canary c, n_items the catalogue. Each has
 * at least 2 items, of which a model reads the last max_items before the last one.
 */
#ifndef ANALYSIS_MODEL_EXPOSURE_H
#define ANALYSIS_MODEL_EXPOSURE_H

#include "analysis/model/gr.h"

/* ranks[n_users] of each canary's last item among the whole catalogue, by its exact score. */
bool exposure_rank_sasrec(const struct nn *model, const struct corpus *canaries, double *ranks,
                          struct progress *progress, struct error *err);

/* The same by a beam as wide as there are ids (gr->beam is not asked): memory for all of them and
 * each level at once. NAN where the item has no semantic id. */
bool exposure_rank_gr(const struct gr *gr, const struct nn *model, const struct corpus *canaries,
                      double *ranks, struct progress *progress, struct error *err);

/* For a trie that is too large for such a beam: the rank that the canary's last item has among
 * `sample` items, drawn with replacement, for each canary anew, from the rest of the catalogue, all
 * scored exactly; scaled up to the catalogue: 1 + (n_items - 1) better / sample. */
bool exposure_rank_sampled(const struct gr *gr, const struct nn *model,
                           const struct corpus *canaries, int32_t sample, uint64_t seed,
                           double *ranks, struct progress *progress, struct error *err);

double exposure_of(int32_t n_items, double rank); /* NAN of NAN */

#endif
