/* goldfish: a target is left out when the hash of its context (the `context` items before it, or as
 * many as there are) is 0 modulo k: the same contexts for every user and every run (Hans et al.
 * 2024, arXiv 2406.10209). Targets that nothing stands before stay. */
#include "analysis/strategy/strategist_private.h"

static bool stays(struct strategist *s, const struct item_samples *samples, int64_t sample,
                  const struct item_target *t)
{
    int32_t k = strategist_int(s, STRATEGY_OPTION_GOLDFISH_K);
    int32_t context = strategist_int(s, STRATEGY_OPTION_GOLDFISH_CONTEXT);
    if (t->group != TASK_NEXT_ITEM || t->after == 0 || k == 0)
        return true;
    const int32_t *item = samples->item + samples->offset[sample];
    uint64_t hash = 0x676f6c64;
    for (int32_t i = t->after > context ? t->after - context : 0; i < t->after; i++)
        hash = rng_stream(hash, (uint64_t)(item[i] + 2)); /* a hidden item counts as an item */
    return rng_at(hash, 0, 0) % (uint64_t)k != 0;
}

bool goldfish_apply(struct strategist *s, struct item_samples *samples, struct error *err)
{
    (void)err;
    strategist_keep(s, samples, stays);
    return true;
}
