/*
 * The decoder in double precision, written from its equations: slow, and sharing no code with
 * analysis/nn but the description of shapes. The oracle of its tests.
 */
#ifndef TESTS_ANALYSIS_NN_REFERENCE_H
#define TESTS_ANALYSIS_NN_REFERENCE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/math/rng.h"
#include "analysis/nn/config.h"
#include "analysis/nn/layers.h"

static inline double *ref_new(size_t n)
{
    return calloc(n ? n : 1, sizeof(double));
}

static inline double *ref_random(size_t n, uint64_t stream)
{
    struct rng rng = rng_new(11, stream);
    double *x = ref_new(n);
    for (size_t i = 0; i < n; i++)
        x[i] = (double)(float)(0.7 * rng_normal(&rng));
    return x;
}

static inline float *ref_floats(const double *x, size_t n)
{
    float *y = malloc((n ? n : 1) * sizeof *y);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)x[i];
    return y;
}

/* The factors 0 or 1/(1-rate) of elements 0 .. n-1 of a site, read off the layer that applies them
 * to ones. The caller frees. */
static inline float *ref_mask(struct nn_dropout drop, size_t n)
{
    float *zero = calloc(n, sizeof *zero), *one = malloc(n * sizeof *one);
    float *mask = malloc(n * sizeof *mask);
    for (size_t i = 0; i < n; i++)
        one[i] = 1;
    nn_residual_forward(1, (int32_t)n, zero, one, NULL, drop, mask);
    free(zero);
    free(one);
    return mask;
}

/* Compares a gradient with central differences of loss(context) as x[i] moves; every `step`th. */
typedef double (*ref_loss_fn)(void *context);
static inline void ref_check(const char *what, double *x, const float *gradient, size_t n,
                             size_t step, ref_loss_fn loss, void *context)
{
    const double h = 1e-5;
    for (size_t i = 0; i < n; i += step) {
        double x0 = x[i];
        x[i] = x0 + h;
        double up = loss(context);
        x[i] = x0 - h;
        double down = loss(context);
        x[i] = x0;
        double want = (up - down) / (2 * h), got = (double)gradient[i];
        if (!(fabs(want - got) <= 2e-5 + 2e-4 * fabs(want)))
            fail_msg("%s: gradient %zu is %g, finite differences say %g", what, i, got, want);
    }
}

static inline void ref_norm(enum nn_norm kind, int D, const double *x, const double *w,
                            const double *b, double eps, double *y)
{
    double mean = 0, square = 0;
    for (int j = 0; j < D && kind == NN_LAYERNORM; j++)
        mean += x[j] / D;
    for (int j = 0; j < D; j++)
        square += (x[j] - mean) * (x[j] - mean) / D;
    for (int j = 0; j < D; j++)
        y[j] = (x[j] - mean) / sqrt(square + eps) * w[j] + (b ? b[j] : 0);
}

/* One row of the MLP's inside. */
static inline void ref_act(enum nn_act kind, int I, const double *up, double *a)
{
    for (int j = 0; j < I; j++) {
        double u = up[j];
        if (kind == NN_SILU)
            a[j] = u / (1 + exp(-u)) * up[I + j];
        else
            a[j] = 0.5 * u * (1 + tanh(sqrt(2 / M_PI) * (u + 0.044715 * u * u * u)));
    }
}

/* One sequence of n tokens; mask (NULL: ones) multiplies the probability of (head, i, j) at
 * mask[(head * n + i) * np + j], np = n rounded up to 8. */
static inline void ref_attention(const struct nn_config *c, int n, const double *qkv,
                                 const float *mask, double *o)
{
    int D = c->hidden_size, H = c->num_attention_heads, KV = c->num_key_value_heads, d = D / H;
    int width = d * (H + 2 * KV), np = (n + 7) / 8 * 8;
    double *p = ref_new((size_t)n);
    memset(o, 0, (size_t)(n * D) * sizeof *o);
    for (int h = 0; h < H; h++) {
        int g = h / (H / KV);
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j <= i; j++) {
                double s = 0;
                for (int l = 0; l < d; l++)
                    s += qkv[i * width + h * d + l] * qkv[j * width + (H + g) * d + l];
                p[j] = exp(s / sqrt(d));
                sum += p[j];
            }
            for (int j = 0; j <= i; j++) {
                double w = p[j] / sum * (mask ? (double)mask[(h * n + i) * np + j] : 1);
                for (int l = 0; l < d; l++)
                    o[i * D + h * d + l] += w * qkv[j * width + (H + KV + g) * d + l];
            }
        }
    }
    free(p);
}

static inline void ref_rope(const struct nn_config *c, int pos, double *x)
{
    int d = c->hidden_size / c->num_attention_heads;
    for (int h = 0; h < c->num_attention_heads + c->num_key_value_heads; h++) {
        for (int j = 0; j < d / 2; j++) {
            double angle = pos * pow((double)c->rope_theta, -2.0 * j / d);
            double a = x[h * d + j], b = x[h * d + j + d / 2];
            x[h * d + j] = a * cos(angle) - b * sin(angle);
            x[h * d + j + d / 2] = a * sin(angle) + b * cos(angle);
        }
    }
}

static inline void ref_linear(int out, int in, const double *x, const double *w, const double *b,
                              double *y)
{
    for (int o = 0; o < out; o++) {
        y[o] = b ? b[o] : 0;
        for (int i = 0; i < in; i++)
            y[o] += x[i] * w[o * in + i];
    }
}

#endif
