/*
 * Queries of the match index (docs/definitions.md, section 3): counts, places, the longest suffix
 * of a history and a candidate, gapped matches, spans of roll-outs.
 *
 * Items outside the catalogue (negative ones too) match nothing. All functions are safe from many
 * threads; those that return bool spread over parallel_threads() threads, the others do not start
 * any. Descents run in groups whose memory reads overlap, so large batches are faster per query.
 */
#ifndef ANALYSIS_MATCH_MATCH_H
#define ANALYSIS_MATCH_MATCH_H

#include "analysis/corpus/recs.h"
#include "analysis/corpus/split.h"
#include "analysis/match/index.h"

/* Where a match stands: the place of its LAST item in the user's training sequence. */
struct match_place {
    int32_t user, position;
};

/* How well (history, v) is supported: the longest match and its occurrences. */
struct match_support {
    int32_t length;      /* L: 0 v never occurs, 1 never after the last history item, … */
    int64_t occurrences; /* of the longest match; 0 when length is 0 */
    int64_t users;       /* distinct users among them, the own one counted */
    int64_t own;         /* occurrences in the user's own training sequence */
};

/* Occurrences of the contiguous pattern; n = 0 gives the number of interactions. */
int64_t match_count(const struct match_index *index, const int32_t *pattern, int32_t n);

/* counts[i] = occurrences of pattern[offset[i]] .. pattern[offset[i+1]-1], each of 1 item or more.
 * In this thread. */
void match_count_many(const struct match_index *index, int64_t n_patterns, const int32_t *pattern,
                      const int64_t *offset, int64_t *counts);

/* counts[i] = T[x[i]][v[i]], as match_count_many() for pairs. In this thread. */
void match_count_pairs(const struct match_index *index, int64_t n, const int32_t *x,
                       const int32_t *v, int64_t *counts);

/* The first `max` occurrences by (user, position) into places[], *n_places of them; *total is how
 * many there are. n = 0 lists nothing. Fails only for memory. */
bool match_locate(const struct match_index *index, const int32_t *pattern, int32_t n, size_t max,
                  struct match_place *places, size_t *n_places, int64_t *total, struct error *err);

/* out[i] for candidates v[0 .. n-1] after one history; user (-1: none) is whose occurrences count
 * as own. Lengths and occurrences alone: match_lengths(). */
void match_support(const struct match_index *index, const int32_t *history, int32_t n_history,
                   int32_t user, const int32_t *v, int32_t n, struct match_support *out);

/* The verbatim lengths of candidates v[0 .. n-1] after one history, and occurrences of the longest
 * match (NULL allowed). */
void match_lengths(const struct match_index *index, const int32_t *history, int32_t n_history,
                   const int32_t *v, int32_t n, int32_t *length, int64_t *occurrences);

/* The same for all lists of a run: verbatim[case * depth + slot], lengths above 255 stay 255, slots
 * without an item are 0. Both outputs may be NULL. On all threads. */
bool match_recs(const struct match_index *index, const struct corpus *corpus,
                const struct case_list *cases, const struct recs *recs, struct progress *progress,
                uint8_t *verbatim, int64_t *occurrences, struct error *err);

/* Lift of the edge x -> v = T·ΣT / (Σ_y T[x][y] · Σ_y T[y][v]); 0 when T is 0. The same bits as
 * edges_lift(). */
double match_lift(const struct match_index *index, int32_t x, int32_t v);

/* Gapped match: the largest m such that the last m-1 history items and then v occur in this order
 * inside a window of `window` positions of one training sequence, and at how many places of v.
 * Cost: the rarer of the two last items' occurrences times the window. */
enum { MATCH_WINDOW = 10 };
struct match_gapped {
    int32_t length;
    int64_t occurrences;      /* places of v at which it is reached */
    struct match_place first; /* the first of them by user and position; -1, -1 when length is 0 */
};
void match_gapped(const struct match_index *index, const int32_t *history, int32_t n_history,
                  int32_t v, int32_t window, struct match_gapped *out);

/* Maximal contiguous spans of 2 items or more of items[0 .. n-1] (history tail, then a model's
 * roll-out) that occur in training, by place. spans[] has room for n; the result is how many. A
 * span is maximal when no longer one that holds it occurs. */
struct match_span {
    int32_t begin, length;
    int64_t occurrences;
};
size_t match_spans(const struct match_index *index, const int32_t *items, int32_t n,
                   struct match_span *spans);

#endif
