/* Draws from a Zipf law in O(1): Walker's alias table (A. J. Walker 1977, built as Vose 1991). */
#include "analysis/math/synthetic.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "storage/base/mem.h"

enum {
    STREAM_CORPUS = 0x5e9,
    STREAM_RECS = 0x5ea,
    STREAM_LENGTHS = 0x5eb
}; /* purposes of random streams */
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
    const int64_t *offset; /* [users+1] of each user's items, or NULL: */
    int32_t depth;         /* items a user */
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
        int64_t begin_row = d->offset ? d->offset[user] : user * d->depth;
        int64_t n = d->offset ? d->offset[user + 1] - begin_row : d->depth;
        int32_t *row = d->out + begin_row;
        for (int32_t i = 0; i < (int32_t)n; i++)
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

/* The number of items of a user in a corpus of varied lengths. */
static int32_t varied_length(const struct synthetic *s, int64_t user)
{
    enum { LEAST = 5, MOST = 50 };
    struct rng rng = rng_new(s->seed, rng_stream(STREAM_LENGTHS, (uint64_t)user));
    double more = (double)s->length - LEAST, go_on = more > 0 ? more / (1 + more) : 0;
    int32_t n = LEAST;
    while (n < MOST && rng_uniform(&rng) < go_on)
        n++;
    return n;
}

/* offset[] is where each user's items begin when all are drawn one after another. */
static void lay_out(const struct synthetic *s, int64_t *offset)
{
    offset[0] = 0;
    for (int64_t u = 0; u < s->n_users; u++)
        offset[u + 1] = offset[u] + (s->varied ? varied_length(s, u) : s->length);
}

bool synthetic_corpus(const struct synthetic *s, struct corpus *out, struct error *err)
{
    size_t n_users = (size_t)s->n_users;
    int64_t *offset = mem_try_array(n_users + 1, sizeof *offset, "synthetic corpus", err);
    if (offset)
        lay_out(s, offset);
    int32_t *item =
        offset ? mem_try_array((size_t)offset[n_users], sizeof *item, "synthetic corpus", err)
               : NULL;
    struct draws d = {.s = s, .offset = offset, .purpose = STREAM_CORPUS, .out = item};
    if (!item || !draw_all(&d, err)) {
        free(offset);
        free(item);
        return false;
    }
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
