/*
 * The Users table: one row per user as columns of arrays, for every run that has lists.
 * One pass over all cases on both cores; memory 16 bytes per user plus 12 per user and run.
 */
#ifndef ANALYSIS_REPORT_USERS_H
#define ANALYSIS_REPORT_USERS_H

#include "analysis/label/definition.h"
#include "analysis/report/study.h"

struct user_run_columns {
    const struct study_run *run;
    int32_t *rank;     /* [n_users] of the target; 0: not in the list, -1: no case */
    float *memorized;  /* [n_users] share of the top k in the candidate set; NAN: no case */
    uint8_t *verbatim; /* [n_users] longest verbatim length in the top k; 0 where not labelled */
    float *novelty;    /* [n_users] mean -log2 popularity share of the top k; NAN: no case */
};

struct user_table {
    int32_t n_users;
    int32_t *length;   /* [n_users] items in the sequence */
    int8_t *reachable; /* [n_users] 1 yes, 0 no, -1 no case */
    int32_t *target;   /* [n_users] item index, -1: no case */
    size_t n_runs;
    struct user_run_columns *run; /* [n_runs] */
};

bool user_table_make(struct study *study, enum part part, const struct study_run *const *runs,
                     size_t n_runs, const struct definition *definition, struct progress *progress,
                     struct user_table *out, struct error *err);
void user_table_release(struct user_table *table);

/* Kinds of cases worth looking at; in parentheses how clear one is. */
enum clear_kind {
    CLEAR_ROTE,  /* the first run hits a reachable target (share of rote in the list + 1 / rank) */
    CLEAR_NOVEL, /* … one that is not reachable (2 - that share + 1 / rank) */
    CLEAR_WON,   /* the last run has the target in its top 10, the first has not (1 / rank) */
    CLEAR_LOST,  /* the other way round */
    CLEAR_KINDS,
};
extern const char *const clear_kind_name[CLEAR_KINDS]; /* "rote", "novel", "won", "lost" */
/* Users of the kind, the clearest first, then by number; how many. The table has a run at least;
 * the caller frees *users. */
int32_t user_table_clearest(const struct user_table *table, enum clear_kind kind, int32_t **users);

#endif
