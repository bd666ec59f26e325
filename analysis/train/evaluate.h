/*
 * What is measured after an epoch: validation metrics and extraction on seeded samples of cases
 * (docs/definitions.md, sections 7 and 8), through whichever model ranks.
 */
#ifndef ANALYSIS_TRAIN_EVALUATE_H
#define ANALYSIS_TRAIN_EVALUATE_H

#include "analysis/corpus/recs.h"
#include "analysis/corpus/split.h"
#include "analysis/train/trainer.h"

/* Ranks the items of the catalogue for each case (input: what stands before the target): item and
 * score are [cases->n * depth], best first, RECS_NONE where a list ends early. */
typedef bool (*rank_fn)(void *context, const struct nn *model, const struct corpus *corpus,
                        const struct case_list *cases, int32_t depth, int32_t *item, float *score,
                        struct progress *progress, struct error *err);

struct evaluation {
    const struct corpus *corpus;
    struct case_list valid;      /* a sample of the validation cases */
    struct case_list extraction; /* a sample of training positions that have a predecessor */
    int32_t depth;               /* of the lists, >= 10 */
    int32_t *item;               /* [larger sample][depth] */
    float *score;
    rank_fn rank;
    void *context;
    /* Called with the validation lists, to measure what else the caller wants (the one-hop ratio);
     * NULL allowed. The lists are overwritten afterwards. */
    bool (*on_lists)(void *context, const struct recs *recs, const struct case_list *cases,
                     struct train_epoch *out, struct error *err);
    void *on_lists_context;
};

/* Samples min(n, all) cases of each kind without replacement, pure in the seed: of `valid` (NULL:
 * there is nothing to validate on) and of the positions that are trained on. The corpus is
 * borrowed, nothing else is. The caller sets rank and on_lists. */
bool evaluation_init(struct evaluation *e, const struct training *training,
                     const struct case_list *valid, uint64_t seed, int64_t n_valid,
                     int64_t n_extraction, int32_t depth, struct error *err);
void evaluation_release(struct evaluation *e); /* a zeroed one is fine */

/* A train_task's evaluate hook, its context a struct evaluation. Fills recall10, ndcg10 (NAN
 * without validation cases; on_lists is not called then) and extraction (share of training
 * positions whose next item is in the top 10; NAN without such positions). */
bool evaluation_run(void *evaluation, const struct nn *model, struct train_epoch *out,
                    struct progress *progress, struct error *err);

#endif
