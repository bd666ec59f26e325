/* Roll-outs of trained and counted models: the first item is the list's, each one the model's best,
 * spans as naive code finds them, and who is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/report/roll_out_model.h"
#include "analysis/report/roll_out.h"
#include "analysis/report/train.h"
#include "analysis/run/worker.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tests/analysis/run/tiny.h"

static char *dir;
static struct study *study;

/* Runs of the study; the trained ones come first. */
enum { GR, SASREC, SASREC_MASKED, MARKOV, KNN, POPULARITY, MODELS };
static const struct study_run *model[MODELS];
static char *run_dir[3];
static bool masked(int of)
{
    return of != GR && of != SASREC;
}

static void assert_ok(bool ok, const struct error *err)
{
    if (!ok)
        fail_msg("%s", err->text);
}

static int64_t train(struct workspace *ws, enum run_model kind, const char *option, char **out)
{
    const char *const more[] = {option, NULL};
    struct run_options options = tiny_options(kind, more);
    struct progress progress = {0};
    struct error err = {0};
    int64_t id = tiny_run(ws, &options, out);
    assert_ok(worker_run(*out, -1, &progress, &err), &err);
    return id;
}

static void count(int at, enum reference_kind kind)
{
    struct error err = {0};
    struct reference_run wanted = {.kind = kind};
    assert_ok(train_reference(study, &wanted, NULL, &model[at], &err), &err);
}

static int begin(void **state)
{
    (void)state;
    struct error err = {0};
    linalg_init();
    struct workspace *ws = tiny_workspace(&dir);
    int64_t id[] = {train(ws, RUN_GR, NULL, &run_dir[GR]),
                    train(ws, RUN_SASREC, NULL, &run_dir[SASREC]),
                    train(ws, RUN_SASREC, "mask=1", &run_dir[SASREC_MASKED])};
    workspace_close(ws);
    assert_ok(study_open(dir, false, NULL, &study, &err) && study_runs_refresh(study, &err), &err);
    for (int i = 0; i < MARKOV; i++)
        model[i] = study_run_by_id(study, id[i]);
    count(MARKOV, REFERENCE_MARKOV);
    count(KNN, REFERENCE_ITEM_KNN);
    count(POPULARITY, REFERENCE_POPULARITY);
    return 0;
}

static int end(void **state)
{
    (void)state;
    study_close(study);
    for (int i = 0; i < MARKOV; i++)
        free(run_dir[i]);
    tiny_remove(NULL, dir);
    return 0;
}

static struct roll_out roll(const struct study_run *run, const int32_t *history, int32_t n_history,
                            int32_t n)
{
    struct roll_out r;
    struct error err = {0};
    struct roll_out_question q = {
        .run = run, .user = -1, .history = history, .n_history = n_history, .n = n};
    assert_ok(roll_out_make(study, &q, NULL, &r, &err), &err);
    return r;
}

/* A test case of the tiny workspace. */
static const int32_t *history_of(int64_t at, int32_t *n)
{
    const struct case_list *cases = &study_split(study)->part[PART_TEST];
    *n = cases->position[at];
    return corpus_sequence(study_corpus(study), cases->user[at]);
}

static void the_first_item_is_rank_one(void **state)
{
    (void)state;
    int64_t n_cases = study_split(study)->part[PART_TEST].n;
    assert_true(n_cases > 50);
    for (int m = 0; m < MODELS; m++)
        for (int64_t at = 0; at < n_cases; at++) {
            int32_t n;
            const int32_t *history = history_of(at, &n);
            const struct recs *recs = &model[m]->recs[PART_TEST];
            struct roll_out r = roll(model[m], history, n, 1);
            assert_true(r.n == 1 && r.n_history == n && r.masked == masked(m));
            assert_int_equal(r.item[n], recs_row(recs, at)[0]);
            assert_memory_equal(&r.rec[0].score, &recs->score[at * recs->depth], sizeof(float));
            roll_out_release(&r);
        }
}

static bool has(const int32_t *items, int32_t n, int32_t item)
{
    bool found = false;
    for (int32_t i = 0; i < n; i++)
        found = found || items[i] == item;
    return found;
}

/* What should come i-th: the first of the model's list for all before it that has not been written,
 * and that the history lets pass. */
static int32_t expected(const struct roll_out_model *ranks, int m, const struct roll_out *r,
                        int32_t i, int *passed_over)
{
    int32_t list[RECS_DEPTH], n = r->n_history + i, k = 0;
    float score[RECS_DEPTH];
    int32_t *before = mem_zalloc((size_t)n + 1, sizeof *before);
    struct error err = {0};
    memcpy(before, r->item, (size_t)n * sizeof *before);
    assert_ok(roll_out_model_rank(ranks, before, n, list, score, &err), &err);
    while (list[k] < 0 || has(r->item + r->n_history, i, list[k]) ||
           (masked(m) && has(r->item, n, list[k])))
        k++;
    *passed_over += k > 0;
    free(before);
    return list[k];
}

static void each_item_is_the_best_after_those_before(void **state)
{
    (void)state;
    enum { LENGTH = 6 };
    int passed_over[MODELS] = {0};
    for (int m = 0; m < MODELS; m++) {
        struct error err = {0};
        struct roll_out_model *ranks = roll_out_model_open(study, model[m], NULL, &err);
        assert_non_null(ranks);
        for (int64_t at = 0; at < 20; at++) {
            int32_t n;
            const int32_t *history = history_of(at, &n);
            struct roll_out r = roll(model[m], history, n, LENGTH);
            assert_int_equal(r.n, LENGTH);
            assert_memory_equal(r.item, history, (size_t)n * sizeof *history);
            for (int32_t i = 0; i < LENGTH; i++) {
                assert_int_equal(r.item[n + i], expected(ranks, m, &r, i, &passed_over[m]));
                assert_true(r.rec[i].rank == i + 1 && r.rec[i].item == r.item[n + i]);
            }
            roll_out_release(&r);
        }
        roll_out_model_close(ranks);
    }
    assert_true(passed_over[GR] > 0); /* it would have written an item twice */
    assert_int_equal(passed_over[MARKOV], 0);
}

static void the_same_bits_each_time(void **state)
{
    (void)state;
    int threads = parallel_threads();
    for (int m = 0; m < MODELS; m++) {
        int32_t n;
        const int32_t *history = history_of(3, &n);
        parallel_set_threads(1);
        struct roll_out a = roll(model[m], history, n, 12);
        parallel_set_threads(3);
        struct roll_out b = roll(model[m], history, n, 12);
        parallel_set_threads(threads);
        assert_true(a.n == 12 && b.n == 12 && a.n_spans == b.n_spans);
        assert_memory_equal(a.item, b.item, (size_t)(n + 12) * sizeof *a.item);
        for (int i = 0; i < 12; i++)
            assert_memory_equal(&a.rec[i].score, &b.rec[i].score, sizeof(float));
        roll_out_release(&a);
        roll_out_release(&b);
    }
}

/* With the history masked a small catalogue ends; nothing of it is written twice. */
static void it_ends_with_the_catalogue(void **state)
{
    (void)state;
    int32_t n;
    const int32_t *history = history_of(0, &n);
    struct roll_out r = roll(model[MARKOV], history, n, ROLL_OUT_MOST);
    int32_t distinct = 0;
    for (int32_t i = 0; i < n; i++)
        distinct += !has(history, i, history[i]);
    assert_int_equal(r.n, study_corpus(study)->n_items - distinct);
    assert_true(r.n < ROLL_OUT_MOST);
    roll_out_release(&r);
    r = roll(model[POPULARITY], NULL, 0, 3); /* nothing before it */
    assert_int_equal(r.n, 3);
    roll_out_release(&r);
}

/* ---- spans ---- */

struct found {
    int64_t occurrences, users, own;
    struct match_place first;
};

/* Where items[0 .. n-1] stands in training, looked for place by place. */
static struct found look(const struct training *training, const int32_t *items, int32_t n,
                         int32_t own)
{
    struct found f = {0};
    for (int32_t u = 0; u < training->corpus->n_users; u++) {
        const int32_t *sequence = corpus_sequence(training->corpus, u);
        int64_t before = f.occurrences;
        for (int32_t i = 0; i + n <= training->end[u]; i++) {
            if (memcmp(sequence + i, items, (size_t)n * sizeof *items) != 0)
                continue;
            if (f.occurrences++ == 0)
                f.first = (struct match_place){u, i + n - 1};
            f.own += u == own;
        }
        f.users += f.occurrences > before;
    }
    return f;
}

/* Every stretch that occurs and that none around it does, which reaches into the output. */
static void check_spans(const struct training *training, int32_t user, const int32_t *items,
                        int32_t n, int32_t n_history, const struct roll_out_span *span,
                        size_t n_spans)
{
    size_t k = 0;
    for (int32_t a = 0; a < n; a++)
        for (int32_t b = a + 2; b <= n; b++) {
            struct found f = look(training, items + a, b - a, user);
            bool longer = (a > 0 && look(training, items + a - 1, b - a + 1, -1).occurrences) ||
                          (b < n && look(training, items + a, b - a + 1, -1).occurrences);
            if (!f.occurrences || longer || b <= n_history)
                continue;
            assert_true(k < n_spans && span[k].begin == a && span[k].length == b - a);
            assert_int_equal(span[k].occurrences, f.occurrences);
            assert_int_equal(span[k].users, f.users);
            assert_int_equal(span[k].own, f.own);
            assert_true(span[k].first.user == f.first.user &&
                        span[k].first.position == f.first.position);
            k++;
        }
    assert_int_equal(k, n_spans);
}

static void spans_equal_naive(void **state)
{
    (void)state;
    struct training training =
        split_training(study_split(study), study_corpus(study), TRAINED_ON_TRAIN);
    size_t spans = 0;
    for (int m = 0; m < MODELS; m++)
        for (int64_t at = 0; at < 12; at++) {
            int32_t n, user = study_split(study)->part[PART_TEST].user[at];
            const int32_t *history = history_of(at, &n);
            struct roll_out r;
            struct roll_out_question q = {model[m], user, history, n, 8};
            struct error err = {0};
            assert_ok(roll_out_make(study, &q, NULL, &r, &err), &err);
            check_spans(&training, user, r.item, n + r.n, n, r.span, r.n_spans);
            spans += r.n_spans;
            roll_out_release(&r);
        }
    assert_true(spans > 50);
}

/* Pieces of training put together at random, so that spans overlap and touch. */
static void spans_of_made_items_equal_naive(void **state)
{
    (void)state;
    enum { LENGTH = 14, HISTORY = 5 };
    struct rng rng = rng_new(7, 1);
    struct error err = {0};
    const struct corpus *corpus = study_corpus(study);
    struct training training = split_training(study_split(study), corpus, TRAINED_ON_TRAIN);
    const struct match_index *index = study_index(study, TRAINED_ON_TRAIN, NULL, &err);
    int own = 0;
    for (int round = 0; round < 60; round++) {
        int32_t item[LENGTH], user = (int32_t)rng_below(&rng, (uint64_t)corpus->n_users);
        for (int32_t i = 0; i < LENGTH;) {
            int32_t from = round % 2 ? user : (int32_t)rng_below(&rng, (uint64_t)corpus->n_users);
            for (int32_t k = (int32_t)rng_below(&rng, 4); k < 7 && i < LENGTH; k++)
                item[i++] = corpus_sequence(corpus, from)[k];
        }
        struct roll_out_span *span;
        size_t n;
        assert_ok(roll_out_spans(index, user, item, LENGTH, HISTORY, &span, &n, &err), &err);
        check_spans(&training, user, item, LENGTH, HISTORY, span, n);
        for (size_t i = 0; i < n; i++)
            own += span[i].own > 0;
        free(span);
    }
    assert_true(own > 30);
}

/* ---- refusals ---- */

static void expect_refusal(const struct study_run *run, const char *words)
{
    struct error err = {0};
    struct roll_out r;
    int32_t item = 0;
    struct roll_out_question q = {run, -1, &item, 1, 2};
    assert_false(roll_out_possible(study, run, &err));
    assert_int_equal(err.code, ERROR_STATE);
    if (!strstr(err.text, words) || !strstr(err.text, run->name))
        fail_msg("%s", err.text);
    err = (struct error){0};
    assert_false(roll_out_make(study, &q, NULL, &r, &err));
    assert_int_equal(err.code, ERROR_STATE);
}

static const struct study_run *made_run(const char *name, const char *state)
{
    struct error err = {0};
    int64_t id;
    struct run_info info = {.name = (char *)(uintptr_t)name,
                            .model = (char[]){"imported"},
                            .state = (char[]){"queued"}};
    struct workspace *ws = study_lock(study);
    assert_ok(run_create(ws, &info, &id, &err) && run_set_state(ws, id, state, NULL, &err), &err);
    study_unlock(study);
    assert_ok(study_runs_refresh(study, &err), &err);
    return study_run_by_id(study, id);
}

static void models_that_are_not_here_are_refused(void **state)
{
    (void)state;
    struct error err = {0};
    char *outside;
    const struct study_run *ensemble;
    expect_refusal(made_run("others", "done"), "its lists came without one");
    expect_refusal(made_run("early", "failed"), "it is not finished");
    assert_ok(train_ensemble(study, model[SASREC], model[GR], NULL, NULL, &ensemble, &err), &err);
    expect_refusal(ensemble, "an ensemble joins the lists of two runs");
    struct workspace *ws = study_lock(study);
    int64_t id = tiny_external(ws, "true", NULL, &outside);
    assert_ok(run_set_state(ws, id, "done", NULL, &err), &err);
    study_unlock(study);
    assert_ok(study_runs_refresh(study, &err), &err);
    expect_refusal(study_run_by_id(study, id), "another program trained it");
    free(outside);
}

/* Without one of its files, or with a damaged one, a run says which. */
static void expect_broken(int m, const char *name, const char *words)
{
    struct error err = {0};
    struct roll_out r;
    int32_t item = 0;
    struct roll_out_question q = {model[m], -1, &item, 1, 2};
    char *path = path_join(run_dir[m], name), *aside = mem_printf("%s.aside", path);
    assert_int_equal(rename(path, aside), 0);
    assert_false(roll_out_make(study, &q, NULL, &r, &err));
    if (!strstr(err.text, words) || !strstr(err.text, name))
        fail_msg("%s", err.text);
    assert_false(file_exists(path)); /* nothing was made in its place */
    assert_true(file_write(path, "damaged", 7, NULL));
    assert_false(roll_out_make(study, &q, NULL, &r, &err));
    assert_int_equal(rename(aside, path), 0);
    assert_true(roll_out_make(study, &q, NULL, &r, &err));
    roll_out_release(&r);
    free(path);
    free(aside);
}

static void missing_files_are_named(void **state)
{
    (void)state;
    expect_broken(GR, "model.safetensors", "cannot be read");
    expect_broken(GR, "semid.safetensors", "is missing");
    expect_broken(SASREC, "model.safetensors", "cannot be read");
}

static void it_stops_when_asked_to(void **state)
{
    (void)state;
    struct progress progress = {0};
    atomic_store(&progress.cancel, true);
    for (int m = 0; m < MODELS; m++) {
        struct error err = {0};
        struct roll_out r;
        int32_t item = 0;
        struct roll_out_question q = {model[m], -1, &item, 1, 8};
        assert_false(roll_out_make(study, &q, &progress, &r, &err));
        assert_int_equal(err.code, ERROR_CANCELLED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_item_is_rank_one),
        cmocka_unit_test(each_item_is_the_best_after_those_before),
        cmocka_unit_test(the_same_bits_each_time),
        cmocka_unit_test(it_ends_with_the_catalogue),
        cmocka_unit_test(spans_equal_naive),
        cmocka_unit_test(spans_of_made_items_equal_naive),
        cmocka_unit_test(models_that_are_not_here_are_refused),
        cmocka_unit_test(missing_files_are_named),
        cmocka_unit_test(it_stops_when_asked_to),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
