/*
 * Models and their options by name, from one table (options.def): what a run is asked for, checked,
 * stored with it and shown.
 */
#ifndef ANALYSIS_RUN_OPTIONS_H
#define ANALYSIS_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/strategy/strategy.h"
#include "storage/base/error.h"
#include "storage/base/json.h"

/* The first three as enum reference_kind (model/reference.h). */
enum run_model {
    RUN_POPULARITY,
    RUN_MARKOV,
    RUN_ITEM_KNN,
    RUN_SASREC,
    RUN_GR,
    RUN_ENSEMBLE, /* of two runs; has no options here */
    RUN_MODELS,
};

const char *run_model_name(enum run_model model);
/* False with the models in *err. */
bool run_model_find(const char *name, enum run_model *model, struct error *err);
/* Trained in the queue by a worker; the others are counted or combined at once. */
static inline bool run_model_is_trained(enum run_model model)
{
    return model == RUN_SASREC || model == RUN_GR;
}

enum run_option_id {
#define MARKOV(id, name, kind, low, high, value, help, source)       OPTION_##id,
#define KNN(id, name, kind, low, high, value, help, source)          OPTION_##id,
#define SASREC(id, name, kind, low, high, value, help, source)       OPTION_##id,
#define GR(id, name, kind, low, high, value, help, source)           OPTION_##id,
#define GR_CHOICE(id, name, choices, help, source)                   OPTION_##id,
#define TRAINED(id, name, kind, low, high, sasrec, gr, help, source) OPTION_##id,
#include "analysis/run/options.def"
#undef MARKOV
#undef KNN
#undef SASREC
#undef GR
#undef GR_CHOICE
#undef TRAINED
    RUN_OPTIONS
};

/* The values of choices, in the order of their names in options.def. */
enum run_ids { IDS_DATA, IDS_KMEANS, IDS_RQVAE };

enum option_kind {
    OPTION_KIND_WHOLE,
    OPTION_KIND_REAL,
    OPTION_KIND_CHOICE, /* one of a few names; its value is the name's place, from 0 */
};

struct run_option {
    const char *name, *help, *source;
    enum option_kind kind;
    const char *names; /* "data|kmeans|rqvae"; NULL: a number */
    double low, high;
    double otherwise[RUN_MODELS]; /* the default; NAN: no option of that model */
};
const struct run_option *run_option(enum run_option_id id);

/* A value as it stands after "name=": a number in few digits, or the choice's name. */
enum { RUN_OPTION_TEXT = 64 };
void run_option_text(enum run_option_id id, double value, char text[RUN_OPTION_TEXT]);

/* Values of all options of one model, NAN where the model has none; and how it is trained. */
struct run_options {
    enum run_model model;
    double value[RUN_OPTIONS];
    struct strategy strategy;
};
struct run_options run_options_default(enum run_model model);
static inline int run_options_int(const struct run_options *o, enum run_option_id id)
{
    return (int)o->value[id];
}

/* "name=value" or "strategy.name=value", as after --set. False with what would be right in *err. */
bool run_options_set(struct run_options *options, const char *text, struct error *err);
/* What goes together: the widths of heads, the strategy and the model. */
bool run_options_check(const struct run_options *options, struct error *err);

/* An object of the model's options; the caller's. Reading checks as setting does; what is missing
 * has its default. */
struct jval *run_options_json(const struct run_options *options);
bool run_options_parse(enum run_model model, const struct jval *object, struct run_options *out,
                       struct error *err);

#endif
