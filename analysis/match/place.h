/*
 * Occurrences of a pattern as places of one shard's text: whose they are, how many users they
 * belong to, the first ones. Internal to analysis/match.
 */
#ifndef ANALYSIS_MATCH_PLACE_H
#define ANALYSIS_MATCH_PLACE_H

#include "analysis/match/match.h"
#include "analysis/match/search.h"

/* The last `length` - 1 items up to and with before[0], then v. `before` points at the item before
 * v, the ones before it stand to its left. length 1: before is not read. */
struct place_pattern {
    int32_t v;
    const int32_t *before;
    int32_t length;
};

/* The occurrences of a pattern; with `longer`, without those where before[1 - length] precedes too
 * (the occurrences of the pattern that is one item longer). */
struct place_ring {
    struct place_pattern pattern;
    struct search_range outer; /* entries of the pattern */
    struct search_range inner; /* entries of the longer one, inside; empty without */
    bool longer;
};

/* True when the pattern ends at the place; `place` is an item of the shard's text. */
bool place_matches(const struct match_shard *s, const struct place_pattern *p, uint32_t place);
bool place_in_ring(const struct match_shard *s, const struct place_ring *ring, uint32_t place);

/* User (of the whole corpus) and position of a place. */
struct match_place place_resolve(const struct match_shard *s, uint32_t place);

/* The places [begin, end) of a user's items; empty when the user (-1 too) is not in the shard. */
struct search_range place_user_range(const struct match_shard *s, int32_t user);

/* Distinct users among the entries of a pattern of `length` >= 2 items. */
int64_t place_users(const struct match_shard *s, struct search_range entries, int32_t length);

/* Occurrences of the pattern among the places [begin, end) of one user. */
int64_t place_own(const struct match_shard *s, const struct place_pattern *p,
                  struct search_range own);

/* The first `max` places of the ring, ascending, without those inside `skip`; returns how many. */
size_t place_first(const struct match_shard *s, const struct place_ring *ring,
                   struct search_range skip, size_t max, uint32_t *places);

#endif
