/* The RQ-VAE's loss in doubles and plain loops, with what takes no gradient held at given values:
 * the oracle for finite differences. */
#ifndef TESTS_ANALYSIS_SEMID_NAIVE_RQVAE_H
#define TESTS_ANALYSIS_SEMID_NAIVE_RQVAE_H

#include "analysis/semid/rqvae_net.h"

enum { NAIVE_ROWS = 12, NAIVE_WIDTH = 16, NAIVE_LEVELS = 4 };

/* sg(...) of every row: the chosen codes, what they were, what was left before each level, and what
 * the quantiser adds to z. */
struct naive_frozen {
    int32_t code[NAIVE_ROWS][NAIVE_LEVELS];
    double e[NAIVE_ROWS][NAIVE_LEVELS][NAIVE_WIDTH], r[NAIVE_ROWS][NAIVE_LEVELS][NAIVE_WIDTH];
    double prefix[NAIVE_ROWS][NAIVE_LEVELS][NAIVE_WIDTH], added[NAIVE_ROWS][NAIVE_WIDTH];
};

/* Nearest codes and all else as it is with these parameters. x[n][width]. */
void naive_freeze(const struct rqvae_net *net, const double *param, const float *x, int32_t n,
                  struct naive_frozen *out);

/* Rows 0 .. n-1 are reconstructed, row n + i is the partner of row i. *parts may be NULL. */
double naive_loss(const struct rqvae_net *net, const double *param, const float *x,
                  const int32_t *item, int32_t n, int32_t n_pairs,
                  const struct rqvae_weights *weights, const struct naive_frozen *frozen,
                  struct rqvae_loss *parts);

#endif
