/*
 * Training samples: sequences of tokens with a target and a weight at each position, as arrays.
 * Strategies differ in the samples they make; the trainer knows nothing else of them.
 */
#ifndef ANALYSIS_TRAIN_SAMPLES_H
#define ANALYSIS_TRAIN_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"

enum { SAMPLES_NO_TARGET = -1, SAMPLES_MAX_TASKS = 8 };

/* Sample s is positions offset[s] .. offset[s+1]-1. Task k adds weight[i] / (targets of task k in
 * the batch) times the loss of each of its positions, so every task is a mean over the batch. */
struct samples {
    int64_t n, n_positions;
    int64_t *offset; /* [n+1] */
    int32_t *token;  /* [n_positions] */
    int32_t *target; /* [n_positions] or SAMPLES_NO_TARGET */
    float *weight;   /* [n_positions] */
    uint8_t *task;   /* [n], below SAMPLES_MAX_TASKS */
    /* Negatives of position i, for unlikelihood: negative[negative_offset[i] ..]. NULL: none. */
    int64_t *negative_offset; /* [n_positions+1] */
    int32_t *negative;
    /* Room, for samples_add. */
    size_t cap, cap_token, cap_target, cap_weight, cap_task;
};

void samples_release(struct samples *samples); /* a zeroed one is fine */
void samples_clear(struct samples *samples);   /* empty again, keeps the memory */

/* Appends a sample of n positions with weight 1 everywhere; target may be NULL (none anywhere). */
bool samples_add(struct samples *samples, const int32_t *token, const int32_t *target, int32_t n,
                 uint8_t task, struct error *err);

#endif
