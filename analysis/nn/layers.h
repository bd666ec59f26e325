/*
 * The decoder's layers, each forward next to its backward. Arrays are row-major floats, the
 * caller's; T rows (tokens) of the named width, rows adjoining unless a stride is given.
 *
 * Gradients: the gradient of x is dx. Where the header says +=, the function adds to what is there;
 * = overwrites whatever is there. No function allocates; all are safe from many threads on
 * different arrays. Same bits for the same arguments on every CPU (the products of whole matrices,
 * in decoder.c, are sgemm's).
 */
#ifndef ANALYSIS_NN_LAYERS_H
#define ANALYSIS_NN_LAYERS_H

#include <stdint.h>

#include "analysis/nn/config.h"

/* Dropout: element i of a site is kept when a hash of (key, i) is at or over rate * 2^32, and then
 * divided by 1 - rate. Counter-based, so backward asks again instead of storing the mask. rate 0
 * keeps everything. */
struct nn_dropout {
    uint64_t key;
    float rate;
};
struct nn_dropout nn_dropout_site(uint64_t seed, uint64_t site, float rate);

/* x[i] = embed[token[i]] + position[pos[i]] (position NULL: none), then dropout. */
void nn_embed_forward(int32_t T, int32_t D, const int32_t *token, const int32_t *pos,
                      const float *embed, const float *position, struct nn_dropout drop, float *x);
/* dembed, dposition +=; rows added in the order of i. */
void nn_embed_backward(int32_t T, int32_t D, const int32_t *token, const int32_t *pos,
                       const float *dx, struct nn_dropout drop, float *dembed, float *dposition);

/* RMSNorm: y = x r w, r = 1/sqrt(mean(x^2) + eps) (Zhang, Sennrich 2019; bias NULL).
 * LayerNorm: y = (x - m) r w + b, m = mean(x), r = 1/sqrt(mean((x-m)^2) + eps) (Ba et al. 2016).
 * stat[T][2] = m (0 for RMSNorm), r. D a multiple of 8. */
void nn_norm_forward(enum nn_norm kind, int32_t T, int32_t D, const float *x, const float *w,
                     const float *b, float eps, float *y, float *stat);
/* dx, dw, db +=. */
void nn_norm_backward(enum nn_norm kind, int32_t T, int32_t D, const float *x, const float *w,
                      const float *stat, const float *dy, float *dx, float *dw, float *db);

/* y[i] += b; db += sum over rows of dy. b, db NULL: nothing. */
void nn_bias_forward(int32_t T, int32_t D, const float *b, float *y);
void nn_bias_backward(int32_t T, int32_t D, const float *dy, float *db);

/* The end of a branch: out = x + dropout(y + b); b may be NULL. out may be x. */
void nn_residual_forward(int32_t T, int32_t D, const float *x, const float *y, const float *b,
                         struct nn_dropout drop, float *out);
/* dy = dropout(dout), db += sum over rows of dy. (dx is dout itself.) */
void nn_residual_backward(int32_t T, int32_t D, const float *dout, struct nn_dropout drop,
                          float *dy, float *db);

/* silu: a = dropout(g s(g) u) with s(g) = 1/(1 + e^-g), up[T][2 I] = g then u.
 * gelu: a = dropout(u (1 + tanh(sqrt(2/pi) (u + 0.044715 u^3))) / 2), up[T][I] = u
 * (Hendrycks, Gimpel 2016). b[up width] is added to `up` in place first (NULL: none). */
void nn_act_forward(enum nn_act kind, int32_t T, int32_t I, float *up, const float *b,
                    struct nn_dropout drop, float *a);
/* dup = (may be dup == up: each element is read before it is written), db +=. */
void nn_act_backward(enum nn_act kind, int32_t T, int32_t I, const float *up, const float *da,
                     struct nn_dropout drop, float *dup, float *db);

/* Rotary positions (Su et al. 2021) as Llama's rotate_half: for each head of the first `heads` of a
 * row of x (rows `stride` floats apart), pairs (j, j + d/2) turn by the angle pos / theta^(2j/d).
 * table[max_pos][d] holds cosines in the first half of a row, sines in the second. `backward` turns
 * the other way. */
void nn_rope_table(int32_t positions, int32_t head_dim, float theta, float *table);
void nn_rope(int32_t T, int32_t heads, int32_t head_dim, const int32_t *pos, const float *table,
             bool backward, float *x, int32_t stride);

/* Causal attention inside packed sequences.
 *   S = q k^T / sqrt(d) for j <= i; P = softmax of each row; o = dropout(P) v
 * qkv[T][nn_qkv_size]: heads of q, then of k, then of v; query head h uses key head h / (H / KV).
 * o[T][D]. prob holds nn_attention_probs() floats, kept for backward. start[n_sequences + 1] rows.
 */
struct nn_attention {
    const struct nn_config *config;
    int32_t n_sequences;
    const int32_t *start;
    struct nn_dropout drop;
    float *scratch; /* nn_attention_scratch(config, longest sequence) floats */
};
size_t nn_attention_probs(const struct nn_config *config, int32_t n_sequences,
                          const int32_t *start);
size_t nn_attention_scratch(const struct nn_config *config, int32_t longest);
void nn_attention_forward(const struct nn_attention *a, const float *qkv, float *prob, float *o);
/* dqkv =. */
void nn_attention_backward(const struct nn_attention *a, const float *qkv, const float *prob,
                           const float *do_, float *dqkv);

#endif
