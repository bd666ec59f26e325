/* AdamW over pieces of tensors. Contract in adamw.h. */
#include "analysis/train/adamw.h"

#include <math.h>

#include "analysis/math/parallel.h"
#include "analysis/math/simd.h"
#include "storage/base/mem.h"

enum { PIECE = 16384 };

struct adamw_piece {
    size_t begin, end;
    bool decays;
    int32_t tensor;
};

static size_t tensor_end(const struct nn_layout *l, int32_t i)
{
    return i + 1 < l->n_tensors ? l->tensor[i + 1].offset : l->n_params;
}

/* Counts the pieces when adam->piece is NULL, else writes them. */
static int32_t cut(struct adamw *adam)
{
    const struct nn_layout *l = adam->layout;
    int32_t n = 0;
    for (int32_t i = 0; i < l->n_tensors; i++) {
        size_t end = tensor_end(l, i);
        for (size_t at = l->tensor[i].offset; at < end; at += PIECE, n++) {
            if (adam->piece)
                adam->piece[n] = (struct adamw_piece){at, at + PIECE < end ? at + PIECE : end,
                                                      l->tensor[i].cols > 0, i};
        }
    }
    return n;
}

bool adamw_init(struct adamw *adam, const struct nn_layout *layout,
                const struct adamw_options *options, struct error *err)
{
    *adam = (struct adamw){.options = *options, .layout = layout};
    adam->n_pieces = cut(adam);
    size_t pieces = (size_t)adam->n_pieces;
    adam->piece = mem_try_array(pieces, sizeof *adam->piece, "optimizer", err);
    adam->square = mem_try_zarray(pieces, sizeof *adam->square, "optimizer", err);
    adam->m = mem_try_zarray(layout->n_params, sizeof *adam->m, "optimizer moments", err);
    adam->v = mem_try_zarray(layout->n_params, sizeof *adam->v, "optimizer moments", err);
    if (!adam->piece || !adam->square || !adam->m || !adam->v) {
        adamw_release(adam);
        return false;
    }
    cut(adam);
    return true;
}

void adamw_release(struct adamw *adam)
{
    free(adam->piece);
    free(adam->square);
    free(adam->m);
    free(adam->v);
    *adam = (struct adamw){0};
}

struct update {
    struct adamw *adam;
    float *param;
    float *const *grad;
    int32_t n_groups;
    float scale, rate, correct1, correct2; /* 1/(1-b1^t), 1/(1-b2^t) */
};

SIMD_CLONES
static void add_groups(size_t n, size_t at, float *const *grad, int32_t n_groups)
{
    float *sum = grad[0] + at;
    for (int32_t g = 1; g < n_groups; g++) {
        const float *x = grad[g] + at;
        for (size_t i = 0; i < n; i++)
            sum[i] += x[i];
    }
}

static bool sum_pieces(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker, (void)err;
    struct update *u = context;
    for (int64_t k = begin; k < end; k++) {
        const struct adamw_piece *p = &u->adam->piece[k];
        add_groups(p->end - p->begin, p->begin, u->grad, u->n_groups);
        double square[4] = {0};
        size_t i = p->begin;
        for (; i + 4 <= p->end; i += 4) {
            for (size_t l = 0; l < 4; l++)
                square[l] += (double)u->grad[0][i + l] * (double)u->grad[0][i + l];
        }
        for (; i < p->end; i++)
            square[0] += (double)u->grad[0][i] * (double)u->grad[0][i];
        u->adam->square[k] = (square[0] + square[2]) + (square[1] + square[3]);
    }
    return true;
}

SIMD_CLONES
static void update_piece(const struct update *u, const struct adamw_piece *p)
{
    const struct adamw_options *o = &u->adam->options;
    float b1 = o->beta1, b2 = o->beta2, eps = o->eps, c1 = u->correct1, c2 = u->correct2;
    float decay = p->decays ? o->weight_decay : 0.0f, rate = u->rate, scale = u->scale;
    float *param = u->param, *m = u->adam->m, *v = u->adam->v;
    const float *grad = u->grad[0];
    for (size_t i = p->begin; i < p->end; i++) {
        float g = grad[i] * scale;
        m[i] = b1 * m[i] + (1.0f - b1) * g;
        v[i] = b2 * v[i] + (1.0f - b2) * g * g;
        param[i] -= rate * (m[i] * c1 / (__builtin_sqrtf(v[i] * c2) + eps) + decay * param[i]);
    }
}

static bool update_pieces(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker, (void)err;
    struct update *u = context;
    for (int64_t k = begin; k < end; k++)
        update_piece(u, &u->adam->piece[k]);
    return true;
}

static bool not_finite(const struct adamw *adam, struct error *err)
{
    int32_t k = 0;
    while (k + 1 < adam->n_pieces && isfinite(adam->square[k]))
        k++;
    return error_set(err, ERROR_STATE,
                     "training: the gradient of %s is not a number at step %lld; try a lower "
                     "learning rate",
                     adam->layout->tensor[adam->piece[k].tensor].name, (long long)adam->step + 1);
}

bool adamw_step(struct adamw *adam, float *param, float *const *grad, int32_t n_groups, float rate,
                double *norm, struct error *err)
{
    const struct adamw_options *o = &adam->options;
    struct update u = {
        .adam = adam, .param = param, .grad = grad, .n_groups = n_groups, .rate = rate};
    if (!parallel_for(adam->n_pieces, 4, sum_pieces, &u, NULL, "", "", err))
        return false;
    double square = 0;
    for (int32_t k = 0; k < adam->n_pieces; k++)
        square += adam->square[k];
    if (!isfinite(square))
        return not_finite(adam, err);
    double length = sqrt(square);
    if (norm)
        *norm = length;
    adam->step++;
    u.scale = o->clip > 0 && length > (double)o->clip ? (float)((double)o->clip / length) : 1.0f;
    u.correct1 = (float)(1.0 / (1.0 - pow((double)o->beta1, (double)adam->step)));
    u.correct2 = (float)(1.0 / (1.0 - pow((double)o->beta2, (double)adam->step)));
    return parallel_for(adam->n_pieces, 4, update_pieces, &u, NULL, "", "", err);
}
