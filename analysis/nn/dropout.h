/* The hash behind dropout, for loops that apply it. Contract in layers.h (struct nn_dropout). */
#ifndef ANALYSIS_NN_DROPOUT_H
#define ANALYSIS_NN_DROPOUT_H

#include "analysis/math/simd.h"
#include "analysis/nn/layers.h"

/* What a loop needs of a struct nn_dropout. */
struct nn_mask {
    uint32_t key[2], threshold;
    float scale;
};

SIMD_INLINE struct nn_mask nn_mask(struct nn_dropout drop)
{
    return (struct nn_mask){
        .key = {(uint32_t)drop.key, (uint32_t)(drop.key >> 32)},
        .threshold = (uint32_t)((double)drop.rate * 4294967296.0),
        .scale = 1.0f / (1.0f - drop.rate),
    };
}

/* 0 or 1/(1 - rate) for element i. Two rounds of a multiply-xorshift mixer with the key's halves
 * added between them. */
SIMD_INLINE float nn_mask_at(const struct nn_mask *m, uint32_t i)
{
    uint32_t h = i * 0x9e3779b1u + m->key[0];
    h = (h ^ (h >> 16)) * 0x7feb352du;
    h = ((h ^ (h >> 15)) + m->key[1]) * 0x846ca68bu;
    h ^= h >> 16;
    return h >= m->threshold ? m->scale : 0.0f;
}

/* Elements i .. i+7 at once. */
SIMD_INLINE void nn_mask8(const struct nn_mask *m, uint32_t i, simd8 *factor)
{
    simd8u h = ((simd8u){0, 1, 2, 3, 4, 5, 6, 7} + i) * 0x9e3779b1u + m->key[0];
    h = (h ^ (h >> 16)) * 0x7feb352du;
    h = ((h ^ (h >> 15)) + m->key[1]) * 0x846ca68bu;
    h ^= h >> 16;
    *factor = (simd8)((simd8u)((simd8){0} + m->scale) & (simd8u)(h >= m->threshold));
}

#endif
