/* analysis/math: rng, parallel, topk, stats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/math/stats.h"
#include "analysis/math/topk.h"

/* The known answers that the authors of Philox publish with Random123 (kat_vectors). */
static void rng_equals_published_vectors(void **state)
{
    (void)state;
    uint64_t out[2];
    rng_block(0, 0, 0, out);
    assert_true(out[0] == 0xe169c58d6627e8d5u && out[1] == 0x9b00dbd8bc57ac4cu);
    rng_block(UINT64_MAX, UINT64_MAX, UINT64_MAX, out);
    assert_true(out[0] == 0x41c83b0e408f276du && out[1] == 0x6d5451fda20bc7c6u);
    rng_block(0x299f31d0a4093822u, 0x0370734413198a2eu, 0x85a308d3243f6a88u, out);
    assert_true(out[0] == 0x94fdccebd16cfe09u && out[1] == 0x24126ea15001e420u);
}

static void rng_state_and_counter_agree(void **state)
{
    (void)state;
    struct rng rng = rng_new(7, rng_stream(3, 11));
    for (uint64_t i = 0; i < 100; i++)
        assert_true(rng_next(&rng) == rng_at(7, rng_stream(3, 11), i));
    assert_true(rng_at(7, 1, 0) != rng_at(7, 2, 0));
    assert_true(rng_at(7, 1, 0) != rng_at(8, 1, 0));
    assert_true(rng_stream(0, 1) != rng_stream(1, 0));
}

static void rng_draws_have_their_distribution(void **state)
{
    (void)state;
    struct rng rng = rng_new(1, 1);
    enum { N = 60000, CELLS = 6 };
    int cell[CELLS] = {0};
    double sum = 0, normal = 0, square = 0;
    for (int i = 0; i < N; i++) {
        cell[rng_below(&rng, CELLS)]++;
        double u = rng_uniform(&rng);
        assert_true(u >= 0 && u < 1);
        sum += u;
        double z = rng_normal(&rng);
        normal += z;
        square += z * z;
    }
    for (int i = 0; i < CELLS; i++) /* 5 standard deviations of a binomial count */
        assert_true(fabs(cell[i] - N / 6.0) < 5 * sqrt(N * 5 / 36.0));
    assert_true(fabs(sum / N - 0.5) < 5 * sqrt(1 / 12.0 / N));
    assert_true(fabs(normal / N) < 5 / sqrt(N));
    assert_true(fabs(square / N - 1) < 5 * sqrt(2.0 / N));
    assert_true(rng_below(&rng, 1) == 0);
}

static void rng_shuffle_gives_every_order(void **state)
{
    (void)state;
    struct rng rng = rng_new(5, 0);
    int seen[27] = {0};
    for (int i = 0; i < 6000; i++) {
        int32_t v[3] = {0, 1, 2};
        rng_shuffle(&rng, v, 3);
        seen[v[0] * 9 + v[1] * 3 + v[2]]++;
    }
    int orders = 0;
    for (int i = 0; i < 27; i++) {
        if (seen[i] == 0)
            continue;
        orders++;
        assert_true(abs(seen[i] - 1000) < 5 * 29);
    }
    assert_int_equal(orders, 6);
    rng_shuffle(&rng, NULL, 0);
}

struct marks {
    int *count;
    int64_t fail_from;
    bool nest;
};

static bool mark_inner(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)err;
    assert_int_equal(worker, 0);
    int *total = context;
    *total += (int)(end - begin);
    return true;
}

static bool mark(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct marks *m = context;
    if (worker < 0 || worker >= parallel_threads() || begin >= end || begin % 7)
        return error_set(err, ERROR_INPUT, "bad chunk");
    for (int64_t i = begin; i < end; i++)
        m->count[i]++;
    if (m->nest) {
        int total = 0;
        if (!parallel_for(end - begin, 2, mark_inner, &total, NULL, "", "", err) ||
            total != end - begin)
            return error_set(err, ERROR_INPUT, "bad nested loop");
    }
    if (m->fail_from >= 0 && end > m->fail_from)
        return error_set(err, ERROR_INPUT, "failed at %d", (int)begin);
    return true;
}

static void parallel_covers_each_index_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 5; threads++) {
        parallel_set_threads(threads);
        assert_int_equal(parallel_threads(), threads);
        for (int64_t n = 0; n < 60; n++) {
            int count[60] = {0};
            struct marks m = {.count = count, .fail_from = -1, .nest = n % 2 == 0};
            assert_true(parallel_for(n, 7, mark, &m, NULL, "", "", NULL));
            for (int i = 0; i < 60; i++)
                assert_int_equal(count[i], i < n);
        }
    }
    parallel_set_threads(0);
    assert_true(parallel_threads() >= 1);
}

static void parallel_stops_on_error_and_cancel(void **state)
{
    (void)state;
    static int count[10000];
    struct error err = {0};
    struct marks m = {.count = count, .fail_from = 0};
    parallel_set_threads(1);
    assert_false(parallel_for(10000, 7, mark, &m, NULL, "", "", &err));
    assert_int_equal(count[7], 0);
    assert_string_equal(err.text, "failed at 0");
    parallel_set_threads(4);
    assert_false(parallel_for(10000, 7, mark, &m, NULL, "", "", &err));
    struct progress progress = {.cancel = true};
    m.fail_from = -1;
    assert_false(parallel_for(10000, 7, mark, &m, &progress, "", "", &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_int_equal(count[9999], 0);
    parallel_set_threads(0);
}

static int by_rank(const void *a, const void *b)
{
    const struct topk_entry *x = a, *y = b;
    if (x->score < y->score || x->score > y->score)
        return x->score < y->score ? 1 : -1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void topk_equals_a_full_sort(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct rng rng = rng_new(seed, 0);
        struct topk_entry all[80], kept[20];
        int n = (int)rng_below(&rng, 80), k = (int)rng_below(&rng, 20), m = 0;
        int32_t index[80];
        for (int i = 0; i < 80; i++)
            index[i] = i;
        rng_shuffle(&rng, index, 80);
        struct topk t = topk_new(kept, k);
        for (int i = 0; i < n; i++) {
            double score = rng_below(&rng, 12) == 0 ? (double)NAN : (double)rng_below(&rng, 9) - 4;
            int64_t weight = seed % 2 ? (int64_t)rng_below(&rng, 3) : 0;
            if (seed % 2)
                topk_push_weighted(&t, score, weight, index[i]);
            else
                topk_push(&t, score, index[i]);
            if (!isnan(score))
                all[m++] = (struct topk_entry){score, weight, index[i]};
        }
        qsort(all, (size_t)m, sizeof all[0], by_rank);
        topk_sort(&t);
        assert_int_equal(t.n, m < k ? m : k);
        for (int i = 0; i < t.n; i++) {
            assert_int_equal(kept[i].index, all[i].index);
            assert_true(kept[i].score >= all[i].score && kept[i].score <= all[i].score);
        }
    }
}

static void stats_percentiles_interpolate(void **state)
{
    (void)state;
    double v[5] = {4, 1, 3, 2, 0};
    assert_true(fabs(stats_mean(v, 5) - 2) < 1e-15);
    stats_sort(v, 5);
    assert_true(fabs(stats_percentile(v, 5, 0) - 0) < 1e-15);
    assert_true(fabs(stats_percentile(v, 5, 100) - 4) < 1e-15);
    assert_true(fabs(stats_percentile(v, 5, 50) - 2) < 1e-15);
    assert_true(fabs(stats_percentile(v, 5, 10) - 0.4) < 1e-15);
    assert_true(isnan(stats_percentile(v, 0, 50)) && isnan(stats_mean(v, 0)));
    assert_true(fabs(stats_percentile(v, 1, 97.5) - 0) < 1e-15);
    double w[101];
    for (int i = 0; i <= 100; i++)
        w[i] = 100 - i;
    struct interval interval = stats_interval(w, 101);
    assert_true(fabs(interval.mean - 50) < 1e-12 && fabs(interval.lo - 2.5) < 1e-12);
    assert_true(fabs(interval.hi - 97.5) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rng_equals_published_vectors),
        cmocka_unit_test(rng_state_and_counter_agree),
        cmocka_unit_test(rng_draws_have_their_distribution),
        cmocka_unit_test(rng_shuffle_gives_every_order),
        cmocka_unit_test(parallel_covers_each_index_once),
        cmocka_unit_test(parallel_stops_on_error_and_cancel),
        cmocka_unit_test(topk_equals_a_full_sort),
        cmocka_unit_test(stats_percentiles_interpolate),
    };
    return cmocka_run_group_tests_name("analysis/math", tests, NULL, NULL);
}
