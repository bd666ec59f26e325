/*
 * The report of a study: everything that the screens show about its runs, as one document
 * (storage/export/document.h). All figures come from the functions behind the screens and commands.
 * The same workspace gives the same document: no present time, and no machine's paths but where a
 * command was given one; the dates in it are those of the runs.
 */
#ifndef ANALYSIS_REPORT_REPORT_H
#define ANALYSIS_REPORT_REPORT_H

#include "analysis/label/definition.h"
#include "analysis/report/study.h"
#include "storage/export/document.h"

enum { REPORT_DEFINITIONS = 8, REPORT_EXAMPLES = 2 };

struct report_options {
    enum part part;
    const struct study_run *const *run; /* [n_runs] that have lists; the first is compared with */
    size_t n_runs;
    /* As typed; the edges of one that does not name them are those a run was trained on. The first
     * is that of slices, frontier, comparison and examples. */
    const char *definition[REPORT_DEFINITIONS];
    size_t n_definitions; /* 0: last, any, iirg */
    int examples;         /* of each kind */
    const char *command;  /* the command that makes the report again */
};

/* Evaluates what is not stored yet; seconds for every run and definition that is new, and again for
 * the intervals of the frontier and the comparisons. The caller frees *out. */
bool report_make(struct study *study, const struct report_options *options,
                 struct progress *progress, struct document **out, struct error *err);

/* "html", "md", "tex", "json" or "txt"; name NULL: by the path's ending, else plain text.
 * ERROR_USAGE names them. */
bool report_format(const char *name, const char *path, enum document_format *out,
                   struct error *err);
/* The runs of words as runs_of_word() reads them, which must have lists for the part; without words
 * all that have. The caller frees *runs. */
bool report_runs(struct study *study, const char *const *words, size_t n_words, enum part part,
                 const struct study_run ***runs, size_t *n, struct error *err);
/* report_make(), written as document_save() does. */
bool report_save(struct study *study, const struct report_options *options,
                 enum document_format format, const char *path, FILE *stream,
                 struct progress *progress, struct error *err);

#endif
