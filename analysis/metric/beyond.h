/*
 * What accuracy does not say about lists (docs/definitions.md, section 8): how much of the
 * catalogue they reach, how unequally, how popular and how varied their items are.
 */
#ifndef ANALYSIS_METRIC_BEYOND_H
#define ANALYSIS_METRIC_BEYOND_H

#include "analysis/corpus/recs.h"
#include "storage/base/error.h"
#include "storage/base/intern.h"

/* Each item's categories as numbers, compressed sparse rows. */
struct categories {
    int32_t n_items, n_categories;
    int64_t *offset;   /* [n_items+1] */
    int32_t *category; /* distinct within an item */
};
/* From texts in which several categories are joined by " | "; "" is no category. */
bool categories_build(const struct strtab *text, struct categories *out, struct error *err);
void categories_release(struct categories *categories);

struct beyond {
    double coverage;   /* distinct recommended items / catalogue */
    double gini;       /* of how often each item of the catalogue is recommended, 0 .. 1 */
    double novelty;    /* mean of -log2((pop+1)/(N+|I|)) over recommended slots */
    double top1_share; /* slots whose item is among the 1 % most popular (at least one item) */
    double categories; /* mean distinct categories in a list; NaN where none are known */
};

/* Over the first k slots of every list. `pop` [n_items] counts the training corpus; `categories`
 * may be NULL. NaN where there is nothing to average. O(slots + n_items log n_items). */
bool beyond_compute(const struct recs *recs, int32_t k, const int64_t *pop, int32_t n_items,
                    const struct categories *categories, struct beyond *out, struct error *err);

#endif
