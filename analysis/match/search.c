/* Binary searches in groups, their first step through the directory (slot.h). */
#include "analysis/match/search.h"

#include "analysis/match/slot.h"

/* The searches under way: active[0 .. n_active-1] name cursors; [low, high) is where the bound of
 * each still may be (high included as an answer). */
enum { UNSEEN = INT32_MIN }; /* no text value: separators are ~user */
struct lanes {
    const struct match_shard *shard;
    uint32_t depth;
    uint32_t low[SEARCH_GROUP], high[SEARCH_GROUP];
    int32_t bound[SEARCH_GROUP];   /* looks for the first entry whose item before is >= bound */
    int32_t at_high[SEARCH_GROUP]; /* item before entry high[i]; UNSEEN while it was not read */
    int active[SEARCH_GROUP];
    int n_active;
};

static inline int32_t item_before(const struct match_shard *s, uint32_t entry, uint32_t depth)
{
    return s->text[(s->entry[entry] >> 1) - depth];
}

static inline void lane_prefetch(const struct lanes *l, int i)
{
    __builtin_prefetch(l->shard->entry + l->low[i] + (l->high[i] - l->low[i]) / 2);
}

/* Runs all active lanes to their end: low[i] == high[i] is the answer. */
static void lanes_run(struct lanes *l)
{
    const struct match_shard *s = l->shard;
    while (l->n_active > 0) {
        uint32_t place[SEARCH_GROUP];
        for (int k = 0; k < l->n_active; k++) {
            int i = l->active[k];
            place[k] = (s->entry[l->low[i] + (l->high[i] - l->low[i]) / 2] >> 1) - l->depth;
            __builtin_prefetch(s->text + place[k]);
        }
        int n = 0;
        for (int k = 0; k < l->n_active; k++) {
            int i = l->active[k];
            uint32_t middle = l->low[i] + (l->high[i] - l->low[i]) / 2;
            int32_t before = s->text[place[k]];
            bool below = before < l->bound[i];
            l->low[i] = below ? middle + 1 : l->low[i];
            l->high[i] = below ? l->high[i] : middle;
            l->at_high[i] = below ? l->at_high[i] : before;
            lane_prefetch(l, i);
            l->active[n] = i;
            n += l->low[i] < l->high[i];
        }
        l->n_active = n;
    }
}

static inline void lane_add(struct lanes *l, int i, uint32_t low, uint32_t high, int32_t bound)
{
    l->low[i] = low;
    l->high[i] = high;
    l->bound[i] = bound;
    l->at_high[i] = UNSEEN;
    l->active[l->n_active] = i;
    l->n_active += low < high;
    lane_prefetch(l, i);
}

struct search_range search_item(const struct match_shard *s, int32_t n_items, int32_t v)
{
    if (v < 0 || v >= n_items)
        return (struct search_range){0, 0};
    return (struct search_range){s->start[v], s->start[v + 1]};
}

/* Where in v's bucket the first entry with an item before >= x must be (the end included). */
static struct search_range slot_range(const struct match_shard *s, int32_t v, struct slots slots,
                                      uint32_t at)
{
    return (struct search_range){
        s->slot[slots.first + at],
        at + 1 < slots.count ? s->slot[slots.first + at + 1] : s->start[v + 1],
    };
}

/* First step in a bucket: the directory says between which entries x's begin, and where they end
 * at the latest. */
static void open_lanes(struct lanes *l, int n, const int32_t *v, const int32_t *x,
                       struct search_range *range)
{
    const struct match_shard *s = l->shard;
    struct slots slots[SEARCH_GROUP];
    uint32_t first[SEARCH_GROUP], last[SEARCH_GROUP];
    for (int i = 0; i < n; i++) {
        slots[i].count = 0;
        if (range[i].begin == range[i].end)
            continue;
        slots[i] = slots_of(s, v[i]);
        if (slots[i].count == 0)
            continue;
        first[i] = slot_of(s, slots[i].count, x[i]);
        last[i] = slot_of(s, slots[i].count, x[i] + 1);
        __builtin_prefetch(s->slot + slots[i].first + first[i]);
        __builtin_prefetch(s->slot + slots[i].first + last[i] + 1);
    }
    for (int i = 0; i < n; i++) {
        uint32_t high = range[i].end;
        if (slots[i].count > 0) {
            struct search_range begin = slot_range(s, v[i], slots[i], first[i]);
            range[i].end = slot_range(s, v[i], slots[i], last[i]).end;
            range[i].begin = begin.begin;
            high = begin.end;
        }
        lane_add(l, i, range[i].begin, high, x[i]);
    }
}

void search_before(const struct match_shard *s, int32_t n_items, uint32_t depth, int n,
                   const int32_t *v, const int32_t *x, struct search_range *range)
{
    struct lanes l; /* not zeroed: a good part of a short search */
    l.shard = s;
    l.depth = depth;
    l.n_active = 0;
    for (int i = 0; i < n; i++)
        if (x[i] < 0 || x[i] >= n_items)
            range[i].end = range[i].begin;
    if (depth == 1)
        open_lanes(&l, n, v, x, range);
    else
        for (int i = 0; i < n; i++)
            lane_add(&l, i, range[i].begin, range[i].end, x[i]);
    lanes_run(&l);
    for (int i = 0; i < n; i++) {
        range[i].begin = l.low[i];
        if (range[i].begin < range[i].end && l.at_high[i] == UNSEEN)
            l.at_high[i] = item_before(s, range[i].begin, depth);
        if (range[i].begin < range[i].end && l.at_high[i] == x[i])
            lane_add(&l, i, range[i].begin + 1, range[i].end, x[i] + 1);
    }
    lanes_run(&l);
    for (int i = 0; i < n; i++)
        range[i].end = l.low[i];
}

struct search_range search_pattern(const struct match_shard *s, int32_t n_items,
                                   const int32_t *pattern, int32_t n)
{
    struct search_range range = search_item(s, n_items, pattern[n - 1]);
    for (int32_t depth = 1; depth < n && range.begin < range.end; depth++)
        search_before(s, n_items, (uint32_t)depth, 1, &pattern[n - 1], &pattern[n - 1 - depth],
                      &range);
    return range;
}
