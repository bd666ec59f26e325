/* The audit of a study: its arrays and what its import reported, as findings. */
#ifndef ANALYSIS_REPORT_AUDIT_REPORT_H
#define ANALYSIS_REPORT_AUDIT_REPORT_H

#include "analysis/corpus/audit.h"
#include "analysis/report/study.h"
#include "storage/base/json.h"

/* Computed every time: deterministic, and under a second for a million interactions. `quick` leaves
 * out what counts all transitions again and again: seconds at 20 million. Release with
 * audit_release(). */
bool audit_study(struct study *study, bool quick, struct progress *progress, struct audit *out,
                 struct error *err);

/* {"findings":[{"id","share","count","text","effect","examples"}…],"clean":[…]}; caller frees. */
struct jval *audit_to_json(const struct audit *audit);

#endif
