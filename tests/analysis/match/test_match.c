/* Index and queries against the naive definitions, on thousands of random small corpora. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "analysis/match/match.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"
#include "tests/analysis/match/naive.h"

enum { WORLDS = 3000, HISTORY_MAX = 8 };

/* A history (0 to 4 items, now and then longer), from the corpus as often as not, and a v. */
static int32_t make_history(const struct world *w, uint64_t *rng, int32_t *pattern)
{
    int32_t n = naive_below(rng, 5);
    if (naive_below(rng, 6) == 0)
        n = HISTORY_MAX - 1;
    for (int32_t i = 0; i <= n; i++)
        pattern[i] = naive_below(rng, w->corpus.n_items + 1); /* one past the catalogue too */
    if (w->corpus.n_users > 0 && naive_below(rng, 3)) {
        int32_t u = naive_below(rng, w->corpus.n_users);
        int32_t length = corpus_length(&w->corpus, u);
        if (length > n) {
            int32_t from = naive_below(rng, length - n);
            memcpy(pattern, corpus_sequence(&w->corpus, u) + from,
                   (size_t)(n + 1) * sizeof *pattern);
        }
    }
    if (naive_below(rng, 20) == 0)
        pattern[naive_below(rng, n + 1)] = -1;
    return n;
}

static void check_counts(const struct world *w, const struct match_index *index, uint64_t seed)
{
    uint64_t rng = seed;
    int32_t pattern[40 * HISTORY_MAX];
    int64_t offset[41] = {0}, counts[40];
    for (int i = 0; i < 40; i++)
        offset[i + 1] = offset[i] + make_history(w, &rng, pattern + offset[i]) + 1;
    match_count_many(index, 40, pattern, offset, counts);
    for (int i = 0; i < 40; i++) {
        int32_t n = (int32_t)(offset[i + 1] - offset[i]);
        int64_t want = naive_count(w, pattern + offset[i], n, NULL);
        assert_int_equal(counts[i], want);
        assert_int_equal(match_count(index, pattern + offset[i], n), want);
    }
    int64_t pairs[39];
    match_count_pairs(index, 39, pattern, pattern + 1, pairs);
    for (int i = 0; i < 39; i++)
        assert_int_equal(pairs[i], naive_count(w, pattern + i, 2, NULL));
}

static void check_support(const struct world *w, const struct match_index *index, uint64_t seed)
{
    uint64_t rng = seed;
    int32_t pattern[HISTORY_MAX], v[40], length[40];
    struct match_support support[40];
    int64_t occurrences[40];
    int32_t n = make_history(w, &rng, pattern), user = naive_below(&rng, 13) - 1;
    for (int i = 0; i < 40; i++)
        v[i] = i == 0 ? pattern[n] : naive_below(&rng, w->corpus.n_items + 2) - 1;
    match_support(index, pattern, n, user, v, 40, support);
    match_lengths(index, pattern, n, v, 40, length, occurrences);
    for (int i = 0; i < 40; i++) {
        pattern[n] = v[i];
        int32_t m = naive_longest(w, pattern, n);
        int64_t users = 0, count = 0, own = 0;
        if (m > 0)
            count = naive_count(w, pattern + n + 1 - m, m, &users);
        if (m > 0 && user >= 0 && user < w->corpus.n_users)
            own = naive_count_user(w, user, pattern + n + 1 - m, m);
        assert_int_equal(length[i], m);
        assert_int_equal(support[i].length, m);
        assert_int_equal(occurrences[i], count);
        assert_int_equal(support[i].occurrences, count);
        assert_int_equal(support[i].users, users);
        assert_int_equal(support[i].own, own);
    }
}

static void check_locate(const struct world *w, const struct match_index *index, uint64_t seed)
{
    uint64_t rng = seed;
    int32_t pattern[HISTORY_MAX], n = make_history(w, &rng, pattern) + 1;
    size_t max = (size_t)naive_below(&rng, 12), found, at = 0;
    struct match_place places[12];
    int64_t total;
    assert_true(match_locate(index, pattern, n, max, places, &found, &total, NULL));
    assert_int_equal(total, naive_count(w, pattern, n, NULL));
    assert_int_equal(found, (uint64_t)total < max ? (size_t)total : max);
    for (int32_t u = 0; u < w->corpus.n_users; u++)
        for (int32_t p = 0; p < w->end[u] && at < found; p++)
            if (naive_ends_at(w, u, p, pattern, n)) {
                assert_int_equal(places[at].user, u);
                assert_int_equal(places[at++].position, p);
            }
    assert_int_equal(at, found);
}

static void check_gapped(const struct world *w, const struct match_index *index, uint64_t seed)
{
    uint64_t rng = seed;
    int32_t pattern[HISTORY_MAX], n = make_history(w, &rng, pattern), v = pattern[n];
    int32_t window = naive_below(&rng, 3) ? MATCH_WINDOW : 1 + naive_below(&rng, 12);
    struct match_gapped got, want = {.first = {-1, -1}};
    for (int32_t m = n + 1; m > 0 && want.length == 0; m--)
        for (int32_t u = 0; u < w->corpus.n_users; u++)
            for (int32_t p = 0; p < w->end[u]; p++)
                if (naive_gapped_at(w, u, p, window, pattern + n + 1 - m, m - 1, v)) {
                    if (want.occurrences++ == 0)
                        want.first = (struct match_place){u, p};
                    want.length = m;
                }
    match_gapped(index, pattern, n, v, window, &got);
    assert_int_equal(got.length, want.length);
    assert_int_equal(got.occurrences, want.occurrences);
    assert_int_equal(got.first.user, want.first.user);
    assert_int_equal(got.first.position, want.first.position);
}

static void check_spans(const struct world *w, const struct match_index *index, uint64_t seed)
{
    uint64_t rng = seed;
    int32_t items[24], n = naive_below(&rng, 24), at = 0;
    while (at < n) { /* pieces of the corpus glued together */
        int32_t pattern[HISTORY_MAX], piece = make_history(w, &rng, pattern) + 1;
        for (int32_t i = 0; i < piece && at < n; i++)
            items[at++] = pattern[i];
    }
    struct match_span spans[24];
    size_t found = match_spans(index, items, n, spans), next = 0;
    for (int32_t begin = 0; begin < n; begin++)
        for (int32_t length = 2; begin + length <= n; length++) {
            int64_t count = naive_count(w, items + begin, length, NULL);
            bool longer = (begin > 0 && naive_count(w, items + begin - 1, length + 1, NULL)) ||
                          (begin + length < n && naive_count(w, items + begin, length + 1, NULL));
            if (count == 0 || longer)
                continue;
            assert_true(next < found);
            assert_int_equal(spans[next].begin, begin);
            assert_int_equal(spans[next].length, length);
            assert_int_equal(spans[next++].occurrences, count);
        }
    assert_int_equal(next, found);
}

static void check_lift(const struct world *w, const struct match_index *index)
{
    for (int32_t x = 0; x < w->corpus.n_items; x++)
        for (int32_t v = 0; v < w->corpus.n_items; v++)
            assert_true(match_lift(index, x, v) == naive_lift(w, x, v));
}

/* Entries stand by their contexts read backwards, ended ones first, equal ones by place. */
static void check_order(const struct match_index *index)
{
    for (int32_t k = 0; k < index->n_shards; k++) {
        const struct match_shard *s = &index->shard[k];
        for (uint32_t i = 1; i < s->n_entries; i++) {
            uint32_t p = s->entry[i - 1] >> 1, q = s->entry[i] >> 1, d = 0;
            while (s->text[p - d] == s->text[q - d] && s->text[p - d] >= 0)
                d++;
            int32_t a = s->text[p - d], b = s->text[q - d];
            if (a < 0 && b < 0)
                assert_true(p < q);
            else
                assert_true(a < b);
        }
    }
}

static void test_queries(void **state)
{
    (void)state;
    struct world *w = mem_alloc(sizeof *w);
    for (uint64_t seed = 0; seed < WORLDS; seed++) {
        struct match_index index;
        world_make(w, seed);
        assert_true(match_index_build(&w->training, (int32_t)(seed % 9), NULL, &index, NULL));
        assert_true(index.n_shards == (seed % 9 ? (int32_t)(seed % 9) : 1));
        check_order(&index);
        check_counts(w, &index, seed);
        check_locate(w, &index, seed);
        check_gapped(w, &index, seed);
        check_lift(w, &index);
        if (seed % 4 == 0) {
            check_support(w, &index, seed);
            check_spans(w, &index, seed);
        }
        match_index_release(&index);
    }
    free(w);
}

static void assert_same_index(const struct match_index *a, const struct match_index *b)
{
    assert_int_equal(a->n_shards, b->n_shards);
    assert_memory_equal(a->users, b->users, (size_t)a->n_items * 4);
    for (int32_t k = 0; k < a->n_shards; k++) {
        const struct match_shard *s = &a->shard[k], *t = &b->shard[k];
        assert_int_equal(s->n_text, t->n_text);
        assert_int_equal(s->first_user, t->first_user);
        assert_memory_equal(s->text, t->text, (size_t)s->n_text * 4);
        assert_memory_equal(s->entry, t->entry, (size_t)s->n_entries * 4);
        assert_memory_equal(s->start, t->start, (size_t)(a->n_items + 1) * 4);
        assert_memory_equal(s->slot, t->slot, ((size_t)s->n_entries / MATCH_SLOT + 1) * 4);
    }
}

/* A corpus large enough for several lots and parts, radix sorts, slots and hot pairs. */
static struct corpus make_larger(uint64_t seed, int32_t n_users, int32_t n_items, int32_t longest)
{
    uint64_t rng = seed;
    int64_t *offset = mem_alloc((size_t)(n_users + 1) * sizeof *offset);
    int32_t *item = mem_alloc((size_t)n_users * (size_t)longest * sizeof *item);
    offset[0] = 0;
    for (int32_t u = 0; u < n_users; u++) {
        int32_t n = naive_below(&rng, longest);
        for (int32_t i = 0; i < n; i++)
            item[offset[u] + i] = naive_below(&rng, 1 + naive_below(&rng, n_items));
        offset[u + 1] = offset[u] + n;
    }
    return (struct corpus){n_users, n_items, offset, item};
}

static void test_threads_and_shards(void **state)
{
    (void)state;
    struct corpus corpus = make_larger(7, 9000, 300, 40);
    int32_t *end = mem_alloc((size_t)corpus.n_users * sizeof *end);
    for (int32_t u = 0; u < corpus.n_users; u++)
        end[u] = corpus_length(&corpus, u);
    struct training training = {&corpus, end};
    struct match_support first[50], again[50];
    struct match_index whole;
    assert_true(match_index_build(&training, 1, NULL, &whole, NULL));
    for (int32_t shards = 1; shards <= 8; shards++) {
        struct match_index one, two;
        parallel_set_threads(1);
        assert_true(match_index_build(&training, shards, NULL, &one, NULL));
        parallel_set_threads(2);
        assert_true(match_index_build(&training, shards, NULL, &two, NULL));
        assert_int_equal(one.n_shards, shards);
        assert_same_index(&one, &two);
        for (int32_t u = 0; u < 100; u++) {
            int32_t v[50], n = corpus_length(&corpus, u);
            for (int i = 0; i < 50; i++)
                v[i] = (u * 7 + i * 11) % corpus.n_items;
            match_support(&two, corpus_sequence(&corpus, u), n, u, v, 50, again);
            match_support(&whole, corpus_sequence(&corpus, u), n, u, v, 50, first);
            for (int i = 0; i < 50; i++) {
                assert_int_equal(first[i].length, again[i].length);
                assert_int_equal(first[i].occurrences, again[i].occurrences);
                assert_int_equal(first[i].users, again[i].users);
                assert_int_equal(first[i].own, again[i].own);
            }
        }
        match_index_release(&one);
        match_index_release(&two);
    }
    match_index_release(&whole);
    parallel_set_threads(0);
    free(end);
    free((void *)corpus.offset);
    free((void *)corpus.item);
}

/* The entries of a larger corpus stand in the order that the header promises. */
static void test_order(void **state)
{
    (void)state;
    struct corpus corpus = make_larger(11, 4000, 60, 80);
    int32_t *end = mem_alloc((size_t)corpus.n_users * sizeof *end);
    for (int32_t u = 0; u < corpus.n_users; u++)
        end[u] = corpus_length(&corpus, u);
    struct match_index index;
    assert_true(match_index_build(&(struct training){&corpus, end}, 1, NULL, &index, NULL));
    check_order(&index);
    match_index_release(&index);
    free(end);
    free((void *)corpus.offset);
    free((void *)corpus.item);
}

/* Users who repeat one item tens of thousands of times: prefix doubling, not n^2. Contexts of one
 * length are equal and stand by user. */
static void test_long_repeat(void **state)
{
    (void)state;
    enum { N = 30000, USERS = 3 };
    int64_t offset[USERS + 1] = {0, N, 2 * N, 3 * N};
    int32_t end[USERS] = {N, N, N}, *item = mem_zalloc(USERS * N, sizeof *item);
    struct corpus corpus = {USERS, 1, offset, item};
    struct match_index index;
    assert_true(match_index_build(&(struct training){&corpus, end}, 0, NULL, &index, NULL));
    const struct match_shard *s = &index.shard[0];
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t u = 0; u < USERS; u++)
            assert_int_equal(s->entry[i * USERS + u] >> 1, u * (N + 1) + 1 + i);
    assert_int_equal(match_count(&index, item, 1000), USERS * (N - 999));
    match_index_release(&index);
    free(item);
}

static void test_runs(void **state)
{
    (void)state;
    int64_t offset[] = {0, 4, 8};
    int32_t item[] = {0, 1, 2, 3, 5, 0, 1, 2}, end[] = {3, 4};
    struct corpus corpus = {2, 6, offset, item};
    struct match_index index;
    assert_true(match_index_build(&(struct training){&corpus, end}, 2, NULL, &index, NULL));
    int32_t user[] = {0, 1}, position[] = {2, 3}, list[] = {2, 4, RECS_NONE, 1, RECS_ILLEGAL, 0};
    struct case_list cases = {2, user, position};
    struct recs recs = {2, 3, list, NULL};
    uint8_t verbatim[6];
    int64_t occurrences[6];
    assert_true(match_recs(&index, &corpus, &cases, &recs, NULL, verbatim, occurrences, NULL));
    const uint8_t want[] = {3, 0, 0, 1, 0, 1};
    const int64_t times[] = {2, 0, 0, 2, 0, 2};
    assert_memory_equal(verbatim, want, sizeof want);
    assert_memory_equal(occurrences, times, sizeof times);
    int32_t length[2];
    for (int at = 0; at < 2; at++) {
        const int32_t *sequence = corpus_sequence(&corpus, user[at]);
        match_lengths(&index, sequence, position[at], sequence + position[at], 1, &length[at],
                      NULL);
    }
    assert_int_equal(length[0], 3); /* 0 1 -> 2 */
    assert_int_equal(length[1], 4); /* 5 0 1 -> 2 stands in this user's own training */
    match_index_release(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries), cmocka_unit_test(test_threads_and_shards),
        cmocka_unit_test(test_order),   cmocka_unit_test(test_long_repeat),
        cmocka_unit_test(test_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
