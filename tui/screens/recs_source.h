/*
 * The rows of the recommendations sheet: nothing is copied, every cell is decoded from the mapped
 * lists, labels and sequences. Rows go by case, then run, then rank; the identity of a row says
 * the same three, so it survives other runs and another K.
 */
#ifndef TUI_SCREENS_RECS_SOURCE_H
#define TUI_SCREENS_RECS_SOURCE_H

#include "tui/screens/host.h"
#include "tui/widgets/sheet.h"

enum recs_column {
    RECS_USER,
    RECS_RUN,
    RECS_RANK,
    RECS_HOW,
    RECS_ITEM,
    RECS_HIT,
    RECS_MATCH,
    RECS_FOLLOWED,
    RECS_SCORE,
    RECS_ID,
    RECS_LABEL,
    RECS_COLUMNS
};

enum { RECS_MOST_RANK = 1023 }; /* as far as an identity counts */

/* The runs have lists for the part. `edges`: by enum trained_on, NULL where the table is not there
 * yet (the column "followed" is empty then). Borrows the host, the study's arrays and the runs. */
struct sheet_source *recs_source_new(const struct host *host, enum part part, int32_t k,
                                     const struct study_run *const *run, size_t n_runs,
                                     const struct edges *const edges[2]);

/* What a row stands for. */
struct recs_place {
    int64_t run;  /* its id */
    int64_t at;   /* index into the split's cases of the part */
    int32_t rank; /* from 1 */
};
struct recs_place recs_place_of(int64_t id);

#endif
