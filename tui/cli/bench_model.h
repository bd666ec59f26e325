/*
 * The two models that `rote bench train` and `rote bench decode` measure, on a benchmark's data:
 * gr over semantic ids of 4 levels (those of the workspace where it has such, else drawn), and
 * sasrec over item ids.
 */
#ifndef TUI_CLI_BENCH_MODEL_H
#define TUI_CLI_BENCH_MODEL_H

#include "analysis/model/gr.h"
#include "analysis/model/sasrec.h"
#include "analysis/train/trainer.h"
#include "tui/cli/bench.h"

enum { BENCH_GR_ITEMS = 20, BENCH_GR_LEVELS = 4, BENCH_GR_CODES = 256 };

struct bench_model {
    const char *name, *unit;
    struct nn nn;
    struct samples samples; /* of the first users, about as many positions as were asked for */
    struct train_options train;
    double *popularity; /* sampled softmax: its negatives; else NULL */
    struct gr gr;
    int32_t *codes; /* the drawn ids, behind gr */
};

/* Data of Beauty's shape unless the options say otherwise: 22,363 users, 12,101 items, 9 items a
 * user in the mean. */
bool bench_model_data(const struct cli_args *args, struct bench_data *data,
                      struct progress *progress, struct error *err);

/* `positions`: how many of them the samples should have. A model of width 128, 4 layers, 4 heads,
 * inner 512, up to 20 items; and one of width 64, 2 layers, 2 heads, inner 256, up to 50 items. */
bool bench_model_gr(const struct bench_data *data, int64_t positions, struct bench_model *m,
                    struct error *err);
bool bench_model_sasrec(const struct bench_data *data, int64_t positions, struct bench_model *m,
                        struct error *err);
void bench_model_release(struct bench_model *m); /* a zeroed one is fine */

/* One epoch over the samples from the model's present parameters, `batch_tokens` a step. */
bool bench_model_epoch(struct bench_model *m, int32_t batch_tokens, struct bench_clock *took,
                       struct error *err);

#endif
