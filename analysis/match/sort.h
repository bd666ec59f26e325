/*
 * Sorting the entries of one shard of the match index. Internal to analysis/match.
 */
#ifndef ANALYSIS_MATCH_SORT_H
#define ANALYSIS_MATCH_SORT_H

#include "analysis/match/index.h"

/* An entry on its way: sort key << 32 | entry word (place << 1 | repeated). */
typedef uint64_t sort_pair;

/* Key of a text value: 0 for a separator, which sorts before every item. */
static inline uint32_t sort_key(int32_t value)
{
    return value < 0 ? 0 : (uint32_t)value + 1;
}

/* Fills shard->entry and shard->slot. On entry `pairs` holds item v's entries at start[v] ..
 * start[v+1]-1, by place, keyed by the item before each; its contents are used up. On all threads.
 * Cost: O(entries) for the pairs, then what it takes to tell equal contexts apart; contexts that
 * agree on more than a few dozen items are told apart by prefix doubling in one thread, so that
 * long repeats cost O(n log n), never O(n^2). */
bool match_sort_entries(const struct match_shard *shard, int32_t n_items, sort_pair *pairs,
                        uint32_t *entry, uint32_t *slot, struct progress *progress,
                        struct error *err);

#endif
