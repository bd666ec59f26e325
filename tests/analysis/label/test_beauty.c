/*
 * Labels, one-hop figures and nulls on Amazon Beauty against the official implementation's labels
 * and the check values of docs/definitions.md. Returns 77 where ROTE_TEST_DATA is not set.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/label/nulls.h"
#include "analysis/model/reference.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "tests/analysis/label/beauty.h"

static struct beauty beauty;
static struct training training;
static struct edges edges;
static struct jval *baselines;

static const struct case_list *test_cases(void)
{
    return &beauty.split.part[PART_TEST];
}

static double baseline(const char *group, const char *name)
{
    double value = jval_real(jval_get(jval_get(baselines, group), name), (double)NAN);
    assert_false(isnan(value));
    return value;
}

static struct recs lists_of(enum reference_kind kind)
{
    struct reference *model;
    struct reference_options options = {0};
    size_t slots = (size_t)test_cases()->n * RECS_DEPTH;
    int32_t *item = mem_alloc(slots * sizeof *item);
    assert_true(reference_build(kind, &options, &training, &edges, NULL, &model, NULL));
    assert_true(reference_recommend_all(model, &beauty.corpus, test_cases(), RECS_DEPTH, NULL, item,
                                        NULL, NULL));
    reference_free(model);
    return (struct recs){test_cases()->n, RECS_DEPTH, item, NULL};
}

static struct onehop under(const char *text)
{
    struct definition definition;
    struct onehop o;
    assert_true(definition_parse(text, &definition, NULL));
    assert_true(onehop_init(&o, &training, &edges, &definition, NULL));
    return o;
}

static void labels_equal_the_official_ones(void **state)
{
    (void)state;
    FILE *f = beauty_file("oracle/amazon-beauty.labels.tsv");
    assert_non_null(f);
    struct relation_index *index;
    uint16_t *code = mem_alloc((size_t)test_cases()->n * sizeof *code);
    assert_true(relation_index_build(&training, NULL, &index, NULL));
    assert_true(relation_targets(index, &beauty.corpus, test_cases(), code, NULL, NULL));
    struct onehop any = under("any");
    struct onehop_scores scores;
    assert_true(onehop_score(&any, test_cases(), NULL, &scores, NULL, NULL));
    char line[1000], expected[1000], text[RELATION_TEXT_MAX];
    assert_non_null(fgets(line, sizeof line, f));
    for (int64_t c = 0; c < test_cases()->n; c++) {
        int one_hop_any;
        assert_non_null(fgets(line, sizeof line, f));
        assert_int_equal(sscanf(line, "%*s %*s %999s %d", expected, &one_hop_any), 2);
        relation_format(code[c], text);
        assert_string_equal(text, expected);
        assert_int_equal(scores.reachable[c], one_hop_any);
    }
    assert_null(fgets(line, sizeof line, f));
    fclose(f);
    free(code);
    onehop_scores_release(&scores);
    onehop_release(&any);
    relation_index_free(index);
}

static void close_to(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.9f is not within %g of %.9f", value, tolerance, expected);
}

static void targets_equal_the_baselines(void **state)
{
    (void)state;
    const char *const names[][2] = {{"last", "last"}, {"any", "any"}, {"iirg", "any20_cap50"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct onehop o = under(names[i][0]);
        struct onehop_scores scores;
        assert_true(onehop_score(&o, test_cases(), NULL, &scores, NULL, NULL));
        close_to(scores.reachable_share, baseline("target_one_hop", names[i][1]), 1e-6);
        if (i == 2) {
            close_to(scores.band.pessimistic, baseline("target_one_hop", "cap50_pessimistic"),
                     1e-6);
            close_to(scores.band.expected, baseline("target_one_hop", "cap50_expected"), 1e-6);
            close_to(scores.band.optimistic, baseline("target_one_hop", "cap50_optimistic"), 1e-6);
        }
        onehop_scores_release(&scores);
        onehop_release(&o);
    }
}

static void ratios_equal_the_baselines(void **state)
{
    (void)state;
    const char *const names[][2] = {
        {"last", "share_top10_last"}, {"any", "share_top10_any"}, {"iirg", "ratio_iirg_top5"}};
    struct recs lists[2] = {lists_of(REFERENCE_POPULARITY), lists_of(REFERENCE_MARKOV)};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct onehop o = under(names[i][0]);
        for (int m = 0; m < 2; m++) {
            struct onehop_scores scores;
            assert_true(onehop_score(&o, test_cases(), &lists[m], &scores, NULL, NULL));
            close_to(scores.ratio, baseline(names[i][1], m == 0 ? "pop" : "markov"), 1e-6);
            onehop_scores_release(&scores);
        }
        onehop_release(&o);
    }
    for (int m = 0; m < 2; m++)
        free((int32_t *)lists[m].item);
}

static void nulls_of_the_popularity_model(void **state)
{
    (void)state;
    struct recs lists = lists_of(REFERENCE_POPULARITY);
    struct onehop o = under("iirg");
    struct onehop_nulls nulls;
    struct null_options options = {.replicates = 20, .seed = 1};
    assert_true(onehop_nulls(&o, test_cases(), &lists, &options, &nulls, NULL, NULL));
    double ratio = baseline("ratio_iirg_top5", "pop");
    assert_true(fabs(null_excess(ratio, &nulls.ratio_shuffle)) < 0.005);
    close_to(null_lift(ratio, &nulls.ratio_shuffle), 1, 0.02);
    close_to(nulls.ratio_shuffle.mean, 0.214, 0.001);
    close_to(nulls.ratio_popularity.mean, 0.023, 0.001);
    close_to(nulls.ratio_degree.mean, 0.300, 0.006);
    onehop_release(&o);
    free((int32_t *)lists.item);
}

static void nulls_of_the_targets_labels(void **state)
{
    (void)state;
    struct relation_index *index;
    struct interval null[RELATION_LABELS];
    struct null_options options = {.replicates = 20, .seed = 1};
    int32_t *target = mem_alloc((size_t)test_cases()->n * sizeof *target);
    for (int64_t c = 0; c < test_cases()->n; c++)
        target[c] =
            corpus_sequence(&beauty.corpus, test_cases()->user[c])[test_cases()->position[c]];
    assert_true(relation_index_build(&training, NULL, &index, NULL));
    assert_true(relation_nulls(index, &beauty.corpus, test_cases(), target, 1, 1, &options, null,
                               NULL, NULL));
    close_to(null[relation_label_find("generalization")].mean, 0.79, 0.01);
    close_to(null[relation_label_find("memorization")].mean, 0.0051, 0.0005);
    close_to(null[relation_label_find("uncategorized")].mean, 0.204, 0.01);
    relation_index_free(index);
    free(target);
}

int main(void)
{
    if (!beauty_open(&beauty))
        return 77;
    training = split_training(&beauty.split, &beauty.corpus, TRAINED_ON_TRAIN);
    FILE *f = beauty_file("oracle/amazon-beauty.baselines.json");
    static char text[4096];
    if (!f || !edges_build(&training, &edges, NULL))
        return 1;
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    baselines = jval_parse(text, n, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_equal_the_official_ones),
        cmocka_unit_test(targets_equal_the_baselines),
        cmocka_unit_test(ratios_equal_the_baselines),
        cmocka_unit_test(nulls_of_the_popularity_model),
        cmocka_unit_test(nulls_of_the_targets_labels),
    };
    int failed = cmocka_run_group_tests_name("labels on Beauty", tests, NULL, NULL);
    jval_free(baselines);
    edges_release(&edges);
    beauty_close(&beauty);
    return failed;
}
