/* Models for benchmarks. Contract in bench_model.h. */
#include "tui/cli/bench_model.h"

#include <math.h>
#include <string.h>

#include "analysis/math/rng.h"
#include "storage/base/mem.h"

enum { STREAM_CODES = 0x636f6465 };

bool bench_model_data(const struct cli_args *args, struct bench_data *data,
                      struct progress *progress, struct error *err)
{
    const struct synthetic beauty = {
        .n_users = 22363, .n_items = 12101, .length = 9, .skew = 0.6, .varied = true};
    return bench_data_load_like(args, &beauty, data, progress, err);
}

/* Keeps the first samples that together have at least `positions` positions. */
static void keep_first(struct samples *s, int64_t positions)
{
    while (s->n > 1 && s->offset[s->n - 1] >= positions)
        s->n--;
    s->n_tokens = s->n ? s->offset[s->n] : 0;
    s->n_targets = s->n ? s->target_offset[s->n] : 0;
}

static bool finish(struct bench_model *m, const struct nn_config *config, uint64_t seed,
                   int64_t positions, struct error *err)
{
    keep_first(&m->samples, positions);
    if (m->samples.n_targets == 0)
        return error_set(err, ERROR_INPUT, "these data have no sequence to train %s on", m->name);
    m->train = train_defaults();
    m->train.seed = seed;
    m->train.epochs = 1;
    return nn_init(&m->nn, config, seed, err);
}

/* Ids are drawn so that some prefixes are crowded, about as learned ids are: of Beauty's 12,101
 * items the ids of LETTER have 197, 7,931 and 11,696 distinct prefixes of 1, 2 and 3 levels. */
static bool draw_codes(int32_t n_items, uint64_t seed, int32_t **codes, struct error *err)
{
    size_t n = (size_t)n_items * BENCH_GR_LEVELS;
    *codes = mem_try_array(n, sizeof **codes, "semantic ids", err);
    for (size_t i = 0; *codes && i < n; i++) {
        double u = (double)(rng_at(seed, STREAM_CODES, i) >> 11) * 0x1p-53;
        (*codes)[i] = (int32_t)(BENCH_GR_CODES * pow(u, 1.7));
    }
    return *codes != NULL;
}

bool bench_model_gr(const struct bench_data *data, int64_t positions, struct bench_model *m,
                    struct error *err)
{
    *m = (struct bench_model){.name = "gr", .unit = "tokens"};
    struct semid_table table = data->semids;
    struct training training = split_training(&data->split, &data->corpus, TRAINED_ON_TRAIN);
    bool ok = true;
    if (table.levels == 0) {
        ok = draw_codes(data->corpus.n_items, data->seed, &m->codes, err);
        table = (struct semid_table){data->corpus.n_items, BENCH_GR_LEVELS, m->codes};
    }
    struct item_samples items = {0};
    ok = ok && gr_init(&m->gr, &table, BENCH_GR_ITEMS, err) &&
         item_samples_next(&training, BENCH_GR_ITEMS, &items, err) &&
         gr_encode(&m->gr, &items, &m->samples, err);
    item_samples_release(&items);
    struct nn_config config = gr_config(&m->gr);
    ok = ok && finish(m, &config, data->seed, positions, err);
    if (!ok)
        bench_model_release(m);
    return ok;
}

bool bench_model_sasrec(const struct bench_data *data, int64_t positions, struct bench_model *m,
                        struct error *err)
{
    *m = (struct bench_model){.name = "sasrec", .unit = "targets"};
    struct nn_config config = sasrec_config(data->corpus.n_items);
    struct training training = split_training(&data->split, &data->corpus, TRAINED_ON_TRAIN);
    struct item_samples items = {0};
    bool ok = item_samples_next(&training, config.max_position_embeddings, &items, err) &&
              sasrec_encode(&items, data->corpus.n_items, &m->samples, err) &&
              finish(m, &config, data->seed, positions, err);
    item_samples_release(&items);
    m->train.outputs = data->corpus.n_items;
    if (ok && data->corpus.n_items > SASREC_FULL_SOFTMAX) {
        m->popularity = sasrec_popularity(&training, err);
        m->train.sampled = SASREC_NEGATIVES;
        m->train.sampled_from = m->popularity;
        ok = m->popularity != NULL;
    }
    if (!ok)
        bench_model_release(m);
    return ok;
}

void bench_model_release(struct bench_model *m)
{
    nn_release(&m->nn);
    samples_release(&m->samples);
    gr_release(&m->gr);
    free(m->codes);
    free(m->popularity);
    *m = (struct bench_model){0};
}

static bool same_samples(void *context, int32_t epoch, const struct samples **out,
                         struct error *err)
{
    (void)epoch, (void)err;
    *out = &((struct bench_model *)context)->samples;
    return true;
}

bool bench_model_epoch(struct bench_model *m, int32_t batch_tokens, struct bench_clock *took,
                       struct error *err)
{
    struct train_task task = {.context = m, .samples = same_samples};
    struct train_options options = m->train;
    options.batch_tokens = batch_tokens;
    struct trainer *trainer = trainer_new(&m->nn, &options, &task, err);
    if (!trainer)
        return false;
    struct bench_clock start = bench_start();
    bool ok = trainer_run(trainer, NULL, err);
    *took = bench_since(start);
    trainer_free(trainer);
    return ok;
}
