/* A workspace of a few users, in which models train in well under a second. */
#ifndef TESTS_ANALYSIS_RUN_TINY_H
#define TESTS_ANALYSIS_RUN_TINY_H

#include "analysis/run/folder.h"
#include "storage/db/workspace.h"

/* A workspace in a new folder below /tmp; fails the test when it cannot be made. */
struct workspace *tiny_workspace(char **dir);
void tiny_remove(struct workspace *ws, char *dir); /* closes and removes it */

/* Options of a model that is small enough; `more`: further "k=v", NULL at the end. */
struct run_options tiny_options(enum run_model model, const char *const *more);

/* A run with its job, but without a worker. *run_dir is the caller's. */
int64_t tiny_run(struct workspace *ws, const struct run_options *options, char **run_dir);

/* The run's row, as the database has it. */
struct run_info tiny_info(struct workspace *ws, int64_t run);
bool tiny_file_equal(const char *dir_a, const char *dir_b, const char *name);

#endif
