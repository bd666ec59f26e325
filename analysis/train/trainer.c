/* The training loop. Contract and method in trainer.h. */
#include "analysis/train/trainer.h"

#include <math.h>
#include <string.h>

#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/nn/loss.h"
#include "storage/base/clock.h"
#include "storage/base/mem.h"

enum {
    MAX_GROUPS = 8,
    GROUP_BYTES = 1 << 30, /* all gradients together */
    STREAM_ORDER = 0x6f726472,
    STREAM_DROPOUT = 0x73686472,
    STREAM_SAMPLED = 0x6e656773,
};

/* One worker's copy of a shard, and the room to work on it. */
struct worker {
    struct nn_work *work;
    float *loss; /* scratch of the loss */
    int32_t *token, *start, *drawn;
    int32_t *row, *target, *legal; /* [targets of the shard] */
    float *weight;
    int64_t *negative_offset;
    int32_t *negative;
    size_t cap_row, cap_target, cap_legal, cap_weight, cap_negative_offset, cap_negative;
};

/* A batch: samples order[begin .. end-1], cut into shards. */
struct plan {
    int64_t begin, end;
    int32_t n_shards;
    int64_t *shard;     /* [n_shards+1] indices into the order */
    size_t shard_cap;   /* room at shard */
    double *shard_loss; /* [n_shards] */
    size_t loss_cap;
    int64_t tokens;
    float group_scale[SAMPLES_MAX_GROUPS]; /* 1 / targets of the group in the batch */
};

struct trainer {
    struct nn *model;
    struct train_options options;
    struct train_task task;
    struct train_state state;
    struct adamw adam;
    int32_t n_groups, n_workers, shard_tokens;
    float *grad[MAX_GROUPS];
    struct worker *worker; /* [n_workers] */
    float *log_expected;   /* [V] for sampled softmax */
    const struct samples *samples;
    int32_t *order; /* [samples->n] */
    size_t order_cap;
    struct plan plan;
};

struct train_options train_defaults(void)
{
    return (struct train_options){
        .seed = 1,
        .epochs = 100,
        .patience = 10,
        .learning_rate = 1e-3f,
        .final_rate = 0.1f,
        .warmup_steps = 100,
        .batch_tokens = 8192,
        .shard_tokens = 1024,
        .adamw = {.beta1 = 0.9f, .beta2 = 0.98f, .eps = 1e-8f, .weight_decay = 0.01f, .clip = 1.0f},
    };
}

/* The vocabulary of the loss. */
static int32_t n_outputs(const struct trainer *t)
{
    return t->options.outputs ? t->options.outputs : t->model->layout.config.vocab_size;
}

/* ---- Making and freeing ---------------------------------------------------------------------- */

static int32_t groups_for(size_t n_params)
{
    size_t fit = GROUP_BYTES / (n_params * sizeof(float));
    return fit < 1 ? 1 : fit > MAX_GROUPS ? MAX_GROUPS : (int32_t)fit;
}

static bool worker_init(struct trainer *t, struct worker *w, struct error *err)
{
    const struct nn_config *c = &t->model->layout.config;
    int32_t longest = c->max_position_embeddings, most = t->shard_tokens + longest;
    size_t n = (size_t)most, sampled = (size_t)t->options.sampled;
    size_t scratch = sampled ? nn_sampled_scratch(t->options.sampled, c->hidden_size)
                             : nn_loss_scratch(n_outputs(t), c->hidden_size);
    w->work = nn_work_new(&t->model->layout, most, longest, true, err);
    w->loss = mem_try_array(scratch, sizeof *w->loss, "logits", err);
    w->token = mem_try_array(n, sizeof *w->token, "shard", err);
    w->start = mem_try_array(n + 1, sizeof *w->start, "shard", err);
    w->drawn = mem_try_array(sampled, sizeof *w->drawn, "shard", err);
    return w->work && w->loss && w->token && w->start && w->drawn;
}

static void worker_release(struct worker *w)
{
    nn_work_free(w->work);
    free(w->loss);
    free(w->token);
    free(w->start);
    free(w->row);
    free(w->target);
    free(w->legal);
    free(w->drawn);
    free(w->weight);
    free(w->negative_offset);
    free(w->negative);
}

/* log(n q_v) for every v; items that are never drawn get that of the rarest drawn one. */
static bool expect_samples(struct trainer *t, struct error *err)
{
    int32_t V = n_outputs(t);
    const double *from = t->options.sampled_from;
    t->log_expected = mem_try_array((size_t)V, sizeof *t->log_expected, "negatives", err);
    if (!t->log_expected)
        return false;
    double rarest = 1;
    for (int32_t v = 0; v < V; v++) {
        double q = from[v + 1] - from[v];
        rarest = q > 0 && q < rarest ? q : rarest;
    }
    for (int32_t v = 0; v < V; v++) {
        double q = from[v + 1] - from[v];
        t->log_expected[v] = (float)log((q > 0 ? q : rarest) * t->options.sampled);
    }
    return true;
}

static bool trainer_allocate(struct trainer *t, struct error *err)
{
    size_t n = t->model->layout.n_params;
    if (!adamw_init(&t->adam, &t->model->layout, &t->options.adamw, err))
        return false;
    t->state.m = t->adam.m;
    t->state.v = t->adam.v;
    t->state.best = mem_try_array(n, sizeof(float), "best parameters", err);
    if (!t->state.best)
        return false;
    memcpy(t->state.best, t->model->param, n * sizeof(float));
    t->n_groups = groups_for(n);
    for (int32_t g = 0; g < t->n_groups; g++) {
        t->grad[g] = mem_try_array(n, sizeof(float), "gradients", err);
        if (!t->grad[g])
            return false;
    }
    t->n_workers = parallel_threads() < t->n_groups ? parallel_threads() : t->n_groups;
    t->worker = mem_zalloc((size_t)t->n_workers, sizeof *t->worker);
    for (int32_t i = 0; i < t->n_workers; i++) {
        if (!worker_init(t, &t->worker[i], err))
            return false;
    }
    return t->options.sampled == 0 || expect_samples(t, err);
}

struct trainer *trainer_new(struct nn *model, const struct train_options *options,
                            const struct train_task *task, struct error *err)
{
    const struct nn_config *c = &model->layout.config;
    if (options->sampled == 0 && c->vocab_size > NN_FULL_VOCABULARY) {
        error_set(err, ERROR_USAGE, "training: a softmax over %d items needs sampled negatives",
                  (int)c->vocab_size);
        return NULL;
    }
    struct trainer *t = mem_zalloc(1, sizeof *t);
    t->model = model;
    t->options = *options;
    t->task = *task;
    t->state.best_epoch = -1;
    t->shard_tokens = options->shard_tokens > 0 ? options->shard_tokens : 1;
    if (!trainer_allocate(t, err)) {
        trainer_free(t);
        return NULL;
    }
    return t;
}

void trainer_free(struct trainer *t)
{
    if (!t)
        return;
    adamw_release(&t->adam);
    free(t->state.best);
    for (int32_t g = 0; g < MAX_GROUPS; g++)
        free(t->grad[g]);
    for (int32_t i = 0; i < t->n_workers && t->worker; i++)
        worker_release(&t->worker[i]);
    free(t->worker);
    free(t->log_expected);
    free(t->order);
    free(t->plan.shard);
    free(t->plan.shard_loss);
    free(t);
}

struct train_state *trainer_state(struct trainer *t)
{
    return &t->state;
}

/* ---- One shard: forward, loss, backward ------------------------------------------------------ */

static int64_t sample_length(const struct samples *s, int32_t sample)
{
    return s->offset[sample + 1] - s->offset[sample];
}

/* Room for n targets. */
static bool target_room(struct worker *w, size_t n, struct error *err)
{
    return mem_try_grow((void **)&w->row, &w->cap_row, n, sizeof *w->row, "shard", err) &&
           mem_try_grow((void **)&w->target, &w->cap_target, n, sizeof *w->target, "shard", err) &&
           mem_try_grow((void **)&w->legal, &w->cap_legal, n, sizeof *w->legal, "shard", err) &&
           mem_try_grow((void **)&w->weight, &w->cap_weight, n, sizeof *w->weight, "shard", err) &&
           mem_try_grow((void **)&w->negative_offset, &w->cap_negative_offset, n + 1,
                        sizeof *w->negative_offset, "shard", err);
}

static bool copy_negatives(struct worker *w, const struct samples *s, int64_t target, int32_t at,
                           struct error *err)
{
    int64_t begin = s->negative_offset[target], end = s->negative_offset[target + 1];
    size_t have = (size_t)w->negative_offset[at], count = (size_t)(end - begin);
    if (!mem_try_grow((void **)&w->negative, &w->cap_negative, have + count, sizeof *w->negative,
                      "negatives", err))
        return false;
    if (count)
        memcpy(w->negative + have, s->negative + begin, count * sizeof *w->negative);
    w->negative_offset[at + 1] = (int64_t)(have + count);
    return true;
}

/* Adds a sample's targets; its first token is number `first` of the shard. *n: targets so far. */
static bool pack_targets(const struct trainer *t, struct worker *w, int32_t sample, int32_t first,
                         int32_t *n, struct error *err)
{
    const struct samples *s = t->samples;
    int64_t begin = s->target_offset[sample], end = s->target_offset[sample + 1];
    if (!target_room(w, (size_t)*n + (size_t)(end - begin), err))
        return false;
    w->negative_offset[0] = 0;
    for (int64_t i = begin; i < end; i++, ++*n) {
        w->row[*n] = first + s->row[i];
        w->target[*n] = s->target[i];
        w->legal[*n] = s->legal ? s->legal[i] : 0;
        w->weight[*n] = s->weight[i] * t->plan.group_scale[s->group[i]];
        if (s->negative_offset && !copy_negatives(w, s, i, *n, err))
            return false;
    }
    return true;
}

/* Packs samples order[begin .. end-1] into the worker's arrays. */
static bool pack(const struct trainer *t, struct worker *w, int64_t begin, int64_t end,
                 struct nn_batch *batch, struct nn_targets *targets, struct error *err)
{
    const struct samples *s = t->samples;
    int32_t tokens = 0, n = 0;
    w->start[0] = 0;
    for (int64_t i = begin; i < end; i++) {
        int32_t sample = t->order[i], length = (int32_t)sample_length(s, sample);
        memcpy(w->token + tokens, s->token + s->offset[sample], (size_t)length * sizeof *w->token);
        if (!pack_targets(t, w, sample, tokens, &n, err))
            return false;
        tokens += length;
        w->start[i - begin + 1] = tokens;
    }
    *batch = (struct nn_batch){tokens, (int32_t)(end - begin), w->token, w->start};
    *targets = (struct nn_targets){
        .n = n,
        .row = w->row,
        .target = w->target,
        .weight = w->weight,
        .smoothing = t->options.smoothing,
        .prior = t->options.prior,
        .logit_bias = t->options.logit_bias,
        .unlikelihood = t->options.unlikelihood,
        .negative_offset = s->negative_offset ? w->negative_offset : NULL,
        .negative = w->negative,
        .legal = s->legal ? w->legal : NULL,
        .legal_offset = t->options.legal_offset,
        .legal_token = t->options.legal_token,
    };
    return true;
}

/* The number v with from[v] <= u < from[v+1]. */
static int32_t draw(const double *from, int32_t V, double u)
{
    int32_t low = 0, high = V - 1;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (u < from[middle + 1])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static double shard_loss(const struct trainer *t, struct worker *w,
                         const struct nn_targets *targets, const float *hidden, uint64_t shard,
                         float *grad)
{
    const struct nn_layout *l = &t->model->layout;
    int32_t V = n_outputs(t), D = l->config.hidden_size, n = t->options.sampled;
    const float *W = t->model->param + l->output;
    float *dW = grad + l->output, *dhidden = nn_dhidden(w->work);
    if (n == 0)
        return nn_loss(targets, V, D, hidden, W, dhidden, dW, w->loss);
    struct rng rng = rng_new(
        t->options.seed, rng_stream(rng_stream(STREAM_SAMPLED, (uint64_t)t->state.step), shard));
    for (int32_t i = 0; i < n; i++)
        w->drawn[i] = draw(t->options.sampled_from, V, rng_uniform(&rng));
    struct nn_sampled sampled = {n, w->drawn, t->log_expected};
    return nn_sampled_loss(targets, &sampled, D, hidden, W, dhidden, dW, w->loss);
}

static bool run_shard(struct trainer *t, struct worker *w, int32_t shard, float *grad,
                      struct error *err)
{
    struct nn_batch batch;
    struct nn_targets targets;
    t->plan.shard_loss[shard] = 0;
    if (t->plan.shard[shard] == t->plan.shard[shard + 1])
        return true;
    if (!pack(t, w, t->plan.shard[shard], t->plan.shard[shard + 1], &batch, &targets, err))
        return false;
    size_t D = (size_t)t->model->layout.config.hidden_size;
    uint64_t seed = rng_at(t->options.seed, rng_stream(STREAM_DROPOUT, (uint64_t)t->state.step),
                           (uint64_t)shard);
    const float *hidden = nn_forward(t->model, &batch, seed, w->work);
    memset(nn_dhidden(w->work), 0, (size_t)batch.n_tokens * D * sizeof(float));
    t->plan.shard_loss[shard] = shard_loss(t, w, &targets, hidden, (uint64_t)shard, grad);
    nn_backward(t->model, &batch, seed, w->work, grad);
    return true;
}

static bool run_groups(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct trainer *t = context;
    for (int64_t g = begin; g < end; g++) {
        memset(t->grad[g], 0, t->model->layout.n_params * sizeof(float));
        for (int32_t shard = (int32_t)g; shard < t->plan.n_shards; shard += t->n_groups) {
            if (!run_shard(t, &t->worker[worker], shard, t->grad[g], err))
                return false;
        }
    }
    return true;
}

/* ---- Batches --------------------------------------------------------------------------------- */

/* How many shards for a batch of so many tokens: as many as there are groups, so that every thread
 * has work, but fewer where they would be so short that adding up the groups would cost more than
 * it saves. Whole rounds of all groups where one round is not enough. */
static int32_t count_shards(const struct trainer *t, int64_t tokens)
{
    int32_t n = 1;
    while (2 * n <= t->n_groups && 4 * tokens >= (int64_t)3 * n * t->shard_tokens)
        n *= 2;
    if (tokens > (int64_t)n * t->shard_tokens)
        n = t->n_groups;
    while (tokens > (int64_t)n * t->shard_tokens)
        n += t->n_groups;
    return n;
}

/* Cuts the planned batch into shards of equal size: a sample belongs to the shard that its middle
 * lies in, so none is longer than its share and a whole sample. Some may be empty. */
static bool cut_shards(struct trainer *t, struct error *err)
{
    struct plan *p = &t->plan;
    p->n_shards = count_shards(t, p->tokens);
    size_t n = (size_t)p->n_shards;
    if (!mem_try_grow((void **)&p->shard, &p->shard_cap, n + 1, sizeof *p->shard, "batch", err) ||
        !mem_try_grow((void **)&p->shard_loss, &p->loss_cap, n, sizeof *p->shard_loss, "batch",
                      err))
        return false;
    int64_t before = 0;
    int32_t shard = 0;
    p->shard[0] = p->begin;
    for (int64_t i = p->begin; i < p->end; i++) {
        int64_t length = sample_length(t->samples, t->order[i]);
        int64_t in = (2 * before + length) * p->n_shards / (2 * (p->tokens > 0 ? p->tokens : 1));
        while (shard < in && shard + 1 < p->n_shards)
            p->shard[++shard] = i;
        before += length;
    }
    while (shard < p->n_shards)
        p->shard[++shard] = p->end;
    return true;
}

/* Plans the batch that begins at `begin`. */
static bool plan_batch(struct trainer *t, int64_t begin, struct error *err)
{
    const struct samples *s = t->samples;
    struct plan *p = &t->plan;
    int64_t targets[SAMPLES_MAX_GROUPS] = {0};
    p->begin = p->end = begin;
    p->tokens = 0;
    for (; p->end < s->n; p->end++) {
        int32_t sample = t->order[p->end];
        int64_t length = sample_length(s, sample);
        if (p->end > begin && p->tokens + length > t->options.batch_tokens)
            break;
        p->tokens += length;
        for (int64_t i = s->target_offset[sample]; i < s->target_offset[sample + 1]; i++)
            targets[s->group[i]]++;
    }
    for (int k = 0; k < SAMPLES_MAX_GROUPS; k++)
        p->group_scale[k] = targets[k] ? 1.0f / (float)targets[k] : 0.0f;
    return cut_shards(t, err);
}

static double learning_rate(const struct trainer *t)
{
    const struct train_options *o = &t->options;
    double done = (t->state.epoch + (double)t->plan.begin / (double)t->samples->n) / o->epochs;
    double warm = o->warmup_steps > 0 ? (double)(t->state.step + 1) / o->warmup_steps : 1;
    double cosine = 0.5 * (1 + cos(M_PI * (done < 1 ? done : 1))), low = (double)o->final_rate;
    return (double)o->learning_rate * (warm < 1 ? warm : 1) * (low + (1 - low) * cosine);
}

static bool step(struct trainer *t, struct error *err)
{
    if (!plan_batch(t, t->state.consumed, err))
        return false;
    /* Groups without a shard are neither cleared nor added. */
    int32_t groups = t->plan.n_shards < t->n_groups ? t->plan.n_shards : t->n_groups;
    if (!parallel_for(groups, 1, run_groups, t, NULL, "", "", err))
        return false;
    double loss = 0;
    for (int32_t i = 0; i < t->plan.n_shards; i++)
        loss += t->plan.shard_loss[i];
    t->adam.step = t->state.step;
    if (!adamw_step(&t->adam, t->model->param, t->grad, groups, (float)learning_rate(t), NULL, err))
        return false;
    t->state.step++;
    t->state.consumed = t->plan.end;
    t->state.loss_sum += loss;
    t->state.batches++;
    return true;
}

/* ---- Epochs ---------------------------------------------------------------------------------- */

static bool check_vocabulary(const int32_t *token, int64_t n, int32_t V, struct error *err)
{
    for (int64_t i = 0; i < n; i++) {
        if (token[i] < 0 || token[i] >= V)
            return error_set(err, ERROR_INPUT, "training: token %d is outside the vocabulary of %d",
                             (int)token[i], (int)V);
    }
    return true;
}

static bool check_samples(const struct trainer *t, struct error *err)
{
    const struct nn_config *c = &t->model->layout.config;
    const struct samples *s = t->samples;
    if (s->n == 0)
        return error_set(err, ERROR_INPUT, "training: there is nothing to train on");
    if (s->n > INT32_MAX)
        return error_set(err, ERROR_INPUT, "training: more than %d samples", INT32_MAX);
    for (int64_t i = 0; i < s->n; i++) {
        if (sample_length(s, (int32_t)i) > c->max_position_embeddings)
            return error_set(err, ERROR_INPUT,
                             "training: a sample of %lld tokens is longer than "
                             "the model's %d positions",
                             (long long)sample_length(s, (int32_t)i),
                             (int)c->max_position_embeddings);
    }
    return check_vocabulary(s->token, s->n_tokens, c->vocab_size, err) &&
           check_vocabulary(s->target, s->n_targets, n_outputs(t), err);
}

static bool begin_epoch(struct trainer *t, struct error *err)
{
    if (!t->task.samples(t->task.context, t->state.epoch, &t->samples, err) ||
        !check_samples(t, err) ||
        !mem_try_grow((void **)&t->order, &t->order_cap, (size_t)t->samples->n, sizeof *t->order,
                      "order of the samples", err))
        return false;
    for (int64_t i = 0; i < t->samples->n; i++)
        t->order[i] = (int32_t)i;
    struct rng rng = rng_new(t->options.seed, rng_stream(STREAM_ORDER, (uint64_t)t->state.epoch));
    rng_shuffle(&rng, t->order, t->samples->n);
    return true;
}

static bool run_steps(struct trainer *t, double *tokens, struct progress *progress,
                      struct error *err)
{
    while (t->state.consumed < t->samples->n) {
        double start = clock_monotonic_seconds();
        double done = t->state.epoch + (double)t->state.consumed / (double)t->samples->n;
        if (!progress_at(progress, "training", done, t->options.epochs, "epochs", err) ||
            !step(t, err))
            return false;
        *tokens += (double)t->plan.tokens;
        t->state.seconds += clock_monotonic_seconds() - start;
        if (t->task.on_step && !t->task.on_step(t->task.context, &t->state, err))
            return false;
    }
    return true;
}

static void keep_best(struct trainer *t, struct train_epoch *e)
{
    struct train_state *s = &t->state;
    e->best = isnan(e->ndcg10) || s->best_epoch < 0 || e->ndcg10 > s->best_ndcg;
    s->worse = e->best ? 0 : s->worse + 1;
    if (!e->best)
        return;
    s->best_epoch = s->epoch;
    s->best_ndcg = e->ndcg10;
    memcpy(s->best, t->model->param, t->model->layout.n_params * sizeof *s->best);
}

static bool end_epoch(struct trainer *t, double tokens, double train_seconds,
                      struct progress *progress, struct error *err)
{
    struct train_state *s = &t->state;
    struct train_epoch e = {.epoch = s->epoch + 1,
                            .recall10 = (double)NAN,
                            .ndcg10 = (double)NAN,
                            .extraction = (double)NAN,
                            .one_hop = (double)NAN};
    e.loss = s->batches ? s->loss_sum / (double)s->batches : (double)NAN;
    e.learning_rate = learning_rate(t);
    e.tokens_per_second = train_seconds > 0 ? tokens / train_seconds : (double)NAN;
    double start = clock_monotonic_seconds();
    if (t->task.evaluate && !t->task.evaluate(t->task.context, t->model, &e, progress, err))
        return false;
    s->seconds += clock_monotonic_seconds() - start;
    keep_best(t, &e);
    s->epoch++;
    s->consumed = s->batches = 0;
    s->loss_sum = 0;
    e.seconds = s->seconds;
    e.eta_seconds = s->seconds / s->epoch * (t->options.epochs - s->epoch);
    return !t->task.on_epoch || t->task.on_epoch(t->task.context, &e, err);
}

bool trainer_run(struct trainer *t, struct progress *progress, struct error *err)
{
    const struct train_options *o = &t->options;
    while (t->state.epoch < o->epochs && (o->patience == 0 || t->state.worse < o->patience)) {
        double tokens = 0, before = t->state.seconds;
        if (!begin_epoch(t, err) || !run_steps(t, &tokens, progress, err) ||
            !end_epoch(t, tokens, t->state.seconds - before, progress, err))
            return false;
    }
    if (t->state.best_epoch >= 0)
        memcpy(t->model->param, t->state.best, t->model->layout.n_params * sizeof(float));
    return true;
}
