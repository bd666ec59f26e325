/*
 * Splits: which items are trained on, and which are targets (definitions 1).
 *
 * A case = (user, position of the target). Its input history is everything before the target, so
 * a test history includes the validation item. Training is a prefix of each user's sequence, for
 * every kind of split.
 */
#ifndef ANALYSIS_CORPUS_SPLIT_H
#define ANALYSIS_CORPUS_SPLIT_H

#include "analysis/corpus/corpus.h"
#include "storage/base/error.h"

enum part { PART_TEST, PART_VALID }; /* "test" and "valid" on the command line */

/* Which edges a number is about (definition switch `edges`), also what a run was trained on. */
enum trained_on { TRAINED_ON_TRAIN, TRAINED_ON_TRAIN_VALID };

struct case_list {
    int64_t n;
    int32_t *user;     /* [n] ascending */
    int32_t *position; /* [n] of the target in the user's sequence; the history is [0, position) */
};

struct split {
    int32_t n_users;
    int32_t *train_end;       /* [n_users] */
    int32_t *valid_end;       /* [n_users] train + valid, a prefix as well */
    struct case_list part[2]; /* by enum part */
};

/* Leave-one-out: training = all but the last two items; the validation target is the second last,
 * the test target the last. Users with fewer than 3 items: all items are training, no case. */
bool split_leave_one_out(const struct corpus *corpus, struct split *out, struct error *err);

/* Temporal: two quantiles (0 < q_valid < q_test < 1) of all timestamps `time` (aligned with
 * corpus->item, ascending within each user) cut every sequence; every item after a cut is a case of
 * its part (a case with an empty history is left out). */
bool split_temporal(const struct corpus *corpus, const int64_t *time, double q_valid, double q_test,
                    struct split *out, struct error *err);

/* From given prefixes (files that are already split); every item after train_end is a case (a
 * case with an empty history is left out). */
bool split_given(const struct corpus *corpus, const int32_t *train_end, const int32_t *valid_end,
                 struct split *out, struct error *err);
void split_release(struct split *split);

static inline struct training split_training(const struct split *split, const struct corpus *corpus,
                                             enum trained_on on)
{
    return (struct training){
        .corpus = corpus,
        .end = on == TRAINED_ON_TRAIN ? split->train_end : split->valid_end,
    };
}

#endif
