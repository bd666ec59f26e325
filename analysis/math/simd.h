/*
 * Loops for every vector width from one source.
 *
 * SIMD_CLONES before a function compiles it several times (AVX-512, AVX2, baseline) and picks one
 * at load time. The clones give the same bits: the build forbids contraction to fused multiply-adds
 * and reassociation, so sums are written with fixed lanes (simd8). Empty under thread sanitizer,
 * which crashes in the resolvers, and with clang, whose version 14 does not link clones that are
 * called from another file.
 */
#ifndef ANALYSIS_MATH_SIMD_H
#define ANALYSIS_MATH_SIMD_H

#include <stdint.h>
#include <string.h>

#if defined(__SANITIZE_THREAD__) || defined(__clang__) || !defined(__x86_64__)
#define SIMD_CLONES
#else
#define SIMD_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#endif

#define SIMD_INLINE static inline __attribute__((always_inline))

/* Eight floats, one AVX register; simd8_at: the same in memory, at any float's address; simd8u: the
 * bits, or eight counters, or a mask of all ones and all zeros. */
typedef float simd8 __attribute__((vector_size(32)));
typedef float simd8_at __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint32_t simd8u __attribute__((vector_size(32)));

/* The sum of the eight lanes, always in the same order. */
SIMD_INLINE float simd8_sum(const simd8 *v)
{
    float a = ((*v)[0] + (*v)[4]) + ((*v)[2] + (*v)[6]);
    float b = ((*v)[1] + (*v)[5]) + ((*v)[3] + (*v)[7]);
    return a + b;
}

/* e^x of every lane, without libm, so that every machine gives the same bits. Relative error under
 * 2e-7 for x in [-87.3, 88.7]; 0 below, clamped to e^88.7 above; NaN gives NaN.
 * Method: x = n ln 2 + r, |r| <= ln(2)/2, a polynomial for e^r (the Taylor series to r^7), the
 * exponent n added to the result's bits. Written with masks: given conditions on scalars, gcc makes
 * branches of them and gives up vectorising. */
SIMD_INLINE void simd8_exp(simd8 *v)
{
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    const simd8 most = (simd8){0} + 88.7f;
    simd8u over = (simd8u)(*v > most), under = (simd8u)(*v < -87.3f);
    simd8 x = (simd8)(((simd8u)*v & ~over) | ((simd8u)most & over));
    simd8 t = x * 1.44269504088896341f + shift, n = t - shift;
    simd8 r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    simd8 p = r * (1.0f / 5040.0f) + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    *v = (simd8)(((simd8u)p + ((simd8u)t << 23)) & ~under);
}

/* The same of one number. */
SIMD_INLINE float simd_exp(float x)
{
    simd8 v = {x};
    simd8_exp(&v);
    return v[0];
}

#endif
