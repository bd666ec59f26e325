/*
 * The exchange folder runs/<id>/exchange/ between rote and an external trainer. Everything in it
 * has external ids; docs/training.md describes the files for those who write a trainer.
 *
 *   run.json          model, options, strategy, seed, what there is; written last
 *   sequences.jsonl   a user a line: {"user":…,"train":[…],"valid":[…],"test":[…]}
 *   items.jsonl       an item a line, in catalogue order:
 * {"item":…,"title":…,"category":…,"text":…} semids.jsonl
 * {"item":…,"codes":[…],"tokens":"<a_1><b_2>"}; missing where none can be made next-item.jsonl,
 * collaborative.jsonl, semantic.jsonl, dataset_info.json instruction tuning, as LLaMA-Factory reads
 * it (hiyouga/LLaMA-Factory, data/README.md, "alpaca"); the last two of the tasks under iirg only
 *   recommendations.jsonl
 *                     what the trainer leaves: {"user":…,"items":[…],"scores":[…]}
 */
#ifndef ANALYSIS_RUN_EXCHANGE_H
#define ANALYSIS_RUN_EXCHANGE_H

#include "analysis/run/launcher.h"

/* Makes the folder `dir`; where it is there already it is whole, and only lists of an earlier try
 * are removed from it. Semantic ids are the data set's, or made as gr's defaults say from the item
 * texts. Seconds for 12,000 items; memory: item embeddings, neighbour lists and a line of text. */
bool exchange_write(const struct launch_work *work, const char *dir, struct error *err);

/* The tasks and dataset_info.json alone, into the folder `dir`, which is there. Of `work` the job's
 * strategy, data set, corpus, split and training are looked at. *not_there, owned by the caller:
 * texts of what could not be written, and why. Costs as exchange_write(). */
bool exchange_write_mixture(const struct launch_work *work, const char *dir,
                            struct jval **not_there, struct error *err);

/* The shell command of a job, {dir} replaced by the quoted folder. The caller frees. */
char *exchange_command(const struct run_job *job, const char *dir);

/* Reads recommendations.jsonl into the run's lists. What does not match the data is counted in
 * `end` and named in worker.log (the first 1,000 of it); a missing or malformed file, or one
 * without a single test case of the data, is an error that says what was expected. */
bool exchange_read(const struct launch_work *work, const char *dir, struct jval *end,
                   struct error *err);

/* A value as typed on the command line: numbers, true and false as JSON has them, else a text. */
struct jval *exchange_value(const char *text, size_t n);

#endif
