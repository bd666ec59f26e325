/*
 * The nulls against exact expectations from naive candidate sets and labels, and the randomness
 * they are made of against its laws.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/label/nulls.h"
#include "analysis/label/nulls_internal.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"
#include "tests/analysis/label/naive_onehop.h"
#include "tests/analysis/label/naive_relation.h"
#include "tests/analysis/label/random_corpus.h"

static void close_to(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.6f is not within %g of %.6f", value, tolerance, expected);
}

/* ---- randomness ---- */

static void permutations_are_bijections(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 300; n++) {
        struct permutation p = permutation_new(3, (uint64_t)n, n);
        bool seen[300] = {false};
        for (int64_t i = 0; i < n; i++) {
            int64_t at = permutation_at(&p, i);
            assert_in_range(at, 0, n - 1);
            assert_false(seen[at]);
            seen[at] = true;
        }
    }
}

/* Every element goes everywhere equally often: 25 counts of 4,000 ± 5 standard deviations. */
static void permutations_are_even(void **state)
{
    (void)state;
    enum { N = 5, REPLICATES = 20000 };
    int count[N][N] = {{0}};
    for (int r = 0; r < REPLICATES; r++) {
        struct permutation p = permutation_new(17, (uint64_t)r, N);
        for (int i = 0; i < N; i++)
            count[i][permutation_at(&p, i)]++;
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            close_to(count[i][j], REPLICATES / N, 5 * sqrt(REPLICATES * 0.2 * 0.8));
}

/* P(first = a, second = b) = p_a p_b / (1 - p_a). */
static void draws_follow_popularity(void **state)
{
    (void)state;
    enum { DRAWS = 200000 };
    const int64_t pop[] = {5, 0, 3, 1, 1};
    struct sampler s;
    static int pair[5][5];
    memset(pair, 0, sizeof pair);
    assert_true(sampler_new(pop, 5, &s, NULL));
    for (int i = 0; i < DRAWS; i++) {
        struct rng rng = rng_new(1, (uint64_t)i);
        int32_t item[2];
        assert_int_equal(sampler_draw(&s, &rng, 2, item), 2);
        pair[item[0]][item[1]]++;
    }
    for (int a = 0; a < 5; a++) {
        for (int b = 0; b < 5; b++) {
            double pa = (double)pop[a] / 10, pb = (double)pop[b] / 10;
            double p = a == b || pop[a] == 0 ? 0 : pa * pb / (1 - pa);
            close_to(pair[a][b], DRAWS * p, 5 * sqrt(DRAWS * p * (1 - p)));
        }
    }
    sampler_release(&s);
}

static void draws_run_out_without_repeats(void **state)
{
    (void)state;
    const int64_t pop[] = {1000000000, 0, 1, 1}, none[] = {0, 0};
    struct sampler s;
    struct rng rng = rng_new(1, 1);
    int32_t item[4];
    assert_true(sampler_new(pop, 4, &s, NULL));
    assert_int_equal(sampler_draw(&s, &rng, 4, item), 3);
    assert_true(item[0] != item[1] && item[1] != item[2] && item[0] != item[2]);
    assert_int_equal(item[0] + item[1] + item[2], 0 + 2 + 3);
    sampler_release(&s);
    assert_true(sampler_new(none, 2, &s, NULL));
    assert_int_equal(sampler_draw(&s, &rng, 2, item), 0);
    sampler_release(&s);
    assert_true(sampler_new(none, 0, &s, NULL));
    assert_int_equal(sampler_draw(&s, &rng, 2, item), 0);
    sampler_release(&s);
}

/* ---- one-hop ---- */

struct expectation {
    double ratio_shuffle, reachable_shuffle, reachable_popularity;
};

static void expect(struct toy *t, const struct definition *d, struct expectation *e)
{
    double n = (double)t->cases.n, total = 0, pop[TOY_ITEMS] = {0};
    *e = (struct expectation){0, 0, 0};
    for (int32_t u = 0; u < t->corpus.n_users; u++) {
        for (int i = 0; i < t->end[u]; i++) {
            pop[corpus_sequence(&t->corpus, u)[i]]++;
            total++;
        }
    }
    for (int64_t c = 0; c < t->cases.n; c++) {
        struct naive_onehop naive;
        naive_onehop(&t->training, d, t->cases.user[c],
                     corpus_sequence(&t->corpus, t->cases.user[c]), t->cases.position[c], 0,
                     &naive);
        for (int64_t other = 0; other < t->cases.n; other++) {
            const int32_t *row = t->recs + other * TOY_DEPTH;
            for (int i = 0; i < TOY_DEPTH && i < d->k; i++)
                e->ratio_shuffle += (row[i] >= 0 && naive.has[row[i]]) / (n * n * d->k);
            int32_t target =
                corpus_sequence(&t->corpus, t->cases.user[other])[t->cases.position[other]];
            e->reachable_shuffle += naive.has[target] / (n * n);
        }
        for (int v = 0; v < t->corpus.n_items; v++)
            e->reachable_popularity += naive.has[v] && total > 0 ? pop[v] / total / n : 0;
    }
}

static void means_are_the_expected_ones(void **state)
{
    (void)state;
    static struct toy toy;
    for (int seed = 1; seed <= 40; seed++) {
        toy_make(&toy, (uint64_t)seed);
        struct definition d = {.pred_last = seed % 3,
                               .cap = seed % 4,
                               .own_leave = seed % 2,
                               .history_remove = seed % 5 == 0,
                               .k = 1 + seed % TOY_DEPTH};
        struct edges edges;
        struct onehop o;
        struct onehop_nulls nulls;
        struct recs recs = {toy.cases.n, TOY_DEPTH, toy.recs, NULL};
        struct null_options options = {.replicates = 4000, .seed = (uint64_t)seed};
        assert_true(edges_build(&toy.training, &edges, NULL));
        assert_true(onehop_init(&o, &toy.training, &edges, &d, NULL));
        assert_true(onehop_nulls(&o, &toy.cases, &recs, &options, &nulls, NULL, NULL));
        if (toy.cases.n == 0) {
            assert_true(isnan(nulls.ratio_shuffle.mean) && isnan(nulls.reachable_degree.mean));
        } else {
            struct expectation e;
            expect(&toy, &d, &e);
            close_to(nulls.ratio_shuffle.mean, e.ratio_shuffle, 0.025);
            close_to(nulls.reachable_shuffle.mean, e.reachable_shuffle, 0.035);
            close_to(nulls.reachable_popularity.mean, e.reachable_popularity, 0.035);
        }
        onehop_release(&o);
        edges_release(&edges);
    }
}

/* Where all transitions leave one item, rewiring changes nothing: the degree null is the observed
 * figure, for every cap and every tie. */
static void rewiring_one_tail_changes_nothing(void **state)
{
    (void)state;
    enum { USERS = 60, ITEMS = 12, DEPTH = 6 };
    static int64_t offset[USERS + 1];
    static int32_t item[USERS * 3], end[USERS], user[USERS], position[USERS], list[USERS * DEPTH];
    struct toy t = {.state = 77};
    for (int u = 0; u < USERS; u++) {
        item[u * 3] = 0;
        item[u * 3 + 1] = 1 + (int32_t)(toy_random(&t, 4) * toy_random(&t, 4)) % (ITEMS - 1);
        item[u * 3 + 2] = (int32_t)toy_random(&t, ITEMS);
        offset[u + 1] = (int64_t)(u + 1) * 3;
        end[u] = 2;
        user[u] = u;
        position[u] = 2;
        for (int i = 0; i < DEPTH; i++)
            list[u * DEPTH + i] = (int32_t)toy_random(&t, ITEMS + 1) - 1;
    }
    struct corpus corpus = {USERS, ITEMS, offset, item};
    struct training training = {&corpus, end};
    struct case_list cases = {USERS, user, position};
    struct recs recs = {USERS, DEPTH, list, NULL};
    struct edges edges;
    assert_true(edges_build(&training, &edges, NULL));
    for (int i = 0; i < 2 * 10; i++) {
        struct definition d = {.pred_last = 0, .cap = i / 2, .history_remove = i % 2, .k = 5};
        struct onehop o;
        struct onehop_nulls nulls;
        struct onehop_scores scores;
        struct null_options options = {.replicates = 3, .seed = 1};
        assert_true(onehop_init(&o, &training, &edges, &d, NULL));
        assert_true(onehop_score(&o, &cases, &recs, &scores, NULL, NULL));
        assert_true(onehop_nulls(&o, &cases, &recs, &options, &nulls, NULL, NULL));
        close_to(nulls.ratio_degree.mean, scores.ratio, 1e-12);
        close_to(nulls.ratio_degree.hi, nulls.ratio_degree.lo, 1e-12);
        close_to(nulls.reachable_degree.mean, scores.reachable_share, 1e-12);
        onehop_scores_release(&scores);
        onehop_release(&o);
    }
    edges_release(&edges);
}

/* The degree null without a cap by naive means: heads shuffled, every transition a user of its own.
 */
static double naive_degree(struct toy *t, const struct definition *d, int replicates)
{
    int32_t tail[TOY_USERS * TOY_LENGTH], head[TOY_USERS * TOY_LENGTH], n = 0;
    for (int32_t u = 0; u < t->corpus.n_users; u++) {
        for (int i = 1; i < t->end[u]; i++) {
            tail[n] = corpus_sequence(&t->corpus, u)[i - 1];
            head[n++] = corpus_sequence(&t->corpus, u)[i];
        }
    }
    double reached = 0;
    for (int r = 0; r < replicates; r++) {
        int64_t offset[TOY_USERS * TOY_LENGTH + 1] = {0};
        int32_t item[2 * TOY_USERS * TOY_LENGTH], end[TOY_USERS * TOY_LENGTH];
        for (int i = n - 1; i > 0; i--) {
            int j = (int)toy_random(t, (uint32_t)i + 1);
            int32_t swap = head[i];
            head[i] = head[j];
            head[j] = swap;
        }
        for (int i = 0; i < n; i++) {
            item[2 * i] = tail[i];
            item[2 * i + 1] = head[i];
            end[i] = 2;
            offset[i + 1] = 2 * (i + 1);
        }
        struct corpus corpus = {n, t->corpus.n_items, offset, item};
        struct training training = {&corpus, end};
        for (int64_t c = 0; c < t->cases.n; c++) {
            const int32_t *s = corpus_sequence(&t->corpus, t->cases.user[c]);
            int32_t target = s[t->cases.position[c]];
            struct naive_onehop naive;
            naive_onehop(&training, d, -1, s, t->cases.position[c], target, &naive);
            reached += naive.has[target];
        }
    }
    return reached / replicates / (double)t->cases.n;
}

static void degree_null_is_that_of_shuffled_heads(void **state)
{
    (void)state;
    static struct toy toy;
    for (int seed = 1; seed <= 12; seed++) {
        toy_make(&toy, (uint64_t)seed);
        struct definition d = {.pred_last = seed % 3, .history_remove = seed % 2, .k = 5};
        struct edges edges;
        struct onehop o;
        struct onehop_nulls nulls;
        struct null_options options = {.replicates = 2000, .seed = (uint64_t)seed};
        assert_true(edges_build(&toy.training, &edges, NULL));
        assert_true(onehop_init(&o, &toy.training, &edges, &d, NULL));
        assert_true(onehop_nulls(&o, &toy.cases, NULL, &options, &nulls, NULL, NULL));
        assert_true(isnan(nulls.ratio_degree.mean) && isnan(nulls.ratio_shuffle.mean));
        if (toy.cases.n > 0)
            close_to(nulls.reachable_degree.mean, naive_degree(&toy, &d, 1000), 0.04);
        onehop_release(&o);
        edges_release(&edges);
    }
}

/* ---- labels ---- */

static void label_shares_are_the_expected_ones(void **state)
{
    (void)state;
    static struct toy toy;
    static struct naive_relation naive;
    for (int seed = 1; seed <= 30; seed++) {
        toy_make(&toy, (uint64_t)seed);
        double expected[RELATION_LABELS] = {0}, labelled = 0;
        int32_t n_items = toy.corpus.n_items;
        for (int64_t i = 0; i < toy.cases.n * TOY_DEPTH; i++)
            toy.recs[i] = (int32_t)toy_random(&toy, (uint32_t)n_items); /* no empty slots */
        naive_relation_make(&toy.training, &naive);
        for (int64_t c = 0; c < toy.cases.n; c++) {
            for (int64_t s = 0; s < toy.cases.n * TOY_DEPTH; s++) {
                char text[200];
                if (s % TOY_DEPTH >= 3)
                    continue;
                naive_relation_labels(&naive, corpus_sequence(&toy.corpus, toy.cases.user[c]),
                                      toy.cases.position[c], toy.recs[s], text);
                labelled += text[0] != '\0';
                for (char *name = strtok(text, ","); name; name = strtok(NULL, ","))
                    expected[relation_label_find(name)]++;
            }
        }
        struct relation_index *index;
        struct interval null[RELATION_LABELS];
        struct null_options options = {.replicates = 3000, .seed = (uint64_t)seed};
        assert_true(relation_index_build(&toy.training, NULL, &index, NULL));
        assert_true(relation_nulls(index, &toy.corpus, &toy.cases, toy.recs, TOY_DEPTH, 3, &options,
                                   null, NULL, NULL));
        for (int l = 0; l < RELATION_LABELS; l++) {
            if (labelled > 0)
                close_to(null[l].mean, expected[l] / labelled, 0.03);
            else
                assert_true(isnan(null[l].mean));
        }
        relation_index_free(index);
    }
}

static void threads_agree(void **state)
{
    (void)state;
    enum { USERS = 900, LENGTH = 7, ITEMS = 40, DEPTH = 10 };
    static int64_t offset[USERS + 1];
    static int32_t item[USERS * LENGTH], end[USERS], user[USERS], position[USERS];
    static int32_t list[USERS * DEPTH];
    struct toy t = {.state = 6};
    for (int u = 0; u < USERS; u++) {
        for (int i = 0; i < LENGTH; i++)
            item[u * LENGTH + i] = (int32_t)toy_random(&t, ITEMS);
        for (int i = 0; i < DEPTH; i++)
            list[u * DEPTH + i] = (int32_t)toy_random(&t, ITEMS);
        offset[u + 1] = (int64_t)(u + 1) * LENGTH;
        end[u] = LENGTH - 2;
        user[u] = u;
        position[u] = LENGTH - 1;
    }
    struct corpus corpus = {USERS, ITEMS, offset, item};
    struct training training = {&corpus, end};
    struct case_list cases = {USERS, user, position};
    struct recs recs = {USERS, DEPTH, list, NULL};
    struct null_options options = {.replicates = 7, .seed = 2};
    struct edges edges;
    struct relation_index *index;
    struct interval label[2][RELATION_LABELS];
    struct onehop_nulls nulls[2];
    assert_true(edges_build(&training, &edges, NULL));
    assert_true(relation_index_build(&training, NULL, &index, NULL));
    for (int own = 0; own < 2; own++) {
        struct definition d = {.cap = 6, .own_leave = own, .k = 5};
        struct onehop o;
        assert_true(onehop_init(&o, &training, &edges, &d, NULL));
        for (int i = 0; i < 2; i++) {
            parallel_set_threads(i + 1);
            assert_true(onehop_nulls(&o, &cases, &recs, &options, &nulls[i], NULL, NULL));
            assert_true(relation_nulls(index, &corpus, &cases, list, DEPTH, DEPTH, &options,
                                       label[i], NULL, NULL));
        }
        assert_memory_equal(&nulls[0], &nulls[1], sizeof nulls[0]);
        assert_memory_equal(label[0], label[1], sizeof label[0]);
        onehop_release(&o);
    }
    parallel_set_threads(0);
    relation_index_free(index);
    edges_release(&edges);
}

static void excess_and_lift(void **state)
{
    (void)state;
    struct interval null = {.mean = 0.2, .lo = 0.1, .hi = 0.3}, nothing = {0, 0, 0};
    close_to(null_excess(0.3, &null), 0.1, 1e-12);
    close_to(null_lift(0.3, &null), 1.5, 1e-12);
    assert_true(isnan(null_lift(0.3, &nothing)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permutations_are_bijections),
        cmocka_unit_test(permutations_are_even),
        cmocka_unit_test(draws_follow_popularity),
        cmocka_unit_test(draws_run_out_without_repeats),
        cmocka_unit_test(means_are_the_expected_ones),
        cmocka_unit_test(rewiring_one_tail_changes_nothing),
        cmocka_unit_test(degree_null_is_that_of_shuffled_heads),
        cmocka_unit_test(label_shares_are_the_expected_ones),
        cmocka_unit_test(threads_agree),
        cmocka_unit_test(excess_and_lift),
    };
    return cmocka_run_group_tests_name("nulls", tests, NULL, NULL);
}
