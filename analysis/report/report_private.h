/* What the parts of a report share. Each adds its section to the document. */
#ifndef ANALYSIS_REPORT_REPORT_PRIVATE_H
#define ANALYSIS_REPORT_REPORT_PRIVATE_H

#include "analysis/report/eval.h"
#include "analysis/report/groups.h"
#include "analysis/report/report.h"
#include "storage/export/document.h"

struct report {
    struct study *study;
    const struct report_options *options;
    struct progress *progress;
    struct document *doc;
    struct run_groups groups;
    struct definition definition[REPORT_DEFINITIONS]; /* as typed */
    bool edges_named[REPORT_DEFINITIONS];
    size_t n_definitions;
    struct eval *eval; /* [n_definitions * n_runs] */
};

static inline const struct eval *report_eval(const struct report *r, size_t definition, size_t run)
{
    return &r->eval[definition * r->options->n_runs + run];
}

/* A definition as it is for a run. */
struct definition report_definition(const struct report *r, size_t definition,
                                    const struct study_run *run);
/* "Test cases, definition `pred=…`, data 7c1f…": below every figure. */
void report_note(const struct report *r, size_t definition, struct doc_text *note);
/* The same of figures that all have one definition, whatever their runs were trained on. */
void report_note_under(const struct report *r, const struct definition *d, struct doc_text *note);
/* "Targets: edges of markov, train. " where runs differ in what they were trained on, so that a
 * figure which is no run's own could have either edges: it has the first run's. */
void report_note_first(const struct report *r, size_t definition, const char *what,
                       struct doc_text *note);
/* The same without a definition. */
void report_data_note(const struct report *r, struct doc_text *note);
/* The data alone: of what is no figure of the cases. */
void report_fingerprint_note(const struct report *r, struct doc_text *note);
const char *report_item_name(const struct report *r, int32_t item); /* title, or id */

void report_summary(struct report *r);                         /* report_summary.c */
bool report_data(struct report *r, struct error *err);         /* report_data.c */
bool report_models(struct report *r, struct error *err);       /* report_models.c */
void report_reproduce(struct report *r);                       /* report_reproduce.c */
void report_accuracy(struct report *r);                        /* report_figures.c */
void report_memorization(struct report *r);                    /* report_figures.c */
bool report_labels(struct report *r, struct error *err);       /* report_labels.c */
void report_slices(struct report *r);                          /* report_labels.c */
bool report_frontier(struct report *r, struct error *err);     /* report_plots.c */
bool report_curves(struct report *r, struct error *err);       /* report_plots.c */
bool report_comparison(struct report *r, struct error *err);   /* report_comparison.c */
bool report_case_studies(struct report *r, struct error *err); /* report_cases.c */
bool report_examples(struct report *r, struct error *err);     /* report_cases.c */

#endif
