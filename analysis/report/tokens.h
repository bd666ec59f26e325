/*
 * Token-level memorization of a run's lists and of the targets (docs/definitions.md, section 5):
 * how often which prefix length is what training pairs share, by the semantic ids that the run
 * works on.
 */
#ifndef ANALYSIS_REPORT_TOKENS_H
#define ANALYSIS_REPORT_TOKENS_H

#include "analysis/report/study.h"
#include "storage/base/json.h"

/* Over items that follow a history; shares are of `items`. */
struct token_side {
    int64_t items;    /* legal items after a history of one item or more */
    int64_t *count;   /* [levels + 1] whose longest matched prefix is n */
    int64_t *support; /* [levels + 1] their training pairs, added up */
    int64_t shared;   /* n = levels, and yet no item-level memorization: ids that items share */
};

struct token_report {
    const char *ids_of; /* the run that made its own ids; NULL: the data set's */
    int32_t levels;
    int32_t shared_ids, shared_items, items_without; /* of the catalogue */
    struct token_side target, recommended;
};

/* k: how deep in the lists. ERROR_STATE when neither the data set nor the run has semantic ids, or
 * the run no lists for the part. The index is the study's; a label costs microseconds. */
bool token_report_make(struct study *study, const struct study_run *run, enum part part, int k,
                       struct token_report *out, struct error *err);
void token_report_release(struct token_report *report); /* a zeroed one is fine */

double token_share(const struct token_side *side, int32_t n);        /* NAN without items */
double token_mean_support(const struct token_side *side, int32_t n); /* NAN where none has n */

/* {"ids_of", "levels", "shared_ids", …, "targets": {"prefixes": [{"n", "share", "mean_support"},
 * …]}, …} */
struct jval *token_report_json(const struct token_report *report);

#endif
