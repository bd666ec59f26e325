/*
 * A trainable model (sasrec, gr) made from a job's options and a data set: the decoder, its
 * training samples, and how it ranks. What a worker trains and a checkpoint holds.
 */
#ifndef ANALYSIS_RUN_ENGINE_H
#define ANALYSIS_RUN_ENGINE_H

#include "analysis/model/gr.h"
#include "analysis/model/sasrec.h"
#include "analysis/run/options.h"
#include "analysis/strategy/strategist.h"
#include "analysis/train/evaluate.h"
#include "storage/db/dataset.h"

struct engine {
    struct run_options options;
    const struct corpus *corpus;
    struct training training; /* of the users that the run sees (strategist_part()); without a
                               * corpus: trained already, it only ranks */
    int32_t *part_end;        /* of `training`, with edges of its own; NULL: all users */
    struct edges part_edges;
    struct nn nn;
    struct strategist *strategist;
    struct samples samples; /* of the last engine_samples() */
    bool same;              /* they serve every epoch */
    struct train_options train;
    double *popularity; /* of sampled softmax; NULL: full */
    struct sasrec_ranking ranking;
    struct gr gr;
    float *prior;              /* gr: of smoothing, by nodes of the trie; NULL: uniform */
    struct semid_table semids; /* gr: of the data set, or own_codes */
    int32_t *own_codes;        /* NULL: the data set's are used */
};

/* Have the data what a model of these options (of run_options_check()) needs: semantic ids or what
 * they are made from, what the strategy compares items by, a catalogue that the strategy's loss can
 * take? False with what to do in *err. Looks at lengths alone. */
bool engine_fits(const struct run_options *options, const struct dataset *dataset,
                 struct error *err);

/* `corpus`, what `training` points to and `edges` (of the same training corpus) are borrowed.
 * Semantic ids that have to be made are kept in dir/semid.safetensors and read from there the next
 * time. */
bool engine_init(struct engine *engine, const char *dir, const struct run_options *options,
                 const struct dataset *dataset, const struct corpus *corpus,
                 const struct training *training, const struct edges *edges,
                 struct progress *progress, struct error *err);
/* The same of a run that has been trained, to rank alone: with the weights that it kept
 * (dir/model.safetensors) and its semantic ids; it has no strategist, no samples. Writes nothing.
 * Fails where a file is missing or of another shape. */
bool engine_init_trained(struct engine *engine, const char *dir, const struct run_options *options,
                         const struct dataset *dataset, const struct corpus *corpus,
                         struct error *err);
void engine_release(struct engine *engine); /* a zeroed one is fine */

/* The samples of an epoch (0, 1, …), as the strategy wants them; borrowed until the next call. */
bool engine_samples(struct engine *engine, int32_t epoch, const struct samples **out,
                    struct error *err);

/* The engine's rank_fn and its context, with a beam of `beam` where there is one. */
rank_fn engine_rank(struct engine *engine, int32_t beam, void **context);

#endif
