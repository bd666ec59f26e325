/* analysis/model/without: leaving one user out equals training without that user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "analysis/corpus/recs.h"
#include "analysis/math/parallel.h"
#include "analysis/model/without.h"
#include "tests/analysis/fixture.h"
#include "tests/analysis/model/naive.h"

enum { K = 12, HISTORY = 10 };

static const struct {
    enum reference_kind kind;
    struct reference_options options;
} model[] = {
    {REFERENCE_POPULARITY, {0}},      {REFERENCE_MARKOV, {0}},
    {REFERENCE_MARKOV, {.order = 2}}, {REFERENCE_MARKOV, {.order = 4}},
    {REFERENCE_ITEM_KNN, {0}},        {REFERENCE_ITEM_KNN, {.window = 2}},
};
enum { MODELS = sizeof model / sizeof model[0] };

static struct fixture f;
static struct training training;
static struct reference *reference;

static void open_scene(struct rng *rng, uint64_t seed, int m)
{
    fixture_random(rng, seed % 4 ? 14 : 2, seed % 3 ? 9 : 30, 12, &f);
    training = (struct training){&f.corpus, f.end};
    assert_true(
        reference_build(model[m].kind, &model[m].options, &training, NULL, NULL, &reference, NULL));
}

static void close_scene(void)
{
    reference_free(reference);
    fixture_release(&f);
}

/* The list of a model that was built with the user's training sequence empty. */
static void retrain_without(int m, int32_t user, const int32_t *history, int32_t n, int32_t k,
                            int32_t *item, float *score)
{
    int32_t kept = f.end[user];
    struct reference *other;
    f.end[user] = 0;
    assert_true(
        reference_build(model[m].kind, &model[m].options, &training, NULL, NULL, &other, NULL));
    assert_true(reference_recommend(other, history, n, k, item, score, NULL));
    reference_free(other);
    f.end[user] = kept;
}

static void leaving_out_equals_retraining(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 1200; seed++) {
        struct rng rng = rng_new(seed, 1);
        int m = (int)(seed % MODELS);
        open_scene(&rng, seed, m);
        for (int32_t u = 0; u < f.corpus.n_users; u++) {
            int32_t history[HISTORY], item[K], again[K], want[NAIVE_ITEMS];
            float score[K], other[K];
            int32_t n = fixture_history(&rng, &f, HISTORY, history);
            if (rng_below(&rng, 2)) { /* the case's own user */
                n = corpus_length(&f.corpus, u) < HISTORY ? corpus_length(&f.corpus, u) : HISTORY;
                memcpy(history, corpus_sequence(&f.corpus, u), (size_t)n * sizeof *history);
            }
            assert_true(without_recommend(reference, u, history, n, K, item, score, NULL));
            retrain_without(m, u, history, n, K, again, other);
            assert_memory_equal(item, again, sizeof item);
            if (model[m].kind == REFERENCE_ITEM_KNN)
                for (int i = 0; i < K && score[i] > 0; i++)
                    assert_memory_equal(&score[i], &other[i], sizeof score[i]);
            int32_t n_want =
                naive_recommend(model[m].kind, &model[m].options, &training, u, history, n, want);
            for (int32_t i = 0; i < K; i++)
                assert_int_equal(item[i], i < n_want ? want[i] : RECS_NONE);
        }
        close_scene();
    }
}

static bool naive_carries(int m, int32_t user, const int32_t *history, int32_t n, int32_t k,
                          int32_t v)
{
    int32_t want[NAIVE_ITEMS];
    int32_t found =
        naive_recommend(model[m].kind, &model[m].options, &training, user, history, n, want);
    for (int32_t i = 0; i < found && i < k; i++)
        if (want[i] == v)
            return false;
    return true;
}

static void carriers_equal_trying_everyone(void **state)
{
    (void)state;
    int64_t found = 0, without_v = 0;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct rng rng = rng_new(seed, 2);
        int m = (int)(seed % MODELS);
        open_scene(&rng, seed, m);
        parallel_set_threads(1 + (int)(seed % 3));
        int32_t history[HISTORY], item[K];
        int32_t n = fixture_history(&rng, &f, HISTORY, history);
        int32_t k = 1 + (int32_t)rng_below(&rng, K);
        assert_true(reference_recommend(reference, history, n, k, item, NULL, NULL));
        for (int32_t i = 0; i < k && item[i] != RECS_NONE; i++) {
            struct carriers c;
            assert_true(without_carriers(reference, history, n, k, item[i], NULL, &c, NULL));
            assert_int_equal(c.rank, i + 1);
            int64_t at = 0;
            for (int32_t u = 0; u < f.corpus.n_users; u++) {
                bool want = naive_carries(m, u, history, n, k, item[i]);
                bool got = at < c.n && c.user[at] == u;
                assert_int_equal(got, want);
                at += got;
                bool has_v = false;
                for (int32_t j = 0; j < f.end[u]; j++)
                    has_v = has_v || f.item[f.offset[u] + j] == item[i];
                without_v += want && !has_v;
            }
            assert_int_equal(at, c.n);
            assert_true(c.n_recomputed >= c.n);
            found += c.n;
            carriers_release(&c);
        }
        close_scene();
    }
    parallel_set_threads(0);
    assert_true(found > 1000 && without_v > 10); /* the test met what it is about */
}

static void what_is_not_in_the_list_has_no_carriers(void **state)
{
    (void)state;
    int64_t offset[] = {0, 3};
    int32_t item[] = {0, 1, 0}, end[] = {3}, history[] = {0};
    struct corpus corpus = {1, 3, offset, item};
    struct training t = {&corpus, end};
    struct reference *r;
    struct carriers c;
    assert_true(reference_build(REFERENCE_MARKOV, &(struct reference_options){0}, &t, NULL, NULL,
                                &r, NULL));
    assert_true(without_carriers(r, history, 1, 1, 2, NULL, &c, NULL));
    assert_true(c.rank == 0 && c.n == 0);
    carriers_release(&c);
    assert_true(without_carriers(r, history, 1, 1, 1, NULL, &c, NULL));
    assert_true(c.rank == 1 && c.n == 0); /* 1 would still be the first of the unmasked */
    carriers_release(&c);
    reference_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaving_out_equals_retraining),
        cmocka_unit_test(carriers_equal_trying_everyone),
        cmocka_unit_test(what_is_not_in_the_list_has_no_carriers),
    };
    return cmocka_run_group_tests_name("analysis/without", tests, NULL, NULL);
}
