/* analysis/model: the reference models against their definitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/corpus/recs.h"
#include "analysis/math/parallel.h"
#include "analysis/model/reference.h"
#include "tests/analysis/fixture.h"
#include "tests/analysis/model/naive.h"

enum { K = 20, HISTORY = 10 };

static const struct {
    enum reference_kind kind;
    struct reference_options options;
} model[] = {
    {REFERENCE_POPULARITY, {0}},         {REFERENCE_MARKOV, {0}},
    {REFERENCE_MARKOV, {.order = 2}},    {REFERENCE_MARKOV, {.order = 3}},
    {REFERENCE_MARKOV, {.order = 8}},    {REFERENCE_ITEM_KNN, {0}},
    {REFERENCE_ITEM_KNN, {.window = 1}}, {REFERENCE_ITEM_KNN, {.window = 2}},
};
enum { MODELS = sizeof model / sizeof model[0] };

static void check_list(const int32_t *want, int32_t n_want, const int32_t *item, const float *score,
                       int32_t k)
{
    for (int32_t i = 0; i < k; i++) {
        assert_int_equal(item[i], i < n_want ? want[i] : RECS_NONE);
        if (i > 0)
            assert_true(score[i] <= score[i - 1]);
        assert_true(i < n_want ? isfinite(score[i]) : isinf(score[i]));
    }
}

static void lists_equal_the_definitions(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 1500; seed++) {
        struct rng rng = rng_new(seed, 1);
        struct fixture f;
        fixture_random(&rng, seed % 5 ? 10 : 1, seed % 3 ? 5 : 25, 12, &f);
        struct training training = {&f.corpus, f.end};
        int m = (int)(seed % MODELS);
        struct reference *r;
        assert_true(
            reference_build(model[m].kind, &model[m].options, &training, NULL, NULL, &r, NULL));
        for (int h = 0; h < 6; h++) {
            int32_t history[HISTORY], want[NAIVE_ITEMS], item[K];
            float score[K];
            int32_t n = fixture_history(&rng, &f, HISTORY, history);
            int32_t k = (int32_t)rng_below(&rng, K + 1);
            assert_true(reference_recommend(r, history, n, k, item, score, NULL));
            int32_t n_want =
                naive_recommend(model[m].kind, &model[m].options, &training, -1, history, n, want);
            check_list(want, n_want, item, score, k);
            assert_true(reference_recommend(r, history, n, k, item, NULL, NULL));
        }
        reference_free(r);
        fixture_release(&f);
    }
}

static void own_candidates_score_above_the_filling(void **state)
{
    (void)state;
    int32_t sequence[] = {0, 1, 0, 2, 0, 1, 3, 3, 3, 3};
    int64_t offset[] = {0, 10};
    int32_t end[] = {10}, history[] = {0}, item[3];
    float score[3];
    struct corpus c = {1, 5, offset, sequence};
    struct training training = {&c, end};
    struct reference_options options = {0};
    for (int kind = REFERENCE_MARKOV; kind <= REFERENCE_ITEM_KNN; kind++) {
        struct reference *r;
        assert_true(
            reference_build((enum reference_kind)kind, &options, &training, NULL, NULL, &r, NULL));
        assert_true(reference_recommend(r, history, 1, 3, item, score, NULL));
        if (kind == REFERENCE_MARKOV) { /* 1 twice, 2 once; 3 never follows 0 */
            assert_int_equal(item[0], 1);
            assert_int_equal(item[1], 2);
            assert_int_equal(item[2], 3);
            assert_true(score[0] >= 2 && score[0] < 3 && score[1] >= 1 && score[1] < 2);
            assert_true(score[2] < 0);
        } else {
            assert_true(score[2] > 0); /* all three are neighbours */
        }
        reference_free(r);
    }
}

static void all_cases_do_not_depend_on_threads(void **state)
{
    (void)state;
    struct rng rng = rng_new(9, 9);
    struct fixture f;
    do
        fixture_random(&rng, 400, 40, 20, &f);
    while (f.corpus.n_users < 200 && (fixture_release(&f), true));
    struct split split;
    assert_true(split_leave_one_out(&f.corpus, &split, NULL));
    struct training training = split_training(&split, &f.corpus, TRAINED_ON_TRAIN);
    const struct case_list *cases = &split.part[PART_TEST];
    size_t slots = (size_t)cases->n * K;
    int32_t *item[2] = {calloc(slots, sizeof(int32_t)), calloc(slots, sizeof(int32_t))};
    float *score[2] = {calloc(slots, sizeof(float)), calloc(slots, sizeof(float))};
    for (int m = 0; m < MODELS; m++) {
        for (int threads = 1; threads <= 4; threads += 3) {
            parallel_set_threads(threads);
            struct reference *r;
            assert_true(
                reference_build(model[m].kind, &model[m].options, &training, NULL, NULL, &r, NULL));
            assert_true(reference_recommend_all(r, &f.corpus, cases, K, NULL, item[threads > 1],
                                                score[threads > 1], NULL));
            reference_free(r);
        }
        assert_memory_equal(item[0], item[1], slots * sizeof(int32_t));
        assert_memory_equal(score[0], score[1], slots * sizeof(float));
        int32_t want[NAIVE_ITEMS];
        for (int64_t c = 0; c < cases->n; c += 40) {
            int32_t n_want = naive_recommend(model[m].kind, &model[m].options, &training, -1,
                                             corpus_sequence(&f.corpus, cases->user[c]),
                                             cases->position[c], want);
            check_list(want, n_want, item[0] + c * K, score[0] + c * K, K);
        }
    }
    parallel_set_threads(0);
    for (int i = 0; i < 2; i++) {
        free(item[i]);
        free(score[i]);
    }
    split_release(&split);
    fixture_release(&f);
}

static void names_and_options_are_checked(void **state)
{
    (void)state;
    enum reference_kind kind = REFERENCE_MARKOV;
    assert_true(reference_find("item-knn", &kind) && kind == REFERENCE_ITEM_KNN);
    assert_string_equal(reference_name(kind), "item-knn");
    assert_false(reference_find("knn", &kind));
    int64_t offset[] = {0};
    struct corpus c = {0, 3, offset, NULL};
    struct training training = {&c, NULL};
    struct reference *r;
    struct error err = {0};
    assert_false(reference_build(REFERENCE_MARKOV, &(struct reference_options){.order = 9},
                                 &training, NULL, NULL, &r, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_false(reference_build(REFERENCE_ITEM_KNN, &(struct reference_options){.window = -1},
                                 &training, NULL, NULL, &r, &err));
    struct progress progress = {.cancel = true};
    assert_false(reference_build(REFERENCE_MARKOV, &(struct reference_options){0}, &training, NULL,
                                 &progress, &r, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_equal_the_definitions),
        cmocka_unit_test(own_candidates_score_above_the_filling),
        cmocka_unit_test(all_cases_do_not_depend_on_threads),
        cmocka_unit_test(names_and_options_are_checked),
    };
    return cmocka_run_group_tests_name("analysis/model", tests, NULL, NULL);
}
