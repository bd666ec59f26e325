/* How runs learned and memorized, epoch by epoch, from the events that their training left. */
#ifndef ANALYSIS_REPORT_CURVES_H
#define ANALYSIS_REPORT_CURVES_H

#include "analysis/report/study.h"

/* What was measured after an epoch (docs/definitions.md, sections 7 and 8); NAN where it was not.
 * recall and ndcg: of seeded validation cases; extraction: share of training positions whose next
 * item is in the first 10; one_hop: of the validation lists under `last`, beside its exact mean
 * when the lists are permuted between cases. */
struct curve_epoch {
    int32_t epoch; /* 1, 2, … */
    int64_t step;
    double loss, learning_rate, recall10, ndcg10, one_hop, one_hop_shuffle, extraction;
    double tokens_per_second, seconds;
    bool best; /* better than all before: its weights were kept */
};
struct curve {
    const struct study_run *run; /* as long as the study is open */
    struct curve_epoch *epoch;   /* [n] ascending */
    size_t n, cap;
    int32_t kept; /* the epoch whose weights are kept; 0: none yet */
};

/* Of a run in whatever state; n = 0 when no epoch has ended, or the model has none. Reads the
 * database. */
bool curve_read(struct study *study, const struct study_run *run, struct curve *out,
                struct error *err);
void curve_release(struct curve *curve); /* a zeroed one is fine */

struct plot;
/* The picture of n >= 1 runs: one run in the colours of what is shown, several each in its own. The
 * caller frees it. */
struct plot *curves_plot(const struct study *study, const struct curve *curve, size_t n);

#endif
