#include "tui/screens/run_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/run/options.h"
#include "storage/base/mem.h"
#include "storage/db/run_store.h"
#include "tui/widgets/table.h"

enum { LOG_LINES = 200 };

/* ---- reading ---- */

static void read_folder(const struct study *study, const struct study_run *run,
                        struct run_data *out)
{
    struct buf log;
    buf_init(&log);
    char *dir = mem_printf("%s/runs/%lld", study_dir(study), (long long)run->id);
    run_progress_read(dir, &out->progress);
    run_log_tail(dir, LOG_LINES, "\n", &log);
    free(dir);
    out->log = mem_strdup(log.data ? log.data : "");
    buf_release(&log);
}

static bool read_info(struct study *study, int64_t run, struct run_data *out, struct error *err)
{
    struct run_info info;
    struct workspace *ws = study_lock(study);
    bool ok = run_get(ws, run, &info, err);
    study_unlock(study);
    if (!ok)
        return false;
    out->kernel = info.kernel;
    out->error = info.error;
    info.kernel = info.error = NULL;
    run_info_release(&info);
    return true;
}

bool run_data_read(struct study *study, const struct study_run *run, enum part part,
                   const struct definition *definition, struct run_data *out, struct error *err)
{
    *out = (struct run_data){0};
    if (read_info(study, run->id, out, err) && curve_read(study, run, &out->curve, err) &&
        eval_stored(study, run, part, definition, &out->eval, err)) {
        run_state_text(study, run, out->state);
        read_folder(study, run, out);
        return true;
    }
    run_data_release(out);
    return false;
}

void run_data_release(struct run_data *data)
{
    free(data->kernel);
    free(data->error);
    free(data->log);
    curve_release(&data->curve);
    eval_release(&data->eval);
    *data = (struct run_data){0};
}

/* ---- epochs ---- */

struct sheet_source *run_epochs_source(const struct curve *curve)
{
    static const struct column columns[] = {
        {.name = "epoch", .kind = COLUMN_INT, .width = 5, .help = "the newest first"},
        {.name = "loss",
         .kind = COLUMN_REAL,
         .width = 6,
         .decimals = 3,
         .help = "mean over the epoch's tokens"},
        {.name = "recall@10",
         .kind = COLUMN_REAL,
         .width = 6,
         .decimals = 4,
         .help = "of a seeded sample of the validation cases"},
        {.name = "one-hop",
         .kind = COLUMN_PERCENT,
         .width = 7,
         .decimals = 1,
         .help = "one-hop ratio of their lists under last"},
        {.name = "null",
         .kind = COLUMN_PERCENT,
         .width = 7,
         .decimals = 1,
         .help = "the same with the lists permuted between cases"},
        {.name = "extraction",
         .kind = COLUMN_PERCENT,
         .width = 7,
         .decimals = 1,
         .help = "training positions whose next item is in the first 10"},
        {.name = "ndcg@10",
         .kind = COLUMN_REAL,
         .width = 7,
         .decimals = 4,
         .from = 64,
         .help = "of a sample of validation cases"},
        {.name = "tokens/s",
         .kind = COLUMN_INT,
         .width = 8,
         .from = 90,
         .help = "trained on a second"},
        {.name = "seconds",
         .kind = COLUMN_REAL,
         .width = 8,
         .decimals = 1,
         .from = 90,
         .help = "of training so far"},
        {.name = "weights", .kind = COLUMN_TEXT, .width = 7, .help = "kept: those of this epoch"},
    };
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (size_t i = curve->n; i-- > 0;) {
        const struct curve_epoch *e = &curve->epoch[i];
        table_row(t, e->epoch);
        table_int(t, e->epoch, ROLE_NORMAL);
        table_real(t, e->loss, ROLE_NORMAL);
        table_real(t, e->recall10, ROLE_TARGET);
        table_real(t, e->one_hop, ROLE_MEMORIZED);
        table_real(t, e->one_hop_shuffle, ROLE_DIM);
        table_real(t, e->extraction, ROLE_MEMORIZED);
        table_real(t, e->ndcg10, ROLE_NORMAL);
        if (isfinite(e->tokens_per_second))
            table_int(t, llround(e->tokens_per_second), ROLE_DIM);
        else
            table_missing(t);
        table_real(t, e->seconds, ROLE_DIM);
        table_text(t, e->epoch == curve->kept ? "kept" : "", ROLE_NORMAL);
    }
    return table_source(t);
}

/* ---- figures ---- */

struct sheet_source *run_figures_source(const struct eval *eval)
{
    static const struct column columns[] = {
        {.name = "figure", .kind = COLUMN_TEXT, .width = 14, .width_max = 60},
        {.name = "value",
         .kind = COLUMN_REAL,
         .width = 9,
         .decimals = 4,
         .help = "of the run under the definition"},
        {.name = "low",
         .kind = COLUMN_REAL,
         .width = 7,
         .decimals = 4,
         .help = "of the 95 % interval, or of the null's band"},
        {.name = "high",
         .kind = COLUMN_REAL,
         .width = 7,
         .decimals = 4,
         .help = "of the 95 % interval, or of the null's band"},
    };
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < eval->n; i++) {
        const struct figure *f = &eval->figure[i];
        table_row(t, (int64_t)i);
        table_text(t, f->name, ROLE_NORMAL);
        if (figure_is_count(f))
            table_count(t, f->value, ROLE_NORMAL);
        else
            table_real(t, f->value, ROLE_NORMAL);
        table_real(t, f->lo, ROLE_DIM);
        table_real(t, f->hi, ROLE_DIM);
    }
    return table_source(t);
}

/* ---- options ---- */

/* Calls `each` for every option; otherwise NULL: its default is not known to rote. */
typedef void (*option_fn)(void *context, const char *name, const char *value, const char *otherwise,
                          const char *help);

static void each_known(const struct run_options *o, option_fn each, void *context)
{
    for (int i = 0; i < RUN_OPTIONS; i++) {
        enum run_option_id id = (enum run_option_id)i;
        char value[RUN_OPTION_TEXT], otherwise[RUN_OPTION_TEXT];
        if (isnan(run_option(id)->otherwise[o->model]))
            continue;
        run_option_text(id, o->value[i], value);
        run_option_text(id, run_option(id)->otherwise[o->model], otherwise);
        each(context, run_option(id)->name, value, otherwise, run_option(id)->help);
    }
}

/* Of other trainers, and of other versions of rote. */
static void each_raw(const struct jval *object, option_fn each, void *context)
{
    const char *key;
    const struct jval *value;
    for (void *it = NULL; (it = jval_next(object, it, &key, &value));) {
        struct buf text;
        buf_init(&text);
        if (jval_string(value))
            buf_adds(&text, jval_string(value));
        else
            jval_write(value, false, &text);
        each(context, key, text.data, NULL, "");
        buf_release(&text);
    }
}

static void each_option(const struct study_run *run, option_fn each, void *context)
{
    struct jval *object = jval_parse(run->options_json, strlen(run->options_json), NULL);
    enum run_model model;
    struct run_options options;
    if (object && run_model_find(run->model, &model, NULL) &&
        run_options_parse(model, object, &options, NULL))
        each_known(&options, each, context);
    else if (object)
        each_raw(object, each, context);
    jval_free(object);
}

static bool is_changed(const char *value, const char *otherwise)
{
    return !otherwise || strcmp(value, otherwise) != 0;
}

struct options_table {
    struct table *table;
    bool changed; /* of which kind the rows are that are added now */
    int64_t place;
};

static void add_option(void *context, const char *name, const char *value, const char *otherwise,
                       const char *help)
{
    struct options_table *o = context;
    if (is_changed(value, otherwise) != o->changed)
        return;
    table_row(o->table, o->place++);
    table_text(o->table, name, o->changed ? ROLE_NORMAL | STYLE_BOLD : ROLE_NORMAL);
    table_text(o->table, value, o->changed ? ROLE_NORMAL | STYLE_BOLD : ROLE_NORMAL);
    if (otherwise)
        table_text(o->table, otherwise, ROLE_DIM);
    else
        table_missing(o->table);
    table_text(o->table, help, ROLE_DIM);
}

struct sheet_source *run_options_source(const struct study_run *run)
{
    static const struct column columns[] = {
        {.name = "option", .kind = COLUMN_TEXT, .width = 20, .fit = true},
        {.name = "value", .kind = COLUMN_TEXT, .width = 16, .fit = true},
        {.name = "default", .kind = COLUMN_TEXT, .width = 12, .fit = true},
        {.name = "what it is", .kind = COLUMN_TEXT, .width = 20, .width_max = 120, .from = 64},
    };
    struct options_table o = {.table = table_new(columns, ARRAY_LEN(columns)), .changed = true};
    each_option(run, add_option, &o);
    o.changed = false;
    each_option(run, add_option, &o);
    return table_source(o.table);
}

static void add_changed(void *context, const char *name, const char *value, const char *otherwise,
                        const char *help)
{
    struct buf *out = context;
    (void)help;
    if (is_changed(value, otherwise))
        buf_addf(out, "%s%s=%s", out->len ? " " : "", name, value);
}

void run_options_changed(const struct study_run *run, struct buf *out)
{
    each_option(run, add_changed, out);
}

/* ---- the log ---- */

struct sheet_source *run_log_source(const char *log)
{
    static const struct column columns[] = {
        {.name = "its worker wrote", .kind = COLUMN_TEXT, .width = 30, .width_max = 400}};
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (int64_t place = 0; *log; place++) {
        size_t n = strcspn(log, "\n");
        table_row(t, place);
        table_textf(t, ROLE_NORMAL, "%.*s", (int)n, log);
        log += n + (log[n] == '\n');
    }
    return table_source(t);
}
