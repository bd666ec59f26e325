#include "analysis/label/token_prefix.h"

#include <string.h>

#include "storage/base/mem.h"

/* Pairs of prefixes of one length. Items in lexicographic order of their ids have the items of a
 * prefix next to each other, for every length, so numbers ascend along that order. */
struct level {
    int32_t n_prefixes;
    int32_t *prefix;  /* [n_items] number of the item's prefix, -1: no id */
    int64_t *offset;  /* [n_prefixes+1] */
    int32_t *next;    /* prefixes that follow, ascending */
    int64_t *support; /* training pairs of each */
    size_t cap_next, cap_support;
};

struct token_index {
    int32_t n_items, n_levels, n_with;
    int32_t n_shared_ids, n_shared_items;
    struct level *level; /* [n_levels] */
    int32_t *order;      /* [n_with] items with an id, lexicographic */
    uint8_t *shared;     /* [n_items] */
};

struct id_order {
    const int32_t *semid;
    int32_t levels;
};

static int by_id(const void *a, const void *b, void *context)
{
    const struct id_order *o = context;
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    const int32_t *id_x = o->semid + (int64_t)x * o->levels;
    const int32_t *id_y = o->semid + (int64_t)y * o->levels;
    for (int32_t l = 0; l < o->levels; l++) {
        if (id_x[l] != id_y[l])
            return id_x[l] < id_y[l] ? -1 : 1;
    }
    return x < y ? -1 : x > y;
}

static bool order_items(struct token_index *t, const int32_t *semid, struct error *err)
{
    struct id_order o = {semid, t->n_levels};
    t->order = mem_try_array((size_t)t->n_items, sizeof *t->order, "items by semantic id", err);
    if (!t->order)
        return false;
    for (int32_t i = 0; i < t->n_items; i++) {
        if (semid[(int64_t)i * t->n_levels] >= 0)
            t->order[t->n_with++] = i;
    }
    qsort_r(t->order, (size_t)t->n_with, sizeof *t->order, by_id, &o);
    return true;
}

/* Whether places at-1 and at of the order share their first n tokens. */
static bool same_prefix(const struct token_index *t, const int32_t *semid, int32_t at, int32_t n)
{
    const int32_t *a = semid + (int64_t)t->order[at - 1] * t->n_levels;
    const int32_t *b = semid + (int64_t)t->order[at] * t->n_levels;
    return memcmp(a, b, (size_t)n * sizeof *a) == 0;
}

static bool number_prefixes(struct token_index *t, const int32_t *semid, int32_t n,
                            struct error *err)
{
    struct level *l = &t->level[n - 1];
    l->prefix = mem_try_array((size_t)t->n_items, sizeof *l->prefix, "prefix numbers", err);
    if (!l->prefix)
        return false;
    for (int32_t i = 0; i < t->n_items; i++)
        l->prefix[i] = -1;
    for (int32_t at = 0; at < t->n_with; at++) {
        if (at == 0 || !same_prefix(t, semid, at, n))
            l->n_prefixes++;
        l->prefix[t->order[at]] = l->n_prefixes - 1;
    }
    return true;
}

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

/* Sums of one prefix's successors while its row is made. */
struct row_sum {
    int64_t *sum;     /* [n_prefixes] 0 where untouched */
    int32_t *touched; /* [n_prefixes] */
    int32_t n;
};

static void add_item(const struct edges *edges, const struct level *l, int32_t x,
                     struct row_sum *row)
{
    for (int64_t e = edges->out_offset[x]; e < edges->out_offset[x + 1]; e++) {
        int32_t q = l->prefix[edges->out_item[e]];
        if (q < 0)
            continue;
        if (row->sum[q] == 0)
            row->touched[row->n++] = q;
        row->sum[q] += edges->out_count[e];
    }
}

static bool append_row(struct level *l, int32_t prefix, struct row_sum *row, struct error *err)
{
    size_t at = (size_t)l->offset[prefix], need = at + (size_t)row->n;
    if (!mem_try_grow((void **)&l->next, &l->cap_next, need, sizeof *l->next, "prefix pairs",
                      err) ||
        !mem_try_grow((void **)&l->support, &l->cap_support, need, sizeof *l->support,
                      "prefix pairs", err))
        return false;
    qsort(row->touched, (size_t)row->n, sizeof *row->touched, ascending);
    for (int32_t i = 0; i < row->n; i++) {
        l->next[at + (size_t)i] = row->touched[i];
        l->support[at + (size_t)i] = row->sum[row->touched[i]];
        row->sum[row->touched[i]] = 0;
    }
    row->n = 0;
    l->offset[prefix + 1] = (int64_t)need;
    return true;
}

static bool count_pairs(struct token_index *t, const struct edges *edges, int32_t n,
                        struct error *err)
{
    struct level *l = &t->level[n - 1];
    size_t prefixes = (size_t)l->n_prefixes;
    struct row_sum row = {.n = 0};
    row.sum = mem_try_zarray(prefixes, sizeof *row.sum, "prefix pairs", err);
    row.touched = mem_try_array(prefixes, sizeof *row.touched, "prefix pairs", err);
    l->offset = mem_try_zarray(prefixes + 1, sizeof *l->offset, "prefix pairs", err);
    bool ok = row.sum && row.touched && l->offset;
    for (int32_t at = 0; ok && at < t->n_with; at++) {
        int32_t prefix = l->prefix[t->order[at]];
        add_item(edges, l, t->order[at], &row);
        if (at + 1 == t->n_with || l->prefix[t->order[at + 1]] != prefix)
            ok = append_row(l, prefix, &row, err);
    }
    free(row.sum);
    free(row.touched);
    return ok;
}

static bool find_shared(struct token_index *t, struct error *err)
{
    const int32_t *id = t->level[t->n_levels - 1].prefix;
    t->shared = mem_try_zarray((size_t)t->n_items, 1, "shared ids", err);
    if (!t->shared)
        return false;
    for (int32_t from = 0, at = 1; at <= t->n_with; at++) {
        if (at < t->n_with && id[t->order[at]] == id[t->order[from]])
            continue;
        if (at - from > 1) {
            t->n_shared_ids++;
            t->n_shared_items += at - from;
            for (int32_t i = from; i < at; i++)
                t->shared[t->order[i]] = 1;
        }
        from = at;
    }
    return true;
}

bool token_index_build(const struct edges *edges, const int32_t *semid, int32_t levels,
                       struct token_index **out, struct error *err)
{
    if (levels < 1)
        return error_set(err, ERROR_STATE,
                         "this data set has no semantic ids; import some with --semids FILE");
    struct token_index *t = mem_zalloc(1, sizeof *t);
    t->n_items = edges->n_items;
    t->n_levels = levels;
    t->level = mem_zalloc((size_t)levels, sizeof *t->level);
    bool ok = order_items(t, semid, err);
    for (int32_t n = 1; ok && n <= levels; n++)
        ok = number_prefixes(t, semid, n, err) && count_pairs(t, edges, n, err);
    ok = ok && find_shared(t, err);
    if (ok)
        *out = t;
    else
        token_index_free(t);
    return ok;
}

void token_index_free(struct token_index *t)
{
    if (!t)
        return;
    for (int32_t n = 0; n < t->n_levels; n++) {
        free(t->level[n].prefix);
        free(t->level[n].offset);
        free(t->level[n].next);
        free(t->level[n].support);
    }
    free(t->level);
    free(t->order);
    free(t->shared);
    free(t);
}

int32_t token_index_levels(const struct token_index *t)
{
    return t->n_levels;
}

int32_t token_index_shared_ids(const struct token_index *t)
{
    return t->n_shared_ids;
}

int32_t token_index_shared_items(const struct token_index *t)
{
    return t->n_shared_items;
}

int32_t token_index_without(const struct token_index *t)
{
    return t->n_items - t->n_with;
}

bool token_index_is_shared(const struct token_index *t, int32_t item)
{
    return item >= 0 && t->shared[item];
}

/* Training pairs of prefixes p and q; 0 where there are none. */
static int64_t support_of(const struct level *l, int32_t p, int32_t q)
{
    int64_t low = l->offset[p], high = l->offset[p + 1];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (l->next[middle] < q)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->offset[p + 1] && l->next[low] == q ? l->support[low] : 0;
}

struct token_label token_label(const struct token_index *t, int32_t last, int32_t item)
{
    for (int32_t n = last < 0 || item < 0 ? 0 : t->n_levels; n > 0; n--) {
        const struct level *l = &t->level[n - 1];
        if (l->prefix[last] < 0 || l->prefix[item] < 0)
            break;
        int64_t support = support_of(l, l->prefix[last], l->prefix[item]);
        if (support > 0)
            return (struct token_label){n, support};
    }
    return (struct token_label){0, 0};
}
