/*
 * Training samples as arrays: sequences of tokens, and what is to be predicted after which of them.
 * Strategies differ in the samples they make; the trainer knows nothing else of them.
 */
#ifndef ANALYSIS_TRAIN_SAMPLES_H
#define ANALYSIS_TRAIN_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"

enum { SAMPLES_MAX_GROUPS = 8 };

/* Sample s is tokens offset[s] .. offset[s+1]-1 and targets target_offset[s] .. . A target is the
 * token that should follow the tokens up to and with number `row` of its sample; a row may have
 * several targets or none. A target of group g adds weight / (targets of group g in the batch)
 * times its loss, so every group is a mean over the batch. */
struct samples {
    int64_t n, n_tokens, n_targets;
    int64_t *offset;        /* [n+1] */
    int32_t *token;         /* [n_tokens] */
    int64_t *target_offset; /* [n+1] */
    int32_t *row;           /* [n_targets] ascending within a sample */
    int32_t *target;        /* [n_targets] */
    float *weight;          /* [n_targets] */
    uint8_t *group;         /* [n_targets] below SAMPLES_MAX_GROUPS */
    int32_t *legal; /* [n_targets] list of the tokens that compete (nn/loss.h); NULL: all do */
    /* Negatives of target i, for unlikelihood: negative[negative_offset[i] ..]. NULL: none. */
    int64_t *negative_offset; /* [n_targets+1] */
    int32_t *negative;
    /* Room, for the functions below. */
    size_t cap, cap_offset, cap_token, cap_row, cap_target, cap_weight, cap_group;
    size_t cap_legal, cap_negative_offset, cap_negative;
};

void samples_release(struct samples *samples); /* a zeroed one is fine */
void samples_clear(struct samples *samples);   /* empty again, keeps the memory */

/* Appends a sample of n >= 1 tokens without targets. */
bool samples_add(struct samples *samples, const int32_t *token, int32_t n, struct error *err);
/* Adds a target to the last sample, in ascending rows. */
bool samples_target(struct samples *samples, int32_t row, int32_t target, float weight,
                    uint8_t group, struct error *err);
/* The list of the last target: for all targets of the samples, or for none. */
bool samples_legal(struct samples *samples, int32_t list, struct error *err);
/* Adds a negative to the last target: distinct ones, not the target itself. */
bool samples_negative(struct samples *samples, int32_t token, struct error *err);

#endif
