/*
 * `rote bench match`: the index is over the training prefixes, histories are those of the test
 * cases, candidates the target and items drawn from the corpus.
 *   pairs             counts of (last history item, candidate), one thread
 *   contexts          counts of (last 2 to 5 history items, candidate), one thread
 *   contexts_trained  counts of 2 to 5 items drawn from the training text, one thread
 *   lists             longest matches of whole lists, all threads
 *   evidence, evidence_any   the evidence of 50 candidates for one user, one thread
 * Each is checked on a sample against a walk over all training sequences.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/match/evidence.h"
#include "analysis/math/rng.h"
#include "storage/base/clock.h"
#include "storage/base/mem.h"
#include "tui/cli/bench.h"

enum {
    LIST = 10,          /* candidates of a case in the batches */
    CASES_MAX = 100000, /* cases in the batches */
    EVIDENCE_LIST = 50,
    EVIDENCE_CASES = 4000,
    EVIDENCE_SHOWN = 100, /* lines listed for each candidate */
    STREAM_CONTEXTS = 0xc0e7,
    CHECK_READS = 1 << 28, /* items that the naive checks may read for each measure */
};

struct patterns {
    int64_t n;
    int32_t *item;
    int64_t *offset; /* [n+1] */
    int64_t *count;  /* [n] */
};

struct match_job {
    const struct bench_data *data;
    struct training training;
    struct match_index index;
    struct progress *progress;
    struct case_list cases; /* the first CASES_MAX */
    int32_t *list;          /* [cases.n * LIST] */
    struct patterns pairs, contexts, trained;
    int32_t *pair_x, *pair_v;
    uint8_t *verbatim;
};

/* ---- the naive side ---- */

static int64_t samples_for(const struct match_job *job, int64_t n)
{
    int64_t fit = CHECK_READS / (job->index.n_entries + 1);
    fit = fit < 8 ? 8 : fit > 2000 ? 2000 : fit;
    return fit < n ? fit : n;
}

static int64_t naive_count(const struct training *t, const int32_t *pattern, int64_t n)
{
    int64_t count = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(t->corpus, u);
        for (int64_t p = 0; p + n <= t->end[u]; p++)
            count += memcmp(s + p, pattern, (size_t)n * sizeof *s) == 0;
    }
    return count;
}

static bool check_patterns(const struct match_job *job, const struct patterns *p, const char *what,
                           struct error *err)
{
    int64_t samples = samples_for(job, p->n);
    match_count_many(&job->index, p->n, p->item, p->offset, p->count);
    for (int64_t i = 0; i < samples; i++) {
        int64_t q = i * (p->n / samples);
        int64_t want =
            naive_count(&job->training, p->item + p->offset[q], p->offset[q + 1] - p->offset[q]);
        if (p->count[q] != want)
            return error_set(err, ERROR_STATE, "%s: query %lld counts %lld, naively %lld", what,
                             (long long)q, (long long)p->count[q], (long long)want);
        if (!progress_at(job->progress, "checking", (double)i, (double)samples, "queries", err))
            return false;
    }
    return true;
}

/* Evidence of the longest match: others by user and position, then the own ones. */
static bool naive_evidence(const struct match_job *job, const struct evidence_query *q,
                           const struct evidence *got, size_t n,
                           const struct evidence_totals *totals)
{
    const struct training *t = &job->training;
    int64_t occurrences = 0, users = 0, own = 0;
    int32_t longest = 0;
    for (int pass = 0; pass < 2; pass++) /* the longest length, then its occurrences */
        for (int32_t u = 0; u < t->corpus->n_users; u++) {
            const int32_t *s = corpus_sequence(t->corpus, u);
            int64_t before = occurrences;
            for (int32_t p = 0; p < t->end[u]; p++) {
                int32_t m = s[p] == q->item;
                while (m > 0 && m <= q->n_history && p >= m &&
                       s[p - m] == q->history[q->n_history - m])
                    m++;
                if (pass == 0) {
                    longest = m > longest ? m : longest;
                } else if (m == longest && m > 0) {
                    size_t line = (size_t)(occurrences - own);
                    bool listed = u == q->user || line >= n ||
                                  (got[line].user == u && got[line].position == p);
                    if (!listed)
                        return false;
                    occurrences++;
                    own += u == q->user;
                }
            }
            users += occurrences > before;
        }
    return longest == totals->length && occurrences == totals->occurrences &&
           users == totals->users && own == totals->own;
}

/* ---- queries ---- */

static bool patterns_make(struct patterns *p, int64_t n, int64_t items, struct error *err)
{
    p->n = n;
    p->item = mem_try_array((size_t)items, sizeof *p->item, "queries", err);
    p->offset = mem_try_zarray((size_t)n + 1, sizeof *p->offset, "queries", err);
    p->count = mem_try_array((size_t)n, sizeof *p->count, "counts", err);
    return p->item && p->offset && p->count;
}

static void patterns_release(struct patterns *p)
{
    free(p->item);
    free(p->offset);
    free(p->count);
}

static void add_pattern(struct patterns *p, int64_t at, const int32_t *items, int32_t n,
                        const int32_t *last)
{
    int32_t *to = p->item + p->offset[at];
    memcpy(to, items, (size_t)n * sizeof *to);
    if (last)
        to[n++] = *last;
    p->offset[at + 1] = p->offset[at] + n;
}

static void make_case_queries(struct match_job *job, int64_t at)
{
    const int32_t *sequence = corpus_sequence(&job->data->corpus, job->cases.user[at]);
    int32_t n = job->cases.position[at];
    for (int32_t k = 0; k < LIST; k++) {
        int64_t q = at * LIST + k;
        int32_t context = 2 + (int32_t)(q % 4);
        context = context < n ? context : n;
        add_pattern(&job->pairs, q, sequence + n - 1, 1, &job->list[q]);
        add_pattern(&job->contexts, q, sequence + n - context, context, &job->list[q]);
        job->pair_x[q] = sequence[n - 1];
        job->pair_v[q] = job->list[q];
    }
}

/* 2 to 5 consecutive items from random places of the training text. */
static void make_trained_queries(struct match_job *job)
{
    const struct training *t = &job->training;
    struct rng rng = rng_new(job->data->seed, STREAM_CONTEXTS);
    for (int64_t q = 0; q < job->trained.n;) {
        int32_t n = 2 + (int32_t)(q % 4);
        int32_t u = (int32_t)rng_below(&rng, (uint64_t)t->corpus->n_users);
        if (t->end[u] < n) {
            n = 1;
            if (t->end[u] == 0)
                continue;
        }
        int64_t from = (int64_t)rng_below(&rng, (uint64_t)(t->end[u] - n + 1));
        add_pattern(&job->trained, q++, corpus_sequence(t->corpus, u) + from, n, NULL);
    }
}

static bool make_queries(struct match_job *job, struct error *err)
{
    const struct case_list *all = &job->data->split.part[PART_TEST];
    job->cases = *all;
    job->cases.n = all->n < CASES_MAX ? all->n : CASES_MAX;
    int64_t n = job->cases.n * LIST;
    if (n == 0)
        return error_set(err, ERROR_INPUT, "%s has no test case: give users 3 items or more",
                         job->data->name);
    job->pair_x = mem_try_array((size_t)n, sizeof *job->pair_x, "queries", err);
    job->pair_v = mem_try_array((size_t)n, sizeof *job->pair_v, "queries", err);
    job->verbatim = mem_try_array((size_t)n, sizeof *job->verbatim, "lengths", err);
    if (!job->pair_x || !job->pair_v || !job->verbatim ||
        !bench_lists(job->data, LIST, job->cases.n, &job->list, err) ||
        !patterns_make(&job->pairs, n, 2 * n, err) ||
        !patterns_make(&job->contexts, n, 6 * n, err) ||
        !patterns_make(&job->trained, n, 5 * n, err))
        return false;
    for (int64_t at = 0; at < job->cases.n; at++)
        make_case_queries(job, at);
    make_trained_queries(job);
    return true;
}

static void job_release(struct match_job *job)
{
    match_index_release(&job->index);
    patterns_release(&job->pairs);
    patterns_release(&job->contexts);
    patterns_release(&job->trained);
    free(job->list);
    free(job->pair_x);
    free(job->pair_v);
    free(job->verbatim);
}

/* ---- what is timed ---- */

static bool run_pairs(void *context, struct error *err)
{
    struct match_job *job = context;
    (void)err;
    match_count_pairs(&job->index, job->pairs.n, job->pair_x, job->pair_v, job->pairs.count);
    return true;
}

static bool run_contexts(void *context, struct error *err)
{
    struct match_job *job = context;
    (void)err;
    match_count_many(&job->index, job->contexts.n, job->contexts.item, job->contexts.offset,
                     job->contexts.count);
    return true;
}

static bool run_trained(void *context, struct error *err)
{
    struct match_job *job = context;
    (void)err;
    match_count_many(&job->index, job->trained.n, job->trained.item, job->trained.offset,
                     job->trained.count);
    return true;
}

static bool run_lists(void *context, struct error *err)
{
    struct match_job *job = context;
    struct recs recs = {job->cases.n, LIST, job->list, NULL};
    return match_recs(&job->index, &job->data->corpus, &job->cases, &recs, NULL, job->verbatim,
                      NULL, err);
}

/* Lengths of the lists against the naive counts of their suffixes. */
static bool check_lists(struct match_job *job, struct error *err)
{
    int64_t n = job->cases.n * LIST, samples = samples_for(job, n) / 4 + 1;
    if (!run_lists(job, err))
        return false;
    for (int64_t i = 0; i < samples; i++) {
        int64_t q = i * (n / samples);
        const int32_t *sequence = corpus_sequence(&job->data->corpus, job->cases.user[q / LIST]);
        int32_t pattern[256], position = job->cases.position[q / LIST], m = 0;
        while (m < 255 && m <= position) {
            memcpy(pattern, sequence + position - m, (size_t)m * sizeof *pattern);
            pattern[m] = job->list[q];
            if (naive_count(&job->training, pattern, m + 1) == 0)
                break;
            m++;
        }
        if (job->verbatim[q] != m)
            return error_set(err, ERROR_STATE, "lists: slot %lld has length %d, naively %d",
                             (long long)q, job->verbatim[q], m);
    }
    return true;
}

/* ---- evidence ---- */

struct evidence_job {
    struct match_job *match;
    enum evidence_of of;
    int32_t *list; /* [cases * EVIDENCE_LIST] */
    int64_t cases;
    double *seconds;      /* [cases] of one user's whole list */
    struct evidence *out; /* [EVIDENCE_SHOWN] */
};

static struct evidence_query query_of(const struct evidence_job *job, int64_t at, int32_t k)
{
    const struct match_job *m = job->match;
    int32_t user = m->cases.user[at];
    return (struct evidence_query){
        .of = job->of,
        .history = corpus_sequence(&m->data->corpus, user),
        .n_history = m->cases.position[at],
        .item = job->list[at * EVIDENCE_LIST + k],
        .user = user,
        .max = EVIDENCE_SHOWN,
    };
}

static bool run_evidence(void *context, struct error *err)
{
    struct evidence_job *job = context;
    for (int64_t at = 0; at < job->cases; at++) {
        double start = clock_monotonic_seconds();
        for (int32_t k = 0; k < EVIDENCE_LIST; k++) {
            struct evidence_query q = query_of(job, at, k);
            struct evidence_totals totals;
            size_t n;
            if (!evidence_find(&job->match->index, &q, job->out, &n, &totals, err))
                return false;
        }
        job->seconds[at] = clock_monotonic_seconds() - start;
    }
    return true;
}

static bool check_evidence(const struct evidence_job *job, struct error *err)
{
    int64_t all = job->cases * EVIDENCE_LIST, samples = samples_for(job->match, all) / 2;
    for (int64_t i = 0; i < samples; i++) {
        int64_t slot = i * (all / samples);
        struct evidence_query q = query_of(job, slot / EVIDENCE_LIST, slot % EVIDENCE_LIST);
        struct evidence_totals totals;
        size_t n;
        if (!evidence_find(&job->match->index, &q, job->out, &n, &totals, err))
            return false;
        if (!naive_evidence(job->match, &q, job->out, n, &totals))
            return error_set(err, ERROR_STATE, "evidence of case %lld differs from the naive one",
                             (long long)(slot / EVIDENCE_LIST));
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static bool measure_evidence(struct evidence_job *job, const struct cli_args *args,
                             struct bench_report *report, struct error *err)
{
    bool any = job->of == EVIDENCE_ANY;
    struct bench_measure m = {
        .name = any ? "evidence_any" : "evidence", .work = (double)job->cases, .unit = "users"};
    if ((!any && !check_evidence(job, err)) || !bench_run(args, &m, run_evidence, job, err))
        return false;
    bench_add(report, &m);
    qsort(job->seconds, (size_t)job->cases, sizeof *job->seconds, by_value);
    size_t p50 = (size_t)job->cases / 2, p99 = (size_t)((double)job->cases * 0.99);
    bench_figure(report, any ? "evidence_any_p50_ms" : "evidence_p50_ms", job->seconds[p50] * 1e3);
    bench_figure(report, any ? "evidence_any_p99_ms" : "evidence_p99_ms", job->seconds[p99] * 1e3);
    bench_figure(report, any ? "evidence_any_max_ms" : "evidence_max_ms",
                 job->seconds[job->cases - 1] * 1e3);
    return true;
}

static bool run_both_evidences(struct match_job *match, const struct cli_args *args,
                               struct bench_report *report, struct error *err)
{
    int64_t n = match->cases.n < EVIDENCE_CASES ? match->cases.n : EVIDENCE_CASES;
    struct evidence_job job = {.match = match, .of = EVIDENCE_LONGEST, .cases = n};
    job.seconds = mem_try_array((size_t)n, sizeof *job.seconds, "times", err);
    job.out = mem_try_array(EVIDENCE_SHOWN, sizeof *job.out, "evidence", err);
    bool ok = job.seconds && job.out &&
              bench_lists(match->data, EVIDENCE_LIST, n, &job.list, err) &&
              measure_evidence(&job, args, report, err);
    job.of = EVIDENCE_ANY;
    ok = ok && measure_evidence(&job, args, report, err);
    free(job.seconds);
    free(job.out);
    free(job.list);
    return ok;
}

/* ---- all of it ---- */

static bool run_match(struct match_job *job, const struct cli_args *args,
                      struct bench_report *report, struct error *err)
{
    const struct {
        const char *name;
        struct patterns *patterns; /* NULL: lists */
        bool (*run)(void *, struct error *);
    } measures[] = {
        {"pairs", &job->pairs, run_pairs},
        {"contexts", &job->contexts, run_contexts},
        {"contexts_trained", &job->trained, run_trained},
        {"lists", NULL, run_lists},
    };
    for (size_t i = 0; i < ARRAY_LEN(measures); i++) {
        struct bench_measure m = {.name = measures[i].name,
                                  .work = (double)job->pairs.n,
                                  .unit = i < 3 ? i ? "contexts" : "pairs" : "candidates"};
        if (!(measures[i].patterns ? check_patterns(job, measures[i].patterns, m.name, err)
                                   : check_lists(job, err)) ||
            !bench_run(args, &m, measures[i].run, job, err))
            return false;
        bench_add(report, &m);
    }
    bench_figure(report, "bytes", (double)match_index_bytes(&job->index));
    return run_both_evidences(job, args, report, err);
}

bool bench_match(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                 struct error *err)
{
    struct bench_data data;
    int64_t shards = 0;
    if (!cli_int(args, "shards", 0, MATCH_MAX_SHARDS, &shards, err) ||
        !bench_data_load(args, &data, cli->progress, err))
        return false;
    struct match_job job = {.data = &data,
                            .progress = cli->progress,
                            .training =
                                split_training(&data.split, &data.corpus, TRAINED_ON_TRAIN)};
    bool ok = match_index_build(&job.training, (int32_t)shards, cli->progress, &job.index, err) &&
              make_queries(&job, err) && run_match(&job, args, report, err);
    job_release(&job);
    bench_data_release(&data);
    return ok;
}
