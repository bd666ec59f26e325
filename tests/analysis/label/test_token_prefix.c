/* Token prefixes against naive code on random corpora and random ids, shared and missing ones
 * among them. usage: test-label-token_prefix [SEEDS] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analysis/label/token_prefix.h"
#include "storage/base/error.h"
#include "tests/analysis/label/random_corpus.h"

static int seeds = 1500;

enum { MAX_LEVELS = 4 };

static bool same(const int32_t *semid, int levels, int n, int32_t i, int32_t j)
{
    for (int l = 0; l < n; l++)
        if (semid[i * levels + l] < 0 || semid[i * levels + l] != semid[j * levels + l])
            return false;
    return true;
}

static int64_t naive_support(const struct training *t, const int32_t *semid, int levels, int n,
                             int32_t last, int32_t v)
{
    int64_t support = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(t->corpus, u);
        for (int i = 1; i < t->end[u]; i++)
            support += same(semid, levels, n, s[i - 1], last) && same(semid, levels, n, s[i], v);
    }
    return support;
}

static void compare_pairs(const struct toy *t, const struct token_index *index,
                          const int32_t *semid, int levels)
{
    for (int32_t x = 0; x < t->corpus.n_items; x++) {
        for (int32_t v = 0; v < t->corpus.n_items; v++) {
            int n = levels;
            while (n > 0 && naive_support(&t->training, semid, levels, n, x, v) == 0)
                n--;
            struct token_label label = token_label(index, x, v);
            assert_int_equal(label.n, n);
            assert_int_equal(label.support,
                             n == 0 ? 0 : naive_support(&t->training, semid, levels, n, x, v));
        }
    }
}

static void compare_shared(const struct toy *t, const struct token_index *index,
                           const int32_t *semid, int levels)
{
    int shared = 0, ids = 0, without = 0;
    for (int32_t i = 0; i < t->corpus.n_items; i++) {
        int others = 0, earlier = 0;
        for (int32_t j = 0; j < t->corpus.n_items; j++) {
            others += j != i && same(semid, levels, levels, i, j);
            earlier += j < i && same(semid, levels, levels, i, j);
        }
        assert_int_equal(token_index_is_shared(index, i), others > 0);
        shared += others > 0;
        ids += others > 0 && earlier == 0;
        without += semid[i * levels] < 0;
    }
    assert_int_equal(token_index_shared_items(index), shared);
    assert_int_equal(token_index_shared_ids(index), ids);
    assert_int_equal(token_index_without(index), without);
}

static void equals_naive_code(void **state)
{
    (void)state;
    static struct toy toy;
    for (int seed = 1; seed <= seeds; seed++) {
        toy_make(&toy, (uint64_t)seed);
        int32_t semid[TOY_ITEMS * MAX_LEVELS];
        int levels = 1 + (int)toy_random(&toy, MAX_LEVELS);
        uint32_t codes = 1 + toy_random(&toy, 3);
        for (int32_t i = 0; i < toy.corpus.n_items; i++) {
            bool none = toy_random(&toy, 6) == 0;
            for (int l = 0; l < levels; l++)
                semid[i * levels + l] = none ? -1 : (int32_t)toy_random(&toy, codes);
        }
        struct edges edges;
        struct token_index *index;
        assert_true(edges_build(&toy.training, &edges, NULL));
        assert_true(token_index_build(&edges, semid, levels, &index, NULL));
        assert_int_equal(token_index_levels(index), levels);
        compare_pairs(&toy, index, semid, levels);
        compare_shared(&toy, index, semid, levels);
        assert_int_equal(token_label(index, -1, 0).n, 0);
        assert_int_equal(token_label(index, 0, -1).n, 0);
        token_index_free(index);
        edges_release(&edges);
    }
}

static void no_ids_is_an_error(void **state)
{
    (void)state;
    static struct toy toy;
    toy_make(&toy, 1);
    struct edges edges;
    struct token_index *index = NULL;
    struct error err = {0};
    assert_true(edges_build(&toy.training, &edges, NULL));
    assert_false(token_index_build(&edges, NULL, 0, &index, &err));
    assert_int_equal(err.code, ERROR_STATE);
    assert_null(index);
    edges_release(&edges);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seeds = atoi(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_naive_code),
        cmocka_unit_test(no_ids_is_an_error),
    };
    return cmocka_run_group_tests_name("token prefixes", tests, NULL, NULL);
}
