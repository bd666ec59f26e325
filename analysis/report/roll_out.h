/*
 * Roll-outs: the model of a finished run writes several items in a row after a history, each time
 * the best one given everything before it, and what of that stands in training is marked
 * (docs/definitions.md, section 3).
 *
 * Runs of sasrec and gr read their weights and semantic ids from runs/<id>/, the counted models are
 * counted anew over what the run was trained on. An item that was written already is not written
 * again. An item of the history may come where it may in the run's lists: gr, and sasrec with
 * mask=0. So the first item is rank 1 of the list that the run has stored for the case. The same
 * bits each time, whatever the threads.
 */
#ifndef ANALYSIS_REPORT_ROLL_OUT_H
#define ANALYSIS_REPORT_ROLL_OUT_H

#include "analysis/match/match.h"
#include "analysis/report/case_view.h"

/* By default, and the most: fewer than a list is deep, so that an item is always left. */
enum { ROLL_OUT_ITEMS = 8, ROLL_OUT_MOST = 40 };

/* A maximal span of history and roll-out that stands in training and reaches into the roll-out. */
struct roll_out_span {
    int32_t begin, length; /* places, the history's first item is 0 */
    int64_t occurrences, users, own;
    struct match_place first; /* of the occurrences, by user and position */
};

/* Spans of items[0 .. n-1], of which the first n_history are the history, by place; the caller
 * frees *span. user -1: nobody's occurrences are own. */
bool roll_out_spans(const struct match_index *index, int32_t user, const int32_t *items, int32_t n,
                    int32_t n_history, struct roll_out_span **span, size_t *n_spans,
                    struct error *err);

struct roll_out_question {
    const struct study_run *run;
    int32_t user;           /* -1: nobody's history */
    const int32_t *history; /* [n_history] oldest first */
    int32_t n_history;
    int32_t n; /* items to write, 1 .. ROLL_OUT_MOST */
};

struct roll_out {
    const struct study_run *run;
    int32_t user, n_history;
    int32_t n;            /* items written; fewer than asked for where the model has no more */
    int32_t *item;        /* [n_history + n] */
    struct case_rec *rec; /* [n] each after all before it, the written ones too; rank 1 .. n */
    struct roll_out_span *span;
    size_t n_spans;
    bool masked; /* items of the history are not written */
};

/* False with ERROR_STATE: the run is not done, or its model is not here (imported lists, other
 * programs, ensembles). Reads a small file. */
bool roll_out_possible(const struct study *study, const struct study_run *run, struct error *err);
/* Loads the model each time: milliseconds to a second. Release with roll_out_release(). */
bool roll_out_make(struct study *study, const struct roll_out_question *question,
                   struct progress *progress, struct roll_out *out, struct error *err);
void roll_out_release(struct roll_out *r); /* a zeroed one is fine */

#endif
