/* Embedding, norms, biases, branch ends, activations, rotary positions. Contract in layers.h. */
#include "analysis/nn/layers.h"

#include <math.h>
#include <string.h>

#include "analysis/math/rng.h"
#include "analysis/math/simd.h"
#include "analysis/nn/dropout.h"

struct nn_dropout nn_dropout_site(uint64_t seed, uint64_t site, float rate)
{
    return (struct nn_dropout){.key = rng_at(seed, 0x64726f70, site), .rate = rate};
}

/* ---- Embedding: x_i = E[token_i] + P[pos_i] -------------------------------------------------- */

SIMD_CLONES
void nn_embed_forward(int32_t T, int32_t D, const int32_t *token, const int32_t *pos,
                      const float *embed, const float *position, struct nn_dropout drop, float *x)
{
    struct nn_mask mask = nn_mask(drop);
    for (size_t i = 0, width = (size_t)D; i < (size_t)T; i++) {
        const float *e = embed + (size_t)token[i] * width;
        const float *p = position ? position + (size_t)pos[i] * width : NULL;
        float *out = x + i * width;
        for (size_t j = 0; j < width; j++)
            out[j] = e[j] + (p ? p[j] : 0.0f);
        for (size_t j = 0; j < width && drop.rate > 0; j++)
            out[j] *= nn_mask_at(&mask, (uint32_t)(i * width + j));
    }
}

SIMD_CLONES
void nn_embed_backward(int32_t T, int32_t D, const int32_t *token, const int32_t *pos,
                       const float *dx, struct nn_dropout drop, float *dembed, float *dposition)
{
    struct nn_mask mask = nn_mask(drop);
    for (size_t i = 0, width = (size_t)D; i < (size_t)T; i++) {
        const float *d = dx + i * width;
        float *de = dembed + (size_t)token[i] * width;
        for (size_t j = 0; j < width; j++)
            de[j] += d[j] * nn_mask_at(&mask, (uint32_t)(i * width + j));
        if (!dposition)
            continue;
        float *dp = dposition + (size_t)pos[i] * width;
        for (size_t j = 0; j < width; j++)
            dp[j] += d[j] * nn_mask_at(&mask, (uint32_t)(i * width + j));
    }
}

/* ---- Norms: y = (x - m) r w + b -------------------------------------------------------------- */

SIMD_CLONES
void nn_norm_forward(enum nn_norm kind, int32_t T, int32_t D, const float *x, const float *w,
                     const float *b, float eps, float *y, float *stat)
{
    size_t width = (size_t)D;
    for (size_t i = 0; i < (size_t)T; i++) {
        const float *in = x + i * width;
        float *out = y + i * width, mean = 0;
        simd8 sum = {0}, squares = {0};
        for (size_t j = 0; j < width && kind == NN_LAYERNORM; j += 8)
            sum += *(const simd8_at *)(in + j);
        if (kind == NN_LAYERNORM)
            mean = simd8_sum(&sum) / (float)D;
        for (size_t j = 0; j < width; j += 8) {
            simd8 c = *(const simd8_at *)(in + j) - mean;
            squares += c * c;
        }
        float r = 1.0f / sqrtf(simd8_sum(&squares) / (float)D + eps);
        for (size_t j = 0; j < width; j++)
            out[j] = (in[j] - mean) * r * w[j] + (b ? b[j] : 0.0f);
        stat[2 * i] = mean;
        stat[2 * i + 1] = r;
    }
}

/* With h = (x - m) r and g = dy w:  dx = r (g - mean(g) - h mean(g h)), without mean(g) for
 * RMSNorm; dw = sum dy h, db = sum dy. */
SIMD_CLONES
void nn_norm_backward(enum nn_norm kind, int32_t T, int32_t D, const float *x, const float *w,
                      const float *stat, const float *dy, float *dx, float *dw, float *db)
{
    size_t width = (size_t)D;
    for (size_t i = 0; i < (size_t)T; i++) {
        const float *in = x + i * width, *d = dy + i * width;
        float mean = stat[2 * i], r = stat[2 * i + 1], *out = dx + i * width;
        simd8 sum_g = {0}, sum_gh = {0};
        for (size_t j = 0; j < width; j += 8) {
            simd8 g = *(const simd8_at *)(d + j) * *(const simd8_at *)(w + j);
            sum_g += g;
            sum_gh += g * ((*(const simd8_at *)(in + j) - mean) * r);
        }
        float mean_g = kind == NN_LAYERNORM ? simd8_sum(&sum_g) / (float)D : 0.0f;
        float mean_gh = simd8_sum(&sum_gh) / (float)D;
        for (size_t j = 0; j < width; j++) {
            float h = (in[j] - mean) * r;
            out[j] += r * (d[j] * w[j] - mean_g - h * mean_gh);
            dw[j] += d[j] * h;
        }
        for (size_t j = 0; j < width && db; j++)
            db[j] += d[j];
    }
}

/* ---- Bias ------------------------------------------------------------------------------------ */

SIMD_CLONES
void nn_bias_forward(int32_t T, int32_t D, const float *b, float *y)
{
    for (size_t i = 0, width = (size_t)D; i < (size_t)T && b; i++) {
        for (size_t j = 0; j < width; j++)
            y[i * width + j] += b[j];
    }
}

SIMD_CLONES
void nn_bias_backward(int32_t T, int32_t D, const float *dy, float *db)
{
    for (size_t i = 0, width = (size_t)D; i < (size_t)T && db; i++) {
        for (size_t j = 0; j < width; j++)
            db[j] += dy[i * width + j];
    }
}

/* ---- Branch end: out = x + dropout(y + b) ---------------------------------------------------- */

SIMD_CLONES
void nn_residual_forward(int32_t T, int32_t D, const float *x, const float *y, const float *b,
                         struct nn_dropout drop, float *out)
{
    struct nn_mask mask = nn_mask(drop);
    for (size_t i = 0, width = (size_t)D; i < (size_t)T; i++) {
        const float *a = x + i * width, *c = y + i * width;
        float *o = out + i * width;
        if (drop.rate > 0) {
            for (size_t j = 0; j < width; j++)
                o[j] = a[j] +
                       (c[j] + (b ? b[j] : 0.0f)) * nn_mask_at(&mask, (uint32_t)(i * width + j));
        } else {
            for (size_t j = 0; j < width; j++)
                o[j] = a[j] + (c[j] + (b ? b[j] : 0.0f));
        }
    }
}

SIMD_CLONES
void nn_residual_backward(int32_t T, int32_t D, const float *dout, struct nn_dropout drop,
                          float *dy, float *db)
{
    struct nn_mask mask = nn_mask(drop);
    for (size_t i = 0, width = (size_t)D; i < (size_t)T; i++) {
        const float *d = dout + i * width;
        float *o = dy + i * width;
        for (size_t j = 0; j < width; j++)
            o[j] = d[j] * nn_mask_at(&mask, (uint32_t)(i * width + j));
        for (size_t j = 0; j < width && db; j++)
            db[j] += o[j];
    }
}

/* ---- Activations ----------------------------------------------------------------------------- */

/* x becomes 1 / (1 + e^-x) */
SIMD_INLINE void sigmoid8(simd8 *x)
{
    *x = -*x;
    simd8_exp(x);
    *x = 1.0f / (1.0f + *x);
}

/* (1 + tanh z)/2 = sigmoid(2 z), so gelu(u) = u s(2 z) with 2 z = 2 sqrt(2/pi) (u + 0.044715 u^3).
 */
#define GELU_2C 1.5957691216057308f
#define GELU_C3 0.044715f

/* What eight neighbours of a row need: their pre-activations, and the dropout factors of a. */
struct act8 {
    simd8 g, u; /* gate (silu alone) and up */
    simd8 factor;
};

/* The first `n` (8, or fewer at the row's end) from p, zeros after. */
SIMD_INLINE void load8(const float *p, size_t n, simd8 *out)
{
    *out = (simd8){0};
    if (n >= 8)
        *out = *(const simd8_at *)p;
    else
        memcpy(out, p, n * sizeof *p);
}

SIMD_INLINE void store8(const simd8 *x, size_t n, float *p)
{
    if (n >= 8)
        *(simd8_at *)p = *x;
    else
        memcpy(p, x, n * sizeof *p);
}

SIMD_INLINE void act8_load(enum nn_act kind, size_t I, size_t j, const float *up,
                           const struct nn_mask *mask, uint32_t at, struct act8 *x)
{
    load8(kind == NN_SILU ? up + I + j : up + j, I - j, &x->u);
    load8(up + j, I - j, &x->g);
    nn_mask8(mask, at + (uint32_t)j, &x->factor);
}

/* a = dropout(g s(g) u) or dropout(u s(t)), t = 2c (u + c3 u^3) */
SIMD_INLINE void act_row(const enum nn_act kind, size_t I, const float *up,
                         const struct nn_mask *mask, uint32_t at, float *a)
{
    for (size_t j = 0; j < I; j += 8) {
        struct act8 x;
        act8_load(kind, I, j, up, mask, at, &x);
        simd8 s = kind == NN_SILU ? x.g : GELU_2C * (x.u + GELU_C3 * x.u * x.u * x.u);
        sigmoid8(&s);
        s = kind == NN_SILU ? x.g * s * x.u * x.factor : x.u * s * x.factor;
        store8(&s, I - j, a + j);
    }
}

SIMD_CLONES
void nn_act_forward(enum nn_act kind, int32_t T, int32_t I, float *up, const float *b,
                    struct nn_dropout drop, float *a)
{
    struct nn_mask mask = nn_mask(drop);
    size_t inner = (size_t)I, width = kind == NN_SILU ? 2 * inner : inner;
    for (size_t i = 0; i < (size_t)T; i++) {
        float *u = up + i * width;
        for (size_t j = 0; j < width && b; j++)
            u[j] += b[j];
        if (kind == NN_SILU)
            act_row(NN_SILU, inner, u, &mask, (uint32_t)(i * inner), a + i * inner);
        else
            act_row(NN_GELU, inner, u, &mask, (uint32_t)(i * inner), a + i * inner);
    }
}

/* d(g s(g) u): dg = da u s (1 + g (1 - s)), du = da g s
 * d(u s(t)):   du = da (s + u s (1 - s) 2c (1 + 3 c3 u^2)) */
SIMD_INLINE void act_back_row(const enum nn_act kind, size_t I, const float *up, const float *da,
                              const struct nn_mask *mask, uint32_t at, float *dup)
{
    for (size_t j = 0; j < I; j += 8) {
        struct act8 x;
        simd8 d;
        act8_load(kind, I, j, up, mask, at, &x);
        load8(da + j, I - j, &d);
        d *= x.factor;
        simd8 s = kind == NN_SILU ? x.g : GELU_2C * (x.u + GELU_C3 * x.u * x.u * x.u);
        sigmoid8(&s);
        if (kind == NN_SILU) {
            simd8 dg = d * x.u * s * (1.0f + x.g * (1.0f - s)), du = d * x.g * s;
            store8(&dg, I - j, dup + j);
            store8(&du, I - j, dup + I + j);
        } else {
            d *= s + x.u * s * (1.0f - s) * GELU_2C * (1.0f + 3.0f * GELU_C3 * x.u * x.u);
            store8(&d, I - j, dup + j);
        }
    }
}

SIMD_CLONES
void nn_act_backward(enum nn_act kind, int32_t T, int32_t I, const float *up, const float *da,
                     struct nn_dropout drop, float *dup, float *db)
{
    struct nn_mask mask = nn_mask(drop);
    size_t inner = (size_t)I, width = kind == NN_SILU ? 2 * inner : inner;
    for (size_t i = 0; i < (size_t)T; i++) {
        float *d = dup + i * width;
        if (kind == NN_SILU)
            act_back_row(NN_SILU, inner, up + i * width, da + i * inner, &mask,
                         (uint32_t)(i * inner), d);
        else
            act_back_row(NN_GELU, inner, up + i * width, da + i * inner, &mask,
                         (uint32_t)(i * inner), d);
        for (size_t j = 0; j < width && db; j++)
            db[j] += d[j];
    }
}

/* ---- Rotary positions ------------------------------------------------------------------------ */

void nn_rope_table(int32_t positions, int32_t head_dim, float theta, float *table)
{
    int32_t half = head_dim / 2;
    for (int32_t p = 0; p < positions; p++) {
        float *row = table + (size_t)p * (size_t)head_dim;
        for (int32_t j = 0; j < half; j++) {
            double angle = p / pow((double)theta, 2.0 * j / head_dim);
            row[j] = (float)cos(angle);
            row[half + j] = (float)sin(angle);
        }
    }
}

/* (x_j, x_{j+d/2}) <- (x_j cos - x_{j+d/2} sin, x_{j+d/2} cos + x_j sin); backward: sin negated. */
SIMD_CLONES
void nn_rope(int32_t T, int32_t heads, int32_t head_dim, const int32_t *pos, const float *table,
             bool backward, float *x, int32_t stride)
{
    size_t half = (size_t)head_dim / 2;
    float sign = backward ? -1.0f : 1.0f;
    for (size_t i = 0; i < (size_t)T; i++) {
        const float *c = table + (size_t)pos[i] * (size_t)head_dim, *s = c + half;
        for (size_t h = 0; h < (size_t)heads; h++) {
            float *a = x + i * (size_t)stride + h * (size_t)head_dim, *b = a + half;
            for (size_t j = 0; j < half; j++) {
                float u = a[j], v = b[j];
                a[j] = u * c[j] - v * (sign * s[j]);
                b[j] = v * c[j] + u * (sign * s[j]);
            }
        }
    }
}
