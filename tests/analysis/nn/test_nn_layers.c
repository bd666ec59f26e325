/* Each layer against its equation in double precision, forward and by finite differences. */
#include "tests/analysis/nn/reference.h"

#include <malloc.h>

#include "analysis/nn/loss.h"

static void assert_close(const char *what, const float *got, const double *want, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(fabs((double)got[i] - want[i]) <= 2e-5 * (1 + fabs(want[i]))))
            fail_msg("%s: element %zu is %g, want %g", what, i, (double)got[i], want[i]);
    }
}

/* sum of out * cotangent: a scalar whose gradient by out is the cotangent. */
static double contract(const double *out, const double *cotangent, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += out[i] * cotangent[i];
    return sum;
}

static float *garbage(size_t n, double value)
{
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(value + (double)(i % 7));
    return x;
}

/* Takes what was there before (garbage(n, value)) off an accumulated gradient. */
static void take_off(float *x, size_t n, double value)
{
    for (size_t i = 0; i < n; i++)
        x[i] -= (float)(value + (double)(i % 7));
}

/* ---- norm ---- */

struct norm_case {
    enum nn_norm kind;
    double *x, *w, *b, *y, *dy;
};
enum { NT = 3, ND = 24 };

static double norm_loss(void *context)
{
    struct norm_case *c = context;
    for (int i = 0; i < NT; i++)
        ref_norm(c->kind, ND, c->x + i * ND, c->w, c->b, 1e-5, c->y + i * ND);
    return contract(c->y, c->dy, NT * ND);
}

static void test_norm(void **state)
{
    (void)state;
    for (int kind = NN_RMSNORM; kind <= NN_LAYERNORM; kind++) {
        struct norm_case c = {.kind = (enum nn_norm)kind};
        bool bias = kind == NN_LAYERNORM;
        c.x = ref_random(NT * ND, 1), c.w = ref_random(ND, 2);
        c.b = bias ? ref_random(ND, 3) : NULL;
        c.y = ref_new(NT * ND), c.dy = ref_random(NT * ND, 4);
        float *x = ref_floats(c.x, NT * ND), *w = ref_floats(c.w, ND);
        float *b = bias ? ref_floats(c.b, ND) : NULL, *dy = ref_floats(c.dy, NT * ND);
        float *y = garbage(NT * ND, 50), *stat = garbage(2 * NT, 50), *dx = garbage(NT * ND, 1);
        float *dw = garbage(ND, 2), *db = garbage(ND, 3);
        nn_norm_forward(c.kind, NT, ND, x, w, b, 1e-5f, y, stat);
        norm_loss(&c);
        assert_close("norm", y, c.y, NT * ND);
        nn_norm_backward(c.kind, NT, ND, x, w, stat, dy, dx, dw, bias ? db : NULL);
        take_off(dx, NT * ND, 1), take_off(dw, ND, 2), take_off(db, ND, 3);
        ref_check("norm x", c.x, dx, NT * ND, 1, norm_loss, &c);
        ref_check("norm w", c.w, dw, ND, 1, norm_loss, &c);
        if (bias)
            ref_check("norm b", c.b, db, ND, 1, norm_loss, &c);
        free(c.x), free(c.w), free(c.b), free(c.y), free(c.dy);
        free(x), free(w), free(b), free(dy), free(y), free(stat), free(dx), free(dw), free(db);
    }
}

/* ---- activation, with bias and dropout ---- */

struct act_case {
    enum nn_act kind;
    int width;
    double *up, *b, *row, *a, *da;
    const float *mask;
};
enum { AT = 3, AI = 20 };

static double act_loss(void *context)
{
    struct act_case *c = context;
    for (int i = 0; i < AT; i++) {
        for (int j = 0; j < c->width; j++)
            c->row[j] = c->up[i * c->width + j] + c->b[j];
        ref_act(c->kind, AI, c->row, c->a + i * AI);
    }
    for (int i = 0; i < AT * AI; i++)
        c->a[i] *= (double)c->mask[i];
    return contract(c->a, c->da, AT * AI);
}

static void test_act(void **state)
{
    (void)state;
    for (int kind = NN_SILU; kind <= NN_GELU; kind++) {
        int width = kind == NN_SILU ? 2 * AI : AI;
        size_t n = (size_t)(AT * width);
        struct nn_dropout drop = nn_dropout_site(5, 6, 0.3f);
        float *mask = ref_mask(drop, AT * AI);
        struct act_case c = {(enum nn_act)kind,      width,
                             ref_random(n, 1),       ref_random((size_t)width, 2),
                             ref_new((size_t)width), ref_new(AT * AI),
                             ref_random(AT * AI, 3), mask};
        float *up = ref_floats(c.up, n), *b = ref_floats(c.b, (size_t)width);
        float *da = ref_floats(c.da, AT * AI), *a = garbage(AT * AI, 50);
        float *db = garbage((size_t)width, 2);
        nn_act_forward(c.kind, AT, AI, up, b, drop, a);
        act_loss(&c);
        assert_close("act", a, c.a, AT * AI);
        nn_act_backward(c.kind, AT, AI, up, da, drop, up, db); /* in place */
        take_off(db, (size_t)width, 2);
        ref_check("act up", c.up, up, n, 1, act_loss, &c);
        ref_check("act b", c.b, db, (size_t)width, 1, act_loss, &c);
        free(c.up), free(c.b), free(c.row), free(c.a), free(c.da);
        free(up), free(b), free(da), free(a), free(db), free(mask);
    }
}

/* ---- attention ---- */

struct attention_case {
    struct nn_config config;
    const int32_t *start;
    int n_sequences;
    double *qkv, *o, *d_o;
    const float *mask;
};

static double attention_loss(void *context)
{
    struct attention_case *c = context;
    int D = c->config.hidden_size, width = nn_qkv_size(&c->config);
    size_t at = 0;
    for (int s = 0; s < c->n_sequences; s++) {
        int n = c->start[s + 1] - c->start[s];
        ref_attention(&c->config, n, c->qkv + c->start[s] * width, c->mask + at,
                      c->o + c->start[s] * D);
        at += (size_t)(c->config.num_attention_heads * n * ((n + 7) / 8 * 8));
    }
    return contract(c->o, c->d_o, (size_t)(c->start[c->n_sequences] * D));
}

static void test_attention(void **state)
{
    (void)state;
    static const int32_t start[] = {0, 1, 10, 10, 27}; /* lengths 1, 9, 0, 17 */
    for (int kv = 1; kv <= 4; kv *= 2) {
        struct attention_case c = {.start = start, .n_sequences = 4};
        c.config = (struct nn_config){
            .hidden_size = 32, .num_attention_heads = 4, .num_key_value_heads = kv};
        size_t n = 27 * (size_t)nn_qkv_size(&c.config), out = 27 * 32;
        c.qkv = ref_random(n, 1), c.o = ref_new(out), c.d_o = ref_random(out, 2);
        size_t probs = nn_attention_probs(&c.config, 4, start);
        struct nn_attention a = {&c.config, 4, start, nn_dropout_site(1, 2, kv == 2 ? 0.25f : 0),
                                 garbage(nn_attention_scratch(&c.config, 17), NAN)};
        float *mask = ref_mask(a.drop, probs);
        c.mask = mask;
        float *qkv = ref_floats(c.qkv, n), *d_o = ref_floats(c.d_o, out), *o = garbage(out, NAN);
        float *prob = garbage(probs, NAN), *dqkv = garbage(n, NAN);
        nn_attention_forward(&a, qkv, prob, o);
        attention_loss(&c);
        assert_close("attention", o, c.o, out);
        nn_attention_backward(&a, qkv, prob, d_o, dqkv);
        ref_check("attention", c.qkv, dqkv, n, 1, attention_loss, &c);
        free(c.qkv), free(c.o), free(c.d_o), free(mask), free(a.scratch);
        free(qkv), free(d_o), free(o), free(prob), free(dqkv);
    }
}

/* ---- loss ---- */

enum { LV = 203, LD = 8, LT = 6, LN = 4 }; /* LV: more than two blocks of the loss */
struct loss_case {
    struct nn_targets targets;
    double *hidden, *W;
    const struct nn_sampled *sampled;
};

/* The place of token v among those that compete in row i; -1: it does not. *n: how many do. */
static int place_in_row(const struct nn_targets *t, int i, int v, int *n)
{
    *n = LV;
    if (!t->legal)
        return v;
    int first = t->legal_offset[t->legal[i]], end = t->legal_offset[t->legal[i] + 1], place = -1;
    for (int k = first; k < end; k++)
        place = t->legal_token[k] == v ? k : place;
    *n = end - first;
    return place;
}

static double naive_loss_row(const struct loss_case *c, int i)
{
    const struct nn_targets *t = &c->targets;
    double z[LV], sum = 0, loss = 0;
    int n_places;
    for (int v = 0; v < LV; v++) {
        ref_linear(1, LD, c->hidden + t->row[i] * LD, c->W + v * LD, NULL, &z[v]);
        z[v] += t->logit_bias ? (double)t->logit_bias[v] : 0;
        sum += place_in_row(t, i, v, &n_places) < 0 ? 0 : exp(z[v]);
    }
    for (int v = 0; v < LV; v++) {
        int place = place_in_row(t, i, v, &n_places);
        if (place < 0)
            continue;
        double prior = t->prior ? (double)t->prior[place] : 1.0 / n_places;
        double eps = (double)t->smoothing;
        double q = eps * prior + (v == t->target[i] ? 1 - eps : 0);
        loss -= q * (z[v] - log(sum));
    }
    for (int64_t n = t->negative_offset ? t->negative_offset[i] : 0;
         t->negative_offset && n < t->negative_offset[i + 1]; n++)
        loss -= (double)t->unlikelihood * log(1 - exp(z[t->negative[n]]) / sum);
    return (double)t->weight[i] * loss;
}

static double naive_sampled_row(const struct loss_case *c, int i)
{
    const struct nn_targets *t = &c->targets;
    double z, target, sum;
    ref_linear(1, LD, c->hidden + t->row[i] * LD, c->W + t->target[i] * LD, NULL, &target);
    target -= (double)c->sampled->log_expected[t->target[i]];
    sum = exp(target);
    for (int s = 0; s < c->sampled->n; s++) {
        int item = c->sampled->item[s];
        ref_linear(1, LD, c->hidden + t->row[i] * LD, c->W + item * LD, NULL, &z);
        if (item != t->target[i])
            sum += exp(z - (double)c->sampled->log_expected[item]);
    }
    return (double)t->weight[i] * (log(sum) - target);
}

static double loss_loss(void *context)
{
    struct loss_case *c = context;
    double sum = 0;
    for (int i = 0; i < c->targets.n; i++)
        sum += c->sampled ? naive_sampled_row(c, i) : naive_loss_row(c, i);
    return sum;
}

static void check_loss(struct loss_case *c)
{
    float *hidden = ref_floats(c->hidden, LT * LD), *W = ref_floats(c->W, LV * LD);
    float *dhidden = garbage(LT * LD, 1), *dW = garbage(LV * LD, 2);
    float *scratch =
        garbage(c->sampled ? nn_sampled_scratch(c->sampled->n, LD) : nn_loss_scratch(LV, LD), NAN);
    double loss =
        c->sampled ? nn_sampled_loss(&c->targets, c->sampled, LD, hidden, W, dhidden, dW, scratch)
                   : nn_loss(&c->targets, LV, LD, hidden, W, dhidden, dW, scratch);
    assert_true(fabs(loss - loss_loss(c)) < 1e-5 * (1 + fabs(loss)));
    take_off(dhidden, LT * LD, 1), take_off(dW, LV * LD, 2);
    ref_check("loss hidden", c->hidden, dhidden, LT * LD, 1, loss_loss, c);
    ref_check("loss W", c->W, dW, LV * LD, 1, loss_loss, c);
    free(hidden), free(W), free(dhidden), free(dW), free(scratch);
}

static void test_loss(void **state)
{
    (void)state;
    static const int32_t row[] = {0, 2, 2, 5}, target[] = {7, 202, 7, 100};
    static const float weight[] = {1.0f, 0.5f, 2.0f, 0.25f};
    static const int64_t offset[] = {0, 2, 2, 5, 6};
    static const int32_t negative[] = {1, 120, 0, 202, 96, 5};
    float prior[LV], bias[LV], expected[LV];
    for (int v = 0; v < LV; v++) {
        prior[v] = (float)(v + 1) / (LV * (LV + 1) / 2);
        bias[v] = (float)(v % 5) * 0.3f;
        expected[v] = (float)(v % 3) * 0.5f - 1.0f;
    }
    struct nn_targets plain = {.n = LN, .row = row, .target = target, .weight = weight};
    /* The first of these lists serves nothing; each other holds a row's target and negatives. */
    static const int32_t legal[] = {1, 2, 3, 4}, legal_offset[] = {0, 1, 5, 7, 11, 13};
    static const int32_t legal_token[] = {8, 1, 7, 9, 120, 0, 202, 0, 7, 96, 202, 5, 100};
    struct nn_targets legal_only = plain;
    legal_only.legal = legal, legal_only.legal_offset = legal_offset;
    legal_only.legal_token = legal_token;
    struct nn_targets kinds[] = {plain, plain, plain, plain, legal_only, legal_only, legal_only};
    kinds[1].smoothing = 0.1f, kinds[1].logit_bias = bias;
    kinds[2].smoothing = 0.2f, kinds[2].prior = prior;
    kinds[3].unlikelihood = 0.25f, kinds[3].negative_offset = offset, kinds[3].negative = negative;
    static const float of_lists[] = {1,    0.1f, 0.2f, 0.3f, 0.4f, 0.25f, 0.75f,
                                     0.4f, 0.3f, 0.2f, 0.1f, 0.5f, 0.5f};
    kinds[5].smoothing = 0.2f, kinds[5].prior = of_lists;
    kinds[6].smoothing = 0.1f, kinds[6].unlikelihood = 0.25f;
    kinds[6].negative_offset = offset, kinds[6].negative = negative;
    struct loss_case c = {.hidden = ref_random(LT * LD, 1), .W = ref_random(LV * LD, 2)};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        c.targets = kinds[k];
        check_loss(&c);
    }
    static const int32_t drawn[] = {3, 7, 3, 20, 202, 1, 100, 9, 11};
    struct nn_sampled sampled = {9, drawn, expected};
    c.targets = plain, c.sampled = &sampled;
    check_loss(&c);
    free(c.hidden), free(c.W);
}

/* Two tokens of equal chance and unlikelihood 1: what the softmax gets is multiplied by exactly 0,
 * what the negative gets is not. */
static void test_loss_where_the_softmax_counts_nothing(void **state)
{
    (void)state;
    static const int32_t row[] = {3}, target[] = {7}, negative[] = {1}, legal[] = {0};
    static const int32_t legal_offset[] = {0, 2}, legal_token[] = {1, 7};
    static const float weight[] = {1};
    static const int64_t offset[] = {0, 1};
    struct loss_case c = {.hidden = ref_random(LT * LD, 1), .W = ref_random(LV * LD, 2)};
    for (int i = 0; i < LT * LD; i++)
        c.hidden[i] = 0;
    c.targets = (struct nn_targets){.n = 1,
                                    .row = row,
                                    .target = target,
                                    .weight = weight,
                                    .unlikelihood = 1,
                                    .negative_offset = offset,
                                    .negative = negative,
                                    .legal = legal,
                                    .legal_offset = legal_offset,
                                    .legal_token = legal_token};
    check_loss(&c);
    free(c.hidden), free(c.W);
}

/* More rows than one chunk holds give the same as the rows one by one. */
static void test_loss_in_chunks(void **state)
{
    (void)state;
    enum { T = 300, D = 24, V = 250 };
    double *h = ref_random(T * D, 1), *w = ref_random(V * D, 2);
    float *hidden = ref_floats(h, T * D), *W = ref_floats(w, V * D);
    float *scratch = garbage(nn_loss_scratch(V, D), NAN);
    float *d1 = calloc(T * D, sizeof *d1), *d2 = calloc(T * D, sizeof *d2);
    float *w1 = calloc(V * D, sizeof *w1), *w2 = calloc(V * D, sizeof *w2);
    int32_t row[T], target[T];
    float weight[T];
    for (int i = 0; i < T; i++)
        row[i] = T - 1 - i, target[i] = i * 7 % V, weight[i] = 1.0f / T;
    struct nn_targets all = {.n = T, .row = row, .target = target, .weight = weight};
    double loss = nn_loss(&all, V, D, hidden, W, d1, w1, scratch), sum = 0;
    for (int i = 0; i < T; i++) {
        struct nn_targets one = {
            .n = 1, .row = row + i, .target = target + i, .weight = weight + i};
        sum += nn_loss(&one, V, D, hidden, W, d2, w2, scratch);
    }
    assert_true(fabs(loss - sum) < 1e-6);
    for (int i = 0; i < T * D; i++)
        assert_true(fabsf(d1[i] - d2[i]) < 1e-6f);
    for (int i = 0; i < V * D; i++)
        assert_true(fabsf(w1[i] - w2[i]) < 1e-5f);
    free(h), free(w), free(hidden), free(W), free(scratch), free(d1), free(d2), free(w1), free(w2);
}

static void test_dropout_rate(void **state)
{
    (void)state;
    enum { N = 100000 };
    float *mask = ref_mask(nn_dropout_site(3, 4, 0.2f), N), *other;
    int kept = 0, same = 0;
    other = ref_mask(nn_dropout_site(3, 5, 0.2f), N);
    for (int i = 0; i < N; i++) {
        assert_true(mask[i] <= 0 || fabsf(mask[i] - 1.25f) < 1e-6f);
        kept += mask[i] > 0;
        same += (mask[i] > 0) == (other[i] > 0);
    }
    assert_true(abs(kept - 80000) < 600); /* 4.7 standard deviations */
    assert_true(abs(same - 68000) < 700); /* .8^2 + .2^2 if independent */
    free(mask), free(other);
}

int main(void)
{
    mallopt(M_PERTURB, 0x5a); /* fresh memory is garbage */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_norm),
        cmocka_unit_test(test_act),
        cmocka_unit_test(test_attention),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_loss_in_chunks),
        cmocka_unit_test(test_dropout_rate),
        cmocka_unit_test(test_loss_where_the_softmax_counts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
