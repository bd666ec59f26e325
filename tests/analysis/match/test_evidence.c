/* Evidence against the naive definition on random small corpora, and on one with hot pairs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "analysis/match/evidence.h"
#include "storage/base/mem.h"
#include "tests/analysis/match/naive.h"

enum { WORLDS = 4000, HISTORY_MAX = 8 };

static int by_definition(const void *a, const void *b)
{
    const struct evidence *x = a, *y = b;
    if (x->lift != y->lift)
        return x->lift > y->lift ? -1 : 1;
    if (x->length != y->length)
        return x->length > y->length ? -1 : 1;
    if (x->own != y->own)
        return x->own ? 1 : -1;
    if (x->user != y->user)
        return x->user < y->user ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

/* How many items of the history up to index `at`, then v, end at (u, p). At least 1. */
static int32_t agreement(const struct world *w, int32_t u, int32_t p, const int32_t *history,
                         int32_t at)
{
    const int32_t *s = w->item + w->offset[u];
    int32_t length = 1;
    while (length - 1 <= at && p - length >= 0 && s[p - length] == history[at - length + 1])
        length++;
    return length;
}

static bool is_evidence(const struct world *w, const struct evidence_query *q, int32_t u, int32_t p,
                        int32_t longest, struct evidence *e)
{
    const int32_t *s = w->item + w->offset[u];
    *e = (struct evidence){u, p, 1, -1, 0, u == q->user};
    if (s[p] != q->item)
        return false;
    if (q->of == EVIDENCE_LONGEST) {
        e->length = agreement(w, u, p, q->history, q->n_history - 1);
        e->predecessor = e->length > 1 ? q->n_history - 1 : -1;
    } else {
        for (int32_t at = 0; p > 0 && at < q->n_history; at++)
            if (q->history[at] == s[p - 1])
                e->predecessor = at; /* the last one stays */
        if (e->predecessor >= 0)
            e->length = agreement(w, u, p, q->history, e->predecessor);
    }
    if (e->predecessor >= 0)
        e->lift = naive_lift(w, q->history[e->predecessor], q->item);
    return q->of == EVIDENCE_LONGEST ? e->length == longest : e->length >= 2;
}

static struct evidence_totals naive_evidence(const struct world *w, const struct evidence_query *q,
                                             struct evidence *list)
{
    struct evidence_totals t = {0};
    int32_t pattern[HISTORY_MAX + 1];
    memcpy(pattern, q->history, (size_t)q->n_history * sizeof *pattern);
    pattern[q->n_history] = q->item;
    int32_t longest = naive_longest(w, pattern, q->n_history);
    for (int32_t u = 0; u < w->corpus.n_users; u++) {
        int64_t before = t.occurrences;
        for (int32_t p = 0; p < w->end[u]; p++) {
            struct evidence e;
            if (!is_evidence(w, q, u, p, longest, &e))
                continue;
            list[t.occurrences++] = e;
            t.own += e.own;
            t.length = e.length > t.length ? e.length : t.length;
        }
        t.users += t.occurrences > before;
    }
    qsort(list, (size_t)t.occurrences, sizeof *list, by_definition);
    return t;
}

static void check_query(const struct world *w, const struct match_index *index,
                        const struct evidence_query *q, struct evidence *want, struct evidence *got)
{
    struct evidence_totals expected = naive_evidence(w, q, want), totals;
    size_t n;
    assert_true(evidence_find(index, q, got, &n, &totals, NULL));
    assert_int_equal(totals.occurrences, expected.occurrences);
    assert_int_equal(totals.own, expected.own);
    assert_int_equal(totals.length, expected.length);
    if (q->of == EVIDENCE_LONGEST || q->count_users)
        assert_int_equal(totals.users, expected.users);
    else
        assert_int_equal(totals.users, -1);
    assert_int_equal(n, (uint64_t)expected.occurrences < q->max ? (size_t)expected.occurrences
                                                                : q->max);
    for (size_t i = 0; i < n; i++) {
        assert_true(got[i].lift == want[i].lift);
        assert_int_equal(got[i].length, want[i].length);
        assert_int_equal(got[i].own, want[i].own);
        assert_int_equal(got[i].user, want[i].user);
        assert_int_equal(got[i].position, want[i].position);
        assert_int_equal(got[i].predecessor, want[i].predecessor);
    }
}

static void check_world(const struct world *w, uint64_t seed, int32_t shards, size_t most,
                        struct evidence *want, struct evidence *got)
{
    uint64_t rng = seed;
    struct match_index index;
    assert_true(match_index_build(&w->training, shards, NULL, &index, NULL));
    for (int i = 0; i < 6; i++) {
        int32_t history[HISTORY_MAX], n = naive_below(&rng, HISTORY_MAX);
        for (int32_t k = 0; k < n; k++)
            history[k] = naive_below(&rng, w->corpus.n_items + 2) - 1;
        struct evidence_query q = {
            .of = i % 2 ? EVIDENCE_ANY : EVIDENCE_LONGEST,
            .history = history,
            .n_history = n,
            .item = naive_below(&rng, w->corpus.n_items + 1),
            .user = naive_below(&rng, w->corpus.n_users + 2) - 1,
            .max = (size_t)naive_below(&rng, (int32_t)most),
            .count_users = i % 4 == 1,
        };
        if (w->corpus.n_users > 0 && naive_below(&rng, 2)) {
            int32_t u = naive_below(&rng, w->corpus.n_users);
            q.history = corpus_sequence(&w->corpus, u);
            q.n_history = corpus_length(&w->corpus, u);
            if (q.n_history > HISTORY_MAX)
                q.n_history = HISTORY_MAX;
        }
        check_query(w, &index, &q, want, got);
    }
    match_index_release(&index);
}

static void test_random(void **state)
{
    (void)state;
    struct world *w = mem_alloc(sizeof *w);
    struct evidence *want = mem_alloc(64 * 256 * sizeof *want);
    struct evidence *got = mem_alloc(64 * 256 * sizeof *got);
    for (uint64_t seed = 0; seed < WORLDS; seed++) {
        world_make(w, seed);
        check_world(w, seed, (int32_t)(seed % 9), 60, want, got);
    }
    free(w);
    free(want);
    free(got);
}

/* Few items and many occurrences: the first ones come from the text rather than from entries. */
static void test_hot_pairs(void **state)
{
    (void)state;
    struct world *w = mem_alloc(sizeof *w);
    struct evidence *want = mem_alloc(64 * 256 * sizeof *want);
    struct evidence *got = mem_alloc(64 * 256 * sizeof *got);
    for (uint64_t seed = 0; seed < 12; seed++) {
        uint64_t rng = seed;
        w->offset[0] = 0;
        for (int32_t u = 0; u < 60; u++) {
            int32_t n = 200 + naive_below(&rng, 56);
            for (int32_t i = 0; i < n; i++)
                w->item[w->offset[u] + i] = naive_below(&rng, 1 + naive_below(&rng, 4));
            w->offset[u + 1] = w->offset[u] + n;
            w->end[u] = n;
        }
        w->corpus = (struct corpus){60, 4, w->offset, w->item};
        w->training = (struct training){&w->corpus, w->end};
        check_world(w, seed, (int32_t)(seed % 3), 12, want, got);
    }
    free(w);
    free(want);
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_hot_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
