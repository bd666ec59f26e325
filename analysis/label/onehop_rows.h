/* Candidate sets from other transition tables than the counted one: the rewired tables of the
 * degree null go through the same code as the real table. Internal to analysis/label. */
#ifndef ANALYSIS_LABEL_ONEHOP_ROWS_H
#define ANALYSIS_LABEL_ONEHOP_ROWS_H

#include "analysis/label/onehop.h"

struct onehop_rows {
    const int64_t *offset; /* [n_items+1] */
    const int32_t *item;   /* successors */
    const int32_t *count;  /* of each; NULL: 1 each */
    /* Where in `item` the user's own transitions stand: transition i of user u (from position i to
     * i+1) is entry slot[first[u] + i]. NULL: the heads are those of the training sequence. */
    const int64_t *first; /* [n_users] */
    const int64_t *slot;
};

void onehop_load_rows(const struct onehop *o, const struct onehop_rows *rows,
                      struct onehop_scratch *s, int32_t user, const int32_t *history,
                      int32_t n_history);

#endif
