/*
 * Logits and their normalisation outside training, for results that are ranked or stored: the same
 * bits whatever else is computed beside them.
 */
#ifndef ANALYSIS_NN_LOGITS_H
#define ANALYSIS_NN_LOGITS_H

#include <stdint.h>

/* logit[i] = h[D] . W[token[i]], for the n tokens of a list; W[.][D], D a multiple of 8. */
void nn_list_logits(int32_t n, int32_t D, const int32_t *token, const float *W, const float *h,
                    float *logit);

/* log sum e^z of z[n], n >= 1, in a fixed order. */
double nn_log_sum_exp(int32_t n, const float *z);

#endif
