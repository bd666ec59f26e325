/* Inside the loss: what its parts share. */
#ifndef ANALYSIS_NN_LOSS_PRIVATE_H
#define ANALYSIS_NN_LOSS_PRIVATE_H

#include "analysis/nn/loss.h"

/* to[i][D] = from[row[i]][D]; and y[row[i]] += x[i], in the order of i. */
void nn_gather(int32_t n, size_t D, const int32_t *row, const float *from, float *to);
void nn_scatter_add(int32_t n, size_t D, const int32_t *row, const float *from, float *to);
/* z[0 .. n-1], n a multiple of 8, becomes e^(z - max); returns the sum, *max set. */
float nn_exponentials(size_t n, float *z, float *max);
void nn_scale_row(size_t n, float factor, float *z);

/* nn_loss() for targets with lists, and the scratch it needs. */
size_t nn_loss_legal_scratch(int32_t V, int32_t D);
double nn_loss_legal(const struct nn_targets *targets, int32_t V, int32_t D, const float *hidden,
                     const float *W, float *dhidden, float *dW, float *scratch);

#endif
