/*
 * halves: training on one of m random halves of the users, for counterfactual memorization (Zhang
 * et al. 2021, arXiv 2112.12938). Parts 2i - 1 and 2i are complements, so every user is in exactly
 * m / 2 of the m parts. The halves are the same whatever the run's seed, so that runs that differ
 * in it have seen the same users.
 *
 * A run of one part knows the other users not at all: whatever is counted of the training corpus
 * (edges, popularity, neighbours) is counted of its half.
 */
#include "analysis/strategy/strategist_private.h"

bool strategist_in_half(int32_t m, int32_t part, int32_t user)
{
    uint64_t pair = (uint64_t)(part - 1) / 2;
    uint64_t draw = rng_at((uint64_t)m, rng_stream(0x68616c66, pair), (uint64_t)user);
    return (draw >> 63) == (uint64_t)(part - 1) % 2;
}

bool strategist_is_part(const struct strategy *strategy)
{
    return strategy->has[STRATEGY_HALVES];
}

void strategist_part(const struct strategy *strategy, const struct training *all, int32_t *end)
{
    int32_t m = strategy_int(strategy, STRATEGY_OPTION_HALVES_M);
    int32_t part = strategy_int(strategy, STRATEGY_OPTION_HALVES_PART);
    for (int32_t u = 0; u < all->corpus->n_users; u++)
        end[u] = !strategist_is_part(strategy) || strategist_in_half(m, part, u) ? all->end[u] : 0;
}
