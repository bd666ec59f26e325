/*
 * Building the match index.
 *
 * Per shard: (1) the text is laid out and items are counted, (2) every place is scattered into its
 * item's bucket with the item before it as sort key, in order of places, (3) buckets are sorted
 * (sort.c). Steps 1 and 2 cut the users into as many parts as there are threads, each with counts
 * of its own, so that places stay in order whatever the number of parts.
 */
#include "analysis/match/index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "analysis/match/sort.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

enum { PAIR_SEED_SLOTS = 64 };

/* The arrays of a shard while they are written. */
struct shard_build {
    const struct training *training;
    int32_t first_user, n_users, n_items;
    int n_parts;
    int32_t *text;
    uint32_t *user_start, *entry, *start, *slot;
    uint32_t *cursor; /* [n_parts * n_items] entries of each item in each part, then their places */
    int32_t *stamp;   /* [n_parts * n_items] 1 + last user of the part seen with the item */
    int32_t *users, *begins, *ends; /* [n_items] of the whole index */
    int32_t *part_users;            /* [n_parts * n_items] distinct users */
    sort_pair *pairs;
};

/* Arrays that are written all over profit from large pages. Advice only. */
static void *try_large(size_t count, size_t size, const char *what, struct error *err)
{
    void *p = mem_try_array(count, size, what, err);
    uintptr_t begin = ((uintptr_t)p + 4095) & ~(uintptr_t)4095;
    uintptr_t end = ((uintptr_t)p + count * size) & ~(uintptr_t)4095;
    if (p && end > begin && end - begin >= (4u << 20))
        madvise((void *)begin, end - begin, MADV_HUGEPAGE);
    return p;
}

static inline const int32_t *training_sequence(const struct training *t, int32_t user)
{
    return t->corpus->item + t->corpus->offset[user];
}

static inline void part_range(const struct shard_build *b, int64_t part, int32_t *begin,
                              int32_t *end)
{
    *begin = (int32_t)((int64_t)b->n_users * part / b->n_parts);
    *end = (int32_t)((int64_t)b->n_users * (part + 1) / b->n_parts);
}

/* ---- step 1: text and counts ---- */

static void lay_out_user(struct shard_build *b, int32_t user, uint32_t *count, int32_t *stamp,
                         int32_t *distinct)
{
    const int32_t *sequence = training_sequence(b->training, b->first_user + user);
    uint32_t n = b->user_start[user + 1] - b->user_start[user] - 1;
    int32_t *text = b->text + b->user_start[user];
    *text++ = ~user;
    for (uint32_t i = 0; i < n; i++) {
        int32_t v = sequence[i];
        text[i] = v;
        count[v]++;
        distinct[v] += stamp[v] != user + 1;
        stamp[v] = user + 1;
    }
}

static bool lay_out_part(void *context, int64_t part, int64_t end, int worker, struct error *err)
{
    struct shard_build *b = context;
    (void)worker, (void)err;
    for (; part < end; part++) {
        size_t row = (size_t)part * (size_t)b->n_items;
        int32_t user, last;
        for (part_range(b, part, &user, &last); user < last; user++)
            lay_out_user(b, user, b->cursor + row, b->stamp + row, b->part_users + row);
    }
    return true;
}

/* Counts become the place where each part's next entry of an item goes. */
static void make_starts(struct shard_build *b)
{
    uint32_t sum = 0;
    for (int32_t v = 0; v < b->n_items; v++) {
        b->start[v] = sum;
        for (int part = 0; part < b->n_parts; part++) {
            size_t at = (size_t)part * (size_t)b->n_items + (size_t)v;
            uint32_t n = b->cursor[at];
            b->cursor[at] = sum;
            sum += n;
            b->users[v] += b->part_users[at];
        }
    }
    b->start[b->n_items] = sum;
    for (int32_t user = 0; user < b->n_users; user++) {
        uint32_t first = b->user_start[user] + 1, last = b->user_start[user + 1] - 1;
        if (first <= last) {
            b->begins[b->text[first]]++;
            b->ends[b->text[last]]++;
        }
    }
}

/* ---- step 2: scatter ---- */

/* The pairs (item before, item) of one sequence, as a hash set. */
struct pair_set {
    uint64_t *slot; /* 0 = free */
    size_t cap;     /* a power of two */
};

static bool pair_set_ready(struct pair_set *set, size_t n, struct error *err)
{
    size_t cap = PAIR_SEED_SLOTS;
    while (cap < 2 * n)
        cap *= 2;
    if (cap > set->cap) {
        free(set->slot);
        *set = (struct pair_set){0};
        set->slot = mem_try_zarray(cap, sizeof *set->slot, "pairs of one sequence", err);
        if (!set->slot)
            return false;
        set->cap = cap;
    }
    return true;
}

/* True when the pair was there already. `mask` = size in use - 1. */
static bool pair_set_add(struct pair_set *set, size_t mask, int32_t x, int32_t v)
{
    uint64_t key = (uint64_t)((uint32_t)x + 1) << 32 | (uint32_t)v;
    size_t at = (key * 0x9e3779b97f4a7c15u) >> 32 & mask;
    for (; set->slot[at] != 0; at = (at + 1) & mask)
        if (set->slot[at] == key)
            return true;
    set->slot[at] = key;
    return false;
}

static bool scatter_user(struct shard_build *b, int32_t user, uint32_t *cursor,
                         struct pair_set *set, struct error *err)
{
    uint32_t first = b->user_start[user] + 1, end = b->user_start[user + 1];
    if (!pair_set_ready(set, end - first, err))
        return false;
    size_t size = PAIR_SEED_SLOTS;
    while (size < 2 * (size_t)(end - first))
        size *= 2;
    memset(set->slot, 0, size * sizeof *set->slot);
    for (uint32_t place = first; place < end; place++) {
        int32_t v = b->text[place], before = b->text[place - 1];
        uint32_t repeated = before >= 0 && pair_set_add(set, size - 1, before, v);
        b->pairs[cursor[v]++] = (sort_pair)sort_key(before) << 32 | place << 1 | repeated;
    }
    return true;
}

static bool scatter_part(void *context, int64_t part, int64_t end, int worker, struct error *err)
{
    struct shard_build *b = context;
    struct pair_set set = {0};
    bool ok = true;
    (void)worker;
    for (; ok && part < end; part++) {
        int32_t user, last;
        uint32_t *cursor = b->cursor + (size_t)part * (size_t)b->n_items;
        for (part_range(b, part, &user, &last); ok && user < last; user++)
            ok = scatter_user(b, user, cursor, &set, err);
    }
    free(set.slot);
    return ok;
}

/* ---- one shard ---- */

/* As many parts as threads, but no more than make their counts small beside the entries. */
static int parts_for(uint32_t n_entries, int32_t n_items)
{
    int64_t fit = n_entries / (4 * ((int64_t)n_items + 1)), threads = parallel_threads();
    return fit < 1 ? 1 : fit < threads ? (int)fit : (int)threads;
}

static bool count_and_scatter(struct shard_build *b, struct progress *progress, struct error *err)
{
    size_t cells = (size_t)b->n_parts * (size_t)b->n_items;
    b->cursor = mem_try_zarray(cells, sizeof *b->cursor, "item counts", err);
    b->stamp = mem_try_zarray(cells, sizeof *b->stamp, "item counts", err);
    b->part_users = mem_try_zarray(cells, sizeof *b->part_users, "item counts", err);
    bool ok = b->cursor && b->stamp && b->part_users;
    if (ok) {
        ok = parallel_for(b->n_parts, 1, lay_out_part, b, progress, "reading training sequences",
                          "parts", err);
        if (ok)
            make_starts(b);
        ok = ok && parallel_for(b->n_parts, 1, scatter_part, b, progress,
                                "distributing training sequences", "parts", err);
    }
    free(b->cursor);
    free(b->stamp);
    free(b->part_users);
    return ok;
}

static void shard_release(struct match_shard *s)
{
    free((void *)s->text);
    free((void *)s->user_start);
    free((void *)s->entry);
    free((void *)s->start);
    free((void *)s->slot);
}

static bool allocate_shard(struct shard_build *b, uint32_t n_entries, struct error *err)
{
    size_t n_users = (size_t)b->n_users;
    b->text = try_large(n_entries + n_users, sizeof *b->text, "text of the match index", err);
    b->user_start =
        mem_try_array(n_users + 1, sizeof *b->user_start, "users of the match index", err);
    b->start =
        mem_try_array((size_t)b->n_items + 1, sizeof *b->start, "buckets of the match index", err);
    b->slot = try_large((size_t)n_entries / MATCH_SLOT + 1, sizeof *b->slot,
                        "directory of the match index", err);
    b->pairs = try_large(n_entries, sizeof *b->pairs, "sort keys of the match index", err);
    b->entry = try_large(n_entries, sizeof *b->entry, "entries of the match index", err);
    return b->text && b->user_start && b->start && b->slot && b->pairs && b->entry;
}

/* Users b->first_user on; on success the arrays belong to *out. */
static bool build_shard(struct shard_build *b, struct progress *progress, struct match_shard *out,
                        struct error *err)
{
    const struct training *t = b->training;
    uint32_t n_entries = 0;
    for (int32_t u = 0; u < b->n_users; u++)
        n_entries += (uint32_t)t->end[b->first_user + u];
    bool ok = allocate_shard(b, n_entries, err);
    struct match_shard shard = {
        .first_user = b->first_user,
        .n_users = b->n_users,
        .n_text = n_entries + (uint32_t)b->n_users,
        .n_entries = n_entries,
        .text = b->text,
        .user_start = b->user_start,
        .entry = b->entry,
        .start = b->start,
        .slot = b->slot,
    };
    if (ok) {
        uint32_t place = 0;
        for (int32_t u = 0; u < b->n_users; u++) {
            b->user_start[u] = place;
            place += 1 + (uint32_t)t->end[b->first_user + u];
        }
        b->user_start[b->n_users] = place;
        b->n_parts = parts_for(n_entries, b->n_items);
        ok = count_and_scatter(b, progress, err) &&
             match_sort_entries(&shard, b->n_items, b->pairs, b->entry, b->slot, progress, err);
    }
    free(b->pairs);
    if (ok)
        *out = shard;
    else
        shard_release(&shard);
    return ok;
}

/* ---- the whole index ---- */

/* End of the shard that begins with user `first`: about `share` interactions, and always less than
 * 2^31 places. -1 when a single user has more. */
static int32_t shard_end(const struct training *t, int32_t first, int64_t share)
{
    const int64_t most = INT32_MAX - 1;
    int64_t places = 0, entries = 0;
    int32_t u = first;
    for (; u < t->corpus->n_users && (entries < share || u == first); u++) {
        if (places + t->end[u] + 1 > most)
            return u > first ? u : -1;
        places += t->end[u] + 1;
        entries += t->end[u];
    }
    return u;
}

static bool build_shards(const struct training *t, int32_t wanted, int32_t *users, int32_t *begins,
                         int32_t *ends, struct progress *progress, struct match_index *index,
                         struct error *err)
{
    int32_t first = 0, n_users = t->corpus->n_users;
    int64_t left = index->n_entries;
    for (;;) {
        int32_t shards_left = wanted - index->n_shards;
        int64_t share = shards_left > 1 ? left / shards_left : INT64_MAX;
        int32_t end = shard_end(t, first, share);
        if (end < 0)
            return error_set(err, ERROR_INPUT,
                             "user number %d has more than 2^31 interactions, which the match "
                             "index does not hold: import with a maximum length",
                             first + 1);
        if (shards_left == 1 && end < n_users)
            wanted++; /* more than fits into the shards asked for */
        if (index->n_shards == MATCH_MAX_SHARDS)
            return error_set(err, ERROR_INPUT, "the match index holds at most %d shards",
                             MATCH_MAX_SHARDS);
        struct shard_build b = {.training = t,
                                .first_user = first,
                                .n_users = end - first,
                                .n_items = t->corpus->n_items,
                                .users = users,
                                .begins = begins,
                                .ends = ends};
        if (!build_shard(&b, progress, &index->shard[index->n_shards], err))
            return false;
        left -= index->shard[index->n_shards++].n_entries;
        first = end;
        if (index->n_shards == wanted)
            return true;
    }
}

bool match_index_build(const struct training *training, int32_t n_shards, struct progress *progress,
                       struct match_index *out, struct error *err)
{
    const struct corpus *corpus = training->corpus;
    size_t n_items = (size_t)corpus->n_items;
    struct match_index index = {
        .n_users = corpus->n_users, .n_items = corpus->n_items, .owned = true};
    for (int32_t u = 0; u < corpus->n_users; u++) {
        index.n_entries += training->end[u];
        index.n_pairs += training->end[u] > 0 ? training->end[u] - 1 : 0;
    }
    int32_t *users = mem_try_zarray(n_items, sizeof *users, "match index", err);
    int32_t *begins = mem_try_zarray(n_items, sizeof *begins, "match index", err);
    int32_t *ends = mem_try_zarray(n_items, sizeof *ends, "match index", err);
    index.users = users;
    index.begins = begins;
    index.ends = ends;
    index.shard = mem_zalloc(MATCH_MAX_SHARDS, sizeof *index.shard);
    bool ok = users && begins && ends &&
              build_shards(training, n_shards > 0 ? n_shards : 1, users, begins, ends, progress,
                           &index, err);
    if (ok)
        *out = index;
    else
        match_index_release(&index);
    return ok;
}

void match_index_release(struct match_index *index)
{
    if (index->owned) {
        for (int32_t i = 0; i < index->n_shards; i++)
            shard_release(&index->shard[i]);
        free((void *)index->users);
        free((void *)index->begins);
        free((void *)index->ends);
    }
    free(index->shard);
    *index = (struct match_index){0};
}

int64_t match_item_count(const struct match_index *index, int32_t v)
{
    int64_t n = 0;
    if (v < 0 || v >= index->n_items)
        return 0;
    for (int32_t i = 0; i < index->n_shards; i++)
        n += index->shard[i].start[v + 1] - index->shard[i].start[v];
    return n;
}

size_t match_index_bytes(const struct match_index *index)
{
    size_t words = 3 * (size_t)index->n_items;
    for (int32_t i = 0; i < index->n_shards; i++) {
        const struct match_shard *s = &index->shard[i];
        words += (size_t)s->n_text + s->n_entries + s->n_entries / MATCH_SLOT + 1;
        words += (size_t)s->n_users + 1 + (size_t)index->n_items + 1;
    }
    return 4 * words;
}
