#include "analysis/train/score.h"

#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/nn/logits.h"
#include "storage/base/mem.h"

/* D width, R rows whose logits are made at once. */
enum { TOKENS = 4096, LOGITS_BYTES = 8 << 20, ROWS_LEAST = 16, ROWS_MOST = 256 };

static const char WHAT[] = "scores of targets";

struct score_worker {
    struct nn_work *work;
    int32_t *start; /* [chunk + 1] */
    float *row;     /* [R][D] hidden rows of targets */
    float *logit;   /* [R][outputs], or [longest list] */
    float *scratch; /* of linalg_rows_nt */
};

struct score_job {
    const struct nn *nn;
    const struct samples *samples;
    const struct score_outputs *outputs;
    double *logp;
    int32_t *rank; /* NULL: not asked for */
    int32_t longest, chunk, rows, most_legal;
    struct score_worker *worker;
};

static int32_t longest_sample(const struct samples *s)
{
    int64_t most = 1;
    for (int64_t i = 0; i < s->n; i++)
        most = s->offset[i + 1] - s->offset[i] > most ? s->offset[i + 1] - s->offset[i] : most;
    return (int32_t)most;
}

static int32_t longest_list(const struct score_job *job)
{
    const int32_t *offset = job->outputs->legal_offset;
    int32_t most = 1;
    for (int64_t i = 0; job->samples->legal && i < job->samples->n_targets; i++) {
        int32_t list = job->samples->legal[i], n = offset[list + 1] - offset[list];
        most = n > most ? n : most;
    }
    return most;
}

/* ---- the two kinds of targets ---- */

/* Target k is number `at` of the n that compete, whose logits are z. */
static void take(const struct score_job *job, int64_t k, const float *z, int32_t n, int32_t at)
{
    job->logp[k] = (double)z[at] - nn_log_sum_exp(n, z);
    if (!job->rank)
        return;
    int32_t before = 0;
    for (int32_t v = 0; v < n; v++)
        before += z[v] > z[at] || (v < at && !(z[v] < z[at]));
    job->rank[k] = 1 + before;
}

/* Targets first .. first+n-1, n <= R, against all outputs. */
static void score_full(const struct score_job *job, struct score_worker *w, int64_t first,
                       int32_t n)
{
    const struct nn_layout *l = &job->nn->layout;
    int32_t D = l->config.hidden_size, V = job->outputs->n;
    linalg_rows_nt(n, V, D, w->row, D, job->nn->param + l->output, D, w->logit, V, w->scratch);
    for (int32_t i = 0; i < n; i++)
        take(job, first + i, w->logit + (size_t)i * (size_t)V, V, job->samples->target[first + i]);
}

/* The same, each against its list. */
static void score_legal(const struct score_job *job, struct score_worker *w, int64_t first,
                        int32_t n)
{
    const struct nn_layout *l = &job->nn->layout;
    int32_t D = l->config.hidden_size;
    for (int32_t i = 0; i < n; i++) {
        int32_t list = job->samples->legal[first + i], at = 0;
        const int32_t *token = job->outputs->legal_token + job->outputs->legal_offset[list];
        int32_t many = job->outputs->legal_offset[list + 1] - job->outputs->legal_offset[list];
        while (token[at] != job->samples->target[first + i])
            at++;
        nn_list_logits(many, D, token, job->nn->param + l->output, w->row + (size_t)i * (size_t)D,
                       w->logit);
        take(job, first + i, w->logit, many, at);
    }
}

/* ---- samples in chunks ---- */

static bool score_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)err;
    struct score_job *job = context;
    struct score_worker *w = &job->worker[worker];
    const struct samples *s = job->samples;
    size_t D = (size_t)job->nn->layout.config.hidden_size;
    for (int64_t i = begin; i <= end; i++)
        w->start[i - begin] = (int32_t)(s->offset[i] - s->offset[begin]);
    struct nn_batch batch = {w->start[end - begin], (int32_t)(end - begin),
                             s->token + s->offset[begin], w->start};
    const float *hidden = nn_forward(job->nn, &batch, 0, w->work);
    int32_t n = 0;
    for (int64_t i = begin; i < end; i++) {
        for (int64_t k = s->target_offset[i]; k < s->target_offset[i + 1]; k++) {
            int64_t at = s->offset[i] - s->offset[begin] + s->row[k];
            memcpy(w->row + (size_t)n * D, hidden + (size_t)at * D, D * sizeof *hidden);
            bool last = k + 1 == s->target_offset[end];
            if (++n < job->rows && !last)
                continue;
            (s->legal ? score_legal : score_full)(job, w, k + 1 - n, n);
            n = 0;
        }
    }
    return true;
}

static bool worker_init(const struct score_job *job, struct score_worker *w, struct error *err)
{
    const struct nn_layout *l = &job->nn->layout;
    size_t D = (size_t)l->config.hidden_size, R = (size_t)job->rows;
    size_t logits = job->samples->legal ? (size_t)job->most_legal : R * (size_t)job->outputs->n;
    w->work = nn_work_new(l, job->chunk * job->longest, job->longest, false, err);
    w->start = mem_try_array((size_t)job->chunk + 1, sizeof *w->start, WHAT, err);
    w->row = mem_try_array(R * D, sizeof *w->row, WHAT, err);
    w->logit = mem_try_array(logits, sizeof *w->logit, WHAT, err);
    w->scratch = mem_try_array(linalg_rows_scratch((int)D), sizeof *w->scratch, WHAT, err);
    return w->work && w->start && w->row && w->logit && w->scratch;
}

static void worker_release(struct score_worker *w)
{
    nn_work_free(w->work);
    free(w->start);
    free(w->row);
    free(w->logit);
    free(w->scratch);
}

bool score_targets(const struct nn *nn, const struct samples *samples,
                   const struct score_outputs *outputs, double *logp, int32_t *rank,
                   struct progress *progress, struct error *err)
{
    struct score_job job = {.nn = nn,
                            .samples = samples,
                            .outputs = outputs,
                            .logp = logp,
                            .rank = rank,
                            .longest = longest_sample(samples)};
    int32_t workers = parallel_threads(), V = outputs->n > 0 ? outputs->n : 1;
    int64_t fit = LOGITS_BYTES / ((int64_t)V * (int64_t)sizeof(float));
    job.chunk = job.longest < TOKENS ? TOKENS / job.longest : 1;
    job.rows = fit < ROWS_LEAST ? ROWS_LEAST : fit > ROWS_MOST ? ROWS_MOST : (int32_t)fit;
    job.most_legal = longest_list(&job);
    job.worker = mem_zalloc((size_t)workers, sizeof *job.worker);
    bool ok = true;
    for (int32_t i = 0; ok && i < workers; i++)
        ok = worker_init(&job, &job.worker[i], err);
    ok = ok && parallel_for(samples->n, job.chunk, score_chunk, &job, progress, "scoring",
                            "samples", err);
    for (int32_t i = 0; i < workers; i++)
        worker_release(&job.worker[i]);
    free(job.worker);
    return ok;
}
