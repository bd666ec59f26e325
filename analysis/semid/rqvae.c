/* Training of an RQ-VAE. Contract in rqvae.h. */
#include "analysis/semid/rqvae.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/math/rng.h"
#include "analysis/semid/kmeans.h"
#include "analysis/train/adamw.h"
#include "storage/base/mem.h"

enum { START_ITERATIONS = 15 }; /* of the k-means that codebooks start from */
enum purpose { ORDER = 0x7271766f, PARTNER = 0x72717670, RESTART = 0x72717672 };

struct training_rqvae {
    const struct rqvae_options *o;
    int32_t n, width;
    float *x; /* [n][width] */
    struct rqvae_net net;
    struct rqvae_batch batch;
    struct adamw adam;
    float *grad;    /* [n_params] */
    int32_t *order; /* [n] items as this epoch visits them */
    int64_t *used;  /* [levels][codes] in this epoch */
    int64_t step, steps;
    int64_t restarted;
};

struct rqvae_options rqvae_defaults(void)
{
    return (struct rqvae_options){
        .levels = 3,
        .codes = 256,
        .n_hidden = 2,
        .hidden = {256, 128},
        .latent = 32,
        .epochs = 100,
        .batch = 512,
        .learning_rate = 4e-3f,
        .weight_decay = 1e-4f,
        .beta = 0.25f,
        .contrast = 0.1f,
        .temperature = 0.5f,
        .seed = 1,
    };
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

/* x = (embedding - mean) / deviation; one deviation for all columns, so that angles stay. */
static bool standardise(struct training_rqvae *t, const float *embedding, struct error *err)
{
    int64_t n = t->n, width = t->width;
    double *mean = mem_try_zarray((size_t)width, sizeof *mean, "RQ-VAE", err), square = 0;
    if (!mean)
        return false;
    for (int64_t i = 0; i < n * width; i++)
        mean[i % width] += (double)embedding[i] / (double)n;
    for (int64_t i = 0; i < n * width; i++) {
        double d = (double)embedding[i] - mean[i % width];
        square += d * d;
        t->x[i] = (float)d;
    }
    free(mean);
    double deviation = sqrt(square / (double)(n * width));
    if (!isfinite(deviation)) {
        int64_t i = 0;
        while (i < n * width - 1 && isfinite(embedding[i]))
            i++;
        return error_set(err, ERROR_INPUT,
                         "RQ-VAE: number %lld of the embedding of item %lld is not finite",
                         (long long)(i % width) + 1, (long long)(i / width) + 1);
    }
    for (int64_t i = 0; i < n * width && deviation > 0; i++)
        t->x[i] = (float)((double)t->x[i] / deviation);
    return true;
}

static void load_row(struct training_rqvae *t, int32_t row, int32_t item)
{
    size_t width = (size_t)t->width;
    t->batch.item[row] = item;
    memcpy(t->batch.out[0] + (size_t)row * width, t->x + (size_t)item * width,
           width * sizeof *t->x);
}

/* One of the item's neighbours, or -1. */
static int32_t draw_partner(const struct training_rqvae *t, int32_t item, int64_t epoch)
{
    const struct rqvae_options *o = t->o;
    const int32_t *row = o->neighbour + (int64_t)item * o->n_neighbours;
    int32_t n = 0;
    while (n < o->n_neighbours && row[n] >= 0)
        n++;
    uint64_t stream = rng_stream(PARTNER, (uint64_t)epoch);
    return n ? row[rng_at(o->seed, stream, (uint64_t)item) % (uint64_t)n] : -1;
}

/* Items with a partner first, as the batch wants them. */
static void load_batch(struct training_rqvae *t, const int32_t *item, int32_t n, int64_t epoch)
{
    struct rqvae_batch *b = &t->batch;
    int32_t first = 0, last = n;
    b->n = n;
    for (int32_t i = 0; i < n; i++) {
        int32_t partner = b->max_pairs ? draw_partner(t, item[i], epoch) : -1;
        if (partner >= 0)
            load_row(t, n + first, partner);
        load_row(t, partner >= 0 ? first++ : --last, item[i]);
    }
    b->n_pairs = first;
}

/* ---- All items through the encoder -----------------------------------------------------------*/

/* Codes of all items as they are now: code[n][stride]. */
static bool assign_codes(struct training_rqvae *t, int32_t *code, int32_t stride, struct error *err)
{
    struct rqvae_batch *b = &t->batch;
    int32_t levels = t->net.shape.levels;
    b->n_pairs = 0;
    for (int32_t from = 0; from < t->n; from += b->n) {
        b->n = t->n - from < t->o->batch ? t->n - from : t->o->batch;
        for (int32_t i = 0; i < b->n; i++)
            load_row(t, i, from + i);
        if (!rqvae_encode(&t->net, b, err) || !rqvae_quantise(&t->net, b, err))
            return false;
        for (int32_t i = 0; i < b->n; i++)
            memcpy(code + (int64_t)(from + i) * stride, b->code + (int64_t)i * levels,
                   (size_t)levels * sizeof *code);
    }
    return true;
}

/* z[n][latent] of all items. */
static bool encode_all(struct training_rqvae *t, float *z, struct error *err)
{
    struct rqvae_batch *b = &t->batch;
    size_t latent = (size_t)t->net.shape.latent;
    b->n_pairs = 0;
    for (int32_t from = 0; from < t->n; from += b->n) {
        b->n = t->n - from < t->o->batch ? t->n - from : t->o->batch;
        for (int32_t i = 0; i < b->n; i++)
            load_row(t, i, from + i);
        if (!rqvae_encode(&t->net, b, err))
            return false;
        memcpy(z + (size_t)from * latent, b->out[t->net.n_encoder],
               (size_t)b->n * latent * sizeof *z);
    }
    return true;
}

static bool start_codebooks(struct training_rqvae *t, struct progress *progress, struct error *err)
{
    const struct rqvae_shape *s = &t->net.shape;
    size_t latent = (size_t)s->latent;
    float *z = mem_try_array((size_t)t->n, latent * sizeof *z, "RQ-VAE", err);
    int32_t *code = mem_try_array((size_t)t->n, sizeof *code, "RQ-VAE", err);
    struct kmeans_options k = kmeans_defaults();
    k.codes = s->codes;
    k.iterations = START_ITERATIONS;
    k.seed = t->o->seed;
    bool ok = z && code && encode_all(t, z, err);
    for (int32_t l = 0; ok && l < s->levels; l++) {
        float *e = t->net.param + t->net.codebook + (size_t)l * (size_t)s->codes * latent;
        ok = progress_ok(progress, err) && kmeans_level(z, t->n, s->latent, &k, l, e, code, err);
    }
    free(z);
    free(code);
    return ok;
}

/* ---- Training -------------------------------------------------------------------------------- */

static void count_codes(struct training_rqvae *t)
{
    const struct rqvae_shape *s = &t->net.shape;
    for (int64_t i = 0; i < (int64_t)t->batch.n * s->levels; i++)
        t->used[i % s->levels * s->codes + t->batch.code[i]]++;
}

static void restart_code(struct training_rqvae *t, int32_t level, int32_t code, int64_t row)
{
    const struct rqvae_shape *s = &t->net.shape;
    size_t latent = (size_t)s->latent;
    size_t at = t->net.codebook + (size_t)(level * s->codes + code) * latent;
    const float *r = t->batch.rest + (size_t)(level * t->batch.capacity + row) * latent;
    memcpy(t->net.param + at, r, latent * sizeof *r);
    memset(t->adam.m + at, 0, latent * sizeof *r);
    memset(t->adam.v + at, 0, latent * sizeof *r);
    t->restarted++;
}

static void restart_dead_codes(struct training_rqvae *t, int64_t epoch)
{
    const struct rqvae_shape *s = &t->net.shape;
    struct rng rng = rng_new(t->o->seed, rng_stream(RESTART, (uint64_t)epoch));
    for (int32_t l = 0; l < s->levels; l++)
        for (int32_t c = 0; c < s->codes; c++)
            if (t->used[l * s->codes + c] == 0)
                restart_code(t, l, c, (int64_t)rng_below(&rng, (uint64_t)t->batch.n));
}

static float rate(const struct training_rqvae *t)
{
    double done = (double)t->step / (double)t->steps;
    return (float)((double)t->o->learning_rate * 0.5 * (1 + cos(3.14159265358979323846 * done)));
}

static void add_loss(struct rqvae_loss *sum, const struct rqvae_loss *loss, double share)
{
    sum->reconstruction += share * loss->reconstruction;
    sum->quantisation += share * loss->quantisation;
    sum->contrast += share * loss->contrast;
}

static bool is_finite(const struct rqvae_loss *loss)
{
    return isfinite(loss->reconstruction + loss->quantisation + loss->contrast);
}

static bool train_batch(struct training_rqvae *t, const int32_t *item, int32_t n, int64_t epoch,
                        struct rqvae_loss *sum, struct error *err)
{
    const struct rqvae_weights w = {t->o->beta, t->o->contrast, t->o->temperature};
    struct rqvae_loss loss;
    load_batch(t, item, n, epoch);
    if (!rqvae_gradient(&t->net, &t->batch, &w, t->grad, &loss, err))
        return false;
    if (!is_finite(&loss))
        return error_set(err, ERROR_STATE,
                         "RQ-VAE: the loss is not a number in epoch %lld (reconstruction %g, "
                         "quantisation %g, contrast %g); try a lower learning rate",
                         (long long)epoch + 1, loss.reconstruction, loss.quantisation,
                         loss.contrast);
    count_codes(t);
    add_loss(sum, &loss, (double)n / t->n);
    float *const grad[] = {t->grad};
    return adamw_step(&t->adam, t->net.param, grad, 1, rate(t), NULL, err) ||
           error_prefix(err, "RQ-VAE");
}

static bool train_epoch(struct training_rqvae *t, int64_t epoch, struct rqvae_loss *loss,
                        struct progress *progress, struct error *err)
{
    const struct rqvae_shape *s = &t->net.shape;
    struct rng rng = rng_new(t->o->seed, rng_stream(ORDER, (uint64_t)epoch));
    rng_shuffle(&rng, t->order, t->n);
    memset(t->used, 0, (size_t)s->levels * (size_t)s->codes * sizeof *t->used);
    *loss = (struct rqvae_loss){0};
    for (int32_t from = 0; from < t->n; from += t->o->batch, t->step++) {
        int32_t n = t->n - from < t->o->batch ? t->n - from : t->o->batch;
        if (!progress_ok(progress, err) || !train_batch(t, t->order + from, n, epoch, loss, err))
            return false;
    }
    if (10 * (epoch + 1) <= 9 * (int64_t)t->o->epochs)
        restart_dead_codes(t, epoch);
    return true;
}

static bool train(struct training_rqvae *t, struct rqvae_report *report, struct progress *progress,
                  struct error *err)
{
    int32_t epochs = t->o->epochs;
    t->steps = (int64_t)epochs * (((int64_t)t->n + t->o->batch - 1) / t->o->batch);
    for (int32_t i = 0; i < t->n; i++)
        t->order[i] = i;
    for (int32_t e = 0; e < epochs; e++) {
        struct rqvae_loss loss;
        if (!progress_at(progress, "RQ-VAE for semantic ids", e, epochs, "epochs", err) ||
            !train_epoch(t, e, &loss, progress, err))
            return false;
        if (e == 0)
            report->first = loss;
        report->last = loss;
    }
    report->restarted = t->restarted;
    return true;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static bool check(int32_t n_items, int32_t width, const struct rqvae_options *o, struct error *err)
{
    bool widths = o->n_hidden >= 0 && o->n_hidden <= RQVAE_MAX_HIDDEN && o->latent >= 1;
    for (int32_t i = 0; widths && i < o->n_hidden; i++)
        widths = o->hidden[i] >= 1;
    if (!semid_can_make(n_items, width, o->levels, o->codes, err))
        return false;
    return (widths && o->epochs >= 1 && o->batch >= 1 && o->batch <= 1 << 20) ||
           error_set(err, ERROR_USAGE,
                     "RQ-VAE: %d epochs, batches of %d, %d hidden layers, a latent vector of %d; "
                     "it takes one or more of each, at most %d hidden layers",
                     (int)o->epochs, (int)o->batch, (int)o->n_hidden, (int)o->latent,
                     RQVAE_MAX_HIDDEN);
}

static bool allocate(struct training_rqvae *t, struct error *err)
{
    static const struct adamw_options plain = {.beta1 = 0.9f, .beta2 = 0.999f, .eps = 1e-8f};
    const struct rqvae_options *o = t->o;
    struct rqvae_shape s = {.width = t->width,
                            .n_hidden = o->n_hidden,
                            .latent = o->latent,
                            .levels = o->levels,
                            .codes = kmeans_codes(o->codes, t->n)};
    memcpy(s.hidden, o->hidden, sizeof s.hidden);
    struct adamw_options a = plain;
    a.weight_decay = o->weight_decay;
    size_t n = (size_t)t->n, all_codes = (size_t)s.levels * (size_t)s.codes;
    int32_t pairs = o->neighbour && o->contrast > 0 ? o->batch : 0;
    return rqvae_net_init(&t->net, &s, o->seed, err) &&
           rqvae_batch_init(&t->batch, &t->net, o->batch + pairs, pairs, err) &&
           adamw_init(&t->adam, &t->net.layout, &a, err) &&
           (t->x = mem_try_array(n, (size_t)t->width * sizeof *t->x, "RQ-VAE", err)) &&
           (t->grad = mem_try_array(t->net.layout.n_params, sizeof *t->grad, "RQ-VAE", err)) &&
           (t->order = mem_try_array(n, sizeof *t->order, "RQ-VAE", err)) &&
           (t->used = mem_try_array(all_codes, sizeof *t->used, "RQ-VAE", err));
}

static void release(struct training_rqvae *t)
{
    rqvae_net_release(&t->net);
    rqvae_batch_release(&t->batch);
    adamw_release(&t->adam);
    free(t->x);
    free(t->grad);
    free(t->order);
    free(t->used);
}

bool rqvae_semids(const float *embedding, int32_t n_items, int32_t width,
                  const struct rqvae_options *options, int32_t **code, struct rqvae_report *report,
                  struct progress *progress, struct error *err)
{
    struct rqvae_report unread;
    struct training_rqvae t = {.o = options, .n = n_items, .width = width};
    int32_t levels = options->levels + 1;
    *code = NULL;
    if (!check(n_items, width, options, err))
        return false;
    *code = mem_try_array((size_t)n_items, (size_t)levels * sizeof **code, "semantic ids", err);
    bool ok =
        *code && allocate(&t, err) && standardise(&t, embedding, err) &&
        start_codebooks(&t, progress, err) && train(&t, report ? report : &unread, progress, err) &&
        assign_codes(&t, *code, levels, err) && semid_make_unique(*code, n_items, levels, err);
    if (!ok) {
        free(*code);
        *code = NULL;
    }
    release(&t);
    return ok;
}
