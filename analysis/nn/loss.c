/* Softmax cross-entropy and its relatives. Contract in loss.h. */
#include "analysis/nn/loss.h"

#include <math.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/simd.h"

enum { ROW_GROUP = 16, SAMPLED_CHUNK = 256 };

static size_t round8(size_t n)
{
    return (n + 7) / 8 * 8;
}

static int32_t chunk_rows(int32_t V)
{
    size_t rows = NN_LOGITS_BYTES / (round8((size_t)V) * sizeof(float)) / ROW_GROUP * ROW_GROUP;
    return rows < ROW_GROUP ? ROW_GROUP : rows > 1024 ? 1024 : (int32_t)rows;
}

size_t nn_loss_scratch(int32_t V, int32_t D)
{
    return (size_t)chunk_rows(V) * (round8((size_t)V) + 2 * (size_t)D);
}

/* z[0 .. n-1], n a multiple of 8, becomes e^(z - max); returns the sum, *max set. */
SIMD_CLONES
static float exponentials(size_t n, float *z, float *max)
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
static void add_row(size_t n, const float *b, float *z)
{
    for (size_t j = 0; j < n; j++)
        z[j] += b[j];
}

SIMD_CLONES
static void scale_row(size_t n, float factor, float *z)
{
    for (size_t j = 0; j < n; j++)
        z[j] *= factor;
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

/* One row: z becomes dz. With r_c = p_c / (1 - p_c) for negatives c:
 *   dz_v = w (p_v (1 - u sum r) - q_v + u [v is a negative] r_v) */
static double loss_row(const struct nn_targets *t, int32_t i, int32_t V, float *z)
{
    size_t padded = round8((size_t)V);
    float w = t->weight[i], max;
    int32_t target = t->target[i];
    if (t->logit_bias)
        add_row((size_t)V, t->logit_bias, z);
    double smoothed = t->smoothing > 0 ? prior_mean(V, t->prior, z) : 0;
    double z_target = (double)z[target];
    float sum = exponentials(padded, z, &max), push = 0;
    double loss = (double)max + log((double)sum) - (1.0 - (double)t->smoothing) * z_target -
                  (double)t->smoothing * smoothed;
    int64_t n0 = t->negative_offset ? t->negative_offset[i] : 0;
    int64_t n1 = t->negative_offset ? t->negative_offset[i + 1] : 0;
    for (int64_t n = n0; n < n1; n++) { /* push = unlikelihood * sum r */
        float p = z[t->negative[n]] / sum, rest = 1.0f - p > 1e-6f ? 1.0f - p : 1e-6f;
        loss -= (double)t->unlikelihood * log((double)rest);
        push += t->unlikelihood * (p / rest);
    }
    scale_row(padded, w * (1.0f - push) / sum, z);
    for (int64_t n = n0; n < n1; n++) {
        /* p is got back from z by the factor just applied; push < 1 need not hold */
        float *at = &z[t->negative[n]];
        float factor = w * (1.0f - push);
        float p = fabsf(factor) > 0 ? *at / factor : 0.0f;
        float rest = 1.0f - p > 1e-6f ? 1.0f - p : 1e-6f;
        *at += w * t->unlikelihood * (p / rest);
    }
    z[target] -= w * (1.0f - t->smoothing);
    if (t->smoothing > 0)
        subtract_prior((size_t)V, w * t->smoothing, t->prior, z);
    return (double)w * loss;
}

static void gather(int32_t n, size_t D, const int32_t *row, const float *from, float *to)
{
    for (int32_t i = 0; i < n; i++)
        memcpy(to + (size_t)i * D, from + (size_t)row[i] * D, D * sizeof *to);
}

SIMD_CLONES
static void scatter_add(int32_t n, size_t D, const int32_t *row, const float *from, float *to)
{
    for (int32_t i = 0; i < n; i++) {
        const float *x = from + (size_t)i * D;
        float *y = to + (size_t)row[i] * D;
        for (size_t j = 0; j < D; j++)
            y[j] += x[j];
    }
}

double nn_loss(const struct nn_targets *t, int32_t V, int32_t D, const float *hidden,
               const float *W, float *dhidden, float *dW, float *scratch)
{
    int32_t chunk = chunk_rows(V), ld = (int32_t)round8((size_t)V);
    size_t width = (size_t)D;
    float *x = scratch, *dx = x + (size_t)chunk * width, *z = dx + (size_t)chunk * width;
    double loss = 0;
    for (int32_t i0 = 0; i0 < t->n; i0 += chunk) {
        int32_t n = t->n - i0 < chunk ? t->n - i0 : chunk;
        gather(n, width, t->row + i0, hidden, x);
        linalg_nt(n, V, D, x, D, W, D, false, z, ld);
        for (int32_t i = 0; i < n; i++) {
            float *row = z + (size_t)i * (size_t)ld;
            for (int32_t v = V; v < ld; v++)
                row[v] = -INFINITY;
            loss += loss_row(t, i0 + i, V, row);
        }
        linalg_nn(n, D, V, z, ld, W, D, false, dx, D);
        linalg_tn(V, D, n, z, ld, x, D, true, dW, D);
        scatter_add(n, width, t->row + i0, dx, dhidden);
    }
    return loss;
}

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
    float z_target = z[n], max, sum = exponentials(padded, z, &max);
    scale_row(padded, weight / sum, z);
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
    gather(s->n, width, s->item, W, w);
    memset(dw, 0, (size_t)s->n * width * sizeof *dw);
    double loss = 0;
    for (int32_t i0 = 0; i0 < t->n; i0 += SAMPLED_CHUNK) {
        int32_t n = t->n - i0 < SAMPLED_CHUNK ? t->n - i0 : SAMPLED_CHUNK;
        gather(n, width, t->row + i0, hidden, x);
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
        scatter_add(n, width, t->row + i0, dx, dhidden);
    }
    scatter_add(s->n, width, s->item, dw, dW);
    return loss;
}
