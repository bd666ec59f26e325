#include "analysis/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/report/report_private.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"

struct definition report_definition(const struct report *r, size_t definition,
                                    const struct study_run *run)
{
    struct definition d = r->definition[definition];
    if (!r->edges_named[definition])
        d.train_valid = run->trained_on == TRAINED_ON_TRAIN_VALID;
    return d;
}

static void add_cases(const struct report *r, struct doc_text *note)
{
    doc_text_addf(note, SPAN_PLAIN, "%s cases. ",
                  r->options->part == PART_TEST ? "Test" : "Validation");
}

void report_fingerprint_note(const struct report *r, struct doc_text *note)
{
    char print[HASH_TEXT_LEN + 1];
    hash_format(study_dataset(r->study)->fingerprint, print);
    doc_text_addf(note, SPAN_PLAIN, "Data ");
    doc_text_addf(note, SPAN_CODE, "%s", print);
    doc_text_addf(note, SPAN_PLAIN, ".");
}

void report_data_note(const struct report *r, struct doc_text *note)
{
    add_cases(r, note);
    report_fingerprint_note(r, note);
}

/* Were the runs trained on different parts, and does the definition leave the edges to them? */
static bool edges_differ(const struct report *r, size_t definition)
{
    bool first = report_definition(r, definition, r->options->run[0]).train_valid;
    for (size_t i = 1; i < r->options->n_runs; i++)
        if (report_definition(r, definition, r->options->run[i]).train_valid != first)
            return true;
    return false;
}

static void add_definition(const struct report *r, const struct definition *d, const char *more,
                           struct doc_text *note)
{
    char key[DEFINITION_TEXT_MAX];
    definition_key(d, key);
    add_cases(r, note);
    doc_text_addf(note, SPAN_PLAIN, "Definition ");
    doc_text_addf(note, SPAN_CODE, "%s", key);
    doc_text_addf(note, SPAN_PLAIN, "%s. ", more);
    report_fingerprint_note(r, note);
}

void report_note(const struct report *r, size_t definition, struct doc_text *note)
{
    struct definition d = report_definition(r, definition, r->options->run[0]);
    add_definition(
        r, &d, edges_differ(r, definition) ? " (edges: those that each run was trained on)" : "",
        note);
}

void report_note_under(const struct report *r, const struct definition *d, struct doc_text *note)
{
    bool differ = false;
    for (size_t i = 0; i < r->options->n_runs; i++)
        differ =
            differ || (r->options->run[i]->trained_on == TRAINED_ON_TRAIN_VALID) != d->train_valid;
    add_definition(r, d, differ ? " (these edges, whatever a run was trained on)" : "", note);
}

void report_note_first(const struct report *r, size_t definition, const char *what,
                       struct doc_text *note)
{
    const struct study_run *run = r->options->run[0];
    if (edges_differ(r, definition))
        doc_text_addf(note, SPAN_PLAIN, "%s: edges of %s, %s. ", what, run->name,
                      run->trained_on == TRAINED_ON_TRAIN_VALID ? "train+valid" : "train");
}

const char *report_item_name(const struct report *r, int32_t item)
{
    const struct dataset *d = study_dataset(r->study);
    if (item < 0)
        return item == RECS_ILLEGAL ? "(illegal)" : "(missing)";
    return strtab_len(&d->title, item) ? strtab_get(&d->title, item)
                                       : strtab_get(&d->item_id, item);
}

static bool parse_definitions(struct report *r, struct error *err)
{
    static const char *const usual[] = {"last", "any", "iirg"};
    const struct report_options *o = r->options;
    r->n_definitions = o->n_definitions ? o->n_definitions : ARRAY_LEN(usual);
    for (size_t i = 0; i < r->n_definitions; i++) {
        const char *text = o->n_definitions ? o->definition[i] : usual[i];
        r->edges_named[i] = strstr(text, "edges=") != NULL;
        if (!definition_parse(text, &r->definition[i], err))
            return false;
    }
    return true;
}

static bool evaluate(struct report *r, struct error *err)
{
    const struct report_options *o = r->options;
    r->eval = mem_zalloc(r->n_definitions * o->n_runs, sizeof *r->eval);
    for (size_t d = 0; d < r->n_definitions; d++)
        for (size_t i = 0; i < o->n_runs; i++) {
            struct definition definition = report_definition(r, d, o->run[i]);
            if (!eval_get(r->study, o->run[i], o->part, &definition, r->progress,
                          &r->eval[d * o->n_runs + i], err))
                return false;
        }
    return true;
}

static bool add_sections(struct report *r, struct error *err)
{
    report_summary(r);
    if (!report_data(r, err) || !report_models(r, err))
        return false;
    if (r->options->n_runs == 0) {
        bool studies = report_case_studies(r, err);
        report_reproduce(r);
        return studies;
    }
    report_accuracy(r);
    report_memorization(r);
    if (!report_labels(r, err))
        return false;
    report_slices(r);
    bool ok = report_frontier(r, err) && report_curves(r, err) && report_comparison(r, err) &&
              report_examples(r, err) && report_case_studies(r, err);
    if (ok)
        report_reproduce(r);
    return ok;
}

bool report_make(struct study *study, const struct report_options *options,
                 struct progress *progress, struct document **out, struct error *err)
{
    char *title = mem_printf("Memorization in %s", study_name(study));
    struct report r = {
        .study = study, .options = options, .progress = progress, .doc = document_new(title)};
    free(title);
    run_groups_make(study, options->run, options->n_runs, &r.groups);
    bool ok = parse_definitions(&r, err) && evaluate(&r, err) && add_sections(&r, err);
    for (size_t i = 0; r.eval && i < r.n_definitions * options->n_runs; i++)
        eval_release(&r.eval[i]);
    free(r.eval);
    run_groups_release(&r.groups);
    if (ok)
        *out = r.doc;
    else
        document_free(r.doc);
    return ok;
}

/* ---- for those who ask ---- */

bool report_format(const char *name, const char *path, enum document_format *out, struct error *err)
{
    const char *dot = strrchr(path, '.');
    bool by_name = !name && dot && document_format_find(dot + 1, out);
    if (!name && !by_name && dot && !strchr(dot, '/'))
        name = dot + 1;
    else if (!name && !by_name)
        name = "txt";
    if (!by_name && !document_format_find(name, out))
        return error_set(err, ERROR_USAGE, "%s: a report is html, md, tex, json or txt", name);
    bool is_page = *out <= DOCUMENT_JSON && *out != DOCUMENT_TEX_PART;
    if (!is_page && *out != DOCUMENT_TXT)
        return error_set(err, ERROR_USAGE,
                         "a report is html, md, tex, json or txt; `rote export` writes tables as "
                         "CSV and TSV");
    return true;
}

bool report_runs(struct study *study, const char *const *words, size_t n_words, enum part part,
                 const struct study_run ***runs, size_t *n, struct error *err)
{
    *runs = NULL;
    *n = 0;
    for (size_t i = 0; i < n_words; i++)
        if (!runs_of_word(study, words[i], runs, n, err))
            return false;
    for (size_t i = 0; i < *n; i++)
        if (!(*runs)[i]->has[part])
            return error_set(err, ERROR_STATE,
                             "the run %s has no recommendations for the %s part yet; `rote runs` "
                             "tells what it does",
                             (*runs)[i]->name, part == PART_TEST ? "test" : "valid");
    if (n_words == 0)
        *runs = study_runs_with_lists(study, part, n);
    return true;
}

bool report_save(struct study *study, const struct report_options *options,
                 enum document_format format, const char *path, FILE *stream,
                 struct progress *progress, struct error *err)
{
    struct document *document;
    if (!report_make(study, options, progress, &document, err))
        return false;
    bool ok = document_save(document, format, path, stream, progress, err);
    document_free(document);
    return ok;
}
