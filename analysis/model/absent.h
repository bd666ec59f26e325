/* What one user contributed to the counts of a training corpus, so that it can be subtracted. */
#ifndef ANALYSIS_MODEL_ABSENT_H
#define ANALYSIS_MODEL_ABSENT_H

#include "analysis/corpus/corpus.h"
#include "storage/base/error.h"

struct absent {
    int32_t user;
    const int32_t *sequence; /* [n] the training sequence, borrowed */
    int32_t n;
    int32_t *item;  /* [n_distinct] ascending */
    int32_t *count; /* [n_distinct] occurrences of each */
    int32_t *order; /* [n_distinct] the items by (pop without the user desc, item asc) */
    int32_t n_distinct;
};

/* `pop` counts the whole training corpus, the user included. O(n log n). */
bool absent_make(const struct training *training, int32_t user, const int64_t *pop,
                 struct absent *out, struct error *err);
void absent_release(struct absent *absent);

/* How often the user has v; O(log n). 0 for absent == NULL. */
int32_t absent_count(const struct absent *absent, int32_t v);

#endif
