/* How good semantic ids are (semid_measure()), with what the data set knows of its items. */
#ifndef ANALYSIS_RUN_SEMID_QUALITY_H
#define ANALYSIS_RUN_SEMID_QUALITY_H

#include "analysis/semid/semid.h"
#include "storage/base/json.h"
#include "storage/base/progress.h"
#include "storage/db/dataset.h"

/* The neighbourhood is measured on the imported embeddings; without any, and if `texts`, on
 * vectors of the texts of at most 100,000 items; else it is NAN. It samples few enough items for a
 * second of work. False when the table is none (semid_check()), or cancelled. */
bool semid_quality_of(const struct dataset *dataset, const struct semid_table *table, bool texts,
                      struct progress *progress, struct semid_quality *out, struct error *err);

/* {"levels","with_id","without_id","size":[…],"used":[…],"utilisation":[…],"perplexity":[…],
 * "colliding","largest_group","neighbourhood","neighbourhood_by_chance"}; the caller frees. */
struct jval *semid_quality_json(const struct semid_quality *q, int32_t levels);

#endif
