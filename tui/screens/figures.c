#include "tui/screens/figures.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "analysis/label/onehop.h"
#include "storage/base/mem.h"
#include "storage/db/metric_store.h"

static void take(const struct eval *e, struct run_figures *out)
{
    out->known = e->n > 0;
    out->recall10 = eval_value(e, "metrics.recall@10");
    out->ratio = eval_value(e, "one_hop_ratio.observed");
    out->null = eval_value(e, "one_hop_ratio.null.shuffle");
    out->excess = eval_value(e, "one_hop_ratio.excess");
    out->memorized = eval_value(e, "labels.memorization.recommendations");
    out->related = eval_value(e, "labels.generalization.recommendations");
    out->uncategorized = eval_value(e, "labels.uncategorized.recommendations");
    out->reachable = eval_value(e, "reachable_target.value");
    out->pessimistic = eval_value(e, "reachable_target.band.pessimistic");
    out->optimistic = eval_value(e, "reachable_target.band.optimistic");
}

bool run_figures_stored(struct study *study, const struct study_run *run, enum part part,
                        const struct definition *definition, struct run_figures *out,
                        struct error *err)
{
    struct eval e;
    *out = (struct run_figures){.run = run->id};
    if (!eval_stored(study, run, part, definition, &e, err))
        return false;
    take(&e, out);
    eval_release(&e);
    if (out->known)
        return true;
    /* recall is the same under every definition: `last` has been evaluated with the training */
    struct definition last = definition_last();
    last.train_valid = definition->train_valid;
    if (!eval_stored(study, run, part, &last, &e, err))
        return false;
    out->recall10 = eval_value(&e, "metrics.recall@10");
    eval_release(&e);
    return true;
}

bool run_figures_get(struct study *study, const struct study_run *run, enum part part,
                     const struct definition *definition, struct progress *progress,
                     struct run_figures *out, struct error *err)
{
    struct eval e;
    *out = (struct run_figures){.run = run->id};
    if (!eval_get(study, run, part, definition, progress, &e, err))
        return false;
    take(&e, out);
    eval_release(&e);
    return true;
}

static void mean_and_spread(const struct run_figures *figures, size_t n, size_t offset,
                            double *mean, double *spread)
{
    double sum = 0, low = (double)INFINITY, high = -(double)INFINITY;
    for (size_t i = 0; i < n; i++) {
        double v;
        memcpy(&v, (const char *)&figures[i] + offset, sizeof v);
        sum += v;
        low = fmin(low, v);
        high = fmax(high, v);
    }
    *mean = n > 0 ? sum / (double)n : (double)NAN;
    if (spread)
        *spread = n > 1 ? (high - low) / 2 : (double)NAN;
}

void run_figures_mean(const struct run_figures *figures, size_t n, struct run_figures *mean,
                      struct spread *spread)
{
    *mean = (struct run_figures){.known = n > 0};
    *spread = (struct spread){0};
#define MEAN(figure, spread_of)                                                                    \
    mean_and_spread(figures, n, offsetof(struct run_figures, figure), &mean->figure, spread_of)
    MEAN(recall10, &spread->recall10);
    MEAN(ratio, NULL);
    MEAN(null, NULL);
    MEAN(excess, &spread->excess);
    MEAN(memorized, NULL);
    MEAN(related, NULL);
    MEAN(uncategorized, NULL);
    MEAN(reachable, NULL);
    MEAN(pessimistic, NULL);
    MEAN(optimistic, NULL);
#undef MEAN
}

/* The figures of the targets are the data set's own: stored under run 0. */
static bool reach_stored(struct study *study, enum part part, const struct definition *definition,
                         struct reach *out, struct error *err)
{
    const struct study_run data = {.id = 0};
    struct eval e;
    if (!eval_stored(study, &data, part, definition, &e, err))
        return false;
    *out = (struct reach){.value = eval_value(&e, "reachable_target.value"),
                          .pessimistic = eval_value(&e, "reachable_target.band.pessimistic"),
                          .optimistic = eval_value(&e, "reachable_target.band.optimistic")};
    eval_release(&e);
    return true;
}

static void store_reach(struct study *study, enum part part, const struct definition *definition,
                        const struct reach *reach)
{
    const struct metric figures[] = {
        {"reachable_target.value", reach->value, (double)NAN, (double)NAN},
        {"reachable_target.band.pessimistic", reach->pessimistic, (double)NAN, (double)NAN},
        {"reachable_target.band.optimistic", reach->optimistic, (double)NAN, (double)NAN},
    };
    char key[DEFINITION_TEXT_MAX];
    definition_key(definition, key);
    struct workspace *ws = study_lock(study);
    /* What cannot be stored now is counted again the next time. */
    metric_store_put(ws, 0, part == PART_TEST ? "test" : "valid", key, figures, ARRAY_LEN(figures),
                     NULL);
    study_unlock(study);
}

bool reach_get(struct study *study, enum part part, const struct definition *definition,
               struct progress *progress, struct reach *out, struct error *err)
{
    if (!reach_stored(study, part, definition, out, err))
        return false;
    if (!isnan(out->value))
        return true;
    const struct onehop *onehop = study_onehop(study, definition, err);
    struct onehop_scores scores;
    if (!onehop || !study_verify(study, progress, err) ||
        !onehop_score(onehop, &study_split(study)->part[part], NULL, &scores, progress, err))
        return false;
    *out = (struct reach){.value = scores.reachable_share,
                          .pessimistic = scores.band.pessimistic,
                          .optimistic = scores.band.optimistic};
    onehop_scores_release(&scores);
    if (!study_read_only(study) && !isnan(out->value))
        store_reach(study, part, definition, out);
    return true;
}
