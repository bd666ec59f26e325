/*
 * `rote bench train`: training gr and sasrec, beside PyTorch in the same run. Checked first: the
 * loss against double-precision log-softmaxes over row-exact hidden rows, and the length of the
 * gradient against a finite difference of the loss along it.
 *
 * Operations are counted as those of the matrix products, forward and twice that backward, a
 * multiply and an add each:  6 (T L (4 D^2 + 2 D I) + N V D) + 6 L D sum n (n + 1)
 * for T tokens in sequences of n, N targets, L layers, width D, inner width I, vocabulary V (for
 * sampled softmax, its negatives and the target). The share is of sgemm's rate in one thread, times
 * the threads.
 */
#include <math.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/nn/loss.h"
#include "storage/base/mem.h"
#include "tui/cli/bench_model.h"
#include "tui/cli/bench_peer.h"

enum { ROUNDS = 3, SEQUENCES = 256, PEER_BATCHES = 4, POSITIONS = 32768, CHECKED = 6 };

/* ---- Check ----------------------------------------------------------------------------------- */

struct check {
    struct nn nn; /* the model without dropout; parameters and layout borrowed */
    const struct bench_model *model;
    struct nn_batch batch;
    struct nn_targets targets;
    int32_t start[CHECKED + 1], n;
    int32_t n_targets, *row, *drawn;
    float *weight, *grad, *scratch, *log_expected;
    struct nn_work *training, *inference;
};

/* Tokens that can be predicted. */
static int32_t outputs(const struct bench_model *m)
{
    return m->train.outputs ? m->train.outputs : m->nn.layout.config.vocab_size;
}

static void check_release(struct check *c)
{
    free(c->row);
    free(c->drawn);
    free(c->weight);
    free(c->grad);
    free(c->scratch);
    free(c->log_expected);
    nn_work_free(c->training);
    nn_work_free(c->inference);
}

static bool check_init(struct check *c, const struct bench_model *m, struct error *err)
{
    const struct samples *s = &m->samples;
    *c = (struct check){.nn = m->nn, .model = m};
    struct nn_config *k = &c->nn.layout.config;
    k->hidden_dropout = k->attention_dropout = 0;
    int32_t sequences = s->n < CHECKED ? (int32_t)s->n : CHECKED;
    for (int32_t i = 0; i <= sequences; i++)
        c->start[i] = (int32_t)s->offset[i];
    size_t n = (size_t)c->start[sequences], drawn = (size_t)m->train.sampled;
    size_t scratch = drawn ? nn_sampled_scratch(m->train.sampled, k->hidden_size)
                           : nn_loss_scratch(k->vocab_size, k->hidden_size);
    c->n = (int32_t)n;
    c->n_targets = (int32_t)s->target_offset[sequences];
    size_t targets = (size_t)c->n_targets;
    c->row = mem_try_array(targets, sizeof *c->row, "check", err);
    c->weight = mem_try_array(targets, sizeof *c->weight, "check", err);
    c->grad = mem_try_array(m->nn.layout.n_params, sizeof *c->grad, "check", err);
    c->scratch = mem_try_array(scratch, sizeof *c->scratch, "check", err);
    c->drawn = mem_try_array(drawn, sizeof *c->drawn, "check", err);
    c->log_expected = mem_try_zarray((size_t)k->vocab_size, sizeof(float), "check", err);
    c->training = nn_work_new(&c->nn.layout, c->n, k->max_position_embeddings, true, err);
    c->inference = nn_work_new(&c->nn.layout, c->n, k->max_position_embeddings, false, err);
    if (!c->row || !c->weight || !c->grad || !c->scratch || !c->drawn || !c->log_expected ||
        !c->training || !c->inference)
        return false;
    for (int32_t q = 0; q < sequences; q++) {
        for (int64_t i = s->target_offset[q]; i < s->target_offset[q + 1]; i++) {
            c->row[i] = c->start[q] + s->row[i];
            c->weight[i] = 1.0f / (float)c->n_targets;
        }
    }
    for (size_t i = 0; i < drawn; i++)
        c->drawn[i] = (int32_t)(i * 7919 % (size_t)outputs(m));
    c->batch = (struct nn_batch){c->n, sequences, s->token, c->start};
    c->targets = (struct nn_targets){
        .n = c->n_targets, .row = c->row, .target = s->target, .weight = c->weight};
    return true;
}

/* The loss, with its gradient in c->grad. */
static double loss_and_gradient(struct check *c)
{
    const struct nn_layout *l = &c->nn.layout;
    int32_t V = outputs(c->model), D = l->config.hidden_size, n = c->model->train.sampled;
    const float *W = c->nn.param + l->output, *hidden;
    float *dhidden = nn_dhidden(c->training), *dW = c->grad + l->output;
    memset(c->grad, 0, l->n_params * sizeof *c->grad);
    hidden = nn_forward(&c->nn, &c->batch, 0, c->training);
    memset(dhidden, 0, (size_t)c->n * (size_t)D * sizeof *dhidden);
    struct nn_sampled sampled = {n, c->drawn, c->log_expected};
    double loss = n ? nn_sampled_loss(&c->targets, &sampled, D, hidden, W, dhidden, dW, c->scratch)
                    : nn_loss(&c->targets, V, D, hidden, W, dhidden, dW, c->scratch);
    nn_backward(&c->nn, &c->batch, 0, c->training, c->grad);
    return loss;
}

static double product(int32_t D, const float *a, const float *b)
{
    double sum = 0;
    for (int32_t j = 0; j < D; j++)
        sum += (double)a[j] * (double)b[j];
    return sum;
}

/* The same loss, one logit after another in double. */
static double naive_loss(const struct check *c)
{
    const struct nn_layout *l = &c->nn.layout;
    int32_t D = l->config.hidden_size, n = c->model->train.sampled;
    const float *hidden = nn_forward(&c->nn, &c->batch, 0, c->inference);
    const float *W = c->nn.param + l->output;
    double loss = 0;
    for (int32_t i = 0; i < c->n_targets; i++) {
        const float *h = hidden + (size_t)c->row[i] * (size_t)D;
        int32_t target = c->targets.target[i];
        double sum = 0, z = product(D, h, W + (size_t)target * (size_t)D);
        for (int32_t v = 0; v < (n ? n : outputs(c->model)); v++) {
            int32_t at = n ? c->drawn[v] : v;
            sum += at == target && n ? 0 : exp(product(D, h, W + (size_t)at * (size_t)D) - z);
        }
        loss += log(n ? sum + 1 : sum) / c->n_targets;
    }
    return loss;
}

static bool check_model(struct bench_model *m, struct error *err)
{
    struct check c;
    bool ok = check_init(&c, m, err);
    if (ok) {
        double loss = loss_and_gradient(&c), naive = naive_loss(&c), square = 0, side[2];
        size_t n = m->nn.layout.n_params;
        for (size_t i = 0; i < n; i++)
            square += (double)c.grad[i] * (double)c.grad[i];
        double length = sqrt(square), h = 0.005;
        for (int k = 0; k < 2; k++) { /* half a step forward, then a whole one back */
            for (size_t i = 0; i < n; i++)
                m->nn.param[i] += (float)((k ? -2 * h : h) * (double)c.grad[i] / length);
            side[k] = naive_loss(&c);
        }
        for (size_t i = 0; i < n; i++)
            m->nn.param[i] += (float)(h * (double)c.grad[i] / length);
        double slope = (side[0] - side[1]) / (2 * h);
        if (!(fabs(loss - naive) < 1e-4 * naive) || !(fabs(slope - length) < 0.02 * length))
            ok = error_set(err, ERROR_STATE,
                           "%s: the loss is %.6f, naive code gives %.6f; its slope along the "
                           "gradient is %.6f, the gradient's length %.6f",
                           m->name, loss, naive, slope, length);
    }
    check_release(&c);
    return ok;
}

/* ---- Rates ----------------------------------------------------------------------------------- */

/* Operations of one epoch; see the top. */
static double operations(const struct bench_model *m)
{
    const struct nn_config *c = &m->nn.layout.config;
    double T = (double)m->samples.n_tokens, targets = (double)m->samples.n_targets;
    double D = c->hidden_size, I = c->intermediate_size;
    double V = m->train.sampled ? m->train.sampled + 1 : outputs(m);
    double L = c->num_hidden_layers, pairs = 0;
    for (int64_t s = 0; s < m->samples.n; s++) {
        double n = (double)(m->samples.offset[s + 1] - m->samples.offset[s]);
        pairs += n * (n + 1);
    }
    return 6 * (T * L * (4 * D * D + 2 * D * I) + targets * V * D) + 6 * L * D * pairs;
}

static bool keep_fastest(struct bench_measure *m, double work, struct bench_clock took)
{
    bool faster = m->repeats == 0 || work / took.wall > m->work / m->best.wall;
    if (faster) {
        m->work = work;
        m->best = took;
    }
    m->repeats++;
    return faster;
}

/* What one model's rounds gave. */
struct result {
    char name[5][32];
    struct bench_measure own, peer, batch[3];
    double padding; /* of the peer's batches */
};

static const int32_t batch_tokens[] = {2048, 4096, 8192};

static void name_measures(const struct bench_model *m, struct result *r)
{
    snprintf(r->name[0], sizeof r->name[0], "%s", m->name);
    snprintf(r->name[1], sizeof r->name[1], "%s, PyTorch", m->name);
    r->own = (struct bench_measure){.name = r->name[0], .unit = m->unit};
    r->peer = (struct bench_measure){.name = r->name[1], .unit = m->unit};
    for (size_t i = 0; i < ARRAY_LEN(batch_tokens); i++) {
        snprintf(r->name[2 + i], sizeof r->name[2 + i], "%s, %d a step", m->name,
                 (int)batch_tokens[i]);
        r->batch[i] = (struct bench_measure){.name = r->name[2 + i], .unit = m->unit};
    }
}

static bool one_round(struct bench_model *m, struct bench_peer *peer, struct result *r,
                      struct error *why, struct error *err)
{
    double targets = (double)m->samples.n_targets, work;
    int32_t mean = (int32_t)(m->samples.n_tokens / m->samples.n);
    struct bench_clock took;
    if (!bench_model_epoch(m, SEQUENCES * mean, &took, err))
        return false;
    keep_fastest(&r->own, targets, took);
    if (peer->file[0] && bench_peer_run(peer, m, &work, &took, why))
        keep_fastest(&r->peer, work, took), r->padding = peer->padding;
    else
        bench_peer_end(peer); /* not once more */
    for (size_t i = 0; i < ARRAY_LEN(batch_tokens); i++) {
        if (!bench_model_epoch(m, batch_tokens[i], &took, err))
            return false;
        keep_fastest(&r->batch[i], targets, took);
    }
    return true;
}

static void figure(struct bench_report *report, const struct bench_model *m, const char *what,
                   double value)
{
    char name[64];
    snprintf(name, sizeof name, "%s_%s", m->name, what);
    bench_figure(report, name, value);
}

/* A ratio says nothing where the two had different shares of the machine, nor does a share. */
static void warn_if_busy(const struct bench_measure *m, struct bench_report *report)
{
    double cores = m->best.cpu / m->best.wall, wanted = parallel_threads();
    if (m->repeats && cores < 0.8 * wanted)
        buf_addf(report->text, "%s had %.2f of %.0f cores: others were computing, measure again\n",
                 m->name, cores, wanted);
}

static void add_result(const struct bench_model *m, const struct result *r, double gflops,
                       struct bench_report *report)
{
    const struct nn_config *c = &m->nn.layout.config;
    double rate = r->own.work / r->own.best.wall;
    double done = operations(m) / (double)m->samples.n_targets * rate;
    bench_add(report, &r->own);
    if (r->peer.repeats) {
        bench_add(report, &r->peer);
        double times = rate / (r->peer.work / r->peer.best.wall);
        figure(report, m, "times_peer", times);
        /* As if the peer's padding had been work, too. */
        figure(report, m, "times_peer_positions", times / r->padding);
        warn_if_busy(&r->peer, report);
    }
    warn_if_busy(&r->own, report);
    for (size_t i = 0; i < ARRAY_LEN(batch_tokens); i++)
        bench_add(report, &r->batch[i]);
    figure(report, m, "share_of_sgemm", done / (gflops * 1e9 * parallel_threads()));
    figure(report, m, "logits_bytes",
           (double)sizeof(float) *
               (double)(m->train.sampled ? nn_sampled_scratch(m->train.sampled, c->hidden_size)
                                         : nn_loss_scratch(c->vocab_size, c->hidden_size)));
}

static bool measure(struct bench_model *m, const char *script, int64_t rounds, double gflops,
                    struct bench_report *report, struct error *err)
{
    struct result r = {0};
    struct bench_peer peer = {.script = script, .batch = SEQUENCES, .batches = PEER_BATCHES};
    struct error why = {0};
    name_measures(m, &r);
    if (!script)
        error_set(&why, ERROR_STATE, "tests/bench/peer_train.py is not here (--peer FILE)");
    else if (m->train.sampled)
        error_set(&why, ERROR_STATE, "it has no sampled softmax");
    bool ok = check_model(m, err) && (why.code != ERROR_NONE || bench_peer_begin(m, &peer, err));
    for (int64_t i = 0; ok && i < rounds; i++)
        ok = one_round(m, &peer, &r, &why, err);
    bench_peer_end(&peer);
    if (!ok)
        return false;
    add_result(m, &r, gflops, report);
    if (r.peer.repeats == 0)
        buf_addf(report->text, "%s: no PyTorch peer: %s\n", m->name, why.text);
    return true;
}

bool bench_train(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                 struct error *err)
{
    struct bench_data data;
    int64_t rounds = ROUNDS;
    if (!cli_int(args, "repeat", 1, 1000, &rounds, err) ||
        !bench_model_data(args, &data, cli->progress, err))
        return false;
    linalg_init();
    double gflops = linalg_gflops(768, 0.3);
    char *script = bench_peer_script(args);
    bool ok = true;
    for (int i = 0; ok && i < 2; i++) {
        struct bench_model model;
        ok = (i == 0 ? bench_model_gr : bench_model_sasrec)(&data, POSITIONS, &model, err) &&
             measure(&model, script, rounds, gflops, report, err);
        bench_model_release(&model);
    }
    if (ok)
        bench_figure(report, "sgemm_gflops_per_thread", gflops);
    free(script);
    bench_data_release(&data);
    return ok;
}
