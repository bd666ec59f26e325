/*
 * `rote bench decode`: test cases a second by beam search of width 20 over the legal semantic ids,
 * with the gr model of `rote bench train` after one pass over some of the data. Checked first: the
 * first cases give the same lists one by one as together, and every score is the sum of
 * log-softmaxes over the legal next tokens, each read from a forward pass over the whole sequence.
 */
#include <math.h>
#include <string.h>

#include "analysis/decode/beam.h"
#include "analysis/math/linalg.h"
#include "storage/base/mem.h"
#include "tui/cli/bench_model.h"

enum { BEAM = 20, POSITIONS = 65536, CHECKED = 8, CASES = 6000 };

struct decode_job {
    struct bench_model *model;
    const struct bench_data *data;
    struct case_list cases;
    int32_t *item;
    float *score;
    struct progress *progress;
};

static bool decode(void *context, struct error *err)
{
    struct decode_job *job = context;
    return gr_rank(&job->model->gr, &job->model->nn, &job->data->corpus, &job->cases, BEAM,
                   job->item, job->score, job->progress, err);
}

/* ---- Check ----------------------------------------------------------------------------------- */

static double product(int32_t D, const float *a, const float *b)
{
    double sum = 0;
    for (int32_t j = 0; j < D; j++)
        sum += (double)a[j] * (double)b[j];
    return sum;
}

/* log p of the id that begins at token[n], after n tokens; `work` has room for them all. */
static double naive_score(const struct bench_model *m, const int32_t *token, int32_t n,
                          struct nn_work *work)
{
    const struct trie *t = &m->gr.trie;
    const struct nn_layout *l = &m->nn.layout;
    int32_t D = l->config.hidden_size, start[2] = {0, n + t->levels - 1}, node = 0;
    struct nn_batch batch = {start[1], 1, token, start};
    const float *hidden = nn_forward(&m->nn, &batch, 0, work);
    double score = 0;
    for (int32_t level = 0; level < t->levels; level++) {
        const float *h = hidden + (size_t)(n - 1 + level) * (size_t)D;
        int32_t next = node;
        double sum = 0, chosen = 0;
        for (int32_t c = t->child[node]; c < t->child[node + 1]; c++) {
            double z = product(D, h, m->nn.param + l->output + (size_t)t->token[c] * (size_t)D);
            sum += exp(z);
            if (t->token[c] == token[n + level])
                next = c, chosen = z;
        }
        score += chosen - log(sum);
        node = next;
    }
    return score;
}

static bool check_scores(const struct decode_job *job, struct error *err)
{
    const struct bench_model *m = job->model;
    int32_t levels = m->gr.table.levels, token[(BENCH_GR_ITEMS + 1) * SEMID_MAX_LEVELS + 1];
    int32_t most = m->nn.layout.config.max_position_embeddings + 1;
    struct nn_work *work = nn_work_new(&m->nn.layout, most, most, false, err);
    bool ok = work != NULL;
    for (int64_t c = 0; ok && c < job->cases.n; c++) {
        int32_t end = job->cases.position[c], kept = end < BENCH_GR_ITEMS ? end : BENCH_GR_ITEMS;
        const int32_t *history = corpus_sequence(&job->data->corpus, job->cases.user[c]);
        int32_t n = gr_tokens(&m->gr, GR_NEXT_ITEM, history + (end - kept), kept, token);
        for (int32_t k = 0; ok && k < BEAM && job->item[c * BEAM + k] >= 0; k++) {
            const int32_t *code = semid_of(&m->gr.table, job->item[c * BEAM + k]);
            for (int32_t l = 0; l < levels; l++)
                token[n + l] = m->gr.trie.base[l] + code[l];
            double naive = naive_score(m, token, n, work), got = (double)job->score[c * BEAM + k];
            if (!(fabs(naive - got) < 1e-3))
                ok = error_set(err, ERROR_STATE, "decoding gave the score %.6f, naive code %.6f",
                               got, naive);
        }
    }
    nn_work_free(work);
    return ok;
}

static bool check(struct decode_job *job, struct error *err)
{
    struct decode_job some = *job, one = *job;
    int32_t item[BEAM];
    float score[BEAM];
    some.cases.n = some.cases.n < CHECKED ? some.cases.n : CHECKED;
    one.item = item;
    one.score = score;
    if (!decode(&some, err) || !check_scores(&some, err))
        return false;
    for (int64_t c = 0; c < some.cases.n; c++) {
        one.cases = (struct case_list){1, job->cases.user + c, job->cases.position + c};
        if (!decode(&one, err))
            return false;
        if (memcmp(item, job->item + c * BEAM, sizeof item) != 0 ||
            memcmp(score, job->score + c * BEAM, sizeof score) != 0)
            return error_set(err, ERROR_STATE, "case %lld decodes differently alone", (long long)c);
    }
    return true;
}

/* ---- Rate ------------------------------------------------------------------------------------ */

static bool run(struct decode_job *job, const struct cli_args *args, struct bench_report *report,
                struct error *err)
{
    size_t n = (size_t)job->cases.n * BEAM;
    struct bench_clock took;
    struct bench_measure m = {.name = "decode", .work = (double)job->cases.n, .unit = "users"};
    job->model->gr.beam = BEAM;
    job->item = mem_try_array(n, sizeof *job->item, "lists", err);
    job->score = mem_try_array(n, sizeof *job->score, "lists", err);
    if (job->cases.n == 0)
        return error_set(err, ERROR_INPUT, "these data have no test cases");
    return job->item && job->score && bench_model_epoch(job->model, 4096, &took, err) &&
           check(job, err) && bench_run(args, &m, decode, job, err) &&
           (bench_add(report, &m), bench_figure(report, "beam", BEAM), true);
}

bool bench_decode(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                  struct error *err)
{
    struct bench_data data;
    struct bench_model model = {0};
    if (!bench_model_data(args, &data, cli->progress, err))
        return false;
    linalg_init();
    struct decode_job job = {.model = &model,
                             .data = &data,
                             .cases = data.split.part[PART_TEST],
                             .progress = cli->progress};
    job.cases.n = job.cases.n < CASES ? job.cases.n : CASES;
    bool ok = bench_model_gr(&data, POSITIONS, &model, err) && run(&job, args, report, err);
    free(job.item);
    free(job.score);
    bench_model_release(&model);
    bench_data_release(&data);
    return ok;
}
