#include "tui/screens/new_run_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/run/engine.h"
#include "analysis/run/experiment.h"
#include "storage/base/choice.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/base/shell.h"
#include "storage/db/run_store.h"

/* Rows that are no option: their names, and what they are. */
static const struct {
    const char *name, *help;
} own[] = {
    [FORM_MODEL] = {"model",
                    "what is trained; popularity, markov and item-knn are counted at once"},
    [FORM_NAME] = {"name", "of the run; without one the model's, numbered if it is taken"},
    [FORM_ON] = {"trained-on",
                 "train; or train+valid: all epochs, the last one kept, no validation"},
    [FORM_SEEDS] = {"seeds", "so many runs that differ in their seed alone"},
};
static const char *const on_names[] = {"train", "train+valid"};
static const char on_off[] = "off|on";

static bool same(double a, double b)
{
    return !(a < b) && !(a > b);
}

static const struct run_options *options_of(const struct new_run_form *form)
{
    return &form->options[form->model];
}

static struct run_options *options_at(struct new_run_form *form)
{
    return &form->options[form->model];
}

/* ---- numbers and choices, from whichever table ---- */

struct field {
    const char *names; /* of a choice, separated by '|' */
    bool whole;
    double low, high, otherwise, value;
};

static int n_names(const char *names)
{
    int n = 0;
    for (size_t length; choice_name(names, n, &length);)
        n++;
    return n;
}

static struct field run_field(const struct new_run_form *form, int id)
{
    const struct run_option *o = run_option((enum run_option_id)id);
    return (struct field){o->names,
                          o->kind != OPTION_KIND_REAL,
                          o->low,
                          o->names ? n_names(o->names) - 1 : o->high,
                          o->otherwise[form->model],
                          options_of(form)->value[id]};
}

static struct field strategy_field(const struct new_run_form *form, int id)
{
    const struct strategy_option *o = strategy_option((enum strategy_option_id)id);
    return (struct field){o->names,     o->whole,
                          o->low,       o->names ? n_names(o->names) - 1 : o->high,
                          o->otherwise, options_of(form)->strategy.value[id]};
}

static struct field field_of(const struct new_run_form *form, struct form_row row)
{
    switch (row.kind) {
    case FORM_OPTION:
        return run_field(form, row.id);
    case FORM_STRATEGY_OPTION:
        return strategy_field(form, row.id);
    case FORM_STRATEGY:
        return (struct field){on_off, true, 0, 1, 0, options_of(form)->strategy.has[row.id]};
    case FORM_SEEDS:
        return (struct field){NULL, true, 1, FORM_SEEDS_MAX, 1, (double)form->seeds};
    case FORM_ON:
        return (struct field){"train|train+valid", true, 0, 1, 0, (double)form->on};
    case FORM_MODEL:
    case FORM_NAME:
        break;
    }
    return (struct field){.value = 0};
}

static bool is_choice(const struct field *f)
{
    return f->names || (f->whole && same(f->low, 0) && same(f->high, 1));
}

/* ---- the form ---- */

void form_init(struct new_run_form *form)
{
    *form = (struct new_run_form){.model = RUN_SASREC, .on = TRAINED_ON_TRAIN, .seeds = 1};
    for (int m = 0; m < RUN_MODELS; m++)
        form->options[m] = run_options_default((enum run_model)m);
}

bool form_like(struct new_run_form *form, const struct study_run *run, struct error *err)
{
    enum run_model model;
    struct run_options options;
    form_init(form);
    if (!run_model_find(run->model, &model, NULL) || model == RUN_ENSEMBLE)
        return error_set(err, ERROR_USAGE, "the form knows no model %.60s, which %s is of",
                         run->model, run->name);
    struct jval *o = jval_parse(run->options_json, strlen(run->options_json), err);
    bool ok = o && run_options_parse(model, o, &options, err);
    jval_free(o);
    if (!ok)
        return error_prefix(err, "the options of %s", run->name);
    form->model = model;
    form->options[model] = options;
    form->on = run->trained_on;
    return true;
}

static bool fits(const struct new_run_form *form, int strategy)
{
    unsigned model = form->model == RUN_GR ? STRATEGY_GR : STRATEGY_SASREC;
    return run_model_is_trained(form->model) &&
           (strategy_info((enum strategy_id)strategy)->models & model);
}

static size_t strategy_rows(const struct new_run_form *form, int id, struct form_row *rows)
{
    size_t n = 0;
    rows[n++] = (struct form_row){FORM_STRATEGY, id};
    for (int k = 0; k < STRATEGY_OPTIONS && options_of(form)->strategy.has[id]; k++)
        if ((int)strategy_option((enum strategy_option_id)k)->of == id)
            rows[n++] = (struct form_row){FORM_STRATEGY_OPTION, k};
    return n;
}

size_t form_rows(const struct new_run_form *form, struct form_row rows[FORM_ROWS_MAX])
{
    size_t n = 0;
    rows[n++] = (struct form_row){FORM_MODEL, 0};
    rows[n++] = (struct form_row){FORM_NAME, 0};
    rows[n++] = (struct form_row){FORM_ON, 0};
    if (run_model_is_trained(form->model))
        rows[n++] = (struct form_row){FORM_SEEDS, 0};
    for (int i = 0; i < STRATEGIES; i++)
        if (fits(form, i))
            n += strategy_rows(form, i, rows + n);
    for (int i = 0; i < RUN_OPTIONS; i++)
        if (!isnan(options_of(form)->value[i]))
            rows[n++] = (struct form_row){FORM_OPTION, i};
    return n;
}

/* ---- texts of a row ---- */

void form_name_text(struct form_row row, struct buf *out)
{
    if (row.kind == FORM_STRATEGY)
        buf_addf(out, "strategy %s", strategy_info((enum strategy_id)row.id)->name);
    else if (row.kind == FORM_STRATEGY_OPTION)
        buf_addf(out, "    %s", strategy_option((enum strategy_option_id)row.id)->name);
    else if (row.kind == FORM_OPTION)
        buf_adds(out, run_option((enum run_option_id)row.id)->name);
    else
        buf_adds(out, own[row.kind].name);
}

static void add_value(struct form_row row, const struct field *f, double value, struct buf *out)
{
    char text[RUN_OPTION_TEXT], written[STRATEGY_VALUE_MAX];
    if (row.kind == FORM_OPTION) {
        run_option_text((enum run_option_id)row.id, value, text);
        buf_adds(out, text);
    } else if (row.kind == FORM_STRATEGY_OPTION) {
        strategy_value_text((enum strategy_option_id)row.id, value, written);
        buf_adds(out, written);
    } else if (row.kind == FORM_STRATEGY) {
        buf_adds(out, value > 0 ? "on" : "off");
    } else if (f->names) {
        buf_adds(out, on_names[value > 0]);
    } else {
        buf_addf(out, "%.0f", value);
    }
}

void form_value_text(const struct new_run_form *form, struct form_row row, struct buf *out)
{
    struct field f = field_of(form, row);
    if (row.kind == FORM_MODEL)
        buf_adds(out, run_model_name(form->model));
    else if (row.kind == FORM_NAME)
        buf_adds(out, form->name);
    else
        add_value(row, &f, f.value, out);
}

void form_help_text(struct form_row row, struct buf *out)
{
    if (row.kind == FORM_STRATEGY)
        buf_adds(out, strategy_info((enum strategy_id)row.id)->what);
    else if (row.kind == FORM_STRATEGY_OPTION)
        buf_adds(out, strategy_option((enum strategy_option_id)row.id)->help);
    else if (row.kind == FORM_OPTION)
        buf_adds(out, run_option((enum run_option_id)row.id)->help);
    else
        buf_adds(out, own[row.kind].help);
}

static const char *source_of(struct form_row row)
{
    if (row.kind == FORM_STRATEGY)
        return strategy_info((enum strategy_id)row.id)->source;
    return row.kind == FORM_OPTION ? run_option((enum run_option_id)row.id)->source : "";
}

void form_range_text(const struct new_run_form *form, struct form_row row, struct buf *out)
{
    struct field f = field_of(form, row);
    const char *source = source_of(row), *between = "";
    if (f.names && row.kind != FORM_STRATEGY) {
        choice_list(f.names, out);
        between = "; ";
    } else if (!f.names && row.kind > FORM_NAME) {
        buf_addf(out, "%.10g to %.10g", f.low, f.high);
        between = "; ";
    }
    if (row.kind > FORM_NAME) {
        buf_addf(out, "%sdefault ", between);
        add_value(row, &f, f.otherwise, out);
    }
    if (*source)
        buf_addf(out, "; from %s", source);
}

bool form_is_changed(const struct new_run_form *form, struct form_row row)
{
    struct field f = field_of(form, row);
    if (row.kind == FORM_MODEL)
        return true; /* it has no default: always bright */
    return row.kind == FORM_NAME ? form->name[0] != '\0' : !same(f.value, f.otherwise);
}

bool form_is_choice(const struct new_run_form *form, struct form_row row)
{
    struct field f = field_of(form, row);
    return row.kind == FORM_MODEL || (row.kind != FORM_NAME && is_choice(&f));
}

/* What stands before "=". */
static void add_key(struct form_row row, struct buf *out)
{
    if (row.kind == FORM_STRATEGY) {
        buf_adds(out, strategy_info((enum strategy_id)row.id)->name);
    } else if (row.kind == FORM_STRATEGY_OPTION) {
        const struct strategy_option *o = strategy_option((enum strategy_option_id)row.id);
        buf_addf(out, "%s.%s", strategy_info(o->of)->name, o->name);
    } else {
        form_name_text(row, out);
    }
}

void form_setting_text(const struct new_run_form *form, struct form_row row, struct buf *out)
{
    add_key(row, out);
    buf_addc(out, '=');
    form_value_text(form, row, out);
}

/* ---- setting ---- */

static bool set_model(struct new_run_form *form, const char *value, struct error *err)
{
    enum run_model model;
    if (!run_model_find(value, &model, err))
        return false;
    if (model == RUN_ENSEMBLE)
        return error_set(err, ERROR_USAGE,
                         "an ensemble is of two runs: rote train --model ensemble --of A,B");
    form->model = model;
    return true;
}

static bool set_name(struct new_run_form *form, const char *value, struct error *err)
{
    if (*value && !run_name_ok(value, err))
        return false;
    snprintf(form->name, sizeof form->name, "%s", value);
    return true;
}

static bool set_on(struct new_run_form *form, const char *value, struct error *err)
{
    for (int i = 0; i < 2; i++)
        if (strcmp(value, on_names[i]) == 0) {
            form->on = (enum trained_on)i;
            return true;
        }
    return error_set(err, ERROR_USAGE, "trained-on=%.60s: it is train or train+valid", value);
}

static bool set_seeds(struct new_run_form *form, const char *value, struct error *err)
{
    int64_t n;
    if (!num_int64(value, strlen(value), &n) || n < 1 || n > FORM_SEEDS_MAX)
        return error_set(err, ERROR_USAGE, "seeds=%.60s: a whole number from 1 to %d is needed",
                         value, FORM_SEEDS_MAX);
    form->seeds = n;
    return true;
}

static bool set_strategies(struct new_run_form *form, const char *value, struct error *err)
{
    struct run_options options = *options_of(form);
    if (!strategy_parse(value, &options.strategy, err) || !run_options_check(&options, err))
        return false;
    *options_at(form) = options;
    return true;
}

static bool switch_strategy(struct new_run_form *form, int id, const char *value, struct error *err)
{
    bool on = strcmp(value, "on") == 0;
    const char *name = strategy_info((enum strategy_id)id)->name;
    if (!on && strcmp(value, "off") != 0)
        return error_set(err, ERROR_USAGE, "%s=%.60s: it is on or off", name, value);
    if (on && !fits(form, id))
        return error_set(err, ERROR_USAGE, "the strategy %s makes no sense for %s", name,
                         run_model_name(form->model));
    options_at(form)->strategy.has[id] = on;
    return true;
}

static int find_strategy(const char *text, size_t n)
{
    for (int i = 0; i < STRATEGIES; i++) {
        const char *name = strategy_info((enum strategy_id)i)->name;
        if (strlen(name) == n && memcmp(name, text, n) == 0)
            return i;
    }
    return -1;
}

bool form_set(struct new_run_form *form, const char *text, struct error *err)
{
    static bool (*const set[])(struct new_run_form *, const char *,
                               struct error *) = {[FORM_MODEL] = set_model,
                                                  [FORM_NAME] = set_name,
                                                  [FORM_ON] = set_on,
                                                  [FORM_SEEDS] = set_seeds};
    size_t n = strcspn(text, "=");
    const char *value = text[n] ? text + n + 1 : "";
    for (size_t i = 0; i < ARRAY_LEN(set); i++)
        if (strlen(own[i].name) == n && memcmp(own[i].name, text, n) == 0)
            return set[i](form, value, err);
    if (n == strlen("strategy") && memcmp(text, "strategy", n) == 0)
        return set_strategies(form, value, err);
    int strategy = find_strategy(text, n);
    if (strategy >= 0)
        return switch_strategy(form, strategy, value, err);
    return run_options_set(options_at(form), text, err);
}

static void offer(const char *prefix, const char *setting, struct completions *out)
{
    if (strncmp(setting, prefix, strlen(prefix)) == 0)
        completions_add(out, setting);
}

static void offer_row(const struct new_run_form *form, struct form_row row, const char *prefix,
                      struct completions *out)
{
    struct field f = field_of(form, row);
    struct buf text;
    buf_init(&text);
    add_key(row, &text);
    buf_addc(&text, '=');
    size_t key = text.len;
    for (int i = 0; f.names && i < n_names(f.names); i++) {
        buf_truncate(&text, key);
        add_value(row, &f, i, &text);
        offer(prefix, text.data, out);
    }
    for (int m = 0; row.kind == FORM_MODEL && m < RUN_ENSEMBLE; m++) {
        buf_truncate(&text, key);
        buf_adds(&text, run_model_name((enum run_model)m));
        offer(prefix, text.data, out);
    }
    if (!f.names && row.kind != FORM_MODEL) {
        form_value_text(form, row, &text);
        offer(prefix, text.data, out);
    }
    buf_release(&text);
}

void form_complete(const struct new_run_form *form, const char *prefix, struct completions *out)
{
    struct form_row rows[FORM_ROWS_MAX];
    size_t n = form_rows(form, rows);
    for (size_t i = 0; i < n; i++)
        offer_row(form, rows[i], prefix, out);
}

/* ---- stepping ---- */

/* 0.001, 0.002, 0.005, 0.01 …; below a thousandth of the default lies the lowest value. */
static double along_decades(const struct field *f, int by)
{
    double least = f->otherwise > 0 ? f->otherwise / 1000 : 0.001, v = f->value;
    if (v < least)
        return by > 0 ? least : f->low;
    double unit = pow(10, floor(log10(v) + 1e-9)), m = v / unit;
    if (by > 0)
        return unit * (m < 1.9999 ? 2 : m < 4.9999 ? 5 : 10);
    double next = unit * (m > 5.0001 ? 5 : m > 2.0001 ? 2 : m > 1.0001 ? 1 : 0.5);
    return next < least ? f->low : next;
}

static double stepped(const struct field *f, int by)
{
    const double share = 0.05; /* of what lies between 0 and 1 */
    double v = f->value;
    if (is_choice(f))
        return fmod(v + by + f->high + 1, f->high + 1);
    if (f->whole)
        v += by;
    else if (f->high <= 1)
        v = share * (by > 0 ? floor(v / share + 1e-6) + 1 : ceil(v / share - 1e-6) - 1);
    else
        v = along_decades(f, by);
    return v < f->low ? f->low : v > f->high ? f->high : v;
}

/* Through its text, so that what is stored is what is shown, and checked as what is typed. */
static void put(struct new_run_form *form, struct form_row row, const struct field *f, double value)
{
    struct buf text;
    buf_init(&text);
    add_key(row, &text);
    buf_addc(&text, '=');
    add_value(row, f, value, &text);
    form_set(form, text.data, NULL);
    buf_release(&text);
}

void form_step(struct new_run_form *form, struct form_row row, int by)
{
    struct field f = field_of(form, row);
    if (row.kind == FORM_MODEL)
        form->model = (enum run_model)(((int)form->model + by + RUN_ENSEMBLE) % RUN_ENSEMBLE);
    else if (row.kind != FORM_NAME)
        put(form, row, &f, stepped(&f, by));
}

void form_reset(struct new_run_form *form, struct form_row row)
{
    struct field f = field_of(form, row);
    if (row.kind == FORM_NAME)
        form->name[0] = '\0';
    else if (row.kind != FORM_MODEL)
        put(form, row, &f, f.otherwise);
}

/* ---- what it asks for ---- */

void form_request(const struct new_run_form *form, struct run_request *out)
{
    struct buf text;
    buf_init(&text);
    *out = (struct run_request){
        .options = *options_of(form), .name = form->name[0] ? form->name : NULL, .on = form->on};
    strategy_write(&out->options.strategy, &text);
    strategy_parse(text.data, &out->options.strategy, NULL);
    buf_release(&text);
}

static bool is_experiment(const struct new_run_form *form)
{
    return run_model_is_trained(form->model) && strategy_is_experiment(&options_of(form)->strategy);
}

bool form_check(const struct new_run_form *form, const struct dataset *dataset, struct error *err)
{
    struct run_request request;
    form_request(form, &request);
    if (!run_options_check(&request.options, err) ||
        (run_model_is_trained(form->model) && !engine_fits(&request.options, dataset, err)))
        return false;
    return !is_experiment(form) || form->seeds == 1 ||
           error_set(err, ERROR_USAGE,
                     "an experiment is several runs of one seed: seeds must be 1, not %lld",
                     (long long)form->seeds);
}

size_t form_n_runs(const struct new_run_form *form)
{
    if (!is_experiment(form))
        return run_model_is_trained(form->model) ? (size_t)form->seeds : 1;
    struct run_request request;
    struct sweep runs = {0};
    form_request(form, &request);
    experiment_expand(&request, &runs);
    size_t n = runs.n;
    sweep_release(&runs);
    return n;
}

/* ---- the command line ---- */

static void add_options(const struct new_run_form *form, struct buf *out)
{
    struct form_row rows[FORM_ROWS_MAX];
    size_t n = form_rows(form, rows);
    for (size_t i = 0; i < n; i++) {
        struct buf setting;
        if (rows[i].kind != FORM_OPTION || !form_is_changed(form, rows[i]))
            continue;
        buf_init(&setting);
        form_setting_text(form, rows[i], &setting);
        buf_adds(out, " --set ");
        shell_add_word(out, setting.data);
        buf_release(&setting);
    }
}

void form_command(const struct new_run_form *form, const char *dir, struct buf *out)
{
    buf_adds(out, "rote ");
    if (dir) {
        buf_adds(out, "-w ");
        shell_add_word(out, dir);
        buf_addc(out, ' ');
    }
    buf_addf(out, "train --model %s", run_model_name(form->model));
    if (run_model_is_trained(form->model) && !strategy_is_next_item(&options_of(form)->strategy)) {
        buf_adds(out, " --strategy ");
        strategy_write(&options_of(form)->strategy, out);
    }
    add_options(form, out);
    if (form->on != TRAINED_ON_TRAIN)
        buf_addf(out, " --trained-on %s", on_names[form->on]);
    if (run_model_is_trained(form->model) && form->seeds > 1)
        buf_addf(out, " --seeds %lld", (long long)form->seeds);
    if (form->name[0]) {
        buf_adds(out, " --name ");
        shell_add_word(out, form->name);
    }
}
