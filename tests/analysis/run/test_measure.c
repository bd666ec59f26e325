/* What workers measure for the sake of a strategy: the files and events of canary and halves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/run/dataset_split.h"
#include "analysis/run/measure.h"
#include "analysis/run/worker.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/dataset_file.h"
#include "storage/files/tensors.h"
#include "tests/analysis/run/tiny.h"

static struct workspace *ws;
static char *dir;
static struct dataset dataset;

static int open_all(void **state)
{
    (void)state;
    linalg_init();
    ws = tiny_workspace(&dir);
    char *path = path_join(dir, "cache/dataset.safetensors"), *id = workspace_get(ws, "import_id");
    assert_true(dataset_file_open(path, id, &dataset, NULL));
    free(path);
    free(id);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    dataset_close(&dataset);
    tiny_remove(ws, dir);
    return 0;
}

/* A run with this strategy, done; its folder. */
static char *run_done(enum run_model model, const char *strategy, const char *const *more)
{
    struct run_options o = tiny_options(model, more);
    struct progress progress = {0};
    struct error err = {0};
    char *run_dir;
    assert_true(strategy_parse(strategy, &o.strategy, NULL));
    tiny_run(ws, &o, &run_dir);
    if (!worker_run(run_dir, -1, &progress, &err))
        fail_msg("%s", err.text);
    return run_dir;
}

static bool there(const char *run_dir, const char *name)
{
    char *path = path_join(run_dir, name);
    bool is = file_exists(path);
    free(path);
    return is;
}

/* ---- canary ---- */

static bool keep_canary(void *context, const struct run_event *e)
{
    struct jval **told = context;
    if (strcmp(e->kind, "canary") == 0) {
        assert_null(*told);
        *told = jval_parse(e->data, strlen(e->data), NULL);
    }
    return true;
}

static struct jval *read_json(const char *run_dir, const char *name)
{
    struct buf text;
    buf_init(&text);
    char *path = path_join(run_dir, name);
    assert_true(file_read(path, 1 << 20, &text, NULL));
    struct jval *o = jval_parse(text.data, text.len, NULL);
    assert_non_null(o);
    free(path);
    buf_release(&text);
    return o;
}

static double real(const struct jval *o, const char *key)
{
    return jval_real(jval_get(o, key), (double)NAN);
}

/* The mean exposure of the canaries of a group, from their ranks. */
static double mean_of(const struct jval *canaries, int64_t copies, int *n)
{
    double sum = 0;
    *n = 0;
    for (size_t i = 0; i < jval_size(canaries); i++) {
        const struct jval *c = jval_at(canaries, i);
        if (jval_int(jval_get(c, "copies"), -1) != copies)
            continue;
        double rank = real(c, "rank");
        assert_true(rank >= 1 && rank <= dataset.n_items);
        assert_int_equal(jval_size(jval_get(c, "items")), 3);
        sum += log2((double)dataset.n_items) - log2(rank);
        ++*n;
    }
    return sum / *n;
}

/* 64 copies of a canary and 60 users: they are learned; those that were left out are not. */
static void canaries_are_ranked(void **state)
{
    (void)state;
    static const enum run_model models[] = {RUN_SASREC, RUN_GR};
    static const int64_t copies[] = {0, 1, 4, 16, 64};
    static const int many[] = {20, 5, 5, 5, 5};
    for (size_t m = 0; m < ARRAY_LEN(models); m++) {
        char *run_dir = run_done(models[m], "canary:count=5,copies=64,length=3",
                                 (const char *const[]){"checkpoint-seconds=30", "epochs=8", NULL});
        struct jval *o = read_json(run_dir, "canary.json"), *told = NULL;
        const struct jval *groups = jval_get(o, "by_copies");
        assert_int_equal(jval_int(jval_get(o, "catalogue"), 0), dataset.n_items);
        assert_string_equal(jval_string(jval_get(o, "ranked_among")), "catalogue");
        assert_int_equal(jval_size(groups), ARRAY_LEN(copies));
        for (size_t i = 0; i < ARRAY_LEN(copies); i++) {
            int n;
            double mean = mean_of(jval_get(o, "canaries"), copies[i], &n);
            const struct jval *group = jval_at(groups, i);
            assert_int_equal(n, many[i]);
            assert_int_equal(jval_int(jval_get(group, "canaries"), 0), many[i]);
            assert_int_equal(jval_int(jval_get(group, "copies"), -1), copies[i]);
            assert_true(fabs(real(group, "exposure") - mean) < 1e-6);
            assert_true(real(group, "exposure_lo") <= mean + 1e-6 &&
                        real(group, "exposure_hi") >= mean - 1e-6);
        }
        assert_true(real(jval_at(groups, 4), "exposure_lo") >
                    real(jval_at(groups, 0), "exposure_hi"));
        assert_true(run_events_scan(run_dir, 0, keep_canary, &told, NULL));
        assert_int_equal(jval_size(jval_get(told, "by_copies")), ARRAY_LEN(copies));
        assert_true(!jval_get(told, "canaries") && !there(run_dir, "train-scores.safetensors"));
        jval_free(told);
        jval_free(o);
        free(run_dir);
    }
}

/* ---- halves ---- */

static const float *scores(const char *run_dir, struct tensors **file)
{
    const float *logp;
    struct error err = {0};
    if (!measure_scores_open(run_dir, dataset.fingerprint, dataset.n_interactions, file, &logp,
                             &err))
        fail_msg("%s", err.text);
    return logp;
}

/* Every training position of every user has a score, nothing else has; the first item for gr only.
 * The mean over the users of the part that was trained on, less that of the others. */
static double check_scores(const float *logp, bool with_first)
{
    double sum[2] = {0, 0};
    int n[2] = {0, 0};
    for (int32_t u = 0; u < dataset.n_users; u++) {
        int64_t begin = dataset.offset[u], end = dataset.offset[u + 1];
        bool seen = strategist_in_half(2, 1, u);
        for (int64_t i = begin; i < end; i++) {
            bool scored = i < end - 2 && (with_first || i > begin);
            assert_int_equal(!isnan(logp[i]), scored);
            assert_true(!scored || logp[i] <= 0);
            sum[seen] += scored ? (double)logp[i] : 0;
            n[seen] += scored;
        }
    }
    assert_true(n[0] > 50 && n[1] > 50);
    return sum[1] / n[1] - sum[0] / n[0];
}

/* The halves' positions are scored after training; what was trained on scores better. */
static void positions_are_scored(void **state)
{
    (void)state;
    static const enum run_model models[] = {RUN_SASREC, RUN_GR};
    const char *const more[] = {"dropout=0", "learning-rate=0.03", "epochs=10",
                                "checkpoint-seconds=30", NULL};
    for (size_t m = 0; m < ARRAY_LEN(models); m++) {
        struct tensors *file, *other;
        char *first = run_done(models[m], "halves:m=2,part=1", more);
        char *second = run_done(models[m], "halves:m=2,part=2", more);
        char *again = run_done(models[m], "halves:m=2,part=1", more);
        double better = check_scores(scores(first, &file), models[m] == RUN_GR);
        double worse = check_scores(scores(second, &other), models[m] == RUN_GR);
        if (better < 0.05 || worse > -0.05)
            fail_msg("%g, %g", better, worse);
        assert_true(tiny_file_equal(first, again, "train-scores.safetensors"));
        assert_false(there(first, "canary.json"));
        tensors_close(file);
        tensors_close(other);
        free(first);
        free(second);
        free(again);
    }
}

static struct engine *engine_of(enum run_model model, const char *strategy, const char *const *more,
                                const struct training *training)
{
    struct engine *e = mem_zalloc(1, sizeof *e);
    struct run_options o = tiny_options(model, more);
    struct edges edges;
    struct error err = {0};
    char name[] = "/tmp/rote-half-XXXXXX";
    assert_non_null(mkdtemp(name));
    assert_true(strategy_parse(strategy, &o.strategy, NULL));
    assert_true(edges_build(training, &edges, NULL));
    const struct samples *samples;
    if (!engine_init(e, name, &o, &dataset, training->corpus, training, &edges, NULL, &err) ||
        !engine_samples(e, 0, &samples, &err))
        fail_msg("%s", err.text);
    edges_release(&edges);
    assert_true(dir_remove(name, NULL));
    return e;
}

static void expect_equal(const struct engine *a, const struct engine *b)
{
    const struct samples *x = &a->samples, *y = &b->samples;
    size_t n = (size_t)x->n_targets;
    assert_true(x->n == y->n && x->n_tokens == y->n_tokens && x->n_targets == y->n_targets);
    assert_memory_equal(x->token, y->token, (size_t)x->n_tokens * sizeof *x->token);
    assert_memory_equal(x->target, y->target, n * sizeof *x->target);
    assert_memory_equal(x->weight, y->weight, n * sizeof *x->weight);
    assert_memory_equal(x->negative_offset, y->negative_offset,
                        (n + 1) * sizeof *x->negative_offset);
    assert_true(x->negative_offset[n] > 0);
    assert_memory_equal(x->negative, y->negative,
                        (size_t)x->negative_offset[n] * sizeof *x->negative);
    assert_true(a->train.prior && b->train.prior);
    size_t priors = a->own_codes ? (size_t)a->gr.trie.n_nodes : (size_t)dataset.n_items;
    assert_memory_equal(a->train.prior, b->train.prior, priors * sizeof *a->train.prior);
    if (a->own_codes)
        assert_memory_equal(a->own_codes, b->own_codes,
                            (size_t)a->semids.n_items * (size_t)a->semids.levels *
                                sizeof *a->own_codes);
}

/* A run of a half knows its users alone: whatever it counts (weights, neighbours, popularity,
 * semantic ids) is what the data of these users give to a run without halves. */
static void a_half_knows_its_users_alone(void **state)
{
    (void)state;
    static const char counts[] = "iirg:lambda_s=0,backfill=off+hop-weight+dedup:r=2+"
                                 "unlikelihood:negatives=3+smooth:prior=popularity";
    struct corpus corpus = dataset_corpus(&dataset);
    int32_t *end = mem_zalloc((size_t)corpus.n_users, sizeof *end);
    int32_t *half = mem_zalloc((size_t)corpus.n_users, sizeof *half);
    for (int32_t u = 0; u < corpus.n_users; u++) {
        end[u] = corpus_length(&corpus, u) - 2;
        half[u] = strategist_in_half(2, 1, u) ? end[u] : 0;
    }
    const struct training whole = {&corpus, end}, part = {&corpus, half};
    static const char *const ids[] = {"ids=rqvae", "rqvae-epochs=2", NULL};
    for (int m = 0; m < 2; m++) {
        enum run_model model = m ? RUN_GR : RUN_SASREC;
        char *both = mem_printf("halves:m=2,part=1+%s", counts);
        struct engine *of_half = engine_of(model, both, m ? ids : NULL, &whole);
        struct engine *alone = engine_of(model, counts, m ? ids : NULL, &part);
        expect_equal(of_half, alone);
        engine_release(of_half);
        engine_release(alone);
        free(of_half);
        free(alone);
        free(both);
    }
    free(end);
    free(half);
}

static void scores_of_other_data_are_refused(void **state)
{
    (void)state;
    struct tensors *file;
    const float *logp;
    struct error err = {0};
    char *run_dir =
        run_done(RUN_SASREC, "halves:m=2,part=1", (const char *const[]){"epochs=1", NULL});
    assert_false(measure_scores_open(run_dir, dataset.fingerprint ^ 1, dataset.n_interactions,
                                     &file, &logp, &err));
    assert_non_null(strstr(err.text, "other data"));
    assert_false(
        measure_scores_open(dir, dataset.fingerprint, dataset.n_interactions, &file, &logp, NULL));
    free(run_dir);
}

static void others_measure_nothing(void **state)
{
    (void)state;
    char *run_dir = run_done(RUN_SASREC, "next-item", (const char *const[]){"epochs=1", NULL});
    assert_false(there(run_dir, "canary.json") || there(run_dir, "train-scores.safetensors"));
    free(run_dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canaries_are_ranked),
        cmocka_unit_test(positions_are_scored),
        cmocka_unit_test(a_half_knows_its_users_alone),
        cmocka_unit_test(scores_of_other_data_are_refused),
        cmocka_unit_test(others_measure_nothing),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
