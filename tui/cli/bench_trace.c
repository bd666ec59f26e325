/*
 * rote bench trace: cause in count models, one thread's question at a time.
 *   without    one list of the markov model as if a user had not existed
 *   carriers   all users whose absence would remove a recommendation
 *   retrain    the naive answer to one `without`: count the model anew without the user
 * Checked first: lists without a user against retrained ones, and carriers against asking about
 * every user.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/corpus/recs.h"
#include "analysis/math/rng.h"
#include "analysis/model/without.h"
#include "storage/base/mem.h"
#include "tui/cli/bench.h"

enum { K = 10, QUESTIONS = 2000, CARRIERS = 100, CHECKS = 20, EVERY_USER = 2, STREAM = 0x7ace };

struct question {
    int64_t at; /* case */
    int32_t user;
};

struct trace_job {
    const struct bench_data *data;
    struct training training;
    const struct reference *model;
    struct question *question; /* [QUESTIONS] */
    int32_t *end;              /* scratch: training prefixes without a user */
};

static const int32_t *history_of(const struct trace_job *job, int64_t at, int32_t *n)
{
    const struct case_list *cases = &job->data->split.part[PART_TEST];
    *n = cases->position[at];
    return corpus_sequence(&job->data->corpus, cases->user[at]);
}

static bool list_without(const struct trace_job *job, const struct question *q, int32_t *list,
                         struct error *err)
{
    int32_t n;
    const int32_t *history = history_of(job, q->at, &n);
    return without_recommend(job->model, q->user, history, n, K, list, NULL, err);
}

/* The naive way: the same corpus in which the user trained nothing. */
static bool list_retrained(const struct trace_job *job, const struct question *q, int32_t *list,
                           struct error *err)
{
    int32_t n, kept = job->end[q->user];
    const int32_t *history = history_of(job, q->at, &n);
    struct training without = {.corpus = &job->data->corpus, .end = job->end};
    struct reference *model = NULL;
    job->end[q->user] = 0;
    bool ok = reference_build(REFERENCE_MARKOV, &(struct reference_options){0}, &without, NULL,
                              NULL, &model, err) &&
              reference_recommend(model, history, n, K, list, NULL, err);
    job->end[q->user] = kept;
    reference_free(model);
    return ok;
}

static bool check_lists(const struct trace_job *job, struct error *err)
{
    for (int i = 0; i < CHECKS; i++) {
        int32_t fast[K], slow[K];
        if (!list_without(job, &job->question[i], fast, err) ||
            !list_retrained(job, &job->question[i], slow, err))
            return false;
        if (memcmp(fast, slow, sizeof fast) != 0)
            return error_set(err, ERROR_STATE, "a list without user %d differs from retraining",
                             job->question[i].user);
    }
    return true;
}

static bool carried(const int32_t *list, int32_t item)
{
    for (int i = 0; i < K; i++)
        if (list[i] == item)
            return false;
    return true;
}

static bool check_carriers(const struct trace_job *job, struct error *err)
{
    for (int i = 0; i < EVERY_USER; i++) {
        struct question q = job->question[i];
        struct carriers c;
        int32_t n, list[K];
        const int32_t *history = history_of(job, q.at, &n);
        if (!reference_recommend(job->model, history, n, K, list, NULL, err) ||
            !without_carriers(job->model, history, n, K, list[0], NULL, &c, err))
            return false;
        int32_t item = list[0];
        int64_t found = 0;
        bool ok = true;
        for (q.user = 0; ok && q.user < job->data->corpus.n_users; q.user++) {
            ok = list_without(job, &q, list, err);
            if (ok && carried(list, item))
                ok = found < c.n && c.user[found++] == q.user;
        }
        ok = ok && found == c.n;
        carriers_release(&c);
        if (!ok)
            return error_set(err, ERROR_STATE,
                             "the carriers of case %lld are not those found by "
                             "asking about every user",
                             (long long)q.at);
    }
    return true;
}

static bool run_without(void *context, struct error *err)
{
    struct trace_job *job = context;
    int32_t list[K];
    for (int i = 0; i < QUESTIONS; i++)
        if (!list_without(job, &job->question[i], list, err))
            return false;
    return true;
}

static bool run_retrain(void *context, struct error *err)
{
    int32_t list[K];
    struct trace_job *job = context;
    return list_retrained(job, &job->question[0], list, err);
}

static bool run_carriers(void *context, struct error *err)
{
    struct trace_job *job = context;
    for (int i = 0; i < CARRIERS; i++) {
        struct carriers c;
        int32_t n, list[K];
        const int32_t *history = history_of(job, job->question[i].at, &n);
        if (!reference_recommend(job->model, history, n, K, list, NULL, err) ||
            !without_carriers(job->model, history, n, K, list[0], NULL, &c, err))
            return false;
        carriers_release(&c);
    }
    return true;
}

static bool measure(struct trace_job *job, const struct cli_args *args, struct bench_report *report,
                    struct error *err)
{
    struct bench_measure m[] = {{.name = "without", .work = QUESTIONS, .unit = "lists"},
                                {.name = "carriers", .work = CARRIERS, .unit = "recommendations"},
                                {.name = "retrain", .work = 1, .unit = "lists"}};
    bool (*const run[])(void *, struct error *) = {run_without, run_carriers, run_retrain};
    if (!check_lists(job, err) || !check_carriers(job, err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(m); i++) {
        if (!bench_run(args, &m[i], run[i], job, err))
            return false;
        bench_add(report, &m[i]);
    }
    return true;
}

static void draw_questions(struct trace_job *job)
{
    struct rng rng = rng_new(job->data->seed, STREAM);
    for (int i = 0; i < QUESTIONS; i++) {
        job->question[i].at =
            (int64_t)rng_below(&rng, (uint64_t)job->data->split.part[PART_TEST].n);
        job->question[i].user = (int32_t)rng_below(&rng, (uint64_t)job->data->corpus.n_users);
    }
}

bool bench_trace(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                 struct error *err)
{
    struct bench_data data = {0};
    struct trace_job job = {.data = &data};
    struct reference *model = NULL;
    bool ok = bench_data_load(args, &data, cli->progress, err);
    if (ok && data.split.part[PART_TEST].n == 0)
        ok = error_set(err, ERROR_INPUT,
                       "the corpus has no test cases: sequences of at least 3 "
                       "items are needed");
    if (ok) {
        size_t bytes = (size_t)data.corpus.n_users * sizeof *job.end;
        job.training = split_training(&data.split, &data.corpus, TRAINED_ON_TRAIN);
        job.end = mem_alloc(bytes);
        memcpy(job.end, job.training.end, bytes);
        job.question = mem_zalloc(QUESTIONS, sizeof *job.question);
        draw_questions(&job);
        ok = reference_build(REFERENCE_MARKOV, &(struct reference_options){0}, &job.training, NULL,
                             cli->progress, &model, err);
        job.model = model;
    }
    ok = ok && measure(&job, args, report, err);
    reference_free(model);
    free(job.question);
    free(job.end);
    bench_data_release(&data);
    return ok;
}
