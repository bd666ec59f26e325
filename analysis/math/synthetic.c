/* Draws from a Zipf law in O(1): Walker's alias table (A. J. Walker 1977, built as Vose 1991). */
#include "analysis/math/synthetic.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "storage/base/mem.h"

enum { STREAM_CORPUS = 0x5e9, STREAM_RECS = 0x5ea }; /* purposes of random streams */
enum { USERS_PER_CHUNK = 1024 };

struct alias {
    uint32_t *keep; /* [n] of 2^32: how often the cell gives its own item */
    int32_t *other; /* [n] what it gives else */
    int32_t n;
};

static void alias_release(struct alias *a)
{
    free(a->keep);
    free(a->other);
}

/* weight[] (sum: total) is used up; order[] is scratch. */
static void alias_fill(struct alias *a, double *weight, double total, int32_t *order)
{
    int32_t small = 0, large = a->n; /* order: light cells from the left, heavy from the right */
    for (int32_t i = 0; i < a->n; i++) {
        weight[i] *= a->n / total;
        a->keep[i] = UINT32_MAX;
        a->other[i] = i;
        if (weight[i] < 1)
            order[small++] = i;
        else
            order[--large] = i;
    }
    while (small > 0 && large < a->n) {
        int32_t light = order[--small], heavy = order[large];
        a->keep[light] = (uint32_t)(weight[light] * 4294967295.0);
        a->other[light] = heavy;
        weight[heavy] -= 1 - weight[light];
        if (weight[heavy] < 1) {
            large++;
            order[small++] = heavy;
        }
    }
}

static bool alias_zipf(struct alias *a, int32_t n, double skew, struct error *err)
{
    *a = (struct alias){.n = n};
    a->keep = mem_try_array((size_t)n, sizeof *a->keep, "Zipf table", err);
    a->other = mem_try_array((size_t)n, sizeof *a->other, "Zipf table", err);
    double *weight = mem_try_array((size_t)n, sizeof *weight, "Zipf table", err);
    int32_t *order = mem_try_array((size_t)n, sizeof *order, "Zipf table", err);
    bool ok = a->keep && a->other && weight && order;
    if (ok) {
        double total = 0;
        for (int32_t i = 0; i < n; i++)
            total += weight[i] = pow(i + 1, -skew);
        alias_fill(a, weight, total, order);
    } else {
        alias_release(a);
    }
    free(weight);
    free(order);
    return ok;
}

static inline int32_t alias_draw(const struct alias *a, struct rng *rng)
{
    uint64_t r = rng_next(rng);
    int32_t cell = (int32_t)((r >> 32) * (uint64_t)a->n >> 32);
    return (uint32_t)r <= a->keep[cell] ? cell : a->other[cell];
}

struct draws {
    const struct synthetic *s;
    struct alias alias;
    int32_t depth; /* items a user */
    bool distinct;
    uint64_t purpose;
    int32_t *out;
};

static bool is_among(const int32_t *items, int32_t n, int32_t v)
{
    for (int32_t i = 0; i < n; i++)
        if (items[i] == v)
            return true;
    return false;
}

static bool draw_users(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    const struct draws *d = context;
    (void)worker, (void)err;
    for (int64_t user = begin; user < end; user++) {
        struct rng rng = rng_new(d->s->seed, rng_stream(d->purpose, (uint64_t)user));
        int32_t *row = d->out + user * d->depth;
        for (int32_t i = 0; i < d->depth; i++)
            do
                row[i] = alias_draw(&d->alias, &rng);
            while (d->distinct && is_among(row, i, row[i]));
    }
    return true;
}

static bool draw_all(struct draws *d, struct error *err)
{
    if (!alias_zipf(&d->alias, d->s->n_items, d->s->skew, err))
        return false;
    bool ok = parallel_for(d->s->n_users, USERS_PER_CHUNK, draw_users, d, NULL, "drawing items",
                           "users", err);
    alias_release(&d->alias);
    return ok;
}

bool synthetic_corpus(const struct synthetic *s, struct corpus *out, struct error *err)
{
    size_t n_users = (size_t)s->n_users, n = n_users * (size_t)s->length;
    int64_t *offset = mem_try_array(n_users + 1, sizeof *offset, "synthetic corpus", err);
    int32_t *item = mem_try_array(n, sizeof *item, "synthetic corpus", err);
    struct draws d = {.s = s, .depth = s->length, .purpose = STREAM_CORPUS, .out = item};
    if (!offset || !item || !draw_all(&d, err)) {
        free(offset);
        free(item);
        return false;
    }
    for (size_t u = 0; u <= n_users; u++)
        offset[u] = (int64_t)u * s->length;
    *out = (struct corpus){s->n_users, s->n_items, offset, item};
    return true;
}

bool synthetic_recs(const struct synthetic *s, int32_t depth, int32_t *lists, struct error *err)
{
    struct draws d = {
        .s = s, .depth = depth, .distinct = true, .purpose = STREAM_RECS, .out = lists};
    return draw_all(&d, err);
}

void synthetic_release(struct corpus *corpus)
{
    free((void *)corpus->offset);
    free((void *)corpus->item);
    *corpus = (struct corpus){0};
}
