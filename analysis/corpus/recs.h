/*
 * Recommendation lists as arrays: one row of `depth` slots per case, in the order of the split's
 * case list. Borrowed or owned as the maker says.
 */
#ifndef ANALYSIS_CORPUS_RECS_H
#define ANALYSIS_CORPUS_RECS_H

#include <stdint.h>

enum { RECS_DEPTH = 50 }; /* stored lists are 50 deep */

/* Values of `item` below 0. Empty slots count as misses. */
enum { RECS_NONE = -1, RECS_ILLEGAL = -2 };

struct recs {
    int64_t n_cases;
    int32_t depth;
    const int32_t *item; /* [n_cases * depth] item index, RECS_NONE or RECS_ILLEGAL */
    const float *score;  /* [n_cases * depth]; NULL: the source gave none */
};

static inline const int32_t *recs_row(const struct recs *r, int64_t at)
{
    return r->item + at * r->depth;
}

#endif
