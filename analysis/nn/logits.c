#include "analysis/nn/logits.h"

#include <math.h>
#include <string.h>

#include "analysis/math/simd.h"

SIMD_CLONES
static void list_logits(int32_t n, int32_t D, const int32_t *token, const float *W, const float *h,
                        float *logit)
{
    for (int32_t i = 0; i < n; i++) {
        const float *w = W + (size_t)token[i] * (size_t)D;
        simd8 sum = {0};
        for (int32_t j = 0; j < D; j += 8)
            sum += *(const simd8_at *)(h + j) * *(const simd8_at *)(w + j);
        logit[i] = simd8_sum(&sum);
    }
}

SIMD_CLONES
static double log_sum_exp(int32_t n, const float *z)
{
    float max = z[0];
    double sum = 0;
    for (int32_t i = 1; i < n; i++)
        max = z[i] > max ? z[i] : max;
    for (int32_t i = 0; i < n; i += 8) {
        simd8 e = (simd8){0} - INFINITY;
        memcpy(&e, z + i, (n - i < 8 ? (size_t)(n - i) : 8) * sizeof *z);
        e -= max;
        simd8_exp(&e);
        sum += (double)simd8_sum(&e);
    }
    return (double)max + log(sum);
}

void nn_list_logits(int32_t n, int32_t D, const int32_t *token, const float *W, const float *h,
                    float *logit)
{
    list_logits(n, D, token, W, h, logit);
}

double nn_log_sum_exp(int32_t n, const float *z)
{
    return log_sum_exp(n, z);
}
