/* Forward and backward of an RQ-VAE. Contract in rqvae_net.h. */
#include "analysis/semid/rqvae_net.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/math/simd.h"
#include "storage/base/mem.h"

enum { BLOCK = 64 }; /* rows of a weight's gradient that are made at once */

static const char what[] = "RQ-VAE";

/* ---- Parameters ------------------------------------------------------------------------------ */

static void lay_out_linear(struct rqvae_net *net, int32_t in, int32_t out, bool relu)
{
    struct nn_layout *l = &net->layout;
    int32_t i = net->n_linear++;
    bool encoder = i < net->n_encoder;
    struct nn_tensor *w = &l->tensor[l->n_tensors++], *b = &l->tensor[l->n_tensors++];
    *w = (struct nn_tensor){.rows = out, .cols = in, .offset = l->n_params};
    *b = (struct nn_tensor){.rows = out, .offset = l->n_params + (size_t)out * (size_t)in};
    const char *side = encoder ? "encoder" : "decoder";
    int number = encoder ? i : i - net->n_encoder;
    snprintf(w->name, sizeof w->name, "%s.%d.weight", side, number);
    snprintf(b->name, sizeof b->name, "%s.%d.bias", side, number);
    net->linear[i] = (struct rqvae_linear){in, out, relu, w->offset, b->offset};
    l->n_params = b->offset + (size_t)out;
}

static void lay_out(struct rqvae_net *net)
{
    const struct rqvae_shape *s = &net->shape;
    int32_t width[RQVAE_MAX_HIDDEN + 2] = {s->width};
    memcpy(width + 1, s->hidden, (size_t)s->n_hidden * sizeof *width);
    width[s->n_hidden + 1] = s->latent;
    int32_t n = net->n_encoder = s->n_hidden + 1;
    for (int32_t i = 0; i < n; i++)
        lay_out_linear(net, width[i], width[i + 1], i + 1 < n);
    for (int32_t i = n; i > 0; i--)
        lay_out_linear(net, width[i], width[i - 1], i > 1);
    struct nn_layout *l = &net->layout;
    for (int32_t i = 0; i < s->levels; i++) { /* as vectors: codes do not decay */
        struct nn_tensor *t = &l->tensor[l->n_tensors++];
        *t = (struct nn_tensor){.rows = s->codes * s->latent, .offset = l->n_params};
        snprintf(t->name, sizeof t->name, "codebook.%d", (int)i);
        l->n_params += (size_t)s->codes * (size_t)s->latent;
    }
    net->codebook = l->tensor[2 * net->n_linear].offset;
}

bool rqvae_net_init(struct rqvae_net *net, const struct rqvae_shape *shape, uint64_t seed,
                    struct error *err)
{
    *net = (struct rqvae_net){.shape = *shape};
    size_t tensors = 2 * RQVAE_MAX_LINEAR + (size_t)shape->levels;
    net->layout.tensor = mem_zalloc(tensors, sizeof *net->layout.tensor);
    lay_out(net);
    net->param = mem_try_zarray(net->layout.n_params, sizeof *net->param, what, err);
    if (!net->param) {
        rqvae_net_release(net);
        return false;
    }
    for (int32_t i = 0; i < net->n_linear; i++) {
        const struct rqvae_linear *l = &net->linear[i];
        struct rng rng = rng_new(seed, rng_stream(0x72717677, (uint64_t)i));
        double deviation = sqrt(2.0 / l->in);
        for (size_t j = l->weight; j < l->bias; j++)
            net->param[j] = (float)(deviation * rng_normal(&rng));
    }
    return true;
}

void rqvae_net_release(struct rqvae_net *net)
{
    free(net->layout.tensor);
    free(net->param);
    *net = (struct rqvae_net){0};
}

/* ---- Activations ----------------------------------------------------------------------------- */

static bool allocate_layers(struct rqvae_batch *b, const struct rqvae_net *net, size_t rows,
                            struct error *err)
{
    b->out[0] = mem_try_array(rows, (size_t)net->shape.width * sizeof(float), what, err);
    bool ok = b->out[0] != NULL;
    for (int32_t i = 0; ok && i < net->n_linear; i++) {
        size_t bytes = (size_t)net->linear[i].out * sizeof(float);
        b->out[i + 1] = mem_try_array(rows, bytes, what, err);
        b->dout[i + 1] = mem_try_array(rows, bytes, what, err);
        ok = b->out[i + 1] && b->dout[i + 1];
    }
    return ok;
}

bool rqvae_batch_init(struct rqvae_batch *b, const struct rqvae_net *net, int32_t capacity,
                      int32_t max_pairs, struct error *err)
{
    const struct rqvae_shape *s = &net->shape;
    size_t rows = (size_t)capacity, codes = (size_t)s->codes, levels = (size_t)s->levels;
    size_t latent = (size_t)s->latent * sizeof(float), pairs = (size_t)max_pairs;
    size_t shards = (size_t)parallel_threads() * RQVAE_SHARD;
    *b = (struct rqvae_batch){.capacity = capacity, .max_pairs = max_pairs};
    bool ok = allocate_layers(b, net, rows, err) &&
              (b->item = mem_try_array(rows, sizeof *b->item, what, err)) &&
              (b->quantised = mem_try_array(rows, latent, what, err)) &&
              (b->dquantised = mem_try_array(rows, latent, what, err)) &&
              (b->code = mem_try_array(rows, levels * sizeof *b->code, what, err)) &&
              (b->rest = mem_try_array(rows * (levels + 1), latent, what, err)) &&
              (b->row_loss = mem_try_zarray(rows, 3 * sizeof *b->row_loss, what, err)) &&
              (b->half_length = mem_try_array(levels, codes * sizeof(float), what, err)) &&
              (b->product = mem_try_array(shards, codes * sizeof(float), what, err)) &&
              (b->unit = mem_try_array(rows, latent, what, err)) &&
              (b->dunit = mem_try_array(rows, latent, what, err)) &&
              (b->length = mem_try_array(rows, sizeof(float), what, err)) &&
              (b->similarity = mem_try_array(pairs, pairs * sizeof(float), what, err));
    if (!ok)
        rqvae_batch_release(b);
    return ok;
}

void rqvae_batch_release(struct rqvae_batch *b)
{
    for (int32_t i = 0; i <= RQVAE_MAX_LINEAR; i++) {
        free(b->out[i]);
        free(b->dout[i]);
    }
    free(b->item);
    free(b->quantised);
    free(b->dquantised);
    free(b->code);
    free(b->rest);
    free(b->row_loss);
    free(b->half_length);
    free(b->product);
    free(b->unit);
    free(b->dunit);
    free(b->length);
    free(b->similarity);
    *b = (struct rqvae_batch){0};
}

struct pass {
    const struct rqvae_net *net;
    struct rqvae_batch *batch;
    const struct rqvae_weights *weights;
    float *grad;
};

static float *at(float *rows, int64_t row, int32_t width)
{
    return rows + row * width;
}

/* ---- A layer: y = relu(x W^T + b) ------------------------------------------------------------ */

SIMD_CLONES
static void add_bias(int32_t rows, int32_t width, const float *bias, bool relu, float *y)
{
    for (size_t i = 0, n = (size_t)width; i < (size_t)rows; i++) {
        float *row = y + i * n;
        for (size_t j = 0; j < n; j++) {
            float v = row[j] + bias[j];
            row[j] = relu && v < 0 ? 0.0f : v;
        }
    }
}

static void linear_forward(const struct rqvae_net *net, int32_t layer, int32_t rows, const float *x,
                           float *y)
{
    const struct rqvae_linear *l = &net->linear[layer];
    linalg_nt(rows, l->out, l->in, x, l->in, net->param + l->weight, l->in, false, y, l->out);
    add_bias(rows, l->out, net->param + l->bias, l->relu, y);
}

/* dy becomes the gradient of x W^T + b; dx = dy W unless NULL. */
SIMD_CLONES
static void relu_backward(int32_t rows, int32_t width, const float *y, float *dy)
{
    for (size_t i = 0, n = (size_t)rows * (size_t)width; i < n; i++)
        dy[i] = y[i] > 0 ? dy[i] : 0.0f;
}

static void linear_backward(const struct rqvae_net *net, int32_t layer, int32_t rows,
                            const float *y, float *dy, float *dx)
{
    const struct rqvae_linear *l = &net->linear[layer];
    if (l->relu)
        relu_backward(rows, l->out, y, dy);
    if (dx)
        linalg_nn(rows, l->in, l->out, dy, l->out, net->param + l->weight, l->in, false, dx, l->in);
}

/* dW = dy^T x and db = sum of dy over all rows, for outputs from .. from + n - 1. */
SIMD_CLONES
static void sum_rows(int32_t rows, int32_t stride, int32_t n, const float *dy, float *db)
{
    memset(db, 0, (size_t)n * sizeof *db);
    for (size_t i = 0; i < (size_t)rows; i++)
        for (size_t j = 0; j < (size_t)n; j++)
            db[j] += dy[i * (size_t)stride + j];
}

static void linear_gradient(const struct rqvae_net *net, int32_t layer, int32_t from, int32_t rows,
                            const float *x, const float *dy, float *grad)
{
    const struct rqvae_linear *l = &net->linear[layer];
    int32_t n = l->out - from < BLOCK ? l->out - from : BLOCK;
    linalg_tn(n, l->in, rows, dy + from, l->out, x, l->in, false,
              grad + l->weight + (size_t)from * (size_t)l->in, l->in);
    sum_rows(rows, l->out, n, dy + from, grad + l->bias + from);
}

/* ---- Encoder --------------------------------------------------------------------------------- */

static bool encode_rows(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker, (void)err;
    struct pass *p = context;
    for (int32_t i = 0; i < p->net->n_encoder; i++)
        linear_forward(p->net, i, (int32_t)(end - begin),
                       at(p->batch->out[i], begin, p->net->linear[i].in),
                       at(p->batch->out[i + 1], begin, p->net->linear[i].out));
    if (p->batch->n_pairs > 0)
        rqvae_contrast_units(p->net, p->batch, begin, end);
    return true;
}

bool rqvae_encode(const struct rqvae_net *net, struct rqvae_batch *batch, struct error *err)
{
    struct pass p = {.net = net, .batch = batch};
    return parallel_for(batch->n + batch->n_pairs, RQVAE_SHARD, encode_rows, &p, NULL, "", "", err);
}

/* ---- Quantiser ------------------------------------------------------------------------------- */

static const float *codes_of(const struct rqvae_net *net, int32_t level)
{
    const struct rqvae_shape *s = &net->shape;
    return net->param + net->codebook + (size_t)level * (size_t)s->codes * (size_t)s->latent;
}

static void measure_codes(const struct rqvae_net *net, struct rqvae_batch *b)
{
    size_t latent = (size_t)net->shape.latent, n = (size_t)net->shape.codes;
    for (size_t c = 0; c < n * (size_t)net->shape.levels; c++) {
        const float *e = net->param + net->codebook + c * latent;
        double sum = 0;
        for (size_t j = 0; j < latent; j++)
            sum += (double)e[j] * (double)e[j];
        b->half_length[c] = (float)(sum / 2);
    }
}

/* The code c with the largest r.e_c - |e_c|^2 / 2 is the nearest; the first of several. */
SIMD_CLONES
static int32_t nearest(const float *product, const float *half_length, int32_t codes)
{
    simd8 lanes = (simd8){0} - INFINITY;
    int32_t c = 0;
    for (; c + 8 <= codes; c += 8) {
        simd8 v = *(const simd8_at *)(product + c) - *(const simd8_at *)(half_length + c);
        simd8u more = (simd8u)(v > lanes);
        lanes = (simd8)(((simd8u)v & more) | ((simd8u)lanes & ~more));
    }
    float most = -INFINITY;
    for (int32_t i = 0; i < 8; i++)
        most = lanes[i] > most ? lanes[i] : most;
    for (; c < codes; c++) {
        float v = product[c] - half_length[c];
        most = v > most ? v : most;
    }
    for (c = 0; c < codes - 1 && product[c] - half_length[c] < most;)
        c++;
    return c;
}

static void quantise_level(const struct pass *p, int32_t level, int64_t begin, int32_t rows,
                           float *product)
{
    const struct rqvae_shape *s = &p->net->shape;
    struct rqvae_batch *b = p->batch;
    const float *e = codes_of(p->net, level);
    const float *half = b->half_length + (size_t)level * (size_t)s->codes;
    float *r = at(b->rest, (int64_t)level * b->capacity + begin, s->latent);
    float *after = at(b->rest, (int64_t)(level + 1) * b->capacity + begin, s->latent);
    float *sum = at(b->quantised, begin, s->latent);
    size_t latent = (size_t)s->latent;
    linalg_nt(rows, s->codes, s->latent, r, s->latent, e, s->latent, false, product, s->codes);
    for (size_t i = 0; i < (size_t)rows; i++) {
        int32_t code = nearest(product + i * (size_t)s->codes, half, s->codes);
        b->code[(begin + (int64_t)i) * s->levels + level] = code;
        const float *of = e + (size_t)code * latent;
        for (size_t j = 0; j < latent; j++) {
            after[i * latent + j] = r[i * latent + j] - of[j];
            sum[i * latent + j] += of[j];
        }
    }
}

static void quantise_shard(const struct pass *p, int64_t begin, int32_t rows, int worker)
{
    const struct rqvae_shape *s = &p->net->shape;
    struct rqvae_batch *b = p->batch;
    size_t bytes = (size_t)rows * (size_t)s->latent * sizeof(float);
    memcpy(at(b->rest, begin, s->latent), at(b->out[p->net->n_encoder], begin, s->latent), bytes);
    memset(at(b->quantised, begin, s->latent), 0, bytes);
    float *product = b->product + (size_t)worker * RQVAE_SHARD * (size_t)s->codes;
    for (int32_t l = 0; l < s->levels; l++)
        quantise_level(p, l, begin, rows, product);
}

static bool quantise_rows(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)err;
    quantise_shard(context, begin, (int32_t)(end - begin), worker);
    return true;
}

bool rqvae_quantise(const struct rqvae_net *net, struct rqvae_batch *batch, struct error *err)
{
    struct pass p = {.net = net, .batch = batch};
    measure_codes(net, batch);
    return parallel_for(batch->n, RQVAE_SHARD, quantise_rows, &p, NULL, "", "", err);
}

/* d/dz of beta sum over l of |r_l - e_l|^2 / width, where r_l - e_l = r_l+1: written to dz. */
static void commitment(const struct pass *p, int64_t begin, int32_t rows, float *dz)
{
    const struct rqvae_shape *s = &p->net->shape;
    struct rqvae_batch *b = p->batch;
    float scale = 2.0f * p->weights->beta / (float)s->width / (float)b->n;
    size_t latent = (size_t)s->latent;
    for (size_t i = 0; i < (size_t)rows; i++) {
        double square = 0;
        float *d = dz + i * latent;
        memset(d, 0, latent * sizeof *d);
        for (int32_t l = 1; l <= s->levels; l++) {
            const float *r = at(b->rest, (int64_t)l * b->capacity + begin + (int64_t)i, s->latent);
            for (size_t j = 0; j < latent; j++) {
                square += (double)r[j] * (double)r[j];
                d[j] += scale * r[j];
            }
        }
        b->row_loss[3 * (begin + (int64_t)i) + 1] = square / s->width;
    }
}

/* d/de of |r - e|^2 / width, summed over the rows with that code. */
static void codebook_gradient(const struct pass *p, int32_t level)
{
    const struct rqvae_shape *s = &p->net->shape;
    struct rqvae_batch *b = p->batch;
    size_t latent = (size_t)s->latent, floats = (size_t)s->codes * latent;
    float *grad = p->grad + p->net->codebook + (size_t)level * floats;
    float scale = -2.0f / (float)s->width / (float)b->n;
    memset(grad, 0, floats * sizeof *grad);
    for (int64_t i = 0; i < b->n; i++) {
        float *d = grad + (size_t)b->code[i * s->levels + level] * latent;
        const float *r = at(b->rest, (int64_t)(level + 1) * b->capacity + i, s->latent);
        for (size_t j = 0; j < latent; j++)
            d[j] += scale * r[j];
    }
}

/* ---- Decoder, and back ------------------------------------------------------------------------
 */

static float *decoder_input(const struct pass *p, int32_t layer, int64_t begin)
{
    bool first = layer == p->net->n_encoder;
    return at(first ? p->batch->quantised : p->batch->out[layer], begin, p->net->linear[layer].in);
}

/* d/dx^ of |x - x^|^2 / width */
static void reconstruction(const struct pass *p, int64_t begin, int32_t rows)
{
    struct rqvae_batch *b = p->batch;
    int32_t width = p->net->shape.width;
    float scale = 2.0f / (float)width / (float)b->n;
    for (int64_t i = begin; i < begin + rows; i++) {
        const float *x = at(b->out[0], i, width), *y = at(b->out[p->net->n_linear], i, width);
        float *d = at(b->dout[p->net->n_linear], i, width);
        double square = 0;
        for (int32_t j = 0; j < width; j++) {
            float off = y[j] - x[j];
            square += (double)off * (double)off;
            d[j] = scale * off;
        }
        b->row_loss[3 * i] = square / width;
    }
}

/* From z to x^ and back to dz: dout[n_encoder] = commitment + what the decoder asks for. */
static void decode_shard(const struct pass *p, int64_t begin, int32_t rows, int worker)
{
    const struct rqvae_net *net = p->net;
    struct rqvae_batch *b = p->batch;
    int32_t latent = net->shape.latent;
    quantise_shard(p, begin, rows, worker);
    for (int32_t i = net->n_encoder; i < net->n_linear; i++)
        linear_forward(net, i, rows, decoder_input(p, i, begin),
                       at(b->out[i + 1], begin, net->linear[i].out));
    reconstruction(p, begin, rows);
    for (int32_t i = net->n_linear - 1; i >= net->n_encoder; i--) {
        float *dx = i == net->n_encoder ? b->dquantised : b->dout[i];
        linear_backward(net, i, rows, at(b->out[i + 1], begin, net->linear[i].out),
                        at(b->dout[i + 1], begin, net->linear[i].out),
                        at(dx, begin, net->linear[i].in));
    }
    float *dz = at(b->dout[net->n_encoder], begin, latent);
    const float *dq = at(b->dquantised, begin, latent);
    commitment(p, begin, rows, dz);
    for (size_t j = 0; j < (size_t)rows * (size_t)latent; j++)
        dz[j] += dq[j];
}

static void encode_back(const struct pass *p, int64_t begin, int32_t rows)
{
    struct rqvae_batch *b = p->batch;
    for (int32_t i = p->net->n_encoder - 1; i >= 0; i--) {
        const struct rqvae_linear *l = &p->net->linear[i];
        linear_backward(p->net, i, rows, at(b->out[i + 1], begin, l->out),
                        at(b->dout[i + 1], begin, l->out),
                        i > 0 ? at(b->dout[i], begin, l->in) : NULL);
    }
}

static int64_t shards(int32_t rows)
{
    return (rows + RQVAE_SHARD - 1) / RQVAE_SHARD;
}

/* Shards of the rows that are reconstructed, then those of the partners; without partners the
 * encoder's forward is part of it. */
static bool forth_and_back(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    const struct pass *p = context;
    struct rqvae_batch *b = p->batch;
    for (int64_t s = begin; s < end; s++) {
        bool partners = s >= shards(b->n);
        int64_t from = partners ? b->n + (s - shards(b->n)) * RQVAE_SHARD : s * RQVAE_SHARD;
        int64_t most = (partners ? b->n + b->n_pairs : b->n) - from;
        int32_t rows = most < RQVAE_SHARD ? (int32_t)most : RQVAE_SHARD;
        if (b->n_pairs == 0 && !encode_rows(context, from, from + rows, worker, err))
            return false;
        if (partners)
            memset(at(b->dout[p->net->n_encoder], from, p->net->shape.latent), 0,
                   (size_t)rows * (size_t)p->net->shape.latent * sizeof(float));
        else
            decode_shard(p, from, rows, worker);
        if (b->n_pairs > 0)
            rqvae_contrast_back(p->net, b, from, from + rows);
        encode_back(p, from, rows);
    }
    return true;
}

/* Task t: a codebook, or BLOCK outputs of a layer. */
static bool parameter_gradients(void *context, int64_t begin, int64_t end, int worker,
                                struct error *err)
{
    (void)worker, (void)err;
    struct pass *p = context;
    struct rqvae_batch *b = p->batch;
    for (int64_t t = begin; t < end; t++) {
        int64_t left = t;
        int32_t i = 0;
        for (; i < p->net->n_linear; i++) {
            int32_t blocks = (p->net->linear[i].out + BLOCK - 1) / BLOCK;
            if (left < blocks)
                break;
            left -= blocks;
        }
        if (i == p->net->n_linear)
            codebook_gradient(p, (int32_t)left);
        else if (i < p->net->n_encoder)
            linear_gradient(p->net, i, (int32_t)left * BLOCK, b->n + b->n_pairs, b->out[i],
                            b->dout[i + 1], p->grad);
        else
            linear_gradient(p->net, i, (int32_t)left * BLOCK, b->n, decoder_input(p, i, 0),
                            b->dout[i + 1], p->grad);
    }
    return true;
}

static int64_t count_tasks(const struct rqvae_net *net)
{
    int64_t n = net->shape.levels;
    for (int32_t i = 0; i < net->n_linear; i++)
        n += (net->linear[i].out + BLOCK - 1) / BLOCK;
    return n;
}

static struct rqvae_loss sum_losses(const struct rqvae_batch *b)
{
    struct rqvae_loss loss = {0};
    for (int64_t i = 0; i < b->n; i++) {
        loss.reconstruction += b->row_loss[3 * i];
        loss.quantisation += b->row_loss[3 * i + 1];
        loss.contrast += i < b->n_pairs ? b->row_loss[3 * i + 2] : 0;
    }
    loss.reconstruction /= b->n;
    loss.quantisation /= b->n;
    loss.contrast /= b->n_pairs > 0 ? b->n_pairs : 1;
    return loss;
}

bool rqvae_gradient(const struct rqvae_net *net, struct rqvae_batch *batch,
                    const struct rqvae_weights *weights, float *grad, struct rqvae_loss *loss,
                    struct error *err)
{
    struct pass p = {net, batch, weights, grad};
    bool contrast = batch->n_pairs > 0;
    measure_codes(net, batch);
    if (contrast &&
        !(rqvae_encode(net, batch, err) &&
          rqvae_contrast_anchors(net, batch, weights->contrast, weights->temperature, err)))
        return false;
    if (!parallel_for(shards(batch->n) + shards(batch->n_pairs), 1, forth_and_back, &p, NULL, "",
                      "", err) ||
        !parallel_for(count_tasks(net), 1, parameter_gradients, &p, NULL, "", "", err))
        return false;
    *loss = sum_losses(batch);
    return true;
}
