/*
 * The loss of next-item and next-token prediction, with its gradient, in one pass.
 *
 * The logits z = h W^T of at most 128 rows exist at a time (at most NN_LOGITS_BYTES), turned into
 * their own gradient in place and used at once; there is no whole logits matrix. V is the number of
 * rows of W that the softmax runs over, D the width.
 */
#ifndef ANALYSIS_NN_LOSS_H
#define ANALYSIS_NN_LOSS_H

#include <stddef.h>
#include <stdint.h>

/* Vocabularies so large that the logits of 16 rows would pass this need nn_sampled_loss. */
enum { NN_LOGITS_BYTES = 64 << 20, NN_FULL_VOCABULARY = 1 << 20 };

/* Borrowed. The loss of row i, target t, is weight[i] times
 *   cross-entropy       - sum over v of q_v log p_v, p = softmax(z + logit_bias),
 *                       q = (1 - smoothing) [v = t] + smoothing prior_v
 *   + unlikelihood      - unlikelihood * sum over its negatives c of log(1 - p_c)
 * (Welleck et al. 2020, arXiv 1908.04319). */
struct nn_targets {
    int32_t n;
    const int32_t *row;    /* [n] rows of hidden; may repeat */
    const int32_t *target; /* [n] 0 .. V-1 */
    const float *weight;   /* [n] */
    float smoothing;
    const float *prior;      /* [V] sums to 1; NULL: 1/V; see below */
    const float *logit_bias; /* [V]; NULL: 0 */
    float unlikelihood;
    const int64_t *negative_offset; /* [n+1]; NULL: none */
    const int32_t *negative;        /* distinct within a row, not its target */
    /* Rows where only a few tokens compete, such as the legal ones of a semantic id: for list =
     * legal[i] those of places legal_offset[list] .. legal_offset[list + 1] - 1. legal NULL: all
     * tokens in every row. p is then a softmax over the list, the prior is prior[place] (it sums to
     * 1 over the list) or uniform; target and negatives are on it; logit_bias is not used. */
    const int32_t *legal;        /* [n] */
    const int32_t *legal_offset; /* [lists+1] */
    const int32_t *legal_token;  /* ascending within a list */
};
enum { NN_LEGAL_NEGATIVES = 256 /* of a row; more are left out */ };

/* Floats of scratch for nn_loss. */
size_t nn_loss_scratch(int32_t V, int32_t D);

/* Returns the loss. dhidden[T][D] += and dW[V][D] +=. About 6 V D operations a target, near sgemm's
 * rate. */
double nn_loss(const struct nn_targets *targets, int32_t V, int32_t D, const float *hidden,
               const float *W, float *dhidden, float *dW, float *scratch);

/* Sampled softmax with logQ correction (Bengio, Senecal 2008; Yi et al. 2019): the softmax runs
 * over the target and n_sampled shared negatives drawn from q, each logit less the log of how often
 * it is expected among them. A negative that is the target is left out for that row. Only row,
 * target and weight of `targets` are used. */
struct nn_sampled {
    int32_t n;
    const int32_t *item;       /* [n] drawn items, repeats allowed */
    const float *log_expected; /* [V] log(n q_v) */
};
size_t nn_sampled_scratch(int32_t n_sampled, int32_t D);
double nn_sampled_loss(const struct nn_targets *targets, const struct nn_sampled *sampled,
                       int32_t D, const float *hidden, const float *W, float *dhidden, float *dW,
                       float *scratch);

#endif
