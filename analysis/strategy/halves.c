/*
 * halves: training on one of m random halves of the users, for counterfactual memorization (Zhang
 * et al. 2021, arXiv 2112.12938). Parts 2i - 1 and 2i are complements, so every user is in exactly
 * m / 2 of the m parts. The halves are the same whatever the run's seed, so that runs that differ
 * in it have seen the same users.
 */
#include "analysis/strategy/strategist_private.h"

bool strategist_in_half(int32_t m, int32_t part, int32_t user)
{
    uint64_t pair = (uint64_t)(part - 1) / 2;
    uint64_t draw = rng_at((uint64_t)m, rng_stream(0x68616c66, pair), (uint64_t)user);
    return (draw >> 63) == (uint64_t)(part - 1) % 2;
}

bool halves_step(struct strategist *s, int32_t epoch, const struct item_samples *in,
                 struct item_samples *out, struct error *err)
{
    (void)epoch;
    int32_t m = strategist_int(s, STRATEGY_OPTION_HALVES_M);
    int32_t part = strategist_int(s, STRATEGY_OPTION_HALVES_PART);
    for (int64_t i = 0; i < in->n; i++) {
        if (strategist_in_half(m, part, in->user[i]) && !strategist_copy(in, i, out, err))
            return false;
    }
    return true;
}
