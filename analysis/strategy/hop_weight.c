/* hop-weight: w = (1 + T[x][v] - own)^-beta for the target v behind x, own = how often the user's
 * own sequence makes the step; divided by its mean over the training corpus. */
#include <math.h>

#include "analysis/strategy/strategist_private.h"

static double raw_weight(const struct strategist *s, const struct item_samples *samples,
                         int64_t sample, const struct item_target *target)
{
    int32_t x = item_samples_before(samples, sample, target), user = samples->user[sample];
    int32_t count = x < 0 ? 0 : edges_count(s->data.edges, x, target->item), own = 0;
    /* A step that is made once, by a user, is the user's: no need to look. */
    if (user != ITEM_NO_USER)
        own = count > 1 ? edges_own(s->data.training, user, x, target->item) : count;
    int32_t others = count > own ? count - own : 0;
    return pow(1.0 + others, -strategist_real(s, STRATEGY_OPTION_HOP_WEIGHT_BETA));
}

bool hop_weight_prepare(struct strategist *s, struct error *err)
{
    (void)err;
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < s->base.n; i++) {
        for (int64_t k = s->base.target_offset[i]; k < s->base.target_offset[i + 1]; k++, n++)
            sum += raw_weight(s, &s->base, i, &s->base.target[k]);
    }
    s->hop_scale = n > 0 ? (double)n / sum : 1;
    return true;
}

bool hop_weight_apply(struct strategist *s, struct item_samples *samples, struct error *err)
{
    (void)err;
    for (int64_t i = 0; i < samples->n; i++) {
        for (int64_t k = samples->target_offset[i]; k < samples->target_offset[i + 1]; k++) {
            struct item_target *t = &samples->target[k];
            if (t->group == TASK_NEXT_ITEM)
                t->weight *= (float)(raw_weight(s, samples, i, t) * s->hop_scale);
        }
    }
    return true;
}
