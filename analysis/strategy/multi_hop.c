/* multi-hop: behind each item also the second, third, … item after it, each step a group of its own
 * whose mean loss is added with weight delta^(d - 1). What is hidden is no target: the items behind
 * it keep their distance. */
#include <math.h>

#include "analysis/strategy/strategist_private.h"

/* The targets d = 2 .. h places ahead of where next-item target number k comes; `end`: of the
 * sample's targets, which stand in ascending places. */
static bool add_ahead(const struct strategist *s, const struct item_samples *in, int64_t k,
                      int64_t end, struct item_samples *out, struct error *err)
{
    int32_t h = strategist_int(s, STRATEGY_OPTION_MULTI_HOP_H);
    double delta = strategist_real(s, STRATEGY_OPTION_MULTI_HOP_DELTA);
    const struct item_target *next = &in->target[k];
    for (int64_t i = k + 1; i < end && in->target[i].after - next->after < h; i++) {
        int32_t d = in->target[i].after - next->after + 1;
        struct item_target target = {next->after, in->target[i].item, (float)pow(delta, d - 1),
                                     item_group_ahead(d)};
        if (target.weight > 0 && !item_samples_target(out, target, err))
            return false;
    }
    return true;
}

bool multi_hop_step(struct strategist *s, int32_t epoch, const struct item_samples *in,
                    struct item_samples *out, struct error *err)
{
    (void)epoch;
    for (int64_t i = 0; i < in->n; i++) {
        if (!item_samples_add(out, in->task[i], in->user[i], in->item + in->offset[i],
                              item_samples_length(in, i), err))
            return false;
        for (int64_t k = in->target_offset[i]; k < in->target_offset[i + 1]; k++) {
            if (!item_samples_target(out, in->target[k], err) ||
                (in->target[k].after > 0 &&
                 !add_ahead(s, in, k, in->target_offset[i + 1], out, err)))
                return false;
        }
    }
    return true;
}
