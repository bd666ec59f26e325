/* Training: it learns a planted rule; the same bits for any thread count and after a resume; errors
 * name the tensor; AdamW against the formula; groups of targets. */
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/model/sasrec.h"
#include "analysis/train/evaluate.h"
#include "analysis/train/trainer.h"

enum { ITEMS = 40, USERS = 150, LENGTH = 12 };

/* The planted rule: x is followed by 21 x + 3 mod 40 (one cycle of 40). */
struct world {
    int64_t offset[USERS + 1];
    int32_t item[USERS * LENGTH];
    struct corpus corpus;
    struct split split;
    struct samples samples;
    struct nn nn;
    struct evaluation evaluation;
    struct train_options options;
    int64_t stop_at; /* the step after which on_step fails; 0: never */
    int epochs_seen;
    struct train_epoch last;
};

static bool world_samples(void *context, int32_t epoch, const struct samples **out,
                          struct error *err)
{
    (void)epoch, (void)err;
    struct world *w = context;
    *out = &w->samples;
    return true;
}

static bool world_evaluate(void *context, const struct nn *model, struct train_epoch *out,
                           struct progress *progress, struct error *err)
{
    struct world *w = context;
    return evaluation_run(&w->evaluation, model, out, progress, err);
}

static bool world_on_epoch(void *context, const struct train_epoch *epoch, struct error *err)
{
    (void)err;
    struct world *w = context;
    w->epochs_seen++;
    w->last = *epoch;
    return true;
}

static bool world_on_step(void *context, const struct train_state *state, struct error *err)
{
    struct world *w = context;
    return state->step != w->stop_at || error_set(err, ERROR_CANCELLED, "stopped here");
}

static const struct train_task task = {NULL, world_samples, world_evaluate, world_on_epoch,
                                       world_on_step};

static struct world *world_new(int32_t epochs)
{
    struct world *w = calloc(1, sizeof *w);
    struct rng rng = rng_new(3, 1);
    for (int u = 0; u < USERS; u++) { /* 5 to 12 items */
        int32_t x = (int32_t)rng_below(&rng, ITEMS), n = 5 + u % (LENGTH - 4);
        w->offset[u + 1] = w->offset[u] + n;
        for (int i = 0; i < n; i++, x = (21 * x + 3) % ITEMS)
            w->item[w->offset[u] + i] = x;
    }
    w->corpus = (struct corpus){USERS, ITEMS, w->offset, w->item};
    assert_true(split_leave_one_out(&w->corpus, &w->split, NULL));
    struct training training = split_training(&w->split, &w->corpus, TRAINED_ON_TRAIN);
    struct item_samples items = {0};
    assert_true(item_samples_next(&training, 20, &items, NULL));
    assert_true(sasrec_encode(&items, ITEMS, &w->samples, NULL));
    item_samples_release(&items);
    struct nn_config config = sasrec_config(ITEMS);
    config.hidden_size = 32, config.intermediate_size = 64, config.num_hidden_layers = 1;
    config.max_position_embeddings = 20;
    assert_true(nn_init(&w->nn, &config, 4, NULL));
    assert_true(evaluation_init(&w->evaluation, &training, &w->split.part[PART_VALID], 1, 100, 80,
                                10, NULL));
    w->evaluation.rank = sasrec_rank;
    w->options = train_defaults();
    w->options.epochs = epochs;
    w->options.outputs = ITEMS;
    w->options.batch_tokens = 128;
    w->options.shard_tokens = 20;
    w->options.learning_rate = 4e-3f;
    w->options.warmup_steps = 10;
    return w;
}

static void world_free(struct world *w)
{
    nn_release(&w->nn);
    samples_release(&w->samples);
    evaluation_release(&w->evaluation);
    split_release(&w->split);
    free(w);
}

static struct trainer *trainer_for(struct world *w)
{
    struct train_task t = task;
    t.context = w;
    struct trainer *trainer = trainer_new(&w->nn, &w->options, &t, NULL);
    assert_non_null(trainer);
    return trainer;
}

static double test_recall1(struct world *w)
{
    enum { K = 3 };
    int32_t item[USERS * K];
    float score[USERS * K];
    const struct case_list *cases = &w->split.part[PART_TEST];
    assert_true(sasrec_rank(NULL, &w->nn, &w->corpus, cases, K, item, score, NULL, NULL));
    int hits = 0;
    for (int64_t c = 0; c < cases->n; c++) {
        hits += item[c * K] == corpus_sequence(&w->corpus, cases->user[c])[cases->position[c]];
        assert_true(score[c * K] <= 0 && score[c * K] >= score[c * K + 1]);
    }
    return (double)hits / (double)cases->n;
}

static void test_learns(void **state)
{
    (void)state;
    struct world *w = world_new(40);
    assert_true(test_recall1(w) < 0.2);
    struct trainer *t = trainer_for(w);
    assert_true(trainer_run(t, NULL, NULL));
    assert_true(test_recall1(w) > 0.9);
    assert_true(w->last.extraction > 0.9 && w->last.ndcg10 > 0.9 && w->last.loss < 2);
    assert_true(w->last.tokens_per_second > 0 && w->last.eta_seconds >= 0);
    trainer_free(t);
    world_free(w);
}

static void test_learns_sampled(void **state)
{
    (void)state;
    struct world *w = world_new(40);
    struct training training = split_training(&w->split, &w->corpus, TRAINED_ON_TRAIN);
    double *from = sasrec_popularity(&training, NULL);
    assert_true(fabs(from[ITEMS] - 1) < 1e-12);
    w->options.sampled = 20;
    w->options.sampled_from = from;
    struct trainer *t = trainer_for(w);
    assert_true(trainer_run(t, NULL, NULL));
    assert_true(test_recall1(w) > 0.9);
    trainer_free(t);
    free(from);
    world_free(w);
}

/* Parameters and moments after training with `threads`, stopped after each step of `stops` (0 ends
 * the list) and continued by a new trainer from a copy of the state. */
static float *train_bits(int threads, const int64_t *stops, size_t *n)
{
    parallel_set_threads(threads);
    struct world *w = world_new(32);
    w->options.patience = 0;
    *n = w->nn.layout.n_params;
    size_t bytes = *n * sizeof(float);
    float *out = malloc(3 * bytes), *best = malloc(bytes);
    struct train_state saved;
    for (int k = 0;; k++) {
        struct trainer *t = trainer_for(w);
        struct train_state *s = trainer_state(t);
        if (k > 0) {
            float *m = s->m, *v = s->v, *b = s->best;
            *s = saved;
            s->m = m, s->v = v, s->best = b;
            memcpy(w->nn.param, out, bytes);
            memcpy(m, out + *n, bytes);
            memcpy(v, out + 2 * *n, bytes);
            memcpy(b, best, bytes);
        }
        w->stop_at = stops[k];
        struct error err = {0};
        bool done = trainer_run(t, NULL, &err);
        assert_int_equal(done, stops[k] == 0);
        saved = *s;
        memcpy(out, w->nn.param, bytes);
        memcpy(out + *n, s->m, bytes);
        memcpy(out + 2 * *n, s->v, bytes);
        memcpy(best, s->best, bytes);
        trainer_free(t);
        if (done)
            break;
        memset(w->nn.param, 0x77, bytes);
    }
    assert_true(saved.step >= 200);
    assert_int_equal(w->epochs_seen, 32);
    free(best);
    world_free(w);
    parallel_set_threads(0);
    return out;
}

static void test_same_bits(void **state)
{
    (void)state;
    size_t n;
    static const int64_t straight[] = {0}, stops[] = {1, 7, 8, 100, 0};
    float *one = train_bits(1, straight, &n), *two = train_bits(2, straight, &n);
    float *five = train_bits(5, straight, &n), *resumed = train_bits(2, stops, &n);
    assert_memory_equal(one, two, 3 * n * sizeof *one);
    assert_memory_equal(one, five, 3 * n * sizeof *one);
    assert_memory_equal(one, resumed, 3 * n * sizeof *one);
    free(one), free(two), free(five), free(resumed);
}

static void test_early_stop_keeps_best(void **state)
{
    (void)state;
    struct world *w = world_new(50);
    w->options.patience = 2;
    w->options.learning_rate = 0; /* nothing changes: the first epoch stays the best */
    float *before = malloc(w->nn.layout.n_params * sizeof *before);
    memcpy(before, w->nn.param, w->nn.layout.n_params * sizeof *before);
    struct trainer *t = trainer_for(w);
    assert_true(trainer_run(t, NULL, NULL));
    assert_int_equal(w->epochs_seen, 3);
    assert_int_equal(trainer_state(t)->best_epoch, 0);
    assert_false(w->last.best);
    assert_memory_equal(before, w->nn.param, w->nn.layout.n_params * sizeof *before);
    trainer_free(t);
    free(before);
    world_free(w);
}

/* Without validation cases nothing is chosen and nothing stops early; extraction is measured. */
static void test_nothing_to_choose_by(void **state)
{
    (void)state;
    struct world *w = world_new(4);
    struct training training = split_training(&w->split, &w->corpus, TRAINED_ON_TRAIN_VALID);
    evaluation_release(&w->evaluation);
    assert_true(evaluation_init(&w->evaluation, &training, NULL, 1, 100, 1 << 20, 10, NULL));
    assert_int_equal(w->evaluation.valid.n, 0);
    int64_t positions = 0;
    for (int u = 0; u < USERS; u++)
        positions += training.end[u] - 1;
    assert_int_equal(w->evaluation.extraction.n, positions);
    w->evaluation.rank = sasrec_rank;
    w->options.patience = 1;
    struct trainer *t = trainer_for(w);
    assert_true(trainer_run(t, NULL, NULL));
    assert_int_equal(w->epochs_seen, 4);
    assert_int_equal(trainer_state(t)->best_epoch, 3);
    assert_true(w->last.best && isnan(w->last.recall10) && isnan(w->last.ndcg10));
    assert_true(w->last.extraction >= 0 && w->last.extraction <= 1);
    trainer_free(t);
    world_free(w);
}

static void test_errors(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    struct error err = {0};
    w->nn.param[w->nn.layout.layer[0].down + 5] = NAN;
    struct trainer *t = trainer_for(w);
    assert_false(trainer_run(t, NULL, &err));
    assert_non_null(strstr(err.text, "the gradient of model."));
    assert_non_null(strstr(err.text, "at step 1"));
    assert_int_equal(trainer_state(t)->step, 0);
    trainer_free(t);
    w->samples.target[3] = ITEMS; /* a special token is no output */
    t = trainer_for(w);
    assert_false(trainer_run(t, NULL, &err));
    assert_non_null(strstr(err.text, "token 40 is outside the vocabulary of 40"));
    trainer_free(t);
    samples_clear(&w->samples);
    t = trainer_for(w);
    assert_false(trainer_run(t, NULL, &err));
    assert_non_null(strstr(err.text, "nothing to train on"));
    static const int32_t tokens[21] = {0};
    assert_true(samples_add(&w->samples, tokens, 21, NULL));
    assert_false(trainer_run(t, NULL, &err));
    assert_non_null(strstr(err.text, "21 tokens is longer than the model's 20"));
    trainer_free(t);
    world_free(w);
}

/* The loss is a mean per group of targets, then a sum. */
static void test_groups(void **state)
{
    (void)state;
    double loss[3];
    for (int kind = 0; kind < 3; kind++) { /* group 0 alone, group 1 alone, both in one batch */
        struct world *w = world_new(1);
        w->options.batch_tokens = 1000;
        w->options.learning_rate = 0;
        w->nn.layout.config.hidden_dropout = w->nn.layout.config.attention_dropout = 0;
        struct samples mixed = {0};
        for (int i = 0; i < 9; i++) {
            uint8_t group = i < 3;
            if (kind != 2 && kind != group)
                continue;
            const int32_t *sequence = w->item + w->offset[i];
            assert_true(samples_add(&mixed, sequence, 4, NULL));
            for (int32_t k = 0; k < 4; k++)
                assert_true(samples_target(&mixed, k, sequence[k + 1], 1, group, NULL));
        }
        struct samples all = w->samples;
        w->samples = mixed;
        struct trainer *t = trainer_for(w);
        assert_true(trainer_run(t, NULL, NULL));
        loss[kind] = w->last.loss;
        trainer_free(t);
        samples_release(&all);
        world_free(w);
    }
    assert_true(fabs(loss[0] + loss[1] - loss[2]) < 1e-5);
}

static void test_adamw(void **state)
{
    (void)state;
    struct nn_config config = sasrec_config(5);
    config.hidden_size = 16, config.num_hidden_layers = 1;
    struct nn_layout l;
    assert_true(nn_layout_init(&l, &config, NULL));
    struct adamw_options o = {
        .beta1 = 0.9f, .beta2 = 0.99f, .eps = 1e-6f, .weight_decay = 0.1f, .clip = 0.5f};
    struct adamw adam;
    assert_true(adamw_init(&adam, &l, &o, NULL));
    size_t n = l.n_params;
    float *param = malloc(n * sizeof *param), *g[2];
    double *p = malloc(n * sizeof *p), *m = calloc(n, sizeof *m), *v = calloc(n, sizeof *v);
    nn_initialise(&l, 1, param);
    for (size_t i = 0; i < n; i++)
        p[i] = (double)param[i];
    g[0] = malloc(n * sizeof *g[0]), g[1] = malloc(n * sizeof *g[1]);
    for (int step = 1; step <= 3; step++) {
        struct rng rng = rng_new(9, (uint64_t)step);
        double square = 0, norm;
        for (size_t i = 0; i < n; i++) {
            g[0][i] = (float)rng_normal(&rng), g[1][i] = (float)rng_normal(&rng);
            double sum = (double)g[0][i] + (double)g[1][i];
            square += sum * sum;
        }
        for (size_t i = 0; i < n; i++) {
            double x = ((double)g[0][i] + (double)g[1][i]) * 0.5 / sqrt(square);
            m[i] = 0.9 * m[i] + 0.1 * x;
            v[i] = 0.99 * v[i] + 0.01 * x * x;
            double decay = nn_layout_tensor(&l, i)->cols ? 0.1 : 0;
            p[i] -=
                0.01 * (m[i] / (1 - pow(0.9, step)) / (sqrt(v[i] / (1 - pow(0.99, step))) + 1e-6) +
                        decay * p[i]);
        }
        assert_true(adamw_step(&adam, param, g, 2, 0.01f, &norm, NULL));
        assert_true(fabs(norm - sqrt(square)) < 1e-3);
    }
    for (size_t i = 0; i < n; i++)
        assert_true(fabs((double)param[i] - p[i]) < 2e-5);
    free(param), free(p), free(m), free(v), free(g[0]), free(g[1]);
    adamw_release(&adam);
    nn_layout_release(&l);
}

int main(void)
{
    linalg_init();
    mallopt(M_PERTURB, 0x5a);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),    cmocka_unit_test(test_learns_sampled),
        cmocka_unit_test(test_same_bits), cmocka_unit_test(test_early_stop_keeps_best),
        cmocka_unit_test(test_errors),    cmocka_unit_test(test_groups),
        cmocka_unit_test(test_adamw),     cmocka_unit_test(test_nothing_to_choose_by),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
