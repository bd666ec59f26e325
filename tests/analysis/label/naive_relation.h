/* Relation labels straight from docs/definitions.md, section 4: sets as truth tables, names as
 * text, nothing shared with analysis/label. */
#ifndef TESTS_ANALYSIS_LABEL_NAIVE_RELATION_H
#define TESTS_ANALYSIS_LABEL_NAIVE_RELATION_H

#include <stdbool.h>

#include "analysis/corpus/corpus.h"

enum { NAIVE_ITEMS = 64 };

struct naive_relation {
    int n_items;
    bool follow[5][NAIVE_ITEMS][NAIVE_ITEMS]; /* [h][x][v]: v in follow_h(x) */
};

void naive_relation_make(const struct training *t, struct naive_relation *out);
/* Comma-joined labels in byte order; "" when there is no history. */
void naive_relation_labels(const struct naive_relation *r, const int32_t *history, int n_history,
                           int32_t v, char text[200]);

#endif
