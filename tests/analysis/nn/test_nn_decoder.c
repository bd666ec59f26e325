/* The whole decoder against reference.h: hidden states and every kind of gradient, over several
 * configurations, with dropout; row-exactness of inference. */
#include "tests/analysis/nn/reference.h"

#include <malloc.h>

#include "analysis/math/linalg.h"
#include "analysis/nn/decoder.h"
#include "analysis/nn/loss.h"

enum { SEED = 77, V = 13, T = 14 };
static const int32_t tokens[T] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 12, 0};
static const int32_t starts[] = {0, 9, 10, 14};

struct model {
    struct nn nn;
    double *param; /* moved by finite differences */
    double *hidden;
    struct nn_targets targets;
    uint64_t dropout_seed;
    float *mask[8][5]; /* [layer][site], the last layer index for the embedding */
};

static const double *ref_param(const struct model *m, ptrdiff_t at)
{
    return at == NN_ABSENT ? NULL : m->param + at;
}

/* x += mask * y */
static void ref_add(int n, double *x, const double *y, const float *mask, int at)
{
    for (int j = 0; j < n; j++)
        x[j] += y[j] * (mask ? (double)mask[at + j] : 1);
}

static void ref_layer(const struct model *m, int at, double *x)
{
    const struct nn_config *c = &m->nn.layout.config;
    const struct nn_layer_layout *l = &m->nn.layout.layer[at];
    int D = c->hidden_size, I = c->intermediate_size, Q = nn_qkv_size(c), U = nn_up_size(c);
    double *qkv = ref_new((size_t)(T * Q)), *o = ref_new((size_t)(T * D));
    double *n = ref_new((size_t)D), *up = ref_new((size_t)U), *a = ref_new((size_t)I);
    for (int i = 0; i < T; i++) {
        int s = i < starts[1] ? 0 : i < starts[2] ? 1 : 2;
        ref_norm(c->norm, D, x + i * D, ref_param(m, l->norm1), ref_param(m, l->norm1_bias),
                 (double)c->norm_eps, n);
        ref_linear(Q, D, n, ref_param(m, l->qkv), ref_param(m, l->qkv_bias), qkv + i * Q);
        if (c->position == NN_ROPE)
            ref_rope(c, i - starts[s], qkv + i * Q);
    }
    size_t prob = 0;
    for (int s = 0; s < 3; s++) {
        int len = starts[s + 1] - starts[s];
        ref_attention(c, len, qkv + starts[s] * Q, m->mask[at][1] ? m->mask[at][1] + prob : NULL,
                      o + starts[s] * D);
        prob += (size_t)(c->num_attention_heads * len * ((len + 7) / 8 * 8));
    }
    for (int i = 0; i < T; i++) {
        ref_linear(D, D, o + i * D, ref_param(m, l->out), ref_param(m, l->out_bias), n);
        ref_add(D, x + i * D, n, m->mask[at][2], i * D);
        ref_norm(c->norm, D, x + i * D, ref_param(m, l->norm2), ref_param(m, l->norm2_bias),
                 (double)c->norm_eps, n);
        ref_linear(U, D, n, ref_param(m, l->up), ref_param(m, l->up_bias), up);
        ref_act(c->hidden_act, I, up, a);
        for (int j = 0; j < I; j++)
            a[j] *= m->mask[at][3] ? (double)m->mask[at][3][i * I + j] : 1;
        ref_linear(D, I, a, ref_param(m, l->down), ref_param(m, l->down_bias), n);
        ref_add(D, x + i * D, n, m->mask[at][4], i * D);
    }
    free(qkv), free(o), free(n), free(up), free(a);
}

static void ref_forward(struct model *m)
{
    const struct nn_layout *l = &m->nn.layout;
    const struct nn_config *c = &l->config;
    int D = c->hidden_size, L = c->num_hidden_layers;
    double *x = ref_new((size_t)(T * D));
    for (int i = 0; i < T; i++) {
        int s = i < starts[1] ? 0 : i < starts[2] ? 1 : 2;
        ref_add(D, x + i * D, ref_param(m, l->embed) + tokens[i] * D, m->mask[L][0], i * D);
        if (c->position == NN_LEARNED)
            ref_add(D, x + i * D, ref_param(m, l->position) + (i - starts[s]) * D, m->mask[L][0],
                    i * D);
    }
    for (int i = 0; i < L; i++)
        ref_layer(m, i, x);
    for (int i = 0; i < T; i++)
        ref_norm(c->norm, D, x + i * D, ref_param(m, l->norm), ref_param(m, l->norm_bias),
                 (double)c->norm_eps, m->hidden + i * D);
    free(x);
}

static double ref_loss(void *context)
{
    struct model *m = context;
    int D = m->nn.layout.config.hidden_size;
    double loss = 0;
    ref_forward(m);
    for (int i = 0; i < m->targets.n; i++) {
        double z[V], sum = 0;
        ref_linear(V, D, m->hidden + m->targets.row[i] * D, ref_param(m, m->nn.layout.output), NULL,
                   z);
        for (int v = 0; v < V; v++)
            sum += exp(z[v]);
        loss += (double)m->targets.weight[i] * (log(sum) - z[m->targets.target[i]]);
    }
    return loss;
}

static void model_new(struct model *m, const struct nn_config *config)
{
    static const int32_t row[] = {0, 1, 5, 8, 9, 10, 13}, target[] = {1, 2, 12, 0, 7, 7, 3};
    static const float weight[] = {1, 0.5f, 1, 2, 1, 0.25f, 1};
    *m = (struct model){.dropout_seed = 5};
    assert_true(nn_init(&m->nn, config, SEED, NULL));
    size_t n = m->nn.layout.n_params;
    m->param = ref_random(n, 9); /* biases and norms too are not at their starting values */
    float *p = ref_floats(m->param, n);
    memcpy(m->nn.param, p, n * sizeof *p);
    free(p);
    m->hidden = ref_new(T * (size_t)config->hidden_size);
    m->targets = (struct nn_targets){.n = 7, .row = row, .target = target, .weight = weight};
    for (int layer = 0; layer <= config->num_hidden_layers && config->hidden_dropout > 0; layer++) {
        for (int site = 0; site < 5; site++) {
            float rate = site == 1 ? config->attention_dropout : config->hidden_dropout;
            m->mask[layer][site] = ref_mask(
                nn_dropout_site(m->dropout_seed, (uint64_t)(layer * 5 + site), rate), T * 64);
        }
    }
}

static void model_free(struct model *m)
{
    for (int i = 0; i < 8 * 5; i++)
        free(m->mask[i / 5][i % 5]);
    free(m->param), free(m->hidden);
    nn_release(&m->nn);
}

static void check_model(const struct nn_config *config)
{
    struct model m;
    model_new(&m, config);
    const struct nn_layout *l = &m.nn.layout;
    int D = config->hidden_size;
    struct nn_batch batch = {T, 3, tokens, starts};
    struct nn_work *work = nn_work_new(l, T + 5, 9, true, NULL);
    assert_non_null(work);
    float *grad = calloc(l->n_params, sizeof *grad);
    float *scratch = malloc(nn_loss_scratch(V, D) * sizeof *scratch);
    for (int round = 0; round < 2; round++) { /* the second on buffers full of the first's */
        memset(grad, 0, l->n_params * sizeof *grad);
        const float *hidden = nn_forward(&m.nn, &batch, m.dropout_seed, work);
        double want = ref_loss(&m);
        for (int i = 0; i < T * D; i++)
            assert_true(fabs((double)hidden[i] - m.hidden[i]) < 2e-5 * (1 + fabs(m.hidden[i])));
        memset(nn_dhidden(work), 0, (size_t)(T * D) * sizeof(float));
        double loss = nn_loss(&m.targets, V, D, hidden, m.nn.param + l->output, nn_dhidden(work),
                              grad + l->output, scratch);
        assert_true(fabs(loss - want) < 1e-5 * fabs(want));
        nn_backward(&m.nn, &batch, m.dropout_seed, work, grad);
    }
    for (int32_t t = 0; t < l->n_tensors; t++) {
        size_t at = l->tensor[t].offset;
        size_t n = (t + 1 < l->n_tensors ? l->tensor[t + 1].offset : l->n_params) - at;
        ref_check(l->tensor[t].name, m.param + at, grad + at, n, n > 40 ? 11 : 1, ref_loss, &m);
    }
    free(grad), free(scratch);
    nn_work_free(work);
    model_free(&m);
}

static const struct nn_config llama = {.vocab_size = V,
                                       .hidden_size = 32,
                                       .intermediate_size = 24,
                                       .num_hidden_layers = 2,
                                       .num_attention_heads = 4,
                                       .num_key_value_heads = 2,
                                       .max_position_embeddings = 10,
                                       .norm_eps = 1e-5f,
                                       .rope_theta = 10000,
                                       .norm = NN_RMSNORM,
                                       .hidden_act = NN_SILU,
                                       .position = NN_ROPE,
                                       .tie_word_embeddings = false};

static const struct nn_config gpt2 = {.vocab_size = V,
                                      .hidden_size = 16,
                                      .intermediate_size = 40,
                                      .num_hidden_layers = 2,
                                      .num_attention_heads = 2,
                                      .num_key_value_heads = 2,
                                      .max_position_embeddings = 9,
                                      .norm_eps = 1e-5f,
                                      .norm = NN_LAYERNORM,
                                      .hidden_act = NN_GELU,
                                      .position = NN_LEARNED,
                                      .attention_bias = true,
                                      .mlp_bias = true,
                                      .tie_word_embeddings = true};

static void test_llama(void **state)
{
    (void)state;
    check_model(&llama);
}

static void test_gpt2(void **state)
{
    (void)state;
    check_model(&gpt2);
}

static void test_dropout(void **state)
{
    (void)state;
    struct nn_config c = gpt2;
    c.hidden_dropout = 0.2f, c.attention_dropout = 0.3f;
    check_model(&c);
    c = llama;
    c.hidden_dropout = 0.1f, c.attention_dropout = 0.2f, c.num_key_value_heads = 1;
    c.tie_word_embeddings = true, c.num_hidden_layers = 1;
    check_model(&c);
}

/* Inference: near the training path, and the same bits alone, in any company and at any place. */
static void test_inference(void **state)
{
    (void)state;
    struct model m;
    model_new(&m, &llama);
    struct nn_batch all = {T, 3, tokens, starts}, last = {4, 1, tokens + 10, (int32_t[]){0, 4}};
    struct nn_work *work = nn_work_new(&m.nn.layout, T, 9, false, NULL);
    struct nn_work *alone = nn_work_new(&m.nn.layout, 4, 4, false, NULL);
    const float *hidden = nn_forward(&m.nn, &all, 1, work);
    ref_forward(&m);
    for (int i = 0; i < T * llama.hidden_size; i++)
        assert_true(fabs((double)hidden[i] - m.hidden[i]) < 2e-5 * (1 + fabs(m.hidden[i])));
    const float *one = nn_forward(&m.nn, &last, 2, alone);
    assert_memory_equal(one, hidden + 10 * llama.hidden_size, 4 * 32 * sizeof *one);
    size_t qkv = (size_t)nn_qkv_size(&llama);
    assert_memory_equal(nn_work_qkv(alone, 1), nn_work_qkv(work, 1) + 10 * qkv,
                        4 * qkv * sizeof(float));
    nn_work_free(work), nn_work_free(alone);
    model_free(&m);
}

static void test_layout(void **state)
{
    (void)state;
    struct nn_layout l;
    assert_true(nn_layout_init(&l, &llama, NULL));
    size_t at = 0;
    for (int32_t t = 0; t < l.n_tensors; t++) {
        assert_int_equal(l.tensor[t].offset, at);
        assert_ptr_equal(nn_layout_tensor(&l, at), &l.tensor[t]);
        at += (size_t)l.tensor[t].rows * (size_t)(l.tensor[t].cols ? l.tensor[t].cols : 1);
        assert_ptr_equal(nn_layout_tensor(&l, at - 1), &l.tensor[t]);
    }
    assert_int_equal(at, l.n_params);
    assert_string_equal(nn_layout_tensor(&l, (size_t)l.layer[1].qkv)->name,
                        "model.layers.1.self_attn.q_proj.weight");
    assert_string_equal(nn_layout_tensor(&l, (size_t)l.layer[0].up)->name,
                        "model.layers.0.mlp.gate_proj.weight");
    nn_layout_release(&l);
    struct error err = {0};
    struct nn_config bad = llama;
    bad.num_attention_heads = 3;
    assert_false(nn_layout_init(&l, &bad, &err));
    assert_non_null(strstr(err.text, "hidden_size 32 over 3 heads"));
    bad = llama, bad.vocab_size = 0;
    assert_false(nn_config_check(&bad, &err));
    assert_non_null(strstr(err.text, "vocab_size is 0"));
    bad = llama, bad.num_attention_heads = 4, bad.num_key_value_heads = 3;
    assert_false(nn_config_check(&bad, NULL));
    bad = llama, bad.hidden_dropout = 1;
    assert_false(nn_config_check(&bad, NULL));
}

int main(void)
{
    linalg_init();
    mallopt(M_PERTURB, 0x5a); /* fresh memory is garbage */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),    cmocka_unit_test(test_llama),
        cmocka_unit_test(test_gpt2),      cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_inference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
