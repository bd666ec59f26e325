/* The decoder one token at a time over cached keys and values. Contract in cache.h. */
#include "analysis/decode/cache.h"

#include <math.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/simd.h"
#include "analysis/nn/layers.h"
#include "storage/base/mem.h"

/* D hidden_size, d head width, L layers. */

struct decode_cache {
    const struct nn *nn;
    struct decode_limits limits;
    struct nn_work *prefill;
    int32_t *start;                          /* [cases+1] */
    float *step_qkv;                         /* [steps][L][rows][qkv] of the continuations */
    int32_t *parent;                         /* [steps][rows] */
    int32_t *position;                       /* [rows] */
    float *x, *norm, *branch, *att, *hidden; /* [rows][D] */
    float *up, *act;                         /* [rows][up], [rows][I] */
    float *stat;                             /* [rows][2] */
    float *kt;                               /* [d][longest rounded up] a history's keys */
    float *score;                            /* [rows][longest + steps, rounded up] */
    float *scratch;                          /* of linalg_rows_nt */
};

static size_t round8(size_t n)
{
    return (n + 7) / 8 * 8;
}

static size_t score_stride(const struct decode_limits *l)
{
    return round8((size_t)l->longest + (size_t)l->steps);
}

static bool allocate(struct decode_cache *c, struct error *err)
{
    const struct nn_config *k = &c->nn->layout.config;
    const struct decode_limits *l = &c->limits;
    size_t rows = (size_t)l->rows, D = (size_t)k->hidden_size, I = (size_t)k->intermediate_size;
    size_t steps = (size_t)l->steps, widest = D > I ? D : I;
    static const char what[] = "decoding";
    c->prefill = nn_work_new(&c->nn->layout, l->tokens, l->longest, false, err);
    c->start = mem_try_array((size_t)l->cases + 1, sizeof *c->start, what, err);
    c->step_qkv = mem_try_array(steps * (size_t)k->num_hidden_layers * rows,
                                (size_t)nn_qkv_size(k) * sizeof(float), what, err);
    c->parent = mem_try_array(steps * rows, sizeof *c->parent, what, err);
    c->position = mem_try_array(rows, sizeof *c->position, what, err);
    c->x = mem_try_array(rows * D, sizeof(float), what, err);
    c->norm = mem_try_array(rows * D, sizeof(float), what, err);
    c->branch = mem_try_array(rows * D, sizeof(float), what, err);
    c->att = mem_try_array(rows * D, sizeof(float), what, err);
    c->hidden = mem_try_array(rows * D, sizeof(float), what, err);
    c->up = mem_try_array(rows * (size_t)nn_up_size(k), sizeof(float), what, err);
    c->act = mem_try_array(rows * I, sizeof(float), what, err);
    c->stat = mem_try_array(rows * 2, sizeof(float), what, err);
    c->kt = mem_try_array((size_t)nn_head_dim(k) * round8((size_t)l->longest), sizeof(float), what,
                          err);
    c->score = mem_try_array(rows * score_stride(l), sizeof(float), what, err);
    c->scratch = mem_try_array(linalg_rows_scratch((int)widest), sizeof(float), what, err);
    return c->prefill && c->start && c->step_qkv && c->parent && c->position && c->x && c->norm &&
           c->branch && c->att && c->hidden && c->up && c->act && c->stat && c->kt && c->score &&
           c->scratch;
}

struct decode_cache *decode_cache_new(const struct nn *nn, const struct decode_limits *limits,
                                      struct error *err)
{
    struct decode_cache *c = mem_zalloc(1, sizeof *c);
    c->nn = nn;
    c->limits = *limits;
    if (allocate(c, err))
        return c;
    decode_cache_free(c);
    return NULL;
}

void decode_cache_free(struct decode_cache *c)
{
    if (!c)
        return;
    nn_work_free(c->prefill);
    float *floats[] = {c->step_qkv, c->x,   c->norm, c->branch, c->att,   c->hidden,
                       c->up,       c->act, c->stat, c->kt,     c->score, c->scratch};
    for (size_t i = 0; i < ARRAY_LEN(floats); i++)
        free(floats[i]);
    free(c->start);
    free(c->parent);
    free(c->position);
    free(c);
}

const float *decode_prefill(struct decode_cache *c, const struct nn_batch *batch)
{
    memcpy(c->start, batch->start, ((size_t)batch->n_sequences + 1) * sizeof *c->start);
    return nn_forward(c->nn, batch, 0, c->prefill);
}

/* ---- Attention of one step ------------------------------------------------------------------- */

static float *step_qkv(const struct decode_cache *c, int32_t step, int32_t layer, int32_t row)
{
    const struct nn_config *k = &c->nn->layout.config;
    size_t at =
        ((size_t)step * (size_t)k->num_hidden_layers + (size_t)layer) * (size_t)c->limits.rows +
        (size_t)row;
    return c->step_qkv + at * (size_t)nn_qkv_size(k);
}

/* Rows first .. first+n-1 of a step belong to one case; h is a query head. */
struct block {
    struct decode_cache *c;
    int32_t step, layer, first, n, seq, h;
};

SIMD_INLINE float dot(size_t d, const float *a, const float *b)
{
    simd8 sum = {0};
    for (size_t j = 0; j < d; j += 8)
        sum += *(const simd8_at *)(a + j) * *(const simd8_at *)(b + j);
    return simd8_sum(&sum);
}

static void transpose(int32_t n, int32_t np, int32_t d, const float *x, int32_t stride, float *t)
{
    for (int32_t l = 0; l < d; l++) {
        for (int32_t j = 0; j < np; j++)
            t[(size_t)l * (size_t)np + (size_t)j] =
                j < n ? x[(size_t)j * (size_t)stride + (size_t)l] : 0.0f;
    }
}

/* Scores s[0 .. n-1] become probabilities; s has room up to a multiple of 8. */
SIMD_CLONES
static void softmax_row(int32_t n, float scale, float *s)
{
    float max = s[0];
    simd8 sum = {0};
    for (int32_t j = 1; j < n; j++)
        max = s[j] > max ? s[j] : max;
    for (int32_t j = n; j % 8 != 0; j++)
        s[j] = -INFINITY;
    for (int32_t j = 0; j < n; j += 8) {
        simd8 e = (*(const simd8_at *)(s + j) - max) * scale;
        simd8_exp(&e);
        *(simd8_at *)(s + j) = e;
        sum += e;
    }
    float r = 1.0f / simd8_sum(&sum);
    for (int32_t j = 0; j < n; j++)
        s[j] *= r;
}

/* The row's ancestor at an earlier step (itself at its own). */
static int32_t ancestor(const struct decode_cache *c, int32_t step, int32_t row, int32_t at)
{
    for (; step > at; step--)
        row = c->parent[(size_t)step * (size_t)c->limits.rows + (size_t)row];
    return row;
}

/* Scores of the continuation's own keys, after those of the history at s[n ..]. */
SIMD_CLONES
static void own_scores(const struct block *b, int32_t row, size_t k_at, size_t d, float *s)
{
    const float *q = step_qkv(b->c, b->step, b->layer, row) + (size_t)b->h * d;
    for (int32_t at = 0; at <= b->step; at++) {
        int32_t from = ancestor(b->c, b->step, row, at);
        s[at] = dot(d, q, step_qkv(b->c, at, b->layer, from) + k_at);
    }
}

SIMD_CLONES
static void own_values(const struct block *b, int32_t row, size_t v_at, size_t d, const float *p,
                       float *o)
{
    for (int32_t at = 0; at <= b->step; at++) {
        int32_t from = ancestor(b->c, b->step, row, at);
        const float *v = step_qkv(b->c, at, b->layer, from) + v_at;
        for (size_t j = 0; j < d; j++)
            o[j] += p[at] * v[j];
    }
}

/* o = softmax(q [K_history, K_own]^T / sqrt(d)) [V_history, V_own] for the rows of a block. */
static void attend(const struct block *b)
{
    struct decode_cache *c = b->c;
    const struct nn_config *k = &c->nn->layout.config;
    int32_t d = nn_head_dim(k), qkv = nn_qkv_size(k), D = k->hidden_size;
    int32_t heads = k->num_attention_heads, kv = k->num_key_value_heads;
    size_t k_at = (size_t)(heads + b->h / (heads / kv)) * (size_t)d;
    size_t v_at = k_at + (size_t)kv * (size_t)d, stride = score_stride(&c->limits);
    int32_t n = c->start[b->seq + 1] - c->start[b->seq], np = (int32_t)round8((size_t)n);
    const float *history =
        nn_work_qkv(c->prefill, b->layer) + (size_t)c->start[b->seq] * (size_t)qkv;
    const float *q = step_qkv(c, b->step, b->layer, b->first) + (size_t)b->h * (size_t)d;
    float *o = c->att + (size_t)b->first * (size_t)D + (size_t)b->h * (size_t)d;
    transpose(n, np, d, history + k_at, qkv, c->kt);
    linalg_tiles(LINALG_FULL, b->n, np, d, q, qkv, 1, c->kt, np, false, c->score, (int)stride);
    for (int32_t r = 0; r < b->n; r++) {
        float *s = c->score + (size_t)r * stride;
        own_scores(b, b->first + r, k_at, (size_t)d, s + n);
        softmax_row(n + b->step + 1, 1.0f / sqrtf((float)d), s);
    }
    linalg_tiles(LINALG_FULL, b->n, d, n, c->score, (int)stride, 1, history + v_at, qkv, false, o,
                 D);
    for (int32_t r = 0; r < b->n; r++)
        own_values(b, b->first + r, v_at, (size_t)d, c->score + (size_t)r * stride + n,
                   o + (size_t)r * (size_t)D);
}

static void step_attention(struct decode_cache *c, int32_t step, int32_t layer, int32_t n,
                           const int32_t *case_of)
{
    for (int32_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && case_of[end] == case_of[first];)
            end++;
        for (int32_t h = 0; h < c->nn->layout.config.num_attention_heads; h++) {
            struct block b = {c, step, layer, first, end - first, case_of[first], h};
            attend(&b);
        }
    }
}

/* ---- One step -------------------------------------------------------------------------------- */

static const float *param(const struct decode_cache *c, ptrdiff_t at)
{
    return at == NN_ABSENT ? NULL : c->nn->param + at;
}

static void linear(struct decode_cache *c, int32_t n, int32_t out, int32_t in, const float *x,
                   ptrdiff_t w, float *y)
{
    linalg_rows_nt(n, out, in, x, in, param(c, w), in, y, out, c->scratch);
}

/* As layer_forward of nn/decoder.c, for single rows. */
static void step_layer(struct decode_cache *c, int32_t step, int32_t layer, int32_t n,
                       const int32_t *case_of)
{
    const struct nn_config *k = &c->nn->layout.config;
    const struct nn_layer_layout *l = &c->nn->layout.layer[layer];
    const struct nn_dropout none = {0};
    int32_t D = k->hidden_size, Q = nn_qkv_size(k), U = nn_up_size(k), I = k->intermediate_size;
    float *qkv = step_qkv(c, step, layer, 0);
    nn_norm_forward(k->norm, n, D, c->x, param(c, l->norm1), param(c, l->norm1_bias), k->norm_eps,
                    c->norm, c->stat);
    linear(c, n, Q, D, c->norm, l->qkv, qkv);
    nn_bias_forward(n, Q, param(c, l->qkv_bias), qkv);
    if (c->nn->rope)
        nn_rope(n, k->num_attention_heads + k->num_key_value_heads, nn_head_dim(k), c->position,
                c->nn->rope, false, qkv, Q);
    step_attention(c, step, layer, n, case_of);
    linear(c, n, D, D, c->att, l->out, c->branch);
    nn_residual_forward(n, D, c->x, c->branch, param(c, l->out_bias), none, c->x);
    nn_norm_forward(k->norm, n, D, c->x, param(c, l->norm2), param(c, l->norm2_bias), k->norm_eps,
                    c->norm, c->stat);
    linear(c, n, U, D, c->norm, l->up, c->up);
    nn_act_forward(k->hidden_act, n, I, c->up, param(c, l->up_bias), none, c->act);
    linear(c, n, D, I, c->act, l->down, c->branch);
    nn_residual_forward(n, D, c->x, c->branch, param(c, l->down_bias), none, c->x);
}

const float *decode_step(struct decode_cache *c, int32_t step, int32_t n, const int32_t *case_of,
                         const int32_t *parent, const int32_t *token)
{
    const struct nn_layout *l = &c->nn->layout;
    const struct nn_dropout none = {0};
    for (int32_t r = 0; r < n; r++) {
        c->position[r] = c->start[case_of[r] + 1] - c->start[case_of[r]] + step;
        if (step > 0)
            c->parent[(size_t)step * (size_t)c->limits.rows + (size_t)r] = parent[r];
    }
    nn_embed_forward(n, l->config.hidden_size, token, c->position, param(c, l->embed),
                     param(c, l->position), none, c->x);
    for (int32_t i = 0; i < l->config.num_hidden_layers; i++)
        step_layer(c, step, i, n, case_of);
    nn_norm_forward(l->config.norm, n, l->config.hidden_size, c->x, param(c, l->norm),
                    param(c, l->norm_bias), l->config.norm_eps, c->hidden, c->stat);
    return c->hidden;
}
