/*
 * "Would it be here without this user?": the exact answer of a count model, without retraining
 * (docs/definitions.md, section 7). Runs of markov and item-knn answer for themselves; for every
 * other run the markov reference over the same training corpus answers, and the result says so.
 */
#ifndef ANALYSIS_REPORT_WHAT_IF_H
#define ANALYSIS_REPORT_WHAT_IF_H

#include "analysis/model/without.h"
#include "analysis/report/study.h"

struct what_if_question {
    const struct study_run *run; /* NULL: markov over the training part */
    const int32_t *history;      /* [n_history] oldest first */
    int32_t n_history;
    int32_t item;
    int32_t user;  /* who had not existed */
    int32_t k;     /* how deep to look, 1 .. 50 */
    bool carriers; /* also find all users whose absence would remove the item */
};

struct what_if {
    enum reference_kind kind;   /* of the model that answers */
    bool own;                   /* it is the run's own model */
    int32_t rank, rank_without; /* 1-based; 0: not in the top k */
    struct carriers carriers;   /* empty unless asked for */
};

/* Counts the model anew: milliseconds to a second. Release with what_if_release(). */
bool what_if_ask(struct study *study, const struct what_if_question *question,
                 struct progress *progress, struct what_if *out, struct error *err);
void what_if_release(struct what_if *w);

#endif
