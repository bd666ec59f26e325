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
        .vocab_size = n_items + SASREC_SPECIALS,
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

/* The tokens of one sample; returns their number. */
static int32_t encode_inputs(const struct item_samples *s, int64_t sample, int32_t n_items,
                             int32_t *token)
{
    int32_t n = 0;
    if (s->task[sample] != TASK_NEXT_ITEM)
        token[n++] = n_items + (s->task[sample] == TASK_COLLABORATIVE ? SASREC_COLLABORATIVE
                                                                      : SASREC_SEMANTIC);
    for (int64_t i = s->offset[sample]; i < s->offset[sample + 1]; i++)
        token[n++] = s->item[i] == ITEM_MASK ? n_items + SASREC_MASK : s->item[i];
    return n;
}

static bool encode_negatives(const struct item_samples *s, int64_t sample,
                             const struct item_target *t, struct samples *out, struct error *err)
{
    int32_t n;
    const int32_t *negative = item_samples_negatives(s, sample, t, &n);
    for (int32_t i = 0; i < n; i++) {
        if (negative[i] != t->item && !samples_negative(out, negative[i], err))
            return false;
    }
    return true;
}

bool sasrec_encode(const struct item_samples *s, int32_t n_items, struct samples *out,
                   struct error *err)
{
    int32_t *token = NULL;
    size_t room = 0;
    bool ok = true;
    for (int64_t i = 0; ok && i < s->n; i++) {
        ok = mem_try_grow((void **)&token, &room, (size_t)item_samples_length(s, i) + 1,
                          sizeof *token, "training samples", err);
        int32_t n = ok ? encode_inputs(s, i, n_items, token) : 0;
        if (n == 0)
            continue;
        int32_t special = n - item_samples_length(s, i);
        ok = samples_add(out, token, n, err);
        for (int64_t k = s->target_offset[i]; ok && k < s->target_offset[i + 1]; k++) {
            const struct item_target *t = &s->target[k];
            int32_t row = t->after - 1 + special;
            ok = row < 0 || (samples_target(out, row, t->item, t->weight, t->group, err) &&
                             encode_negatives(s, i, t, out, err));
        }
    }
    free(token);
    return ok;
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

/* Cases that a worker takes at once, and items of the catalogue whose logits it makes at a time:
 * the logits stay in the second cache, and the items are read once for all cases. */
enum { CASES = 64, ITEMS = 2048 };

struct rank_worker {
    struct nn_work *work;
    int32_t *token;
    int32_t start[CASES + 1];
    float *last;              /* [CASES][D] hidden rows of the last history items */
    float *logit;             /* [CASES][ITEMS] */
    float *scratch;           /* of linalg_rows_nt */
    struct topk_entry *entry; /* [CASES][depth] */
    struct topk top[CASES];
    double max[CASES], sum[CASES]; /* of e^(z - max) so far */
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

/* Adds z[0 .. n-1], n at most ITEMS, to a softmax's running maximum and sum; in a fixed order. */
SIMD_CLONES
static void add_to_sum(int32_t n, const float *z, double *max, double *sum)
{
    float most = z[0];
    double here = 0;
    for (int32_t v = 1; v < n; v++)
        most = z[v] > most ? z[v] : most;
    for (int32_t v = 0; v < n; v += 8) {
        simd8 e = (simd8){0} - INFINITY;
        memcpy(&e, z + v, (n - v < 8 ? (size_t)(n - v) : 8) * sizeof *z);
        e -= most;
        simd8_exp(&e);
        here += (double)simd8_sum(&e);
    }
    if ((double)most > *max) {
        *sum *= exp(*max - (double)most);
        *max = (double)most;
    }
    *sum += here * exp((double)most - *max);
}

/* Case number i of the worker, `at` of the job, sees logits z of items v0 .. v0+n-1. */
static void add_items(const struct ranking_job *job, struct rank_worker *w, int32_t i, int64_t at,
                      int32_t v0, int32_t n, float *z)
{
    int32_t position = job->cases->position[at];
    const int32_t *history = corpus_sequence(job->corpus, job->cases->user[at]);
    add_to_sum(n, z, &w->max[i], &w->sum[i]);
    for (int32_t k = 0; k < position && job->mask; k++) {
        if (history[k] >= v0 && history[k] < v0 + n)
            z[history[k] - v0] = NAN; /* topk keeps no NaN */
    }
    for (int32_t v = 0; v < n; v++)
        topk_push(&w->top[i], (double)z[v], v0 + v);
}

static void write_list(const struct ranking_job *job, struct rank_worker *w, int32_t i, int64_t at)
{
    struct topk *top = &w->top[i];
    double total = w->max[i] + log(w->sum[i]);
    topk_sort(top);
    for (int32_t k = 0; k < top->n; k++) {
        job->item[at * job->depth + k] = top->entry[k].index;
        job->score[at * job->depth + k] = (float)(top->entry[k].score - total);
    }
}

/* Ranks the catalogue for the n cases of[] whose last hidden rows are in w->last. */
static void rank_items(const struct ranking_job *job, struct rank_worker *w, int32_t n,
                       const int64_t *of)
{
    const struct nn_layout *l = &job->model->layout;
    int32_t D = l->config.hidden_size, V = job->corpus->n_items;
    for (int32_t i = 0; i < n; i++) {
        w->top[i] = topk_new(w->entry + (size_t)i * (size_t)job->depth, job->depth);
        w->max[i] = (double)-INFINITY;
        w->sum[i] = 0;
    }
    for (int32_t v0 = 0; v0 < V; v0 += ITEMS) {
        int32_t count = V - v0 < ITEMS ? V - v0 : ITEMS;
        const float *W = job->model->param + l->output + (size_t)v0 * (size_t)D;
        linalg_rows_nt(n, count, D, w->last, D, W, D, w->logit, ITEMS, w->scratch);
        for (int32_t i = 0; i < n; i++)
            add_items(job, w, i, of[i], v0, count, w->logit + (size_t)i * ITEMS);
    }
    for (int32_t i = 0; i < n; i++)
        write_list(job, w, i, of[i]);
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
    int32_t D = l->config.hidden_size, tokens = 0, n = 0;
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
    rank_items(job, w, n, of);
    return true;
}

static bool rank_worker_init(const struct ranking_job *job, struct rank_worker *w,
                             struct error *err)
{
    const struct nn_layout *l = &job->model->layout;
    size_t tokens = (size_t)CASES * (size_t)job->max_items, D = (size_t)l->config.hidden_size;
    w->work = nn_work_new(l, (int32_t)tokens, job->max_items, false, err);
    w->token = mem_try_array(tokens, sizeof *w->token, "ranking", err);
    w->last = mem_try_array(CASES * D, sizeof *w->last, "ranking", err);
    w->logit = mem_try_array((size_t)CASES * ITEMS, sizeof *w->logit, "ranking", err);
    w->scratch = mem_try_array(linalg_rows_scratch((int)D), sizeof *w->scratch, "ranking", err);
    w->entry = mem_try_array(CASES * (size_t)job->depth, sizeof *w->entry, "ranking", err);
    return w->work && w->token && w->last && w->logit && w->scratch && w->entry;
}

static void rank_worker_release(struct rank_worker *w)
{
    nn_work_free(w->work);
    free(w->token);
    free(w->last);
    free(w->logit);
    free(w->scratch);
    free(w->entry);
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
    int32_t workers = parallel_threads();
    job.worker = mem_zalloc((size_t)workers, sizeof *job.worker);
    bool ok = true;
    for (int32_t i = 0; ok && i < workers; i++)
        ok = rank_worker_init(&job, &job.worker[i], err);
    ok = ok && parallel_for(cases->n, CASES, rank_chunk, &job, progress, "ranking", "cases", err);
    for (int32_t i = 0; i < workers; i++)
        rank_worker_release(&job.worker[i]);
    free(job.worker);
    return ok;
}
