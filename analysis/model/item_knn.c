#include "analysis/model/item_knn.h"

#include <math.h>
#include <string.h>

#include "analysis/math/parallel.h"
#include "analysis/model/flat.h"
#include "storage/base/mem.h"

struct build {
    struct item_knn *knn;
    struct flat flat;
    int64_t *start; /* [n_items+1] occurrences of each item: slot[start[x]] .. slot[start[x+1]-1] */
    uint32_t *slot;
    struct scratch scratch[PARALLEL_MAX]; /* one per worker, made on first use */
};

static bool list_occurrences(struct build *b, struct error *err)
{
    int32_t n_items = b->knn->n_items;
    b->start = mem_try_array((size_t)n_items + 1, sizeof *b->start, "item-knn", err);
    int64_t *next = mem_try_array((size_t)n_items + 1, sizeof *next, "item-knn", err);
    if (b->start && next) {
        b->start[0] = 0;
        for (int32_t x = 0; x < n_items; x++)
            b->start[x + 1] = b->start[x] + b->knn->pop[x];
        memcpy(next, b->start, ((size_t)n_items + 1) * sizeof *next);
        b->slot = mem_try_array((size_t)b->start[n_items], sizeof *b->slot, "item-knn", err);
        for (int64_t i = 0; b->slot && i < b->flat.n; i++)
            if (b->flat.item[i] != FLAT_END)
                b->slot[next[b->flat.item[i]]++] = (uint32_t)i;
    }
    free(next);
    return b->slot != NULL;
}

static void meet(struct scratch *s, int32_t y)
{
    if (s->count[y]++ == 0)
        s->touched[s->n_touched++] = y;
}

/* Counts every pair of positions around the occurrences of x into the scratch. */
static void gather(const struct build *b, int32_t x, struct scratch *s)
{
    int window = b->knn->window;
    for (int64_t o = b->start[x]; o < b->start[x + 1]; o++) {
        const int32_t *at = b->flat.item + b->slot[o];
        for (int d = 1; d <= window && at[-d] != FLAT_END; d++)
            meet(s, at[-d]);
        for (int d = 1; d <= window && at[d] != FLAT_END; d++)
            meet(s, at[d]);
    }
}

/* Writes row x, or only counts it while there is no room for rows yet. Clears the scratch. */
static int64_t take_row(const struct build *b, int32_t x, struct scratch *s)
{
    const struct item_knn *knn = b->knn;
    int64_t n = 0, to = knn->item ? knn->offset[x] : 0;
    for (int32_t i = 0; i < s->n_touched; i++) {
        int32_t y = s->touched[i];
        if (y != x) {
            if (knn->item) {
                knn->item[to + n] = y;
                knn->co[to + n] = s->count[y];
            }
            n++;
        }
        s->count[y] = 0;
    }
    s->n_touched = 0;
    return n;
}

static bool build_rows(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct build *b = context;
    struct scratch *s = &b->scratch[worker];
    if (!s->mark && !scratch_init(s, b->knn->n_items, err))
        return false;
    for (int64_t x = begin; x < end; x++) {
        gather(b, (int32_t)x, s);
        int64_t n = take_row(b, (int32_t)x, s);
        if (!b->knn->item)
            b->knn->offset[x + 1] = n;
    }
    return true;
}

static bool build_all(struct build *b, struct progress *progress, struct error *err)
{
    struct item_knn *knn = b->knn;
    if (!list_occurrences(b, err))
        return false;
    knn->offset = mem_try_zarray((size_t)knn->n_items + 1, sizeof *knn->offset, "item-knn", err);
    if (!knn->offset || !parallel_for(knn->n_items, 64, build_rows, b, progress,
                                      "counting neighbours", "items", err))
        return false;
    for (int32_t x = 0; x < knn->n_items; x++)
        knn->offset[x + 1] += knn->offset[x];
    size_t pairs = (size_t)knn->offset[knn->n_items];
    knn->co = mem_try_array(pairs, sizeof *knn->co, "item-knn neighbours", err);
    knn->item =
        knn->co ? mem_try_array(pairs, sizeof *knn->item, "item-knn neighbours", err) : NULL;
    return knn->item &&
           parallel_for(knn->n_items, 64, build_rows, b, progress, "item-knn", "items", err);
}

bool item_knn_build(const struct training *training, const int64_t *pop, int window,
                    struct progress *progress, struct item_knn *out, struct error *err)
{
    *out = (struct item_knn){.n_items = training->corpus->n_items, .window = window, .pop = pop};
    struct build *b = mem_zalloc(1, sizeof *b);
    b->knn = out;
    bool done = flat_build(training, &b->flat, err) && build_all(b, progress, err);
    for (int i = 0; i < PARALLEL_MAX; i++)
        scratch_release(&b->scratch[i]);
    flat_release(&b->flat);
    free(b->start);
    free(b->slot);
    free(b);
    if (!done)
        item_knn_release(out);
    return done;
}

void item_knn_release(struct item_knn *knn)
{
    free(knn->offset);
    free(knn->item);
    free(knn->co);
    *knn = (struct item_knn){0};
}

static void add_to(struct scratch *s, int32_t y, double similarity)
{
    if (!(s->score[y] > 0))
        s->touched[s->n_touched++] = y;
    s->score[y] += similarity;
}

static void score_row(const struct item_knn *knn, int32_t x, struct scratch *s)
{
    double pop = (double)knn->pop[x];
    for (int64_t i = knn->offset[x]; i < knn->offset[x + 1]; i++) {
        int32_t y = knn->item[i];
        add_to(s, y, knn->co[i] / sqrt(pop * (double)knn->pop[y]));
    }
}

/* less[y] += (or -=) pairs of x and y in the absent user's own sequence. */
static void count_pairs(const struct absent *absent, int window, int32_t x, int32_t *less)
{
    for (int32_t i = 0; i < absent->n; i++) {
        if (absent->sequence[i] != x)
            continue;
        int32_t from = i < window ? 0 : i - window;
        int32_t to = absent->n - i <= window ? absent->n : i + window + 1;
        for (int32_t j = from; j < to; j++)
            less[absent->sequence[j]]++;
    }
}

static void score_row_without(const struct item_knn *knn, const struct absent *absent, int32_t x,
                              struct scratch *s)
{
    int32_t own = absent_count(absent, x);
    if (own > 0)
        count_pairs(absent, knn->window, x, s->count);
    double pop = (double)(knn->pop[x] - own);
    for (int64_t i = knn->offset[x]; i < knn->offset[x + 1]; i++) {
        int32_t y = knn->item[i], co = knn->co[i] - s->count[y];
        if (co > 0)
            add_to(s, y, co / sqrt(pop * (double)(knn->pop[y] - absent_count(absent, y))));
    }
    for (int32_t i = 0; own > 0 && i < absent->n; i++)
        s->count[absent->sequence[i]] = 0;
}

void item_knn_score(const struct item_knn *knn, const struct absent *absent, const int32_t *history,
                    int32_t n, struct scratch *s)
{
    int32_t distinct = 0, *once = s->distinct; /* count[] marks what was seen, for the moment */
    for (int32_t i = 0; i < n; i++)
        if (s->count[history[i]]++ == 0)
            once[distinct++] = history[i];
    for (int32_t i = 0; i < distinct; i++)
        s->count[once[i]] = 0;
    for (int32_t i = 0; i < distinct; i++) {
        if (absent)
            score_row_without(knn, absent, once[i], s);
        else
            score_row(knn, once[i], s);
    }
}

void item_knn_clear(struct scratch *s)
{
    for (int32_t i = 0; i < s->n_touched; i++)
        s->score[s->touched[i]] = 0;
    s->n_touched = 0;
}

void item_knn_add(const struct item_knn *knn, const struct absent *absent, const int32_t *history,
                  int32_t n, struct list *list)
{
    struct scratch *s = list->scratch;
    item_knn_score(knn, absent, history, n, s);
    struct topk best = topk_new(s->best, list->k - list->n);
    for (int32_t i = 0; i < s->n_touched; i++) {
        int32_t v = s->touched[i];
        if (!list_masks(list, v))
            topk_push_weighted(&best, (double)(float)s->score[v],
                               knn->pop[v] - absent_count(absent, v), v);
    }
    item_knn_clear(s);
    topk_sort(&best);
    for (int32_t i = 0; i < best.n; i++)
        list_add(list, best.entry[i].index, best.entry[i].score);
}
