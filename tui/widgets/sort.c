/*
 * Sorting the rows of a sheet by one column, stably, on several threads.
 *
 * Every cell becomes a key of 8 bytes, smaller for what comes first. Many rows are first dealt into
 * buckets by the leading bits of their keys (a stable counting sort), then each bucket is sorted on
 * its own: by what is left of its numbers, where that is a byte, which is dealt with the rows; else
 * by a radix sort when it fits the processor's cache, else dealt again. Keys are made once and kept
 * (sort_keys.c) where they are numbers; besides the rows that takes 9 bytes a row.
 * Of texts the key is 8 of their bytes; runs of equal ones go on with the next 8. Texts that are
 * chosen from a table (the source's entries) are ranked once, and their ranks are the keys.
 */
#include <string.h>

#include "analysis/math/parallel.h"
#include "storage/base/mem.h"
#include "storage/base/scratch.h"
#include "tui/widgets/sort_private.h"

enum {
    LOCAL = 1 << 17, /* rows that one thread sorts in its own memory */
    BATCH = 1024,    /* keys that are asked for at once */
    BLOCKS = 64,     /* parts in which many rows are counted and dealt */
    SHORT_RUN = 64,
    LONG_BEGINNING = 512,
};

struct sorting {
    struct sort_keys keys;
    struct progress *progress;
    struct local *local[PARALLEL_MAX]; /* of the workers, made when they begin */
    size_t local_rows;
};

/* Memory of one thread. */
struct local {
    uint64_t *key, *key_other; /* the halves of `keys`, now this way round, now that */
    uint32_t *row, *row_other; /* of `rows` */
    uint64_t *keys;
    uint32_t *rows;
    struct buf a, b;
};

static void local_free(struct local *l)
{
    if (!l)
        return;
    free(l->keys);
    free(l->rows);
    buf_release(&l->a);
    buf_release(&l->b);
    free(l);
}

static struct local *local_new(size_t rows, struct error *err)
{
    struct local *l = mem_zalloc(1, sizeof *l);
    buf_init(&l->a);
    buf_init(&l->b);
    rows = rows > BATCH ? rows : BATCH;
    l->keys = mem_try_array(rows, 2 * sizeof *l->keys, "sort keys", err);
    l->rows = l->keys ? mem_try_array(rows, 2 * sizeof *l->rows, "sorted rows", err) : NULL;
    if (!l->rows) {
        local_free(l);
        return NULL;
    }
    l->key = l->keys;
    l->key_other = l->keys + rows;
    l->row = l->rows;
    l->row_other = l->rows + rows;
    return l;
}

/* ---- few rows: in one thread's memory ---- */

/* By the byte at `shift`. */
static void radix_pass(struct local *l, size_t n, int shift)
{
    size_t start[257] = {0};
    for (size_t i = 0; i < n; i++)
        start[(l->key[i] >> shift & 255) + 1]++;
    for (int b = 0; b < 256; b++)
        start[b + 1] += start[b];
    for (size_t i = 0; i < n; i++) {
        size_t at = start[l->key[i] >> shift & 255]++;
        l->key_other[at] = l->key[i];
        l->row_other[at] = l->row[i];
    }
    uint64_t *key = l->key;
    uint32_t *row = l->row;
    l->key = l->key_other;
    l->row = l->row_other;
    l->key_other = key;
    l->row_other = row;
}

static void insertion_sort(struct local *l, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t key = l->key[i];
        uint32_t row = l->row[i];
        size_t at = i;
        for (; at > 0 && l->key[at - 1] > key; at--) {
            l->key[at] = l->key[at - 1];
            l->row[at] = l->row[at - 1];
        }
        l->key[at] = key;
        l->row[at] = row;
    }
}

static void sort_keys(struct local *l, size_t n)
{
    enum { FEW = 24 };
    if (n <= FEW) {
        insertion_sort(l, n);
        return;
    }
    uint64_t differ = 0;
    for (size_t i = 1; i < n; i++)
        differ |= l->key[i] ^ l->key[0];
    for (int shift = 0; shift < 64; shift += 8)
        if (differ >> shift & 255)
            radix_pass(l, n, shift);
}

/* Whole texts of two rows; missing ones are larger in both directions. */
static int compare_texts(const struct sorting *t, uint32_t x, uint32_t y, struct local *l)
{
    struct value v = sort_cell(&t->keys, x, &l->a);
    struct value w = sort_cell(&t->keys, y, &l->b);
    if (v.missing || w.missing)
        return (int)v.missing - (int)w.missing;
    int order = memcmp(v.text, w.text, v.n < w.n ? v.n : w.n);
    if (order == 0)
        order = (v.n > w.n) - (v.n < w.n);
    return t->keys.descending ? -order : order;
}

/* Stable; `spare` has room for n. */
static void merge_sort(const struct sorting *t, uint32_t *rows, size_t n, uint32_t *spare,
                       struct local *l)
{
    if (n < 2)
        return;
    size_t half = n / 2, i = 0, j = half, k = 0;
    merge_sort(t, rows, half, spare, l);
    merge_sort(t, rows + half, n - half, spare, l);
    memcpy(spare, rows, n * sizeof *rows);
    while (i < half && j < n)
        rows[k++] = compare_texts(t, spare[i], spare[j], l) <= 0 ? spare[i++] : spare[j++];
    while (i < half)
        rows[k++] = spare[i++];
    while (j < n)
        rows[k++] = spare[j++];
}

static bool sort_range(struct sorting *t, uint32_t *rows, uint32_t *other, size_t n, size_t skip,
                       struct local *l, struct error *err);

/* Rows of equal keys go on with the next bytes of their texts. Short runs, very long common
 * beginnings, and the largest keys, where clipped ones meet, are compared whole. */
static bool sort_ties(struct sorting *t, uint32_t *rows, uint32_t *other, size_t n, uint64_t key,
                      size_t skip, const struct texts *texts, struct local *l, struct error *err)
{
    bool extreme = key == missing_key - 1;
    if (!t->keys.text || n < 2 || key == missing_key)
        return true;
    if (texts->longest <= skip + 8 && !extreme && !texts->nul)
        return true; /* the key holds all that is left of the texts: they are equal */
    if (n > SHORT_RUN && !extreme && texts->longest > skip && skip < LONG_BEGINNING)
        return sort_range(t, rows, other, n, skip + 8, l, err);
    merge_sort(t, rows, n, other, l);
    return true;
}

static bool sort_local(struct sorting *t, uint32_t *rows, uint32_t *other, size_t n, size_t skip,
                       struct local *l, struct error *err)
{
    if (!progress_ok(t->progress, err))
        return false;
    struct texts texts = {0};
    sort_keys_fill(&t->keys, rows, n, skip, l->key, &l->a, &texts);
    memcpy(l->row, rows, n * sizeof *rows);
    sort_keys(l, n);
    memcpy(rows, l->row, n * sizeof *rows);
    if (!t->keys.text)
        return true;
    /* the ends of the runs move to `other`, because ties are sorted in the same memory */
    size_t n_runs = 0;
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || l->key[i + 1] != l->key[i])
            other[n_runs++] = (uint32_t)(i + 1);
    uint64_t last = l->key[n - 1];
    if (n_runs == n)
        return true;
    uint32_t *end = mem_try_array(n_runs, sizeof *end, "runs of equal texts", err);
    bool ok = end != NULL;
    if (ok)
        memcpy(end, other, n_runs * sizeof *end);
    for (size_t r = 0, from = 0; ok && r < n_runs; from = end[r++]) {
        /* only the last two runs can have the largest keys */
        uint64_t key = r + 1 == n_runs ? last : 0;
        if (r + 2 == n_runs && last == missing_key)
            key = missing_key - 1;
        ok = sort_ties(t, rows + from, other + from, end[r] - from, key, skip, &texts, l, err);
    }
    free(end);
    return ok;
}

/* ---- many rows: dealt into buckets ---- */

struct dealing {
    struct sorting *t;
    uint32_t *rows, *other;
    size_t n, skip;
    struct local *only; /* called from inside a bucket: its memory; NULL: each worker its own */
    uint64_t least[BLOCKS], most[BLOCKS]; /* keys, without the missing ones */
    bool missing[BLOCKS];
    struct texts texts[BLOCKS];
    uint64_t low;
    int shift;
    size_t n_buckets; /* the last one is of missing values */
    uint8_t *rest;    /* [n] beside `other`: the keys below `shift`, in order; NULL: not kept */
    uint32_t *at;     /* [BLOCKS][n_buckets] counts, then where the next row goes */
    uint32_t *end;    /* [n_buckets] */
};

static struct local *local_of(struct dealing *d, int worker, struct error *err)
{
    if (d->only)
        return d->only;
    struct local **l = &d->t->local[worker];
    if (!*l)
        *l = local_new(d->t->local_rows, err);
    return *l;
}

static size_t bucket_of(const struct dealing *d, uint64_t key)
{
    return key == missing_key ? d->n_buckets - 1 : (size_t)((key - d->low) >> d->shift);
}

enum step { RANGE, COUNT, DEAL };

static void do_batch(struct dealing *d, enum step step, size_t block, const uint32_t *rows,
                     const uint64_t *key, size_t n)
{
    uint32_t *at = d->at ? d->at + block * d->n_buckets : NULL; /* RANGE needs none */
    switch (step) {
    case RANGE:
        for (size_t i = 0; i < n; i++) {
            if (key[i] == missing_key) {
                d->missing[block] = true;
                continue;
            }
            d->least[block] = key[i] < d->least[block] ? key[i] : d->least[block];
            d->most[block] = key[i] > d->most[block] ? key[i] : d->most[block];
        }
        break;
    case COUNT:
        for (size_t i = 0; i < n; i++)
            at[bucket_of(d, key[i])]++;
        break;
    case DEAL:
        for (size_t i = 0; i < n; i++) {
            uint32_t place = at[bucket_of(d, key[i])]++;
            d->other[place] = rows[i];
            if (d->rest)
                d->rest[place] = (uint8_t)((key[i] - d->low) & ((1u << d->shift) - 1));
        }
    }
}

static bool do_block(struct dealing *d, enum step step, size_t block, int worker, struct error *err)
{
    struct local *l = local_of(d, worker, err);
    if (!l)
        return false;
    size_t from = d->n * block / BLOCKS, to = d->n * (block + 1) / BLOCKS;
    d->least[block] = step == RANGE ? UINT64_MAX : d->least[block];
    for (; from < to; from += BATCH) {
        size_t n = to - from < BATCH ? to - from : BATCH;
        sort_keys_fill(&d->t->keys, d->rows + from, n, d->skip, l->key, &l->a, &d->texts[block]);
        do_batch(d, step, block, d->rows + from, l->key, n);
    }
    return true;
}

static bool range_block(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)end;
    return do_block(context, RANGE, (size_t)begin, worker, err);
}

static bool count_block(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)end;
    return do_block(context, COUNT, (size_t)begin, worker, err);
}

static bool deal_block(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)end;
    return do_block(context, DEAL, (size_t)begin, worker, err);
}

static void merge_texts(struct dealing *d)
{
    for (size_t b = 0; b < BLOCKS; b++) {
        d->texts[0].longest =
            d->texts[b].longest > d->texts[0].longest ? d->texts[b].longest : d->texts[0].longest;
        d->texts[0].nul |= d->texts[b].nul;
    }
}

/* Buckets: so many that each fits the cache; one per key where there are few keys; so many that a
 * byte holds the rest of a number, where that is possible. */
static void choose_buckets(struct dealing *d)
{
    enum { LEAST = 256, MOST = 4096, PER_BUCKET = 16384, BYTE = 8 };
    uint64_t high = 0;
    d->low = UINT64_MAX;
    for (size_t b = 0; b < BLOCKS; b++) {
        d->low = d->least[b] < d->low ? d->least[b] : d->low;
        high = d->most[b] > high ? d->most[b] : high;
    }
    uint64_t span = high >= d->low ? high - d->low : 0;
    size_t most = d->n / PER_BUCKET;
    most = most < LEAST ? LEAST : most > MOST ? MOST : most;
    if (!d->t->keys.text && span >> BYTE < MOST && most < span >> BYTE)
        most = MOST;
    d->shift = 0;
    while (span >> d->shift >= most)
        d->shift++;
    d->n_buckets = (size_t)(span >> d->shift) + 2;
    if (!d->t->keys.text && d->shift > 0 && d->shift <= BYTE)
        d->rest = scratch_new(d->n, sizeof *d->rest, "rests of keys", NULL);
}

/* Counts become places: bucket by bucket, in each the blocks in their order. */
static void place_buckets(struct dealing *d)
{
    uint32_t next = 0;
    for (size_t k = 0; k < d->n_buckets; k++) {
        for (size_t b = 0; b < BLOCKS; b++) {
            uint32_t *at = &d->at[b * d->n_buckets + k];
            uint32_t count = *at;
            *at = next;
            next += count;
        }
        d->end[k] = next;
    }
}

/* By the rests of the keys, from `other` to `rows`. */
static void sort_rests(const struct dealing *d, size_t from, size_t n)
{
    size_t start[257] = {0};
    const uint8_t *rest = d->rest + from;
    const uint32_t *other = d->other + from;
    uint32_t *rows = d->rows + from;
    for (size_t i = 0; i < n; i++)
        start[rest[i] + 1]++;
    for (int b = 0; b < 256; b++)
        start[b + 1] += start[b];
    for (size_t i = 0; i < n; i++)
        rows[start[rest[i]]++] = other[i];
}

static bool sort_bucket(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct dealing *d = context;
    struct local *l = local_of(d, worker, err);
    bool ok = l != NULL;
    for (size_t k = (size_t)begin; ok && k < (size_t)end; k++) {
        size_t from = k > 0 ? d->end[k - 1] : 0, n = d->end[k] - from;
        uint32_t *rows = d->rows + from, *other = d->other + from;
        if (d->rest && k + 1 < d->n_buckets) {
            sort_rests(d, from, n);
            continue;
        }
        memcpy(rows, other, n * sizeof *rows);
        if (k + 1 == d->n_buckets)
            continue;
        if (d->shift == 0) /* all of one key */
            ok = sort_ties(d->t, rows, other, n, d->low + k, d->skip, &d->texts[0], l, err);
        else if (n > 1)
            ok = sort_range(d->t, rows, other, n, d->skip, l, err);
    }
    return ok;
}

/* How far the keys reach. The first one to ask is about all rows: their keys are kept. */
static bool find_range(struct dealing *d, struct progress *p, struct error *err)
{
    if (!parallel_for(BLOCKS, 1, range_block, d, p, "reading", "blocks", err))
        return false;
    merge_texts(d);
    if (d->only || sort_keys_keep(&d->t->keys, &d->texts[0]))
        return true;
    memset(d->most, 0, sizeof d->most);
    return parallel_for(BLOCKS, 1, range_block, d, p, "reading", "blocks", err);
}

/* Of one number, or none: the rows are in order already. Few numbers of many rows are common. */
static bool all_alike(const struct dealing *d)
{
    uint64_t low = UINT64_MAX, high = 0;
    bool missing = false;
    for (size_t b = 0; b < BLOCKS; b++) {
        low = d->least[b] < low ? d->least[b] : low;
        high = d->most[b] > high ? d->most[b] : high;
        missing |= d->missing[b];
    }
    return !d->t->keys.text && (missing ? low > high : low == high);
}

static bool deal(struct dealing *d, struct error *err)
{
    struct progress *p = d->only ? NULL : d->t->progress;
    if (!find_range(d, p, err))
        return false;
    if (all_alike(d))
        return true;
    choose_buckets(d);
    d->at = mem_try_zarray(BLOCKS * d->n_buckets, sizeof *d->at, "sort buckets", err);
    d->end = d->at ? mem_try_array(d->n_buckets, sizeof *d->end, "sort buckets", err) : NULL;
    if (!d->end || !parallel_for(BLOCKS, 1, count_block, d, p, "reading", "blocks", err))
        return false;
    place_buckets(d);
    return parallel_for(BLOCKS, 1, deal_block, d, p, "reading", "blocks", err) &&
           parallel_for((int64_t)d->n_buckets, 1, sort_bucket, d, p, "sorting", "parts", err);
}

/* By the keys from byte `skip` on. `other` has room for n; l NULL: not inside a bucket. */
static bool sort_range(struct sorting *t, uint32_t *rows, uint32_t *other, size_t n, size_t skip,
                       struct local *l, struct error *err)
{
    if (n <= t->local_rows && l)
        return sort_local(t, rows, other, n, skip, l, err);
    struct dealing *d = mem_zalloc(1, sizeof *d);
    *d = (struct dealing){.t = t, .rows = rows, .other = other, .n = n, .skip = skip, .only = l};
    bool ok = deal(d, err);
    free(d->at);
    free(d->end);
    scratch_free(d->rest);
    free(d);
    return ok;
}

/* ---- all rows ---- */

static bool sort_all(struct sorting *t, uint32_t *rows, size_t n, struct error *err)
{
    uint32_t *other = scratch_new(n, sizeof *other, "sorted rows", err);
    bool ok = other != NULL;
    t->local_rows = n < LOCAL ? n : LOCAL;
    if (ok && n <= LOCAL) {
        t->local[0] = local_new(n, err);
        ok = t->local[0] && sort_local(t, rows, other, n, 0, t->local[0], err);
    } else if (ok) {
        sort_keys_begin(&t->keys, n);
        ok = sort_range(t, rows, other, n, 0, NULL, err);
    }
    sort_keys_end(&t->keys);
    for (int i = 0; i < PARALLEL_MAX; i++)
        local_free(t->local[i]);
    scratch_free(other);
    return ok;
}

bool order_sort(const struct sheet_source *source, uint32_t *rows, int64_t n,
                const struct sort_key *key, struct progress *progress, struct error *err)
{
    if (!progress_at(progress, "sorting", 0, 0, "rows", err))
        return false;
    if (n < 2)
        return true;
    enum column_kind kind = source->columns[key->column].kind;
    struct sorting *t = mem_zalloc(1, sizeof *t);
    t->progress = progress;
    t->keys = (struct sort_keys){.source = source,
                                 .column = key->column,
                                 .descending = key->descending,
                                 .text = kind == COLUMN_TEXT || kind == COLUMN_TITLE};
    int64_t n_entries = t->keys.text ? source_entries(source, key->column) : 0;
    bool ok = true;
    uint32_t *rank = NULL;
    if (n_entries > 0 && n_entries <= n) {
        rank = order_rank_entries(source, key->column, n_entries, progress, err);
        t->keys.rank = rank;
        t->keys.text = false;
        ok = rank != NULL;
    }
    ok = ok && sort_all(t, rows, (size_t)n, err);
    free(rank);
    free(t);
    return ok;
}
