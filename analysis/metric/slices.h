/*
 * Slices of the cases (docs/definitions.md, section 8): target reachable or not under the active
 * definition, each label of the target, popularity quintile of the target, history length. A case
 * is in one slice of each group but in several of the group of labels; its slices are one word of
 * bits.
 */
#ifndef ANALYSIS_METRIC_SLICES_H
#define ANALYSIS_METRIC_SLICES_H

#include <stdint.h>

#include "analysis/corpus/corpus.h"
#include "analysis/corpus/split.h"
#include "analysis/label/relation.h"
#include "storage/base/error.h"

enum {
    SLICE_REACHABLE,
    SLICE_UNREACHABLE,
    SLICE_LABEL,                                    /* + label number */
    SLICE_QUINTILE = SLICE_LABEL + RELATION_LABELS, /* + 0 (most popular) .. 4 */
    SLICE_LENGTH = SLICE_QUINTILE + 5,              /* + bin: 0-3, 4-5, 6-9, 10-19, 20-49, 50+ */
    SLICE_LENGTHS = 6,
    SLICES = SLICE_LENGTH + SLICE_LENGTHS,
};

/* "reachable", "unreachable", "label:memorization", "popularity:1" (head) .. "popularity:5" (tail),
 * "history:0-3" … "history:50+". */
const char *slice_name(int slice);
int slice_find(const char *name); /* -1: there is no such slice */

/* quintile[i] = 0..4 for every item: items by (pop desc, index asc), cut where the interactions of
 * the items before it pass 20, 40, 60, 80 % of all. An item without interactions is in the last. */
bool slices_quintiles(const int64_t *pop, int32_t n_items, uint8_t *quintile, struct error *err);

/* mask[c] (bit s: case c is in slice s). reachable [n], label [n] relation codes of the targets and
 * quintile [n_items] may each be NULL: then no case is in those slices. */
void slices_assign(const struct corpus *corpus, const struct case_list *cases,
                   const uint8_t *reachable, const uint16_t *label, const uint8_t *quintile,
                   uint64_t *mask);

struct slice_figure {
    int64_t n;    /* cases */
    double share; /* of all cases */
    double mean;  /* of the metric; NAN for n = 0 */
};
/* value [n] a metric per case; out [SLICES]. */
void slices_mean(const uint64_t *mask, int64_t n, const double *value,
                 struct slice_figure out[SLICES]);
/* value where the case is in the slice, NAN elsewhere: for bootstrap_means(). */
void slices_select(const uint64_t *mask, int64_t n, int slice, const double *value, double *out);

#endif
