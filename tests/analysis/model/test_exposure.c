/* Ranks of canaries' ends: among the whole catalogue, against every item scored one by one; from a
 * sample, close to them. */
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
#include "analysis/math/rng.h"
#include "analysis/model/exposure.h"
#include "analysis/model/item_score.h"
#include "analysis/model/sasrec.h"

enum { CANARIES = 12, LENGTH = 4, ITEMS = 50, LEVELS = 2, CODES = 6 };

static int64_t offset[CANARIES + 1];
static int32_t sequence[CANARIES * LENGTH], code[ITEMS * LEVELS];
static const struct corpus canaries = {CANARIES, ITEMS, offset, sequence};
static const struct semid_table table = {ITEMS, LEVELS, code};
static struct gr gr;
static struct nn of_sasrec, of_gr;

static void make_model(struct nn_config c, struct nn *nn)
{
    c.hidden_size = 16, c.intermediate_size = 24, c.num_hidden_layers = 1;
    c.num_attention_heads = c.num_key_value_heads = 2;
    assert_true(nn_init(nn, &c, 8, NULL));
    for (size_t i = 0; i < nn->layout.n_params; i++)
        nn->param[i] *= 12; /* spread probabilities out */
}

/* 36 ids for 50 items: some are shared, some items have none. */
static int setup(void **state)
{
    (void)state;
    linalg_init();
    struct rng rng = rng_new(4, 1);
    for (int i = 0; i < CANARIES * LENGTH; i++)
        sequence[i] = (int32_t)rng_below(&rng, ITEMS);
    for (int c = 0; c <= CANARIES; c++)
        offset[c] = c * LENGTH;
    for (int i = 0; i < ITEMS; i++) {
        bool missing = rng_below(&rng, 9) == 0;
        for (int l = 0; l < LEVELS; l++)
            code[i * LEVELS + l] = missing ? -1 : (int32_t)rng_below(&rng, CODES);
    }
    assert_true(gr_init(&gr, &table, LENGTH, NULL));
    make_model(sasrec_config(ITEMS), &of_sasrec);
    make_model(gr_config(&gr), &of_gr);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    gr_release(&gr);
    nn_release(&of_sasrec);
    nn_release(&of_gr);
    return 0;
}

/* Every item behind the canary's prefix. */
static void score_all(int c, bool with_gr, double logp[ITEMS])
{
    struct item_samples s = {0};
    for (int32_t v = 0; v < ITEMS; v++) {
        struct item_target target = {LENGTH - 1, v, 1, TASK_NEXT_ITEM};
        assert_true(
            item_samples_add(&s, TASK_NEXT_ITEM, 0, sequence + c * LENGTH, LENGTH - 1, NULL) &&
            item_samples_target(&s, target, NULL));
    }
    assert_true(with_gr ? gr_score(&gr, &of_gr, &s, logp, NULL, NULL)
                        : sasrec_score(&of_sasrec, ITEMS, &s, logp, NULL, NULL, NULL));
    item_samples_release(&s);
}

/* Equal scores, as those of a shared id, in the order of items. */
static double naive_rank(int c, bool with_gr)
{
    double logp[ITEMS], rank = 1;
    int32_t own = sequence[c * LENGTH + LENGTH - 1];
    score_all(c, with_gr, logp);
    if (isnan(logp[own]))
        return (double)NAN;
    for (int v = 0; v < ITEMS; v++) {
        bool equal = fabs(logp[v] - logp[own]) < 1e-9;
        rank += equal ? v < own : logp[v] > logp[own];
    }
    return rank;
}

static void check(const double *ranks, bool with_gr)
{
    int ranked = 0;
    for (int c = 0; c < CANARIES; c++) {
        double want = naive_rank(c, with_gr);
        assert_int_equal(isnan(want), isnan(ranks[c]));
        ranked += !isnan(want);
        assert_true(isnan(want) || fabs(want - ranks[c]) < 1e-9);
    }
    assert_true(ranked > CANARIES / 2);
}

static void whole_lists(void **state)
{
    (void)state;
    double ranks[CANARIES];
    assert_true(exposure_rank_sasrec(&of_sasrec, &canaries, ranks, NULL, NULL));
    check(ranks, false);
    assert_true(exposure_rank_gr(&gr, &of_gr, &canaries, ranks, NULL, NULL));
    check(ranks, true);
}

/* 1,500 draws: a share is known to 1.3 % (one standard deviation) at worst. */
static void samples_come_close(void **state)
{
    (void)state;
    enum { DRAWS = 1500 };
    double ranks[CANARIES], again[CANARIES];
    assert_true(exposure_rank_sampled(&gr, &of_gr, &canaries, DRAWS, 3, ranks, NULL, NULL));
    for (int c = 0; c < CANARIES; c++) {
        double want = naive_rank(c, true);
        assert_int_equal(isnan(want), isnan(ranks[c]));
        assert_true(isnan(want) || fabs(want - ranks[c]) < 4 * 0.013 * (ITEMS - 1));
        assert_true(!(want < 2) || fabs(ranks[c] - 1) < 1e-9); /* nothing is better than the best */
    }
    assert_true(exposure_rank_sampled(&gr, &of_gr, &canaries, DRAWS, 3, again, NULL, NULL));
    assert_memory_equal(ranks, again, sizeof ranks);
}

static void exposure_in_bits(void **state)
{
    (void)state;
    assert_true(fabs(exposure_of(1024, 1) - 10) < 1e-12);
    assert_true(fabs(exposure_of(1024, 1024)) < 1e-12);
    assert_true(fabs(exposure_of(1024, 4) - 8) < 1e-12);
    assert_true(isnan(exposure_of(1024, (double)NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_lists),
        cmocka_unit_test(samples_come_close),
        cmocka_unit_test(exposure_in_bits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
