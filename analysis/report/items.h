/*
 * The Items table: one row per item as columns of arrays, for every run that has lists. Popularity
 * and degrees are of the training corpus that the definition names; docs/definitions.md, section
 * 12, has every column.
 *
 * Over all items a run's `rote` counts add up to its one-hop ratio times K times cases: an item
 * that a list names twice counts once, in both.
 *
 * Cost: one pass over the cases on all cores, each with its candidate set and K slots per run, and
 * one over the items. Memory: 16 bytes per item and run, while it is made as much again per core:
 * with 200,000 items and four runs 13 MB, and 13 MB per core.
 */
#ifndef ANALYSIS_REPORT_ITEMS_H
#define ANALYSIS_REPORT_ITEMS_H

#include "analysis/label/definition.h"
#include "analysis/report/study.h"

struct item_run_columns {
    const struct study_run *run;
    int64_t *recommended; /* [n_items] cases whose first K hold the item */
    int64_t *rote;        /* [n_items] those of them whose candidate set holds it, too */
};

/* `edges`, `rank` and `by_rank` are the study's. */
struct item_table {
    int32_t n_items;
    const struct edges *edges;
    const int32_t *rank;    /* [n_items] place by popularity, from 0 (pop desc, index asc) */
    const int32_t *by_rank; /* [n_items] the inverse */
    size_t n_runs;
    struct item_run_columns *run; /* [n_runs] */
};

bool item_table_make(struct study *study, enum part part, const struct study_run *const *runs,
                     size_t n_runs, const struct definition *definition, struct progress *progress,
                     struct item_table *out, struct error *err);
void item_table_release(struct item_table *table); /* a zeroed one is fine */

/* Distinct successors and predecessors in training. */
static inline int32_t item_out_degree(const struct edges *edges, int32_t item)
{
    return (int32_t)(edges->out_offset[item + 1] - edges->out_offset[item]);
}
static inline int32_t item_in_degree(const struct edges *edges, int32_t item)
{
    return (int32_t)(edges->in_offset[item + 1] - edges->in_offset[item]);
}
/* T[x][x] / sum_y T[x][y]; NAN where nothing follows the item. */
double item_self_prediction(const struct edges *edges, int32_t item);
/* rote / recommended; NAN for an item that no list holds. */
double item_rote_share(const struct item_run_columns *run, int32_t item);

#endif
