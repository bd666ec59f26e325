#include "analysis/run/engine.h"

#include <string.h>

#include "analysis/corpus/popularity.h"
#include "analysis/run/checkpoint.h"
#include "analysis/run/item_vectors.h"
#include "analysis/semid/kmeans.h"
#include "analysis/semid/rqvae.h"
#include "analysis/strategy/neighbours.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/files/tensors.h"

static int32_t option(const struct engine *e, enum run_option_id id)
{
    return run_options_int(&e->options, id);
}

/* ---- semantic ids ---- */

static const char no_ids[] =
    "gr needs semantic ids; these data bring none (rote import --semids), and none can be made "
    "from embeddings (--embeddings) or item texts";

static bool data_have_ids(const struct run_options *o, const struct dataset *d)
{
    return d->semid_levels > 0 && run_options_int(o, OPTION_IDS) == IDS_DATA;
}

/* Items that stand near one another in training sequences, as IIRG pairs them. */
static bool pair_items(const struct engine *e, struct neighbours *out, struct progress *progress,
                       struct error *err)
{
    enum { PAIR_WINDOW = 5, PAIR_KEEP = 5 };
    size_t n = (size_t)e->corpus->n_items;
    int64_t *pop = mem_try_array(n, sizeof *pop, "neighbours", err);
    if (pop)
        popularity_count(&e->training, pop);
    bool ok = pop && neighbours_collaborative(&e->training, pop, PAIR_WINDOW, PAIR_KEEP, out,
                                              progress, err);
    free(pop);
    return ok;
}

static bool make_rqvae_codes(struct engine *e, const float *embedding, int32_t width,
                             struct progress *progress, struct error *err)
{
    struct neighbours pairs = {0};
    struct rqvae_options o = rqvae_defaults();
    o.levels = option(e, OPTION_LEVELS);
    o.codes = option(e, OPTION_CODES);
    o.epochs = option(e, OPTION_RQVAE_EPOCHS);
    o.contrast = (float)e->options.value[OPTION_RQVAE_CONTRAST];
    o.seed = (uint64_t)option(e, OPTION_SEED);
    bool ok = o.contrast <= 0 || pair_items(e, &pairs, progress, err);
    o.neighbour = pairs.item;
    o.n_neighbours = pairs.keep;
    ok = ok &&
         rqvae_semids(embedding, e->corpus->n_items, width, &o, &e->own_codes, NULL, progress, err);
    neighbours_release(&pairs);
    return ok;
}

static bool make_kmeans_codes(struct engine *e, const float *embedding, int32_t width,
                              struct progress *progress, struct error *err)
{
    struct kmeans_options k = kmeans_defaults();
    k.levels = option(e, OPTION_LEVELS);
    k.codes = option(e, OPTION_CODES);
    k.seed = (uint64_t)option(e, OPTION_SEED);
    return kmeans_semids(embedding, e->corpus->n_items, width, &k, &e->own_codes, progress, err);
}

static bool make_codes(struct engine *e, const struct dataset *d, struct progress *progress,
                       struct error *err)
{
    struct item_vectors items;
    uint64_t seed = (uint64_t)option(e, OPTION_SEED);
    bool ok = item_vectors_init(&items, d, option(e, OPTION_EMBED_WIDTH), seed, progress, err) ||
              error_prefix(err, "%s", no_ids);
    ok = ok && (option(e, OPTION_IDS) == IDS_RQVAE ? make_rqvae_codes : make_kmeans_codes)(
                   e, items.x, items.width, progress, err);
    item_vectors_release(&items);
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
    bool ok;
    if (file_exists(path))
        ok = read_codes(e, path, err);
    else if (e->training.corpus)
        ok = make_codes(e, d, progress, err) && write_codes(e, path, err);
    else
        ok = error_set(err, ERROR_NOT_FOUND, "%s, the semantic ids of the run, is missing", path);
    e->semids.code = e->own_codes;
    free(path);
    return ok;
}

/* ---- the two models ---- */

static bool init_gr(struct engine *e, const char *dir, const struct dataset *d,
                    struct nn_config *config, struct progress *progress, struct error *err)
{
    if (data_have_ids(&e->options, d))
        e->semids = (struct semid_table){d->n_items, d->semid_levels, d->semid};
    else if (!own_codes(e, dir, d, progress, err))
        return false;
    if (!semid_check(&e->semids, NULL, err) ||
        !gr_init(&e->gr, &e->semids, option(e, OPTION_ITEMS), err))
        return false;
    *config = gr_config(&e->gr);
    e->gr.legal = option(e, OPTION_LEGAL) != 0;
    e->train.legal_offset = e->gr.trie.child;
    e->train.legal_token = e->gr.trie.token;
    return true;
}

static bool init_sasrec(struct engine *e, const struct dataset *d, struct nn_config *config,
                        struct error *err)
{
    *config = sasrec_config(d->n_items);
    config->max_position_embeddings = option(e, OPTION_ITEMS);
    e->ranking.mask_history = option(e, OPTION_MASK) != 0;
    if (d->n_items > SASREC_FULL_SOFTMAX && e->training.corpus) {
        e->popularity = sasrec_popularity(&e->training, err);
        e->train.sampled = SASREC_NEGATIVES;
        e->train.sampled_from = e->popularity;
        if (!e->popularity)
            return false;
    }
    e->train.outputs = d->n_items;
    return true;
}

/* ---- the strategy ---- */

/* Sampled softmax has neither the other terms of the loss nor a use for logq: it has its own. */
static bool fits_sampling(const struct run_options *o, const struct dataset *d, struct error *err)
{
    static const enum strategy_id full[] = {STRATEGY_UNLIKELIHOOD, STRATEGY_SMOOTH, STRATEGY_LOGQ};
    for (size_t i = 0; d->n_items > SASREC_FULL_SOFTMAX && i < ARRAY_LEN(full); i++)
        if (o->strategy.has[full[i]])
            return error_set(err, ERROR_USAGE,
                             "sasrec has a sampled softmax, with logq correction, above %d items, "
                             "and these data have %d: %s does not combine with that; train "
                             "without it, or gr",
                             SASREC_FULL_SOFTMAX, (int)d->n_items, strategy_info(full[i])->name);
    return true;
}

bool engine_fits(const struct run_options *o, const struct dataset *d, struct error *err)
{
    const char *needs = strategist_needs_embedding(&o->strategy);
    if (o->model == RUN_SASREC && !fits_sampling(o, d, err))
        return false;
    if (o->model == RUN_GR && !data_have_ids(o, d) && !item_vectors_possible(d))
        return error_set(err, ERROR_STATE, "%s", no_ids);
    return !needs || item_vectors_possible(d) || error_set(err, ERROR_STATE, "%s", needs);
}

/* gr smooths over the legal next tokens. */
static bool smooth_legal(struct engine *e, const float *items, struct error *err)
{
    if (!items)
        return true;
    e->prior = mem_try_array((size_t)e->gr.trie.n_nodes, sizeof *e->prior, "prior", err);
    if (!e->prior)
        return false;
    gr_prior(&e->gr, items, e->prior);
    e->train.prior = e->prior;
    return true;
}

/* What the run may know of the training corpus. */
static bool init_training(struct engine *e, const struct training *all, struct error *err)
{
    e->training = *all;
    if (!strategist_is_part(&e->options.strategy))
        return true;
    e->part_end = mem_try_array((size_t)all->corpus->n_users, sizeof *e->part_end, "users", err);
    if (!e->part_end)
        return false;
    strategist_part(&e->options.strategy, all, e->part_end);
    e->training.end = e->part_end;
    return edges_build(&e->training, &e->part_edges, err);
}

static bool init_strategy(struct engine *e, const struct dataset *d, const struct edges *edges,
                          struct progress *progress, struct error *err)
{
    struct item_vectors items = {0};
    struct strategist_data data = {.training = &e->training,
                                   .edges = e->part_end ? &e->part_edges : edges,
                                   .max_items = option(e, OPTION_ITEMS),
                                   .seed = e->train.seed};
    if (strategist_needs_embedding(&e->options.strategy)) {
        if (!item_vectors_init(&items, d, option(e, OPTION_EMBED_WIDTH), e->train.seed, progress,
                               err))
            return false;
        data.embedding = items.x;
        data.width = items.width;
    }
    e->strategist = strategist_new(&e->options.strategy, &data, progress, err);
    item_vectors_release(&items);
    if (!e->strategist)
        return false;
    struct strategist_loss loss = strategist_loss(e->strategist);
    e->train.smoothing = loss.smoothing;
    e->train.prior = loss.prior;
    e->train.unlikelihood = loss.unlikelihood;
    e->train.logit_bias = loss.logit_bias;
    return e->options.model != RUN_GR || !e->options.strategy.has[STRATEGY_SMOOTH] ||
           smooth_legal(e, loss.prior, err);
}

bool engine_samples(struct engine *e, int32_t epoch, const struct samples **out, struct error *err)
{
    const struct item_samples *items;
    *out = &e->samples;
    if (e->same)
        return true;
    samples_clear(&e->samples);
    if (!strategist_samples(e->strategist, epoch, &items, err) ||
        !(e->options.model == RUN_GR ? gr_encode(&e->gr, items, &e->samples, err)
                                     : sasrec_encode(items, e->corpus->n_items, &e->samples, err)))
        return false;
    e->same = !strategist_varies(e->strategist);
    return true;
}

static bool init_model(struct engine *e, const char *dir, const struct dataset *d,
                       struct nn_config *c, struct progress *progress, struct error *err)
{
    if (!(e->options.model == RUN_GR ? init_gr(e, dir, d, c, progress, err)
                                     : init_sasrec(e, d, c, err)))
        return false;
    c->hidden_size = option(e, OPTION_WIDTH);
    c->intermediate_size = option(e, OPTION_WIDTH) * option(e, OPTION_MLP);
    c->num_hidden_layers = option(e, OPTION_LAYERS);
    c->num_attention_heads = c->num_key_value_heads = option(e, OPTION_HEADS);
    c->hidden_dropout = c->attention_dropout = (float)e->options.value[OPTION_DROPOUT];
    return true;
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
                 const struct training *training, const struct edges *edges,
                 struct progress *progress, struct error *err)
{
    *e = (struct engine){.options = *options, .corpus = corpus};
    struct nn_config config;
    e->train = train_options(e);
    bool ok = engine_fits(options, dataset, err) && init_training(e, training, err) &&
              init_model(e, dir, dataset, &config, progress, err) &&
              init_strategy(e, dataset, edges, progress, err) &&
              nn_init(&e->nn, &config, e->train.seed, err);
    if (!ok)
        engine_release(e);
    return ok;
}

bool engine_init_trained(struct engine *e, const char *dir, const struct run_options *options,
                         const struct dataset *dataset, const struct corpus *corpus,
                         struct error *err)
{
    *e = (struct engine){.options = *options, .corpus = corpus};
    struct nn_config config;
    bool ok = init_model(e, dir, dataset, &config, NULL, err) &&
              nn_init(&e->nn, &config, e->train.seed, err) &&
              checkpoint_read_model(dir, &e->nn, err);
    if (!ok)
        engine_release(e);
    return ok;
}

void engine_release(struct engine *e)
{
    nn_release(&e->nn);
    strategist_free(e->strategist);
    samples_release(&e->samples);
    gr_release(&e->gr);
    free(e->own_codes);
    free(e->popularity);
    free(e->prior);
    free(e->part_end);
    edges_release(&e->part_edges);
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
