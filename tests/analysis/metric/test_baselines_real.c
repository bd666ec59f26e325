/* The reference models on Amazon Beauty against published figures of other people's code.
 * Needs ROTE_TEST_DATA; returns 77 (skipped) without it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/metric/ranking.h"
#include "analysis/model/reference.h"
#include "storage/base/buf.h"
#include "storage/base/file.h"
#include "storage/base/json.h"
#include "tests/analysis/fixture.h"

static int failures;

static void compare(const struct jval *oracle, const char *model, const char *metric, int k,
                    double got, double tolerance)
{
    char name[32];
    snprintf(name, sizeof name, "%s@%d", metric, k);
    double want = jval_real(jval_get(jval_get(oracle, model), name), (double)NAN);
    if (isnan(want))
        return;
    bool good = fabs(got - want) <= tolerance;
    printf("%s %-10s %-9s %.7f want %.6f\n", good ? "  ok" : "FAIL", model, name, got, want);
    failures += !good;
}

static bool check(const struct fixture *f, const struct split *split, const struct jval *oracle,
                  enum reference_kind kind, const char *model, double tolerance)
{
    struct error err;
    struct training training = split_training(split, &f->corpus, TRAINED_ON_TRAIN);
    struct reference *reference;
    struct reference_options options = {0};
    const struct case_list *cases = &split->part[PART_TEST];
    int32_t *item = calloc((size_t)cases->n * RECS_DEPTH, sizeof *item);
    float *score = calloc((size_t)cases->n * RECS_DEPTH, sizeof *score);
    int32_t *rank = calloc((size_t)cases->n, sizeof *rank);
    if (!reference_build(kind, &options, &training, NULL, NULL, &reference, &err) ||
        !reference_recommend_all(reference, &f->corpus, cases, RECS_DEPTH, NULL, item, score,
                                 &err)) {
        printf("FAIL %s\n", err.text);
        return false;
    }
    struct recs recs = {cases->n, RECS_DEPTH, item, score};
    ranking_ranks(&recs, &f->corpus, cases, rank);
    struct ranking ranking = ranking_mean(rank, cases->n);
    for (int m = 0; m < RANKING_METRICS; m++)
        for (int k = 0; k < RANKING_CUTS; k++)
            compare(oracle, model, ranking_name[m], ranking_cut[k], ranking.value[m][k], tolerance);
    printf("     %-10s tie rate %.4f\n", model, ranking_tie_rate(&recs, rank));
    reference_free(reference);
    free(item);
    free(score);
    free(rank);
    return true;
}

int main(void)
{
    const char *data = getenv("ROTE_TEST_DATA");
    char path[2][4096];
    snprintf(path[0], sizeof path[0], "%s/data/amazon-beauty/Beauty.txt", data ? data : "");
    snprintf(path[1], sizeof path[1], "%s/oracle/amazon-beauty.baselines.json", data ? data : "");
    struct fixture f;
    struct buf text;
    struct error err;
    buf_init(&text);
    if (!data || !file_read(path[1], 1 << 20, &text, NULL) || !fixture_read(path[0], &f)) {
        puts("skipped: ROTE_TEST_DATA is not set");
        buf_release(&text);
        return 77;
    }
    struct jval *oracle = jval_parse(text.data, text.len, &err);
    struct split split;
    bool done = oracle && split_leave_one_out(&f.corpus, &split, &err);
    if (!done) {
        printf("FAIL %s\n", err.text);
        return 1;
    }
    done = f.corpus.n_users == jval_int(jval_get(oracle, "users"), -1) &&
           f.corpus.n_items == jval_int(jval_get(oracle, "items"), -1) &&
           check(&f, &split, oracle, REFERENCE_POPULARITY, "pop", 1e-6) &&
           check(&f, &split, oracle, REFERENCE_MARKOV, "markov", 1e-6) &&
           check(&f, &split, oracle, REFERENCE_ITEM_KNN, "item_knn", 2e-4);
    split_release(&split);
    jval_free(oracle);
    fixture_release(&f);
    buf_release(&text);
    return done && failures == 0 ? 0 : 1;
}
