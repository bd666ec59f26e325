/*
 * iirg (arXiv 2606.17276): two more tasks, "list the collaborative neighbours of x" and "list the
 * semantic neighbours of x", as generation behind a token of their own; each task's mean loss is
 * added with its lambda. Recommending uses the next-item task alone.
 *
 * A neighbour is predicted behind the item and the neighbours before it. Neighbours come from the
 * training corpus alone (the paper's code lets the validation item in).
 */
#include "analysis/strategy/strategist_private.h"

const char *strategist_needs_embedding(const struct strategy *s)
{
    const double *value = s->value;
    bool fill =
        value[STRATEGY_OPTION_IIRG_LAMBDA_C] > 0 && value[STRATEGY_OPTION_IIRG_BACKFILL] > 0;
    if (!s->has[STRATEGY_IIRG] || !(value[STRATEGY_OPTION_IIRG_LAMBDA_S] > 0 || fill))
        return NULL;
    return "iirg: semantic neighbours need item texts or --embeddings, and the data set has "
           "neither; "
           "import them, or use iirg:lambda_s=0,backfill=off";
}

static bool has_tasks(const struct strategist *s, bool *collaborative, bool *semantic)
{
    *collaborative = strategist_real(s, STRATEGY_OPTION_IIRG_LAMBDA_C) > 0;
    *semantic = strategist_real(s, STRATEGY_OPTION_IIRG_LAMBDA_S) > 0;
    return *collaborative || *semantic;
}

bool iirg_prepare(struct strategist *s, struct progress *progress, struct error *err)
{
    const struct strategist_data *d = &s->data;
    int32_t keep = strategist_int(s, STRATEGY_OPTION_IIRG_KEEP);
    bool collaborative, semantic;
    if (!has_tasks(s, &collaborative, &semantic))
        return true;
    bool fill = collaborative && strategist_int(s, STRATEGY_OPTION_IIRG_BACKFILL);
    const char *needs = strategist_needs_embedding(&s->strategy);
    if (needs && !d->embedding)
        return error_set(err, ERROR_STATE, "%s", needs);
    if (collaborative && !neighbours_collaborative(d->training, d->edges->pop,
                                                   strategist_int(s, STRATEGY_OPTION_IIRG_WINDOW),
                                                   keep, &s->collaborative, progress, err))
        return false;
    /* Backfill goes through more semantic neighbours than are taught. */
    enum { BACKFILL_FROM = 100 };
    int32_t wide = fill && keep < BACKFILL_FROM ? BACKFILL_FROM : keep;
    if ((semantic || fill) && !neighbours_semantic(d->embedding, d->training->corpus->n_items,
                                                   d->width, wide, &s->semantic, progress, err))
        return false;
    if (fill)
        neighbours_backfill(&s->collaborative, &s->semantic);
    return true;
}

static bool add_task(const struct strategist *s, enum item_task task, const struct neighbours *of,
                     double lambda, struct item_samples *samples, struct error *err)
{
    int32_t keep = strategist_int(s, STRATEGY_OPTION_IIRG_GENERATE);
    int32_t room = s->data.max_items - 1; /* the item itself and all neighbours but the last */
    int32_t item[NEIGHBOURS_MAX + 1];
    keep = keep < room ? keep : room;
    for (int32_t x = 0; x < of->n_items && lambda > 0; x++) {
        const int32_t *near = neighbours_of(of, x);
        int32_t n = 0;
        item[0] = x;
        for (; n < keep && n < of->keep && near[n] != NEIGHBOURS_NONE; n++)
            item[n + 1] = near[n];
        /* Items that the training corpus does not hold are taught nothing. */
        if (n == 0 || s->data.edges->pop[x] == 0)
            continue;
        bool ok = item_samples_add(samples, task, ITEM_NO_USER, item, n, err);
        for (int32_t k = 1; ok && k <= n; k++) {
            struct item_target target = {k, item[k], (float)lambda, (uint8_t)task};
            ok = item_samples_target(samples, target, err);
        }
        if (!ok)
            return false;
    }
    return true;
}

bool iirg_add(struct strategist *s, struct item_samples *samples, struct error *err)
{
    return add_task(s, TASK_COLLABORATIVE, &s->collaborative,
                    strategist_real(s, STRATEGY_OPTION_IIRG_LAMBDA_C), samples, err) &&
           add_task(s, TASK_SEMANTIC, &s->semantic,
                    strategist_real(s, STRATEGY_OPTION_IIRG_LAMBDA_S), samples, err);
}
