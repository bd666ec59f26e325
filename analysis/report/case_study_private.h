/* What the parts of case studies share: case_study.c makes pins, case_check.c makes them again,
 * case_link.c opens them. */
#ifndef ANALYSIS_REPORT_CASE_STUDY_PRIVATE_H
#define ANALYSIS_REPORT_CASE_STUDY_PRIVATE_H

#include "analysis/report/case_study.h"

/* The i-th run of a subject: by its number where that is known, else by its name. NULL: gone. */
const struct study_run *case_subject_run(const struct study *study, const struct case_subject *s,
                                         size_t i);

/* Does a command name the run? */
bool case_link_has(const char *link, const char *name);

#endif
