/* The decoder, forward and backward, over layers.h. Contract in decoder.h. */
#include "analysis/nn/decoder.h"

#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/nn/layers.h"
#include "storage/base/mem.h"

/* T tokens, D hidden_size, I intermediate_size, L layers. */

/* Activations of one layer. In a work for inference all layers share them, except qkv. */
struct layer_acts {
    float *x;          /* [T][D] its input */
    float *n1, *stat1; /* [T][D], [T][2] norm before attention */
    float *qkv;        /* [T][qkv] */
    float *prob;       /* attention probabilities */
    float *att;        /* [T][D] */
    float *x1;         /* [T][D] after the attention branch */
    float *n2, *stat2; /* [T][D], [T][2] */
    float *up;         /* [T][up] */
    float *act;        /* [T][I] */
};

struct nn_work {
    bool training;
    int32_t max_tokens, longest;
    struct layer_acts *layer; /* [L] */
    float *x_last;            /* [T][D] x_L */
    float *hidden, *stat;     /* [T][D], [T][2] final norm */
    float *branch;            /* [T][D] a branch before it is added, or its gradient */
    float *dx, *dn;           /* [T][D] */
    float *dqkv;              /* [T][qkv] */
    float *dact;              /* [T][I] */
    float *attention;         /* scratch */
    float *rows;              /* scratch of linalg_rows_nt */
    int32_t *position;        /* [T] */
    float *memory;            /* the allocation behind all of the above */
};

bool nn_init(struct nn *nn, const struct nn_config *config, uint64_t seed, struct error *err)
{
    *nn = (struct nn){0};
    if (!nn_layout_init(&nn->layout, config, err))
        return false;
    nn->param = mem_try_array(nn->layout.n_params, sizeof *nn->param, "model parameters", err);
    int32_t d = nn_head_dim(config);
    if (config->position == NN_ROPE)
        nn->rope = mem_try_array((size_t)config->max_position_embeddings,
                                 (size_t)d * sizeof *nn->rope, "rotary positions", err);
    if (!nn->param || (config->position == NN_ROPE && !nn->rope)) {
        nn_release(nn);
        return false;
    }
    if (nn->rope)
        nn_rope_table(config->max_position_embeddings, d, config->rope_theta, nn->rope);
    nn_initialise(&nn->layout, seed, nn->param);
    return true;
}

void nn_release(struct nn *nn)
{
    nn_layout_release(&nn->layout);
    free(nn->param);
    free(nn->rope);
    *nn = (struct nn){0};
}

/* ---- Workspace: sizes are counted in a first pass with memory NULL, then handed out -----------
 */

struct carver {
    float *memory;
    size_t used;
};

static float *carve(struct carver *c, size_t rows, size_t width)
{
    float *p = c->memory ? c->memory + c->used : NULL;
    c->used += (rows * width + 15) / 16 * 16;
    return p;
}

static void carve_layer(struct carver *c, const struct nn_config *k, const struct nn_work *w,
                        struct layer_acts *a)
{
    size_t T = (size_t)w->max_tokens, D = (size_t)k->hidden_size;
    size_t padded = ((size_t)w->longest + 7) / 8 * 8;
    a->x = carve(c, T, D);
    a->n1 = carve(c, T, D);
    a->stat1 = carve(c, T, 2);
    a->prob = carve(c, T * padded, (size_t)k->num_attention_heads);
    a->att = carve(c, T, D);
    a->x1 = carve(c, T, D);
    a->n2 = carve(c, T, D);
    a->stat2 = carve(c, T, 2);
    a->up = carve(c, T, (size_t)nn_up_size(k));
    a->act = carve(c, T, (size_t)k->intermediate_size);
}

static void carve_work(struct carver *c, const struct nn_config *k, struct nn_work *w)
{
    size_t T = (size_t)w->max_tokens, D = (size_t)k->hidden_size, I = (size_t)k->intermediate_size;
    for (int32_t i = 0; i < k->num_hidden_layers; i++) {
        if (w->training || i == 0)
            carve_layer(c, k, w, &w->layer[i]);
        else
            w->layer[i] = w->layer[0];
        w->layer[i].qkv = carve(c, T, (size_t)nn_qkv_size(k));
    }
    w->x_last = carve(c, T, D);
    w->hidden = carve(c, T, D);
    w->stat = carve(c, T, 2);
    w->branch = carve(c, T, D);
    w->attention = carve(c, 1, nn_attention_scratch(k, w->longest));
    w->rows = carve(c, 1, linalg_rows_scratch(D > I ? (int)D : (int)I));
    w->position = (int32_t *)carve(c, T, 1);
    if (!w->training)
        return;
    w->dx = carve(c, T, D);
    w->dn = carve(c, T, D);
    w->dqkv = carve(c, T, (size_t)nn_qkv_size(k));
    w->dact = carve(c, T, I);
}

struct nn_work *nn_work_new(const struct nn_layout *layout, int32_t max_tokens, int32_t longest,
                            bool training, struct error *err)
{
    const struct nn_config *k = &layout->config;
    struct nn_work *w = mem_zalloc(1, sizeof *w);
    *w = (struct nn_work){.training = training, .max_tokens = max_tokens, .longest = longest};
    w->layer = mem_zalloc((size_t)k->num_hidden_layers + 1, sizeof *w->layer);
    struct carver c = {0};
    carve_work(&c, k, w);
    w->memory = mem_try_array(c.used, sizeof *w->memory, "activations", err);
    if (!w->memory) {
        nn_work_free(w);
        return NULL;
    }
    c = (struct carver){.memory = w->memory};
    carve_work(&c, k, w);
    return w;
}

void nn_work_free(struct nn_work *w)
{
    if (!w)
        return;
    free(w->layer);
    free(w->memory);
    free(w);
}

float *nn_dhidden(struct nn_work *w)
{
    return w->branch;
}

const float *nn_work_qkv(const struct nn_work *w, int32_t layer)
{
    return w->layer[layer].qkv;
}

/* ---- One pass -------------------------------------------------------------------------------- */

/* What every function of one forward or backward needs. */
struct pass {
    const struct nn *nn;
    const struct nn_config *config;
    const struct nn_batch *batch;
    struct nn_work *work;
    uint64_t seed;
    float *grad;
    int32_t T, D;
};

static struct pass pass_new(const struct nn *nn, const struct nn_batch *batch, uint64_t seed,
                            struct nn_work *work, float *grad)
{
    return (struct pass){nn,
                         &nn->layout.config,
                         batch,
                         work,
                         seed,
                         grad,
                         batch->n_tokens,
                         nn->layout.config.hidden_size};
}

static const float *param(const struct pass *p, ptrdiff_t at)
{
    return at == NN_ABSENT ? NULL : p->nn->param + at;
}

static float *grad(const struct pass *p, ptrdiff_t at)
{
    return at == NN_ABSENT ? NULL : p->grad + at;
}

enum site { SITE_EMBED, SITE_ATTENTION, SITE_BRANCH1, SITE_MLP, SITE_BRANCH2, SITES };

static struct nn_dropout dropout(const struct pass *p, int32_t layer, enum site site)
{
    float rate = site == SITE_ATTENTION ? p->config->attention_dropout : p->config->hidden_dropout;
    return nn_dropout_site(p->seed, (uint64_t)layer * SITES + site, p->work->training ? rate : 0);
}

/* y[T][out] = x[T][in] W[out][in]^T */
static void linear(const struct pass *p, int32_t out, int32_t in, const float *x, ptrdiff_t w,
                   float *y)
{
    if (p->work->training)
        linalg_nt(p->T, out, in, x, in, param(p, w), in, false, y, out);
    else
        linalg_rows_nt(p->T, out, in, x, in, param(p, w), in, y, out, p->work->rows);
}

/* dW += dy^T x; dx = dy W */
static void linear_backward(const struct pass *p, int32_t out, int32_t in, const float *x,
                            const float *dy, ptrdiff_t w, float *dx)
{
    linalg_tn(out, in, p->T, dy, out, x, in, true, grad(p, w), in);
    linalg_nn(p->T, in, out, dy, out, param(p, w), in, false, dx, in);
}

static struct nn_attention attention(const struct pass *p, int32_t at)
{
    return (struct nn_attention){
        .config = p->config,
        .n_sequences = p->batch->n_sequences,
        .start = p->batch->start,
        .drop = dropout(p, at, SITE_ATTENTION),
        .scratch = p->work->attention,
    };
}

/* Rotary positions of q and k, whose heads adjoin. */
static void rope(const struct pass *p, bool backward, float *qkv)
{
    const struct nn_config *c = p->config;
    if (p->nn->rope)
        nn_rope(p->T, c->num_attention_heads + c->num_key_value_heads, nn_head_dim(c),
                p->work->position, p->nn->rope, backward, qkv, nn_qkv_size(c));
}

static void layer_forward(const struct pass *p, int32_t at, float *out)
{
    const struct nn_layer_layout *l = &p->nn->layout.layer[at];
    const struct nn_config *c = p->config;
    struct layer_acts *a = &p->work->layer[at];
    float *branch = p->work->branch;
    nn_norm_forward(c->norm, p->T, p->D, a->x, param(p, l->norm1), param(p, l->norm1_bias),
                    c->norm_eps, a->n1, a->stat1);
    linear(p, nn_qkv_size(c), p->D, a->n1, l->qkv, a->qkv);
    nn_bias_forward(p->T, nn_qkv_size(c), param(p, l->qkv_bias), a->qkv);
    rope(p, false, a->qkv);
    struct nn_attention attend = attention(p, at);
    nn_attention_forward(&attend, a->qkv, a->prob, a->att);
    linear(p, p->D, p->D, a->att, l->out, branch);
    nn_residual_forward(p->T, p->D, a->x, branch, param(p, l->out_bias),
                        dropout(p, at, SITE_BRANCH1), a->x1);
    nn_norm_forward(c->norm, p->T, p->D, a->x1, param(p, l->norm2), param(p, l->norm2_bias),
                    c->norm_eps, a->n2, a->stat2);
    linear(p, nn_up_size(c), p->D, a->n2, l->up, a->up);
    nn_act_forward(c->hidden_act, p->T, c->intermediate_size, a->up, param(p, l->up_bias),
                   dropout(p, at, SITE_MLP), a->act);
    linear(p, p->D, c->intermediate_size, a->act, l->down, branch);
    nn_residual_forward(p->T, p->D, a->x1, branch, param(p, l->down_bias),
                        dropout(p, at, SITE_BRANCH2), out);
}

/* dx, the gradient of the layer's output, becomes that of its input. */
static void layer_backward(const struct pass *p, int32_t at)
{
    const struct nn_layer_layout *l = &p->nn->layout.layer[at];
    const struct nn_config *c = p->config;
    struct nn_work *w = p->work;
    struct layer_acts *a = &w->layer[at];
    /* x'' = x' + dropout(act(norm(x') W_up^T + b_up) W_down^T + b_down) */
    nn_residual_backward(p->T, p->D, w->dx, dropout(p, at, SITE_BRANCH2), w->branch,
                         grad(p, l->down_bias));
    linear_backward(p, p->D, c->intermediate_size, a->act, w->branch, l->down, w->dact);
    nn_act_backward(c->hidden_act, p->T, c->intermediate_size, a->up, w->dact,
                    dropout(p, at, SITE_MLP), a->up, grad(p, l->up_bias));
    linear_backward(p, nn_up_size(c), p->D, a->n2, a->up, l->up, w->dn);
    nn_norm_backward(c->norm, p->T, p->D, a->x1, param(p, l->norm2), a->stat2, w->dn, w->dx,
                     grad(p, l->norm2), grad(p, l->norm2_bias));
    /* x' = x + dropout(attention(norm(x)) W_o^T + b_o) */
    nn_residual_backward(p->T, p->D, w->dx, dropout(p, at, SITE_BRANCH1), w->branch,
                         grad(p, l->out_bias));
    linear_backward(p, p->D, p->D, a->att, w->branch, l->out, w->dn);
    struct nn_attention attend = attention(p, at);
    nn_attention_backward(&attend, a->qkv, a->prob, w->dn, w->dqkv);
    rope(p, true, w->dqkv);
    nn_bias_backward(p->T, nn_qkv_size(c), w->dqkv, grad(p, l->qkv_bias));
    linear_backward(p, nn_qkv_size(c), p->D, a->n1, w->dqkv, l->qkv, w->dn);
    nn_norm_backward(c->norm, p->T, p->D, a->x, param(p, l->norm1), a->stat1, w->dn, w->dx,
                     grad(p, l->norm1), grad(p, l->norm1_bias));
}

static void number_positions(const struct nn_batch *batch, int32_t *position)
{
    for (int32_t s = 0; s < batch->n_sequences; s++) {
        for (int32_t i = batch->start[s]; i < batch->start[s + 1]; i++)
            position[i] = i - batch->start[s];
    }
}

const float *nn_forward(const struct nn *nn, const struct nn_batch *batch, uint64_t dropout_seed,
                        struct nn_work *work)
{
    struct pass p = pass_new(nn, batch, dropout_seed, work, NULL);
    const struct nn_layout *l = &nn->layout;
    int32_t layers = p.config->num_hidden_layers;
    number_positions(batch, work->position);
    nn_embed_forward(p.T, p.D, batch->token, work->position, param(&p, l->embed),
                     param(&p, l->position), dropout(&p, layers, SITE_EMBED),
                     layers ? work->layer[0].x : work->x_last);
    for (int32_t i = 0; i < layers; i++)
        layer_forward(&p, i, i + 1 < layers ? work->layer[i + 1].x : work->x_last);
    nn_norm_forward(p.config->norm, p.T, p.D, work->x_last, param(&p, l->norm),
                    param(&p, l->norm_bias), p.config->norm_eps, work->hidden, work->stat);
    return work->hidden;
}

void nn_backward(const struct nn *nn, const struct nn_batch *batch, uint64_t dropout_seed,
                 struct nn_work *work, float *gradient)
{
    struct pass p = pass_new(nn, batch, dropout_seed, work, gradient);
    const struct nn_layout *l = &nn->layout;
    int32_t layers = p.config->num_hidden_layers;
    memset(work->dx, 0, (size_t)p.T * (size_t)p.D * sizeof *work->dx);
    nn_norm_backward(p.config->norm, p.T, p.D, work->x_last, param(&p, l->norm), work->stat,
                     work->branch, work->dx, grad(&p, l->norm), grad(&p, l->norm_bias));
    for (int32_t i = layers - 1; i >= 0; i--)
        layer_backward(&p, i);
    nn_embed_backward(p.T, p.D, batch->token, work->position, work->dx,
                      dropout(&p, layers, SITE_EMBED), grad(&p, l->embed), grad(&p, l->position));
}
