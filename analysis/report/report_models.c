/* The runs of a report: what they are and how they were made; and how to make it all again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/report/report_private.h"
#include "analysis/run/options.h"
#include "storage/base/hash.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/base/shell.h"
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
        struct buf text;
        if (strcmp(name, "strategy") == 0)
            continue; /* has been said */
        buf_init(&text);
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

/* ---- how to make it again ---- */

void report_word(struct buf *out, const char *word)
{
    buf_addc(out, ' ');
    shell_add_word(out, word);
}

static void add_setting(struct buf *out, const char *name, const struct jval *value)
{
    struct buf text;
    buf_init(&text);
    buf_addf(&text, "%s=", name);
    if (jval_string(value))
        buf_adds(&text, jval_string(value));
    else
        jval_write(value, false, &text);
    buf_adds(out, " --set");
    report_word(out, text.data);
    buf_release(&text);
}

static bool is_known_model(const char *name)
{
    enum run_model model;
    return run_model_find(name, &model, NULL);
}

/* An option of the model that has not its default, or the seed; what the run itself found is none.
 */
static bool is_setting(enum run_model model, const char *name, const struct jval *value)
{
    for (int i = 0; i < RUN_OPTIONS; i++) {
        const struct run_option *o = run_option((enum run_option_id)i);
        char usual[RUN_OPTION_TEXT], is[RUN_OPTION_TEXT];
        if (strcmp(o->name, name) != 0)
            continue;
        if (isnan(o->otherwise[model]))
            return false;
        run_option_text((enum run_option_id)i, o->otherwise[model], usual);
        run_option_text((enum run_option_id)i, jval_real(value, 0), is);
        return strcmp(name, "seed") == 0 ||
               strcmp(usual, jval_string(value) ? jval_string(value) : is) != 0;
    }
    return false;
}

static void add_train(const struct study_run *run, struct buf *out)
{
    enum run_model model;
    struct jval *options = jval_parse(run->options_json, strlen(run->options_json), NULL);
    const char *name;
    const struct jval *value;
    run_model_find(run->model, &model, NULL);
    buf_addf(out, "rote train --model %s", run->model);
    if (model == RUN_ENSEMBLE) {
        const char *m = jval_string(jval_get(options, "memorizer"));
        const char *g = jval_string(jval_get(options, "generalizer"));
        char *of = mem_printf("%s,%s", m ? m : "?", g ? g : "?");
        buf_adds(out, " --of");
        report_word(out, of);
        free(of);
    } else if (run_model_is_trained(model) && strcmp(run->strategy, "next-item") != 0) {
        buf_adds(out, " --strategy");
        report_word(out, run->strategy);
    }
    for (void *it = NULL; options && (it = jval_next(options, it, &name, &value));)
        if (is_setting(model, name, value))
            add_setting(out, name, value);
    if (run->trained_on == TRAINED_ON_TRAIN_VALID)
        buf_adds(out, " --trained-on train+valid");
    buf_adds(out, " --name");
    report_word(out, run->name);
    buf_addc(out, '\n');
    jval_free(options);
}

static void add_commands(struct report *r)
{
    struct buf commands;
    buf_init(&commands);
    for (size_t i = 0; i < r->options->n_runs; i++) {
        const struct study_run *run = r->options->run[i];
        if (is_known_model(run->model))
            add_train(run, &commands);
        else
            buf_addf(&commands, "# %s was made by another program\n", run->name);
    }
    buf_addf(&commands, "%s\n", r->options->command);
    document_code(r->doc, commands.data, commands.len);
    buf_release(&commands);
}

void report_reproduce(struct report *r)
{
    char print[HASH_TEXT_LEN + 1];
    hash_format(study_dataset(r->study)->fingerprint, print);
    document_heading(r->doc, 1, "How to make this again");
    struct doc_text *t = document_paragraph(r->doc);
    doc_text_addf(t, SPAN_PLAIN, "With rote " ROTE_VERSION ", in a workspace of the data ");
    doc_text_addf(t, SPAN_CODE, "%s", print);
    doc_text_addf(t, SPAN_PLAIN, " (");
    doc_text_addf(t, SPAN_CODE, "rote dataset");
    doc_text_addf(t, SPAN_PLAIN,
                  " tells). Seeds are among the options; nulls and intervals have fixed ones, so "
                  "that a figure is the same whenever it is computed.");
    add_commands(r);
}
