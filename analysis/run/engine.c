#include "analysis/run/engine.h"

#include <string.h>

#include "analysis/embed/tfidf.h"
#include "analysis/semid/kmeans.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/files/tensors.h"

static int32_t option(const struct engine *e, enum run_option_id id)
{
    return run_options_int(&e->options, id);
}

/* ---- semantic ids ---- */

static bool make_codes(struct engine *e, const struct dataset *d, struct progress *progress,
                       struct error *err)
{
    int32_t width = option(e, OPTION_EMBED_WIDTH);
    uint64_t seed = (uint64_t)option(e, OPTION_SEED);
    const struct strtab *text[] = {&d->title, &d->category};
    float *embedding =
        mem_try_array((size_t)d->n_items * (size_t)width, sizeof *embedding, "embeddings", err);
    bool ok = embedding != NULL;
    if (ok && !embed_text(text, ARRAY_LEN(text), d->n_items, width, seed, embedding, progress, err))
        ok = error_prefix(err, "gr needs semantic ids; these data bring none (rote import "
                               "--semids), and none can be made from the item texts");
    struct kmeans_options k = kmeans_defaults();
    k.levels = option(e, OPTION_LEVELS);
    k.codes = kmeans_codes(option(e, OPTION_CODES), d->n_items);
    k.seed = seed;
    ok = ok && kmeans_semids(embedding, d->n_items, width, &k, &e->own_codes, progress, err);
    free(embedding);
    return ok;
}

static bool write_codes(const struct engine *e, const char *path, struct error *err)
{
    const struct tensor list[] = {
        {"semid", TENSOR_I32, 2, {e->semids.n_items, e->semids.levels}, 0, e->own_codes, 0}};
    const char *const meta[] = {"format", "rote-semid-1", NULL};
    return tensors_write(path, list, 1, meta, err);
}

static bool read_codes(struct engine *e, const char *path, struct error *err)
{
    int64_t n = (int64_t)e->semids.n_items * e->semids.levels;
    struct tensors *file = tensors_open(path, err);
    const int32_t *code = file ? tensors_array(file, "semid", TENSOR_I32, n, err) : NULL;
    e->own_codes = code ? mem_try_array((size_t)n, sizeof *code, "semantic ids", err) : NULL;
    if (e->own_codes)
        memcpy(e->own_codes, code, (size_t)n * sizeof *code);
    tensors_close(file);
    return e->own_codes != NULL;
}

static bool own_codes(struct engine *e, const char *dir, const struct dataset *d,
                      struct progress *progress, struct error *err)
{
    char *path = path_join(dir, "semid.safetensors");
    e->semids = (struct semid_table){d->n_items, option(e, OPTION_LEVELS) + 1, NULL};
    bool ok = file_exists(path) ? read_codes(e, path, err)
                                : make_codes(e, d, progress, err) && write_codes(e, path, err);
    e->semids.code = e->own_codes;
    free(path);
    return ok;
}

/* ---- the two models ---- */

static bool init_gr(struct engine *e, const char *dir, const struct dataset *d,
                    struct nn_config *config, struct progress *progress, struct error *err)
{
    if (d->semid_levels > 0 && !option(e, OPTION_OWN_IDS))
        e->semids = (struct semid_table){d->n_items, d->semid_levels, d->semid};
    else if (!own_codes(e, dir, d, progress, err))
        return false;
    if (!semid_check(&e->semids, NULL, err) ||
        !gr_init(&e->gr, &e->semids, option(e, OPTION_ITEMS), err))
        return false;
    *config = gr_config(&e->gr);
    return gr_samples(&e->gr, &e->training, &e->samples, err);
}

static bool init_sasrec(struct engine *e, const struct dataset *d, struct nn_config *config,
                        struct error *err)
{
    *config = sasrec_config(d->n_items);
    config->max_position_embeddings = option(e, OPTION_ITEMS);
    e->ranking.mask_history = option(e, OPTION_MASK) != 0;
    if (d->n_items > SASREC_FULL_SOFTMAX) {
        e->popularity = sasrec_popularity(&e->training, err);
        e->train.sampled = SASREC_NEGATIVES;
        e->train.sampled_from = e->popularity;
        if (!e->popularity)
            return false;
    }
    return sasrec_samples(&e->training, config->max_position_embeddings, &e->samples, err);
}

static void shape(const struct engine *e, struct nn_config *c)
{
    c->hidden_size = option(e, OPTION_WIDTH);
    c->intermediate_size = option(e, OPTION_WIDTH) * option(e, OPTION_MLP);
    c->num_hidden_layers = option(e, OPTION_LAYERS);
    c->num_attention_heads = c->num_key_value_heads = option(e, OPTION_HEADS);
    c->hidden_dropout = c->attention_dropout = (float)e->options.value[OPTION_DROPOUT];
}

static struct train_options train_options(const struct engine *e)
{
    struct train_options t = train_defaults();
    t.seed = (uint64_t)option(e, OPTION_SEED);
    t.epochs = option(e, OPTION_EPOCHS);
    t.patience = option(e, OPTION_PATIENCE);
    t.learning_rate = (float)e->options.value[OPTION_LEARNING_RATE];
    t.warmup_steps = option(e, OPTION_WARMUP);
    t.batch_tokens = option(e, OPTION_BATCH_TOKENS);
    t.adamw.weight_decay = (float)e->options.value[OPTION_WEIGHT_DECAY];
    return t;
}

bool engine_init(struct engine *e, const char *dir, const struct run_options *options,
                 const struct dataset *dataset, const struct corpus *corpus,
                 const struct training *training, struct progress *progress, struct error *err)
{
    *e = (struct engine){.options = *options, .corpus = corpus, .training = *training};
    struct nn_config config;
    e->train = train_options(e);
    bool ok = options->model == RUN_GR ? init_gr(e, dir, dataset, &config, progress, err)
                                       : init_sasrec(e, dataset, &config, err);
    if (ok)
        shape(e, &config);
    ok = ok && nn_init(&e->nn, &config, e->train.seed, err);
    if (!ok)
        engine_release(e);
    return ok;
}

void engine_release(struct engine *e)
{
    nn_release(&e->nn);
    samples_release(&e->samples);
    gr_release(&e->gr);
    free(e->own_codes);
    free(e->popularity);
    *e = (struct engine){0};
}

rank_fn engine_rank(struct engine *e, int32_t beam, void **context)
{
    if (e->options.model == RUN_GR) {
        e->gr.beam = beam;
        *context = &e->gr;
        return gr_rank;
    }
    *context = &e->ranking;
    return sasrec_rank;
}
