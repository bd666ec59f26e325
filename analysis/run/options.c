#include "analysis/run/options.h"

#include <math.h>
#include <string.h>

#include "storage/base/buf.h"
#include "storage/base/choice.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"

#define NO    ((double)NAN)
#define WHOLE OPTION_KIND_WHOLE
#define REAL  OPTION_KIND_REAL
#define NUMBER(id, name, kind, low, high, help, source, ...)                                       \
    [OPTION_##id] = {name, help, source, kind, NULL, low, high, {__VA_ARGS__}},

static const struct run_option table[RUN_OPTIONS] = {
#define MARKOV(id, name, kind, low, high, value, help, source)                                     \
    NUMBER(id, name, kind, low, high, help, source, NO, value, NO, NO, NO, NO)
#define KNN(id, name, kind, low, high, value, help, source)                                        \
    NUMBER(id, name, kind, low, high, help, source, NO, NO, value, NO, NO, NO)
#define SASREC(id, name, kind, low, high, value, help, source)                                     \
    NUMBER(id, name, kind, low, high, help, source, NO, NO, NO, value, NO, NO)
#define GR(id, name, kind, low, high, value, help, source)                                         \
    NUMBER(id, name, kind, low, high, help, source, NO, NO, NO, NO, value, NO)
#define TRAINED(id, name, kind, low, high, sasrec, gr, help, source)                               \
    NUMBER(id, name, kind, low, high, help, source, NO, NO, NO, sasrec, gr, NO)
#define GR_CHOICE(id, name, choices, help, source)                                                 \
    [OPTION_##                                                                                     \
        id] = {name, help, source, OPTION_KIND_CHOICE, choices, 0, 0, {NO, NO, NO, NO, 0, NO}},
#include "analysis/run/options.def"
#undef MARKOV
#undef KNN
#undef SASREC
#undef GR
#undef GR_CHOICE
#undef TRAINED
};

static const char *const model_names[RUN_MODELS] = {"popularity", "markov", "item-knn",
                                                    "sasrec",     "gr",     "ensemble"};

const char *run_model_name(enum run_model model)
{
    return model_names[model];
}

bool run_model_find(const char *name, enum run_model *model, struct error *err)
{
    for (int i = 0; i < RUN_MODELS; i++) {
        if (strcmp(model_names[i], name) == 0) {
            *model = (enum run_model)i;
            return true;
        }
    }
    return error_set(
        err, ERROR_USAGE,
        "there is no model %.100s; it is popularity, markov, item-knn, sasrec, gr or ensemble",
        name);
}

const struct run_option *run_option(enum run_option_id id)
{
    return &table[id];
}

struct run_options run_options_default(enum run_model model)
{
    struct run_options o = {.model = model, .strategy = strategy_next_item()};
    for (int i = 0; i < RUN_OPTIONS; i++)
        o.value[i] = table[i].otherwise[model];
    return o;
}

static bool has(const struct run_options *o, int id)
{
    return !isnan(table[id].otherwise[o->model]);
}

static bool unknown_option(const struct run_options *o, const char *name, size_t n,
                           struct error *err)
{
    struct buf names;
    buf_init(&names);
    for (int i = 0; i < RUN_OPTIONS; i++)
        if (has(o, i))
            buf_addf(&names, "%s%s", names.len ? ", " : "", table[i].name);
    if (names.len)
        error_set(err, ERROR_USAGE, "%s has no option \"%.*s\"; it has: %s",
                  run_model_name(o->model), n > 100 ? 100 : (int)n, name, names.data);
    else
        error_set(err, ERROR_USAGE, "%s has no option \"%.*s\"; it has none",
                  run_model_name(o->model), n > 100 ? 100 : (int)n, name);
    buf_release(&names);
    return false;
}

/* ---- Choices ---- */

static bool take_choice(struct run_options *o, int id, const char *text, struct error *err)
{
    const struct run_option *option = &table[id];
    int choice = choice_find(option->names, text ? text : "", text ? strlen(text) : 0);
    struct buf names;
    if (choice >= 0) {
        o->value[id] = choice;
        return true;
    }
    buf_init(&names);
    choice_list(option->names, &names);
    error_set(err, ERROR_USAGE, "%s=%.100s: it is %s", option->name, text ? text : "", names.data);
    buf_release(&names);
    return false;
}

void run_option_text(enum run_option_id id, double value, char text[RUN_OPTION_TEXT])
{
    size_t n = 0;
    const char *name = table[id].names ? choice_name(table[id].names, (int)value, &n) : NULL;
    if (name)
        snprintf(text, RUN_OPTION_TEXT, "%.*s", (int)n, name);
    else
        snprintf(text, RUN_OPTION_TEXT, "%.9g", value);
}

/* ---- Values ---- */

static bool take_number(struct run_options *o, int id, double value, const char *shown,
                        struct error *err)
{
    const struct run_option *option = &table[id];
    bool whole = option->kind == OPTION_KIND_WHOLE;
    if (!(value >= option->low && value <= option->high) || (whole && value != floor(value)))
        return error_set(err, ERROR_USAGE, "%s=%.100s: a %snumber from %.10g to %.10g is needed",
                         option->name, shown, whole ? "whole " : "", option->low, option->high);
    o->value[id] = value;
    return true;
}

static bool take(struct run_options *o, int id, const char *text, struct error *err)
{
    double value = NAN;
    if (table[id].names)
        return take_choice(o, id, text, err);
    if (text)
        num_double(text, strlen(text), &value);
    return take_number(o, id, value, text ? text : "", err);
}

static int find(const struct run_options *o, const char *name, size_t n)
{
    for (int i = 0; i < RUN_OPTIONS; i++)
        if (has(o, i) && strlen(table[i].name) == n && memcmp(table[i].name, name, n) == 0)
            return i;
    return -1;
}

bool run_options_set(struct run_options *o, const char *text, struct error *err)
{
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : strlen(text);
    int id = find(o, text, n);
    if (id < 0 && memchr(text, '.', n))
        return strategy_set(&o->strategy, text, err);
    if (id < 0)
        return unknown_option(o, text, n, err);
    return take(o, id, equals ? equals + 1 : NULL, err);
}

bool run_options_check(const struct run_options *o, struct error *err)
{
    if (!run_model_is_trained(o->model))
        return strategy_is_next_item(&o->strategy) ||
               error_set(err, ERROR_USAGE, "%s is not trained: it has no strategies",
                         run_model_name(o->model));
    int width = run_options_int(o, OPTION_WIDTH), heads = run_options_int(o, OPTION_HEADS);
    if (width % (8 * heads) != 0)
        return error_set(
            err, ERROR_USAGE,
            "width=%d over heads=%d: the width must be a multiple of %d (8 for each head)", width,
            heads, 8 * heads);
    if (o->model == RUN_GR && o->strategy.has[STRATEGY_SMOOTH] && !run_options_int(o, OPTION_LEGAL))
        return error_set(err, ERROR_USAGE,
                         "gr smooths over the legal next tokens: smooth needs legal=1");
    return strategy_check(&o->strategy, o->model == RUN_GR ? STRATEGY_GR : STRATEGY_SASREC, err);
}

struct jval *run_options_json(const struct run_options *o)
{
    struct jval *object = jval_new_object();
    if (run_model_is_trained(o->model)) {
        struct buf text;
        buf_init(&text);
        strategy_write(&o->strategy, &text);
        jval_put_string(object, "strategy", text.data);
        buf_release(&text);
    }
    for (int i = 0; i < RUN_OPTIONS; i++) {
        char text[RUN_OPTION_TEXT];
        if (!has(o, i))
            continue;
        run_option_text((enum run_option_id)i, o->value[i], text);
        if (table[i].names)
            jval_put_string(object, table[i].name, text);
        else if (table[i].kind == OPTION_KIND_WHOLE)
            jval_put_int(object, table[i].name, (int64_t)o->value[i]);
        else
            jval_put_real(object, table[i].name, o->value[i]);
    }
    return object;
}

static bool take_json(struct run_options *o, int id, const struct jval *value, struct error *err)
{
    char shown[32];
    double number = jval_real(value, NAN);
    snprintf(shown, sizeof shown, "%.9g", number);
    if (table[id].names)
        return take_choice(o, id, jval_string(value) ? jval_string(value) : shown, err);
    return take_number(o, id, number, shown, err);
}

bool run_options_parse(enum run_model model, const struct jval *object, struct run_options *out,
                       struct error *err)
{
    const char *key;
    const struct jval *value;
    *out = run_options_default(model);
    for (void *it = NULL; (it = jval_next(object, it, &key, &value));) {
        if (strcmp(key, "strategy") == 0) {
            const char *text = jval_string(value);
            if (!strategy_parse(text ? text : "", &out->strategy, err))
                return false;
            continue;
        }
        int id = find(out, key, strlen(key));
        if (id < 0 ? !unknown_option(out, key, strlen(key), err) : !take_json(out, id, value, err))
            return false;
    }
    return run_options_check(out, err);
}
