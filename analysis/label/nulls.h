/*
 * What a one-hop ratio or a label share would be by chance (docs/definitions.md, section 6).
 *
 * shuffle     recommendation lists are permuted between cases, so how often each item is
 *             recommended stays; for targets, the targets are permuted. The headline null.
 * popularity  k distinct items drawn in proportion to pop (a target: one item).
 * degree      the transition multigraph rewired, out- and in-counts kept: the heads of all edges
 *             are permuted. Only for one-hop ratios and reachability.
 *
 * Randomness is counter-based: the permutation of replicate r is a keyed bijection of the case
 * numbers, draws are keyed by (replicate, case), rewiring by replicate; so results do not depend on
 * threads. Cases are the outer loop and replicates the inner one, so the candidate set or the
 * marks of a case are made once for all replicates, and an item's label is worked out once per
 * case.
 */
#ifndef ANALYSIS_LABEL_NULLS_H
#define ANALYSIS_LABEL_NULLS_H

#include "analysis/label/onehop.h"
#include "analysis/label/relation.h"
#include "analysis/math/stats.h"

enum { NULL_REPLICATES = 100 };

struct null_options {
    int replicates; /* 0: NULL_REPLICATES */
    uint64_t seed;
};

/* Against the null's mean; lift is NAN where the null is 0. */
double null_excess(double observed, const struct interval *null);
double null_lift(double observed, const struct interval *null);

/* Nulls of the ratio and of the share of reachable targets; mean and 2.5 / 97.5 percentiles over
 * replicates. ratio_* are NAN when recs is NULL. */
struct onehop_nulls {
    struct interval ratio_shuffle, ratio_popularity, ratio_degree;
    struct interval reachable_shuffle, reachable_popularity, reachable_degree;
};
bool onehop_nulls(const struct onehop *o, const struct case_list *cases, const struct recs *recs,
                  const struct null_options *options, struct onehop_nulls *out,
                  struct progress *progress, struct error *err);

/* Shuffle null of every label's share. Rows as for relation_label(); for targets pass the target
 * items with stride and k of 1. */
bool relation_nulls(const struct relation_index *index, const struct corpus *corpus,
                    const struct case_list *cases, const int32_t *item, int32_t stride, int32_t k,
                    const struct null_options *options, struct interval out[RELATION_LABELS],
                    struct progress *progress, struct error *err);

#endif
