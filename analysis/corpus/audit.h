/*
 * The data audit (docs/definitions.md, section 11): what in a data set makes numbers wrong or
 * fragile, how much of it there is, examples, and what it does to the numbers. Arrays in, findings
 * out.
 */
#ifndef ANALYSIS_CORPUS_AUDIT_H
#define ANALYSIS_CORPUS_AUDIT_H

#include <stddef.h>

#include "analysis/corpus/corpus.h"
#include "analysis/corpus/split.h"
#include "storage/base/error.h"
#include "storage/base/intern.h"
#include "storage/base/progress.h"

/* What only the import knows. All zero: nothing to say. */
struct audit_import {
    int64_t rows, bad_rows;
    const char *const *bad_example; /* [n_bad_examples] "line 17: no item column", borrowed */
    size_t n_bad_examples;
    int64_t texts, texts_without_item; /* rows of item text, those whose item never occurs */
    const char *const *text_example;   /* [n_text_examples] external ids, borrowed */
    size_t n_text_examples;
    bool offset_found;  /* two files number the same items with a constant offset */
    int64_t id_offset;  /* … which was added to the second file's numbers */
    bool offset_chosen; /* … because the user said so */
};

struct audit_input {
    const struct corpus *corpus;
    const struct split *split;
    const int64_t *time;   /* aligned with corpus->item; NULL: no times */
    struct strtab user_id; /* [n_users]; n = 0: not known, examples use numbers */
    struct strtab item_id; /* [n_items]; n = 0: sorted-ids is not checked */
    struct strtab title;   /* [n_items], "" = no text; n = 0 or all "": the data has no text */
    int32_t semid_levels;  /* 0: no semantic ids */
    const int32_t *semid;  /* [n_items * semid_levels], -1 = none */
    struct audit_import import;
    uint64_t seed; /* of the re-randomised ties */
    bool quick;    /* leave out what counts all transitions: other orders of ties, held-out edges */
    int tie_replicates; /* 0 = 20, fewer for more than 5 million interactions (at least 3) */
};

enum { AUDIT_EXAMPLES = 5, AUDIT_RANGES = 4 };

/* A headline number as the data stand (`value`), and its range over the replicates. */
struct audit_range {
    const char *name; /* static */
    double value, lo, hi;
};

struct finding {
    const char *id; /* "sorted-ids", …; static */
    double share;   /* of what `text` says, 0 .. 1 */
    int64_t count;
    char *text;   /* what was found, one paragraph */
    char *effect; /* what it does to the numbers */
    char *example[AUDIT_EXAMPLES];
    size_t n_examples;
    struct audit_range range[AUDIT_RANGES]; /* [n_ranges] time-ties only */
    size_t n_ranges;
};

struct audit {
    struct finding *finding; /* [n] in the order of audit_check_id() */
    size_t n;
    const char *clean[16]; /* [n_clean] ids of checks that could be made and found nothing */
    size_t n_clean;
};

/* Check number i by its id, in the order of the findings; NULL after the last: sorted-ids,
 * time-ties, repeats, duplicate-sequences, short-users, items-without-text, text-without-items,
 * semid-collisions, codebook-utilisation, heldout-edges-in-train, bad-rows, id-offset. */
const char *audit_check_id(size_t i);

/* O(interactions * replicates). Deterministic for one seed. */
bool audit_run(const struct audit_input *input, struct progress *progress, struct audit *out,
               struct error *err);
void audit_release(struct audit *audit);

#endif
