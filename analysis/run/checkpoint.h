/*
 * The whole state of a training between two steps as one file: checkpoint.safetensors, replaced
 * when whole, with checkpoint.json beside it for people (numbers and shape; never read back). Some
 * before it are kept as checkpoint-1.safetensors (the one before), checkpoint-2.safetensors, …: a
 * damaged file costs an interval, not the run.
 *
 * Tensors: the weights under their names (those of a Hugging Face Llama checkpoint), AdamW's
 * moments as exp_avg.NAME and exp_avg_sq.NAME, and the weights of the best epoch as best.NAME. The
 * numbers of struct train_state stand in the metadata, reals as hexadecimal, so that nothing is
 * lost. Any program that reads safetensors can open it.
 */
#ifndef ANALYSIS_RUN_CHECKPOINT_H
#define ANALYSIS_RUN_CHECKPOINT_H

#include "analysis/train/trainer.h"

enum { CHECKPOINTS_MAX = 100 };

/* Keeps `keep` of them in all (1 .. CHECKPOINTS_MAX); on failure the last one is as it was. Refuses
 * weights that are not numbers, naming the tensor. `key` is compared when it is read. */
bool checkpoint_write(const char *dir, const struct nn *nn, const struct train_state *state,
                      const char *key, int keep, struct error *err);

/* Reads the newest that is whole: *age 0 the last one, 1 the one before, …; -1: there is none.
 * *passed_over says what was wrong with newer ones, untouched where nothing was. Fails on one of
 * another key or of other shapes, and when all are damaged. */
bool checkpoint_read(const char *dir, const struct nn *nn, struct train_state *state,
                     const char *key, int *age, struct error *passed_over, struct error *err);

/* The model for other programs, model.safetensors and config.json: these weights (n_params floats)
 * in the shapes of `nn`. `last`: waits for the disk. */
bool checkpoint_write_model(const char *dir, const struct nn *nn, float *weights, bool last,
                            struct error *err);
/* Reads the weights of model.safetensors into `nn`. Fails where there are none, where they are
 * damaged or of other shapes. */
bool checkpoint_read_model(const char *dir, const struct nn *nn, struct error *err);

#endif
