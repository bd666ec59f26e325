/*
 * Aggregate figures of Amazon Beauty: the share of test targets whose verbatim length is 2 or more
 * is the share that is reachable under `last`. Needs ROTE_TEST_DATA.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/corpus/edges.h"
#include "analysis/match/evidence.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"

enum { USERS = 22363, ITEMS = 12101, INTERACTIONS = 198502 };

static int64_t offset[USERS + 1];
static int32_t item[INTERACTIONS];
static struct corpus corpus = {USERS, ITEMS, offset, item};
static struct split split;
static struct match_index indexes[2]; /* of one shard and of seven */

/* Beauty.txt: "user item item …", both from 1 and dense. */
static int setup(void **state)
{
    (void)state;
    struct buf text;
    char *path = path_join(getenv("ROTE_TEST_DATA"), "data/amazon-beauty/Beauty.txt");
    struct error err;
    buf_init(&text);
    if (!file_read(path, 1 << 24, &text, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    int64_t n = 0;
    int32_t user = 0;
    char *p = text.data;
    for (; *p && user < USERS; user++) {
        strtol(p, &p, 10);
        while (*p == ' ' && n < INTERACTIONS)
            item[n++] = (int32_t)strtol(p, &p, 10) - 1;
        while (*p == '\n' || *p == '\r')
            p++;
        offset[user + 1] = n;
    }
    free(path);
    buf_release(&text);
    if (user != USERS || n != INTERACTIONS || !split_leave_one_out(&corpus, &split, NULL))
        return -1;
    struct training training = split_training(&split, &corpus, TRAINED_ON_TRAIN);
    return match_index_build(&training, 1, NULL, &indexes[0], NULL) &&
                   match_index_build(&training, 7, NULL, &indexes[1], NULL)
               ? 0
               : -1;
}

static int teardown(void **state)
{
    (void)state;
    match_index_release(&indexes[0]);
    match_index_release(&indexes[1]);
    split_release(&split);
    return 0;
}

static void test_targets(void **state)
{
    (void)state;
    const struct case_list *cases = &split.part[PART_TEST];
    assert_int_equal(cases->n, USERS);
    int64_t reachable = 0;
    for (int64_t at = 0; at < cases->n; at++) {
        const int32_t *sequence = corpus_sequence(&corpus, cases->user[at]);
        int32_t position = cases->position[at], length[2];
        int64_t times[2];
        for (int i = 0; i < 2; i++)
            match_lengths(&indexes[i], sequence, position, sequence + position, 1, &length[i],
                          &times[i]);
        assert_int_equal(length[0], length[1]); /* whole and in shards */
        assert_int_equal(times[0], times[1]);
        reachable += length[0] >= 2;
    }
    assert_true(fabs((double)reachable / USERS - 0.08608) < 5e-6);
}

/* Lifts and totals against the edge table, for the targets of all users. */
static void test_evidence_against_edges(void **state)
{
    (void)state;
    struct training training = split_training(&split, &corpus, TRAINED_ON_TRAIN);
    struct edges edges;
    assert_true(edges_build(&training, &edges, NULL));
    int64_t any = 0;
    for (int32_t u = 0; u < USERS; u++) {
        const int32_t *s = corpus_sequence(&corpus, u);
        int32_t n = corpus_length(&corpus, u) - 1;
        struct evidence out[4];
        struct evidence_totals totals;
        size_t shown;
        struct evidence_query q = {.of = EVIDENCE_ANY,
                                   .history = s,
                                   .n_history = n,
                                   .item = s[n],
                                   .user = u,
                                   .max = 4,
                                   .count_users = true};
        assert_true(evidence_find(&indexes[u % 2], &q, out, &shown, &totals, NULL));
        int64_t sum = 0;
        for (int32_t i = 0; i < n; i++) /* no item repeats within a user of this data */
            sum += edges_count(&edges, s[i], s[n]);
        assert_int_equal(totals.occurrences, sum);
        assert_true(totals.users <= sum && (totals.users > 0) == (sum > 0));
        any += sum > 0;
        for (size_t i = 0; i < shown; i++)
            assert_true(out[i].lift == edges_lift(&edges, s[out[i].predecessor], s[n]));
    }
    assert_true(fabs((double)any / USERS - 0.18477) < 5e-6);
    edges_release(&edges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_evidence_against_edges),
    };
    if (!getenv("ROTE_TEST_DATA")) {
        puts("skipped: ROTE_TEST_DATA is not set");
        return 77;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
