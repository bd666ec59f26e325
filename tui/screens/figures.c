#include "tui/screens/figures.h"

#include <math.h>

#include "analysis/label/onehop.h"

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

bool reach_get(struct study *study, enum part part, const struct definition *definition,
               struct progress *progress, struct reach *out, struct error *err)
{
    const struct onehop *onehop = study_onehop(study, definition, err);
    struct onehop_scores scores;
    if (!onehop ||
        !onehop_score(onehop, &study_split(study)->part[part], NULL, &scores, progress, err))
        return false;
    *out = (struct reach){.value = scores.reachable_share,
                          .pessimistic = scores.band.pessimistic,
                          .optimistic = scores.band.optimistic};
    onehop_scores_release(&scores);
    return true;
}
