#include "analysis/math/rng.h"

#include <math.h>

enum { PHILOX_ROUNDS = 10 };

void rng_block(uint64_t seed, uint64_t stream, uint64_t block, uint64_t out[2])
{
    uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32);
    uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int i = 0; i < PHILOX_ROUNDS; i++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = (uint64_t)c1 << 32 | c0;
    out[1] = (uint64_t)c3 << 32 | c2;
}

uint64_t rng_at(uint64_t seed, uint64_t stream, uint64_t counter)
{
    uint64_t out[2];
    rng_block(seed, stream, counter / 2, out);
    return out[counter % 2];
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t rng_stream(uint64_t a, uint64_t b)
{
    return mix(mix(a + 0x9E3779B97F4A7C15u) + b);
}

struct rng rng_new(uint64_t seed, uint64_t stream)
{
    return (struct rng){.seed = seed, .stream = stream};
}

uint64_t rng_next(struct rng *rng)
{
    if (rng->has_spare) {
        rng->has_spare = false;
        return rng->spare;
    }
    uint64_t out[2];
    rng_block(rng->seed, rng->stream, rng->block++, out);
    rng->spare = out[1];
    rng->has_spare = true;
    return out[0];
}

uint64_t rng_below(struct rng *rng, uint64_t n)
{
    uint64_t uneven = -n % n; /* 2^64 mod n: draws below it would favour small values */
    for (;;) {
        uint64_t draw = rng_next(rng);
        if (draw >= uneven)
            return draw % n;
    }
}

double rng_uniform(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

double rng_normal(struct rng *rng)
{
    if (rng->has_spare_normal) {
        rng->has_spare_normal = false;
        return rng->spare_normal;
    }
    double u = 1.0 - rng_uniform(rng); /* (0, 1]: its logarithm is finite */
    double radius = sqrt(-2.0 * log(u));
    double angle = 2.0 * 3.14159265358979323846 * rng_uniform(rng);
    rng->spare_normal = radius * sin(angle);
    rng->has_spare_normal = true;
    return radius * cos(angle);
}

void rng_shuffle(struct rng *rng, int32_t *values, int64_t n)
{
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)rng_below(rng, (uint64_t)i + 1);
        int32_t kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
}
