/*
 * One-hop memorization of a case under a definition (docs/definitions.md, section 2).
 *
 * The candidate set C of a case is the successors of its chosen predecessors, counted in the
 * training corpus: cnt(v) = sum of T[x][v] over distinct predecessors x, less the user's own edges
 * (own=leave), less items of the history (history=remove), and then the first `cap` by
 * (count desc, pop desc, item index asc).
 *
 * Cost of a case: the out-degrees of its predecessors. Memory: 18 bytes per item and thread.
 */
#ifndef ANALYSIS_LABEL_ONEHOP_H
#define ANALYSIS_LABEL_ONEHOP_H

#include <stdint.h>

#include "analysis/corpus/edges.h"
#include "analysis/corpus/recs.h"
#include "analysis/corpus/split.h"
#include "analysis/label/definition.h"
#include "storage/base/error.h"
#include "storage/base/progress.h"

/* A definition bound to its training corpus. Borrows both arguments; read-only after onehop_init(),
 * safe from many threads. The caller passes the training corpus that the definition names. */
struct onehop {
    struct training training;
    const struct edges *edges;
    struct definition definition;
    int32_t *rank;    /* [n_items] place of each item by (pop desc, index asc) */
    int32_t *by_rank; /* [n_items] the inverse */
};
bool onehop_init(struct onehop *o, const struct training *training, const struct edges *edges,
                 const struct definition *definition, struct error *err);
void onehop_release(struct onehop *o);

/* Working memory of one thread, for any number of cases one after the other. */
struct onehop_scratch;
struct onehop_scratch *onehop_scratch_new(const struct onehop *o, struct error *err);
void onehop_scratch_free(struct onehop_scratch *s); /* NULL allowed */

/* Makes `s` hold the candidate set of a case: `user` (-1: none, nothing is left out) with `history`
 * oldest first. What follows answers for that case. */
void onehop_load(const struct onehop *o, struct onehop_scratch *s, int32_t user,
                 const int32_t *history, int32_t n_history);
/* The same where only n items will be asked about, by onehop_has(), onehop_count() and
 * onehop_band(): looks them up instead of counting all successors where that is less work. */
void onehop_load_for(const struct onehop *o, struct onehop_scratch *s, int32_t user,
                     const int32_t *history, int32_t n_history, const int32_t *item, int32_t n);
bool onehop_has(const struct onehop_scratch *s, int32_t item);      /* in C; item < 0: no */
int32_t onehop_count(const struct onehop_scratch *s, int32_t item); /* cnt(v), cap or not */
int32_t onehop_size(const struct onehop_scratch *s);                /* |C| */

struct onehop_candidate {
    int32_t item, count;
};
/* The first `max` of C in rank order; returns how many. O(|C| log |C|). */
int32_t onehop_ranked(const struct onehop *o, struct onehop_scratch *s, int32_t max,
                      struct onehop_candidate *out);

/* has[case * depth + slot] = 1 where the slot's item is in the candidate set of its case, else 0;
 * on all threads. */
bool onehop_slots(const struct onehop *o, const struct case_list *cases, const struct recs *recs,
                  uint8_t *has, struct progress *progress, struct error *err);

/* How many distinct items of item[0..n-1] are in C. */
int32_t onehop_hits(const struct onehop_scratch *s, const int32_t *item, int32_t n);

/* Whether the target is reachable, and what that owes to ties at the cap. Without a cap all three
 * are 1 or 0 alike. */
struct onehop_band {
    double pessimistic, expected, optimistic;
};
struct onehop_band onehop_band(const struct onehop *o, const struct onehop_scratch *s,
                               int32_t target);

/* All cases of a list. Arrays are owned by the struct. */
struct onehop_scores {
    int64_t n;
    int32_t *hits;      /* [n] |top-k ∩ C|; NULL when no lists were given */
    uint8_t *reachable; /* [n] 1: the target is in C */
    double ratio;       /* mean of hits / k over cases; NAN without lists or cases */
    double reachable_share;
    struct onehop_band band; /* means over cases */
};
/* recs NULL: targets only. Lists shorter than k count as misses below their end. The result does
 * not depend on the number of threads. */
bool onehop_score(const struct onehop *o, const struct case_list *cases, const struct recs *recs,
                  struct onehop_scores *out, struct progress *progress, struct error *err);
void onehop_scores_release(struct onehop_scores *scores);

#endif
