/* SASRec: samples and full ranking. Contract in sasrec.h. */
#include "analysis/model/sasrec.h"

#include <math.h>
#include <string.h>

#include "analysis/corpus/recs.h"
#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/math/simd.h"
#include "analysis/math/topk.h"
#include "storage/base/mem.h"

struct nn_config sasrec_config(int32_t n_items)
{
    return (struct nn_config){
        .vocab_size = n_items,
        .hidden_size = 64,
        .intermediate_size = 256,
        .num_hidden_layers = 2,
        .num_attention_heads = 2,
        .num_key_value_heads = 2,
        .max_position_embeddings = 50,
        .norm_eps = 1e-5f,
        .norm = NN_LAYERNORM,
        .hidden_act = NN_GELU,
        .position = NN_LEARNED,
        .attention_bias = true,
        .mlp_bias = true,
        .tie_word_embeddings = true,
        .hidden_dropout = 0.2f,
        .attention_dropout = 0.2f,
    };
}

bool sasrec_samples(const struct training *training, int32_t max_items, struct samples *out,
                    struct error *err)
{
    for (int32_t u = 0; u < training->corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(training->corpus, u);
        for (int32_t last = training->end[u] - 1; last > 0; last -= max_items) {
            int32_t n = last < max_items ? last : max_items, first = last - n;
            if (!samples_add(out, s + first, s + first + 1, n, 0, err))
                return false;
        }
    }
    return true;
}

double *sasrec_popularity(const struct training *training, struct error *err)
{
    int32_t n = training->corpus->n_items;
    double *sum = mem_try_zarray((size_t)n + 1, sizeof *sum, "popularity", err);
    if (!sum)
        return NULL;
    for (int32_t u = 0; u < training->corpus->n_users; u++) {
        for (int32_t i = 0; i < training->end[u]; i++)
            sum[corpus_sequence(training->corpus, u)[i] + 1] += 1;
    }
    double total = 0;
    for (int32_t v = 1; v <= n; v++)
        total += sum[v] = sum[v] > 0 ? sum[v] : 1;
    for (int32_t v = 1; v <= n; v++)
        sum[v] = sum[v - 1] + sum[v] / total;
    return sum;
}

/* ---- Ranking --------------------------------------------------------------------------------- */

enum { CASES = 64, LOGITS_BYTES = 16 << 20 };

struct rank_worker {
    struct nn_work *work;
    int32_t *token, *start;
    float *last;    /* [CASES][D] hidden rows of the last history items */
    float *logit;   /* [chunk][V] */
    float *scratch; /* of linalg_rows_nt */
    struct topk_entry *best;
};

struct ranking_job {
    const struct nn *model;
    const struct corpus *corpus;
    const struct case_list *cases;
    bool mask;
    int32_t depth, max_items;
    int32_t *item;
    float *score;
    struct rank_worker *worker;
};

/* Cases a worker takes at once: fewer where the catalogue is large. */
static int32_t cases_at_once(int32_t V)
{
    size_t fit = LOGITS_BYTES / ((size_t)V * sizeof(float));
    return fit < 4 ? 4 : fit > CASES ? CASES : (int32_t)fit;
}

/* log sum e^z, in a fixed order. */
SIMD_CLONES
static double log_sum_exp(int32_t V, const float *z)
{
    float max = z[0];
    double sum = 0;
    for (int32_t v = 1; v < V; v++)
        max = z[v] > max ? z[v] : max;
    for (int32_t v = 0; v < V; v += 8) {
        simd8 e = (simd8){0} - INFINITY;
        memcpy(&e, z + v, (V - v < 8 ? (size_t)(V - v) : 8) * sizeof *z);
        e -= max;
        simd8_exp(&e);
        sum += (double)simd8_sum(&e);
    }
    return (double)max + log(sum);
}

static void write_list(const struct ranking_job *job, int64_t at, float *z, struct topk_entry *best)
{
    int32_t V = job->model->layout.config.vocab_size, position = job->cases->position[at];
    const int32_t *history = corpus_sequence(job->corpus, job->cases->user[at]);
    double total = log_sum_exp(V, z);
    for (int32_t i = 0; i < position && job->mask; i++)
        z[history[i]] = NAN; /* topk keeps no NaN */
    struct topk top = topk_new(best, job->depth);
    for (int32_t v = 0; v < V; v++)
        topk_push(&top, (double)z[v], v);
    topk_sort(&top);
    for (int32_t k = 0; k < top.n; k++) {
        job->item[at * job->depth + k] = best[k].index;
        job->score[at * job->depth + k] = (float)(best[k].score - total);
    }
}

static void empty_list(const struct ranking_job *job, int64_t at)
{
    for (int32_t k = 0; k < job->depth; k++) {
        job->item[at * job->depth + k] = RECS_NONE;
        job->score[at * job->depth + k] = 0;
    }
}

static bool rank_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)err;
    struct ranking_job *job = context;
    struct rank_worker *w = &job->worker[worker];
    const struct nn_layout *l = &job->model->layout;
    int32_t D = l->config.hidden_size, V = l->config.vocab_size, tokens = 0, n = 0;
    int64_t of[CASES]; /* cases that have a history */
    w->start[0] = 0;
    for (int64_t c = begin; c < end; c++) {
        int32_t all = job->cases->position[c];
        int32_t kept = all < job->max_items ? all : job->max_items;
        empty_list(job, c);
        if (kept == 0)
            continue;
        memcpy(w->token + tokens, corpus_sequence(job->corpus, job->cases->user[c]) + (all - kept),
               (size_t)kept * sizeof *w->token);
        tokens += kept;
        of[n++] = c;
        w->start[n] = tokens;
    }
    struct nn_batch batch = {tokens, n, w->token, w->start};
    const float *hidden = nn_forward(job->model, &batch, 0, w->work);
    for (int32_t i = 0; i < n; i++)
        memcpy(w->last + (size_t)i * (size_t)D, hidden + (size_t)(w->start[i + 1] - 1) * (size_t)D,
               (size_t)D * sizeof *w->last);
    linalg_rows_nt(n, V, D, w->last, D, job->model->param + l->output, D, w->logit, V, w->scratch);
    for (int32_t i = 0; i < n; i++)
        write_list(job, of[i], w->logit + (size_t)i * (size_t)V, w->best);
    return true;
}

static bool rank_worker_init(const struct ranking_job *job, struct rank_worker *w, int32_t chunk,
                             struct error *err)
{
    const struct nn_layout *l = &job->model->layout;
    size_t tokens = (size_t)chunk * (size_t)job->max_items, D = (size_t)l->config.hidden_size;
    w->work = nn_work_new(l, (int32_t)tokens, job->max_items, false, err);
    w->token = mem_try_array(tokens, sizeof *w->token, "ranking", err);
    w->start = mem_try_array((size_t)chunk + 1, sizeof *w->start, "ranking", err);
    w->last = mem_try_array((size_t)chunk * D, sizeof *w->last, "ranking", err);
    w->logit = mem_try_array((size_t)chunk * (size_t)l->config.vocab_size, sizeof *w->logit,
                             "ranking", err);
    w->scratch = mem_try_array(linalg_rows_scratch((int)D), sizeof *w->scratch, "ranking", err);
    w->best = mem_try_array((size_t)job->depth, sizeof *w->best, "ranking", err);
    return w->work && w->token && w->start && w->last && w->logit && w->scratch && w->best;
}

static void rank_worker_release(struct rank_worker *w)
{
    nn_work_free(w->work);
    free(w->token);
    free(w->start);
    free(w->last);
    free(w->logit);
    free(w->scratch);
    free(w->best);
}

bool sasrec_rank(void *context, const struct nn *model, const struct corpus *corpus,
                 const struct case_list *cases, int32_t depth, int32_t *item, float *score,
                 struct progress *progress, struct error *err)
{
    const struct sasrec_ranking *options = context;
    const struct nn_config *c = &model->layout.config;
    struct ranking_job job = {.model = model,
                              .corpus = corpus,
                              .cases = cases,
                              .depth = depth,
                              .mask = options && options->mask_history,
                              .item = item,
                              .score = score,
                              .max_items = c->max_position_embeddings};
    int32_t chunk = cases_at_once(c->vocab_size), workers = parallel_threads();
    job.worker = mem_zalloc((size_t)workers, sizeof *job.worker);
    bool ok = true;
    for (int32_t i = 0; ok && i < workers; i++)
        ok = rank_worker_init(&job, &job.worker[i], chunk, err);
    ok = ok && parallel_for(cases->n, chunk, rank_chunk, &job, progress, "ranking", "cases", err);
    for (int32_t i = 0; i < workers; i++)
        rank_worker_release(&job.worker[i]);
    free(job.worker);
    return ok;
}
