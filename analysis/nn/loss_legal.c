/*
 * The loss where only a list of tokens competes in each row (nn_targets.legal).
 *
 * Method: vocabularies of semantic ids are small, so the logits of all tokens are made by sgemm for
 * a chunk of rows; the row's list is taken out of them, becomes its own gradient, and goes back
 * among zeros.
 */
#include <math.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/simd.h"
#include "analysis/nn/loss.h"
#include "analysis/nn/loss_private.h"

enum { ROWS = 256 };

static size_t round8(size_t n)
{
    return (n + 7) / 8 * 8;
}

SIMD_CLONES
static void subtract_prior(size_t n, float factor, const float *prior, float *z)
{
    for (size_t j = 0; j < n; j++)
        z[j] -= factor * (prior ? prior[j] : 1.0f / (float)n);
}

/* sum of prior_v z_v */
static double prior_mean(int32_t V, const float *prior, const float *z)
{
    double sum = 0;
    for (int32_t v = 0; v < V; v++)
        sum += (double)z[v] * (prior ? (double)prior[v] : 1.0 / V);
    return sum;
}

/* One row of competing tokens: those of a list by their places 0 .. V-1 on it. */
struct row {
    int32_t V, target;
    float weight, smoothing, unlikelihood;
    const float *prior;
    int64_t n_negatives; /* at most NN_LEGAL_NEGATIVES */
    const int32_t *negative;
};

/* z becomes dz. With r_c = p_c / (1 - p_c) for negatives c:
 *   dz_v = w (p_v (1 - u sum r) - q_v + u [v is a negative] r_v) */
static double loss_row(const struct row *r, float *z)
{
    size_t V = (size_t)r->V, padded = round8(V);
    float w = r->weight, max, chance[NN_LEGAL_NEGATIVES];
    double smoothed = r->smoothing > 0 ? prior_mean(r->V, r->prior, z) : 0;
    double z_target = (double)z[r->target];
    float sum = nn_exponentials(padded, z, &max), push = 0;
    double loss = (double)max + log((double)sum) - (1.0 - (double)r->smoothing) * z_target -
                  (double)r->smoothing * smoothed;
    for (int64_t n = 0; n < r->n_negatives; n++) { /* push = unlikelihood * sum r */
        float p = z[r->negative[n]] / sum, rest = 1.0f - p > 1e-6f ? 1.0f - p : 1e-6f;
        chance[n] = p;
        loss -= (double)r->unlikelihood * log((double)rest);
        push += r->unlikelihood * (p / rest);
    }
    nn_scale_row(padded, w * (1.0f - push) / sum, z);
    for (int64_t n = 0; n < r->n_negatives; n++) {
        /* p is got back from z by the factor just applied (a copy of it would be rounded in
         * another way), unless that was 0: push < 1 need not hold */
        float *at = &z[r->negative[n]];
        float factor = w * (1.0f - push);
        float p = fabsf(factor) > 0 ? *at / factor : chance[n];
        float rest = 1.0f - p > 1e-6f ? 1.0f - p : 1e-6f;
        *at += w * r->unlikelihood * (p / rest);
    }
    z[r->target] -= w * (1.0f - r->smoothing);
    if (r->smoothing > 0)
        subtract_prior(V, w * r->smoothing, r->prior, z);
    return (double)w * loss;
}

/* Sets the padding behind V numbers so that it does not count. */
static void pad_row(int32_t V, float *z)
{
    for (size_t v = (size_t)V; v < round8((size_t)V); v++)
        z[v] = -INFINITY;
}

static int32_t place_of(const int32_t *token, int32_t n, int32_t wanted)
{
    int32_t low = 0;
    while (low < n) {
        int32_t middle = low + (n - low) / 2;
        if (token[middle] < wanted)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

/* A row where only a list of tokens competes. room[round8(V)]. */
static double legal_row(const struct nn_targets *t, int32_t i, int32_t V, float *z, float *room)
{
    int32_t first = t->legal_offset[t->legal[i]];
    int32_t n = t->legal_offset[t->legal[i] + 1] - first;
    const int32_t *token = t->legal_token + first;
    int32_t negative[NN_LEGAL_NEGATIVES];
    struct row r = {.V = n,
                    .target = place_of(token, n, t->target[i]),
                    .weight = t->weight[i],
                    .smoothing = t->smoothing,
                    .unlikelihood = t->unlikelihood,
                    .prior = t->prior ? t->prior + first : NULL,
                    .negative = negative};
    for (int64_t k = t->negative_offset ? t->negative_offset[i] : 0;
         t->negative_offset && k < t->negative_offset[i + 1] && r.n_negatives < NN_LEGAL_NEGATIVES;
         k++)
        negative[r.n_negatives++] = place_of(token, n, t->negative[k]);
    for (int32_t k = 0; k < n; k++)
        room[k] = z[token[k]];
    pad_row(n, room);
    double loss = loss_row(&r, room);
    memset(z, 0, round8((size_t)V) * sizeof *z);
    for (int32_t k = 0; k < n; k++)
        z[token[k]] = room[k];
    return loss;
}

/* Rows at a time: fewer where the vocabulary is large. */
static int32_t chunk_rows(int32_t V)
{
    int32_t rows = ROWS;
    while (rows > 16 && round8((size_t)V) * (size_t)rows * sizeof(float) > NN_LOGITS_BYTES)
        rows /= 2;
    return rows;
}

size_t nn_loss_legal_scratch(int32_t V, int32_t D)
{
    return (size_t)chunk_rows(V) * (round8((size_t)V) + 2 * (size_t)D) + round8((size_t)V);
}

double nn_loss_legal(const struct nn_targets *t, int32_t V, int32_t D, const float *hidden,
                     const float *W, float *dhidden, float *dW, float *scratch)
{
    int32_t chunk = chunk_rows(V), ld = (int32_t)round8((size_t)V);
    size_t width = (size_t)D;
    float *x = scratch, *dx = x + (size_t)chunk * width, *z = dx + (size_t)chunk * width;
    float *room = z + (size_t)chunk * (size_t)ld;
    double loss = 0;
    for (int32_t i0 = 0; i0 < t->n; i0 += chunk) {
        int32_t n = t->n - i0 < chunk ? t->n - i0 : chunk;
        nn_gather(n, width, t->row + i0, hidden, x);
        linalg_nt(n, V, D, x, D, W, D, false, z, ld);
        for (int32_t i = 0; i < n; i++)
            loss += legal_row(t, i0 + i, V, z + (size_t)i * (size_t)ld, room);
        linalg_nn(n, D, V, z, ld, W, D, false, dx, D);
        linalg_tn(V, D, n, z, ld, x, D, true, dW, D);
        nn_scatter_add(n, width, t->row + i0, dx, dhidden);
    }
    return loss;
}
