/*
 * Causal attention inside packed sequences. Contract in layers.h.
 *
 * Method: one sequence and one head at a time, all six products through linalg_tiles, which skips
 * the upper triangle. Rows of S and P are padded to a multiple of 8 (`np`), and everything above
 * the diagonal is kept 0 so that tiles may read across it. Cost per head and sequence of n tokens:
 * 2 n^2 d multiply-adds forward, twice that and once S backward; n np floats are kept.
 */
#include "analysis/nn/layers.h"

#include <math.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/simd.h"
#include "analysis/nn/dropout.h"

static size_t round8(size_t n)
{
    return (n + 7) / 8 * 8;
}

size_t nn_attention_probs(const struct nn_config *c, int32_t n_sequences, const int32_t *start)
{
    size_t sum = 0;
    for (int32_t s = 0; s < n_sequences; s++) {
        size_t n = (size_t)(start[s + 1] - start[s]);
        sum += n * round8(n) * (size_t)c->num_attention_heads;
    }
    return sum;
}

size_t nn_attention_scratch(const struct nn_config *c, int32_t longest)
{
    size_t np = round8((size_t)longest);
    return (size_t)nn_head_dim(c) * np + 2 * np * np;
}

/* One head of one sequence: where its rows lie. */
struct head {
    int n, np, d, stride;
    size_t q, k, v, o; /* offsets of its first row in qkv and o */
    size_t prob;       /* offset in prob */
    bool first;        /* of the query heads that share its k and v */
};

static struct head head_at(const struct nn_config *c, const struct nn_attention *a, int32_t seq,
                           int32_t h, size_t prob)
{
    size_t d = (size_t)nn_head_dim(c), stride = (size_t)nn_qkv_size(c), row = (size_t)a->start[seq];
    int32_t group = c->num_attention_heads / c->num_key_value_heads;
    size_t heads = (size_t)c->num_attention_heads, kv = (size_t)c->num_key_value_heads;
    int32_t n = a->start[seq + 1] - a->start[seq];
    return (struct head){
        .n = n,
        .np = (int)round8((size_t)n),
        .d = (int)d,
        .stride = (int)stride,
        .q = row * stride + (size_t)h * d,
        .k = row * stride + (heads + (size_t)(h / group)) * d,
        .v = row * stride + (heads + kv + (size_t)(h / group)) * d,
        .o = row * (size_t)c->hidden_size + (size_t)h * d,
        .prob = prob,
        .first = h % group == 0,
    };
}

/* t[d][np] = the transpose of n rows of x, zeros in the padding. */
static void transpose(const struct head *h, const float *x, float *t)
{
    for (int l = 0; l < h->d; l++) {
        float *row = t + (size_t)l * (size_t)h->np;
        for (int j = 0; j < h->n; j++)
            row[j] = x[(size_t)j * (size_t)h->stride + (size_t)l];
        for (int j = h->n; j < h->np; j++)
            row[j] = 0;
    }
}

/* Rows of S become rows of P = e^(S scale - max) / sum; zeros right of the diagonal. */
SIMD_CLONES
static void softmax_rows(int n, int np, float scale, float *s)
{
    for (int i = 0; i < n; i++) {
        float *row = s + (size_t)i * (size_t)np;
        int end = (i + 8) / 8 * 8;
        for (int j = i + 1; j < end; j++)
            row[j] = -INFINITY;
        float lane[8], max;
        memcpy(lane, row, sizeof lane);
        for (int j = 8; j < end; j += 8) {
            for (int l = 0; l < 8; l++)
                lane[l] = row[j + l] > lane[l] ? row[j + l] : lane[l];
        }
        max = lane[0];
        for (int l = 1; l < 8; l++)
            max = lane[l] > max ? lane[l] : max;
        simd8 sum = {0};
        for (int j = 0; j < end; j += 8) {
            simd8 e = (*(const simd8_at *)(row + j) - max) * scale;
            simd8_exp(&e);
            *(simd8_at *)(row + j) = e;
            sum += e;
        }
        float r = 1.0f / simd8_sum(&sum);
        for (int j = 0; j < end; j++)
            row[j] *= r;
        memset(row + end, 0, (size_t)(np - end) * sizeof *row);
    }
}

/* out = dropout(p), elements numbered from `at`. */
SIMD_CLONES
static void drop_probs(size_t count, const float *p, struct nn_dropout drop, uint32_t at,
                       float *out)
{
    struct nn_mask mask = nn_mask(drop);
    for (size_t i = 0; i < count; i++)
        out[i] = p[i] * nn_mask_at(&mask, at + (uint32_t)i);
}

/* The probabilities as they weigh v: prob itself, or its dropped-out copy in `room`. */
static const float *weights(const struct nn_attention *a, const struct head *h, const float *prob,
                            float *room)
{
    if (!(a->drop.rate > 0))
        return prob + h->prob;
    drop_probs((size_t)h->n * (size_t)h->np, prob + h->prob, a->drop, (uint32_t)h->prob, room);
    return room;
}

/* S = q k^T; P = softmax(S / sqrt(d)); o = dropout(P) v */
static void head_forward(const struct nn_attention *a, const struct head *h, const float *qkv,
                         float *prob, float *o)
{
    float *kt = a->scratch, *room = kt + (size_t)h->d * (size_t)h->np;
    transpose(h, qkv + h->k, kt);
    linalg_tiles(LINALG_OUT_LOWER, h->n, h->np, h->d, qkv + h->q, h->stride, 1, kt, h->np, false,
                 prob + h->prob, h->np);
    softmax_rows(h->n, h->np, 1.0f / sqrtf((float)h->d), prob + h->prob);
    linalg_tiles(LINALG_LOWER, h->n, h->d, h->n, weights(a, h, prob, room), h->np, 1, qkv + h->v,
                 h->stride, false, o + h->o, a->config->hidden_size);
}

/* dP = dropout(dW), W the weights of v; dS = P (dP - sum_j dP P) / sqrt(d), 0 above the diagonal.
 */
SIMD_CLONES
static void softmax_back_rows(int n, int np, float scale, const float *p, struct nn_dropout drop,
                              uint32_t at, float *ds)
{
    struct nn_mask mask = nn_mask(drop);
    for (int i = 0; i < n; i++) {
        const float *prob = p + (size_t)i * (size_t)np;
        float *d = ds + (size_t)i * (size_t)np;
        int end = (i + 8) / 8 * 8;
        for (int j = i + 1; j < end; j++)
            d[j] = 0;
        for (int j = 0; j < end && drop.rate > 0; j++)
            d[j] *= nn_mask_at(&mask, at + (uint32_t)(i * np + j));
        simd8 sum = {0};
        for (int j = 0; j < end; j += 8)
            sum += *(const simd8_at *)(d + j) * *(const simd8_at *)(prob + j);
        float mean = simd8_sum(&sum);
        for (int j = 0; j < end; j++)
            d[j] = prob[j] * (d[j] - mean) * scale;
        memset(d + end, 0, (size_t)(np - end) * sizeof *d);
    }
}

/* With W = dropout(P):  dv = W^T do, dW = do v^T, dS as above, dq = dS k, dk = dS^T q */
static void head_backward(const struct nn_attention *a, const struct head *h, const float *qkv,
                          const float *prob, const float *do_, float *dqkv)
{
    size_t cells = (size_t)h->n * (size_t)h->np;
    float *vt = a->scratch, *ds = vt + (size_t)h->d * (size_t)h->np, *room = ds + cells;
    int width = a->config->hidden_size;
    transpose(h, qkv + h->v, vt);
    linalg_tiles(LINALG_UPPER, h->n, h->d, h->n, weights(a, h, prob, room), 1, h->np, do_ + h->o,
                 width, !h->first, dqkv + h->v, h->stride);
    linalg_tiles(LINALG_OUT_LOWER, h->n, h->np, h->d, do_ + h->o, width, 1, vt, h->np, false, ds,
                 h->np);
    softmax_back_rows(h->n, h->np, 1.0f / sqrtf((float)h->d), prob + h->prob, a->drop,
                      (uint32_t)h->prob, ds);
    linalg_tiles(LINALG_LOWER, h->n, h->d, h->n, ds, h->np, 1, qkv + h->k, h->stride, false,
                 dqkv + h->q, h->stride);
    linalg_tiles(LINALG_UPPER, h->n, h->d, h->n, ds, 1, h->np, qkv + h->q, h->stride, !h->first,
                 dqkv + h->k, h->stride);
}

void nn_attention_forward(const struct nn_attention *a, const float *qkv, float *prob, float *o)
{
    size_t at = 0;
    for (int32_t s = 0; s < a->n_sequences; s++) {
        for (int32_t h = 0; h < a->config->num_attention_heads; h++) {
            struct head head = head_at(a->config, a, s, h, at);
            head_forward(a, &head, qkv, prob, o);
            at += (size_t)head.n * (size_t)head.np;
        }
    }
}

void nn_attention_backward(const struct nn_attention *a, const float *qkv, const float *prob,
                           const float *do_, float *dqkv)
{
    size_t at = 0;
    for (int32_t s = 0; s < a->n_sequences; s++) {
        for (int32_t h = 0; h < a->config->num_attention_heads; h++) {
            struct head head = head_at(a->config, a, s, h, at);
            head_backward(a, &head, qkv, prob, do_, dqkv);
            at += (size_t)head.n * (size_t)head.np;
        }
    }
}
