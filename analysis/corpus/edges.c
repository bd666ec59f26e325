/*
 * Building the transition table by counting sorts alone. Scattering successors by item, and from
 * there items by successor, gives every item its predecessors in ascending order with repeats next
 * to each other; these rows are transposed walking the items by index (rows sorted by index) and by
 * popularity (rows ranked by popularity, which a stable sort by count then finishes). Every step is
 * linear. Beside the result, two 4-byte slots per interaction are held for a while.
 */
#include "analysis/corpus/edges.h"

#include <string.h>

#include "analysis/corpus/popularity.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

/* The work on one table. A scatter stage fills rows of items; it is cut into ranges of rows, each
 * done by one thread that reads everything and writes its own rows only. That spreads the work, and
 * the ends of the rows that are being written stay in the cache. */
enum { RANGES = 4 };

struct build {
    const struct training *training;
    struct edges *e;
    int32_t *next_item; /* [total] successors of every item in corpus order, by item */
    int32_t *from;      /* [total] predecessors of every item, ascending, with repeats, by item */
    int32_t *order;     /* [n_items] by popularity */
    int64_t *end;       /* [n_items+1] where each row being written goes on */
    int32_t cut[RANGES + 1]; /* range r is rows cut[r] .. cut[r+1]-1 */
};

/* Totals of edges follow from popularity: every item has a successor but the last of a sequence. */
static void count_items(const struct training *training, struct edges *e)
{
    const struct corpus *c = training->corpus;
    for (int32_t u = 0; u < c->n_users; u++) {
        const int32_t *s = corpus_sequence(c, u);
        int32_t n = training->end[u];
        if (n == 0)
            continue;
        for (int32_t i = 0; i < n; i++)
            e->pop[s[i]]++;
        e->in_total[s[0]]--;
        e->out_total[s[n - 1]]--;
        e->pop_total += n;
        e->total += n - 1;
    }
    for (int32_t v = 0; v < c->n_items; v++) {
        e->in_total[v] += e->pop[v];
        e->out_total[v] += e->pop[v];
    }
}

/* offset[i] = sum of count[0 .. i-1], for i = 0 .. n. */
static void prefix_sums(const int64_t *count, int32_t n, int64_t *offset)
{
    int64_t sum = 0;
    for (int32_t i = 0; i < n; i++) {
        int64_t size = count[i]; /* the two arrays may be one */
        offset[i] = sum;
        sum += size;
    }
    offset[n] = sum;
}

/* Rows start at end[]; ranges get about the same number of slots. */
static bool scatter(struct build *b, parallel_fn fn, struct error *err)
{
    int32_t n = b->e->n_items, row = 0;
    for (int r = 0; r < RANGES; r++) {
        b->cut[r] = row;
        while (row < n && b->end[row] < b->end[n] / RANGES * (r + 1))
            row++;
    }
    b->cut[RANGES] = n;
    return parallel_for(RANGES, 1, fn, b, NULL, "", "", err);
}

static bool scatter_successors(void *context, int64_t range, int64_t stop, int worker,
                               struct error *err)
{
    (void)stop, (void)worker, (void)err;
    struct build *b = context;
    const struct corpus *c = b->training->corpus;
    uint32_t lo = (uint32_t)b->cut[range], width = (uint32_t)b->cut[range + 1] - lo;
    for (int32_t u = 0; u < c->n_users; u++) {
        const int32_t *s = corpus_sequence(c, u);
        for (int32_t i = 0; i + 1 < b->training->end[u]; i++)
            if ((uint32_t)s[i] - lo < width)
                b->next_item[b->end[s[i]]++] = s[i + 1];
    }
    return true;
}

static bool scatter_predecessors(void *context, int64_t range, int64_t stop, int worker,
                                 struct error *err)
{
    (void)stop, (void)worker, (void)err;
    struct build *b = context;
    uint32_t lo = (uint32_t)b->cut[range], width = (uint32_t)b->cut[range + 1] - lo;
    int64_t i = 0;
    for (int32_t x = 0; x < b->e->n_items; x++)
        for (int64_t end = i + b->e->out_total[x]; i < end; i++)
            if ((uint32_t)b->next_item[i] - lo < width)
                b->from[b->end[b->next_item[i]]++] = x;
    return true;
}

/* After scatter_predecessors(), row v of `from` ends at end[v]. Writes the row's distinct items and
 * their counts, or only returns how many there are while there is no room for them. */
static int64_t take_distinct(const struct build *b, int64_t v)
{
    const struct edges *e = b->e;
    int64_t n = 0, to = e->in_item ? e->in_offset[v] : 0;
    for (int64_t i = b->end[v] - e->in_total[v], run; i < b->end[v]; i = run) {
        for (run = i + 1; run < b->end[v] && b->from[run] == b->from[i]; run++)
            ;
        if (e->in_item) {
            e->in_item[to + n] = b->from[i];
            e->in_count[to + n] = (int32_t)(run - i);
        }
        n++;
    }
    return n;
}

static bool take_rows(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker, (void)err;
    struct build *b = context;
    for (int64_t v = begin; v < end; v++) {
        int64_t n = take_distinct(b, v);
        if (!b->e->in_item)
            b->e->in_offset[v] = n;
    }
    return true;
}

static bool count_degrees(void *context, int64_t range, int64_t stop, int worker, struct error *err)
{
    (void)stop, (void)worker, (void)err;
    struct build *b = context;
    uint32_t lo = (uint32_t)b->cut[range], width = (uint32_t)b->cut[range + 1] - lo;
    for (int64_t i = 0; i < b->e->n_distinct; i++)
        if ((uint32_t)b->e->in_item[i] - lo < width)
            b->e->out_offset[b->e->in_item[i]]++;
    return true;
}

static bool scatter_sorted(void *context, int64_t range, int64_t stop, int worker,
                           struct error *err)
{
    (void)stop, (void)worker, (void)err;
    struct build *b = context;
    struct edges *e = b->e;
    uint32_t lo = (uint32_t)b->cut[range], width = (uint32_t)b->cut[range + 1] - lo;
    for (int32_t v = 0; v < e->n_items; v++)
        for (int64_t i = e->in_offset[v]; i < e->in_offset[v + 1]; i++) {
            if ((uint32_t)e->in_item[i] - lo >= width)
                continue;
            int64_t to = b->end[e->in_item[i]]++;
            e->sorted_item[to] = v;
            e->sorted_count[to] = e->in_count[i];
        }
    return true;
}

/* Rows of successors in popularity order; rank_rows() then sorts them by count. */
static bool scatter_by_popularity(void *context, int64_t range, int64_t stop, int worker,
                                  struct error *err)
{
    (void)stop, (void)worker, (void)err;
    struct build *b = context;
    struct edges *e = b->e;
    uint32_t lo = (uint32_t)b->cut[range], width = (uint32_t)b->cut[range + 1] - lo;
    for (int32_t r = 0; r < e->n_items; r++) {
        int32_t v = b->order[r];
        for (int64_t i = e->in_offset[v]; i < e->in_offset[v + 1]; i++) {
            if ((uint32_t)e->in_item[i] - lo >= width)
                continue;
            int64_t to = b->end[e->in_item[i]]++;
            e->out_item[to] = v;
            e->out_count[to] = e->in_count[i];
        }
    }
    return true;
}

static void insertion_sort(int32_t *item, int32_t *count, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        int32_t v = item[i], c = count[i];
        int64_t j = i;
        for (; j > 0 && count[j - 1] < c; j--) {
            item[j] = item[j - 1];
            count[j] = count[j - 1];
        }
        item[j] = v;
        count[j] = c;
    }
}

/* One stable pass by one byte of the count, largest first. */
static void radix_pass(const int32_t *item, const int32_t *count, int64_t n, int shift,
                       int32_t *to_item, int32_t *to_count)
{
    int64_t start[257] = {0};
    for (int64_t i = 0; i < n; i++)
        start[256 - ((uint32_t)count[i] >> shift & 255)]++;
    for (int b = 1; b < 257; b++)
        start[b] += start[b - 1];
    for (int64_t i = 0; i < n; i++) {
        int64_t to = start[255 - ((uint32_t)count[i] >> shift & 255)]++;
        to_item[to] = item[i];
        to_count[to] = count[i];
    }
}

/* Stable, count descending. scratch: 2n values. */
static void sort_row(int32_t *item, int32_t *count, int64_t n, int32_t *scratch)
{
    if (n <= 48) {
        insertion_sort(item, count, n);
        return;
    }
    int32_t largest = 0;
    for (int64_t i = 0; i < n; i++)
        largest = count[i] > largest ? count[i] : largest;
    for (int shift = 0; shift < 32 && largest >> shift; shift += 8) {
        radix_pass(item, count, n, shift, scratch, scratch + n);
        memcpy(item, scratch, (size_t)n * sizeof *item);
        memcpy(count, scratch + n, (size_t)n * sizeof *count);
    }
}

static bool rank_rows(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker;
    struct edges *e = context;
    int64_t longest = 0;
    for (int64_t x = begin; x < end; x++) {
        int64_t n = e->out_offset[x + 1] - e->out_offset[x];
        longest = n > longest ? n : longest;
    }
    int32_t *scratch = mem_try_array(2 * (size_t)longest, sizeof *scratch, "edge table", err);
    if (!scratch)
        return false;
    for (int64_t x = begin; x < end; x++) {
        int64_t o = e->out_offset[x];
        sort_row(e->out_item + o, e->out_count + o, e->out_offset[x + 1] - o, scratch);
    }
    free(scratch);
    return true;
}

static bool alloc_items(struct edges *e, struct error *err)
{
    size_t n = (size_t)e->n_items;
    return (e->pop = mem_try_zarray(n, sizeof *e->pop, "edge table", err)) &&
           (e->out_total = mem_try_zarray(n, sizeof *e->out_total, "edge table", err)) &&
           (e->in_total = mem_try_zarray(n, sizeof *e->in_total, "edge table", err)) &&
           (e->out_offset = mem_try_zarray(n + 1, sizeof *e->out_offset, "edge table", err)) &&
           (e->in_offset = mem_try_zarray(n + 1, sizeof *e->in_offset, "edge table", err));
}

static bool alloc_rows(const struct edges *e, int32_t **item, int32_t **count, struct error *err)
{
    *item = mem_try_array((size_t)e->n_distinct, sizeof **item, "edge table", err);
    *count = *item ? mem_try_array((size_t)e->n_distinct, sizeof **count, "edge table", err) : NULL;
    return *count != NULL;
}

static bool alloc_scatter(int64_t total, int32_t **array, struct error *err)
{
    *array = mem_try_array((size_t)total, sizeof **array, "edge table", err);
    return *array != NULL;
}

/* in_*: predecessors, ascending because they are scattered while walking the items in order. */
static bool build_in(struct build *b, struct error *err)
{
    struct edges *e = b->e;
    if (!alloc_scatter(e->total, &b->next_item, err))
        return false;
    prefix_sums(e->out_total, e->n_items, b->end);
    if (!scatter(b, scatter_successors, err) || !alloc_scatter(e->total, &b->from, err))
        return false;
    prefix_sums(e->in_total, e->n_items, b->end);
    if (!scatter(b, scatter_predecessors, err))
        return false;
    free(b->next_item);
    b->next_item = NULL;
    if (!parallel_for(e->n_items, 1024, take_rows, b, NULL, "", "", err))
        return false;
    prefix_sums(e->in_offset, e->n_items, e->in_offset);
    e->n_distinct = e->in_offset[e->n_items];
    if (!alloc_rows(e, &e->in_item, &e->in_count, err) ||
        !parallel_for(e->n_items, 1024, take_rows, b, NULL, "", "", err))
        return false;
    free(b->from);
    b->from = NULL;
    return true;
}

/* sorted_* and out_*: both by transposing in_*. */
static bool build_out(struct build *b, struct error *err)
{
    struct edges *e = b->e;
    size_t bytes = ((size_t)e->n_items + 1) * sizeof *b->end;
    prefix_sums(e->out_total, e->n_items, b->end);
    if (!scatter(b, count_degrees, err))
        return false;
    prefix_sums(e->out_offset, e->n_items, e->out_offset);
    memcpy(b->end, e->out_offset, bytes);
    if (!alloc_rows(e, &e->sorted_item, &e->sorted_count, err) ||
        !scatter(b, scatter_sorted, err) || !alloc_rows(e, &e->out_item, &e->out_count, err))
        return false;
    b->order = popularity_order(e->pop, e->n_items, err);
    memcpy(b->end, e->out_offset, bytes);
    return b->order && scatter(b, scatter_by_popularity, err) &&
           parallel_for(e->n_items, 1024, rank_rows, e, NULL, "", "", err);
}

bool edges_build(const struct training *training, struct edges *out, struct error *err)
{
    const struct corpus *c = training->corpus;
    *out = (struct edges){.n_items = c->n_items};
    if (c->offset[c->n_users] > INT32_MAX)
        return error_set(err, ERROR_INPUT,
                         "the data set has %lld interactions; the edge table counts up to "
                         "2,147,483,647",
                         (long long)c->offset[c->n_users]);
    struct build b = {.training = training, .e = out};
    b.end = mem_try_array((size_t)c->n_items + 1, sizeof *b.end, "edge table", err);
    bool done = b.end && alloc_items(out, err);
    if (done) {
        count_items(training, out);
        done = build_in(&b, err) && build_out(&b, err);
    }
    free(b.end);
    free(b.next_item);
    free(b.from);
    free(b.order);
    if (!done)
        edges_release(out);
    return done;
}

void edges_release(struct edges *e)
{
    free(e->pop);
    free(e->out_offset);
    free(e->out_item);
    free(e->out_count);
    free(e->sorted_item);
    free(e->sorted_count);
    free(e->in_offset);
    free(e->in_item);
    free(e->in_count);
    free(e->out_total);
    free(e->in_total);
    *e = (struct edges){0};
}

int32_t edges_count(const struct edges *e, int32_t x, int32_t v)
{
    const int32_t *row = e->sorted_item + e->out_offset[x];
    int64_t lo = 0, n = e->out_offset[x + 1] - e->out_offset[x], hi = n;
    while (lo < hi) {
        int64_t middle = lo + (hi - lo) / 2;
        if (row[middle] < v)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo < n && row[lo] == v ? e->sorted_count[e->out_offset[x] + lo] : 0;
}

/* Binary searches side by side: while one waits for memory, the others go on. Each keeps the last
 * successor that is not behind v in `at`, among `left` of them. */
enum { SIDE_BY_SIDE = 16 };

static void counts_of_group(const struct edges *e, size_t n, const int32_t *x, const int32_t *v,
                            int32_t *count)
{
    static const int32_t none = -1; /* what an item without successors is searched in */
    const int32_t *at[SIDE_BY_SIDE];
    int64_t left[SIDE_BY_SIDE], longest = 0;
    for (size_t i = 0; i < n; i++) {
        left[i] = e->out_offset[x[i] + 1] - e->out_offset[x[i]];
        at[i] = left[i] > 0 ? e->sorted_item + e->out_offset[x[i]] : &none;
        longest = left[i] > longest ? left[i] : longest;
    }
    for (; longest > 1; longest -= longest / 2)
        for (size_t i = 0; i < n; i++) {
            int64_t half = left[i] / 2;
            at[i] = at[i][half] <= v[i] ? at[i] + half : at[i];
            left[i] -= half;
            __builtin_prefetch(at[i] + left[i] / 2);
        }
    for (size_t i = 0; i < n; i++)
        count[i] = *at[i] == v[i] ? e->sorted_count[at[i] - e->sorted_item] : 0;
}

void edges_counts(const struct edges *e, size_t n, const int32_t *x, const int32_t *v,
                  int32_t *count)
{
    for (size_t i = 0; i < n; i += SIDE_BY_SIDE)
        counts_of_group(e, n - i < SIDE_BY_SIDE ? n - i : SIDE_BY_SIDE, x + i, v + i, count + i);
}

int32_t edges_own(const struct training *training, int32_t user, int32_t x, int32_t v)
{
    const int32_t *s = corpus_sequence(training->corpus, user);
    int32_t n = 0;
    for (int32_t i = 1; i < training->end[user]; i++)
        n += s[i - 1] == x && s[i] == v;
    return n;
}

double edges_lift(const struct edges *e, int32_t x, int32_t v)
{
    int32_t count = edges_count(e, x, v);
    if (count == 0)
        return 0;
    return (double)count * (double)e->total / ((double)e->out_total[x] * (double)e->in_total[v]);
}
