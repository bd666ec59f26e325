/* The audit of a study: its arrays and what its import reported, as findings. */
#ifndef ANALYSIS_REPORT_AUDIT_REPORT_H
#define ANALYSIS_REPORT_AUDIT_REPORT_H

#include "analysis/corpus/audit.h"
#include "analysis/report/study.h"
#include "storage/base/json.h"

/* Computed: deterministic, and under a second for a million interactions. `quick` leaves out what
 * counts all transitions again and again: seconds at 20 million. A whole one is stored where the
 * workspace can be written. Release with audit_release(). */
bool audit_study(struct study *study, bool quick, struct progress *progress, struct audit *out,
                 struct error *err);
/* The whole one: as it was stored for this import by this version of the audit (shares to nine
 * digits; no ranges, which the texts have), else computed. */
bool audit_get(struct study *study, struct progress *progress, struct audit *out,
               struct error *err);

/* {"findings":[{"id","share","count","text","effect","examples"}…],"clean":[…]}; caller frees. */
struct jval *audit_to_json(const struct audit *audit);

#endif
