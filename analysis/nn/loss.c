/*
 * Softmax cross-entropy and its relatives. Contract in loss.h.
 *
 * Method of nn_loss: ROWS rows of hidden at a time, logits transposed, z[v][row], so that all three
 * products (z = W x^T, dW += dz x, dx^T = W^T dz) read their factors from where they lie
 * (linalg_fused) and the softmax runs over 8 rows at once. Two passes over the vocabulary in blocks
 * that fit the first cache. The first makes the logits of a block and at once e^(z - m) with the
 * block's own maximum m, and their sum. The second, with the whole sum known, scales a block to dz
 * and adds it to both gradients.
 */
#include "analysis/nn/loss.h"

#include <math.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/simd.h"
#include "analysis/nn/loss_private.h"

enum { ROWS = 128, BLOCK = 96, SAMPLED_CHUNK = 256 };

static size_t round8(size_t n)
{
    return (n + 7) / 8 * 8;
}

/* z[0 .. n-1], n a multiple of 8, becomes e^(z - max); returns the sum, *max set. */
SIMD_CLONES
float nn_exponentials(size_t n, float *z, float *max)
{
    float lane[8];
    memcpy(lane, z, sizeof lane);
    for (size_t j = 8; j < n; j += 8) {
        for (int l = 0; l < 8; l++)
            lane[l] = z[j + (size_t)l] > lane[l] ? z[j + (size_t)l] : lane[l];
    }
    float m = lane[0];
    for (int l = 1; l < 8; l++)
        m = lane[l] > m ? lane[l] : m;
    simd8 sum = {0};
    for (size_t j = 0; j < n; j += 8) {
        simd8 e = *(const simd8_at *)(z + j) - m;
        simd8_exp(&e);
        *(simd8_at *)(z + j) = e;
        sum += e;
    }
    *max = m;
    return simd8_sum(&sum);
}

SIMD_CLONES
void nn_scale_row(size_t n, float factor, float *z)
{
    for (size_t j = 0; j < n; j++)
        z[j] *= factor;
}

void nn_gather(int32_t n, size_t D, const int32_t *row, const float *from, float *to)
{
    for (int32_t i = 0; i < n; i++)
        memcpy(to + (size_t)i * D, from + (size_t)row[i] * D, D * sizeof *to);
}

SIMD_CLONES
void nn_scatter_add(int32_t n, size_t D, const int32_t *row, const float *from, float *to)
{
    for (int32_t i = 0; i < n; i++) {
        const float *x = from + (size_t)i * D;
        float *y = to + (size_t)row[i] * D;
        for (size_t j = 0; j < D; j++)
            y[j] += x[j];
    }
}

/* ---- Full softmax ---------------------------------------------------------------------------- */

/* Rows whose logits are made at a time: fewer where the vocabulary is very large. */
static int32_t rows_at_once(int32_t V)
{
    int32_t rows = ROWS;
    while (rows > 16 && (size_t)V * (size_t)rows * sizeof(float) > NN_LOGITS_BYTES)
        rows /= 2;
    return rows;
}

static size_t count_blocks(int32_t V)
{
    return ((size_t)V + BLOCK - 1) / BLOCK;
}

size_t nn_loss_scratch(int32_t V, int32_t D)
{
    size_t rows = (size_t)rows_at_once(V), legal = nn_loss_legal_scratch(V, D);
    size_t full = rows * ((size_t)V + count_blocks(V) + 3 * (size_t)D);
    return full > legal ? full : legal;
}

/* n rows at a time, and everything known about each of them; arrays are as wide as `ld`. */
struct chunk {
    const struct nn_targets *targets;
    int32_t at, n, ld, V, D; /* targets at .. at+n-1; ld: n rounded up to 16 */
    float *z;                /* [V][ld] */
    float *block_max;        /* [blocks][ld] */
    float *x, *xt, *dxt;     /* [ld][D], [D][ld], [D][ld] */
    float max[ROWS], z_target[ROWS], prior_mean[ROWS];
    float sum[ROWS];    /* of e^(z - max) */
    float weight[ROWS]; /* of the softmax: weight (1 - push) */
};

/* Rows lane .. lane+7 of a block of logits z[n][ld]: the bias is added, *mean += sum of prior_v z_v
 * where there is smoothing, z becomes e^(z - max); returns through *max and *sum. */
SIMD_INLINE void block_softmax(const struct nn_targets *t, int32_t v0, int32_t n, int32_t ld,
                               float even, float *z, simd8 *max, simd8 *sum, simd8 *mean)
{
    simd8 most = (simd8){0} - INFINITY;
    for (int32_t v = 0; v < n; v++) {
        simd8_at *at = (simd8_at *)(z + (size_t)v * (size_t)ld);
        if (t->logit_bias)
            *at += t->logit_bias[v0 + v];
        simd8 x = *at;
        if (t->smoothing > 0)
            *mean += x * (t->prior ? t->prior[v0 + v] : even);
        simd8u larger = (simd8u)(x > most);
        most = (simd8)(((simd8u)x & larger) | ((simd8u)most & ~larger));
    }
    *max = most;
    *sum = (simd8){0};
    for (int32_t v = 0; v < n; v++) {
        simd8_at *at = (simd8_at *)(z + (size_t)v * (size_t)ld);
        simd8 e = *at - most;
        simd8_exp(&e);
        *at = e;
        *sum += e;
    }
}

/* Adds a block to the rows' maxima and sums. */
SIMD_CLONES
static void block_statistics(struct chunk *c, int32_t v0, int32_t n)
{
    float *z = c->z + (size_t)v0 * (size_t)c->ld, even = 1.0f / (float)c->V;
    float *block_max = c->block_max + (size_t)(v0 / BLOCK) * (size_t)c->ld;
    for (int32_t r = 0; r < c->ld; r += 8) {
        simd8 max, sum, mean = {0}, before = *(simd8_at *)(c->max + r), scale, scale_before;
        block_softmax(c->targets, v0, n, c->ld, even, z + r, &max, &sum, &mean);
        *(simd8_at *)(c->prior_mean + r) += mean;
        *(simd8_at *)(block_max + r) = max;
        simd8u larger = (simd8u)(max > before);
        simd8 both = (simd8)(((simd8u)max & larger) | ((simd8u)before & ~larger));
        scale = max - both, scale_before = before - both;
        simd8_exp(&scale);
        simd8_exp(&scale_before);
        *(simd8_at *)(c->sum + r) = *(simd8_at *)(c->sum + r) * scale_before + sum * scale;
        *(simd8_at *)(c->max + r) = both;
    }
}

/* z[target] of the rows whose target is in the block, before z is overwritten. */
static void keep_targets(struct chunk *c, int32_t v0, int32_t n)
{
    for (int32_t r = 0; r < c->n; r++) {
        int32_t v = c->targets->target[c->at + r];
        if (v >= v0 && v < v0 + n)
            c->z_target[r] = c->z[(size_t)v * (size_t)c->ld + (size_t)r] +
                             (c->targets->logit_bias ? c->targets->logit_bias[v] : 0.0f);
    }
}

static void first_pass(struct chunk *c, const float *W)
{
    for (int32_t v0 = 0; v0 < c->V; v0 += BLOCK) {
        int32_t n = c->V - v0 < BLOCK ? c->V - v0 : BLOCK;
        linalg_fused(n, c->ld, c->D, W + (size_t)v0 * (size_t)c->D, c->D, 1, c->xt, c->ld, false,
                     c->z + (size_t)v0 * (size_t)c->ld, c->ld);
        keep_targets(c, v0, n);
        block_statistics(c, v0, n);
    }
}

SIMD_CLONES
static void add_scaled(size_t n, float factor, const float *x, float *y)
{
    for (size_t j = 0; j < n; j++)
        y[j] += factor * x[j];
}

/* The unlikelihood of row r. With r_c = p_c / (1 - p_c) for its negatives c, dz_c gets weight u r_c
 * more and the softmax's own part is multiplied by 1 - push, push = u sum r_c. */
static double unlikelihood(struct chunk *c, int32_t r, const float *W, float *dhidden, float *dW)
{
    const struct nn_targets *t = c->targets;
    int32_t i = c->at + r;
    size_t D = (size_t)c->D;
    double loss = 0;
    float push = 0;
    for (int64_t n = t->negative_offset[i]; n < t->negative_offset[i + 1]; n++) {
        size_t v = (size_t)t->negative[n];
        float m = c->block_max[v / BLOCK * (size_t)c->ld + (size_t)r];
        float p = c->z[v * (size_t)c->ld + (size_t)r] * simd_exp(m - c->max[r]) / c->sum[r];
        float rest = 1.0f - p > 1e-6f ? 1.0f - p : 1e-6f, d = t->unlikelihood * (p / rest);
        loss -= (double)t->unlikelihood * log((double)rest);
        push += d;
        add_scaled(D, t->weight[i] * d, c->x + (size_t)r * D, dW + v * D);
        add_scaled(D, t->weight[i] * d, W + v * D, dhidden + (size_t)t->row[i] * D);
    }
    c->weight[r] *= 1.0f - push;
    return loss;
}

/* The loss of all rows; c->weight is set. */
static double chunk_loss(struct chunk *c, const float *W, float *dhidden, float *dW)
{
    const struct nn_targets *t = c->targets;
    double smoothing = (double)t->smoothing, loss = 0;
    for (int32_t r = 0; r < c->n; r++) {
        c->weight[r] = t->weight[c->at + r];
        double row = (double)c->max[r] + log((double)c->sum[r]) -
                     (1 - smoothing) * (double)c->z_target[r] -
                     smoothing * (double)c->prior_mean[r];
        if (t->negative_offset)
            row += unlikelihood(c, r, W, dhidden, dW);
        loss += (double)t->weight[c->at + r] * row;
    }
    return loss;
}

/* A block becomes dz_v = weight (p_v (1 - push) - q_v), but for the target's part of q. */
SIMD_CLONES
static void block_gradient(const struct chunk *c, int32_t v0, int32_t n)
{
    const struct nn_targets *t = c->targets;
    const float *block_max = c->block_max + (size_t)(v0 / BLOCK) * (size_t)c->ld;
    float *z = c->z + (size_t)v0 * (size_t)c->ld, even = t->smoothing / (float)c->V;
    float weight[ROWS] = {0};
    memcpy(weight, t->weight + c->at, (size_t)c->n * sizeof *weight);
    for (int32_t r = 0; r < c->ld; r += 8) {
        simd8 factor = *(const simd8_at *)(block_max + r) - *(const simd8_at *)(c->max + r);
        simd8_exp(&factor);
        factor *= *(const simd8_at *)(c->weight + r) / *(const simd8_at *)(c->sum + r);
        simd8 w = *(const simd8_at *)(weight + r);
        for (int32_t v = 0; v < n; v++) {
            simd8_at *at = (simd8_at *)(z + (size_t)v * (size_t)c->ld + r);
            *at *= factor;
            if (t->smoothing > 0)
                *at -= w * (t->prior ? t->smoothing * t->prior[v0 + v] : even);
        }
    }
}

static void subtract_targets(const struct chunk *c, int32_t v0, int32_t n)
{
    for (int32_t r = 0; r < c->n; r++) {
        int32_t i = c->at + r, v = c->targets->target[i];
        if (v >= v0 && v < v0 + n)
            c->z[(size_t)v * (size_t)c->ld + (size_t)r] -=
                c->targets->weight[i] * (1.0f - c->targets->smoothing);
    }
}

static void second_pass(struct chunk *c, const float *W, float *dW)
{
    int32_t D = c->D, ld = c->ld;
    for (int32_t v0 = 0; v0 < c->V; v0 += BLOCK) {
        int32_t n = c->V - v0 < BLOCK ? c->V - v0 : BLOCK;
        const float *w = W + (size_t)v0 * (size_t)D, *z = c->z + (size_t)v0 * (size_t)ld;
        block_gradient(c, v0, n);
        subtract_targets(c, v0, n);
        linalg_fused(n, D, c->n, z, ld, 1, c->x, D, true, dW + (size_t)v0 * (size_t)D, D);
        linalg_fused(D, ld, n, w, 1, D, z, ld, v0 > 0, c->dxt, ld);
    }
}

/* Takes the rows at .. at+n-1; rows that only fill up are 0 and weigh nothing. */
static void chunk_begin(struct chunk *c, int32_t at, int32_t n, const float *hidden)
{
    size_t D = (size_t)c->D;
    c->at = at;
    c->n = n;
    c->ld = (n + 15) / 16 * 16;
    nn_gather(n, D, c->targets->row + at, hidden, c->x);
    memset(c->x + (size_t)n * D, 0, (size_t)(c->ld - n) * D * sizeof *c->x);
    for (int32_t r = 0; r < c->ld; r++) {
        for (size_t j = 0; j < D; j++)
            c->xt[j * (size_t)c->ld + (size_t)r] = c->x[(size_t)r * D + j];
        c->max[r] = -INFINITY;
        c->sum[r] = c->prior_mean[r] = c->weight[r] = 0;
    }
}

static void chunk_end(const struct chunk *c, float *dhidden)
{
    for (int32_t r = 0; r < c->n; r++) {
        float *d = dhidden + (size_t)c->targets->row[c->at + r] * (size_t)c->D;
        for (int32_t j = 0; j < c->D; j++)
            d[j] += c->dxt[(size_t)j * (size_t)c->ld + (size_t)r];
    }
}

double nn_loss(const struct nn_targets *t, int32_t V, int32_t D, const float *hidden,
               const float *W, float *dhidden, float *dW, float *scratch)
{
    if (t->legal)
        return nn_loss_legal(t, V, D, hidden, W, dhidden, dW, scratch);
    int32_t most = rows_at_once(V);
    size_t rows = (size_t)most, width = (size_t)D;
    struct chunk c = {.targets = t, .V = V, .D = D, .z = scratch};
    c.block_max = c.z + rows * (size_t)V;
    c.x = c.block_max + rows * count_blocks(V);
    c.xt = c.x + rows * width;
    c.dxt = c.xt + rows * width;
    double loss = 0;
    for (int32_t at = 0; at < t->n; at += most) {
        chunk_begin(&c, at, t->n - at < most ? t->n - at : most, hidden);
        first_pass(&c, W);
        loss += chunk_loss(&c, W, dhidden, dW);
        second_pass(&c, W, dW);
        chunk_end(&c, dhidden);
    }
    return loss;
}

/* ---- Sampled softmax ------------------------------------------------------------------------- */

size_t nn_sampled_scratch(int32_t n_sampled, int32_t D)
{
    size_t width = (size_t)D, ld = round8((size_t)n_sampled + 1);
    return 2 * (size_t)n_sampled * width + SAMPLED_CHUNK * (ld + 2 * width);
}

static double dot(size_t D, const float *x, const float *y)
{
    double sum = 0;
    for (size_t j = 0; j < D; j++)
        sum += (double)x[j] * (double)y[j];
    return sum;
}

/* One row: z[0 .. n-1] holds the negatives' products; z[n] becomes the target's. z becomes dz. */
static double sampled_row(const struct nn_sampled *s, int32_t target, float weight, double product,
                          float *z)
{
    size_t n = (size_t)s->n, padded = round8(n + 1);
    for (size_t j = 0; j < n; j++)
        z[j] = s->item[j] == target ? -INFINITY : z[j] - s->log_expected[s->item[j]];
    z[n] = (float)product - s->log_expected[target];
    for (size_t j = n + 1; j < padded; j++)
        z[j] = -INFINITY;
    float z_target = z[n], max, sum = nn_exponentials(padded, z, &max);
    nn_scale_row(padded, weight / sum, z);
    z[n] -= weight;
    return (double)weight * ((double)max + log((double)sum) - (double)z_target);
}

double nn_sampled_loss(const struct nn_targets *t, const struct nn_sampled *s, int32_t D,
                       const float *hidden, const float *W, float *dhidden, float *dW,
                       float *scratch)
{
    size_t width = (size_t)D, ld = round8((size_t)s->n + 1);
    float *w = scratch, *dw = w + (size_t)s->n * width, *x = dw + (size_t)s->n * width;
    float *dx = x + SAMPLED_CHUNK * width, *z = dx + SAMPLED_CHUNK * width;
    nn_gather(s->n, width, s->item, W, w);
    memset(dw, 0, (size_t)s->n * width * sizeof *dw);
    double loss = 0;
    for (int32_t i0 = 0; i0 < t->n; i0 += SAMPLED_CHUNK) {
        int32_t n = t->n - i0 < SAMPLED_CHUNK ? t->n - i0 : SAMPLED_CHUNK;
        nn_gather(n, width, t->row + i0, hidden, x);
        linalg_nt(n, s->n, D, x, D, w, D, false, z, (int)ld);
        for (int32_t i = 0; i < n; i++) {
            int32_t target = t->target[i0 + i];
            const float *e = W + (size_t)target * width;
            loss += sampled_row(s, target, t->weight[i0 + i], dot(width, x + (size_t)i * width, e),
                                z + (size_t)i * ld);
        }
        linalg_nn(n, D, s->n, z, (int)ld, w, D, false, dx, D);
        linalg_tn(s->n, D, n, z, (int)ld, x, D, true, dw, D);
        for (int32_t i = 0; i < n; i++) { /* the target's own column */
            float d = z[(size_t)i * ld + (size_t)s->n], *di = dx + (size_t)i * width;
            const float *e = W + (size_t)t->target[i0 + i] * width, *xi = x + (size_t)i * width;
            float *de = dW + (size_t)t->target[i0 + i] * width;
            for (size_t j = 0; j < width; j++) {
                di[j] += d * e[j];
                de[j] += d * xi[j];
            }
        }
        nn_scatter_add(n, width, t->row + i0, dx, dhidden);
    }
    nn_scatter_add(s->n, width, s->item, dw, dW);
    return loss;
}
