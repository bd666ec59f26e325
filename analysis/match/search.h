/*
 * Narrowing ranges of entries by one more item before. Internal to analysis/match.
 *
 * A cursor is the range of the entries of one shard that match a pattern so far. Cursors move in
 * groups: the steps of all binary searches of a group alternate, so that their cache misses
 * overlap.
 */
#ifndef ANALYSIS_MATCH_SEARCH_H
#define ANALYSIS_MATCH_SEARCH_H

#include "analysis/match/index.h"

enum { SEARCH_GROUP = 32 };

struct search_range {
    uint32_t begin, end; /* entries; empty when begin == end */
};

/* All entries of item v (the pattern of one item). */
struct search_range search_item(const struct match_shard *s, int32_t n_items, int32_t v);

/* Each range[i] (n <= SEARCH_GROUP of them), whose entries agree on `depth` items, becomes the part
 * of it whose next item before is x[i]; v[i] is the last item of its pattern. x or v outside the
 * catalogue and empty ranges give empty ranges. */
void search_before(const struct match_shard *s, int32_t n_items, uint32_t depth, int n,
                   const int32_t *v, const int32_t *x, struct search_range *range);

/* The entries of one pattern, in this thread. */
struct search_range search_pattern(const struct match_shard *s, int32_t n_items,
                                   const int32_t *pattern, int32_t n);

#endif
