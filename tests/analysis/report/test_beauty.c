/*
 * Beauty from file to figures, against other people's numbers (outside data: skipped without
 * ROTE_TEST_DATA): every value of oracle/amazon-beauty.baselines.json from the evaluation's JSON.
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

#include "analysis/report/eval.h"
#include "analysis/report/train.h"
#include "storage/base/buf.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tests/analysis/report/studies.h"

static struct jval *oracle;
static struct study *study;
static char *dir;
static const struct study_run *run[3]; /* by enum reference_kind */

static int open_all(void **state)
{
    (void)state;
    char *file = path_join(getenv("ROTE_TEST_DATA"), "data/amazon-beauty/user_sequence.txt");
    const char *paths[] = {file, NULL};
    study = study_of_files(paths, &dir);
    free(file);
    for (int kind = REFERENCE_POPULARITY; kind <= REFERENCE_ITEM_KNN; kind++) {
        struct reference_run wanted = {.kind = (enum reference_kind)kind};
        struct error err = {0};
        if (!train_reference(study, &wanted, NULL, &run[kind], &err))
            fail_msg("%s", err.text);
    }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    remove_study(study, dir);
    jval_free(oracle);
    return 0;
}

static struct jval *eval_json(enum reference_kind kind, const char *definition)
{
    struct definition d;
    struct eval e;
    struct error err = {0};
    assert_true(definition_parse(definition, &d, &err));
    if (!eval_get(study, run[kind], PART_TEST, &d, NULL, &e, &err))
        fail_msg("%s", err.text);
    struct jval *o = eval_to_json(study, &e);
    eval_release(&e);
    return o;
}

static void equal(double is, const struct jval *wanted, double tolerance)
{
    double value = jval_real(wanted, (double)NAN);
    if (!(fabs(is - value) <= tolerance))
        fail_msg("%.9f, but the oracle has %.9f", is, value);
}

/* The oracle's numbers have 6 decimals. */
enum { KINDS = 3 };
static const double tolerances[KINDS] = {1e-6, 1e-6, 2e-4};
static const char *const oracle_name[KINDS] = {"pop", "markov", "item_knn"};

static void ranking_metrics_are_the_oracles(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        struct jval *o = eval_json((enum reference_kind)kind, "last");
        const struct jval *metrics = jval_get(oracle, oracle_name[kind]), *value;
        const char *name;
        assert_int_equal(jval_size(metrics), 6);
        for (void *it = NULL; (it = jval_next(metrics, it, &name, &value));)
            equal(jval_real(jval_get(jval_get(jval_get(o, "metrics"), name), "value"), (double)NAN),
                  value, tolerances[kind]);
        jval_free(o);
    }
}

static double reachable(const struct jval *o, const char *band)
{
    const struct jval *r = jval_get(o, "reachable_target");
    return jval_real(band ? jval_get(jval_get(r, "band"), band) : jval_get(r, "value"),
                     (double)NAN);
}

static void reachable_targets_are_the_oracles(void **state)
{
    (void)state;
    const struct jval *t = jval_get(oracle, "target_one_hop");
    struct jval *l = eval_json(REFERENCE_MARKOV, "last"), *a = eval_json(REFERENCE_MARKOV, "any"),
                *i = eval_json(REFERENCE_MARKOV, "iirg");
    equal(reachable(l, NULL), jval_get(t, "last"), 1e-6);
    equal(reachable(a, NULL), jval_get(t, "any"), 1e-6);
    equal(reachable(i, NULL), jval_get(t, "any20_cap50"), 1e-6);
    equal(reachable(i, "pessimistic"), jval_get(t, "cap50_pessimistic"), 1e-6);
    equal(reachable(i, "expected"), jval_get(t, "cap50_expected"), 1e-6);
    equal(reachable(i, "optimistic"), jval_get(t, "cap50_optimistic"), 1e-6);
    jval_free(l);
    jval_free(a);
    jval_free(i);
}

static void one_hop_ratios_are_the_oracles(void **state)
{
    (void)state;
    static const struct {
        const char *definition, *key;
    } table[] = {
        {"last", "share_top10_last"}, {"any", "share_top10_any"}, {"iirg", "ratio_iirg_top5"}};
    for (size_t d = 0; d < ARRAY_LEN(table); d++)
        for (int kind = REFERENCE_POPULARITY; kind <= REFERENCE_MARKOV; kind++) {
            struct jval *o = eval_json((enum reference_kind)kind, table[d].definition);
            equal(jval_real(jval_get(jval_get(o, "one_hop_ratio"), "observed"), (double)NAN),
                  jval_get(jval_get(oracle, table[d].key), oracle_name[kind]), 1e-6);
            jval_free(o);
        }
}

static double null_mean(const struct jval *o, const char *null)
{
    const struct jval *n = jval_get(jval_get(jval_get(o, "one_hop_ratio"), "null"), null);
    return jval_real(jval_get(n, "mean"), (double)NAN);
}

/* docs/definitions.md, section 6: the raw ratio of a popularity list is all null. */
static void popularity_has_no_excess_under_shuffle(void **state)
{
    (void)state;
    struct jval *o = eval_json(REFERENCE_POPULARITY, "iirg");
    double excess = jval_real(jval_get(jval_get(o, "one_hop_ratio"), "excess"), (double)NAN);
    assert_true(fabs(excess) < 0.005);
    assert_true(fabs(null_mean(o, "popularity") - 0.023) < 0.002);
    assert_true(fabs(null_mean(o, "degree") - 0.300) < 0.01);
    jval_free(o);
}

int main(void)
{
    const char *data = getenv("ROTE_TEST_DATA");
    char *file = data ? path_join(data, "oracle/amazon-beauty.baselines.json") : NULL;
    if (!file || !file_exists(file)) {
        puts("skipped: ROTE_TEST_DATA is not set, or has no oracle/amazon-beauty.baselines.json");
        return 77;
    }
    struct buf text;
    buf_init(&text);
    if (file_read(file, 1 << 20, &text, NULL))
        oracle = jval_parse(text.data, text.len, NULL);
    buf_release(&text);
    free(file);
    if (!oracle)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranking_metrics_are_the_oracles),
        cmocka_unit_test(reachable_targets_are_the_oracles),
        cmocka_unit_test(one_hop_ratios_are_the_oracles),
        cmocka_unit_test(popularity_has_no_excess_under_shuffle),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
