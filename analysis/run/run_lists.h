/* A run whose lists are there at once, counted or combined: stored as done, or not at all. */
#ifndef ANALYSIS_RUN_RUN_LISTS_H
#define ANALYSIS_RUN_RUN_LISTS_H

#include "analysis/corpus/recs.h"
#include "analysis/corpus/split.h"
#include "storage/base/json.h"
#include "storage/db/run_store.h"

/* [cases * depth] each, by enum part. */
struct run_lists {
    int32_t *item; /* NULL: no lists of this part */
    float *score;  /* NULL: no scores */
    int32_t depth; /* 0: RECS_DEPTH */
};
bool run_lists_room(struct run_lists *lists, int64_t n_cases, struct error *err);
void run_lists_release(struct run_lists lists[2]);

/* Stores a run in state "done" with its lists of both parts; until then it is "running" and locked.
 * `info` and its strings are borrowed; NULL strings have run_create()'s defaults. On failure
 * nothing is left. */
bool run_lists_store(struct workspace *ws, const struct split *split, uint64_t fingerprint,
                     const struct run_info *info, const struct run_lists lists[2], int64_t *run,
                     struct error *err);
/* The same with an event that tells of it. The arrays are freed as soon as they are written: what
 * is written is looked at once more, and both together would be the peak of an import. */
bool run_lists_store_told(struct workspace *ws, const struct split *split, uint64_t fingerprint,
                          const struct run_info *info, struct run_lists lists[2], const char *kind,
                          const struct jval *data, int64_t *run, struct error *err);

#endif
