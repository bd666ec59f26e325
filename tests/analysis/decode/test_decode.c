/* The tree of ids against the table; beam search against every id's probability computed from whole
 * sequences; the same bits alone and in a batch; gr learns a planted rule. */
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/corpus/recs.h"
#include "analysis/decode/beam.h"
#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/model/gr.h"
#include "analysis/train/evaluate.h"
#include "analysis/train/trainer.h"

enum { ITEMS = 60, LEVELS = 3, CODES = 5 };

/* Random ids, some shared, some missing. */
static void random_table(uint64_t seed, int32_t *code, struct semid_table *table)
{
    struct rng rng = rng_new(seed, 1);
    for (int i = 0; i < ITEMS; i++) {
        bool missing = rng_below(&rng, 9) == 0;
        for (int l = 0; l < LEVELS; l++)
            code[i * LEVELS + l] = missing ? -1 : (int32_t)rng_below(&rng, CODES);
    }
    *table = (struct semid_table){ITEMS, LEVELS, code};
}

static int by_id(const struct semid_table *t, int a, int b)
{
    for (int l = 0; l < t->levels; l++) {
        if (semid_of(t, a)[l] != semid_of(t, b)[l])
            return semid_of(t, a)[l] - semid_of(t, b)[l];
    }
    return 0;
}

static void test_trie(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        int32_t code[ITEMS * LEVELS];
        struct semid_table table;
        struct trie t;
        random_table(seed, code, &table);
        assert_true(trie_build(&table, 4, &t, NULL));
        int with_id = 0;
        for (int i = 0; i < ITEMS; i++) {
            if (!semid_has(&table, i))
                continue;
            with_id++;
            int node = 0;
            for (int l = 0; l < LEVELS; l++) { /* walk down by the tokens */
                int next = -1, earlier = 0;
                for (int c = t.child[node]; c < t.child[node + 1]; c++) {
                    assert_true(c == t.child[node] || t.token[c] > t.token[c - 1]);
                    if (t.token[c] == t.base[l] + semid_of(&table, i)[l])
                        next = c;
                }
                assert_true(next > 0);
                node = next;
                for (int j = 0; j < ITEMS; j++) { /* leaves below = distinct ids with the prefix */
                    bool same = semid_has(&table, j), first = true;
                    for (int k = 0; k <= l; k++)
                        same = same && semid_of(&table, j)[k] == semid_of(&table, i)[k];
                    for (int k = 0; k < j; k++)
                        first = first && by_id(&table, j, k) != 0;
                    earlier += same && first;
                }
                assert_int_equal(trie_leaves(&t, node), earlier);
            }
            int leaf = t.leaf[node];
            bool found = false;
            for (int k = t.item_offset[leaf]; k < t.item_offset[leaf + 1]; k++) {
                assert_int_equal(by_id(&table, t.item[k], i), 0);
                assert_true(k == t.item_offset[leaf] || t.item[k] > t.item[k - 1]);
                found = found || t.item[k] == i;
            }
            assert_true(found);
        }
        assert_int_equal(t.item_offset[t.n_leaves], with_id);
        assert_int_equal(trie_leaves(&t, 0), t.n_leaves);
        trie_release(&t);
    }
    int32_t none[] = {-1, -1, -1};
    struct semid_table table = {1, 3, none};
    struct trie t;
    assert_true(trie_build(&table, 4, &t, NULL));
    assert_int_equal(t.n_leaves, 0);
    trie_release(&t);
    struct error err = {0};
    none[1] = 2;
    assert_false(trie_build(&table, 4, &t, &err));
    assert_non_null(strstr(err.text, "item 0 has code 2 at level 2"));
}

struct search {
    int32_t code[ITEMS * LEVELS];
    struct semid_table table;
    struct gr gr;
    struct nn nn;
    int32_t token[4 * (1 + 5 * LEVELS)], start[5];
};

static void search_new(struct search *s, bool rope)
{
    random_table(3, s->code, &s->table);
    assert_true(gr_init(&s->gr, &s->table, 5, NULL));
    struct nn_config c = gr_config(&s->gr);
    c.hidden_size = 32, c.intermediate_size = 40, c.num_hidden_layers = 2;
    if (rope)
        c.position = NN_ROPE, c.rope_theta = 100, c.norm = NN_RMSNORM, c.hidden_act = NN_SILU,
        c.num_key_value_heads = 2;
    assert_true(nn_init(&s->nn, &c, 8, NULL));
    for (size_t i = 0; i < s->nn.layout.n_params; i++)
        s->nn.param[i] *= 12; /* spread probabilities out */
    static const int32_t history[4][5] = {{1, 2, 3}, {4}, {10, 11, 12, 13, 14}, {0}};
    static const int32_t n[4] = {3, 1, 5, 0};
    for (int c2 = 0; c2 < 4; c2++)
        s->start[c2 + 1] = s->start[c2] + gr_tokens(&s->gr, GR_NEXT_ITEM, history[c2], n[c2],
                                                    s->token + s->start[c2]);
}

static void search_free(struct search *s)
{
    gr_release(&s->gr);
    nn_release(&s->nn);
}

/* log p of every item's id after a history: whole sequences through nn_forward, softmax over the
 * tokens that continue some id with the prefix. */
static double id_score(const struct search *s, const int32_t *history, int n, int item)
{
    int32_t token[32], start[2] = {0, n + LEVELS};
    int D = s->nn.layout.config.hidden_size;
    memcpy(token, history, (size_t)n * sizeof *token);
    for (int l = 0; l < LEVELS; l++)
        token[n + l] = s->gr.trie.base[l] + semid_of(&s->table, item)[l];
    struct nn_batch batch = {n + LEVELS, 1, token, start};
    struct nn_work *w = nn_work_new(&s->nn.layout, n + LEVELS, n + LEVELS, false, NULL);
    const float *hidden = nn_forward(&s->nn, &batch, 0, w);
    double score = 0;
    for (int l = 0; l < LEVELS; l++) {
        double sum = 0, own = 0;
        for (int c = 0; c < CODES; c++) {
            bool legal = false;
            for (int j = 0; j < ITEMS && !legal; j++) {
                legal = semid_has(&s->table, j) && semid_of(&s->table, j)[l] == c;
                for (int k = 0; k < l; k++)
                    legal = legal && semid_of(&s->table, j)[k] == semid_of(&s->table, item)[k];
            }
            if (!legal)
                continue;
            double z = 0;
            for (int j = 0; j < D; j++)
                z += (double)hidden[(n + l - 1) * D + j] *
                     (double)s->nn.param[s->nn.layout.output + (s->gr.trie.base[l] + c) * D + j];
            sum += exp(z);
            own = c == semid_of(&s->table, item)[l] ? z : own;
        }
        score += own - log(sum);
    }
    nn_work_free(w);
    return score;
}

static void test_beam_is_exhaustive(void **state)
{
    (void)state;
    for (int rope = 0; rope < 2; rope++) {
        struct search s = {0};
        search_new(&s, rope);
        struct nn_batch batch = {s.start[4], 4, s.token, s.start};
        struct beam_search *b = beam_new(&s.nn, &s.gr.trie, 4, 16, ITEMS, NULL);
        int32_t item[4 * ITEMS];
        float score[4 * ITEMS];
        beam_run(b, &batch, ITEMS, item, score);
        for (int c = 0; c < 4; c++) {
            int listed = 0, with_id = 0;
            for (int i = 0; i < ITEMS; i++)
                with_id += semid_has(&s.table, i);
            for (int k = 0; k < ITEMS && item[c * ITEMS + k] >= 0; k++, listed++) {
                int32_t it = item[c * ITEMS + k];
                double want = id_score(&s, s.token + s.start[c], s.start[c + 1] - s.start[c], it);
                assert_true(fabs((double)score[c * ITEMS + k] - want) < 1e-4 * (1 - want));
                assert_true(k == 0 || score[c * ITEMS + k] <= score[c * ITEMS + k - 1]);
                for (int j = 0; j < k; j++)
                    assert_int_not_equal(item[c * ITEMS + j], it);
            }
            assert_int_equal(listed, with_id);
        }
        beam_free(b);
        search_free(&s);
    }
}

static void test_alone_as_in_batch(void **state)
{
    (void)state;
    enum { W = 6, K = 8 };
    struct search s = {0};
    search_new(&s, false);
    struct nn_batch batch = {s.start[4], 4, s.token, s.start};
    struct beam_search *b = beam_new(&s.nn, &s.gr.trie, 4, 16, W, NULL);
    int32_t item[4 * K], one[K];
    float score[4 * K], one_score[K];
    beam_run(b, &batch, K, item, score);
    for (int c = 3; c >= 0; c--) {
        int32_t start[2] = {0, s.start[c + 1] - s.start[c]};
        struct nn_batch alone = {start[1], 1, s.token + s.start[c], start};
        beam_run(b, &alone, K, one, one_score);
        assert_memory_equal(one, item + c * K, sizeof one);
        assert_memory_equal(one_score, score + c * K, sizeof one_score);
    }
    beam_free(b);
    search_free(&s);
}

static bool given_samples(void *context, int32_t epoch, const struct samples **out,
                          struct error *err)
{
    (void)epoch, (void)err;
    *out = context;
    return true;
}

static void test_gr_learns(void **state)
{
    (void)state;
    enum { N = 40, USERS = 150, LENGTH = 10, K = 5 };
    static int64_t offset[USERS + 1];
    static int32_t sequence[USERS * LENGTH], code[N * 2], item[USERS * K], again[USERS * K];
    static float score[USERS * K], score_again[USERS * K];
    struct rng rng = rng_new(3, 1);
    for (int u = 0; u < USERS; u++) {
        int32_t x = (int32_t)rng_below(&rng, N), n = 5 + u % (LENGTH - 4);
        offset[u + 1] = offset[u] + n;
        for (int i = 0; i < n; i++, x = (21 * x + 3) % N)
            sequence[offset[u] + i] = x;
    }
    for (int i = 0; i < N; i++)
        code[2 * i] = i % 7, code[2 * i + 1] = i / 7;
    struct corpus corpus = {USERS, N, offset, sequence};
    struct split split;
    assert_true(split_leave_one_out(&corpus, &split, NULL));
    struct training training = split_training(&split, &corpus, TRAINED_ON_TRAIN);
    struct semid_table table = {N, 2, code};
    struct gr gr;
    assert_true(gr_init(&gr, &table, 6, NULL));
    struct nn_config config = gr_config(&gr);
    config.hidden_size = 32, config.intermediate_size = 64, config.num_hidden_layers = 2;
    config.num_attention_heads = config.num_key_value_heads = 2;
    config.hidden_dropout = config.attention_dropout = 0.05f;
    struct nn nn;
    assert_true(nn_init(&nn, &config, 3, NULL));
    struct samples samples = {0};
    struct item_samples items = {0};
    assert_true(item_samples_next(&training, 6, &items, NULL));
    assert_true(gr_encode(&gr, &items, &samples, NULL));
    item_samples_release(&items);
    struct train_options options = train_defaults();
    options.epochs = 70, options.batch_tokens = 192, options.shard_tokens = 96;
    options.learning_rate = 6e-3f, options.warmup_steps = 10;
    struct train_task task = {.context = &samples, .samples = given_samples};
    struct trainer *t = trainer_new(&nn, &options, &task, NULL);
    assert_true(trainer_run(t, NULL, NULL));
    trainer_free(t);
    gr.beam = K;
    const struct case_list *cases = &split.part[PART_TEST];
    assert_true(gr_rank(&gr, &nn, &corpus, cases, K, item, score, NULL, NULL));
    parallel_set_threads(1);
    assert_true(gr_rank(&gr, &nn, &corpus, cases, K, again, score_again, NULL, NULL));
    parallel_set_threads(0);
    assert_memory_equal(item, again, (size_t)cases->n * K * sizeof *item);
    assert_memory_equal(score, score_again, (size_t)cases->n * K * sizeof *score);
    int hits = 0;
    for (int64_t c = 0; c < cases->n; c++)
        hits += item[c * K] == corpus_sequence(&corpus, cases->user[c])[cases->position[c]];
    assert_true(hits > 0.9 * (double)cases->n);
    samples_release(&samples);
    nn_release(&nn);
    gr_release(&gr);
    split_release(&split);
}

int main(void)
{
    linalg_init();
    mallopt(M_PERTURB, 0x5a);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trie),
        cmocka_unit_test(test_beam_is_exhaustive),
        cmocka_unit_test(test_alone_as_in_batch),
        cmocka_unit_test(test_gr_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
