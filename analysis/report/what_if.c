#include "analysis/report/what_if.h"

#include <string.h>

#include "storage/base/json.h"

static void choose_model(const struct study_run *run, struct what_if *out,
                         struct reference_options *options)
{
    enum reference_kind kind;
    out->kind = REFERENCE_MARKOV;
    if (!run || !reference_find(run->model, &kind) || kind == REFERENCE_POPULARITY)
        return;
    out->kind = kind;
    out->own = true;
    struct jval *o = jval_parse(run->options_json, strlen(run->options_json), NULL);
    if (!o)
        return;
    options->order = (int)jval_int(jval_get(o, "order"), 0);
    options->window = (int)jval_int(jval_get(o, "window"), 0);
    jval_free(o);
}

static int32_t rank_of(const int32_t *list, int32_t k, int32_t item)
{
    for (int32_t i = 0; i < k; i++)
        if (list[i] == item)
            return i + 1;
    return 0;
}

static bool ask(const struct reference *model, const struct what_if_question *q,
                struct progress *progress, struct what_if *out, struct error *err)
{
    int32_t list[RECS_DEPTH];
    if (!reference_recommend(model, q->history, q->n_history, q->k, list, NULL, err))
        return false;
    out->rank = rank_of(list, q->k, q->item);
    if (!without_recommend(model, q->user, q->history, q->n_history, q->k, list, NULL, err))
        return false;
    out->rank_without = rank_of(list, q->k, q->item);
    return !q->carriers || without_carriers(model, q->history, q->n_history, q->k, q->item,
                                            progress, &out->carriers, err);
}

bool what_if_ask(struct study *study, const struct what_if_question *q, struct progress *progress,
                 struct what_if *out, struct error *err)
{
    *out = (struct what_if){0};
    enum trained_on on = q->run ? q->run->trained_on : TRAINED_ON_TRAIN;
    struct training training = split_training(study_split(study), study_corpus(study), on);
    struct reference_options options = {0};
    choose_model(q->run, out, &options);
    const struct edges *edges = study_edges(study, on, err);
    struct reference *model = NULL;
    bool ok = edges &&
              reference_build(out->kind, &options, &training, edges, progress, &model, err) &&
              ask(model, q, progress, out, err);
    reference_free(model);
    if (!ok)
        what_if_release(out);
    return ok;
}

void what_if_release(struct what_if *w)
{
    carriers_release(&w->carriers);
}
