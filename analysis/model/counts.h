/* The inside of a reference model, for the files of this folder. */
#ifndef ANALYSIS_MODEL_COUNTS_H
#define ANALYSIS_MODEL_COUNTS_H

#include "analysis/model/item_knn.h"
#include "analysis/model/markov.h"
#include "analysis/model/reference.h"

struct reference {
    enum reference_kind kind;
    struct training training;
    const struct edges *edges; /* `own`, or the caller's */
    struct edges own;
    int32_t *order; /* [n_items] by popularity */
    int64_t pop_max;
    struct markov markov;
    struct item_knn knn;
};

/* reference_recommend() with the caller's scratch, had `absent` (NULL: no one) not existed. */
bool reference_list(const struct reference *r, const struct absent *absent, struct scratch *scratch,
                    const int32_t *history, int32_t n, int32_t k, int32_t *item, float *score,
                    struct error *err);

#endif
