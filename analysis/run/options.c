#include "analysis/run/options.h"

#include <math.h>
#include <string.h>

#include "storage/base/buf.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"

#define NO    ((double)NAN)
#define WHOLE true
#define REAL  false

static const struct run_option table[RUN_OPTIONS] = {
#define MARKOV(id, name, kind, low, high, value, help, source)                                     \
    [OPTION_##id] = {name, help, source, kind, low, high, {NO, value, NO, NO, NO}},
#define KNN(id, name, kind, low, high, value, help, source)                                        \
    [OPTION_##id] = {name, help, source, kind, low, high, {NO, NO, value, NO, NO}},
#define SASREC(id, name, kind, low, high, value, help, source)                                     \
    [OPTION_##id] = {name, help, source, kind, low, high, {NO, NO, NO, value, NO}},
#define GR(id, name, kind, low, high, value, help, source)                                         \
    [OPTION_##id] = {name, help, source, kind, low, high, {NO, NO, NO, NO, value}},
#define TRAINED(id, name, kind, low, high, sasrec, gr, help, source)                               \
    [OPTION_##id] = {name, help, source, kind, low, high, {NO, NO, NO, sasrec, gr}},
#include "analysis/run/options.def"
#undef MARKOV
#undef KNN
#undef SASREC
#undef GR
#undef TRAINED
};

static const char *const model_names[RUN_MODELS] = {"popularity", "markov", "item-knn", "sasrec",
                                                    "gr"};

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
    return error_set(err, ERROR_USAGE,
                     "there is no model %.100s; it is popularity, markov, item-knn, sasrec or gr",
                     name);
}

const struct run_option *run_option(enum run_option_id id)
{
    return &table[id];
}

struct run_options run_options_default(enum run_model model)
{
    struct run_options o = {.model = model};
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

static bool take(struct run_options *o, int id, double value, const char *shown, struct error *err)
{
    const struct run_option *option = &table[id];
    if (!(value >= option->low && value <= option->high) ||
        (option->whole && value != floor(value)))
        return error_set(err, ERROR_USAGE, "%s=%.100s: a %snumber from %.10g to %.10g is needed",
                         option->name, shown, option->whole ? "whole " : "", option->low,
                         option->high);
    o->value[id] = value;
    return true;
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
    if (id < 0)
        return unknown_option(o, text, n, err);
    double value = NAN;
    if (equals)
        num_double(equals + 1, strlen(equals + 1), &value);
    return take(o, id, value, equals ? equals + 1 : "", err);
}

bool run_options_check(const struct run_options *o, struct error *err)
{
    if (!run_model_is_trained(o->model))
        return true;
    int width = run_options_int(o, OPTION_WIDTH), heads = run_options_int(o, OPTION_HEADS);
    return width % (8 * heads) == 0 ||
           error_set(err, ERROR_USAGE,
                     "width=%d over heads=%d: the width must be a multiple of %d (8 for each head)",
                     width, heads, 8 * heads);
}

struct jval *run_options_json(const struct run_options *o)
{
    struct jval *object = jval_new_object();
    for (int i = 0; i < RUN_OPTIONS; i++) {
        if (!has(o, i))
            continue;
        if (table[i].whole)
            jval_put_int(object, table[i].name, (int64_t)o->value[i]);
        else
            jval_put_real(object, table[i].name, o->value[i]);
    }
    return object;
}

bool run_options_parse(enum run_model model, const struct jval *object, struct run_options *out,
                       struct error *err)
{
    const char *key;
    const struct jval *value;
    *out = run_options_default(model);
    for (void *it = NULL; (it = jval_next(object, it, &key, &value));) {
        int id = find(out, key, strlen(key));
        char shown[32];
        double number = jval_real(value, NAN);
        snprintf(shown, sizeof shown, "%.9g", number);
        if (id < 0 ? !unknown_option(out, key, strlen(key), err)
                   : !take(out, id, number, shown, err))
            return false;
    }
    return run_options_check(out, err);
}
