/* RQ-VAE: gradients against finite differences and by hand, planted clusters, contrast, restarts,
 * the same bits for any number of threads, errors. */
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

#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/semid/rqvae.h"
#include "tests/analysis/semid/naive_rqvae.h"

/* ---- Gradients ---- */

struct small {
    struct rqvae_net net;
    struct rqvae_batch batch;
    double *param;
    float *grad;
};

static void small_init(struct small *s, const struct rqvae_shape *shape)
{
    assert_true(rqvae_net_init(&s->net, shape, 3, NULL));
    assert_true(rqvae_batch_init(&s->batch, &s->net, NAIVE_ROWS, 5, NULL));
    size_t n = s->net.layout.n_params;
    s->param = malloc(n * sizeof *s->param);
    s->grad = malloc(n * sizeof *s->grad);
    struct rng rng = rng_new(9, 1);
    for (size_t i = 0; i < n; i++) {
        s->net.param[i] += (float)(0.3 * rng_normal(&rng));
        s->param[i] = (double)s->net.param[i];
    }
    for (int i = 0; i < NAIVE_ROWS * shape->width; i++)
        s->batch.out[0][i] = (float)rng_normal(&rng);
}

static void small_release(struct small *s)
{
    rqvae_batch_release(&s->batch);
    rqvae_net_release(&s->net);
    free(s->param);
    free(s->grad);
}

static void expect_gradient(const struct rqvae_shape *shape, int32_t n, int32_t n_pairs)
{
    /* partners 20, 21, 2: the last stands in row 2 itself; two pairs share their partner */
    static const int32_t item[NAIVE_ROWS] = {1, 2, 3, 4, 5, 6, 7, 20, 21, 2, 21, 22};
    const struct rqvae_weights weights = {0.25f, 0.7f, 0.5f};
    struct small s;
    struct naive_frozen frozen;
    struct rqvae_loss loss, want;
    small_init(&s, shape);
    memcpy(s.batch.item, item, sizeof item);
    s.batch.n = n;
    s.batch.n_pairs = n_pairs;
    assert_true(rqvae_gradient(&s.net, &s.batch, &weights, s.grad, &loss, NULL));
    const float *x = s.batch.out[0];
    naive_freeze(&s.net, s.param, x, n, &frozen);
    for (int32_t i = 0; i < n; i++)
        for (int32_t l = 0; l < shape->levels; l++)
            assert_int_equal(s.batch.code[i * shape->levels + l], frozen.code[i][l]);
    naive_loss(&s.net, s.param, x, item, n, n_pairs, &weights, &frozen, &want);
    assert_true(fabs(loss.reconstruction - want.reconstruction) < 1e-5);
    assert_true(fabs(loss.quantisation - want.quantisation) < 1e-5);
    assert_true(fabs(loss.contrast - want.contrast) < 1e-5);
    for (size_t i = 0; i < s.net.layout.n_params; i++) {
        double at = s.param[i], h = 1e-5;
        s.param[i] = at + h;
        double up = naive_loss(&s.net, s.param, x, item, n, n_pairs, &weights, &frozen, NULL);
        s.param[i] = at - h;
        double down = naive_loss(&s.net, s.param, x, item, n, n_pairs, &weights, &frozen, NULL);
        s.param[i] = at;
        double slope = (up - down) / (2 * h);
        if (!(fabs(slope - (double)s.grad[i]) < 1e-5 + 1e-4 * fabs(slope)))
            fail_msg("%s: gradient %g, slope %g", nn_layout_tensor(&s.net.layout, i)->name,
                     (double)s.grad[i], slope);
    }
    small_release(&s);
}

static void gradients_equal_slopes(void **state)
{
    (void)state;
    static const struct rqvae_shape deep = {
        .width = 10, .n_hidden = 2, .hidden = {7, 5}, .latent = 4, .levels = 3, .codes = 3};
    static const struct rqvae_shape flat = {.width = 3, .latent = 6, .levels = 1, .codes = 4};
    expect_gradient(&deep, 7, 5);
    expect_gradient(&deep, 7, 1);
    expect_gradient(&deep, 11, 0);
    expect_gradient(&flat, 7, 3);
}

/* z = 2 x, codes 1 and 5, x^ = 3 (z + sg(e - z)). x = 3: z = 6, e = 5, x^ = 15.
 * dx^ = 2 (15 - 3) = 24; straight through: dz = 24 * 3 + beta * 2 (6 - 5); de = 2 (5 - 6). */
static void straight_through_by_hand(void **state)
{
    (void)state;
    static const struct rqvae_shape one = {.width = 1, .latent = 1, .levels = 1, .codes = 2};
    static const float param[] = {2, 0, 3, 0, 1, 5};
    static const float want[] = {72.5f * 3, 72.5f, 24 * 5, 24, 0, -2};
    const struct rqvae_weights weights = {.beta = 0.25f};
    struct small s;
    struct rqvae_loss loss;
    small_init(&s, &one);
    assert_int_equal(s.net.layout.n_params, 6);
    memcpy(s.net.param, param, sizeof param);
    s.batch.out[0][0] = 3;
    s.batch.n = 1;
    s.batch.n_pairs = 0;
    assert_true(rqvae_gradient(&s.net, &s.batch, &weights, s.grad, &loss, NULL));
    assert_int_equal(s.batch.code[0], 1);
    for (int i = 0; i < 6; i++)
        assert_true(fabsf(s.grad[i] - want[i]) <= 0);
    assert_true(fabs(loss.reconstruction - 144) <= 0 && fabs(loss.quantisation - 1) <= 0);
    small_release(&s);
}

/* ---- Ids ---- */

/* 8 planted clusters of 40 points, each of two halves a little apart. */
enum { N = 320, WIDTH = 12, LEVELS = 2 };
static void planted(float *x)
{
    struct rng rng = rng_new(5, 5);
    double centre[8][WIDTH], half[2][WIDTH];
    for (int c = 0; c < 8; c++)
        for (int j = 0; j < WIDTH; j++)
            centre[c][j] = 3 * rng_normal(&rng);
    for (int c = 0; c < 2; c++)
        for (int j = 0; j < WIDTH; j++)
            half[c][j] = 0.5 * rng_normal(&rng);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < WIDTH; j++)
            x[i * WIDTH + j] =
                (float)(7 + centre[i % 8][j] + half[i / 8 % 2][j] + 0.01 * rng_normal(&rng));
}

static struct rqvae_options small_options(void)
{
    struct rqvae_options o = rqvae_defaults();
    o.levels = LEVELS;
    o.codes = 8;
    o.n_hidden = 1;
    o.hidden[0] = 24;
    o.latent = 8;
    o.epochs = 40;
    o.batch = 100; /* 3 batches and a smaller one */
    o.learning_rate = 5e-3f;
    return o;
}

static int32_t *make(const float *x, const struct rqvae_options *o, struct rqvae_report *report)
{
    int32_t *code;
    struct error err = {0};
    if (!rqvae_semids(x, N, WIDTH, o, &code, report, NULL, &err))
        fail_msg("%s", err.text);
    return code;
}

static void clusters_are_found(void **state)
{
    (void)state;
    static float x[N * WIDTH];
    planted(x);
    struct rqvae_options o = small_options();
    struct rqvae_report report;
    int32_t *code = make(x, &o, &report);
    struct semid_table t = {N, LEVELS + 1, code};
    int together = 0, apart = 0, pairs = 0, others = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) {
            const int32_t *a = semid_of(&t, i), *b = semid_of(&t, j);
            assert_true(a[0] != b[0] || a[1] != b[1] || a[2] != b[2]); /* ids are unique */
            if (i % 8 == j % 8)
                pairs++, together += a[0] == b[0];
            else
                others++, apart += a[0] != b[0];
        }
    }
    assert_true(together > 0.85 * pairs);
    assert_true(apart > 0.85 * others);
    assert_true(report.last.reconstruction < 0.1 * report.first.reconstruction);
    assert_true(report.last.reconstruction < 0.3); /* of a variance of 1 */
    parallel_set_threads(1);
    int32_t *again = make(x, &o, &report);
    parallel_set_threads(0);
    assert_memory_equal(code, again, sizeof *code * N * (LEVELS + 1));
    free(again);
    o.seed = 2;
    again = make(x, &o, NULL);
    assert_memory_not_equal(code, again, sizeof *code * N * (LEVELS + 1));
    free(again);
    free(code);
}

/* Share of the items that have the first code of the item next to them. */
static double share_with_next(const struct rqvae_options *o, const float *x)
{
    int32_t *code = make(x, o, NULL);
    int same = 0;
    for (int i = 0; i < N; i++)
        same += code[i * (LEVELS + 1)] == code[(i ^ 1) * (LEVELS + 1)];
    free(code);
    return (double)same / N;
}

/* Items 2k and 2k + 1 are of different clusters; told that they go together, they share a code. */
static void contrast_draws_neighbours_together(void **state)
{
    (void)state;
    static float x[N * WIDTH];
    static int32_t neighbour[N][2];
    planted(x);
    for (int i = 0; i < N; i++) {
        neighbour[i][0] = i % 8 == 7 ? -1 : i ^ 1; /* some items have none of their own */
        neighbour[i][1] = -1;
    }
    struct rqvae_options o = small_options();
    o.contrast = 2;
    o.codes = 4;
    o.n_neighbours = 2;
    double without = share_with_next(&o, x);
    o.neighbour = &neighbour[0][0];
    double with = share_with_next(&o, x);
    assert_true(with > 0.75 && with > without + 0.2);
    o.contrast = 0;
    assert_true(fabs(share_with_next(&o, x) - without) <= 0); /* nothing else changes */
}

/* 5 different points over and over: no more than 5 codes of the first level can be in use, so the
 * others are restarted again and again, and the fifth numbering makes the ids differ. */
static void dead_codes_restart(void **state)
{
    (void)state;
    static float x[N * WIDTH];
    planted(x);
    for (int i = 5; i < N; i++)
        memcpy(x + i * WIDTH, x + i % 5 * WIDTH, WIDTH * sizeof *x);
    struct rqvae_options o = small_options();
    o.epochs = 20;
    struct rqvae_report report;
    int32_t *code = make(x, &o, &report);
    assert_true(report.restarted >= 3 * 18 && report.restarted <= 16 * 18);
    struct semid_table t = {N, LEVELS + 1, code};
    struct semid_quality q;
    assert_true(semid_measure(&t, NULL, 0, 0, 1, &q, NULL));
    assert_int_equal(q.colliding, 0);
    assert_true(q.used[0] <= 5 && q.size[LEVELS] >= N / 5);
    free(code);
}

static void few_or_equal_items(void **state)
{
    (void)state;
    static float x[N * WIDTH];
    struct rqvae_options o = small_options();
    o.epochs = 2;
    int32_t *code = make(x, &o, NULL); /* all zero: nothing to tell apart */
    for (int i = 0; i < N; i++)
        assert_int_equal(code[i * (LEVELS + 1) + LEVELS], i);
    free(code);
    for (int n = 1; n < 6; n++) {
        assert_true(rqvae_semids(x, n, WIDTH, &o, &code, NULL, NULL, NULL));
        assert_int_equal(code[(n - 1) * (LEVELS + 1) + LEVELS], n - 1);
        free(code);
    }
}

/* ---- Errors ---- */

static void expect_error(const float *x, const struct rqvae_options *o, struct progress *progress,
                         enum error_code kind, const char *says)
{
    struct error err = {0};
    int32_t *code;
    assert_false(rqvae_semids(x, N, WIDTH, o, &code, NULL, progress, &err));
    assert_null(code);
    assert_int_equal(err.code, kind);
    if (!strstr(err.text, says))
        fail_msg("%s", err.text);
}

static void cancel_at_3(void *context, const char *what, double done, double total,
                        const char *unit)
{
    (void)what, (void)total, (void)unit;
    if (done >= 3)
        ((struct progress *)context)->cancel = true;
}

static void errors_say_what_to_do(void **state)
{
    (void)state;
    static float x[N * WIDTH];
    planted(x);
    struct rqvae_options o = small_options();
    struct progress progress = {.report = cancel_at_3};
    progress.context = &progress;
    expect_error(x, &o, &progress, ERROR_CANCELLED, "");
    o.learning_rate = 1e30f;
    expect_error(x, &o, NULL, ERROR_STATE, "lower learning rate");
    o = small_options();
    o.levels = 16;
    expect_error(x, &o, NULL, ERROR_USAGE, "16 levels");
    o = small_options();
    o.latent = 0;
    expect_error(x, &o, NULL, ERROR_USAGE, "latent vector of 0");
    o = small_options();
    x[5 * WIDTH + 2] = NAN;
    expect_error(x, &o, NULL, ERROR_INPUT, "number 3 of the embedding of item 6");
}

int main(void)
{
    mallopt(M_PERTURB, 0x5a);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_equal_slopes),
        cmocka_unit_test(straight_through_by_hand),
        cmocka_unit_test(clusters_are_found),
        cmocka_unit_test(contrast_draws_neighbours_together),
        cmocka_unit_test(dead_codes_restart),
        cmocka_unit_test(few_or_equal_items),
        cmocka_unit_test(errors_say_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
