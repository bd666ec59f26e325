/* IIRG's neighbour lists against naive code on random corpora; backfill by hand; any threads. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/math/parallel.h"
#include "analysis/math/topk.h"
#include "analysis/strategy/neighbours.h"
#include "tests/analysis/fixture.h"

enum { SEEDS = 300, WIDTH = 8 };

struct naive_entry {
    double score;
    int64_t pop;
    int32_t item;
};

static int better_first(const void *a, const void *b)
{
    const struct naive_entry *x = a, *y = b;
    if (x->score < y->score || x->score > y->score)
        return x->score > y->score ? -1 : 1;
    if (x->pop != y->pop)
        return x->pop > y->pop ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static int64_t *popularity(const struct training *t)
{
    int64_t *pop = calloc((size_t)t->corpus->n_items + 1, sizeof *pop);
    for (int32_t u = 0; u < t->corpus->n_users; u++)
        for (int32_t p = 0; p < t->end[u]; p++)
            pop[corpus_sequence(t->corpus, u)[p]]++;
    return pop;
}

/* Pairs of positions at most `window` apart that hold x and y. */
static int64_t meetings(const struct training *t, int32_t window, int32_t x, int32_t y)
{
    int64_t n = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(t->corpus, u);
        for (int32_t i = 0; i < t->end[u]; i++)
            for (int32_t j = 0; j < t->end[u]; j++)
                n += i != j && abs(i - j) <= window && s[i] == x && s[j] == y;
    }
    return n;
}

static void check_row(const int32_t *row, int32_t keep, struct naive_entry *entry, int32_t n)
{
    qsort(entry, (size_t)n, sizeof *entry, better_first);
    for (int32_t i = 0; i < keep; i++)
        assert_int_equal(row[i], i < n ? entry[i].item : NEIGHBOURS_NONE);
}

static void test_collaborative(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct rng rng = rng_new(seed, 1);
        struct fixture f;
        struct error err = {0};
        struct neighbours n;
        fixture_random(&rng, 12, 10, 9, &f);
        struct training t = {&f.corpus, f.end};
        int64_t *pop = popularity(&t);
        int32_t window = 1 + (int32_t)rng_below(&rng, 5), keep = 1 + (int32_t)rng_below(&rng, 6);
        parallel_set_threads(1 + (int)(seed % 3));
        assert_true(neighbours_collaborative(&t, pop, window, keep, &n, NULL, &err));
        for (int32_t x = 0; x < f.corpus.n_items; x++) {
            struct naive_entry entry[16];
            int32_t count = 0;
            for (int32_t y = 0; y < f.corpus.n_items; y++) {
                int64_t met = y != x ? meetings(&t, window, x, y) : 0;
                if (met > 0)
                    entry[count++] = (struct naive_entry){(double)met, pop[y], y};
            }
            check_row(neighbours_of(&n, x), keep, entry, count);
        }
        neighbours_release(&n);
        free(pop);
        fixture_release(&f);
    }
    parallel_set_threads(0);
}

/* Embeddings of small whole numbers over powers of two, so that cosines of a pair are exact enough
 * for both sides to order them alike; some rows are zero, some equal. */
static void test_semantic(void **state)
{
    (void)state;
    enum { ITEMS = 70, KEEP = 7 };
    float embedding[ITEMS * WIDTH];
    struct rng rng = rng_new(5, 2);
    for (int x = 0; x < ITEMS; x++) {
        /* One to four ones of eight: cosines c / sqrt(a b) with many exact ties. */
        memset(embedding + x * WIDTH, 0, WIDTH * sizeof *embedding);
        int ones = x % 9 == 0 ? 0 : x % 2 ? 1 : 4; /* lengths 1 and 2: exact */
        for (int i = 0; i < ones; i++)
            embedding[x * WIDTH + (int)rng_below(&rng, WIDTH / 4) + i * WIDTH / 4] = 1;
    }
    struct neighbours one, two;
    struct error err = {0};
    parallel_set_threads(1);
    assert_true(neighbours_semantic(embedding, ITEMS, WIDTH, KEEP, &one, NULL, &err));
    parallel_set_threads(3);
    assert_true(neighbours_semantic(embedding, ITEMS, WIDTH, KEEP, &two, NULL, &err));
    parallel_set_threads(0);
    assert_memory_equal(one.item, two.item, sizeof(int32_t) * ITEMS * KEEP);
    for (int32_t x = 0; x < ITEMS; x++) {
        struct naive_entry entry[ITEMS];
        int32_t n = 0;
        for (int32_t y = 0; y < ITEMS && x % 9 != 0; y++) {
            double dot = 0, xx = 0, yy = 0;
            for (int j = 0; j < WIDTH; j++) {
                double a = (double)embedding[x * WIDTH + j], b = (double)embedding[y * WIDTH + j];
                dot += a * b;
                xx += a * a;
                yy += b * b;
            }
            if (y != x && yy > 0)
                entry[n++] = (struct naive_entry){dot / sqrt(xx * yy), 0, y};
        }
        check_row(neighbours_of(&one, x), KEEP, entry, n);
        struct topk_entry kept[KEEP];
        struct topk best = topk_new(kept, KEEP);
        assert_true(neighbours_semantic_of(embedding, ITEMS, WIDTH, x, &best, NULL, &err));
        assert_int_equal(best.n, n < KEEP ? n : KEEP);
        for (int32_t i = 0; i < best.n; i++) {
            assert_int_equal(kept[i].index, entry[i].item);
            assert_true(fabs(kept[i].score - entry[i].score) < 1e-6);
        }
    }
    neighbours_release(&one);
    neighbours_release(&two);
}

/* More items than a block holds, with cosines of any size: a row alone has the bits of all. */
static void test_semantic_of_one(void **state)
{
    (void)state;
    enum { ITEMS = 4500, KEEP = 5 };
    float *embedding = malloc(sizeof *embedding * ITEMS * WIDTH);
    struct rng rng = rng_new(9, 2);
    for (int i = 0; i < ITEMS * WIDTH; i++)
        embedding[i] = (float)rng_below(&rng, 1000) - 500;
    struct neighbours all;
    struct error err = {0};
    assert_true(neighbours_semantic(embedding, ITEMS, WIDTH, KEEP, &all, NULL, &err));
    for (int32_t x = 0; x < ITEMS; x += 321) {
        struct topk_entry kept[KEEP];
        struct topk best = topk_new(kept, KEEP);
        assert_true(neighbours_semantic_of(embedding, ITEMS, WIDTH, x, &best, NULL, &err));
        assert_int_equal(best.n, KEEP);
        for (int32_t i = 0; i < KEEP; i++)
            assert_int_equal(kept[i].index, neighbours_of(&all, x)[i]);
    }
    struct progress stop = {.cancel = true};
    struct topk none = topk_new(NULL, 0);
    assert_false(neighbours_semantic_of(embedding, ITEMS, WIDTH, 0, &none, &stop, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    neighbours_release(&all);
    free(embedding);
}

/* Item 0 knows 1 and looks like 2, then 3; item 2 knows 0, 1 and 4; item 3 knows 2 and 5. */
static void test_backfill(void **state)
{
    (void)state;
    enum { N = NEIGHBOURS_NONE };
    int32_t known[6 * 4] = {1, N, N, N, 0, 2, N, N, 0, 1, 4, N, 2, 5, N, N, 2, N, N, N, N, N, N, N};
    int32_t like[6 * 2] = {2, 3, N, N, N, N, N, N, 5, N, 0, 4};
    struct neighbours c = {6, 4, known}, s = {6, 2, like};
    neighbours_backfill(&c, &s);
    const int32_t wanted[6 * 4] = {1, 4, 2, 5, 0, 2, N, N, 0, 1, 4, N,
                                   2, 5, N, N, 2, N, N, N, 1, 2, N, N};
    assert_memory_equal(known, wanted, sizeof wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collaborative),
        cmocka_unit_test(test_semantic),
        cmocka_unit_test(test_semantic_of_one),
        cmocka_unit_test(test_backfill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
