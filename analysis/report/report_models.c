/* The runs of a report: what they are and how they were made. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/report/report_private.h"
#include "analysis/run/options.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_store.h"

static bool read_run(struct report *r, const struct study_run *run, struct run_info *out,
                     struct error *err)
{
    struct workspace *ws = study_lock(r->study);
    bool ok = run_get(ws, run->id, out, err);
    study_unlock(r->study);
    return ok;
}

/* "2026-11-26 18:02", in UTC. */
static void add_date(struct doc_table *t, int64_t seconds)
{
    char text[32];
    time_t when = (time_t)seconds;
    struct tm tm;
    if (seconds <= 0 || !gmtime_r(&when, &tm)) {
        doc_cell_none(t);
        return;
    }
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
    doc_cell_text(t, text);
}

/* Text is data: it is cut, never trusted to be of one line. */
static void add_options(struct report *r, const struct study_run *run)
{
    struct jval *options = jval_parse(run->options_json, strlen(run->options_json), NULL);
    struct doc_text *t = document_term(r->doc, run->name);
    const char *name;
    const struct jval *value;
    bool first = true;
    doc_text_addf(t, SPAN_PLAIN, "%s, %s", run->model, run->strategy);
    for (void *it = NULL; options && (it = jval_next(options, it, &name, &value));) {
        const char *path = jval_string(value);
        struct buf text;
        if (strcmp(name, "strategy") == 0)
            continue; /* has been said */
        buf_init(&text);
        if (path && *path == '/' && strrchr(path, '/')[1]) /* the folder is this machine's */
            buf_adds(&text, strrchr(path, '/') + 1);
        else
            jval_write(value, false, &text);
        doc_text_addf(t, SPAN_PLAIN, first ? ": " : ", ");
        doc_text_addf(t, SPAN_CODE, "%s=%s", name, text.data);
        first = false;
        buf_release(&text);
    }
    doc_text_addf(t, SPAN_PLAIN, ".");
    jval_free(options);
}

/* Counting has none. */
static bool has_seed(const struct study_run *run)
{
    enum run_model model;
    if (!run_model_find(run->model, &model, NULL))
        return run->seed != 0;
    return run_model_is_trained(model);
}

bool report_models(struct report *r, struct error *err)
{
    document_heading(r->doc, 1, "Models");
    if (r->options->n_runs == 0) {
        doc_text_addf(document_paragraph(r->doc), SPAN_PLAIN, "There are no finished runs.");
        return true;
    }
    struct doc_table *t = document_table(r->doc, "Runs");
    static const char *const columns[] = {"run", "model", "strategy", "trained on"};
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        doc_table_column(t, columns[i], DOC_TEXT, 0);
    doc_table_column(t, "seed", DOC_EXACT, 0);
    doc_table_column(t, "training, seconds", DOC_REAL, 1);
    doc_table_column(t, "begun (UTC)", DOC_TEXT, 0);
    doc_table_column(t, "computed by", DOC_TEXT, 0);
    for (size_t i = 0; i < r->options->n_runs; i++) {
        const struct study_run *run = r->options->run[i];
        struct run_info info = {0};
        if (!read_run(r, run, &info, err))
            return false;
        doc_row(t);
        doc_cell_text(t, run->name);
        doc_cell_text(t, run->model);
        doc_cell_text(t, run->strategy);
        doc_cell_textf(t, "%s%s", info.trained_on, run->trained_on_assumed ? " (assumed)" : "");
        if (has_seed(run))
            doc_cell_int(t, run->seed);
        else
            doc_cell_none(t);
        doc_cell_real(t, run->seconds);
        add_date(t, info.started);
        doc_cell_text(t, info.kernel);
        run_info_release(&info);
    }
    document_heading(r->doc, 2, "Options");
    for (size_t i = 0; i < r->options->n_runs; i++)
        add_options(r, r->options->run[i]);
    return true;
}
