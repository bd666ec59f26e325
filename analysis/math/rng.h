/*
 * Counter-based randomness: every draw is a pure function of (seed, stream, counter), so results
 * depend neither on thread counts nor on the order in which streams are used.
 *
 * Method: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3",
 * SC 2011): key = seed, counter = (block number, stream). Passes BigCrush by the authors' account.
 * About 3 ns per 64-bit draw. A stream has 2^65 draws.
 *
 * Use: one seed per run (stored with it); one stream per independent piece of work, made with
 * rng_stream(purpose, index), for example (RNG_BOOTSTRAP-like number of the caller, user).
 */
#ifndef ANALYSIS_MATH_RNG_H
#define ANALYSIS_MATH_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t seed, stream;
    uint64_t block; /* the next block of two draws */
    uint64_t spare; /* second draw of the last block */
    double spare_normal;
    bool has_spare, has_spare_normal;
};

/* The two draws of one block: the whole generator. Pure. */
void rng_block(uint64_t seed, uint64_t stream, uint64_t block, uint64_t out[2]);

/* Draw number `counter` of a stream, without state: equals the counter-th rng_next() of
 * rng_new(seed, stream). */
uint64_t rng_at(uint64_t seed, uint64_t stream, uint64_t counter);

/* One stream number from two keys (a purpose and a user, an epoch and a case, …): a bijective mix
 * of each, so that neighbouring pairs do not collide in practice. */
uint64_t rng_stream(uint64_t a, uint64_t b);

struct rng rng_new(uint64_t seed, uint64_t stream);
uint64_t rng_next(struct rng *rng);
/* Uniform over 0 .. n-1 without bias (rejection); n >= 1. */
uint64_t rng_below(struct rng *rng, uint64_t n);
/* Uniform over [0, 1), 53 bits. */
double rng_uniform(struct rng *rng);
/* Standard normal (Box-Muller, both values used). */
double rng_normal(struct rng *rng);
/* Fisher-Yates; every order equally likely. */
void rng_shuffle(struct rng *rng, int32_t *values, int64_t n);

#endif
