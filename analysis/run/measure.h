/*
 * What a worker measures of a trained model for the sake of its strategy (docs/definitions.md,
 * section 7), besides the lists that every run has.
 *
 *   canary   canary.json: each canary with its rank and exposure, and the means by number of copies
 *            with their intervals, also told by the event "canary"
 *   halves   train-scores.safetensors: "logp" [interactions] float, the log-probability of every
 *            training position of every user, those of the other half too; NAN where the model has
 *            no target (what is held out, the first item for sasrec, items without an id)
 *
 * Files are replaced whole, so a worker that is started again after a kill measures again. For
 * models that rote trains itself.
 */
#ifndef ANALYSIS_RUN_MEASURE_H
#define ANALYSIS_RUN_MEASURE_H

#include "analysis/run/engine.h"
#include "analysis/run/folder.h"

/* gr's canaries are ranked by a beam over all ids up to so many; beyond it among so many items. */
enum { MEASURE_WHOLE_TRIE = 1 << 14, MEASURE_SAMPLE = 1000 };

struct measure_work {
    const char *dir;       /* runs/<id> */
    struct engine *engine; /* trained */
    const struct dataset *dataset;
    const struct training *training;
    struct run_log *log;
    struct progress *progress;
};

/* Nothing to do for a strategy without canary and halves. */
bool measure_strategy(const struct measure_work *work, struct error *err);

/* logp of train-scores.safetensors, [n_interactions], borrowed from *file. False with ERROR_STATE
 * when they are of other data. The caller closes the file. */
bool measure_scores_open(const char *dir, uint64_t fingerprint, int64_t n_interactions,
                         struct tensors **file, const float **logp, struct error *err);

#endif
