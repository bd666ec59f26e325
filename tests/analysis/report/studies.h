/* Studies for tests: files imported into a workspace in a folder of their own. */
#ifndef TESTS_ANALYSIS_REPORT_STUDIES_H
#define TESTS_ANALYSIS_REPORT_STUDIES_H

#include "analysis/report/study.h"

/* Imports the files (paths end with NULL) into a new folder below /tmp and opens it; fails the test
 * when that does not work. The caller closes the study and frees and removes *dir. */
struct study *study_of_files(const char *const *paths, char **dir);
void remove_study(struct study *study, char *dir);

#endif
