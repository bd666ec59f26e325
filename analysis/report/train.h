/* Training and labelling of runs in a study: what `rote train`, `rote label` and the screens call.
 */
#ifndef ANALYSIS_REPORT_TRAIN_H
#define ANALYSIS_REPORT_TRAIN_H

#include "analysis/report/study.h"
#include "analysis/run/reference_run.h"

/* Trains a reference model, labels its lists and evaluates it under `last`. *run is borrowed
 * from the study. Uses a database connection of its own, so it may run beside anything else. */
bool train_reference(struct study *study, const struct reference_run *wanted,
                     struct progress *progress, const struct study_run **run, struct error *err);

/* The same for the adaptive ensemble of two runs that have lists for both parts. name NULL: made
 * up.
 */
bool train_ensemble(struct study *study, const struct study_run *memorizer,
                    const struct study_run *generalizer, const char *name,
                    struct progress *progress, const struct study_run **run, struct error *err);

/* The same for a run whose lists are there but not labelled or evaluated: what a worker leaves to
 * others. */
bool train_finish(struct study *study, int64_t id, struct progress *progress,
                  const struct study_run **run, struct error *err);

enum { RUN_STATE_TEXT_MAX = 48 };

/* What an unfinished run does: "62 % 4 m left, training", "queued". The state itself where nothing
 * more is known, and for every other run. Reads a small file. */
void run_state_text(const struct study *study, const struct study_run *run,
                    char text[RUN_STATE_TEXT_MAX]);
bool run_is_unfinished(const struct study_run *run); /* queued or running. draws */

/* Relation codes and verbatim lengths of all slots of a run's lists, stored; nothing to do where
 * they are stored already. Runs are read again afterwards. */
bool label_run(struct study *study, const struct study_run *run, enum part part,
               struct progress *progress, struct error *err);

#endif
