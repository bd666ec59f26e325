/* analysis/metric: ranking metrics and what lies beyond accuracy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/math/rng.h"
#include "analysis/metric/beyond.h"
#include "analysis/metric/ranking.h"

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

/* Three cases of user 0 (targets 3, 1, 4), one of user 1 (target 0). */
static int32_t item[] = {2, 3, 1, 4, 0};
static int64_t offset[] = {0, 4, 5};
static struct corpus corpus = {2, 6, offset, item};
static int32_t case_user[] = {0, 0, 0, 1}, case_position[] = {1, 2, 3, 0};
static struct case_list cases = {4, case_user, case_position};

static int32_t list[] = {
    3,         1,
    4, /* rank 1 */
    0,         RECS_ILLEGAL,
    1, /* rank 3 */
    RECS_NONE, RECS_NONE,
    RECS_NONE, /* miss */
    5,         0,
    0, /* rank 2, the first of two */
};
static float score[] = {3, 3, 1, 3, 2, 1, 0, 0, 0, 2, 1, 1};

static void ranking_of_a_worked_example(void **state)
{
    (void)state;
    struct recs recs = {4, 3, list, score};
    int32_t rank[4], want[] = {1, 3, 0, 2};
    ranking_ranks(&recs, &corpus, &cases, rank);
    assert_memory_equal(rank, want, sizeof want);
    struct ranking r = ranking_mean(rank, 4);
    assert_int_equal(r.n_cases, 4);
    for (int k = 0; k < RANKING_CUTS; k++) {
        bool wide = ranking_cut[k] >= 5;
        assert_true(near(r.value[RANKING_RECALL][k], wide ? 0.75 : 0.25));
        assert_true(near(r.value[RANKING_NDCG][k], wide ? (1 + 0.5 + 1 / log2(3)) / 4 : 0.25));
        assert_true(near(r.value[RANKING_MRR][k], wide ? (1 + 1 / 3.0 + 0.5) / 4 : 0.25));
    }
    assert_true(near(ranking_value(RANKING_NDCG, 5, 6), 0));
    assert_true(near(ranking_value(RANKING_NDCG, 5, 5), 1 / log2(6)));
    assert_true(near(ranking_tie_rate(&recs, rank), 0.5)); /* cases 0 and 3 */
    struct ranking_slots slots = ranking_count_slots(&recs, 2);
    assert_int_equal(slots.slots, 8);
    assert_int_equal(slots.illegal, 1);
    assert_int_equal(slots.empty, 2);
}

static void ranking_of_nothing_is_not_a_number(void **state)
{
    (void)state;
    struct recs recs = {0, 3, NULL, NULL};
    struct ranking r = ranking_mean(NULL, 0);
    assert_true(isnan(r.value[RANKING_RECALL][0]) && isnan(r.value[RANKING_MRR][3]));
    assert_true(isnan(ranking_tie_rate(&recs, NULL)));
    struct beyond b;
    assert_true(beyond_compute(&recs, 10, NULL, 0, NULL, &b, NULL));
    assert_true(isnan(b.coverage) && isnan(b.gini) && isnan(b.novelty) && isnan(b.top1_share));
    assert_true(isnan(b.categories));
}

enum { ITEMS = 250, CASES = 30, DEPTH = 6, CATEGORIES = 5 };

/* Gini as half the relative mean absolute difference. */
static double naive_gini(const int64_t *count)
{
    double difference = 0, sum = 0;
    for (int i = 0; i < ITEMS; i++) {
        sum += (double)count[i];
        for (int j = 0; j < ITEMS; j++)
            difference += fabs((double)(count[i] - count[j]));
    }
    return difference / (2 * ITEMS * sum);
}

static bool naive_top(const int64_t *pop, int32_t v)
{
    int ahead = 0;
    for (int i = 0; i < ITEMS; i++)
        ahead += pop[i] > pop[v] || (pop[i] == pop[v] && i < v);
    return ahead < 3; /* 1 % of 250, rounded up */
}

static void check_beyond(uint64_t seed)
{
    struct rng rng = rng_new(seed, 0);
    int64_t pop[ITEMS], count[ITEMS] = {0}, c_offset[ITEMS + 1] = {0};
    int32_t row[CASES * DEPTH], category[ITEMS * 2];
    double total = ITEMS;
    for (int i = 0; i < ITEMS; i++) {
        pop[i] = (int64_t)rng_below(&rng, 6);
        total += (double)pop[i];
        c_offset[i + 1] = c_offset[i] + (int64_t)rng_below(&rng, 3);
        for (int64_t j = c_offset[i]; j < c_offset[i + 1]; j++) /* two differ within an item */
            category[j] = (int32_t)((uint64_t)(j - c_offset[i]) + rng_below(&rng, 4));
        if (c_offset[i + 1] - c_offset[i] == 2 &&
            category[c_offset[i]] == category[c_offset[i] + 1])
            category[c_offset[i] + 1] = (category[c_offset[i]] + 1) % CATEGORIES;
    }
    for (int i = 0; i < CASES * DEPTH; i++)
        row[i] = (int32_t)rng_below(&rng, ITEMS + 20) - 2;
    for (int i = 0; i < CASES * DEPTH; i++)
        row[i] = row[i] >= ITEMS ? 0 : row[i];
    struct recs recs = {CASES, DEPTH, row, NULL};
    struct categories categories = {ITEMS, CATEGORIES, c_offset, category};
    int k = 1 + (int)rng_below(&rng, DEPTH + 2), depth = k < DEPTH ? k : DEPTH;
    double novelty = 0, top = 0, slots = 0, distinct = 0, mean_categories = 0;
    for (int c = 0; c < CASES; c++) {
        bool seen[CATEGORIES] = {false};
        for (int i = 0; i < depth; i++) {
            int32_t v = row[c * DEPTH + i];
            if (v < 0)
                continue;
            slots++;
            distinct += count[v]++ == 0;
            top += naive_top(pop, v);
            novelty -= log2(((double)pop[v] + 1) / total);
            for (int64_t j = c_offset[v]; j < c_offset[v + 1]; j++) {
                mean_categories += !seen[category[j]];
                seen[category[j]] = true;
            }
        }
    }
    struct beyond b;
    assert_true(beyond_compute(&recs, k, pop, ITEMS, &categories, &b, NULL));
    assert_true(near(b.coverage, distinct / ITEMS));
    assert_true(fabs(b.novelty - novelty / slots) < 1e-9);
    assert_true(near(b.top1_share, top / slots));
    assert_true(near(b.categories, mean_categories / CASES));
    assert_true(fabs(b.gini - naive_gini(count)) < 1e-9);
}

static void beyond_equals_the_definitions(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++)
        check_beyond(seed);
}

static void gini_has_its_ends(void **state)
{
    (void)state;
    int32_t even[] = {0, 1, 2, 3}, one[] = {2, 2, 2, 2};
    int64_t pop[4] = {0};
    struct beyond b;
    struct recs recs = {4, 1, even, NULL};
    assert_true(beyond_compute(&recs, 1, pop, 4, NULL, &b, NULL));
    assert_true(near(b.gini, 0) && near(b.coverage, 1) && near(b.novelty, 2));
    recs.item = one;
    assert_true(beyond_compute(&recs, 1, pop, 4, NULL, &b, NULL));
    assert_true(near(b.gini, 0.75) && near(b.coverage, 0.25));
}

static void categories_split_at_bars(void **state)
{
    (void)state;
    const char bytes[] = "Soap | Bath & Body\0\0 | Soap | Soap\0Bath & Body";
    uint64_t at[] = {0, 19, 20, 35, 47};
    struct strtab text = {4, at, bytes};
    struct categories c;
    assert_true(categories_build(&text, &c, NULL));
    int64_t offsets[] = {0, 2, 2, 3, 4};
    int32_t numbers[] = {0, 1, 0, 1};
    assert_int_equal(c.n_categories, 2);
    assert_memory_equal(c.offset, offsets, sizeof offsets);
    assert_memory_equal(c.category, numbers, sizeof numbers);
    categories_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranking_of_a_worked_example),
        cmocka_unit_test(ranking_of_nothing_is_not_a_number),
        cmocka_unit_test(beyond_equals_the_definitions),
        cmocka_unit_test(gini_has_its_ends),
        cmocka_unit_test(categories_split_at_bars),
    };
    return cmocka_run_group_tests_name("analysis/metric", tests, NULL, NULL);
}
