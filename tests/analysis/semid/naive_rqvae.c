#include "tests/analysis/semid/naive_rqvae.h"

#include <math.h>
#include <string.h>

/* Layers from .. to - 1 over one row. */
static void layers(const struct rqvae_net *net, const double *param, int32_t from, int32_t to,
                   const double *x, double *y)
{
    double in[NAIVE_WIDTH];
    memcpy(y, x, (size_t)net->linear[from].in * sizeof *y);
    for (int32_t i = from; i < to; i++) {
        const struct rqvae_linear *l = &net->linear[i];
        memcpy(in, y, sizeof in);
        for (int32_t o = 0; o < l->out; o++) {
            double sum = param[l->bias + (size_t)o];
            for (int32_t k = 0; k < l->in; k++)
                sum += in[k] * param[l->weight + (size_t)(o * l->in + k)];
            y[o] = l->relu && sum < 0 ? 0 : sum;
        }
    }
}

static void encode(const struct rqvae_net *net, const double *param, const float *x, double *z)
{
    double in[NAIVE_WIDTH];
    for (int32_t j = 0; j < net->shape.width; j++)
        in[j] = (double)x[j];
    layers(net, param, 0, net->n_encoder, in, z);
}

static const double *code_of(const struct rqvae_net *net, const double *param, int32_t level,
                             int32_t code)
{
    const struct rqvae_shape *s = &net->shape;
    return param + net->codebook + (size_t)((level * s->codes + code) * s->latent);
}

static double squared(const double *a, const double *b, int32_t n)
{
    double sum = 0;
    for (int32_t j = 0; j < n; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

void naive_freeze(const struct rqvae_net *net, const double *param, const float *x, int32_t n,
                  struct naive_frozen *out)
{
    const struct rqvae_shape *s = &net->shape;
    for (int32_t i = 0; i < n; i++) {
        double z[NAIVE_WIDTH], r[NAIVE_WIDTH];
        encode(net, param, x + i * s->width, z);
        memcpy(r, z, sizeof r);
        for (int32_t l = 0; l < s->levels; l++) {
            int32_t best = 0;
            for (int32_t c = 1; c < s->codes; c++)
                if (squared(r, code_of(net, param, l, c), s->latent) <
                    squared(r, code_of(net, param, l, best), s->latent))
                    best = c;
            out->code[i][l] = best;
            for (int32_t j = 0; j < s->latent; j++) {
                out->e[i][l][j] = code_of(net, param, l, best)[j];
                out->r[i][l][j] = r[j];
                out->prefix[i][l][j] = z[j] - r[j];
                r[j] -= out->e[i][l][j];
            }
        }
        for (int32_t j = 0; j < s->latent; j++)
            out->added[i][j] = -r[j];
    }
}

static double contrast(const struct rqvae_net *net, const int32_t *item, int32_t n, int32_t n_pairs,
                       double temperature, double (*z)[NAIVE_WIDTH])
{
    int32_t latent = net->shape.latent;
    double total = 0, zero[NAIVE_WIDTH] = {0};
    for (int32_t i = 0; i < n_pairs; i++) {
        double sum = 0, own = 0;
        for (int32_t j = 0; j < n_pairs; j++) {
            double dot = 0;
            for (int32_t k = 0; k < latent; k++)
                dot += z[i][k] * z[n + j][k];
            dot /= sqrt(squared(z[i], zero, latent) * squared(z[n + j], zero, latent));
            own = j == i ? dot / temperature : own;
            if (j == i || (item[n + j] != item[n + i] && item[n + j] != item[i]))
                sum += exp(dot / temperature);
        }
        total += log(sum) - own;
    }
    return n_pairs ? total / n_pairs : 0;
}

double naive_loss(const struct rqvae_net *net, const double *param, const float *x,
                  const int32_t *item, int32_t n, int32_t n_pairs,
                  const struct rqvae_weights *weights, const struct naive_frozen *frozen,
                  struct rqvae_loss *parts)
{
    const struct rqvae_shape *s = &net->shape;
    double z[NAIVE_ROWS][NAIVE_WIDTH], reconstruction = 0, codebook = 0, commitment = 0;
    for (int32_t i = 0; i < n + n_pairs; i++)
        encode(net, param, x + i * s->width, z[i]);
    for (int32_t i = 0; i < n; i++) {
        double in[NAIVE_WIDTH], y[NAIVE_WIDTH], want[NAIVE_WIDTH];
        for (int32_t j = 0; j < s->latent; j++)
            in[j] = z[i][j] + frozen->added[i][j];
        for (int32_t j = 0; j < s->width; j++)
            want[j] = (double)x[i * s->width + j];
        layers(net, param, net->n_encoder, net->n_linear, in, y);
        reconstruction += squared(y, want, s->width) / s->width / n;
        for (int32_t l = 0; l < s->levels; l++) {
            double r[NAIVE_WIDTH];
            for (int32_t j = 0; j < s->latent; j++)
                r[j] = z[i][j] - frozen->prefix[i][l][j];
            codebook +=
                squared(frozen->r[i][l], code_of(net, param, l, frozen->code[i][l]), s->latent) /
                s->width / n;
            commitment += squared(r, frozen->e[i][l], s->latent) / s->width / n;
        }
    }
    double nce = contrast(net, item, n, n_pairs, (double)weights->temperature, z);
    if (parts)
        *parts = (struct rqvae_loss){reconstruction, codebook, nce};
    return reconstruction + codebook + (double)weights->beta * commitment +
           (double)weights->contrast * nce;
}
