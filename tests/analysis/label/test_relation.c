/*
 * Relation labels against naive code on random corpora, in every data layout.
 * usage: test-relation [SEEDS]   (default 600; the full suite runs more)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#include "analysis/label/relation.h"
#include "analysis/label/relation_index.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"
#include "tests/analysis/label/naive_relation.h"
#include "tests/analysis/label/random_corpus.h"

static int seeds = 600;

static const struct relation_tuning layouts[] = {
    {.narrow_items = 65536, .hub_entries = 4096, .hub_bytes = 1 << 20}, /* short rows only */
    {.narrow_items = 0, .hub_entries = 4096, .hub_bytes = 1 << 20},     /* 4-byte lists */
    {.narrow_items = 65536, .hub_entries = 0, .hub_bytes = 1 << 20},    /* hubs only */
    {.narrow_items = 0, .hub_entries = 5, .hub_bytes = 1 << 20},        /* mixed */
    {.narrow_items = 65536, .hub_entries = 3, .hub_bytes = 30},         /* room for few hubs */
};

/* All items as candidates of one history. */
static void compare(const struct toy *t, const struct naive_relation *naive,
                    const struct relation_index *index, struct relation_scratch *scratch,
                    const int32_t *history, int n_history)
{
    for (int32_t v = 0; v < t->corpus.n_items; v++) {
        char expected[200], text[RELATION_TEXT_MAX];
        uint16_t code;
        relation_case(index, scratch, history, n_history, &v, 1, &code);
        naive_relation_labels(naive, history, n_history, v, expected);
        relation_format(code, text);
        assert_string_equal(text, expected);
    }
}

static void compare_histories(struct toy *t, const struct naive_relation *naive,
                              const struct relation_index *index)
{
    struct relation_scratch *scratch = relation_scratch_new(index, NULL);
    assert_non_null(scratch);
    for (int64_t c = 0; c < t->cases.n; c++)
        compare(t, naive, index, scratch, corpus_sequence(&t->corpus, t->cases.user[c]),
                t->cases.position[c]);
    for (int n = 0; n <= 6; n++) { /* histories that nobody has */
        int32_t history[6];
        for (int i = 0; i < n; i++)
            history[i] = (int32_t)toy_random(t, (uint32_t)t->corpus.n_items);
        compare(t, naive, index, scratch, history, n);
    }
    relation_scratch_free(scratch);
}

static void equals_naive_code(void **state)
{
    (void)state;
    static struct toy toy;
    static struct naive_relation naive;
    for (int seed = 1; seed <= seeds; seed++) {
        toy_make(&toy, (uint64_t)seed);
        naive_relation_make(&toy.training, &naive);
        for (size_t l = 0; l < ARRAY_LEN(layouts); l++) {
            struct relation_index *index;
            assert_true(relation_index_build_tuned(&toy.training, &layouts[l], NULL, &index, NULL));
            compare_histories(&toy, &naive, index);
            relation_index_free(index);
        }
    }
}

/* A catalogue in which rows are long enough for radix sorting and for scans in several steps. */
enum { WIDE_ITEMS = 3000, WIDE_USERS = 400, WIDE_LENGTH = 30 };
static int64_t wide_offset[WIDE_USERS + 1];
static int32_t wide_item[WIDE_USERS * WIDE_LENGTH], wide_end[WIDE_USERS];

static void wide_make(struct toy *t, struct corpus *corpus)
{
    for (int u = 0; u < WIDE_USERS; u++) {
        for (int i = 0; i < WIDE_LENGTH; i++) {
            uint32_t draw = toy_random(t, 1000);
            wide_item[u * WIDE_LENGTH + i] =
                draw < 250 ? (int32_t)(draw % 5) : (int32_t)toy_random(t, WIDE_ITEMS);
        }
        wide_offset[u + 1] = (int64_t)(u + 1) * WIDE_LENGTH;
        wide_end[u] = WIDE_LENGTH - 2;
    }
    *corpus = (struct corpus){WIDE_USERS, WIDE_ITEMS, wide_offset, wide_item};
}

static void label_all(const struct relation_tuning *tuning, const struct corpus *corpus,
                      const int32_t *item, uint16_t *code)
{
    static int32_t user[WIDE_USERS], position[WIDE_USERS];
    for (int u = 0; u < WIDE_USERS; u++) {
        user[u] = u;
        position[u] = WIDE_LENGTH - 1 - u % 5;
    }
    struct case_list cases = {WIDE_USERS, user, position};
    struct training training = {corpus, wide_end};
    struct relation_index *index;
    assert_true(relation_index_build_tuned(&training, tuning, NULL, &index, NULL));
    assert_true(relation_label(index, corpus, &cases, item, 12, 10, code, NULL, NULL));
    relation_index_free(index);
}

static void layouts_and_threads_agree(void **state)
{
    (void)state;
    struct toy t = {.state = 99};
    struct corpus corpus;
    wide_make(&t, &corpus);
    static int32_t item[WIDE_USERS * 12];
    static uint16_t first[WIDE_USERS * 10], other[WIDE_USERS * 10];
    for (size_t i = 0; i < ARRAY_LEN(item); i++) {
        uint32_t draw = toy_random(&t, 100);
        item[i] = draw < 5    ? -1
                  : draw < 40 ? (int32_t)draw % 8
                              : (int32_t)toy_random(&t, WIDE_ITEMS);
    }
    label_all(&relation_tuning_default, &corpus, item, first);
    for (int threads = 1; threads <= 2; threads++) {
        parallel_set_threads(threads);
        for (uint32_t hub = 0; hub < 3000; hub = hub * 3 + 10) {
            struct relation_tuning tuning = {
                .narrow_items = hub % 2 == 0 ? 0 : 65536, .hub_entries = hub, .hub_bytes = 1 << 22};
            label_all(&tuning, &corpus, item, other);
            assert_memory_equal(first, other, sizeof first);
        }
    }
    parallel_set_threads(0);
}

static void codes_and_names(void **state)
{
    (void)state;
    for (int l = 0; l < RELATION_LABELS; l++) {
        assert_int_equal(relation_label_find(relation_label_name(l)), l);
        assert_true(l == 0 || strcmp(relation_label_name(l - 1), relation_label_name(l)) < 0);
    }
    assert_int_equal(relation_label_find("substitutability_1"), -1);
    assert_int_equal(relation_label_set(0), 0);
    char text[RELATION_TEXT_MAX];
    uint16_t all = RELATION_GENERALIZATION << 12 | 4 << 9 | 3 << 6 | 1 << 3 | 2;
    relation_format(all, text);
    assert_string_equal(text, "2nd-symmetry_4,generalization,substitutability_2,symmetry_1,"
                              "transitivity_3");
    assert_int_equal(relation_hop(all, RELATION_TRANSITIVITY), 3);
    const uint16_t codes[] = {0, all, RELATION_MEMORIZATION << 12, all};
    struct relation_shares shares;
    relation_shares(codes, 4, &shares);
    assert_int_equal(shares.labelled, 3);
    assert_int_equal(shares.count[relation_label_find("symmetry_1")], 2);
    assert_true(shares.share[relation_label_find("memorization")] == 1.0 / 3);
    relation_shares(codes, 1, &shares);
    assert_int_equal(shares.labelled, 0);
    assert_true(isnan(shares.share[0]));
}

static void negative_items_have_no_label(void **state)
{
    (void)state;
    const int64_t offset[] = {0, 3};
    const int32_t item[] = {0, 1, 0}, end[] = {3}, candidate[] = {-1, 1, -2};
    struct corpus corpus = {1, 2, offset, item};
    struct training training = {&corpus, end};
    struct relation_index *index;
    assert_true(relation_index_build(&training, NULL, &index, NULL));
    assert_int_equal(relation_index_pairs(index), 3); /* 0-1, 0-0, 1-0 */
    struct relation_scratch *scratch = relation_scratch_new(index, NULL);
    uint16_t code[3];
    relation_case(index, scratch, item, 1, candidate, 3, code);
    assert_int_equal(code[0], 0);
    assert_int_equal(relation_class(code[1]), RELATION_MEMORIZATION);
    assert_int_equal(code[2], 0);
    relation_scratch_free(scratch);
    relation_index_free(index);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seeds = atoi(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_naive_code),
        cmocka_unit_test(layouts_and_threads_agree),
        cmocka_unit_test(codes_and_names),
        cmocka_unit_test(negative_items_have_no_label),
    };
    return cmocka_run_group_tests_name("relation labels", tests, NULL, NULL);
}
