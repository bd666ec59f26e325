/* The model behind a run, loaded or counted, asked for one list at a time. For roll_out.c. */
#ifndef ANALYSIS_REPORT_ROLL_OUT_MODEL_H
#define ANALYSIS_REPORT_ROLL_OUT_MODEL_H

#include "analysis/report/study.h"

struct roll_out_model;

/* As roll_out_possible(), without the model. */
bool roll_out_model_there(const struct study *study, const struct study_run *run,
                          struct error *err);
struct roll_out_model *roll_out_model_open(struct study *study, const struct study_run *run,
                                           struct progress *progress, struct error *err);
void roll_out_model_close(struct roll_out_model *model); /* NULL allowed */

/* Does it leave items of the history out of its lists? */
bool roll_out_model_masks(const struct roll_out_model *model);
/* Its list for a history of n items, as the run's own are made: item and score are [RECS_DEPTH],
 * RECS_NONE where it ends early. `history` has room for one item more, which is written. */
bool roll_out_model_rank(const struct roll_out_model *model, int32_t *history, int32_t n,
                         int32_t item[RECS_DEPTH], float score[RECS_DEPTH], struct error *err);

#endif
