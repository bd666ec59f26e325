/* What each strategy does to samples, worked out by hand on three users. With options that change
 * nothing the samples are those of next-item. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/strategy/strategist.h"

enum { ITEMS = 6 };

/* User 0: 0 1 2 3; user 1: 0 1 4; user 2: 0 1 2 0 1. T[0][1] = 4, two of them user 2's. */
static const int64_t offset[] = {0, 4, 7, 12};
static const int32_t sequence[] = {0, 1, 2, 3, 0, 1, 4, 0, 1, 2, 0, 1}, end[] = {4, 3, 5};
static const struct corpus corpus = {3, ITEMS, offset, sequence};
static const struct training training = {&corpus, end};
static struct edges edges;

static int setup(void **state)
{
    (void)state;
    return edges_build(&training, &edges, NULL) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    edges_release(&edges);
    return 0;
}

static const float embedding[ITEMS * 2] = {1, 0, 1, 0.1f, 1, 0.2f, 0, 1, 0.1f, 1, 0, 0};

/* As of a run that sees so much of the sequences: edges and all. */
static struct strategist *make_of(const struct training *seen, const struct edges *of,
                                  const char *text, bool embedded, struct error *err)
{
    struct strategy strategy;
    struct strategist_data data = {.training = seen,
                                   .edges = of,
                                   .max_items = 10,
                                   .seed = 3,
                                   .embedding = embedded ? embedding : NULL,
                                   .width = 2};
    assert_true(strategy_parse(text, &strategy, NULL));
    return strategist_new(&strategy, &data, NULL, err);
}

static struct strategist *make(const char *text, bool embedded, struct error *err)
{
    return make_of(&training, &edges, text, embedded, err);
}

/* The samples as text: a line each, "task user: inputs | after>item*weight …"; the weight where it
 * is not 1, the group where it is not the task's. */
static void write_samples(const struct item_samples *s, struct buf *out)
{
    for (int64_t i = 0; i < s->n; i++) {
        buf_addf(out, "%d %d:", s->task[i], s->user[i]);
        for (int64_t k = s->offset[i]; k < s->offset[i + 1]; k++)
            buf_addf(out, " %d", s->item[k]);
        buf_addf(out, " |");
        for (int64_t k = s->target_offset[i]; k < s->target_offset[i + 1]; k++) {
            const struct item_target *t = &s->target[k];
            buf_addf(out, " %d>%d", t->after, t->item);
            if (fabsf(t->weight - 1) > 1e-6f)
                buf_addf(out, "*%.4g", (double)t->weight);
            if (t->group != s->task[i])
                buf_addf(out, "+%d", t->group - GROUP_AHEAD);
        }
        buf_addf(out, "\n");
    }
}

static void samples_of(const char *strategy, int32_t epoch, struct buf *out)
{
    struct error err = {0};
    const struct item_samples *samples;
    struct strategist *s = make(strategy, true, &err);
    if (!s)
        fail_msg("%s: %s", strategy, err.text);
    assert_true(strategist_samples(s, epoch, &samples, &err));
    out->len = 0;
    buf_addf(out, "%s", "");
    write_samples(samples, out);
    strategist_free(s);
}

static void check(const char *strategy, const char *wanted)
{
    struct buf text;
    buf_init(&text);
    samples_of(strategy, 0, &text);
    assert_string_equal(text.data, wanted);
    buf_release(&text);
}

#define NEXT_ITEM                                                                                  \
    "0 0: 0 1 2 | 0>0 1>1 2>2 3>3\n"                                                               \
    "0 1: 0 1 | 0>0 1>1 2>4\n"                                                                     \
    "0 2: 0 1 2 0 | 0>0 1>1 2>2 3>0 4>1\n"

static void test_next_item(void **state)
{
    (void)state;
    check("next-item", NEXT_ITEM);
}

static void test_neutral(void **state)
{
    (void)state;
    static const char *const neutral[] = {
        "iirg:lambda_c=0,lambda_s=0",
        "hop-weight:beta=0",
        "goldfish:k=0",
        "dedup:r=1000",
        "augment:p=0",
        "item-dropout:rate=0",
        "multi-hop:h=1",
        "multi-hop:delta=0",
        "unlikelihood:alpha=0",
        "smooth:eps=0",
    };
    for (size_t i = 0; i < sizeof neutral / sizeof *neutral; i++) {
        check(neutral[i], NEXT_ITEM);
        struct strategist *s = make(neutral[i], true, NULL);
        struct strategist_loss loss = strategist_loss(s);
        assert_true(!(loss.smoothing > 0) && !(loss.unlikelihood > 0) && !loss.logit_bias);
        strategist_free(s);
    }
}

/* T - own: 0>1 is 4 - 1, 4 - 1 and twice 4 - 2; 1>2 twice 2 - 1; others 0. With beta 1 the weights
 * are 1/4, 1/4, 1/3, 1/3, 1/2, 1/2 and six ones: mean (2/4 + 2/3 + 2/2 + 6) / 12. */
static void test_hop_weight(void **state)
{
    (void)state;
    double scale = 12 / (0.5 + 2.0 / 3 + 1 + 6);
    char wanted[400];
    snprintf(wanted, sizeof wanted,
             "0 0: 0 1 2 | 0>0*%.4g 1>1*%.4g 2>2*%.4g 3>3*%.4g\n"
             "0 1: 0 1 | 0>0*%.4g 1>1*%.4g 2>4*%.4g\n"
             "0 2: 0 1 2 0 | 0>0*%.4g 1>1*%.4g 2>2*%.4g 3>0*%.4g 4>1*%.4g\n",
             scale, scale / 4, scale / 2, scale, scale, scale / 4, scale, scale, scale / 3,
             scale / 2, scale, scale / 3);
    check("hop-weight:beta=1", wanted);
}

static void test_dedup(void **state)
{
    (void)state;
    check("dedup", "0 0: 0 1 2 | 0>0 1>1 2>2 3>3\n"
                   "0 1: 0 1 | 0>0 2>4\n"
                   "0 2: 0 1 2 0 | 0>0 3>0\n");
    check("dedup:r=3", "0 0: 0 1 2 | 0>0 1>1 2>2 3>3\n"
                       "0 1: 0 1 | 0>0 1>1 2>4\n"
                       "0 2: 0 1 2 0 | 0>0 1>1 2>2 3>0\n");
}

static void test_multi_hop(void **state)
{
    (void)state;
    check("multi-hop:h=3", "0 0: 0 1 2 | 0>0 1>1 1>2*0.5+2 1>3*0.25+3 2>2 2>3*0.5+2 3>3\n"
                           "0 1: 0 1 | 0>0 1>1 1>4*0.5+2 2>4\n"
                           "0 2: 0 1 2 0 | 0>0 1>1 1>2*0.5+2 1>0*0.25+3 2>2 2>0*0.5+2 2>1*0.25+3"
                           " 3>0 3>1*0.5+2 4>1\n");
}

/* Window 1: 0 met 1 four times and 2 once; 1 met 0 four times, 2 twice, 4 once; 2 met 1 twice, 0
 * and 3 once (0 is more popular); 3 met 2; 4 met 1; 5 never occurs and is taught nothing. By their
 * embeddings 0, 1, 2 are alike, and so are 3 and 4. */
static void test_iirg(void **state)
{
    (void)state;
    check("iirg:window=1,keep=2,generate=2,lambda_c=0.5,lambda_s=0,backfill=off",
          NEXT_ITEM "1 -1: 0 1 | 1>1*0.5 2>2*0.5\n"
                    "1 -1: 1 0 | 1>0*0.5 2>2*0.5\n"
                    "1 -1: 2 1 | 1>1*0.5 2>0*0.5\n"
                    "1 -1: 3 | 1>2*0.5\n"
                    "1 -1: 4 | 1>1*0.5\n");
    check("iirg:window=1,keep=3,generate=1,lambda_c=0,lambda_s=2", NEXT_ITEM "2 -1: 0 | 1>1*2\n"
                                                                             "2 -1: 1 | 1>2*2\n"
                                                                             "2 -1: 2 | 1>1*2\n"
                                                                             "2 -1: 3 | 1>4*2\n"
                                                                             "2 -1: 4 | 1>3*2\n");
    /* 3 takes what 4 met, and so on: 3 has 2, then 1 (of 4); 4 has 1, then 2 (of 3). */
    check("iirg:window=1,keep=2,generate=2,lambda_s=0", NEXT_ITEM "1 -1: 0 1 | 1>1 2>2\n"
                                                                  "1 -1: 1 0 | 1>0 2>2\n"
                                                                  "1 -1: 2 1 | 1>1 2>0\n"
                                                                  "1 -1: 3 2 | 1>2 2>1\n"
                                                                  "1 -1: 4 1 | 1>1 2>2\n");
    struct error err = {0};
    assert_null(make("iirg", false, &err));
    assert_non_null(strstr(err.text, "needs item texts or --embeddings"));
}

/* The same contexts are dropped for every user: 0 1 stands before 2, 4 and 2. */
static void test_goldfish(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text);
    int together = 0;
    for (int k = 2; k < 40; k++) {
        char strategy[40];
        snprintf(strategy, sizeof strategy, "goldfish:k=%d", k);
        samples_of(strategy, 0, &text);
        bool kept = strstr(text.data, " 2>4\n") != NULL;
        assert_int_equal(strstr(text.data, "0 1 2 |") && strstr(text.data, " 2>2 3>3"), kept);
        together += !kept;
    }
    assert_true(together > 0 && together < 20);
    /* Another seed and epoch: the same. */
    char first[400];
    samples_of("goldfish:k=2,context=1", 0, &text);
    snprintf(first, sizeof first, "%s", text.data);
    samples_of("goldfish:k=2,context=1", 5, &text);
    assert_string_equal(text.data, first);
    assert_string_not_equal(first, NEXT_ITEM);
    buf_release(&text);
}

static void test_unlikelihood(void **state)
{
    (void)state;
    struct error err = {0};
    const struct item_samples *s;
    struct strategist *made = make("unlikelihood:negatives=2", true, &err);
    assert_true(strategist_samples(made, 0, &s, &err));
    /* 1 is followed by 2 twice and by 4 once; 0 by 1. */
    static const int32_t wanted[ITEMS * 2] = {1, -1, 2, 4, 0, 3, -1, -1, -1, -1, -1, -1};
    assert_memory_equal(s->negative, wanted, sizeof wanted);
    assert_float_equal(strategist_loss(made).unlikelihood, 0.25, 1e-9);
    strategist_free(made);
}

static void test_loss_terms(void **state)
{
    (void)state;
    struct strategist *made = make("smooth:prior=popularity+logq", true, NULL);
    struct strategist_loss loss = strategist_loss(made);
    /* 4, 4, 2, 1, 1 occurrences, and 1 for the item that has none. */
    static const double share[ITEMS] = {4, 4, 2, 1, 1, 1};
    for (int v = 0; v < ITEMS; v++) {
        assert_float_equal(loss.prior[v], share[v] / 13, 1e-6);
        assert_float_equal(loss.logit_bias[v], -log(share[v] / 13), 1e-6);
    }
    assert_float_equal(loss.smoothing, 0.1, 1e-6);
    strategist_free(made);
}

static void test_halves(void **state)
{
    (void)state;
    /* Every user is in one of two complementary parts; about half of many are in each. */
    int in[5] = {0};
    for (int32_t user = 0; user < 4000; user++) {
        for (int32_t part = 1; part <= 4; part++)
            in[part] += strategist_in_half(4, part, user);
        assert_true(strategist_in_half(4, 1, user) != strategist_in_half(4, 2, user));
        assert_true(strategist_in_half(4, 3, user) != strategist_in_half(4, 4, user));
    }
    for (int part = 1; part <= 4; part++)
        assert_in_range(in[part], 1850, 2150);
}

/* A run of a half sees the sequences of its users, as far as they are training. */
static void test_halves_leave_users_out(void **state)
{
    (void)state;
    int32_t seen[2][3], all[3];
    struct strategy strategy = strategy_next_item();
    assert_false(strategist_is_part(&strategy));
    strategist_part(&strategy, &training, all);
    assert_memory_equal(all, end, sizeof all);
    for (int part = 1; part <= 2; part++) {
        char text[40];
        snprintf(text, sizeof text, "halves:m=2,part=%d", part);
        assert_true(strategy_parse(text, &strategy, NULL) && strategist_is_part(&strategy));
        strategist_part(&strategy, &training, seen[part - 1]);
    }
    for (int u = 0; u < 3; u++) {
        assert_int_equal(seen[0][u] + seen[1][u], end[u]);
        assert_int_equal(seen[0][u] > 0, strategist_in_half(2, 1, u));
    }
}

static void test_canary(void **state)
{
    (void)state;
    struct strategist *made = make("canary:count=2,copies=5,length=3", true, NULL);
    const struct item_samples *s;
    assert_int_equal(strategist_canaries(made), 4); /* two once, two four times */
    assert_true(strategist_samples(made, 0, &s, NULL));
    assert_int_equal(s->n, 3 + 2 + 2 * 4);
    int32_t item[STRATEGIST_CANARY_MAX], copies;
    for (int32_t c = 0, at = 3; c < 4; c++) {
        assert_int_equal(strategist_canary(made, c, item, &copies), 3);
        assert_int_equal(copies, c < 2 ? 1 : 4);
        assert_true(item[0] != item[1] && item[0] != item[2] && item[1] != item[2]);
        for (int k = 0; k < copies; k++, at++) {
            assert_int_equal(s->user[at], ITEM_NO_USER);
            assert_int_equal(item_samples_length(s, at), 2);
            assert_memory_equal(s->item + s->offset[at], item, 2 * sizeof *item);
            assert_int_equal(s->target[s->target_offset[at] + 2].item, item[2]);
        }
    }
    assert_int_equal(strategist_canary(made, 4, item, &copies), 3);
    assert_int_equal(copies, 0); /* one to compare with */
    strategist_free(made);
}

/* Views differ between epochs, keep to the user's items, and have the sizes that were asked for. */
static void check_view(const char *strategy, int kind)
{
    struct strategist *made = make(strategy, true, NULL);
    const struct item_samples *s;
    assert_true(strategist_varies(made));
    int changed = 0;
    for (int32_t epoch = 0; epoch < 30; epoch++) {
        assert_true(strategist_samples(made, epoch, &s, NULL));
        assert_int_equal(s->n, 3);
        int32_t n = item_samples_length(s, 2) + 1, hidden = 0, sum = 0;
        for (int64_t k = s->offset[2]; k < s->offset[3]; k++)
            hidden += s->item[k] == ITEM_MASK;
        for (int64_t k = s->target_offset[2]; k < s->target_offset[3]; k++)
            sum += s->target[k].item;
        assert_int_equal(n, kind == 0 ? 3 : 5); /* 0.6 of 5 */
        if (kind == 1)
            assert_in_range(hidden, 1, 2); /* ceil(0.3 * 5) = 2 of 5, the last may be one */
        if (kind == 2)
            assert_int_equal(sum, 0 + 1 + 2 + 0 + 1);
        changed += sum != 4;
    }
    assert_true(kind == 2 || changed > 0);
    strategist_free(made);
}

static void test_augment(void **state)
{
    (void)state;
    check_view("augment:p=1,mask=0,reorder=0", 0);
    check_view("augment:p=1,crop=0,reorder=0", 1);
    check_view("augment:p=1,crop=0,mask=0", 2);
}

/* Dropped inputs stay targets; `after` counts what is left before them. */
static void test_item_dropout(void **state)
{
    (void)state;
    struct strategist *made = make("item-dropout:rate=0.5", true, NULL);
    const struct item_samples *s;
    int64_t inputs = 0;
    for (int32_t epoch = 0; epoch < 200; epoch++) {
        assert_true(strategist_samples(made, epoch, &s, NULL));
        assert_int_equal(s->n_targets, 12);
        inputs += s->n_items;
        for (int64_t i = 0; i < s->n; i++) {
            const int32_t *whole = sequence + offset[i];
            int32_t left = 0, n = item_samples_length(s, i);
            for (int64_t k = s->target_offset[i]; k < s->target_offset[i + 1]; k++) {
                int32_t at = (int32_t)(k - s->target_offset[i]);
                assert_int_equal(s->target[k].item, whole[at]);
                assert_in_range(s->target[k].after, left, n);
                left = s->target[k].after;
                assert_true(left <= at);
            }
        }
    }
    assert_in_range(inputs, 200 * 9 * 0.45, 200 * 9 * 0.55);
    strategist_free(made);
}

/* Together, in the order of the table: the extra targets of multi-hop are not thinned by dedup. */
static void test_together(void **state)
{
    (void)state;
    check("dedup+multi-hop:h=2", "0 0: 0 1 2 | 0>0 1>1 1>2*0.5+2 2>2 2>3*0.5+2 3>3\n"
                                 "0 1: 0 1 | 0>0 1>4*0.5+2 2>4\n"
                                 "0 2: 0 1 2 0 | 0>0 1>2*0.5+2 2>0*0.5+2 3>0 3>1*0.5+2\n");
    struct strategist *made = make("dedup+multi-hop:h=2", true, NULL);
    const struct item_samples *s;
    assert_true(strategist_samples(made, 0, &s, NULL));
    assert_int_equal(strategist_next_targets(made, true), 12);
    assert_int_equal(strategist_next_targets(made, false), 9);
    assert_int_equal(strategist_extra_targets(made), 6);
    strategist_free(made);
}

/* One user: 0 1 2 3 4 5. What is hidden is no target; what comes d places behind stays d ahead. */
static const int64_t line_offset[] = {0, 6};
static const int32_t line[] = {0, 1, 2, 3, 4, 5}, line_end[] = {6};
static const struct corpus line_corpus = {1, ITEMS, line_offset, line};
static const struct training line_training = {&line_corpus, line_end};

static struct strategist *make_line(const char *strategy, struct edges *of)
{
    assert_true(edges_build(&line_training, of, NULL));
    return make_of(&line_training, of, strategy, true, NULL);
}

/* With 2 of 6 hidden and h = 3, worked out: 0 _ 2 3 _ 5 gives 0>0; 2>2 2>3 two steps on, and not 5,
 * which is four on; 3>3 3>5 three steps on; 5>5. */
static void test_hidden_items_keep_their_distance(void **state)
{
    (void)state;
    struct edges of;
    const struct item_samples *s;
    struct strategist *made = make_line("augment:p=1,crop=0,reorder=0,mask=0.3+multi-hop:h=3", &of);
    int apart = 0;
    for (int32_t epoch = 0; epoch < 50; epoch++) {
        struct buf wanted, found;
        bool hidden[6] = {false};
        buf_init(&wanted);
        buf_init(&found);
        assert_true(strategist_samples(made, epoch, &s, NULL));
        write_samples(s, &found);
        buf_addf(&wanted, "0 0:");
        for (int i = 0; i < 5; i++) {
            hidden[i] = s->item[i] == ITEM_MASK;
            buf_addf(&wanted, " %d", hidden[i] ? ITEM_MASK : i);
        }
        hidden[5] = true; /* unless it is a target */
        for (int64_t k = 0; k < s->n_targets; k++)
            hidden[5] = hidden[5] && s->target[k].item != 5;
        buf_addf(&wanted, " |");
        for (int i = 0; i < 6; i++) {
            if (!hidden[i])
                buf_addf(&wanted, " %d>%d", i, i);
            for (int d = 2; d <= 3 && i > 0 && i + d - 1 < 6 && !hidden[i]; d++)
                if (!hidden[i + d - 1])
                    buf_addf(&wanted, " %d>%d*%s+%d", i, i + d - 1, d == 2 ? "0.5" : "0.25", d);
            apart += i > 0 && i < 4 && !hidden[i] && hidden[i + 1] && !hidden[i + 2];
        }
        buf_addf(&wanted, "\n");
        assert_string_equal(found.data, wanted.data);
        buf_release(&wanted);
        buf_release(&found);
    }
    assert_true(apart > 0); /* something stood behind what was hidden */
    strategist_free(made);
    edges_release(&of);
}

/* The inputs that are left do not move what is ahead: behind each input its own targets. */
static void test_dropped_items_keep_their_distance(void **state)
{
    (void)state;
    struct edges of;
    const struct item_samples *s;
    struct strategist *made = make_line("item-dropout:rate=0.5+multi-hop:h=3", &of);
    int dropped = 0;
    for (int32_t epoch = 0; epoch < 50; epoch++) {
        assert_true(strategist_samples(made, epoch, &s, NULL));
        int64_t k = 0;
        dropped += 5 - (int)s->n_items;
        for (int at = 0; at < 6; at++) {
            int left = 0;
            for (int64_t i = 0; i < s->n_items; i++)
                left += s->item[i] < at;
            for (int d = 1; d <= (at > 0 ? 3 : 1) && at + d - 1 < 6; d++) {
                if (d > 1 && left == 0)
                    continue; /* nothing stands before it any more */
                assert_true(k < s->n_targets);
                assert_int_equal(s->target[k].after, left);
                assert_int_equal(s->target[k].item, at + d - 1);
                assert_int_equal(s->target[k].group, d == 1 ? TASK_NEXT_ITEM : item_group_ahead(d));
                k++;
            }
        }
        assert_int_equal(k, s->n_targets);
    }
    assert_true(dropped > 50);
    strategist_free(made);
    edges_release(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_item),
        cmocka_unit_test(test_neutral),
        cmocka_unit_test(test_hop_weight),
        cmocka_unit_test(test_dedup),
        cmocka_unit_test(test_multi_hop),
        cmocka_unit_test(test_iirg),
        cmocka_unit_test(test_goldfish),
        cmocka_unit_test(test_unlikelihood),
        cmocka_unit_test(test_loss_terms),
        cmocka_unit_test(test_halves),
        cmocka_unit_test(test_canary),
        cmocka_unit_test(test_augment),
        cmocka_unit_test(test_item_dropout),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_halves_leave_users_out),
        cmocka_unit_test(test_hidden_items_keep_their_distance),
        cmocka_unit_test(test_dropped_items_keep_their_distance),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
