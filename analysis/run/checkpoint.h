/*
 * The whole state of a training between two steps as one file: checkpoint.safetensors, replaced
 * when whole, with checkpoint.json beside it for people (numbers and shape; never read back).
 *
 * Tensors: the weights under their names (those of a Hugging Face Llama checkpoint), AdamW's
 * moments as exp_avg.NAME and exp_avg_sq.NAME, and the weights of the best epoch as best.NAME. The
 * numbers of struct train_state stand in the metadata, reals as hexadecimal, so that nothing is
 * lost. Any program that reads safetensors can open it.
 */
#ifndef ANALYSIS_RUN_CHECKPOINT_H
#define ANALYSIS_RUN_CHECKPOINT_H

#include "analysis/train/trainer.h"

/* Refuses weights that are not numbers, naming the tensor. `key` is compared when it is read. */
bool checkpoint_write(const char *dir, const struct nn *nn, const struct train_state *state,
                      const char *key, struct error *err);

/* *found false: there is none. Fails on one of another key or of other shapes. */
bool checkpoint_read(const char *dir, const struct nn *nn, struct train_state *state,
                     const char *key, bool *found, struct error *err);

/* The finished model: model.safetensors and config.json. */
bool checkpoint_write_model(const char *dir, const struct nn *nn, struct error *err);

#endif
