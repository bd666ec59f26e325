/* Scores of training positions against the decoder in double precision, one position at a time from
 * its whole prefix; the same bits for any number of threads, and alone. */
#include "tests/analysis/nn/reference.h"

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/model/item_score.h"
#include "analysis/model/sasrec.h"

enum { USERS = 40, ITEMS = 60, LEVELS = 3, CODES = 4, WINDOW = 4, LONGEST = 1 + (WINDOW + 1) * 3 };

/* ---- the decoder in double (LayerNorm, GELU, learned positions) ---- */

static const double *at(const double *param, ptrdiff_t offset)
{
    return offset == NN_ABSENT ? NULL : param + offset;
}

static void naive_layer(const struct nn_config *c, const struct nn_layer_layout *l, const double *p,
                        int n, double *x)
{
    int D = c->hidden_size, I = c->intermediate_size, Q = nn_qkv_size(c);
    double *qkv = ref_new((size_t)(n * Q)), *o = ref_new((size_t)(n * D));
    double *y = ref_new((size_t)D), *up = ref_new((size_t)I), *a = ref_new((size_t)I);
    for (int i = 0; i < n; i++) {
        ref_norm(c->norm, D, x + i * D, at(p, l->norm1), at(p, l->norm1_bias), (double)c->norm_eps,
                 y);
        ref_linear(Q, D, y, at(p, l->qkv), at(p, l->qkv_bias), qkv + i * Q);
    }
    ref_attention(c, n, qkv, NULL, o);
    for (int i = 0; i < n; i++) {
        ref_linear(D, D, o + i * D, at(p, l->out), at(p, l->out_bias), y);
        for (int j = 0; j < D; j++)
            x[i * D + j] += y[j];
        ref_norm(c->norm, D, x + i * D, at(p, l->norm2), at(p, l->norm2_bias), (double)c->norm_eps,
                 y);
        ref_linear(I, D, y, at(p, l->up), at(p, l->up_bias), up);
        ref_act(c->hidden_act, I, up, a);
        ref_linear(D, I, a, at(p, l->down), at(p, l->down_bias), y);
        for (int j = 0; j < D; j++)
            x[i * D + j] += y[j];
    }
    free(qkv), free(o), free(y), free(up), free(a);
}

/* logit[V] behind the last of n tokens. */
static void naive_logits(const struct nn *nn, const int32_t *token, int n, double *logit)
{
    const struct nn_layout *l = &nn->layout;
    int D = l->config.hidden_size;
    double *p = ref_new(l->n_params), *x = ref_new((size_t)(n * D)), *h = ref_new((size_t)D);
    for (size_t i = 0; i < l->n_params; i++)
        p[i] = (double)nn->param[i];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < D; j++)
            x[i * D + j] = p[l->embed + token[i] * D + j] + p[l->position + i * D + j];
    for (int i = 0; i < l->config.num_hidden_layers; i++)
        naive_layer(&l->config, &l->layer[i], p, n, x);
    ref_norm(l->config.norm, D, x + (n - 1) * D, at(p, l->norm), at(p, l->norm_bias),
             (double)l->config.norm_eps, h);
    ref_linear(l->config.vocab_size, D, h, p + l->output, NULL, logit);
    free(p), free(x), free(h);
}

/* ---- data and models ---- */

struct data {
    int64_t offset[USERS + 1];
    int32_t item[USERS * 12], end[USERS];
    struct corpus corpus;
    struct item_samples samples;
    int32_t code[ITEMS * LEVELS];
    struct semid_table table;
};

/* Sequences of 0 .. 11 items, windows of 5; ids of which some are shared, some missing. */
static void make_data(struct data *d)
{
    struct rng rng = rng_new(5, 2);
    *d = (struct data){.corpus = {USERS, ITEMS, d->offset, d->item}};
    for (int u = 0; u < USERS; u++) {
        d->end[u] = u % 12;
        d->offset[u + 1] = d->offset[u] + d->end[u];
        for (int64_t i = d->offset[u]; i < d->offset[u + 1]; i++)
            d->item[i] = (int32_t)rng_below(&rng, ITEMS);
    }
    struct training training = {&d->corpus, d->end};
    assert_true(item_samples_next(&training, WINDOW, &d->samples, NULL));
    for (int i = 0; i < ITEMS; i++) {
        bool missing = rng_below(&rng, 9) == 0;
        for (int l = 0; l < LEVELS; l++)
            d->code[i * LEVELS + l] = missing ? -1 : (int32_t)rng_below(&rng, CODES);
    }
    d->table = (struct semid_table){ITEMS, LEVELS, d->code};
}

static void make_model(struct nn_config c, struct nn *nn)
{
    c.hidden_size = 16, c.intermediate_size = 24, c.num_hidden_layers = 2;
    c.num_attention_heads = c.num_key_value_heads = 2;
    assert_true(nn_init(nn, &c, 8, NULL));
    for (size_t i = 0; i < nn->layout.n_params; i++)
        nn->param[i] *= 12; /* spread probabilities out */
}

/* ---- naive scores ---- */

static double naive_sasrec(const struct nn *nn, const int32_t *before, int n, int32_t item)
{
    double logit[ITEMS + SASREC_SPECIALS], sum = 0;
    if (n == 0)
        return (double)NAN;
    naive_logits(nn, before, n, logit);
    for (int v = 0; v < ITEMS; v++)
        sum += exp(logit[v]);
    return logit[item] - log(sum);
}

/* Is there an id that begins with the first `n` codes of `item`, and then `code`? */
static bool is_legal(const struct semid_table *t, int32_t item, int n, int32_t code)
{
    for (int j = 0; j < t->n_items; j++) {
        const int32_t *id = semid_of(t, j);
        if (id[0] >= 0 && id[n] == code &&
            memcmp(id, semid_of(t, item), (size_t)n * sizeof *id) == 0)
            return true;
    }
    return false;
}

static double naive_gr(const struct gr *gr, const struct nn *nn, const int32_t *before, int n,
                       int32_t item)
{
    int32_t token[LONGEST];
    double logit[GR_SPECIALS + LEVELS * CODES], score = 0;
    int at_token = gr_tokens(gr, GR_NEXT_ITEM, before, n, token);
    if (!semid_has(&gr->table, item))
        return (double)NAN;
    for (int l = 0; l < LEVELS; l++) {
        int32_t own = semid_of(&gr->table, item)[l];
        double sum = 0;
        naive_logits(nn, token, at_token, logit);
        for (int32_t c = 0; c < CODES; c++)
            sum += is_legal(&gr->table, item, l, c) ? exp(logit[gr->trie.base[l] + c]) : 0;
        score += logit[gr->trie.base[l] + own] - log(sum);
        token[at_token++] = gr->trie.base[l] + own;
    }
    return score;
}

/* ---- tests ---- */

static void compare(const struct item_samples *s, const double *logp,
                    double (*naive)(void *context, const int32_t *before, int n, int32_t item),
                    void *context)
{
    int scored = 0;
    for (int64_t i = 0; i < s->n; i++) {
        for (int64_t k = s->target_offset[i]; k < s->target_offset[i + 1]; k++) {
            const struct item_target *t = &s->target[k];
            double want = naive(context, s->item + s->offset[i], t->after, t->item);
            assert_int_equal(isnan(want), isnan(logp[k]));
            if (!isnan(want) && fabs(logp[k] - want) > 2e-5 * (1 - want))
                fail_msg("target %d: %.9g, not %.9g", (int)k, logp[k], want);
            scored += !isnan(want);
        }
    }
    assert_true(scored > 100);
}

static double of_sasrec(void *context, const int32_t *before, int n, int32_t item)
{
    return naive_sasrec(context, before, n, item);
}

static void sasrec_equals_naive(void **state)
{
    (void)state;
    struct data d;
    struct nn nn;
    make_data(&d);
    make_model(sasrec_config(ITEMS), &nn);
    double *logp = ref_new((size_t)d.samples.n_targets);
    assert_true(sasrec_score(&nn, ITEMS, &d.samples, logp, NULL, NULL, NULL));
    compare(&d.samples, logp, of_sasrec, &nn);
    free(logp);
    nn_release(&nn);
    item_samples_release(&d.samples);
}

struct gr_model {
    struct gr gr;
    struct nn nn;
};

static double of_gr(void *context, const int32_t *before, int n, int32_t item)
{
    struct gr_model *m = context;
    return naive_gr(&m->gr, &m->nn, before, n, item);
}

static void gr_equals_naive(void **state)
{
    (void)state;
    struct data d;
    struct gr_model m;
    make_data(&d);
    assert_true(gr_init(&m.gr, &d.table, WINDOW, NULL)); /* legal: not set, and not asked */
    make_model(gr_config(&m.gr), &m.nn);
    double *logp = ref_new((size_t)d.samples.n_targets);
    assert_true(gr_score(&m.gr, &m.nn, &d.samples, logp, NULL, NULL));
    compare(&d.samples, logp, of_gr, &m);
    free(logp);
    gr_release(&m.gr);
    nn_release(&m.nn);
    item_samples_release(&d.samples);
}

/* Item 0 alone: certain, without a token that has an alternative. */
static void a_single_id_is_certain(void **state)
{
    (void)state;
    static const int32_t code[LEVELS] = {1, 0, 2}, item[] = {0, 0};
    struct semid_table table = {1, LEVELS, code};
    struct item_samples s = {0};
    struct gr_model m;
    double logp[2] = {7, 7};
    assert_true(gr_init(&m.gr, &table, WINDOW, NULL));
    make_model(gr_config(&m.gr), &m.nn);
    assert_true(item_samples_add(&s, TASK_NEXT_ITEM, 0, item, 1, NULL));
    for (int32_t k = 0; k < 2; k++)
        assert_true(item_samples_target(&s, (struct item_target){k, 0, 1, TASK_NEXT_ITEM}, NULL));
    assert_true(gr_score(&m.gr, &m.nn, &s, logp, NULL, NULL));
    assert_true(fabs(logp[0]) < 1e-30 && fabs(logp[1]) < 1e-30);
    gr_release(&m.gr);
    nn_release(&m.nn);
    item_samples_release(&s);
}

/* Appends a copy of a sample. */
static void copy(const struct item_samples *s, int64_t i, struct item_samples *out)
{
    assert_true(item_samples_add(out, TASK_NEXT_ITEM, 0, s->item + s->offset[i],
                                 item_samples_length(s, i), NULL));
    for (int64_t k = s->target_offset[i]; k < s->target_offset[i + 1]; k++)
        assert_true(item_samples_target(out, s->target[k], NULL));
}

/* So many samples that they make several chunks; and one by one. */
static void same_bits_anywhere(void **state)
{
    (void)state;
    enum { TIMES = 20 };
    struct data d;
    struct nn nn;
    struct item_samples one = {0}, many = {0};
    make_data(&d);
    make_model(sasrec_config(ITEMS), &nn);
    for (int64_t i = 0; i < d.samples.n * TIMES; i++)
        copy(&d.samples, i % d.samples.n, &many);
    size_t n = (size_t)many.n_targets;
    double *logp = ref_new(n), *again = ref_new(n);
    parallel_set_threads(1);
    assert_true(sasrec_score(&nn, ITEMS, &many, logp, NULL, NULL, NULL));
    parallel_set_threads(3);
    assert_true(sasrec_score(&nn, ITEMS, &many, again, NULL, NULL, NULL));
    assert_memory_equal(logp, again, n * sizeof *logp);
    for (int64_t i = 0; i < d.samples.n; i += 3) {
        int64_t first = d.samples.target_offset[i], end = d.samples.target_offset[i + 1];
        item_samples_clear(&one);
        copy(&d.samples, i, &one);
        assert_true(sasrec_score(&nn, ITEMS, &one, again, NULL, NULL, NULL));
        assert_memory_equal(again, logp + first, (size_t)(end - first) * sizeof *logp);
    }
    parallel_set_threads(0);
    free(logp);
    free(again);
    nn_release(&nn);
    item_samples_release(&one);
    item_samples_release(&many);
    item_samples_release(&d.samples);
}

static void nothing_to_score(void **state)
{
    (void)state;
    struct item_samples none = {0};
    struct nn nn;
    make_model(sasrec_config(ITEMS), &nn);
    double logp = 7;
    assert_true(sasrec_score(&nn, ITEMS, &none, &logp, NULL, NULL, NULL));
    assert_true(logp > 6);
    nn_release(&nn);
}

int main(void)
{
    linalg_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sasrec_equals_naive),    cmocka_unit_test(gr_equals_naive),
        cmocka_unit_test(a_single_id_is_certain), cmocka_unit_test(same_bits_anywhere),
        cmocka_unit_test(nothing_to_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
