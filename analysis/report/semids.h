/* The semantic ids of a data set as they are reported. */
#ifndef ANALYSIS_REPORT_SEMIDS_H
#define ANALYSIS_REPORT_SEMIDS_H

#include "analysis/semid/semid.h"
#include "storage/base/buf.h"
#include "storage/base/json.h"
#include "storage/base/progress.h"
#include "storage/db/dataset.h"

struct semids_report {
    int32_t levels; /* 0: there are none, and nothing else is filled */
    struct semid_quality quality;
};

/* About a second. The neighbourhood is of imported embeddings, else of the texts (see
 * analysis/run/semid_quality.h). */
bool semids_of_dataset(const struct dataset *dataset, struct progress *progress,
                       struct semids_report *out, struct error *err);

/* As semid_quality_json(), with "own"; null when there are none. The caller frees. */
struct jval *semids_json(const struct semids_report *report);
/* Lines for people, each indented by `indent` spaces; nothing when there are none. */
void semids_text(const struct semids_report *report, int indent, struct buf *out);

/* Items with an imported embedding that is not zeros. */
int64_t items_with_embedding(const struct dataset *dataset);

#endif
