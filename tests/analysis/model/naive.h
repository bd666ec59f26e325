/* The reference models written from their definitions, with dense tables and a full sort. Shares no
 * function with analysis/model. At most NAIVE_ITEMS items. */
#ifndef TESTS_ANALYSIS_MODEL_NAIVE_H
#define TESTS_ANALYSIS_MODEL_NAIVE_H

#include "analysis/model/reference.h"

enum { NAIVE_ITEMS = 64 };

/* What `training` without the user `absent` (-1: nobody) recommends: all n_items - masked items in
 * order, returned as their number. */
int32_t naive_recommend(enum reference_kind kind, const struct reference_options *options,
                        const struct training *training, int32_t absent, const int32_t *history,
                        int32_t n, int32_t *item);

#endif
