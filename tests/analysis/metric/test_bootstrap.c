#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/math/parallel.h"
#include "analysis/metric/bootstrap.h"
#include "storage/base/mem.h"

static uint64_t state_of_random = 88172645463325252u;

static uint32_t draw(uint32_t below)
{
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 7;
    state_of_random ^= state_of_random << 17;
    return (uint32_t)(state_of_random >> 33) % below;
}

static void close_to(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.6f is not within %g of %.6f", value, tolerance, expected);
}

enum { USERS = 300, CASES = 700 };
static int32_t user[CASES];
static double first[CASES], second[CASES];

/* Users with 0 to 4 cases; the second metric counts only in a part of them. */
static void make_cases(void)
{
    int32_t u = 0;
    for (int i = 0; i < CASES; i++) {
        u += draw(3) == 0 ? 1 + (int32_t)draw(2) : 0;
        user[i] = u;
        first[i] = draw(100) / 100.0 + (u % 3);
        second[i] = draw(3) == 0 ? (double)NAN : (double)draw(2);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Draws users one by one with all their cases, and another generator. */
static void naive_interval(const double *value, int resamples, double *lo, double *hi)
{
    int begin[CASES + 1], n_users = 0;
    for (int i = 0; i < CASES; i++)
        if (i == 0 || user[i] != user[i - 1])
            begin[n_users++] = i;
    begin[n_users] = CASES;
    double *mean = mem_zalloc((size_t)resamples, sizeof *mean);
    for (int b = 0; b < resamples; b++) {
        double sum = 0, n = 0;
        for (int d = 0; d < n_users; d++) {
            int u = (int)draw((uint32_t)n_users);
            for (int i = begin[u]; i < begin[u + 1]; i++) {
                sum += isnan(value[i]) ? 0 : value[i];
                n += !isnan(value[i]);
            }
        }
        mean[b] = sum / n;
    }
    qsort(mean, (size_t)resamples, sizeof *mean, ascending);
    *lo = mean[(int)(0.025 * resamples)];
    *hi = mean[(int)(0.975 * resamples)];
    free(mean);
}

static void agrees_with_naive_resampling(void **state)
{
    (void)state;
    make_cases();
    const double *const value[] = {first, second};
    struct bootstrap_options options = {.resamples = 20000, .seed = 4};
    struct estimate out[2];
    assert_true(bootstrap_means(user, CASES, value, 2, &options, out, NULL, NULL));
    for (int m = 0; m < 2; m++) {
        double lo, hi, sum = 0, n = 0;
        naive_interval(value[m], 20000, &lo, &hi);
        for (int i = 0; i < CASES; i++) {
            sum += isnan(value[m][i]) ? 0 : value[m][i];
            n += !isnan(value[m][i]);
        }
        close_to(out[m].value, sum / n, 1e-12);
        /* Two percentiles of 20,000 replicates differ by their own noise. */
        close_to(out[m].lo, lo, 0.06 * (hi - lo));
        close_to(out[m].hi, hi, 0.06 * (hi - lo));
    }
}

/* Width from theory: for one case per user and 0/1 values, ± 1.96 sqrt(p (1-p) / n). */
static void width_is_that_of_theory(void **state)
{
    (void)state;
    enum { N = 2000 };
    static int32_t users[N];
    static double value[N];
    for (int i = 0; i < N; i++) {
        users[i] = i;
        value[i] = i % 5 == 0;
    }
    const double *const values[] = {value};
    struct bootstrap_options options = {.seed = 1};
    struct estimate out;
    assert_true(bootstrap_means(users, N, values, 1, &options, &out, NULL, NULL));
    double half = 1.96 * sqrt(0.2 * 0.8 / N);
    close_to(out.value, 0.2, 1e-12);
    close_to(out.lo, 0.2 - half, 0.1 * half);
    close_to(out.hi, 0.2 + half, 0.1 * half);
}

static void what_does_not_vary_has_no_width(void **state)
{
    (void)state;
    make_cases();
    double ones[CASES], shifted[CASES], nothing[CASES];
    for (int i = 0; i < CASES; i++) {
        ones[i] = 1;
        shifted[i] = first[i] + 0.25;
        nothing[i] = (double)NAN;
    }
    const double *const value[] = {ones, nothing};
    const double *const a[] = {first, second}, *const b[] = {shifted, second};
    struct bootstrap_options options = {.resamples = 50, .seed = 9};
    struct estimate out[2];
    assert_true(bootstrap_means(user, CASES, value, 2, &options, out, NULL, NULL));
    assert_true(out[0].value == 1 && out[0].lo == 1 && out[0].hi == 1);
    assert_true(isnan(out[1].value) && isnan(out[1].lo) && isnan(out[1].hi));
    assert_true(bootstrap_paired(user, CASES, a, b, 2, &options, out, NULL, NULL));
    close_to(out[0].lo, 0.25, 1e-9);
    close_to(out[0].hi, 0.25, 1e-9);
    assert_true(estimate_distinguishable(&out[0]));
    assert_true(out[1].value == 0 && out[1].lo == 0 && out[1].hi == 0);
    assert_false(estimate_distinguishable(&out[1]));
}

static void threads_and_company_change_nothing(void **state)
{
    (void)state;
    make_cases();
    const double *const both[] = {first, second}, *const one[] = {second};
    struct bootstrap_options options = {.resamples = 301, .seed = 7};
    struct estimate a[2], b[2], alone;
    parallel_set_threads(1);
    assert_true(bootstrap_means(user, CASES, both, 2, &options, a, NULL, NULL));
    parallel_set_threads(2);
    assert_true(bootstrap_means(user, CASES, both, 2, &options, b, NULL, NULL));
    parallel_set_threads(0);
    assert_memory_equal(a, b, sizeof a);
    assert_true(bootstrap_means(user, CASES, one, 1, &options, &alone, NULL, NULL));
    assert_memory_equal(&a[1], &alone, sizeof alone);
    options.seed = 8;
    assert_true(bootstrap_means(user, CASES, both, 2, &options, b, NULL, NULL));
    assert_true(a[0].lo != b[0].lo && a[0].value == b[0].value);
}

static void nobody_and_one_user(void **state)
{
    (void)state;
    struct bootstrap_options options = {.resamples = 10, .seed = 7};
    struct estimate out;
    const double value[] = {2, 4};
    const int32_t same[] = {5, 5};
    const double *const values[] = {value};
    assert_true(bootstrap_means(same, 0, values, 1, &options, &out, NULL, NULL));
    assert_true(isnan(out.value) && isnan(out.lo) && isnan(out.hi));
    assert_true(bootstrap_means(same, 2, values, 1, &options, &out, NULL, NULL));
    assert_true(out.value == 3 && out.lo == 3 && out.hi == 3);
}

/* Seeds that differ widen the interval; seeds that agree give that of one. */
static void seeds_are_resampled_too(void **state)
{
    (void)state;
    make_cases();
    double moved[CASES];
    for (int i = 0; i < CASES; i++)
        moved[i] = first[i] + 1;
    const double *const alike[] = {first, first, first}, *const apart[] = {first, moved};
    struct bootstrap_options options = {.seed = 3};
    struct estimate one, three, two;
    assert_true(bootstrap_means(user, CASES, alike, 1, &options, &one, NULL, NULL));
    assert_true(bootstrap_seeds(user, CASES, alike, 3, 1, &options, &three, NULL, NULL));
    assert_true(bootstrap_seeds(user, CASES, apart, 2, 1, &options, &two, NULL, NULL));
    close_to(three.value, one.value, 1e-12);
    close_to(three.lo, one.lo, 1e-9);
    close_to(three.hi, one.hi, 1e-9);
    close_to(two.value, one.value + 0.5, 1e-9);
    assert_true(two.lo < one.value + 0.1 && two.hi > one.value + 0.9);
}

/* What is common to both sides cancels; a seed of one side that differs spreads its difference over
 * 0, 1/2 and 1 and no more, whatever users are drawn. */
static void groups_are_paired_by_user_and_not_by_seed(void **state)
{
    (void)state;
    make_cases();
    double moved[CASES];
    for (int i = 0; i < CASES; i++)
        moved[i] = first[i] + 1;
    const double *const one[] = {first, second}, *const other[] = {moved, first};
    const double *const both[] = {first, moved}, *const twice[] = {moved, moved};
    struct bootstrap_options options = {.seed = 3};
    struct estimate paired[2], single[2], same, spread, turned;
    assert_true(bootstrap_paired(user, CASES, one, other, 2, &options, paired, NULL, NULL));
    assert_true(bootstrap_groups(user, CASES, one, 1, other, 1, 2, &options, single, NULL, NULL));
    assert_memory_equal(paired, single, sizeof paired);
    assert_true(bootstrap_groups(user, CASES, one, 1, twice, 2, 1, &options, &same, NULL, NULL));
    close_to(same.value, 1, 1e-9);
    close_to(same.lo, 1, 1e-9);
    close_to(same.hi, 1, 1e-9);
    assert_true(bootstrap_groups(user, CASES, one, 1, both, 2, 1, &options, &spread, NULL, NULL));
    close_to(spread.value, 0.5, 1e-9);
    close_to(spread.lo, 0, 1e-9);
    close_to(spread.hi, 1, 1e-9);
    assert_true(bootstrap_groups(user, CASES, both, 2, both, 2, 1, &options, &turned, NULL, NULL));
    close_to(turned.value, 0, 1e-9);
    assert_true(turned.lo < -0.9 && turned.hi > 0.9); /* the seeds of both are drawn apart */
}

/* Two metrics at once are what each is alone, and a slice keeps its cases. */
static void seeds_of_several_metrics_keep_apart(void **state)
{
    (void)state;
    make_cases();
    double moved[CASES], slice[CASES];
    for (int i = 0; i < CASES; i++) {
        moved[i] = first[i] + 1;
        slice[i] = second[i] + 2;
    }
    const double *const all[] = {first, second, moved, slice};
    const double *const only_first[] = {first, moved}, *const only_second[] = {second, slice};
    struct bootstrap_options options = {.seed = 4};
    struct estimate together[2], alone[2];
    assert_true(bootstrap_seeds(user, CASES, all, 2, 2, &options, together, NULL, NULL));
    assert_true(bootstrap_seeds(user, CASES, only_first, 2, 1, &options, &alone[0], NULL, NULL));
    assert_true(bootstrap_seeds(user, CASES, only_second, 2, 1, &options, &alone[1], NULL, NULL));
    assert_memory_equal(together, alone, sizeof alone);
    assert_true(together[1].value > 1 &&
                together[1].value < 2); /* 0 or 1, and 2 more in one seed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_naive_resampling),
        cmocka_unit_test(width_is_that_of_theory),
        cmocka_unit_test(what_does_not_vary_has_no_width),
        cmocka_unit_test(threads_and_company_change_nothing),
        cmocka_unit_test(nobody_and_one_user),
        cmocka_unit_test(seeds_are_resampled_too),
        cmocka_unit_test(groups_are_paired_by_user_and_not_by_seed),
        cmocka_unit_test(seeds_of_several_metrics_keep_apart),
    };
    return cmocka_run_group_tests_name("bootstrap", tests, NULL, NULL);
}
