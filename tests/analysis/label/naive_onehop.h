/* One-hop candidate sets straight from docs/definitions.md, section 2: every count is taken by
 * walking the training sequences, nothing shared with analysis/label. */
#ifndef TESTS_ANALYSIS_LABEL_NAIVE_ONEHOP_H
#define TESTS_ANALYSIS_LABEL_NAIVE_ONEHOP_H

#include <stdbool.h>

#include "analysis/corpus/corpus.h"
#include "analysis/label/definition.h"

struct naive_onehop {
    int n;                       /* |C| */
    int32_t item[64], count[64]; /* C in rank order */
    bool has[64];
    double pessimistic, expected, optimistic; /* of `target` */
};
void naive_onehop(const struct training *t, const struct definition *d, int32_t user,
                  const int32_t *history, int n_history, int32_t target, struct naive_onehop *out);

#endif
