/* analysis/corpus: edges, popularity, splits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/corpus/edges.h"
#include "analysis/corpus/popularity.h"
#include "analysis/corpus/split.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"
#include "tests/analysis/fixture.h"

enum { ITEMS = 120 };

/* The table by definition: a dense matrix. */
static struct {
    int32_t t[ITEMS][ITEMS];
    int64_t pop[ITEMS], total, pop_total;
} naive;

static void count_naively(const struct fixture *f)
{
    memset(&naive, 0, sizeof naive);
    for (int32_t u = 0; u < f->corpus.n_users; u++)
        for (int32_t i = 0; i < f->end[u]; i++) {
            const int32_t *s = f->item + f->offset[u];
            naive.pop[s[i]]++;
            naive.pop_total++;
            if (i > 0) {
                naive.t[s[i - 1]][s[i]]++;
                naive.total++;
            }
        }
}

/* Is successor a of x ranked before b? */
static bool before(int32_t x, int32_t a, int32_t b)
{
    if (naive.t[x][a] != naive.t[x][b])
        return naive.t[x][a] > naive.t[x][b];
    if (naive.pop[a] != naive.pop[b])
        return naive.pop[a] > naive.pop[b];
    return a < b;
}

/* Every pair at once: groups hold successors of many items, and of items without any. */
static void check_pairs(const struct edges *e)
{
    size_t n = (size_t)e->n_items * (size_t)e->n_items;
    int32_t *x = mem_alloc(n * sizeof *x), *v = mem_alloc(n * sizeof *v);
    int32_t *count = mem_alloc(n * sizeof *count);
    for (size_t i = 0; i < n; i++) {
        x[i] = (int32_t)(i % (size_t)e->n_items);
        v[i] = (int32_t)(i / (size_t)e->n_items);
        count[i] = -1;
    }
    edges_counts(e, n, x, v, count);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(count[i], naive.t[x[i]][v[i]]);
    free(x);
    free(v);
    free(count);
}

static void check_rows(const struct edges *e, int32_t x)
{
    int64_t out = 0, in = 0, degree = 0, in_degree = 0;
    for (int32_t v = 0; v < e->n_items; v++) {
        assert_int_equal(edges_count(e, x, v), naive.t[x][v]);
        out += naive.t[x][v];
        in += naive.t[v][x];
        if (naive.t[x][v] > 0) {
            assert_int_equal(e->sorted_item[e->out_offset[x] + degree], v);
            assert_int_equal(e->sorted_count[e->out_offset[x] + degree], naive.t[x][v]);
            degree++;
        }
        if (naive.t[v][x] > 0) {
            assert_int_equal(e->in_item[e->in_offset[x] + in_degree], v);
            assert_int_equal(e->in_count[e->in_offset[x] + in_degree], naive.t[v][x]);
            in_degree++;
        }
    }
    assert_int_equal(e->out_offset[x + 1] - e->out_offset[x], degree);
    assert_int_equal(e->in_offset[x + 1] - e->in_offset[x], in_degree);
    assert_int_equal(e->out_total[x], out);
    assert_int_equal(e->in_total[x], in);
    for (int64_t i = e->out_offset[x]; i < e->out_offset[x + 1]; i++) {
        assert_int_equal(e->out_count[i], naive.t[x][e->out_item[i]]);
        if (i > e->out_offset[x])
            assert_true(before(x, e->out_item[i - 1], e->out_item[i]));
    }
}

static void check_edges(const struct fixture *f)
{
    struct training training = {&f->corpus, f->end};
    struct edges e;
    assert_true(edges_build(&training, &e, NULL));
    count_naively(f);
    assert_int_equal(e.total, naive.total);
    assert_int_equal(e.pop_total, naive.pop_total);
    assert_int_equal(e.n_distinct, e.out_offset[e.n_items]);
    for (int32_t x = 0; x < e.n_items; x++) {
        assert_int_equal(e.pop[x], naive.pop[x]);
        check_rows(&e, x);
    }
    check_pairs(&e);
    edges_release(&e);
}

static void edges_equal_a_dense_matrix(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct rng rng = rng_new(seed, 1);
        struct fixture f;
        fixture_random(&rng, 12, seed % 2 ? 4 : 14, 15, &f);
        check_edges(&f);
        fixture_release(&f);
    }
}

/* Rows long enough, and counts large enough, for every pass of the row sort. */
static void edges_sort_long_rows(void **state)
{
    (void)state;
    enum { N = 70000 };
    static int32_t item[2 * N];
    static int64_t offset[2] = {0, 2 * N};
    static int32_t end[1] = {2 * N};
    struct rng rng = rng_new(3, 0);
    for (int i = 0; i < N; i++) { /* hub 0 before everything; item 1 very often */
        item[2 * i] = 0;
        uint64_t draw = rng_below(&rng, ITEMS * 8);
        item[2 * i + 1] = draw < ITEMS ? (int32_t)draw : draw < ITEMS * 6 ? 1 : 2;
    }
    struct fixture f = {{1, ITEMS, offset, item}, offset, item, end};
    check_edges(&f);
}

static void edges_lift_is_observed_over_expected(void **state)
{
    (void)state;
    int32_t item[] = {0, 1, 0, 1, 2};
    int64_t offset[] = {0, 5};
    int32_t end[] = {5};
    struct corpus c = {1, 4, offset, item};
    struct training training = {&c, end};
    struct edges e;
    assert_true(edges_build(&training, &e, NULL));
    assert_true(fabs(edges_lift(&e, 0, 1) - 2.0 * 4 / (2 * 2)) < 1e-12);
    assert_true(fabs(edges_lift(&e, 1, 2) - 1.0 * 4 / (2 * 1)) < 1e-12);
    assert_true(edges_lift(&e, 3, 2) < 1e-12 && edges_lift(&e, 2, 3) < 1e-12);
    edges_release(&e);
}

static void popularity_ranks_by_count_then_index(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct rng rng = rng_new(seed, 2);
        struct fixture f;
        fixture_random(&rng, 10, 10, 8, &f);
        struct training training = {&f.corpus, f.end};
        int64_t pop[10];
        count_naively(&f);
        popularity_count(&training, pop);
        int32_t *order = popularity_order(pop, f.corpus.n_items, NULL);
        bool seen[10] = {false};
        for (int32_t i = 0; i < f.corpus.n_items; i++) {
            assert_int_equal(pop[i], naive.pop[i]);
            assert_false(seen[order[i]]);
            seen[order[i]] = true;
            if (i > 0)
                assert_true(pop[order[i - 1]] > pop[order[i]] ||
                            (pop[order[i - 1]] == pop[order[i]] && order[i - 1] < order[i]));
        }
        free(order);
        fixture_release(&f);
    }
}

static void split_leave_one_out_keeps_short_users(void **state)
{
    (void)state;
    int32_t item[] = {0, 1, 0, 2, 1, 0, 3, 2, 1};
    int64_t offset[] = {0, 0, 1, 3, 6, 9}; /* lengths 0 1 2 3 3 */
    struct corpus c = {5, 4, offset, item};
    struct split s;
    assert_true(split_leave_one_out(&c, &s, NULL));
    int32_t train[] = {0, 1, 2, 1, 1}, valid[] = {0, 1, 2, 2, 2};
    assert_memory_equal(s.train_end, train, sizeof train);
    assert_memory_equal(s.valid_end, valid, sizeof valid);
    for (int p = 0; p < 2; p++) {
        assert_int_equal(s.part[p].n, 2);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(s.part[p].user[i], 3 + i);
            assert_int_equal(s.part[p].position[i], p == PART_TEST ? 2 : 1);
        }
    }
    assert_ptr_equal(split_training(&s, &c, TRAINED_ON_TRAIN).end, s.train_end);
    assert_ptr_equal(split_training(&s, &c, TRAINED_ON_TRAIN_VALID).end, s.valid_end);
    split_release(&s);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void check_cases(const struct corpus *c, const struct split *s, bool skip_empty)
{
    for (int p = 0; p < 2; p++) {
        int64_t n = 0;
        for (int32_t u = 0; u < c->n_users; u++)
            for (int32_t i = 0; i < corpus_length(c, u); i++) {
                int part = i < s->train_end[u] ? -1 : i < s->valid_end[u] ? PART_VALID : PART_TEST;
                if (part != p || (skip_empty && i == 0))
                    continue;
                assert_int_equal(s->part[p].user[n], u);
                assert_int_equal(s->part[p].position[n], i);
                n++;
            }
        assert_int_equal(s->part[p].n, n);
    }
}

static void split_temporal_cuts_at_quantiles(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct rng rng = rng_new(seed, 4);
        struct fixture f;
        fixture_random(&rng, 8, 5, 6, &f);
        int64_t n = f.offset[f.corpus.n_users], time[48], sorted[48];
        for (int64_t i = 0; i < n; i++)
            time[i] = (int64_t)rng_below(&rng, 12) * (seed % 3 ? 1 : 1000000007) - 5;
        for (int32_t u = 0; u < f.corpus.n_users; u++)
            qsort(time + f.offset[u], (size_t)(f.offset[u + 1] - f.offset[u]), sizeof *time,
                  by_value);
        memcpy(sorted, time, sizeof sorted);
        qsort(sorted, (size_t)n, sizeof *sorted, by_value);
        struct split s;
        assert_true(split_temporal(&f.corpus, time, 0.6, 0.8, &s, NULL));
        for (int32_t u = 0; u < f.corpus.n_users; u++)
            for (int64_t i = f.offset[u]; i < f.offset[u + 1]; i++) {
                int32_t at = (int32_t)(i - f.offset[u]);
                int64_t up_to = (int64_t)ceil(0.6 * (double)n),
                        to_test = (int64_t)ceil(0.8 * (double)n);
                assert_int_equal(at < s.train_end[u], time[i] <= sorted[up_to - 1]);
                assert_int_equal(at < s.valid_end[u], time[i] <= sorted[to_test - 1]);
            }
        check_cases(&f.corpus, &s, true);
        split_release(&s);
        fixture_release(&f);
    }
}

static void split_given_checks_and_follows_prefixes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct rng rng = rng_new(seed, 5);
        struct fixture f;
        fixture_random(&rng, 8, 5, 6, &f);
        int32_t valid[9] = {0};
        for (int32_t u = 0; u < f.corpus.n_users; u++)
            valid[u] = f.end[u] + (int32_t)rng_below(
                                      &rng, (uint64_t)(corpus_length(&f.corpus, u) - f.end[u]) + 1);
        struct split s;
        assert_true(split_given(&f.corpus, f.end, valid, &s, NULL));
        check_cases(&f.corpus, &s, true);
        split_release(&s);
        struct error err = {0};
        if (f.corpus.n_users > 0) {
            valid[0] = corpus_length(&f.corpus, 0) + 1;
            assert_false(split_given(&f.corpus, f.end, valid, &s, &err));
            assert_int_equal(err.code, ERROR_INPUT);
        }
        fixture_release(&f);
    }
}

static void split_refuses_what_makes_no_sense(void **state)
{
    (void)state;
    int64_t offset[] = {0}, time[] = {0};
    struct corpus c = {0, 1, offset, NULL};
    struct split s;
    struct error err = {0};
    assert_false(split_temporal(&c, NULL, 0.8, 0.9, &s, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_false(split_temporal(&c, time, 0.9, 0.8, &s, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_false(split_temporal(&c, time, (double)NAN, 0.8, &s, &err));
    assert_true(split_temporal(&c, time, 0.8, 0.9, &s, &err));
    assert_int_equal(s.part[PART_TEST].n + s.part[PART_VALID].n, 0);
    split_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_equal_a_dense_matrix),
        cmocka_unit_test(edges_sort_long_rows),
        cmocka_unit_test(edges_lift_is_observed_over_expected),
        cmocka_unit_test(popularity_ranks_by_count_then_index),
        cmocka_unit_test(split_leave_one_out_keeps_short_users),
        cmocka_unit_test(split_temporal_cuts_at_quantiles),
        cmocka_unit_test(split_given_checks_and_follows_prefixes),
        cmocka_unit_test(split_refuses_what_makes_no_sense),
    };
    return cmocka_run_group_tests_name("analysis/corpus", tests, NULL, NULL);
}
