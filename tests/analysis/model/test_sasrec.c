/* Full ranking over a catalogue of several blocks, against scores one by one in double. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/math/rng.h"
#include "analysis/model/sasrec.h"

enum { ITEMS = 5000, USERS = 70, LENGTH = 6, DEPTH = 20, D = 16 };

struct world {
    struct nn nn;
    int64_t offset[USERS + 1];
    int32_t item[USERS * LENGTH], user[USERS], position[USERS];
    struct corpus corpus;
    struct case_list cases;
};

static void world_init(struct world *w)
{
    struct nn_config config = sasrec_config(ITEMS);
    config.hidden_size = D, config.intermediate_size = 2 * D, config.num_hidden_layers = 1;
    assert_true(nn_init(&w->nn, &config, 3, NULL));
    for (size_t i = 0; i < (size_t)ITEMS * D; i++) /* scores far enough apart to rank by them */
        w->nn.param[(size_t)w->nn.layout.embed + i] *= 40;
    struct rng rng = rng_new(5, 1);
    for (int u = 0; u < USERS; u++) {
        w->offset[u] = u * LENGTH;
        w->user[u] = u;
        w->position[u] = u % LENGTH; /* some have no history */
        for (int i = 0; i < LENGTH; i++)
            w->item[u * LENGTH + i] = (int32_t)rng_below(&rng, ITEMS);
    }
    w->offset[USERS] = USERS * LENGTH;
    w->corpus = (struct corpus){USERS, ITEMS, w->offset, w->item};
    w->cases = (struct case_list){USERS, w->user, w->position};
}

/* The logits of a case in double; returns the log of the sum of their exponentials. */
static double naive_logits(const struct world *w, int64_t c, struct nn_work *work, double *z)
{
    int32_t n = w->position[c], start[2] = {0, n};
    struct nn_batch batch = {n, 1, w->item + c * LENGTH, start};
    const float *h = nn_forward(&w->nn, &batch, 0, work) + (size_t)(n - 1) * D;
    double sum = 0;
    for (int v = 0; v < ITEMS; v++) {
        z[v] = 0;
        for (int j = 0; j < D; j++)
            z[v] += (double)h[j] *
                    (double)w->nn.param[(size_t)w->nn.layout.output + (size_t)v * D + (size_t)j];
        sum += exp(z[v]);
    }
    return log(sum);
}

static void check_case(const struct world *w, int64_t c, bool mask, struct nn_work *work,
                       const int32_t *item, const float *score)
{
    static double z[ITEMS];
    double total = naive_logits(w, c, work, z), last = (double)INFINITY;
    for (int i = 0; i < w->position[c] && mask; i++)
        z[w->item[c * LENGTH + i]] = (double)-INFINITY;
    for (int k = 0; k < DEPTH; k++) {
        assert_in_range(item[k], 0, ITEMS - 1);
        assert_true(fabs((double)score[k] - (z[item[k]] - total)) < 1e-4);
        assert_true((double)score[k] <= last);
        last = (double)score[k];
        z[item[k]] = (double)-INFINITY; /* listed once */
    }
    for (int v = 0; v < ITEMS; v++) /* nothing better was left out */
        assert_true(z[v] - total < last + 1e-4);
}

static void test_ranking(void **state)
{
    (void)state;
    static struct world w;
    static int32_t item[USERS * DEPTH], alone[DEPTH];
    static float score[USERS * DEPTH], alone_score[DEPTH];
    world_init(&w);
    struct nn_work *work = nn_work_new(&w.nn.layout, LENGTH, LENGTH, false, NULL);
    for (int mask = 0; mask < 2; mask++) {
        struct sasrec_ranking options = {mask != 0};
        assert_true(
            sasrec_rank(&options, &w.nn, &w.corpus, &w.cases, DEPTH, item, score, NULL, NULL));
        for (int64_t c = 0; c < USERS; c++) {
            struct case_list one = {1, w.user + c, w.position + c};
            assert_true(sasrec_rank(&options, &w.nn, &w.corpus, &one, DEPTH, alone, alone_score,
                                    NULL, NULL));
            assert_memory_equal(alone, item + c * DEPTH, sizeof alone);
            assert_memory_equal(alone_score, score + c * DEPTH, sizeof alone_score);
            if (w.position[c] == 0)
                assert_int_equal(alone[0], -1);
            else if (c % 7 < 3)
                check_case(&w, c, mask != 0, work, alone, alone_score);
        }
    }
    nn_work_free(work);
    nn_release(&w.nn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
