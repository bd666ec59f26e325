/*
 * What iirg teaches beside the next item (arXiv 2606.17276; docs/definitions.md, section 10): a
 * list of neighbours for each item and task. The one place that decides it, for training here and
 * for the tasks that other trainers get.
 */
#ifndef ANALYSIS_STRATEGY_IIRG_H
#define ANALYSIS_STRATEGY_IIRG_H

#include "analysis/strategy/neighbours.h"
#include "analysis/strategy/strategy.h"
#include "analysis/train/item_samples.h"

/* Read-only once made. */
struct iirg_lists {
    struct neighbours of[ITEM_TASKS]; /* by task; item NULL: the task is not there */
    double lambda[ITEM_TASKS];        /* the weight of each task */
    int32_t generate;                 /* neighbours that are taught, the first of a list */
    const int64_t *pop;
};

/* Collaborative lists are filled up from semantic ones where the strategy says so and there is an
 * `embedding` [n_items][width]; without one (NULL) there is no semantic task. pop[n_items] of the
 * same training corpus is borrowed as long as the lists are. Costs of neighbours.h. */
bool iirg_lists_init(struct iirg_lists *lists, const struct strategy *strategy,
                     const struct training *training, const int64_t *pop, const float *embedding,
                     int32_t width, struct progress *progress, struct error *err);
void iirg_lists_release(struct iirg_lists *lists); /* after a failure as well; zeroed is fine */

/* What `task` teaches of item x: *n items, best first, borrowed from the lists. None (0) where the
 * task has no weight, the item no neighbours, or the training corpus does not hold the item. */
const int32_t *iirg_list(const struct iirg_lists *lists, enum item_task task, int32_t x,
                         int32_t *n);

#endif
