/*
 * Batches of runs with real workers (the program named by ROTE_PROGRAM): what is there is reused,
 * what is missing is started, and nothing is started when something is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "analysis/run/batch.h"
#include "storage/base/mem.h"
#include "tests/analysis/run/tiny.h"

static struct workspace *ws;
static char *dir;

enum { N = 3, GRACE_SECONDS = 30 };

static int open_all(void **state)
{
    (void)state;
    ws = tiny_workspace(&dir);
    return 0;
}

/* No worker outlives a test that failed. */
static int close_all(void **state)
{
    (void)state;
    struct run_list list;
    if (run_list_read(ws, &list, NULL)) {
        for (size_t i = 0; i < list.n; i++)
            queue_cancel(ws, list.run[i].id, GRACE_SECONDS, NULL);
        run_list_release(&list);
    }
    tiny_remove(ws, dir);
    return 0;
}

static int64_t count_runs(void)
{
    struct run_list list;
    assert_true(run_list_read(ws, &list, NULL));
    int64_t n = (int64_t)list.n;
    run_list_release(&list);
    return n;
}

/* Three runs that differ in their seeds. */
static void make(struct run_request request[N], const char *const names[N], const char *const *more)
{
    for (int i = 0; i < N; i++) {
        request[i] =
            (struct run_request){.options = tiny_options(RUN_SASREC, more), .name = names[i]};
        request[i].options.value[OPTION_SEED] = i + 1;
    }
}

static void submit(const struct run_request *request, int64_t *id, enum batch_fate *fate)
{
    struct error err = {0};
    if (!batch_submit(ws, request, N, id, fate, &err))
        fail_msg("%s", err.text);
}

static void batch_is_taken_up_as_a_whole(void **state)
{
    (void)state;
    static const char *const names[N] = {"a-1", "a-2", "a-3"};
    struct run_request request[N];
    int64_t id[N], again[N];
    enum batch_fate fate[N];
    make(request, names, (const char *const[]){"epochs=2", NULL});
    submit(request, id, fate);
    for (int i = 0; i < N; i++) {
        assert_int_equal(fate[i], BATCH_SUBMITTED);
        assert_true(queue_follow(ws, id[i], NULL, NULL, NULL, NULL));
    }
    /* One is lost, one was stopped: only those two are started. */
    assert_true(run_delete(ws, id[0], NULL));
    assert_true(run_set_state(ws, id[1], "cancelled", NULL, NULL));
    int64_t runs = count_runs();
    submit(request, again, fate);
    assert_int_equal(fate[0], BATCH_SUBMITTED);
    assert_int_equal(fate[1], BATCH_RESUMED);
    assert_int_equal(fate[2], BATCH_DONE);
    assert_int_not_equal(again[0], id[0]);
    assert_true(again[1] == id[1] && again[2] == id[2]);
    assert_int_equal(count_runs(), runs + 1);
    for (int i = 0; i < N; i++)
        assert_true(queue_follow(ws, again[i], NULL, NULL, NULL, NULL));
    submit(request, id, NULL);
    assert_memory_equal(id, again, sizeof id);
    assert_int_equal(count_runs(), runs + 1);
}

static void what_is_under_way_is_left_alone(void **state)
{
    (void)state;
    static const char *const names[N] = {"b-1", "b-2", "b-3"};
    struct run_request request[N];
    int64_t id[N], again[N];
    enum batch_fate fate[N];
    make(request, names, (const char *const[]){"epochs=100000", NULL});
    submit(request, id, NULL);
    submit(request, again, fate);
    for (int i = 0; i < N; i++) {
        assert_int_equal(again[i], id[i]);
        assert_int_equal(fate[i], BATCH_UNDER_WAY);
    }
    for (int i = N - 1; i >= 0; i--)
        assert_true(queue_cancel(ws, id[i], GRACE_SECONDS, NULL));
}

static void expect_refusal(const struct run_request *request, const char *says)
{
    struct error err = {0};
    int64_t id[N], runs = count_runs();
    assert_false(batch_submit(ws, request, N, id, NULL, &err));
    if (!strstr(err.text, says))
        fail_msg("%s", err.text);
    assert_int_equal(count_runs(), runs);
}

/* The first two could be started; they are not. */
static void nothing_is_started_when_one_is_wrong(void **state)
{
    (void)state;
    static const char *const names[N] = {"c-1", "c-2", "c-3"};
    static const char *const twice[N] = {"c-1", "c-2", "c-1"};
    struct run_request request[N];
    make(request, twice, NULL);
    expect_refusal(request, "two runs would have the name c-1");
    make(request, names, NULL);
    request[2].options.value[OPTION_HEADS] = 5; /* of width 16 */
    expect_refusal(request, "c-3");
    make(request, names, NULL);
    request[2].options = tiny_options(RUN_GR, (const char *const[]){"legal=0", NULL});
    assert_true(strategy_parse("smooth", &request[2].options.strategy, NULL));
    expect_refusal(request, "c-3: gr smooths over the legal next tokens");
    make(request, names, NULL);
    assert_true(strategy_parse("halves", &request[2].options.strategy, NULL));
    expect_refusal(request, "c-3: halves is an experiment");
    make(request, names, NULL);
    struct run_info other = {.name = (char[]){"c-3"}, .model = (char[]){"markov"}};
    int64_t id;
    assert_true(run_create(ws, &other, &id, NULL));
    expect_refusal(request, "another way");
}

/* Every option counts, how it is written does not. */
static void equal_runs(void **state)
{
    (void)state;
    struct run_request request = {.options = tiny_options(RUN_GR, NULL)};
    struct jval *o = run_options_json(&request.options);
    struct buf text;
    buf_init(&text);
    jval_write(o, true, &text);
    jval_free(o);
    struct run_info run = {
        .model = (char[]){"gr"}, .trained_on = (char[]){"train"}, .options_json = text.data};
    assert_true(batch_run_equals(&run, &request));
    struct run_request other = request;
    other.on = TRAINED_ON_TRAIN_VALID;
    assert_false(batch_run_equals(&run, &other));
    other = request;
    other.options.value[OPTION_DROPOUT] += 0.01;
    assert_false(batch_run_equals(&run, &other));
    other = request;
    assert_true(strategy_parse("goldfish", &other.options.strategy, NULL));
    assert_false(batch_run_equals(&run, &other));
    run.options_json = (char[]){"{}"};
    other.options = run_options_default(RUN_GR);
    assert_true(batch_run_equals(&run, &other));
    run.model = (char[]){"sasrec"};
    assert_false(batch_run_equals(&run, &other));
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_is_taken_up_as_a_whole),
        cmocka_unit_test(what_is_under_way_is_left_alone),
        cmocka_unit_test(nothing_is_started_when_one_is_wrong),
        cmocka_unit_test(equal_runs),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
