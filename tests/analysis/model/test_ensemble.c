/* The adaptive ensemble by hand: who is listened to, what minmax does, ties, empty lists, and the
 * choice on validation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/model/ensemble.h"
#include "analysis/run/ensemble_run.h"

enum { CASES = 3, DEPTH = 3 };

/* Case 0: the memorizer is sure (p = .9); case 1: it is not (.1); case 2: it has no list. */
static const int32_t item_m[] = {4, 5, 6, 4, 5, 6, -1, -1, -1};
static const int32_t item_g[] = {7, 5, 4, 7, 5, 4, 7, 5, -1};
static float score_m[9], score_g[9];
static struct ensemble_lists lists;

static int setup(void **state)
{
    (void)state;
    static const double p_m[] = {0.9, 0.06, 0.01, 0.1, 0.05, 0.025};
    static const double p_g[] = {0.4, 0.2, 0.1, 0.4, 0.2, 0.1, 0.4, 0.4};
    for (int i = 0; i < 6; i++)
        score_m[i] = (float)log(p_m[i]);
    for (int i = 0; i < 8; i++)
        score_g[i] = (float)log(p_g[i]);
    lists =
        (struct ensemble_lists){{CASES, DEPTH, item_m, score_m}, {CASES, DEPTH, item_g, score_g}};
    return 0;
}

static void test_combine(void **state)
{
    (void)state;
    int32_t item[CASES * 4];
    float score[CASES * 4];
    ensemble_combine(&lists, (struct ensemble_weights){10, 0.3}, 4, item, score);
    /* alpha = s(10 (.9 - .3)) = .99753; minmax of 5: log(.06/.01) / log(.9/.01) and 1/2 */
    double a = 1 / (1 + exp(-6.0)), five = log(6.0) / log(90.0);
    static const int32_t wanted[] = {4, 5, 7, 6};
    assert_memory_equal(item, wanted, sizeof wanted);
    assert_float_equal(score[0], (float)a, 1e-6);
    assert_float_equal(score[1], (float)(a * five + (1 - a) * 0.5), 1e-6);
    assert_float_equal(score[2], (float)(1 - a), 1e-6);
    assert_float_equal(score[3], 0, 1e-6);
    /* alpha = s(10 (.1 - .3)) = .1192: the generalizer's order, but 4 has the memorizer's word */
    double b = 1 / (1 + exp(2.0));
    static const int32_t unsure[] = {7, 5, 4, 6};
    assert_memory_equal(item + 4, unsure, sizeof unsure);
    assert_float_equal(score[4], (float)(1 - b), 1e-6);
    assert_float_equal(score[6], (float)b, 1e-6);
    /* equal scores are the best there is: both 1, the lower index first */
    static const int32_t alone[] = {5, 7, -1, -1};
    assert_memory_equal(item + 8, alone, sizeof alone);
    assert_float_equal(score[8], 1, 1e-6);
}

/* The target is what the memorizer says where it is sure, and what the generalizer says elsewhere:
 * only a tau between .1 and .9 that k can tell apart gets both right. */
static void test_choose(void **state)
{
    (void)state;
    static const int32_t target[] = {4, 7, 5};
    struct ensemble_weights w;
    struct error err = {0};
    double ndcg;
    assert_true(ensemble_choose(&lists, target, &w, &ndcg, &err));
    assert_float_equal((float)ndcg, 1, 1e-9);
    int32_t item[CASES];
    float score[CASES];
    ensemble_combine(&lists, w, 1, item, score);
    assert_memory_equal(item, target, sizeof target);
    lists.generalizer.n_cases = 2;
    assert_false(ensemble_choose(&lists, target, &w, &ndcg, &err));
    assert_non_null(strstr(err.text, "not of the same cases"));
}

/* k and tau are chosen by validation targets, which a member may not have trained on. */
static void test_trained_on_valid(void **state)
{
    (void)state;
    for (int which = 0; which < 2; which++) {
        struct ensemble_member m = {1, "m", {lists.memorizer, lists.memorizer}, TRAINED_ON_TRAIN};
        struct ensemble_member g = {
            2, "g", {lists.generalizer, lists.generalizer}, TRAINED_ON_TRAIN};
        struct ensemble_request request = {NULL, &m, &g};
        struct error err = {0};
        int64_t run;
        (which ? &g : &m)->on = TRAINED_ON_TRAIN_VALID;
        assert_false(ensemble_run(NULL, NULL, NULL, 0, &request, &run, &err));
        assert_int_equal(err.code, ERROR_STATE);
        assert_non_null(strstr(err.text, which
                                             ? "the run g was trained on the validation targets"
                                             : "the run m was trained on the validation targets"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_combine, setup),
        cmocka_unit_test_setup(test_choose, setup),
        cmocka_unit_test_setup(test_trained_on_valid, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
