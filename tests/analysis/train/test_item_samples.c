/* Samples of items, and how sasrec and gr write them in tokens: hand-worked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/model/gr.h"
#include "analysis/model/sasrec.h"

#define ARRAY(...) ((const int32_t[]){__VA_ARGS__})
#define CHECK(got, n, ...)                                                                         \
    do {                                                                                           \
        assert_int_equal(n, sizeof ARRAY(__VA_ARGS__) / sizeof(int32_t));                          \
        assert_memory_equal(got, ARRAY(__VA_ARGS__), sizeof ARRAY(__VA_ARGS__));                   \
    } while (0)

/* Five items; item 2 has no id. Tokens of level 0: 4, 5; of level 1: 6, 7, 8. */
static const int32_t code[] = {0, 0, 1, 0, -1, -1, 0, 2, 0, 1};
enum { ITEMS = 5 };

static void make_gr(struct gr *gr)
{
    struct semid_table table = {ITEMS, 2, code};
    assert_true(gr_init(gr, &table, 3, NULL));
}

static void test_windows(void **state)
{
    (void)state;
    static const int64_t offset[] = {0, 5, 5, 6};
    static const int32_t sequence[] = {0, 1, 2, 3, 0, 2}, end[] = {5, 0, 1};
    struct corpus corpus = {3, ITEMS, offset, sequence};
    struct training training = {&corpus, end};
    struct item_samples s = {0};
    assert_true(item_samples_next(&training, 2, &s, NULL));
    assert_int_equal(s.n, 3);
    CHECK(s.item, s.n_items, 0, 1, 2, 3);
    CHECK(s.user, s.n, 0, 0, 2);
    static const struct {
        int32_t after, item;
    } wanted[] = {{0, 0}, {1, 1}, {2, 2}, {1, 3}, {2, 0}, {0, 2}};
    static const int64_t targets[] = {0, 3, 5, 6};
    assert_memory_equal(s.target_offset, targets, sizeof targets);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(s.target[i].after, wanted[i].after);
        assert_int_equal(s.target[i].item, wanted[i].item);
        assert_int_equal(s.target[i].group, TASK_NEXT_ITEM);
    }
    struct samples tokens = {0};
    assert_true(sasrec_encode(&s, ITEMS, &tokens, NULL));
    CHECK(tokens.token, tokens.n_tokens, 0, 1, 2, 3);
    CHECK(tokens.row, tokens.n_targets, 0, 1, 0, 1);
    CHECK(tokens.target, tokens.n_targets, 1, 2, 3, 0);
    samples_clear(&tokens);
    struct gr gr;
    make_gr(&gr);
    assert_true(gr_encode(&gr, &s, &tokens, NULL));
    /* Item 2 has no id, so nothing comes after 1 in the first window, nor before 3 in the second.
     */
    assert_int_equal(tokens.n, 2);
    CHECK(tokens.token, tokens.n_tokens, 0, 4, 6, 5, 0, 4, 8, 4);
    CHECK(tokens.row, tokens.n_targets, 0, 1, 2, 3, 0, 1, 2, 3);
    CHECK(tokens.target, tokens.n_targets, 4, 6, 5, 6, 4, 8, 4, 6);
    samples_release(&tokens);
    item_samples_release(&s);
    gr_release(&gr);
}

/* Inputs 0, hidden, 3 of the collaborative task. After one input come 1 (which is hidden there) and
 * 4 (two steps ahead); after all, 1 and 4. */
static void make_awkward(struct item_samples *s)
{
    *s = (struct item_samples){0};
    assert_true(item_samples_add(s, TASK_COLLABORATIVE, 7, ARRAY(0, ITEM_MASK, 3), 3, NULL));
    static const struct item_target target[] = {{1, 1, 2, TASK_COLLABORATIVE},
                                                {1, 4, .5f, GROUP_AHEAD + 2},
                                                {3, 1, 1, TASK_COLLABORATIVE},
                                                {3, 4, .5f, GROUP_AHEAD + 2}};
    for (int i = 0; i < 4; i++)
        assert_true(item_samples_target(s, target[i], NULL));
}

static void test_sasrec(void **state)
{
    (void)state;
    struct item_samples s;
    struct samples tokens = {0};
    make_awkward(&s);
    assert_true(sasrec_encode(&s, ITEMS, &tokens, NULL));
    CHECK(tokens.token, tokens.n_tokens, ITEMS + SASREC_COLLABORATIVE, 0, ITEMS + SASREC_MASK, 3);
    CHECK(tokens.row, tokens.n_targets, 1, 1, 3, 3);
    CHECK(tokens.target, tokens.n_targets, 1, 4, 1, 4);
    assert_true(tokens.weight[0] > 1.9f && tokens.weight[1] < .6f);
    assert_int_equal(tokens.group[1], GROUP_AHEAD + 2);
    samples_release(&tokens);
    item_samples_release(&s);
}

static void test_gr(void **state)
{
    (void)state;
    struct item_samples s;
    struct samples tokens = {0};
    struct gr gr;
    make_gr(&gr);
    make_awkward(&s);
    assert_true(gr_encode(&gr, &s, &tokens, NULL));
    /* The sequence with 1 behind it; then 1 after 0; 4 after 0; 4 after all. */
    assert_int_equal(tokens.n, 4);
    CHECK(tokens.token, tokens.n_tokens, 1, 4, 6, 3, 3, 4, 8, 5, 1, 4, 6, 5, 1, 4, 6, 4, 1, 4, 6, 3,
          3, 4, 8, 4);
    CHECK(tokens.row, tokens.n_targets, 6, 7, 2, 3, 2, 3, 6, 7);
    CHECK(tokens.target, tokens.n_targets, 5, 6, 5, 6, 4, 7, 4, 7);
    static const int64_t offset[] = {0, 2, 4, 6, 8};
    assert_memory_equal(tokens.target_offset, offset, sizeof offset);
    samples_release(&tokens);
    item_samples_release(&s);
    gr_release(&gr);
}

/* Successors of 0 are 1, 3, 4; the target is 3 (codes 0 2). At level 0 item 1 has another code; at
 * level 1 under code 0 stands item 4's. The target itself is none. */
static void test_negatives(void **state)
{
    (void)state;
    static const int32_t successor[ITEMS * 4] = {1,  3,  4,  -1, -1, -1, -1, -1, -1, -1,
                                                 -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    struct item_samples s = {.negative = successor, .negative_keep = 4};
    assert_true(item_samples_add(&s, TASK_NEXT_ITEM, 0, ARRAY(0), 1, NULL));
    assert_true(item_samples_target(&s, (struct item_target){0, 0, 1, TASK_NEXT_ITEM}, NULL));
    assert_true(item_samples_target(&s, (struct item_target){1, 3, 1, TASK_NEXT_ITEM}, NULL));
    struct samples tokens = {0};
    assert_true(sasrec_encode(&s, ITEMS, &tokens, NULL));
    CHECK(tokens.negative, tokens.negative_offset[1], 1, 4);
    samples_release(&tokens);
    struct gr gr;
    make_gr(&gr);
    assert_true(gr_encode(&gr, &s, &tokens, NULL));
    static const int64_t offset[] = {0, 0, 0, 1, 2};
    assert_int_equal(tokens.n_targets, 4);
    assert_memory_equal(tokens.negative_offset, offset, sizeof offset);
    CHECK(tokens.negative, 2, 5, 7);
    samples_release(&tokens);
    item_samples_release(&s);
    gr_release(&gr);
}

/* With legal lists: tokens without an alternative are no targets. Under code 1 stands item 1
 * alone; under code 0 stand 0, 4 and 3. */
static void test_legal(void **state)
{
    (void)state;
    struct item_samples s = {0};
    assert_true(item_samples_add(&s, TASK_NEXT_ITEM, 0, ARRAY(3, 1), 2, NULL));
    assert_true(item_samples_target(&s, (struct item_target){0, 3, 1, TASK_NEXT_ITEM}, NULL));
    assert_true(item_samples_target(&s, (struct item_target){1, 1, 1, TASK_NEXT_ITEM}, NULL));
    struct samples tokens = {0};
    struct gr gr;
    make_gr(&gr);
    gr.legal = true;
    assert_true(gr_encode(&gr, &s, &tokens, NULL));
    CHECK(tokens.row, tokens.n_targets, 0, 1, 2);
    CHECK(tokens.target, tokens.n_targets, 4, 8, 5);
    int32_t zero = trie_child(&gr.trie, 0, 4);
    CHECK(tokens.legal, tokens.n_targets, 0, zero, 0);
    const int32_t *child = gr.trie.child;
    CHECK(gr.trie.token + child[0], child[1] - child[0], 4, 5);
    CHECK(gr.trie.token + child[zero], child[zero + 1] - child[zero], 6, 7, 8);
    /* Weights 1, 2, -, 3, 4 of the items: code 0 has 8 of 10; below it 1, 4 and 3 of 8. */
    static const float weight[ITEMS] = {1, 2, 100, 3, 4}, wanted[] = {0.8f, 0.2f, 1, 4, 3};
    float prior[16];
    gr_prior(&gr, weight, prior);
    for (int i = 0; i < 2; i++)
        assert_float_equal(prior[child[0] + i], wanted[i], 1e-6);
    for (int i = 0; i < 3; i++)
        assert_float_equal(prior[child[zero] + i], wanted[2 + i] / 8, 1e-6);
    samples_release(&tokens);
    item_samples_release(&s);
    gr_release(&gr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows),   cmocka_unit_test(test_sasrec), cmocka_unit_test(test_gr),
        cmocka_unit_test(test_negatives), cmocka_unit_test(test_legal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
