#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/metric/attribution.h"
#include "storage/base/mem.h"

/* 10 interactions: item 2 has 5, item 0 has 3, items 1 and 3 one each, item 4 none. */
static const int64_t pop[] = {3, 1, 5, 1, 0};

static void quintiles_cut_where_interactions_pass(void **state)
{
    (void)state;
    uint8_t quintile[5];
    assert_true(slices_quintiles(pop, 5, quintile, NULL));
    assert_int_equal(quintile[2], 0); /* nothing before it */
    assert_int_equal(quintile[0], 2); /* 50 % before it */
    assert_int_equal(quintile[1], 4); /* 80 % */
    assert_int_equal(quintile[3], 4); /* 90 % */
    assert_int_equal(quintile[4], 4);
    const int64_t even[] = {7, 7, 7, 7, 7}, none[] = {0, 0};
    assert_true(slices_quintiles(even, 5, quintile, NULL));
    for (int i = 0; i < 5; i++)
        assert_int_equal(quintile[i], i);
    assert_true(slices_quintiles(none, 2, quintile, NULL));
    assert_int_equal(quintile[0], 4);
    assert_true(slices_quintiles(pop, 0, quintile, NULL));
}

static void names_are_distinct_and_in_place(void **state)
{
    (void)state;
    for (int s = 0; s < SLICES; s++) {
        assert_non_null(slice_name(s));
        for (int o = 0; o < s; o++)
            assert_string_not_equal(slice_name(s), slice_name(o));
    }
    for (int l = 0; l < RELATION_LABELS; l++)
        assert_string_equal(slice_name(SLICE_LABEL + l) + strlen("label:"), relation_label_name(l));
    assert_string_equal(slice_name(SLICE_QUINTILE), "popularity:1");
    assert_string_equal(slice_name(SLICE_LENGTH), "history:0-3");
    assert_string_equal(slice_name(SLICES - 1), "history:50+");
}

/* One user of 60 items: cases with every history length, targets 0..4 in turn. */
enum { CASES = 60 };
static int32_t item[CASES], user[CASES], position[CASES];
static const int64_t offset[] = {0, CASES};
static const struct corpus corpus = {1, 5, offset, item};
static uint8_t reachable[CASES];
static uint16_t label[CASES];
static uint64_t mask[CASES];
static double a[CASES], b[CASES];

static void make_cases(void)
{
    uint8_t quintile[5];
    assert_true(slices_quintiles(pop, 5, quintile, NULL));
    for (int i = 0; i < CASES; i++) {
        item[i] = i % 5;
        position[i] = i;
        reachable[i] = i % 4 == 0;
        label[i] = (uint16_t)(i == 0       ? 0
                              : i % 3 == 0 ? RELATION_MEMORIZATION << 12
                              : i % 3 == 1 ? RELATION_UNCATEGORIZED << 12
                                           : RELATION_GENERALIZATION << 12 | 2 << 3 | 3 << 6);
        a[i] = i % 7;
        b[i] = i % 7 + (reachable[i] ? 2.0 : 0.5);
    }
    struct case_list cases = {CASES, user, position};
    slices_assign(&corpus, &cases, reachable, label, quintile, mask);
}

static bool in(int slice, int c)
{
    return mask[c] >> slice & 1;
}

static void every_case_is_in_its_slices(void **state)
{
    (void)state;
    make_cases();
    const int low[] = {0, 4, 6, 10, 20, 50}, high[] = {3, 5, 9, 19, 49, 1000};
    for (int c = 0; c < CASES; c++) {
        assert_int_equal(in(SLICE_REACHABLE, c), reachable[c]);
        assert_int_equal(in(SLICE_UNREACHABLE, c), !reachable[c]);
        assert_int_equal(in(SLICE_LABEL + relation_label_find("symmetry_2"), c),
                         c > 0 && c % 3 == 2);
        assert_int_equal(in(SLICE_LABEL + relation_label_find("memorization"), c),
                         c > 0 && c % 3 == 0);
        assert_int_equal(in(SLICE_QUINTILE, c), c % 5 == 2);
        for (int l = 0; l < SLICE_LENGTHS; l++)
            assert_int_equal(in(SLICE_LENGTH + l, c), c >= low[l] && c <= high[l]);
    }
    struct case_list cases = {CASES, user, position};
    slices_assign(&corpus, &cases, NULL, NULL, NULL, mask);
    for (int c = 0; c < CASES; c++)
        assert_int_equal(__builtin_popcountll(mask[c]), 1); /* the length alone */
}

static void means_are_those_of_the_cases(void **state)
{
    (void)state;
    make_cases();
    struct slice_figure figure[SLICES];
    slices_mean(mask, CASES, a, figure);
    for (int s = 0; s < SLICES; s++) {
        double sum = 0, selected[CASES];
        int64_t n = 0;
        slices_select(mask, CASES, s, a, selected);
        for (int c = 0; c < CASES; c++) {
            assert_int_equal(isnan(selected[c]), !in(s, c));
            sum += in(s, c) ? selected[c] : 0;
            n += in(s, c);
        }
        assert_int_equal(figure[s].n, n);
        assert_true(fabs(figure[s].share - (double)n / CASES) < 1e-12);
        assert_true(n == 0 ? isnan(figure[s].mean)
                           : fabs(figure[s].mean - sum / (double)n) < 1e-12);
    }
    slices_mean(mask, 0, a, figure);
    assert_int_equal(figure[SLICE_REACHABLE].n, 0);
}

static void contributions_add_up(void **state)
{
    (void)state;
    make_cases();
    label[0] = RELATION_MEMORIZATION << 12; /* a partition has every case */
    uint8_t quintile[5];
    assert_true(slices_quintiles(pop, 5, quintile, NULL));
    struct case_list cases = {CASES, user, position};
    slices_assign(&corpus, &cases, reachable, label, quintile, mask);
    for (int by = ATTRIBUTION_REACHABLE; by <= ATTRIBUTION_LENGTH; by++) {
        struct attribution out;
        attribution_of((enum attribution_by)by, mask, CASES, a, b, &out);
        double contribution = 0, gain = 0, share = 0;
        for (int i = 0; i < out.n; i++) {
            contribution += out.part[i].contribution;
            gain += out.part[i].of_gain;
            share += out.part[i].share;
        }
        assert_true(fabs(contribution - out.difference) < 1e-12);
        assert_true(fabs(gain - 1) < 1e-12);
        assert_true(fabs(share - 1) < 1e-12);
    }
    struct attribution out;
    attribution_of(ATTRIBUTION_REACHABLE, mask, CASES, a, b, &out);
    /* a quarter of the cases gains 2, the others 0.5: 0.5 of 0.875 */
    assert_true(fabs(out.difference - 0.875) < 1e-12);
    assert_int_equal(out.part[0].slice, SLICE_REACHABLE);
    assert_true(fabs(out.part[0].of_gain - 0.5 / 0.875) < 1e-12);
    attribution_of(ATTRIBUTION_REACHABLE, mask, CASES, a, a, &out);
    assert_true(isnan(out.part[0].of_gain) && out.part[0].contribution == 0);
}

static void ceiling_is_the_mean_where_reachable(void **state)
{
    (void)state;
    make_cases();
    double sum = 0;
    for (int c = 0; c < CASES; c += 4)
        sum += a[c];
    assert_true(fabs(attribution_ceiling(mask, CASES, a) - sum / 15) < 1e-12);
    assert_true(isnan(attribution_ceiling(mask, 0, a)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quintiles_cut_where_interactions_pass),
        cmocka_unit_test(names_are_distinct_and_in_place),
        cmocka_unit_test(every_case_is_in_its_slices),
        cmocka_unit_test(means_are_those_of_the_cases),
        cmocka_unit_test(contributions_add_up),
        cmocka_unit_test(ceiling_is_the_mean_where_reachable),
    };
    return cmocka_run_group_tests_name("slices and attribution", tests, NULL, NULL);
}
