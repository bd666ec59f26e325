#include "analysis/label/nulls.h"

#include <math.h>

#include "analysis/label/nulls_internal.h"
#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "storage/base/mem.h"

/* What a stream of randomness is for; the numbers must not change, or stored figures would. */
enum { STREAM_PERMUTATION = 0x5e1f, STREAM_POPULARITY = 0x9099 };

double null_excess(double observed, const struct interval *null)
{
    return observed - null->mean;
}

double null_lift(double observed, const struct interval *null)
{
    return null->mean > 0 ? observed / null->mean : (double)NAN;
}

/* ---- keyed bijections ---- */

struct permutation permutation_new(uint64_t seed, uint64_t replicate, int64_t n)
{
    struct permutation p = {.n = (uint64_t)n};
    int bits = PERMUTATION_BITS_MIN;
    while (bits < 62 && ((uint64_t)1 << bits) < p.n)
        bits++;
    p.low_bits = bits / 2;
    p.low_mask = ((uint64_t)1 << p.low_bits) - 1;
    p.high_mask = ((uint64_t)1 << (bits - p.low_bits)) - 1;
    uint64_t stream = rng_stream(STREAM_PERMUTATION, replicate);
    for (int i = 0; i < PERMUTATION_ROUNDS; i++)
        p.key[i] = rng_at(seed, stream, (uint64_t)i);
    return p;
}

static inline uint64_t scramble(uint64_t x, uint64_t key)
{
    x = (x ^ key) * 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 32) * 0xD6E8FEB86659FD93u;
    return x >> 32;
}

int64_t permutation_at(const struct permutation *p, int64_t at)
{
    uint64_t x = (uint64_t)at;
    do {
        uint64_t low = x & p->low_mask, high = x >> p->low_bits;
        for (int i = 0; i < PERMUTATION_ROUNDS; i += 2) {
            high ^= scramble(low, p->key[i]) & p->high_mask;
            low ^= scramble(high, p->key[i + 1]) & p->low_mask;
        }
        x = high << p->low_bits | low;
    } while (x >= p->n);
    return (int64_t)x;
}

/* ---- draws in proportion to popularity ---- */

/* Walker's alias method (Vose, 1991): one draw is one table entry, taken or replaced. */
bool sampler_new(const int64_t *pop, int32_t n_items, struct sampler *out, struct error *err)
{
    size_t n = (size_t)n_items;
    *out = (struct sampler){.n_items = n_items, .pop = pop};
    out->take = mem_try_array(n, sizeof *out->take, "popularity draws", err);
    out->alias = mem_try_array(n, sizeof *out->alias, "popularity draws", err);
    int32_t *queue = mem_try_array(n, sizeof *queue, "popularity draws", err);
    if (!out->take || !out->alias || !queue) {
        free(queue);
        sampler_release(out);
        return false;
    }
    for (int32_t i = 0; i < n_items; i++) {
        out->total += pop[i];
        out->n_positive += pop[i] > 0;
    }
    /* Items with less than their share queue from the front, the others from the back. */
    int32_t small = 0, large = n_items;
    for (int32_t i = 0; i < n_items; i++) {
        out->alias[i] = i;
        out->take[i] = out->total > 0 ? (double)pop[i] / (double)out->total * (double)n_items : 1.0;
        queue[out->take[i] < 1.0 ? small++ : --large] = i;
    }
    for (int32_t next = 0; next < small && large < n_items; next++) {
        int32_t giver = queue[large], taker = queue[next];
        out->alias[taker] = giver;
        out->take[giver] -= 1.0 - out->take[taker];
        if (out->take[giver] < 1.0) {
            queue[small++] = giver; /* small == large before, so this is the giver's own place */
            large++;
        }
    }
    free(queue);
    return true;
}

void sampler_release(struct sampler *s)
{
    free(s->take);
    free(s->alias);
    *s = (struct sampler){0};
}

__extension__ typedef unsigned __int128 wide;

static bool holds(const int32_t *item, int32_t n, int32_t v)
{
    for (int32_t i = 0; i < n; i++) {
        if (item[i] == v)
            return true;
    }
    return false;
}

/* One item outside item[0..n-1] in proportion to pop, by walking the catalogue. */
static int32_t draw_remaining(const struct sampler *s, struct rng *rng, const int32_t *item,
                              int32_t n)
{
    int64_t total = s->total;
    for (int32_t i = 0; i < n; i++)
        total -= s->pop[item[i]];
    int64_t left = (int64_t)rng_below(rng, (uint64_t)total);
    for (int32_t v = 0; v < s->n_items; v++) {
        if (holds(item, n, v))
            continue;
        left -= s->pop[v];
        if (left < 0)
            return v;
    }
    return RECS_NONE; /* not reached: left < the sum of what was walked */
}

int32_t sampler_draw(const struct sampler *s, struct rng *rng, int32_t k, int32_t *item)
{
    enum { TRIES = 32 }; /* after that, most of the popularity is already drawn */
    int32_t n = 0;
    while (n < k && n < s->n_positive) {
        int32_t v = RECS_NONE;
        for (int t = 0; t < TRIES && v < 0; t++) {
            /* One draw of 64 bits: the place is the whole part of its product with the number of
             * items, and the fraction is what is left for the choice. */
            wide product = (wide)rng_next(rng) * (uint64_t)s->n_items;
            int32_t place = (int32_t)(product >> 64);
            double fraction = (double)(uint64_t)product * 0x1p-64;
            int32_t drawn = fraction < s->take[place] ? place : s->alias[place];
            v = s->pop[drawn] == 0 || holds(item, n, drawn) ? RECS_NONE : drawn;
        }
        if (v < 0)
            v = draw_remaining(s, rng, item, n);
        item[n++] = v;
    }
    return n;
}

/* ---- one-hop: shuffle and popularity ---- */

enum { CASES_CHUNK = 64 };

struct tally {
    int64_t *hits[2];      /* [replicates] shuffle, popularity */
    int64_t *reachable[2]; /* [replicates] */
};

struct onehop_null {
    const struct onehop *o;
    const struct case_list *cases;
    const struct recs *recs;
    int32_t k; /* slots looked at */
    int replicates;
    uint64_t seed;
    struct sampler sampler;
    struct permutation *permutation; /* [replicates] */
    struct onehop_scratch **scratch; /* per worker */
    struct tally *tally;             /* per worker */
};

static int32_t target_of(const struct onehop_null *g, int64_t c)
{
    return corpus_sequence(g->o->training.corpus, g->cases->user[c])[g->cases->position[c]];
}

static void shuffle_case(const struct onehop_null *g, const struct onehop_scratch *s, int64_t c,
                         struct tally *tally)
{
    for (int r = 0; r < g->replicates; r++) {
        int64_t other = permutation_at(&g->permutation[r], c);
        tally->reachable[0][r] += onehop_has(s, target_of(g, other));
        if (g->recs)
            tally->hits[0][r] += onehop_hits(s, recs_row(g->recs, other), g->k);
    }
}

static void popularity_case(const struct onehop_null *g, const struct onehop_scratch *s, int64_t c,
                            struct tally *tally)
{
    int32_t item[RECS_DEPTH];
    for (int r = 0; r < g->replicates; r++) {
        struct rng rng =
            rng_new(g->seed, rng_stream(rng_stream(STREAM_POPULARITY, (uint64_t)r), (uint64_t)c));
        /* The first of k distinct draws is one draw: it stands for the target. */
        int32_t n = sampler_draw(&g->sampler, &rng, g->recs ? g->k : 1, item);
        tally->reachable[1][r] += n > 0 && onehop_has(s, item[0]);
        for (int32_t i = 0; g->recs && i < n; i++)
            tally->hits[1][r] += onehop_has(s, item[i]);
    }
}

static bool null_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct onehop_null *g = context;
    if (!g->scratch[worker])
        g->scratch[worker] = onehop_scratch_new(g->o, err);
    struct onehop_scratch *s = g->scratch[worker];
    if (!s)
        return false;
    for (int64_t c = begin; c < end; c++) {
        int32_t user = g->cases->user[c];
        onehop_load(g->o, s, user, corpus_sequence(g->o->training.corpus, user),
                    g->cases->position[c]);
        shuffle_case(g, s, c, &g->tally[worker]);
        popularity_case(g, s, c, &g->tally[worker]);
    }
    return true;
}

/* The interval over replicates of (sum over workers) / denominator; NAN for a denominator of 0. */
static struct interval summarise(const struct onehop_null *g, int n_workers, bool hits, int null)
{
    double denominator = (double)g->cases->n * (hits ? g->o->definition.k : 1);
    if (denominator <= 0 || (hits && !g->recs))
        return (struct interval){(double)NAN, (double)NAN, (double)NAN};
    double *value = mem_zalloc((size_t)g->replicates, sizeof *value);
    for (int r = 0; r < g->replicates; r++) {
        int64_t sum = 0;
        for (int w = 0; w < n_workers; w++)
            sum += (hits ? g->tally[w].hits : g->tally[w].reachable)[null][r];
        value[r] = (double)sum / denominator;
    }
    struct interval out = stats_interval(value, g->replicates);
    free(value);
    return out;
}

static void prepare(struct onehop_null *g, int n_workers)
{
    size_t replicates = (size_t)g->replicates;
    g->scratch = mem_zalloc((size_t)n_workers, sizeof *g->scratch);
    g->tally = mem_zalloc((size_t)n_workers, sizeof *g->tally);
    for (int w = 0; w < n_workers; w++) {
        for (int null = 0; null < 2; null++) {
            g->tally[w].hits[null] = mem_zalloc(replicates, sizeof(int64_t));
            g->tally[w].reachable[null] = mem_zalloc(replicates, sizeof(int64_t));
        }
    }
    g->permutation = mem_zalloc(replicates, sizeof *g->permutation);
    for (int r = 0; r < g->replicates; r++)
        g->permutation[r] = permutation_new(g->seed, (uint64_t)r, g->cases->n);
}

static void dispose(struct onehop_null *g, int n_workers)
{
    for (int w = 0; w < n_workers; w++) {
        onehop_scratch_free(g->scratch[w]);
        for (int null = 0; null < 2; null++) {
            free(g->tally[w].hits[null]);
            free(g->tally[w].reachable[null]);
        }
    }
    free(g->scratch);
    free(g->tally);
    free(g->permutation);
    sampler_release(&g->sampler);
}

bool onehop_nulls(const struct onehop *o, const struct case_list *cases, const struct recs *recs,
                  const struct null_options *options, struct onehop_nulls *out,
                  struct progress *progress, struct error *err)
{
    int n_workers = parallel_threads();
    struct onehop_null g = {.o = o, .cases = cases, .recs = recs, .seed = options->seed};
    g.replicates = options->replicates > 0 ? options->replicates : NULL_REPLICATES;
    g.k = recs && recs->depth < o->definition.k ? recs->depth : o->definition.k;
    if (!sampler_new(o->edges->pop, o->edges->n_items, &g.sampler, err))
        return false;
    prepare(&g, n_workers);
    struct onehop_nulls made;
    bool ok = parallel_for(cases->n, CASES_CHUNK, null_chunk, &g, progress,
                           "shuffle and popularity nulls", "cases", err);
    if (ok) {
        made.ratio_shuffle = summarise(&g, n_workers, true, 0);
        made.ratio_popularity = summarise(&g, n_workers, true, 1);
        made.reachable_shuffle = summarise(&g, n_workers, false, 0);
        made.reachable_popularity = summarise(&g, n_workers, false, 1);
    }
    dispose(&g, n_workers);
    ok = ok && degree_null(o, cases, recs, g.replicates, g.seed, &made, progress, err);
    if (ok)
        *out = made;
    return ok;
}
