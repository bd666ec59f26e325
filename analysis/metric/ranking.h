/*
 * Ranking metrics of stored lists (docs/definitions.md, section 8): one relevant item per case, so
 * everything follows from the rank of the target.
 *   Recall@k = [rank <= k]   NDCG@k = 1/log2(rank+1) if rank <= k   MRR@k = 1/rank if rank <= k
 * Pure; safe from any thread.
 */
#ifndef ANALYSIS_METRIC_RANKING_H
#define ANALYSIS_METRIC_RANKING_H

#include <math.h>

#include "analysis/corpus/recs.h"
#include "analysis/corpus/split.h"

enum { RANKING_CUTS = 4 };
extern const int ranking_cut[RANKING_CUTS]; /* 1, 5, 10, 20 */

enum ranking_metric { RANKING_RECALL, RANKING_NDCG, RANKING_MRR, RANKING_METRICS };
extern const char *const ranking_name[RANKING_METRICS]; /* "recall", "ndcg", "mrr" */

/* One case's value from the rank of its target (1-based; 0 = not in the list). */
static inline double ranking_value(enum ranking_metric metric, int k, int32_t rank)
{
    if (rank < 1 || rank > k)
        return 0;
    return metric == RANKING_RECALL ? 1
           : metric == RANKING_NDCG ? 1 / log2(rank + 1.0)
                                    : 1.0 / rank;
}

/* rank[c] of case c's target in its list, 1-based, 0 = miss. Cases as in `cases` (recs->n_cases of
 * them). Illegal and empty slots hold their rank and match nothing. */
void ranking_ranks(const struct recs *recs, const struct corpus *corpus,
                   const struct case_list *cases, int32_t *rank);

struct ranking {
    int64_t n_cases;
    double value[RANKING_METRICS][RANKING_CUTS]; /* means over the cases; NaN without cases */
};
struct ranking ranking_mean(const int32_t *rank, int64_t n_cases);

/* How much ties matter: the share of cases whose target is in the list and has exactly the score of
 * another item there, so that its rank came from the tie order. NaN without scores or cases. */
double ranking_tie_rate(const struct recs *recs, const int32_t *rank);

/* Slots that hold no item of the catalogue, in the first k of every list. */
struct ranking_slots {
    int64_t slots, illegal, empty;
};
struct ranking_slots ranking_count_slots(const struct recs *recs, int32_t k);

#endif
