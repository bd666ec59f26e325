/*
 * Evidence.
 *
 * For each predecessor (the last history item, or every distinct one) the candidate's bucket is
 * narrowed item by item, and each step is kept as a layer: the occurrences of length m and, inside,
 * those of length m + 1. A layer without its inside is a ring of occurrences of exactly length m.
 * Rings are sorted by (lift, length); rings that tie are merged by place. Shards hold consecutive
 * users, so (shard, place) is the order (user, position).
 */
#include "analysis/match/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/match/place.h"
#include "storage/base/mem.h"

struct ring {
    double lift;
    int32_t predecessor; /* history index, -1 for length 1 */
    int32_t shard;
    struct place_ring places;
};

struct rings {
    const struct match_index *index;
    const struct evidence_query *query;
    struct ring *ring;
    size_t n, cap;
};

/* Room to list in: occurrences of rings that tie. */
struct tied {
    uint64_t key; /* shard << 32 | place */
    const struct ring *ring;
};

/* ---- predecessors ---- */

static int by_item_then_latest(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* History indices of the predecessors, each item once, at its latest place. NULL for memory. */
static int32_t *find_predecessors(const struct evidence_query *q, int32_t *n, struct error *err)
{
    size_t n_history = (size_t)q->n_history;
    int32_t *at = mem_try_array(n_history + 1, sizeof *at, "history", err);
    *n = 0;
    if (!at || n_history == 0)
        return at;
    if (q->of == EVIDENCE_LONGEST) {
        at[(*n)++] = q->n_history - 1;
        return at;
    }
    uint64_t *key = mem_try_array(n_history, sizeof *key, "history", err);
    if (!key) {
        free(at);
        return NULL;
    }
    size_t n_keys = 0;
    for (size_t i = 0; i < n_history; i++)
        if (q->history[i] >= 0) /* else no item; and it would not keep the order */
            key[n_keys++] = (uint64_t)(uint32_t)q->history[i] << 32 | (uint32_t)(n_history - 1 - i);
    qsort(key, n_keys, sizeof *key, by_item_then_latest);
    for (size_t i = 0; i < n_keys; i++)
        if (i == 0 || key[i] >> 32 != key[i - 1] >> 32)
            at[(*n)++] = (int32_t)(n_history - 1 - (uint32_t)key[i]);
    free(key);
    return at;
}

/* ---- layers ---- */

/* Appends the layer of `length` items; the layer before of the same cursor is at `outside` (or
 * SIZE_MAX) and gets it as its inside. */
static bool add_layer(struct rings *r, int32_t shard, int32_t predecessor, int32_t length,
                      struct search_range range, size_t outside, struct error *err)
{
    const struct evidence_query *q = r->query;
    if (!mem_try_grow((void **)&r->ring, &r->cap, r->n + 1, sizeof *r->ring, "evidence", err))
        return false;
    if (outside != SIZE_MAX) {
        r->ring[outside].places.longer = true;
        r->ring[outside].places.inner = range;
    }
    r->ring[r->n++] = (struct ring){
        .predecessor = predecessor,
        .shard = shard,
        .places = {.pattern = {q->item, predecessor < 0 ? NULL : q->history + predecessor, length},
                   .outer = range},
    };
    return true;
}

/* All layers of a group of predecessors in one shard. */
static bool add_layers(struct rings *r, int32_t shard, int n, const int32_t *at, struct error *err)
{
    const struct evidence_query *q = r->query;
    const struct match_shard *s = &r->index->shard[shard];
    struct search_range range[SEARCH_GROUP];
    int32_t v[SEARCH_GROUP], x[SEARCH_GROUP], of[SEARCH_GROUP];
    size_t outside[SEARCH_GROUP];
    int live = n;
    for (int i = 0; i < n; i++) {
        of[i] = at[i];
        outside[i] = SIZE_MAX;
        v[i] = q->item;
        range[i] = search_item(s, r->index->n_items, q->item);
    }
    for (int32_t depth = 1; live > 0; depth++) {
        for (int i = 0; i < live; i++)
            x[i] = of[i] - depth + 1 >= 0 ? q->history[of[i] - depth + 1] : -1;
        search_before(s, r->index->n_items, (uint32_t)depth, live, v, x, range);
        int kept = 0;
        for (int i = 0; i < live; i++) {
            if (range[i].begin == range[i].end)
                continue;
            if (!add_layer(r, shard, of[i], depth + 1, range[i], outside[i], err))
                return false;
            of[kept] = of[i];
            outside[kept] = r->n - 1;
            range[kept++] = range[i];
        }
        live = kept;
    }
    return true;
}

static bool add_all_layers(struct rings *r, const int32_t *at, int32_t n, struct error *err)
{
    for (int32_t k = 0; k < r->index->n_shards; k++)
        for (int32_t i = 0; i < n; i += SEARCH_GROUP)
            if (!add_layers(r, k, n - i < SEARCH_GROUP ? n - i : SEARCH_GROUP, at + i, err))
                return false;
    return true;
}

static int32_t longest_layer(const struct rings *r)
{
    int32_t length = 0;
    for (size_t i = 0; i < r->n; i++)
        if (r->ring[i].places.pattern.length > length)
            length = r->ring[i].places.pattern.length;
    return length;
}

/* Only the occurrences of the longest match are evidence; without any, all places of the item. */
static bool keep_longest(struct rings *r, struct error *err)
{
    int32_t length = longest_layer(r);
    size_t kept = 0;
    for (size_t i = 0; i < r->n; i++)
        if (r->ring[i].places.pattern.length == length)
            r->ring[kept++] = r->ring[i];
    r->n = kept;
    for (int32_t k = 0; length == 0 && k < r->index->n_shards; k++) {
        struct search_range all =
            search_item(&r->index->shard[k], r->index->n_items, r->query->item);
        if (all.begin < all.end && !add_layer(r, k, -1, 1, all, SIZE_MAX, err))
            return false;
    }
    return true;
}

static int by_predecessor(const void *a, const void *b)
{
    const struct ring *x = a, *y = b;
    return x->predecessor < y->predecessor ? -1 : x->predecessor > y->predecessor;
}

static int by_lift_then_length(const void *a, const void *b)
{
    const struct ring *x = a, *y = b;
    if (x->lift != y->lift)
        return x->lift > y->lift ? -1 : 1;
    int32_t lx = x->places.pattern.length, ly = y->places.pattern.length;
    return lx > ly ? -1 : lx < ly;
}

static void set_lifts(struct rings *r)
{
    if (r->n == 0)
        return;
    qsort(r->ring, r->n, sizeof *r->ring, by_predecessor);
    for (size_t i = 0; i < r->n; i++) {
        int32_t at = r->ring[i].predecessor;
        if (i > 0 && r->ring[i - 1].predecessor == at)
            r->ring[i].lift = r->ring[i - 1].lift;
        else
            r->ring[i].lift =
                at < 0 ? 0 : match_lift(r->index, r->query->history[at], r->query->item);
    }
    qsort(r->ring, r->n, sizeof *r->ring, by_lift_then_length);
}

/* ---- totals ---- */

static bool is_predecessor(const int32_t *sorted, int32_t n, int32_t x)
{
    int32_t low = 0, high = n;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && sorted[low] == x;
}

/* Distinct users of the union of all pairs (history item, item): occurrences but for those behind
 * another one in the same sequence. */
static int64_t count_users_any(const struct rings *r, const int32_t *sorted, int32_t n)
{
    int64_t users = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct ring *ring = &r->ring[i];
        const struct match_shard *s = &r->index->shard[ring->shard];
        if (ring->places.pattern.length != 2)
            continue;
        for (uint32_t e = ring->places.outer.begin; e < ring->places.outer.end; e++) {
            uint32_t q = (s->entry[e] >> 1) - 1;
            bool earlier = s->entry[e] & 1;
            for (; !earlier && s->text[q] >= 0; q--)
                earlier = s->text[q] == r->query->item && is_predecessor(sorted, n, s->text[q - 1]);
            users += !earlier;
        }
    }
    return users;
}

static bool count_any(const struct rings *r, const int32_t *at, int32_t n,
                      struct evidence_totals *totals, struct error *err)
{
    if (!r->query->count_users) {
        totals->users = -1;
        return true;
    }
    int32_t *sorted = mem_try_array((size_t)n, sizeof *sorted, "history", err);
    if (!sorted)
        return false;
    for (int32_t i = 0; i < n; i++) /* predecessors are found in the order of items */
        sorted[i] = r->query->history[at[i]];
    totals->users = count_users_any(r, sorted, n);
    free(sorted);
    return true;
}

static void count_rings(const struct rings *r, struct evidence_totals *totals)
{
    bool any = r->query->of == EVIDENCE_ANY;
    totals->length = longest_layer(r);
    for (size_t i = 0; i < r->n; i++) {
        const struct place_ring *p = &r->ring[i].places;
        const struct match_shard *s = &r->index->shard[r->ring[i].shard];
        if (any && p->pattern.length != 2)
            continue; /* inside the layer of length 2 */
        totals->occurrences += p->outer.end - p->outer.begin;
        totals->own += place_own(s, &p->pattern, place_user_range(s, r->query->user));
        if (!any && p->pattern.length > 1)
            totals->users += place_users(s, p->outer, p->pattern.length);
    }
    if (!any && totals->length == 1)
        totals->users = r->index->users[r->query->item];
}

/* ---- listing ---- */

struct listing {
    const struct rings *rings;
    struct evidence *out;
    size_t n;
    struct tied *tied;
    size_t n_tied, cap_tied;
    uint32_t *places; /* [max] */
};

static int by_place(const void *a, const void *b)
{
    uint64_t x = ((const struct tied *)a)->key, y = ((const struct tied *)b)->key;
    return x < y ? -1 : x > y;
}

static bool add_tied(struct listing *l, const struct ring *ring, size_t n, struct error *err)
{
    if (!mem_try_grow((void **)&l->tied, &l->cap_tied, l->n_tied + n, sizeof *l->tied, "evidence",
                      err))
        return false;
    for (size_t i = 0; i < n; i++)
        l->tied[l->n_tied++] =
            (struct tied){(uint64_t)(uint32_t)ring->shard << 32 | l->places[i], ring};
    return true;
}

/* The first places of one ring that are the user's own, or the others'. */
static size_t ring_places(const struct listing *l, const struct ring *ring, bool own, size_t max)
{
    const struct match_shard *s = &l->rings->index->shard[ring->shard];
    struct search_range mine = place_user_range(s, l->rings->query->user);
    if (!own)
        return place_first(s, &ring->places, mine, max, l->places);
    size_t n = 0;
    for (uint32_t place = mine.begin; place < mine.end && n < max; place++)
        if (place_in_ring(s, &ring->places, place))
            l->places[n++] = place;
    return n;
}

/* Lists the rings begin .. end-1, which have one lift and one length. */
static bool list_tie(struct listing *l, size_t begin, size_t end, bool own, struct error *err)
{
    const struct rings *r = l->rings;
    size_t room = r->query->max - l->n;
    l->n_tied = 0;
    for (size_t i = begin; i < end && room > 0; i++)
        if (!add_tied(l, &r->ring[i], ring_places(l, &r->ring[i], own, room), err))
            return false;
    if (l->n_tied > 0)
        qsort(l->tied, l->n_tied, sizeof *l->tied, by_place);
    for (size_t i = 0; i < l->n_tied && i < room; i++) {
        const struct ring *ring = l->tied[i].ring;
        struct match_place place =
            place_resolve(&r->index->shard[ring->shard], (uint32_t)l->tied[i].key);
        l->out[l->n++] = (struct evidence){
            .user = place.user,
            .position = place.position,
            .own = own,
            .length = ring->places.pattern.length,
            .predecessor = ring->predecessor,
            .lift = ring->lift,
        };
    }
    return true;
}

static bool list_rings(const struct rings *r, struct evidence *out, size_t *n, struct error *err)
{
    struct listing l = {.rings = r, .out = out};
    bool ok = true;
    size_t end;
    l.places = mem_try_array(r->query->max, sizeof *l.places, "evidence", err);
    if (!l.places)
        return false;
    for (size_t begin = 0; ok && begin < r->n && l.n < r->query->max; begin = end) {
        for (end = begin + 1;
             end < r->n && by_lift_then_length(&r->ring[begin], &r->ring[end]) == 0; end++)
            ;
        ok = list_tie(&l, begin, end, false, err) && list_tie(&l, begin, end, true, err);
    }
    *n = l.n;
    free(l.places);
    free(l.tied);
    return ok;
}

bool evidence_find(const struct match_index *index, const struct evidence_query *query,
                   struct evidence *out, size_t *n_out, struct evidence_totals *totals,
                   struct error *err)
{
    struct rings r = {.index = index, .query = query};
    int32_t n;
    *n_out = 0;
    *totals = (struct evidence_totals){0};
    int32_t *at = find_predecessors(query, &n, err);
    bool ok = at && add_all_layers(&r, at, n, err) &&
              (query->of == EVIDENCE_ANY || keep_longest(&r, err));
    if (ok) {
        set_lifts(&r);
        count_rings(&r, totals);
        ok = (query->of == EVIDENCE_LONGEST || count_any(&r, at, n, totals, err)) &&
             list_rings(&r, out, n_out, err);
    }
    free(r.ring);
    free(at);
    return ok;
}
