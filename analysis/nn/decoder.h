/*
 * The decoder: embedding, layers of causal attention and MLP (norm first, residual), final norm.
 *
 *   x_0 = dropout(E[token] + P[pos])                         (P only with learned positions)
 *   x'  = x + dropout(attention(norm(x)) W_o^T + b_o)
 *   x'' = x' + dropout(act(norm(x') W_up^T + b_up) W_down^T + b_down)
 *   hidden = norm(x_L);  logits = hidden W_out^T             (made by loss.h or by the caller)
 */
#ifndef ANALYSIS_NN_DECODER_H
#define ANALYSIS_NN_DECODER_H

#include "analysis/nn/config.h"

struct nn {
    struct nn_layout layout;
    float *param; /* [layout.n_params] */
    float *rope;  /* [max_position_embeddings][head_dim] (layers.h), NULL with learned positions */
};

/* Parameters are initialised from the seed. */
bool nn_init(struct nn *nn, const struct nn_config *config, uint64_t seed, struct error *err);
void nn_release(struct nn *nn); /* a zeroed one is fine */

/* Sequences packed without padding: sequence s is tokens start[s] .. start[s+1]-1, their positions
 * 0, 1, … each. None is longer than max_position_embeddings. Borrowed. */
struct nn_batch {
    int32_t n_tokens, n_sequences;
    const int32_t *token; /* [n_tokens] */
    const int32_t *start; /* [n_sequences+1] */
};

/* Activations for batches of at most `max_tokens` tokens in sequences of at most `longest`; one
 * allocation, reused from batch to batch. One thread at a time. NULL with *err when memory runs
 * out. For training it keeps all layers; otherwise only q, k, v of each. */
struct nn_work;
struct nn_work *nn_work_new(const struct nn_layout *layout, int32_t max_tokens, int32_t longest,
                            bool training, struct error *err);
void nn_work_free(struct nn_work *work); /* NULL allowed */

/* hidden[n_tokens][D], the work's, valid until its next forward. A training work applies dropout
 * under `dropout_seed` and uses sgemm; any other uses row-exact products, so that the hidden row of
 * a token depends on the tokens before it in its sequence and on nothing else. */
const float *nn_forward(const struct nn *nn, const struct nn_batch *batch, uint64_t dropout_seed,
                        struct nn_work *work);

/* After a forward of the same batch and seed with a training work, and after the caller has put the
 * gradient of hidden into nn_dhidden(): grad[n_params] +=. Overwrites the activations. */
float *nn_dhidden(struct nn_work *work); /* [max_tokens][D] */
void nn_backward(const struct nn *nn, const struct nn_batch *batch, uint64_t dropout_seed,
                 struct nn_work *work, float *grad);

/* q, k, v of a layer after rotary positions, [n_tokens][nn_qkv_size], of the last forward. */
const float *nn_work_qkv(const struct nn_work *work, int32_t layer);

#endif
