/*
 * One-hop candidate sets, ratios and tie bands against naive code on random corpora and
 * definitions. usage: test-label-onehop [SEEDS]
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/label/onehop.h"
#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/math/synthetic.h"
#include "storage/base/mem.h"
#include "tests/analysis/label/naive_onehop.h"
#include "tests/analysis/label/random_corpus.h"

static int seeds = 1500;

static struct definition draw_definition(struct toy *t)
{
    struct definition d = {.pred_last = (int)toy_random(t, 5),
                           .own_leave = toy_random(t, 2) != 0,
                           .history_remove = toy_random(t, 2) != 0,
                           .k = 1 + (int)toy_random(t, TOY_DEPTH + 2)};
    d.cap = toy_random(t, 3) == 0 ? 0 : 1 + (int)toy_random(t, 8);
    return d;
}

static void compare_case(struct toy *t, const struct onehop *o, struct onehop_scratch *s,
                         int32_t user, const int32_t *history, int32_t n_history)
{
    for (int32_t v = 0; v < t->corpus.n_items; v++) {
        struct naive_onehop naive;
        naive_onehop(&t->training, &o->definition, user, history, n_history, v, &naive);
        onehop_load(o, s, user, history, n_history);
        assert_int_equal(onehop_size(s), naive.n);
        assert_int_equal(onehop_has(s, v), naive.has[v]);
        struct onehop_band band = onehop_band(o, s, v);
        assert_true(band.pessimistic == naive.pessimistic);
        assert_true(fabs(band.expected - naive.expected) < 1e-12);
        assert_true(band.optimistic == naive.optimistic);
        struct onehop_candidate ranked[64];
        int32_t n = onehop_ranked(o, s, 64, ranked);
        assert_int_equal(n, naive.n);
        for (int32_t i = 0; i < n; i++) {
            assert_int_equal(ranked[i].item, naive.item[i]);
            assert_int_equal(ranked[i].count, naive.count[i]);
            assert_int_equal(onehop_count(s, ranked[i].item), naive.count[i]);
        }
    }
}

static void compare_scores(struct toy *t, const struct onehop *o)
{
    struct recs recs = {t->cases.n, TOY_DEPTH, t->recs, NULL};
    struct onehop_scores scores;
    assert_true(onehop_score(o, &t->cases, &recs, &scores, NULL, NULL));
    double hits = 0, reachable = 0, expected = 0, n = (double)t->cases.n;
    for (int64_t c = 0; c < t->cases.n; c++) {
        const int32_t *sequence = corpus_sequence(&t->corpus, t->cases.user[c]);
        int32_t position = t->cases.position[c], found = 0;
        struct naive_onehop naive;
        naive_onehop(&t->training, &o->definition, t->cases.user[c], sequence, position,
                     sequence[position], &naive);
        for (int i = 0; i < TOY_DEPTH && i < o->definition.k; i++)
            found += recs_row(&recs, c)[i] >= 0 && naive.has[recs_row(&recs, c)[i]];
        assert_int_equal(scores.hits[c], found);
        assert_int_equal(scores.reachable[c], naive.has[sequence[position]]);
        hits += found;
        reachable += naive.has[sequence[position]];
        expected += naive.expected;
    }
    if (n > 0) {
        assert_true(fabs(scores.ratio - hits / n / o->definition.k) < 1e-12);
        assert_true(fabs(scores.reachable_share - reachable / n) < 1e-12);
        assert_true(fabs(scores.band.expected - expected / n) < 1e-12);
        assert_true(scores.band.pessimistic <= scores.band.expected + 1e-12);
        assert_true(scores.band.expected <= scores.band.optimistic + 1e-12);
    } else {
        assert_true(isnan(scores.ratio) && isnan(scores.band.expected));
    }
    onehop_scores_release(&scores);
}

static void equals_naive_code(void **state)
{
    (void)state;
    static struct toy toy;
    for (int seed = 1; seed <= seeds; seed++) {
        toy_make(&toy, (uint64_t)seed);
        struct edges edges;
        struct onehop o;
        struct definition definition = draw_definition(&toy);
        assert_true(edges_build(&toy.training, &edges, NULL));
        assert_true(onehop_init(&o, &toy.training, &edges, &definition, NULL));
        struct onehop_scratch *s = onehop_scratch_new(&o, NULL);
        for (int64_t c = 0; c < toy.cases.n; c++)
            compare_case(&toy, &o, s, toy.cases.user[c],
                         corpus_sequence(&toy.corpus, toy.cases.user[c]), toy.cases.position[c]);
        int32_t history[6];
        for (int i = 0; i < 6; i++)
            history[i] = (int32_t)toy_random(&toy, (uint32_t)toy.corpus.n_items);
        compare_case(&toy, &o, s, -1, history, 6);
        compare_scores(&toy, &o);
        onehop_scratch_free(s);
        onehop_release(&o);
        edges_release(&edges);
    }
}

/* Enough cases for many chunks: 1 and 2 threads, byte for byte. */
static void threads_agree(void **state)
{
    (void)state;
    enum { USERS = 2000, LENGTH = 6, ITEMS = 50 };
    static int64_t offset[USERS + 1];
    static int32_t item[USERS * LENGTH], end[USERS], user[USERS], position[USERS];
    static int32_t recs_item[USERS * 10];
    struct toy t = {.state = 5};
    for (int u = 0; u < USERS; u++) {
        for (int i = 0; i < LENGTH; i++)
            item[u * LENGTH + i] = (int32_t)toy_random(&t, ITEMS);
        for (int i = 0; i < 10; i++)
            recs_item[u * 10 + i] = (int32_t)toy_random(&t, ITEMS);
        offset[u + 1] = (int64_t)(u + 1) * LENGTH;
        end[u] = LENGTH - 2;
        user[u] = u;
        position[u] = LENGTH - 1;
    }
    struct corpus corpus = {USERS, ITEMS, offset, item};
    struct training training = {&corpus, end};
    struct case_list cases = {USERS, user, position};
    struct recs recs = {USERS, 10, recs_item, NULL};
    struct edges edges;
    struct definition definition = definition_iirg();
    struct onehop o;
    struct onehop_scores scores[2];
    assert_true(edges_build(&training, &edges, NULL));
    definition.cap = 7;
    assert_true(onehop_init(&o, &training, &edges, &definition, NULL));
    for (int i = 0; i < 2; i++) {
        parallel_set_threads(i + 1);
        assert_true(onehop_score(&o, &cases, &recs, &scores[i], NULL, NULL));
    }
    parallel_set_threads(0);
    assert_memory_equal(scores[0].hits, scores[1].hits, USERS * sizeof(int32_t));
    assert_memory_equal(scores[0].reachable, scores[1].reachable, USERS);
    assert_memory_equal(&scores[0].band, &scores[1].band, sizeof scores[0].band);
    onehop_scores_release(&scores[0]);
    onehop_scores_release(&scores[1]);
    onehop_release(&o);
    edges_release(&edges);
}

static void an_item_listed_twice_counts_once(void **state)
{
    (void)state;
    const int64_t offset[] = {0, 3};
    const int32_t item[] = {0, 1, 2}, end[] = {2}, list[] = {1, 1, -1, 1, 2};
    struct corpus corpus = {1, 3, offset, item};
    struct training training = {&corpus, end};
    struct edges edges;
    struct onehop o;
    struct definition definition = definition_last();
    assert_true(edges_build(&training, &edges, NULL));
    assert_true(onehop_init(&o, &training, &edges, &definition, NULL));
    struct onehop_scratch *s = onehop_scratch_new(&o, NULL);
    onehop_load(&o, s, 0, item, 1);
    assert_int_equal(onehop_hits(s, list, 5), 1);
    assert_false(onehop_has(s, -1));
    onehop_scratch_free(s);
    onehop_release(&o);
    edges_release(&edges);
}

/* Asking for some items only gives what counting all successors gives, in both ways of doing it. */
static void items_asked_for(void **state)
{
    (void)state;
    const struct synthetic size = {
        .n_users = 60, .n_items = 200, .length = 60, .skew = 0.7, .seed = 5};
    struct corpus corpus;
    struct split split;
    struct edges edges;
    assert_true(synthetic_corpus(&size, &corpus, NULL));
    assert_true(split_leave_one_out(&corpus, &split, NULL));
    struct training training = split_training(&split, &corpus, TRAINED_ON_TRAIN);
    assert_true(edges_build(&training, &edges, NULL));
    int looked_up = 0, walked = 0;
    for (int i = 0; i < 48; i++) {
        struct definition d = {.pred_last = i % 4, .own_leave = i & 4, .history_remove = i & 8};
        struct onehop o;
        d.k = 10;
        d.cap = i % 3 == 0 ? 30 : 0;
        assert_true(onehop_init(&o, &training, &edges, &d, NULL));
        struct onehop_scratch *all = onehop_scratch_new(&o, NULL);
        struct onehop_scratch *some = onehop_scratch_new(&o, NULL);
        struct rng rng = rng_new(7, (uint64_t)i);
        for (int32_t user = 0; user < corpus.n_users; user++) {
            int32_t asked[40], n = user % 3 == 0 ? 40 : 1 + user % 3;
            for (int32_t j = 0; j < n; j++)
                asked[j] = (int32_t)rng_below(&rng, 201) - 1; /* none among them, and repeats */
            const int32_t *history = corpus_sequence(&corpus, user);
            int32_t length = user % 7 == 0 ? 0 : 59;
            onehop_load(&o, all, user, history, length);
            onehop_load_for(&o, some, user, history, length, asked, n);
            looked_up += onehop_size(some) != onehop_size(all);
            walked += onehop_size(some) == onehop_size(all) && onehop_size(all) > n;
            for (int32_t j = 0; j < n; j++) {
                assert_int_equal(onehop_has(some, asked[j]), onehop_has(all, asked[j]));
                assert_int_equal(onehop_count(some, asked[j]), onehop_count(all, asked[j]));
                if (asked[j] >= 0)
                    assert_true(onehop_band(&o, some, asked[j]).expected ==
                                onehop_band(&o, all, asked[j]).expected);
            }
        }
        onehop_scratch_free(all);
        onehop_scratch_free(some);
        onehop_release(&o);
    }
    assert_true(looked_up > 100 && walked > 100);
    edges_release(&edges);
    split_release(&split);
    synthetic_release(&corpus);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seeds = atoi(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_naive_code),
        cmocka_unit_test(threads_agree),
        cmocka_unit_test(an_item_listed_twice_counts_once),
        cmocka_unit_test(items_asked_for),
    };
    return cmocka_run_group_tests_name("one-hop memorization", tests, NULL, NULL);
}
