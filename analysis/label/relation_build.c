/*
 * Building the relation index: all occurrences of an item are visited together; the items within
 * four positions of each get their smallest distance in two byte arrays (one per direction), from
 * which the row is written in order. Every item is built by itself, so the result does not depend
 * on threads. Cost: 8 byte updates per interaction, plus a sort of every row by rank.
 */
#include "analysis/label/relation_index.h"

#include <string.h>

#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

enum {
    BLOCK_ITEMS = 8, /* items per allocation; small, as the first items have most of the work */
};

/* The training sequences by rank, each followed by one STOP, and one STOP before them all. */
static const uint32_t STOP = UINT32_MAX;

struct building {
    struct relation_index *index;
    const struct relation_tuning *tuning;
    uint32_t *sequence;
    uint32_t *occurrence; /* places in `sequence`, by rank */
    int64_t *first;       /* [n_items+1] into occurrence */
    struct row_builder *worker;
};

/* One thread's view of the neighbourhood of one item. */
struct row_builder {
    uint8_t *distance[2]; /* [n_items] smallest distance: 0 = precedes, 1 = follows; 0 = none */
    uint32_t *touched[2]; /* [n_items] the items that have one */
    uint32_t n_touched[2];
    uint32_t *spare;       /* [n_items] for sorting */
    int64_t n_pairs;       /* written so far */
    void *out;             /* the block being written */
    size_t n_out, cap_out; /* entries */
};

static int64_t count_items(const struct training *t, int64_t *count)
{
    int64_t total = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *sequence = corpus_sequence(t->corpus, u);
        for (int32_t i = 0; i < t->end[u]; i++)
            count[sequence[i]]++;
        total += t->end[u];
    }
    return total;
}

static int more_popular(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    if (x[0] != y[0])
        return x[0] > y[0] ? -1 : 1;
    return x[1] < y[1] ? -1 : x[1] > y[1];
}

/* rank[] and, by rank, first[]. */
static bool rank_items(const struct training *t, struct building *b, struct error *err)
{
    int32_t n = b->index->n_items;
    bool ok = false;
    int64_t *count = mem_try_zarray((size_t)n, sizeof *count, "item counts", err);
    int64_t(*order)[2] = mem_try_array((size_t)n, sizeof *order, "item order", err);
    if (!count || !order)
        goto done;
    int64_t total = count_items(t, count);
    if (total + t->corpus->n_users + 1 >= UINT32_MAX) {
        error_set(err, ERROR_INPUT,
                  "relation labels: %lld training interactions are more than the 4,294,967,295 "
                  "that the index can hold; label a sample of the users",
                  (long long)total);
        goto done;
    }
    for (int32_t i = 0; i < n; i++) {
        order[i][0] = count[i];
        order[i][1] = i;
    }
    qsort(order, (size_t)n, sizeof *order, more_popular);
    b->first[0] = 0;
    for (int32_t r = 0; r < n; r++) {
        b->index->rank[order[r][1]] = r;
        b->first[r + 1] = b->first[r] + order[r][0];
    }
    ok = true;
done:
    free(count);
    free(order);
    return ok;
}

static bool lay_out(const struct training *t, struct building *b, struct error *err)
{
    int32_t n = b->index->n_items;
    int64_t total = b->first[n];
    size_t places = (size_t)total + (size_t)t->corpus->n_users + 1;
    b->sequence = mem_try_array(places, sizeof *b->sequence, "training sequences", err);
    b->occurrence = mem_try_array((size_t)total, sizeof *b->occurrence, "occurrences", err);
    int64_t *next = mem_try_array((size_t)n, sizeof *next, "item places", err);
    if (!b->sequence || !b->occurrence || !next) {
        free(next);
        return false;
    }
    memcpy(next, b->first, (size_t)n * sizeof *next);
    uint32_t at = 0;
    b->sequence[at++] = STOP;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *items = corpus_sequence(t->corpus, u);
        for (int32_t i = 0; i < t->end[u]; i++) {
            uint32_t r = (uint32_t)b->index->rank[items[i]];
            b->occurrence[next[r]++] = at;
            b->sequence[at++] = r;
        }
        b->sequence[at++] = STOP;
    }
    free(next);
    return true;
}

static void near(struct row_builder *w, int side, uint32_t item, int d)
{
    uint8_t old = w->distance[side][item];
    if (old == 0)
        w->touched[side][w->n_touched[side]++] = item;
    if (old == 0 || old > d)
        w->distance[side][item] = (uint8_t)d;
}

static void visit_neighbours(const struct building *b, struct row_builder *w, int32_t rank)
{
    const int64_t ahead = 16; /* occurrences lie anywhere: fetch them in time */
    int64_t end = b->first[rank + 1];
    for (int64_t i = b->first[rank]; i < end; i++) {
        if (i + ahead < end)
            __builtin_prefetch(b->sequence + b->occurrence[i + ahead]);
        const uint32_t *at = b->sequence + b->occurrence[i];
        for (int d = 1; d <= RELATION_HOPS && at[-d] != STOP; d++)
            near(w, 0, at[-d], d);
        for (int d = 1; d <= RELATION_HOPS && at[d] != STOP; d++)
            near(w, 1, at[d], d);
    }
}

static void sort_short(uint32_t *v, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        uint32_t x = v[i], j = i;
        for (; j > 0 && v[j - 1] > x; j--)
            v[j] = v[j - 1];
        v[j] = x;
    }
}

/* Least significant digit radix sort, 11 bits at a time, as many digits as `below` needs. */
static void sort_long(uint32_t *v, uint32_t *spare, uint32_t n, uint32_t below)
{
    uint32_t *from = v, *to = spare;
    for (int shift = 0; shift < 32 && (below - 1) >> shift != 0; shift += 11) {
        uint32_t start[2049] = {0};
        for (uint32_t i = 0; i < n; i++)
            start[(from[i] >> shift & 2047) + 1]++;
        for (int k = 0; k < 2048; k++)
            start[k + 1] += start[k];
        for (uint32_t i = 0; i < n; i++)
            to[start[from[i] >> shift & 2047]++] = from[i];
        uint32_t *other = from;
        from = to;
        to = other;
    }
    if (from != v)
        memcpy(v, from, n * sizeof *v);
}

/* Touched items by rank. Where much of the catalogue is touched, reading it off is a sort. */
static void sort_touched(struct row_builder *w, int side, int32_t n_items)
{
    uint32_t *v = w->touched[side], n = w->n_touched[side];
    if (n < 64) {
        sort_short(v, n);
    } else if (n > (uint32_t)n_items / 16) {
        uint32_t k = 0;
        for (int32_t i = 0; i < n_items; i++) {
            if (w->distance[side][i] != 0)
                v[k++] = (uint32_t)i;
        }
    } else {
        sort_long(v, w->spare, n, (uint32_t)n_items);
    }
}

static void put(struct row_builder *w, bool narrow, uint32_t item)
{
    if (narrow)
        ((uint16_t *)w->out)[w->n_out++] = (uint16_t)item;
    else
        ((uint32_t *)w->out)[w->n_out++] = item;
}

static void write_row(struct relation_index *index, struct row_builder *w, struct relation_row *row)
{
    size_t begin = w->n_out;
    for (int group = 0; group < RELATION_GROUPS; group++) {
        int side = group % 2, d = group / 2 + 1;
        uint32_t last = 0;
        for (uint32_t i = 0; i < w->n_touched[side]; i++) {
            uint32_t item = w->touched[side][i];
            if (w->distance[side][item] != d)
                continue;
            put(w, index->narrow, item);
            last = item;
        }
        while ((w->n_out - begin) % RELATION_PAD != 0)
            put(w, index->narrow, last);
        row->end[group] = (uint32_t)(w->n_out - begin);
    }
}

static bool build_row(const struct building *b, struct row_builder *w, int32_t rank,
                      struct error *err)
{
    struct relation_index *index = b->index;
    size_t entry = index->narrow ? sizeof(uint16_t) : sizeof(uint32_t);
    w->n_touched[0] = w->n_touched[1] = 0;
    visit_neighbours(b, w, rank);
    size_t need =
        w->n_out + w->n_touched[0] + w->n_touched[1] + RELATION_GROUPS * (RELATION_PAD - 1);
    if (!mem_try_grow(&w->out, &w->cap_out, need, entry, "relation lists", err))
        return false;
    for (int side = 0; side < 2; side++)
        sort_touched(w, side, index->n_items);
    write_row(index, w, &index->row[rank]);
    w->n_pairs += w->n_touched[1];
    for (int side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < w->n_touched[side]; i++)
            w->distance[side][w->touched[side][i]] = 0;
    }
    return true;
}

static bool build_block(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct building *b = context;
    struct relation_index *index = b->index;
    struct row_builder *w = &b->worker[worker];
    size_t entry = index->narrow ? sizeof(uint16_t) : sizeof(uint32_t);
    w->out = NULL;
    w->n_out = w->cap_out = 0;
    for (int64_t r = begin; r < end; r++) {
        if (!build_row(b, w, (int32_t)r, err)) {
            free(w->out);
            return false;
        }
    }
    void *fitted = realloc(w->out, w->n_out * entry + 1);
    index->block[begin / BLOCK_ITEMS] = fitted ? fitted : w->out;
    const char *list = index->block[begin / BLOCK_ITEMS];
    for (int64_t r = begin; r < end; r++) {
        index->row[r].list = list;
        list += index->row[r].end[RELATION_GROUPS - 1] * entry;
    }
    return true;
}

static bool workers_new(struct building *b, int n_workers, struct error *err)
{
    size_t n = (size_t)b->index->n_items;
    b->worker = mem_zalloc((size_t)n_workers, sizeof *b->worker);
    for (int i = 0; i < n_workers; i++) {
        struct row_builder *w = &b->worker[i];
        w->spare = mem_try_array(n, sizeof *w->spare, "relation working memory", err);
        if (!w->spare)
            return false;
        for (int side = 0; side < 2; side++) {
            w->distance[side] = mem_try_zarray(n, 1, "relation working memory", err);
            w->touched[side] =
                mem_try_array(n, sizeof *w->touched[side], "relation working memory", err);
            if (!w->distance[side] || !w->touched[side])
                return false;
        }
    }
    return true;
}

static void workers_free(struct building *b, int n_workers)
{
    for (int i = 0; b->worker && i < n_workers; i++) {
        free(b->worker[i].spare);
        for (int side = 0; side < 2; side++) {
            free(b->worker[i].distance[side]);
            free(b->worker[i].touched[side]);
        }
    }
    free(b->worker);
}

static void fill_dense(const struct relation_index *index, int32_t rank, uint8_t *dense)
{
    const struct relation_row *row = &index->row[rank];
    for (int group = 0; group < RELATION_GROUPS; group++) {
        unsigned level = relation_unary(group / 2 + 1) << (group % 2 == 0 ? 4 : 0);
        for (uint32_t i = relation_begin(row, group); i < row->end[group]; i++)
            dense[relation_entry(row->list, i, index->narrow)] |= (uint8_t)level;
    }
}

/* The most popular items with long rows, as many as the memory set aside for them holds. */
static bool build_hubs(struct relation_index *index, const struct relation_tuning *tuning,
                       struct error *err)
{
    int64_t n = index->n_items, room = n > 0 ? tuning->hub_bytes / n : 0;
    for (int32_t r = 0; r < n; r++) {
        bool hub =
            index->n_hubs < room && index->row[r].end[RELATION_GROUPS - 1] > tuning->hub_entries;
        index->hub[r] = hub ? (int32_t)index->n_hubs++ : -1;
    }
    index->dense = mem_try_zarray((size_t)(index->n_hubs * n), 1, "rows of frequent items", err);
    if (!index->dense)
        return false;
    for (int32_t r = 0; r < n; r++) {
        if (index->hub[r] >= 0)
            fill_dense(index, r, index->dense + index->hub[r] * n);
    }
    return true;
}

static bool build(const struct training *t, struct building *b, struct progress *progress,
                  struct error *err)
{
    struct relation_index *index = b->index;
    size_t n = (size_t)index->n_items;
    index->narrow = index->n_items <= b->tuning->narrow_items;
    index->n_blocks = (index->n_items + BLOCK_ITEMS - 1) / BLOCK_ITEMS;
    b->first = mem_try_array(n + 1, sizeof *b->first, "item places", err);
    index->rank = mem_try_array(n, sizeof *index->rank, "item ranks", err);
    index->row = mem_try_zarray(n, sizeof *index->row, "relation rows", err);
    index->hub = mem_try_array(n, sizeof *index->hub, "relation rows", err);
    index->block = mem_try_zarray((size_t)index->n_blocks, sizeof *index->block, "blocks", err);
    if (!b->first || !index->rank || !index->row || !index->hub || !index->block)
        return false;
    if (!rank_items(t, b, err) || !lay_out(t, b, err) || !workers_new(b, parallel_threads(), err))
        return false;
    if (!parallel_for(index->n_items, BLOCK_ITEMS, build_block, b, progress,
                      "indexing item relations", "items", err))
        return false;
    for (int i = 0; i < parallel_threads(); i++)
        index->n_pairs += b->worker[i].n_pairs;
    for (int32_t r = 0; r < index->n_items; r++)
        index->n_entries += index->row[r].end[RELATION_GROUPS - 1];
    return true;
}

const struct relation_tuning relation_tuning_default = {
    .narrow_items = UINT16_MAX + 1, .hub_entries = 4096, .hub_bytes = (int64_t)768 << 20};

bool relation_index_build(const struct training *training, struct progress *progress,
                          struct relation_index **out, struct error *err)
{
    return relation_index_build_tuned(training, &relation_tuning_default, progress, out, err);
}

bool relation_index_build_tuned(const struct training *training,
                                const struct relation_tuning *tuning, struct progress *progress,
                                struct relation_index **out, struct error *err)
{
    struct building b = {.index = mem_zalloc(1, sizeof *b.index), .tuning = tuning};
    int n_workers = parallel_threads();
    b.index->n_items = training->corpus->n_items;
    bool ok = build(training, &b, progress, err);
    free(b.first);
    free(b.sequence);
    free(b.occurrence);
    workers_free(&b, n_workers);
    ok = ok && build_hubs(b.index, tuning, err);
    if (ok)
        *out = b.index;
    else
        relation_index_free(b.index);
    return ok;
}

void relation_index_free(struct relation_index *index)
{
    if (!index)
        return;
    for (int64_t i = 0; index->block && i < index->n_blocks; i++)
        free(index->block[i]);
    free(index->block);
    free(index->rank);
    free(index->row);
    free(index->hub);
    free(index->dense);
    free(index);
}

int64_t relation_index_pairs(const struct relation_index *index)
{
    return index->n_pairs;
}

int64_t relation_index_bytes(const struct relation_index *index)
{
    int64_t n = index->n_items, entry = index->narrow ? 2 : 4;
    return index->n_entries * entry + index->n_hubs * n +
           n * (int64_t)(sizeof *index->row + 2 * sizeof(int32_t)) +
           index->n_blocks * (int64_t)sizeof *index->block + (int64_t)sizeof *index;
}
