#include "analysis/report/train_time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/curves.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"

/* ---- what was measured ---- */

/* False: not a run that rote trained, or one with options that are no more. */
static bool options_of(const struct study_run *run, struct run_options *out)
{
    enum run_model model;
    if (!run_model_find(run->model, &model, NULL) || !run_model_is_trained(model))
        return false;
    struct jval *o = jval_parse(run->options_json, strlen(run->options_json), NULL);
    bool ok = o && run_options_parse(model, o, out, NULL);
    jval_free(o);
    return ok;
}

static bool read_rate(struct study *study, const struct study_run *run, struct train_rate *out,
                      struct error *err)
{
    struct curve curve;
    *out = (struct train_rate){.run = run->id, .epoch_seconds = (double)NAN};
    if (!options_of(run, &out->options))
        return true;
    if (!curve_read(study, run, &curve, err))
        return false;
    if (curve.n > 0) {
        const struct curve_epoch *last = &curve.epoch[curve.n - 1];
        out->epoch_seconds = last->seconds / last->epoch; /* they count from the first on */
    }
    curve_release(&curve);
    return true;
}

bool train_rates_read(struct study *study, struct train_rates *out, struct error *err)
{
    size_t n = study_n_runs(study);
    *out = (struct train_rates){.rate = mem_zalloc(n, sizeof *out->rate),
                                .n_items = study_dataset(study)->n_items};
    for (size_t i = 0; i < n; i++) {
        struct train_rate rate;
        if (!read_rate(study, study_run_at(study, i), &rate, err)) {
            train_rates_release(out);
            return false;
        }
        if (rate.epoch_seconds > 0)
            out->rate[out->n++] = rate;
    }
    return true;
}

void train_rates_release(struct train_rates *rates)
{
    free(rates->rate);
    *rates = (struct train_rates){0};
}

/* ---- what is to be expected ---- */

static double token_cost(const struct run_options *o, int32_t n_items)
{
    double width = o->value[OPTION_WIDTH];
    double choices = o->model == RUN_GR ? o->value[OPTION_CODES] : n_items;
    return o->value[OPTION_LAYERS] * (4 + 2 * o->value[OPTION_MLP]) * width * width +
           width * choices;
}

static bool same_strategies(const struct run_options *a, const struct run_options *b)
{
    return memcmp(a->strategy.has, b->strategy.has, sizeof a->strategy.has) == 0;
}

struct train_time train_time_expect(const struct train_rates *rates,
                                    const struct run_options *wanted)
{
    const struct train_rate *like = NULL;
    struct train_time t = {.seconds = (double)NAN, .epoch_seconds = (double)NAN};
    if (!run_model_is_trained(wanted->model))
        return t;
    t.epochs = run_options_int(wanted, OPTION_EPOCHS);
    for (size_t i = 0; i < rates->n; i++) {
        const struct train_rate *r = &rates->rate[i];
        if (r->options.model == wanted->model && (!like || same_strategies(&r->options, wanted) ||
                                                  !same_strategies(&like->options, wanted)))
            like = r;
    }
    if (!like)
        return t;
    double ratio = token_cost(wanted, rates->n_items) / token_cost(&like->options, rates->n_items);
    t.scaled = fabs(ratio - 1) > 1e-9;
    t.epoch_seconds = like->epoch_seconds * ratio;
    t.seconds = t.epoch_seconds * t.epochs;
    t.like = like->run;
    return t;
}
