/*
 * Trains a decoder on samples: AdamW, warm-up and cosine, early stopping, data-parallel.
 *
 * A batch is as many samples, in a seeded order, as fit `batch_tokens`. It is cut into shards of
 * equal size, about half of `shard_tokens` to all of it (a whole sample more at most); shard i
 * belongs to group i mod G, where G depends on the model's size alone.
 * Each group sums its shards' gradients in order, the groups are added in order: the same bits for
 * any number of threads. Every random draw is a function of (seed, epoch, step, shard), so the
 * whole state between two steps is struct train_state, and a run continued from it gives the same
 * bits.
 */
#ifndef ANALYSIS_TRAIN_TRAINER_H
#define ANALYSIS_TRAIN_TRAINER_H

#include "analysis/nn/decoder.h"
#include "analysis/train/adamw.h"
#include "analysis/train/samples.h"
#include "storage/base/progress.h"

struct train_options {
    uint64_t seed;
    int32_t epochs;   /* at most */
    int32_t patience; /* stop after so many evaluations without a better NDCG@10; 0: never */
    float learning_rate;
    float final_rate; /* share of learning_rate left at the end of the cosine */
    int32_t warmup_steps;
    int32_t batch_tokens, shard_tokens;
    int32_t outputs; /* tokens that can be predicted, the first of the vocabulary; 0: all */
    struct adamw_options adamw;
    /* The loss (nn/loss.h). */
    float smoothing, unlikelihood;
    const float *prior, *logit_bias; /* [outputs] or NULL; the prior by place where lists compete */
    const int32_t *legal_offset, *legal_token; /* the lists of samples that have some */
    int32_t sampled;                           /* negatives of a shard; 0: full softmax */
    const double *sampled_from; /* [outputs+1] cumulative distribution of the negatives */
};
struct train_options train_defaults(void);

/* Where the training stands. `m`, `v`, `best` and the model's parameters are arrays of n_params
 * floats, owned by the trainer and the model: to continue a run, copy all four and the numbers back
 * before trainer_run(). */
struct train_state {
    int64_t step;       /* updates made */
    int32_t epoch;      /* epochs finished */
    int64_t consumed;   /* samples of the current epoch's order that were trained on */
    double loss_sum;    /* weighted loss of the current epoch so far, by batches */
    int64_t batches;    /* of the current epoch so far */
    int32_t best_epoch; /* -1: none yet */
    double best_ndcg;
    int32_t worse;  /* evaluations since the best */
    double seconds; /* spent so far, earlier sessions included */
    float *m, *v, *best;
};

/* One finished epoch. The task's evaluate fills what it measures; the rest is NAN. */
struct train_epoch {
    int32_t epoch; /* 1, 2, … */
    double loss;   /* mean over batches */
    double learning_rate, tokens_per_second, seconds, eta_seconds;
    double recall10, ndcg10; /* validation */
    double extraction;       /* docs/definitions.md, section 7 */
    double one_hop;          /* one-hop ratio of the validation recommendations */
    bool best;
};

/* What the caller supplies. All run in the calling thread; NULL hooks are skipped. */
struct train_task {
    void *context;
    /* The samples of an epoch (0, 1, …), a pure function of it; borrowed until the next call. */
    bool (*samples)(void *context, int32_t epoch, const struct samples **out, struct error *err);
    /* Measures the model after an epoch. Without it, and where it leaves ndcg10 NAN, there is
     * nothing to choose by: every epoch counts as the best, the last one is kept. */
    bool (*evaluate)(void *context, const struct nn *model, struct train_epoch *out,
                     struct progress *progress, struct error *err);
    /* After each epoch, with all figures known. */
    bool (*on_epoch)(void *context, const struct train_epoch *epoch, struct error *err);
    /* After each step: the place to write a checkpoint now and then. */
    bool (*on_step)(void *context, const struct train_state *state, struct error *err);
};

struct trainer;

/* All borrowed until trainer_free(). Memory: (G + 4) n_params floats (G at most 8 and 1 GiB) and
 * one shard's activations a thread. The longest sample must fit the model's positions. */
struct trainer *trainer_new(struct nn *model, const struct train_options *options,
                            const struct train_task *task, struct error *err);
void trainer_free(struct trainer *trainer); /* NULL allowed */
struct train_state *trainer_state(struct trainer *trainer);

/* Trains to the end (or on, from the state) and leaves the best parameters in the model. False when
 * a hook failed, a gradient was not a number, memory ran out or the user cancelled; the state is
 * then that of the last finished step. */
bool trainer_run(struct trainer *trainer, struct progress *progress, struct error *err);

#endif
