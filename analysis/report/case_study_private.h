/* What the parts of case studies share: case_study.c makes pins, case_check.c makes them again. */
#ifndef ANALYSIS_REPORT_CASE_STUDY_PRIVATE_H
#define ANALYSIS_REPORT_CASE_STUDY_PRIVATE_H

#include "analysis/report/study.h"

/* By its whole name, unlike study_run_find(); NULL: there is none. */
const struct study_run *case_run_find(const struct study *study, const char *name);

#endif
