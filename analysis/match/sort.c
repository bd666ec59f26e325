/*
 * Sorting entries by the items read backwards from each place.
 *
 * Method: item v's bucket is first sorted by the item before (the key that the pairs bring along),
 * which settles most entries; each run of equal keys is then keyed by the item before that, and so
 * on (multikey sort, depth first). Entries whose contexts still agree at MAX_DEPTH are collected
 * and settled by prefix doubling over ranks (Larsson & Sadakane 1999). Buckets are independent, so
 * threads share nothing but the list of what is left for doubling.
 */
#include "analysis/match/sort.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/match/slot.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

enum {
    MAX_DEPTH = 32,     /* items before that are compared one by one */
    INSERTION_MAX = 16, /* pairs: insertion sort up to here */
    QUICK_MAX = 640,    /* quicksort up to here, radix sort above */
    RADIX_BITS = 11,
    RADIX_SIZE = 1 << RADIX_BITS,
    AHEAD = 24,             /* how far ahead text is prefetched */
    UNIT_ENTRIES = 1 << 16, /* buckets are handed to threads in lots of about this many entries */
};

static inline uint32_t pair_key(sort_pair p)
{
    return (uint32_t)(p >> 32);
}
static inline uint32_t pair_word(sort_pair p)
{
    return (uint32_t)p;
}
static inline uint32_t pair_place(sort_pair p)
{
    return (uint32_t)p >> 1;
}

/* ---- sorting pairs by (key, place) ---- */

static void sort_insertion(sort_pair *a, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        sort_pair p = a[i];
        size_t j = i;
        for (; j > 0 && a[j - 1] > p; j--)
            a[j] = a[j - 1];
        a[j] = p;
    }
}

static inline sort_pair median3(sort_pair a, sort_pair b, sort_pair c)
{
    sort_pair low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Distinct values (places differ), few of them: the worst case is bounded by QUICK_MAX. */
static void sort_quick(sort_pair *a, size_t n)
{
    while (n > INSERTION_MAX) {
        sort_pair pivot = median3(a[0], a[n / 2], a[n - 1]);
        size_t below = 0;
        for (size_t i = 0; i < n; i++) { /* branch-free: the outcome is a coin toss */
            sort_pair p = a[i];
            a[i] = a[below];
            a[below] = p;
            below += p < pivot;
        }
        /* a[0 .. below-1] < pivot <= the rest, and the pivot is the rest's smallest value. */
        if (below < n - below) {
            sort_quick(a, below);
            a += below;
            n -= below;
        } else {
            sort_quick(a + below, n - below);
            n = below;
        }
    }
    sort_insertion(a, n);
}

/* One stable counting pass over `bits` bits of the key from `shift` on. */
static void radix_pass(const sort_pair *from, sort_pair *to, size_t n, int shift, int bits)
{
    uint32_t count[RADIX_SIZE];
    uint32_t mask = (1u << bits) - 1;
    memset(count, 0, sizeof *count << bits);
    for (size_t i = 0; i < n; i++)
        count[(uint32_t)(from[i] >> shift) & mask]++;
    uint32_t sum = 0;
    for (uint32_t d = 0; d <= mask; d++) {
        uint32_t c = count[d];
        count[d] = sum;
        sum += c;
    }
    for (size_t i = 0; i < n; i++)
        to[count[(uint32_t)(from[i] >> shift) & mask]++] = from[i];
}

/* Equal keys must stand by place already. */
static void sort_radix(sort_pair *a, size_t n, uint32_t key_range, sort_pair *scratch)
{
    int width = 32 - __builtin_clz(key_range);
    int passes = (width + RADIX_BITS - 1) / RADIX_BITS;
    int bits = (width + passes - 1) / passes;
    sort_pair *from = a, *to = scratch;
    for (int pass = 0; pass < passes; pass++) {
        radix_pass(from, to, n, 32 + pass * bits, bits);
        sort_pair *swap = from;
        from = to;
        to = swap;
    }
    if (from != a)
        memcpy(a, from, n * sizeof *a);
}

/* Pairs with equal keys stand by place on entry. scratch: as many pairs. */
static void sort_pairs(sort_pair *a, size_t n, sort_pair *scratch)
{
    if (n <= INSERTION_MAX) {
        sort_insertion(a, n);
        return;
    }
    uint32_t high = 0, differ = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t key = pair_key(a[i]);
        high |= key;
        differ |= key ^ pair_key(a[0]);
    }
    if (differ == 0)
        return;
    if (n <= QUICK_MAX)
        sort_quick(a, n);
    else
        sort_radix(a, n, high, scratch);
}

/* ---- one bucket ---- */

/* Entries whose contexts agree on `depth` items before and go on. */
struct run {
    uint32_t begin, n;
};

struct sorter {
    const struct match_shard *shard;
    sort_pair *pairs;
    uint32_t *entry, *slot;
    int32_t n_items;
    int64_t n_units;
    int32_t *unit;       /* [n_units+1] first bucket of each lot */
    sort_pair **scratch; /* per worker */
    size_t largest;      /* pairs in the largest bucket */
    pthread_mutex_t lock;
    struct run *left; /* what MAX_DEPTH did not settle */
    size_t n_left, cap_left;
};

static bool leave_run(struct sorter *s, uint32_t begin, uint32_t n, struct error *err)
{
    pthread_mutex_lock(&s->lock);
    bool ok = mem_try_grow((void **)&s->left, &s->cap_left, s->n_left + 1, sizeof *s->left,
                           "runs of equal contexts", err);
    if (ok)
        s->left[s->n_left++] = (struct run){begin, n};
    pthread_mutex_unlock(&s->lock);
    return ok;
}

/* Orders two entries whose contexts agree on depth-1 items before; false when MAX_DEPTH does not
 * tell. */
static bool order_two(const int32_t *text, sort_pair *a, int depth)
{
    uint32_t p = pair_place(a[0]), q = pair_place(a[1]);
    for (; depth <= MAX_DEPTH; depth++) {
        uint32_t kp = sort_key(text[p - (uint32_t)depth]), kq = sort_key(text[q - (uint32_t)depth]);
        if (kp == kq && kp != 0)
            continue;
        if (kp > kq) {
            sort_pair swap = a[0];
            a[0] = a[1];
            a[1] = swap;
        }
        return true;
    }
    return false;
}

static bool settle_runs(struct sorter *s, sort_pair *a, size_t n, int depth, sort_pair *scratch,
                        struct error *err);

/* A run of n >= 2 entries whose contexts agree on depth-1 items before, none of them at its end. */
static bool settle_run(struct sorter *s, sort_pair *a, size_t n, int depth, sort_pair *scratch,
                       struct error *err)
{
    const int32_t *text = s->shard->text;
    if (n == 2 && order_two(text, a, depth))
        return true;
    if (n == 2 || depth > MAX_DEPTH)
        return leave_run(s, (uint32_t)(a - s->pairs), (uint32_t)n, err);
    for (size_t i = 0; i < n; i++) {
        uint32_t key = sort_key(text[pair_place(a[i]) - (uint32_t)depth]);
        a[i] = (sort_pair)key << 32 | pair_word(a[i]);
    }
    sort_pairs(a, n, scratch);
    return settle_runs(s, a, n, depth, scratch, err);
}

/* a[0 .. n-1] are sorted by the key at `depth`: settles every run of equal keys. */
static bool settle_runs(struct sorter *s, sort_pair *a, size_t n, int depth, sort_pair *scratch,
                        struct error *err)
{
    for (size_t begin = 0, end; begin < n; begin = end) {
        uint32_t key = pair_key(a[begin]);
        for (end = begin + 1; end < n && pair_key(a[end]) == key; end++)
            ;
        if (end + AHEAD < n && pair_key(a[end + AHEAD]) == pair_key(a[end + AHEAD - 1]))
            __builtin_prefetch(s->shard->text + pair_place(a[end + AHEAD]) - depth - 1);
        if (end - begin >= 2 && key != 0 &&
            !settle_run(s, a + begin, end - begin, depth + 1, scratch, err))
            return false;
    }
    return true;
}

/* The bucket is sorted by the item before: notes where each of its slots begins. */
static void fill_slots(struct sorter *s, int32_t v)
{
    const struct match_shard *shard = s->shard;
    struct slots slots = slots_of(shard, v);
    uint32_t *slot = s->slot + slots.first, filled = 0, last_key = 0;
    if (slots.count == 0)
        return;
    for (uint32_t i = shard->start[v]; i < shard->start[v + 1] && filled < slots.count; i++) {
        uint32_t key = pair_key(s->pairs[i]);
        if (key == last_key) /* 0 at first: entries without an item before are in no slot */
            continue;
        last_key = key;
        uint32_t at = slot_of(shard, slots.count, (int32_t)key - 1);
        while (filled <= at)
            slot[filled++] = i;
    }
    while (filled < slots.count)
        slot[filled++] = shard->start[v + 1];
}

static bool sort_unit(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct sorter *s = context;
    const uint32_t *start = s->shard->start;
    if (!s->scratch[worker]) {
        s->scratch[worker] = mem_try_array(s->largest, sizeof(sort_pair), "sort scratch", err);
        if (!s->scratch[worker])
            return false;
    }
    for (int32_t v = s->unit[begin]; v < s->unit[end]; v++) {
        sort_pair *a = s->pairs + start[v];
        size_t n = start[v + 1] - start[v];
        sort_pairs(a, n, s->scratch[worker]);
        fill_slots(s, v);
        if (!settle_runs(s, a, n, 1, s->scratch[worker], err))
            return false;
        for (size_t i = 0; i < n; i++)
            s->entry[start[v] + i] = pair_word(a[i]);
    }
    return true;
}

/* Cuts the buckets into lots of about equal work. */
static bool make_units(struct sorter *s, struct error *err)
{
    const uint32_t *start = s->shard->start;
    size_t most = s->shard->n_entries / UNIT_ENTRIES + 2;
    s->unit = mem_try_array(most + 1, sizeof *s->unit, "sort units", err);
    if (!s->unit)
        return false;
    uint32_t begin = 0;
    s->n_units = 0;
    s->unit[0] = 0;
    for (int32_t v = 0; v < s->n_items; v++) {
        size_t n = start[v + 1] - start[v];
        if (n > s->largest)
            s->largest = n;
        if (start[v + 1] - begin >= UNIT_ENTRIES || v + 1 == s->n_items) {
            s->unit[++s->n_units] = v + 1;
            begin = start[v + 1];
        }
    }
    return true;
}

/* ---- what is left: prefix doubling ---- */

struct doubling {
    const struct match_shard *shard;
    uint32_t *entry;
    uint32_t *rank; /* [n_text] by place: index of the entry, or of the first of its run */
    sort_pair *pairs, *scratch;
    struct run *next; /* runs for the coming round */
    size_t n_next, cap_next;
};

/* Contexts of the run agree on `agreed` items, counting the item itself. */
static bool double_run(struct doubling *d, struct run run, uint32_t agreed, struct error *err)
{
    uint32_t *entry = d->entry + run.begin;
    for (uint32_t i = 0; i < run.n; i++) {
        uint32_t before = (entry[i] >> 1) - agreed;
        uint32_t key = d->shard->text[before] < 0 ? 0 : d->rank[before] + 1;
        d->pairs[i] = (sort_pair)key << 32 | entry[i];
    }
    sort_pairs(d->pairs, run.n, d->scratch);
    for (uint32_t begin = 0, end; begin < run.n; begin = end) {
        uint32_t key = pair_key(d->pairs[begin]);
        for (end = begin; end < run.n && pair_key(d->pairs[end]) == key; end++) {
            entry[end] = pair_word(d->pairs[end]);
            /* Contexts that ended together are equal for good: by place. */
            d->rank[entry[end] >> 1] = run.begin + (key ? begin : end);
        }
        if (key == 0 || end - begin < 2)
            continue;
        if (!mem_try_grow((void **)&d->next, &d->cap_next, d->n_next + 1, sizeof *d->next,
                          "runs of equal contexts", err))
            return false;
        d->next[d->n_next++] = (struct run){run.begin + begin, end - begin};
    }
    return true;
}

static bool double_rounds(struct doubling *d, struct run *runs, size_t n_runs,
                          struct progress *progress, struct error *err)
{
    for (size_t r = 0; r < n_runs; r++)
        for (uint32_t i = 0; i < runs[r].n; i++)
            d->rank[d->entry[runs[r].begin + i] >> 1] = runs[r].begin;
    struct run *now = runs;
    bool ok = true;
    for (uint32_t agreed = MAX_DEPTH + 1; ok && n_runs > 0; agreed *= 2) {
        for (size_t r = 0; ok && r < n_runs; r++)
            ok = double_run(d, now[r], agreed, err) && ((r & 4095) || progress_ok(progress, err));
        if (now != runs)
            free(now);
        now = d->next;
        n_runs = d->n_next;
        d->next = NULL;
        d->n_next = d->cap_next = 0;
    }
    if (now != runs)
        free(now);
    return ok;
}

static bool sort_left(struct sorter *s, struct progress *progress, struct error *err)
{
    struct doubling d = {.shard = s->shard, .entry = s->entry};
    uint32_t longest = 0;
    for (size_t r = 0; r < s->n_left; r++)
        longest = s->left[r].n > longest ? s->left[r].n : longest;
    d.pairs = s->pairs; /* used up by now */
    d.scratch = mem_try_array(longest, sizeof *d.scratch, "sort scratch", err);
    d.rank = mem_try_array(s->shard->n_text, sizeof *d.rank, "ranks of places", err);
    bool ok = d.scratch && d.rank;
    if (ok) {
        for (uint32_t i = 0; i < s->shard->n_entries; i++)
            d.rank[s->entry[i] >> 1] = i;
        ok = double_rounds(&d, s->left, s->n_left, progress, err);
    }
    free(d.next);
    free(d.rank);
    free(d.scratch);
    return ok;
}

bool match_sort_entries(const struct match_shard *shard, int32_t n_items, sort_pair *pairs,
                        uint32_t *entry, uint32_t *slot, struct progress *progress,
                        struct error *err)
{
    int threads = parallel_threads();
    struct sorter s = {.shard = shard,
                       .pairs = pairs,
                       .entry = entry,
                       .slot = slot,
                       .n_items = n_items,
                       .lock = PTHREAD_MUTEX_INITIALIZER};
    s.scratch = mem_zalloc((size_t)threads, sizeof *s.scratch);
    slot[shard->n_entries / MATCH_SLOT] = shard->n_entries; /* may belong to no bucket */
    bool ok = make_units(&s, err) &&
              parallel_for(s.n_units, 1, sort_unit, &s, progress, "sorting training sequences",
                           "lots", err) &&
              (s.n_left == 0 || sort_left(&s, progress, err));
    for (int i = 0; i < threads; i++)
        free(s.scratch[i]);
    free(s.scratch);
    free(s.left);
    free(s.unit);
    return ok;
}
