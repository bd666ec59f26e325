/* The directory of the match index: which slot of item v's bucket an item before belongs to.
 * Internal to analysis/match. */
#ifndef ANALYSIS_MATCH_SLOT_H
#define ANALYSIS_MATCH_SLOT_H

#include "analysis/match/index.h"

/* The slots of one bucket. */
struct slots {
    uint32_t first; /* index of the bucket's first slot */
    uint32_t count; /* 0 for a small bucket: search all of it */
};

static inline struct slots slots_of(const struct match_shard *s, int32_t v)
{
    uint32_t first = s->start[v] / MATCH_SLOT;
    return (struct slots){first, s->start[v + 1] / MATCH_SLOT - first};
}

/* Monotone in x, below count. Items before follow roughly the popularity of all items, so equal
 * shares of the whole make slots of about MATCH_SLOT entries. */
static inline uint32_t slot_of(const struct match_shard *s, uint32_t count, int32_t x)
{
    double share = (double)s->start[x] / (double)s->n_entries;
    uint32_t slot = (uint32_t)(share * (double)count);
    return slot < count ? slot : count - 1;
}

#endif
