/* Puts the strategies together. Contract and order in strategist.h. */
#include "analysis/strategy/strategist_private.h"

#include "storage/base/mem.h"

/* ---- what strategies share ------------------------------------------------------------------- */

bool strategist_copy(const struct item_samples *in, int64_t sample, struct item_samples *out,
                     struct error *err)
{
    bool ok = item_samples_add(out, in->task[sample], in->user[sample],
                               in->item + in->offset[sample], item_samples_length(in, sample), err);
    for (int64_t k = in->target_offset[sample]; ok && k < in->target_offset[sample + 1]; k++)
        ok = item_samples_target(out, in->target[k], err);
    return ok;
}

bool strategist_add_sequence(struct item_samples *out, int32_t user, const int32_t *item, int32_t n,
                             bool from_start, struct error *err)
{
    bool ok = n == 0 || item_samples_add(out, TASK_NEXT_ITEM, user, item, n - 1, err);
    for (int32_t k = !from_start; ok && k < n; k++) {
        struct item_target target = {k, item[k], 1, TASK_NEXT_ITEM};
        ok = item[k] < 0 || item_samples_target(out, target, err);
    }
    return ok;
}

void strategist_keep(struct strategist *s, struct item_samples *samples,
                     bool (*stays)(struct strategist *s, const struct item_samples *samples,
                                   int64_t sample, const struct item_target *target))
{
    int64_t kept = 0, begin = 0;
    for (int64_t i = 0; i < samples->n; i++) {
        int64_t end = samples->target_offset[i + 1];
        for (int64_t k = begin; k < end; k++) {
            struct item_target target = samples->target[k];
            if (stays(s, samples, i, &target))
                samples->target[kept++] = target;
        }
        begin = end;
        samples->target_offset[i + 1] = kept;
    }
    samples->n_targets = kept;
}

/* ---- making ---------------------------------------------------------------------------------- */

static bool prepare(struct strategist *s, struct progress *progress, struct error *err)
{
    const bool *has = s->strategy.has;
    size_t edges = (size_t)s->data.edges->n_distinct;
    if (!item_samples_next(s->data.training, s->data.max_items, &s->base, err) ||
        (has[STRATEGY_IIRG] && !iirg_prepare(s, progress, err)) ||
        (has[STRATEGY_HOP_WEIGHT] && !hop_weight_prepare(s, err)) ||
        (has[STRATEGY_UNLIKELIHOOD] && !unlikelihood_prepare(s, err)) ||
        (has[STRATEGY_SMOOTH] && !smooth_prepare(s, err)) ||
        (has[STRATEGY_LOGQ] && !logq_prepare(s, err)))
        return false;
    if (has[STRATEGY_DEDUP])
        s->seen = mem_try_array(edges, sizeof *s->seen, "edges", err);
    return !has[STRATEGY_DEDUP] || s->seen;
}

struct strategist *strategist_new(const struct strategy *strategy,
                                  const struct strategist_data *data, struct progress *progress,
                                  struct error *err)
{
    struct strategist *s = mem_zalloc(1, sizeof *s);
    s->strategy = *strategy;
    s->data = *data;
    if (prepare(s, progress, err))
        return s;
    strategist_free(s);
    return NULL;
}

void strategist_free(struct strategist *s)
{
    if (!s)
        return;
    item_samples_release(&s->base);
    item_samples_release(&s->made[0]);
    item_samples_release(&s->made[1]);
    iirg_lists_release(&s->iirg);
    free(s->successor);
    free(s->seen);
    free(s->prior);
    free(s->log_popularity);
    free(s);
}

/* ---- the samples of an epoch ----------------------------------------------------------------- */

bool strategist_varies(const struct strategist *s)
{
    return s->strategy.has[STRATEGY_AUGMENT] || s->strategy.has[STRATEGY_ITEM_DROPOUT];
}

static const struct {
    enum strategy_id id;
    strategist_step step;
} steps[] = {
    {STRATEGY_CANARY, canary_step},
    {STRATEGY_AUGMENT, augment_step},
    {STRATEGY_MULTI_HOP, multi_hop_step},
    {STRATEGY_ITEM_DROPOUT, item_dropout_step},
};
static const struct {
    enum strategy_id id;
    strategist_change change;
} changes[] = {
    {STRATEGY_IIRG, iirg_add},
    {STRATEGY_HOP_WEIGHT, hop_weight_apply},
    {STRATEGY_DEDUP, dedup_apply},
    {STRATEGY_GOLDFISH, goldfish_apply},
};

static bool take_steps(struct strategist *s, int32_t epoch, struct error *err)
{
    const struct item_samples *in = &s->base;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (!s->strategy.has[steps[i].id])
            continue;
        item_samples_clear(&s->made[1]);
        if (!steps[i].step(s, epoch, in, &s->made[1], err))
            return false;
        struct item_samples done = s->made[1];
        s->made[1] = s->made[0];
        s->made[0] = done;
        in = &s->made[0];
    }
    if (in != &s->base)
        return true;
    item_samples_clear(&s->made[0]);
    for (int64_t i = 0; i < s->base.n; i++) {
        if (!strategist_copy(&s->base, i, &s->made[0], err))
            return false;
    }
    return true;
}

static void count_extra(struct strategist *s)
{
    s->extra = 0;
    for (int64_t k = 0; k < s->made[0].n_targets; k++)
        s->extra += s->made[0].target[k].group != TASK_NEXT_ITEM;
}

bool strategist_samples(struct strategist *s, int32_t epoch, const struct item_samples **out,
                        struct error *err)
{
    *out = &s->made[0];
    if (s->ready)
        return true;
    if (!take_steps(s, epoch, err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        if (s->strategy.has[changes[i].id] && !changes[i].change(s, &s->made[0], err))
            return false;
    }
    s->made[0].negative = s->successor;
    s->made[0].negative_keep = strategist_int(s, STRATEGY_OPTION_UNLIKELIHOOD_NEGATIVES);
    s->ready = !strategist_varies(s);
    count_extra(s);
    return true;
}

int64_t strategist_next_targets(const struct strategist *s, bool first)
{
    int64_t n = 0;
    for (int64_t k = 0; k < s->base.n_targets; k++)
        n += first || s->base.target[k].after > 0;
    return n;
}

int64_t strategist_extra_targets(const struct strategist *s)
{
    return s->extra;
}

/* ---- what else is asked for ------------------------------------------------------------------ */

struct strategist_loss strategist_loss(const struct strategist *s)
{
    const bool *has = s->strategy.has;
    struct strategist_loss loss = {.prior = s->prior, .logit_bias = s->log_popularity};
    if (has[STRATEGY_SMOOTH])
        loss.smoothing = (float)strategist_real(s, STRATEGY_OPTION_SMOOTH_EPS);
    if (has[STRATEGY_UNLIKELIHOOD])
        loss.unlikelihood = (float)strategist_real(s, STRATEGY_OPTION_UNLIKELIHOOD_ALPHA);
    return loss;
}
