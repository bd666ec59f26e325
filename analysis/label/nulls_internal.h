/* What the three nulls share; tests look at it too. Internal to analysis/label. */
#ifndef ANALYSIS_LABEL_NULLS_INTERNAL_H
#define ANALYSIS_LABEL_NULLS_INTERNAL_H

#include "analysis/label/nulls.h"
#include "analysis/math/rng.h"

/* A bijection of 0 .. n-1 that is computed, not stored: a Feistel network over the smallest power
 * of two that holds n, applied until the result is below n ("cycle walking"; Black and Rogaway,
 * "Ciphers with Arbitrary Finite Domains", 2002). */
enum {
    PERMUTATION_ROUNDS = 8,
    PERMUTATION_BITS_MIN = 8, /* on fewer bits, 8 rounds are measurably uneven */
};
struct permutation {
    uint64_t n, low_mask, high_mask, key[PERMUTATION_ROUNDS];
    int low_bits;
};
struct permutation permutation_new(uint64_t seed, uint64_t replicate, int64_t n);
int64_t permutation_at(const struct permutation *p, int64_t at);

/* Distinct items in proportion to pop. Borrows pop. */
struct sampler {
    int32_t n_items, n_positive;
    int64_t total;
    const int64_t *pop;
    double *take;   /* [n_items] probability of keeping a place rather than its alias */
    int32_t *alias; /* [n_items] */
};
bool sampler_new(const int64_t *pop, int32_t n_items, struct sampler *out, struct error *err);
void sampler_release(struct sampler *s);
/* Draws k distinct items one after the other, each in proportion to pop among those left; fewer
 * where fewer have any. Returns how many. */
int32_t sampler_draw(const struct sampler *s, struct rng *rng, int32_t k, int32_t *item);

/* The degree null: fills ratio_degree and reachable_degree. */
bool degree_null(const struct onehop *o, const struct case_list *cases, const struct recs *recs,
                 int replicates, uint64_t seed, struct onehop_nulls *out, struct progress *progress,
                 struct error *err);

#endif
