/*
 * The network of an RQ-VAE: parameters, one batch's activations, loss and gradients. Used by
 * rqvae.c and the tests; what it is for stands in rqvae.h.
 *
 *   z = encoder(x)                     Linear, ReLU, …, Linear: width, hidden…, latent
 *   r_0 = z, r_l+1 = r_l - e_l         e_l = the code of level l that is nearest to r_l
 *   x^ = decoder(z + sg(sum e_l - z))  the encoder's mirror; sg = no gradient
 *   loss = mean over items of   |x - x^|^2 / width                       (reconstruction)
 *          + sum over levels of |sg(r_l) - e_l|^2 / width                (codebook)
 *                        + beta |r_l - sg(e_l)|^2 / width                (commitment)
 *        + contrast * mean over pairs of InfoNCE(z, z')                  (rqvae_contrast.c)
 * So all squares have TIGER's proportions, divided by the width: a quantisation term of its own
 * scale (by the latent width) was seen to shrink z to nothing on wide embeddings. The gradient of
 * r_l is that of z: codes of earlier levels learn from their own term alone. The decoder's gradient
 * passes the quantiser unchanged (straight-through estimator: van den Oord, Vinyals, Kavukcuoglu
 * 2017, arXiv 1711.00937).
 *
 * Same bits for any number of threads: rows are cut into fixed shards, and each piece of a weight's
 * gradient is one product over the whole batch. Functions that return bool fail only when memory
 * runs out; they use all cores (analysis/math/parallel.h).
 */
#ifndef ANALYSIS_SEMID_RQVAE_NET_H
#define ANALYSIS_SEMID_RQVAE_NET_H

#include "analysis/nn/config.h"
#include "storage/base/error.h"

enum { RQVAE_MAX_HIDDEN = 4, RQVAE_MAX_LINEAR = 2 * (RQVAE_MAX_HIDDEN + 1), RQVAE_SHARD = 128 };

struct rqvae_shape {
    int32_t width; /* of an item's embedding */
    int32_t n_hidden, hidden[RQVAE_MAX_HIDDEN];
    int32_t latent, levels, codes;
};

/* y[rows][out] = relu(x[rows][in] W[out][in]^T + b) */
struct rqvae_linear {
    int32_t in, out;
    bool relu;
    size_t weight, bias; /* offsets among the parameters */
};

struct rqvae_net {
    struct rqvae_shape shape;
    int32_t n_linear, n_encoder; /* layers; the first n_encoder are the encoder's */
    struct rqvae_linear linear[RQVAE_MAX_LINEAR];
    size_t codebook;         /* offset of [levels][codes][latent] */
    struct nn_layout layout; /* n_tensors, tensor and n_params only: for adamw */
    float *param;            /* [layout.n_params] */
};

/* Weights normal with standard deviation sqrt(2 / in) (He et al. 2015), biases and codes 0. */
bool rqvae_net_init(struct rqvae_net *net, const struct rqvae_shape *shape, uint64_t seed,
                    struct error *err);
void rqvae_net_release(struct rqvae_net *net); /* a zeroed one is fine */

/* Row i < n_pairs has a partner in row n + i, of which only z is wanted. */
struct rqvae_batch {
    int32_t capacity, max_pairs;       /* rows, pairs */
    int32_t n, n_pairs;                /* rows that are reconstructed; n + n_pairs <= capacity */
    int32_t *item;                     /* [capacity] */
    float *out[RQVAE_MAX_LINEAR + 1];  /* out[0][capacity][width] = x; out[i+1]: of layer i */
    float *dout[RQVAE_MAX_LINEAR + 1]; /* their gradients; dout[0] is not there */
    float *quantised, *dquantised;     /* [capacity][latent] what the decoder reads */
    int32_t *code;                     /* [capacity][levels] */
    float *rest;                       /* [levels + 1][capacity][latent] r_l */
    double *row_loss;                  /* [capacity][3] reconstruction, quantisation, contrast */
    float *half_length;                /* [levels][codes] |e|^2 / 2 */
    float *product;                    /* [workers][RQVAE_SHARD][codes] */
    float *unit, *dunit, *length;      /* [capacity][latent] z / |z|, its gradient; |z| */
    float *similarity;                 /* [max_pairs][max_pairs] */
};
bool rqvae_batch_init(struct rqvae_batch *batch, const struct rqvae_net *net, int32_t capacity,
                      int32_t max_pairs, struct error *err);
void rqvae_batch_release(struct rqvae_batch *batch); /* a zeroed one is fine */

/* z of rows 0 .. n + n_pairs - 1, into batch->out[n_encoder]. */
bool rqvae_encode(const struct rqvae_net *net, struct rqvae_batch *batch, struct error *err);
/* Then code, rest and quantised of rows 0 .. n - 1; ties go to the lowest code. */
bool rqvae_quantise(const struct rqvae_net *net, struct rqvae_batch *batch, struct error *err);

struct rqvae_weights {
    float beta, contrast, temperature;
};
struct rqvae_loss {
    double reconstruction;
    double quantisation; /* sum over levels of |r_l+1|^2 / width, once: not times 1 + beta */
    double contrast;     /* without its weight; 0 where there are no pairs */
};

/* Everything from batch->out[0] and batch->item: grad[n_params] is overwritten. */
bool rqvae_gradient(const struct rqvae_net *net, struct rqvae_batch *batch,
                    const struct rqvae_weights *weights, float *grad, struct rqvae_loss *loss,
                    struct error *err);

/* ---- Contrast, in three steps (used by rqvae_gradient) ---- */

/* InfoNCE (van den Oord, Li, Vinyals 2018, arXiv 1807.03748) between the rows that have partners
 * and the partners, by cosine: for row i, with u = z/|z| and v the partners' z/|z|,
 *   -log(e^(u_i v_i / T) / sum over j of e^(u_i v_j / T))
 * where other rows' partners that are the same item as row i or as its partner are left out of the
 * sum. T is at least 0.05.
 * First z / |z| of rows begin .. end-1; then, once all have it, row_loss[2] and the gradient by u
 * of all anchors and by the cosines; then what rows begin .. end-1 (all below n, or none) have to
 * add to dout[n_encoder]. */
void rqvae_contrast_units(const struct rqvae_net *net, struct rqvae_batch *batch, int64_t begin,
                          int64_t end);
bool rqvae_contrast_anchors(const struct rqvae_net *net, struct rqvae_batch *batch, float weight,
                            float temperature, struct error *err);
void rqvae_contrast_back(const struct rqvae_net *net, struct rqvae_batch *batch, int64_t begin,
                         int64_t end);

#endif
