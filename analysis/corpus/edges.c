/*
 * Building the transition table by counting sorts alone. Scattering predecessors by successor, and
 * then walking the successors in order, meets every row's items in ascending order with repeats
 * next to each other; walking them in popularity order instead yields rows ordered by popularity,
 * and a stable sort by count finishes the ranking. Every step is linear. Beside the result, one
 * 4-byte slot per interaction is held for a while.
 */
#include "analysis/corpus/edges.h"

#include <string.h>

#include "analysis/corpus/popularity.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

static void count_items(const struct training *training, struct edges *e)
{
    const struct corpus *c = training->corpus;
    for (int32_t u = 0; u < c->n_users; u++) {
        const int32_t *s = corpus_sequence(c, u);
        int32_t n = training->end[u];
        for (int32_t i = 0; i < n; i++)
            e->pop[s[i]]++;
        for (int32_t i = 0; i + 1 < n; i++) {
            e->out_total[s[i]]++;
            e->in_total[s[i + 1]]++;
        }
        e->pop_total += n;
        e->total += n > 1 ? n - 1 : 0;
    }
}

/* offset[i] = sum of count[0 .. i-1], for i = 0 .. n. */
static void prefix_sums(const int64_t *count, int32_t n, int64_t *offset)
{
    offset[0] = 0;
    for (int32_t i = 0; i < n; i++)
        offset[i + 1] = offset[i] + count[i];
}

/* from[start[v] ..] = predecessors of v, one per occurrence of the edge. start[v] moves to the end
 * of its row, which is where row v+1 begins. */
static void scatter_predecessors(const struct training *training, int64_t *start, int32_t *from)
{
    const struct corpus *c = training->corpus;
    for (int32_t u = 0; u < c->n_users; u++) {
        const int32_t *s = corpus_sequence(c, u);
        for (int32_t i = 0; i + 1 < training->end[u]; i++)
            from[start[s[i + 1]]++] = s[i];
    }
}

/* degree[x] = number of distinct successors. `last` [n_items] is scratch. */
static int64_t count_distinct(const struct edges *e, const int32_t *from, int32_t *last,
                              int64_t *degree)
{
    int64_t distinct = 0, at = 0;
    for (int32_t x = 0; x < e->n_items; x++)
        last[x] = -1;
    for (int32_t v = 0; v < e->n_items; v++)
        for (int64_t end = at + e->in_total[v]; at < end; at++) {
            int32_t x = from[at];
            if (last[x] == v)
                continue;
            last[x] = v;
            degree[x]++;
            distinct++;
        }
    return distinct;
}

static void fill_sorted(struct edges *e, const int32_t *from, int64_t *next)
{
    memcpy(next, e->out_offset, (size_t)e->n_items * sizeof *next);
    int64_t at = 0;
    for (int32_t v = 0; v < e->n_items; v++)
        for (int64_t end = at + e->in_total[v]; at < end; at++) {
            int32_t x = from[at];
            if (next[x] > e->out_offset[x] && e->sorted_item[next[x] - 1] == v) {
                e->sorted_count[next[x] - 1]++;
                continue;
            }
            e->sorted_item[next[x]] = v;
            e->sorted_count[next[x]++] = 1;
        }
}

static void fill_in(struct edges *e, int64_t *next)
{
    memset(next, 0, (size_t)e->n_items * sizeof *next);
    for (int64_t i = 0; i < e->n_distinct; i++)
        next[e->sorted_item[i]]++;
    prefix_sums(next, e->n_items, e->in_offset);
    memcpy(next, e->in_offset, (size_t)e->n_items * sizeof *next);
    for (int32_t x = 0; x < e->n_items; x++)
        for (int64_t i = e->out_offset[x]; i < e->out_offset[x + 1]; i++) {
            int64_t to = next[e->sorted_item[i]]++;
            e->in_item[to] = x;
            e->in_count[to] = e->sorted_count[i];
        }
}

/* Rows of successors in popularity order; rank_rows() then sorts them by count. */
static void fill_by_popularity(struct edges *e, const int32_t *order, int64_t *next)
{
    memcpy(next, e->out_offset, (size_t)e->n_items * sizeof *next);
    for (int32_t r = 0; r < e->n_items; r++) {
        int32_t v = order[r];
        for (int64_t i = e->in_offset[v]; i < e->in_offset[v + 1]; i++) {
            int64_t to = next[e->in_item[i]]++;
            e->out_item[to] = v;
            e->out_count[to] = e->in_count[i];
        }
    }
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

static int32_t *edge_array(const struct edges *e, struct error *err)
{
    return mem_try_array((size_t)e->n_distinct, sizeof(int32_t), "edge table", err);
}

/* sorted_* from the sequences, by way of the predecessors of every item. */
static bool build_sorted(const struct training *training, struct edges *e, int64_t *next,
                         struct error *err)
{
    bool done = false;
    int32_t *last = mem_try_array((size_t)e->n_items, sizeof *last, "edge table", err);
    int32_t *from = mem_try_array((size_t)e->total, sizeof *from, "edge table", err);
    int64_t *degree = mem_try_zarray((size_t)e->n_items, sizeof *degree, "edge table", err);
    if (last && from && degree) {
        int64_t at = 0;
        for (int32_t v = 0; v < e->n_items; v++) {
            next[v] = at;
            at += e->in_total[v];
        }
        scatter_predecessors(training, next, from);
        e->n_distinct = count_distinct(e, from, last, degree);
        prefix_sums(degree, e->n_items, e->out_offset);
        e->sorted_item = edge_array(e, err);
        e->sorted_count = e->sorted_item ? edge_array(e, err) : NULL;
        done = e->sorted_count != NULL;
        if (done)
            fill_sorted(e, from, next);
    }
    free(last);
    free(from);
    free(degree);
    return done;
}

static bool build_ranked(struct edges *e, int64_t *next, struct error *err)
{
    e->in_item = edge_array(e, err);
    e->in_count = e->in_item ? edge_array(e, err) : NULL;
    e->out_item = e->in_count ? edge_array(e, err) : NULL;
    e->out_count = e->out_item ? edge_array(e, err) : NULL;
    int32_t *order = e->out_count ? popularity_order(e->pop, e->n_items, err) : NULL;
    if (!order)
        return false;
    fill_in(e, next);
    fill_by_popularity(e, order, next);
    free(order);
    return parallel_for(e->n_items, 1024, rank_rows, e, NULL, "", "", err);
}

bool edges_build(const struct training *training, struct edges *out, struct error *err)
{
    const struct corpus *c = training->corpus;
    *out = (struct edges){.n_items = c->n_items};
    if (c->offset[c->n_users] > INT32_MAX)
        return error_set(err, ERROR_INPUT,
                         "the data set has %lld interactions; the edge table "
                         "counts up to 2,147,483,647",
                         (long long)c->offset[c->n_users]);
    int64_t *next = mem_try_array((size_t)c->n_items, sizeof *next, "edge table", err);
    bool done = next && alloc_items(out, err);
    if (done) {
        count_items(training, out);
        done = build_sorted(training, out, next, err) && build_ranked(out, next, err);
    }
    free(next);
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

double edges_lift(const struct edges *e, int32_t x, int32_t v)
{
    int32_t count = edges_count(e, x, v);
    if (count == 0)
        return 0;
    return (double)count * (double)e->total / ((double)e->out_total[x] * (double)e->in_total[v]);
}
