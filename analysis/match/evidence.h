/*
 * Evidence: the training occurrences behind a recommendation, the telling ones first
 * (docs/definitions.md, section 3).
 *
 * Order: lift of the last edge descending, length descending, others before the user's own, user,
 * position. Totals are exact however many there are; only the first `max` are listed.
 * Cost: a descent per predecessor and, for a list of `max` out of r occurrences in N interactions,
 * at most about min(r, sqrt(N * max)) reads when occurrences are spread evenly, 2 r at worst.
 */
#ifndef ANALYSIS_MATCH_EVIDENCE_H
#define ANALYSIS_MATCH_EVIDENCE_H

#include "analysis/match/match.h"

enum evidence_of {
    /* The occurrences of the longest match. For length 1 these are all places of the item, with
     * lift 0 and predecessor -1: it never followed the last history item. */
    EVIDENCE_LONGEST,
    /* The occurrences of (x, v) for every distinct history item x, each extended to the left as far
     * as the history before the last place of x agrees. */
    EVIDENCE_ANY,
};

struct evidence {
    int32_t user;
    int32_t position;    /* of the recommended item in the user's training sequence */
    int32_t length;      /* items that match, the recommended one counted; they end at position */
    int32_t predecessor; /* history index of the item before it; -1 when length is 1 */
    double lift;         /* of the last edge; 0 when length is 1 */
    bool own;
};

struct evidence_query {
    enum evidence_of of;
    const int32_t *history;
    int32_t n_history;
    int32_t item;     /* recommended */
    int32_t user;     /* whose occurrences count as own; -1: nobody's */
    size_t max;       /* how many to list */
    bool count_users; /* EVIDENCE_ANY: fill totals->users, which reads every occurrence (else -1) */
};

struct evidence_totals {
    int64_t occurrences;
    int64_t users; /* distinct; EVIDENCE_ANY: of the union over predecessors */
    int64_t own;
    int32_t length; /* of the longest match in this mode; 0: no evidence */
};

/* Lists the first query->max into out[], *n_out of them. In this thread. Fails only for memory. */
bool evidence_find(const struct match_index *index, const struct evidence_query *query,
                   struct evidence *out, size_t *n_out, struct evidence_totals *totals,
                   struct error *err);

#endif
