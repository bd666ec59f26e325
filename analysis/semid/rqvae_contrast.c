/* Co-occurrence contrast of an RQ-VAE. Contract in rqvae_net.h. */
#include <math.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/math/simd.h"
#include "analysis/semid/rqvae_net.h"

struct contrast {
    const struct rqvae_net *net;
    struct rqvae_batch *batch;
    float weight, temperature;
};

/* u = z / |z| */
void rqvae_contrast_units(const struct rqvae_net *net, struct rqvae_batch *b, int64_t begin,
                          int64_t end)
{
    size_t latent = (size_t)net->shape.latent;
    for (int64_t i = begin; i < end; i++) {
        const float *z = b->out[net->n_encoder] + (size_t)i * latent;
        float *u = b->unit + (size_t)i * latent;
        double square = 0;
        for (size_t j = 0; j < latent; j++)
            square += (double)z[j] * (double)z[j];
        b->length[i] = (float)sqrt(square + 1e-12);
        for (size_t j = 0; j < latent; j++)
            u[j] = z[j] / b->length[i];
    }
}

/* s = e^((s - 1) / T): cosines are at most 1, so the largest possible power is 1. */
SIMD_CLONES
static void powers(int64_t n, float temperature, float *s)
{
    for (int64_t j = 0; j < n; j += 8) {
        size_t bytes = (size_t)(n - j < 8 ? n - j : 8) * sizeof *s;
        simd8 v = {0};
        memcpy(&v, s + j, bytes);
        v = (v - 1.0f) / temperature;
        simd8_exp(&v);
        memcpy(s + j, &v, bytes);
    }
}

/* Row i of the cosines becomes weight / (pairs T) * (softmax - one at i); returns its loss. */
static double soften(const struct contrast *c, int64_t i, float *s)
{
    const struct rqvae_batch *b = c->batch;
    const int32_t *partner = b->item + b->n, same = partner[i], anchor = b->item[i];
    double sum = 0, own = (double)(s[i] - 1.0f) / (double)c->temperature;
    powers(b->n_pairs, c->temperature, s);
    for (int64_t j = 0; j < b->n_pairs; j++) {
        if (j != i && (partner[j] == same || partner[j] == anchor))
            s[j] = 0;
        sum += (double)s[j];
    }
    double scale = (double)c->weight / (double)b->n_pairs / (double)c->temperature;
    float each = (float)(scale / sum);
    for (int64_t j = 0; j < b->n_pairs; j++)
        s[j] *= each;
    s[i] -= (float)scale;
    return log(sum) - own;
}

/* Of anchors begin .. end-1: similarities S = U V^T / T, their gradient dS in place, dU = dS V. */
static bool compare_anchors(void *context, int64_t begin, int64_t end, int worker,
                            struct error *err)
{
    (void)worker, (void)err;
    struct contrast *c = context;
    struct rqvae_batch *b = c->batch;
    int32_t latent = c->net->shape.latent, m = b->n_pairs, rows = (int32_t)(end - begin);
    const float *partners = b->unit + (size_t)b->n * (size_t)latent;
    float *s = b->similarity + begin * m;
    linalg_nt(rows, m, latent, b->unit + begin * latent, latent, partners, latent, false, s, m);
    for (int64_t i = begin; i < end; i++)
        b->row_loss[3 * i + 2] = soften(c, i, s + (i - begin) * m);
    linalg_nn(rows, latent, m, s, m, partners, latent, false, b->dunit + begin * latent, latent);
    return true;
}

bool rqvae_contrast_anchors(const struct rqvae_net *net, struct rqvae_batch *batch, float weight,
                            float temperature, struct error *err)
{
    struct contrast c = {net, batch, weight, temperature};
    return parallel_for(batch->n_pairs, RQVAE_SHARD, compare_anchors, &c, NULL, "", "", err);
}

/* dV = dS^T U for partners; then dz += (du - (du . u) u) / |z| */
void rqvae_contrast_back(const struct rqvae_net *net, struct rqvae_batch *b, int64_t begin,
                         int64_t end)
{
    int32_t width = net->shape.latent, m = b->n_pairs;
    size_t latent = (size_t)width;
    if (begin >= b->n)
        linalg_tn((int)(end - begin), width, m, b->similarity + (begin - b->n), m, b->unit, width,
                  false, b->dunit + begin * width, width);
    for (int64_t i = begin; i < end && (i < m || i >= b->n); i++) {
        const float *u = b->unit + (size_t)i * latent, *du = b->dunit + (size_t)i * latent;
        float *dz = b->dout[net->n_encoder] + (size_t)i * latent;
        double along = 0;
        for (size_t j = 0; j < latent; j++)
            along += (double)du[j] * (double)u[j];
        for (size_t j = 0; j < latent; j++)
            dz[j] += (du[j] - (float)along * u[j]) / b->length[i];
    }
}
