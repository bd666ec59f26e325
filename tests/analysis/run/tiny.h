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
/* The job and row of a run that `command` is to train. */
int64_t tiny_external(struct workspace *ws, const char *command, const char *strategy,
                      char **run_dir);

/* A worker in a process of its own; its wait status. */
struct tiny_limits {      /* 0: none */
    int64_t steps;        /* so many updates made, in all: then SIGKILL */
    int64_t file_bytes;   /* no file may be larger: the disk is "full" */
    int64_t memory_bytes; /* of address space beyond what the process has at its start */
};
int tiny_work(const char *run_dir, const struct tiny_limits *limits); /* NULL: no limits */

/* As the command line has it: SIGTERM sets the wish to stop. */
void tiny_stop_on_term(struct progress *progress);

/* What the events of a run say, in short: "start epoch epoch end:done". */
struct tiny_story {
    struct buf text;
    int64_t seq;
    int32_t epoch;
    char reason[2000];
    bool numbers;        /* every epoch has every figure */
    int32_t id_levels;   /* of the semantic ids that the start told of; 0: of none */
    int64_t steps_again; /* the most that a start tells of */
    double seconds_again;
    double last_recall10, last_extraction; /* of the last epoch; NAN: not measured */
    int64_t best_epoch;                    /* of the end */
};
struct tiny_story tiny_story(const char *run_dir);

bool tiny_there(const char *run_dir, const char *name);
/* A whole file; the caller frees. Fails the test when there is none. */
char *tiny_text(const char *run_dir, const char *name);
bool tiny_file_equal(const char *dir_a, const char *dir_b, const char *name);

#endif
