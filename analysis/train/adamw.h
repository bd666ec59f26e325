/*
 * AdamW (Loshchilov, Hutter 2019, arXiv 1711.05101) with clipping by the global norm, over
 * gradients that several groups made.
 *
 *   g = sum over groups, in order; g *= min(1, clip / |g|)
 *   m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2
 *   p -= rate (m / (1-b1^t) / (sqrt(v / (1-b2^t)) + eps) + decay p)      decay: matrices only
 *
 * Elementwise and cut into fixed pieces, so the bits do not depend on the number of threads.
 */
#ifndef ANALYSIS_TRAIN_ADAMW_H
#define ANALYSIS_TRAIN_ADAMW_H

#include "analysis/nn/config.h"

struct adamw_options {
    float beta1, beta2, eps, weight_decay;
    float clip; /* 0: none */
};

struct adamw {
    struct adamw_options options;
    const struct nn_layout *layout;
    int32_t n_pieces;
    struct adamw_piece *piece; /* [n_pieces] */
    double *square;            /* [n_pieces] sum of g^2 */
    float *m, *v;              /* [n_params] */
    int64_t step;              /* updates made */
};

bool adamw_init(struct adamw *adam, const struct nn_layout *layout,
                const struct adamw_options *options, struct error *err);
void adamw_release(struct adamw *adam); /* a zeroed one is fine */

/* One update. grad[0] is overwritten by the sum of grad[0 .. n_groups-1]. *norm (NULL allowed) =
 * |g| before clipping. False, with nothing updated, when |g| is not finite: *err names the tensor.
 */
bool adamw_step(struct adamw *adam, float *param, float *const *grad, int32_t n_groups, float rate,
                double *norm, struct error *err);

#endif
