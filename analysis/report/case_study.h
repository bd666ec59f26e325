/*
 * Case studies over a study: making a pin from something that is on the screen, with its numbers as
 * the views compute them, and looking later whether they are still so. The rows are stored by
 * storage/db/case_store.h. A pin is about users and items by their external ids, and about runs by
 * their numbers: a run that is renamed stays the pin's, and another one that takes its name is not
 * taken for it. A pin outlives its runs; re-checking then says so.
 *
 * Everything computes or reads the database: for jobs, unless it says "draws".
 */
#ifndef ANALYSIS_REPORT_CASE_STUDY_H
#define ANALYSIS_REPORT_CASE_STUDY_H

#include "analysis/label/definition.h"
#include "analysis/report/study.h"
#include "storage/base/json.h"
#include "storage/db/case_store.h"

enum case_kind {
    CASE_USER,           /* a user's case: target, and how each shown run does */
    CASE_RECOMMENDATION, /* one of a list, with its evidence */
    CASE_ITEM,
    CASE_RUN,
    CASE_COMPARISON, /* of two runs */
    CASE_SHEET,      /* a sheet as it was filtered and sorted */
    CASE_PLOT,       /* accuracy against excess memorization of all finished runs */
    CASE_QUERY,      /* read-only SQL */
    CASE_KINDS
};
extern const char *const case_kind_name[CASE_KINDS];
bool case_kind_find(const char *name, enum case_kind *out); /* false: no kind of that name */

enum { CASE_RUNS = 4 };

/* What is to be pinned. Strings are owned; NULL where the kind has none. */
struct case_subject {
    enum case_kind kind;
    enum part part;
    struct definition definition;
    char *user_id, *item_id;
    char *run[CASE_RUNS]; /* names; of a recommendation and a run one, of a comparison two */
    size_t n_runs;
    /* Of a pin that is made again, borrowed: "runs" of its `seen`, and its `runs`. Figures of a run
     * are called by the name that it had then. NULL: runs are found by their names. */
    const struct jval *names, *numbers;
    int32_t nth;  /* of the user's cases, from 1; 0: the last one */
    int32_t rank; /* of a recommendation, from 1; without item_id it says which one */
    char *title;  /* of a sheet */
    char *state;  /* of a sheet: counts, filters, order */
    char *sql;    /* of a query */
    char *link;   /* commands that reopen the view, a line each; NULL: made from the rest */
};
void case_subject_release(struct case_subject *subject); /* a zeroed one is fine */

/* Fills what can be known now: all but study, note and the numbers of rows. Milliseconds for users
 * and recommendations; runs that are not evaluated yet under the definition are, comparisons are
 * computed: seconds. ERROR_NOT_FOUND names what does not exist. */
bool case_pin_make(struct study *study, const struct case_subject *subject,
                   struct progress *progress, struct case_pin *out, struct error *err);

/* ---- the way back ---- */

/* The commands that reopen it, with its runs by their names of when it was read; of runs that are
 * gone by those they had. "": there are none. The caller frees. draws */
char *case_pin_link(const struct case_pin *pin);
/* The same with the names of now, to be done; ERROR_NOT_FOUND: a run that they need is gone. */
bool case_pin_open(const struct study *study, const struct case_pin *pin, char **link,
                   struct error *err);

/* ---- re-check ---- */

enum case_outcome {
    CASE_SAME,
    CASE_CHANGED,
    CASE_RUN_GONE,
    CASE_GONE,       /* the user, the item … is not in the data any more */
    CASE_OTHER_DATA, /* the data set has another fingerprint; what can be computed is told too */
    CASE_UNCHECKED,  /* a sheet: opening it shows it as it is now */
    CASE_OUTCOMES
};
extern const char *const case_outcome_name[CASE_OUTCOMES]; /* "same", "changed", "run gone", … */

struct case_verdict {
    int64_t pin;
    enum case_outcome outcome;
    char *text;           /* "changed: recall@10 was 0.0668, now 0.0701" */
    struct jval *changes; /* [{"name", "was", "now"}] */
};
/* Computes the pin's numbers again, as case_pin_make() does. False when that was cancelled, and
 * when a file or the memory failed: nothing is known of the pin then. */
bool case_check(struct study *study, const struct case_pin *pin, struct progress *progress,
                struct case_verdict *out, struct error *err);
void case_verdict_release(struct case_verdict *verdict);            /* a zeroed one is fine */
struct jval *case_verdict_json(const struct case_verdict *verdict); /* the caller frees */

/* ---- writing ---- */

/* The study with its pins, all that is stored. The caller frees. draws */
struct jval *case_to_json(const struct case_study *study, const struct case_pins *pins);
struct document;
/* Adds tags, text and a heading of that level per pin with its numbers. What comes from data is
 * escaped by whatever writes the document; the text is its author's (document_words()). draws */
void case_to_document(const struct case_study *study, const struct case_pins *pins, int level,
                      struct document *out);

#endif
