/*
 * iirg (arXiv 2606.17276): two more tasks, "list the collaborative neighbours of x" and "list the
 * semantic neighbours of x", as generation behind a token of their own; each task's mean loss is
 * added with its lambda. Recommending uses the next-item task alone.
 *
 * A neighbour is predicted behind the item and the neighbours before it. Neighbours come from the
 * training corpus alone (the paper's code lets the validation item in).
 */
#include <string.h>

#include "analysis/strategy/strategist_private.h"

const char *strategist_needs_embedding(const struct strategy *s)
{
    const double *value = s->value;
    bool fill =
        value[STRATEGY_OPTION_IIRG_LAMBDA_C] > 0 && value[STRATEGY_OPTION_IIRG_BACKFILL] > 0;
    if (!s->has[STRATEGY_IIRG] || !(value[STRATEGY_OPTION_IIRG_LAMBDA_S] > 0 || fill))
        return NULL;
    return "iirg needs item texts or --embeddings; or use iirg:lambda_s=0,backfill=off";
}

/* ---- which lists ----------------------------------------------------------------------------- */

/* Backfill goes through more semantic neighbours than are taught. */
enum { BACKFILL_FROM = 100 };

bool iirg_lists_init(struct iirg_lists *lists, const struct strategy *s,
                     const struct training *training, const int64_t *pop, const float *embedding,
                     int32_t width, struct progress *progress, struct error *err)
{
    *lists =
        (struct iirg_lists){.pop = pop, .generate = strategy_int(s, STRATEGY_OPTION_IIRG_GENERATE)};
    lists->lambda[TASK_COLLABORATIVE] = s->value[STRATEGY_OPTION_IIRG_LAMBDA_C];
    lists->lambda[TASK_SEMANTIC] = s->value[STRATEGY_OPTION_IIRG_LAMBDA_S];
    int32_t keep = strategy_int(s, STRATEGY_OPTION_IIRG_KEEP);
    bool collaborative = lists->lambda[TASK_COLLABORATIVE] > 0;
    bool fill = collaborative && embedding && strategy_int(s, STRATEGY_OPTION_IIRG_BACKFILL);
    bool semantic = embedding && lists->lambda[TASK_SEMANTIC] > 0;
    struct neighbours *near = &lists->of[TASK_COLLABORATIVE], *like = &lists->of[TASK_SEMANTIC];
    if (collaborative &&
        !neighbours_collaborative(training, pop, strategy_int(s, STRATEGY_OPTION_IIRG_WINDOW), keep,
                                  near, progress, err))
        return false;
    int32_t wide = fill && keep < BACKFILL_FROM ? BACKFILL_FROM : keep;
    if ((semantic || fill) && !neighbours_semantic(embedding, training->corpus->n_items, width,
                                                   wide, like, progress, err))
        return false;
    if (fill)
        neighbours_backfill(near, like);
    return true;
}

void iirg_lists_release(struct iirg_lists *lists)
{
    for (int task = 0; task < ITEM_TASKS; task++)
        neighbours_release(&lists->of[task]);
}

const int32_t *iirg_list(const struct iirg_lists *lists, enum item_task task, int32_t x, int32_t *n)
{
    const struct neighbours *of = &lists->of[task];
    *n = 0;
    if (!of->item || !(lists->lambda[task] > 0) || lists->pop[x] == 0)
        return NULL;
    const int32_t *near = neighbours_of(of, x);
    while (*n < lists->generate && *n < of->keep && near[*n] != NEIGHBOURS_NONE)
        ++*n;
    return near;
}

/* ---- their samples --------------------------------------------------------------------------- */

bool iirg_prepare(struct strategist *s, struct progress *progress, struct error *err)
{
    const struct strategist_data *d = &s->data;
    const char *needs = strategist_needs_embedding(&s->strategy);
    if (needs && !d->embedding)
        return error_set(err, ERROR_STATE, "%s", needs);
    return iirg_lists_init(&s->iirg, &s->strategy, d->training, d->edges->pop, d->embedding,
                           d->width, progress, err);
}

static bool add_task(const struct strategist *s, enum item_task task, struct item_samples *samples,
                     struct error *err)
{
    int32_t room = s->data.max_items - 1; /* the item itself and all neighbours but the last */
    int32_t item[NEIGHBOURS_MAX + 1];
    for (int32_t x = 0; x < s->data.training->corpus->n_items; x++) {
        int32_t n;
        const int32_t *near = iirg_list(&s->iirg, task, x, &n);
        n = n < room ? n : room;
        if (n <= 0)
            continue;
        item[0] = x;
        memcpy(item + 1, near, (size_t)n * sizeof *near);
        bool ok = item_samples_add(samples, task, ITEM_NO_USER, item, n, err);
        for (int32_t k = 1; ok && k <= n; k++) {
            struct item_target target = {k, item[k], (float)s->iirg.lambda[task], (uint8_t)task};
            ok = item_samples_target(samples, target, err);
        }
        if (!ok)
            return false;
    }
    return true;
}

bool iirg_add(struct strategist *s, struct item_samples *samples, struct error *err)
{
    return add_task(s, TASK_COLLABORATIVE, samples, err) &&
           add_task(s, TASK_SEMANTIC, samples, err);
}
