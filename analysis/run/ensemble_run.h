/* The adaptive ensemble (analysis/model/ensemble.h) of two runs of a workspace, as a run of its
 * own: k and tau chosen on validation, lists of both parts stored. */
#ifndef ANALYSIS_RUN_ENSEMBLE_RUN_H
#define ANALYSIS_RUN_ENSEMBLE_RUN_H

#include "analysis/model/ensemble.h"
#include "analysis/run/run_lists.h"

struct ensemble_member {
    int64_t run;
    const char *name;
    struct recs recs[2]; /* by enum part, of the split's cases; scores are log-probabilities */
    enum trained_on on;
};

struct ensemble_request {
    const char *name; /* NULL: "ensemble", numbered if taken */
    const struct ensemble_member *memorizer, *generalizer;
};

/* The run's options hold the members, k, tau and the validation NDCG@10. ERROR_STATE for members
 * that were trained on train+valid: nothing is left to choose by. Seconds for 20,000 cases. */
bool ensemble_run(struct workspace *ws, const struct corpus *corpus, const struct split *split,
                  uint64_t fingerprint, const struct ensemble_request *request, int64_t *run,
                  struct error *err);

#endif
