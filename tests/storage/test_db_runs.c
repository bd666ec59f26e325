/* Runs, events, figures, lists and labels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/case_store.h"
#include "storage/db/metric_store.h"
#include "storage/db/run_file.h"
#include "storage/db/run_store.h"
#include "tests/storage/made_import.h"

static char dir[] = "/tmp/rote-runs-XXXXXX";
static struct workspace *ws;
static struct error err;
static uint64_t fingerprint;

static void assert_ok(bool ok)
{
    if (!ok)
        fail_msg("%s", err.text);
}

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    struct import_result data =
        made_import((struct made){.users = 20, .items = 30, .max_length = 9, .seed = 3});
    fingerprint = data.fingerprint;
    bool ok = workspace_create(dir, &data, false, NULL, &err);
    made_import_release(&data);
    ws = ok ? workspace_open(dir, WORKSPACE_READ_WRITE, &err) : NULL;
    return ws ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    workspace_close(ws);
    bool ok = dir_remove(dir, NULL);
    memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
    return ok ? 0 : -1;
}

static int64_t make_run(const char *name, const char *model)
{
    int64_t id = 0;
    struct run_info wanted = {.name = (char *)(uintptr_t)name, .model = (char *)(uintptr_t)model};
    assert_ok(run_create(ws, &wanted, &id, &err));
    return id;
}

static void assert_found(const char *text, int64_t id)
{
    struct run_info info;
    assert_ok(run_find(ws, text, &info, &err));
    assert_int_equal(info.id, id);
    run_info_release(&info);
}

static void assert_not_found(const char *text, const char *word)
{
    struct run_info info;
    struct error why = {0};
    assert_false(run_find(ws, text, &info, &why));
    assert_int_equal(why.code, ERROR_NOT_FOUND);
    if (!strstr(why.text, word))
        fail_msg("\"%s\" does not say \"%s\"", why.text, word);
}

static void runs_are_named_and_found(void **state)
{
    (void)state;
    assert_not_found("markov", "no runs yet");
    int64_t first = make_run(NULL, "markov"), second = make_run(NULL, "markov");
    int64_t third = make_run("my gr", "gr"), fourth = make_run("my other", "gr");
    assert_found("markov", first);
    assert_found("markov-2", second);
    assert_found("my g", third);
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)fourth);
    assert_found(number, fourth);
    assert_not_found("my", "my gr, my other");
    assert_not_found("sasrec", "markov, markov-2");
    assert_not_found("99", "there are:");
    int64_t id;
    const char *const bad[] = {"", "12", "-x", "a/b", "a\nb", "markov"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct run_info wanted = {.name = (char *)(uintptr_t)bad[i], .model = (char *)"m"};
        assert_false(run_create(ws, &wanted, &id, &err));
        assert_int_equal(err.code, ERROR_USAGE);
    }
    assert_ok(run_rename(ws, third, "new name", &err));
    assert_found("new", third);
    assert_false(run_rename(ws, third, "markov", &err));
}

/* In the journal with the changes of case studies; what was refused is not in it. */
static void names_come_back(void **state)
{
    (void)state;
    int64_t id = make_run("a", "gr"), other = make_run("b", "gr"), study = 7;
    struct buf what;
    buf_init(&what);
    assert_ok(run_rename(ws, id, "first", &err));
    assert_ok(run_rename(ws, id, "second", &err));
    assert_false(run_rename(ws, id, "b", &err));
    assert_ok(case_undo(ws, &what, &study, &err));
    assert_string_equal(what.data, "name second of a run");
    assert_int_equal(study, 0);
    assert_found("first", id);
    assert_ok(case_undo(ws, &what, &study, &err));
    assert_found("a", id);
    assert_ok(case_redo(ws, &what, &study, &err));
    assert_found("first", id);
    assert_ok(run_rename(ws, other, "a", &err)); /* the old name is taken meanwhile */
    assert_ok(case_undo(ws, &what, &study, &err));
    assert_ok(run_rename(ws, other, "c", &err));
    assert_ok(run_delete(ws, other, &err));
    assert_ok(case_undo(ws, &what, &study, &err)); /* it stays deleted */
    assert_not_found("b", "there are:");
    assert_ok(case_undo(ws, &what, &study, &err));
    assert_found("a", id);
    buf_release(&what);
}

static void every_field_comes_back(void **state)
{
    (void)state;
    int64_t id = make_run("a", "gr");
    struct run_info info, again;
    assert_ok(run_get(ws, id, &info, &err));
    assert_string_equal(info.state, "queued");
    assert_string_equal(info.strategy, "next-item");
    assert_string_equal(info.trained_on, "train");
    assert_true(info.fingerprint == fingerprint);
    assert_true(info.created > 0 && info.started == 0 && info.ended == 0);
    free(info.options_json);
    free(info.kernel);
    info.options_json = mem_strdup("{\"width\": 64}");
    info.kernel = mem_strdup("two threads");
    info.seed = -7;
    info.seconds = 1.5;
    info.trained_on_assumed = true;
    assert_ok(run_update(ws, &info, &err));
    assert_ok(run_set_state(ws, id, "running", NULL, &err));
    assert_ok(run_get(ws, id, &again, &err));
    assert_string_equal(again.options_json, info.options_json);
    assert_string_equal(again.kernel, "two threads");
    assert_int_equal(again.seed, -7);
    assert_true(again.seconds == 1.5 && again.trained_on_assumed);
    assert_true(again.started > 0 && again.ended == 0);
    run_info_release(&again);
    assert_ok(run_set_state(ws, id, "failed", "no space", &err));
    assert_ok(run_get(ws, id, &again, &err));
    assert_string_equal(again.error, "no space");
    assert_true(again.ended >= again.started && again.started > 0);
    assert_false(run_set_state(ws, id, "asleep", NULL, &err));
    assert_false(run_set_state(ws, 99, "done", NULL, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    run_info_release(&again);
    run_info_release(&info);
}

static bool collect(void *context, const struct run_event *e)
{
    buf_addf(context, "%lld %lld %s %s;", (long long)e->seq, (long long)e->time, e->kind, e->data);
    return e->seq < 4;
}

static void events_are_taken_once(void **state)
{
    (void)state;
    int64_t id = make_run("a", "gr"), last = -1;
    const struct run_event list[] = {{1, 10, "epoch", "{}"},
                                     {2, 20, "epoch", "{\"loss\": 1}"},
                                     {3, 30, "log", "\"x\""},
                                     {4, 40, "state", "\"done\""},
                                     {5, 50, "log", "1"}};
    struct buf text;
    buf_init(&text);
    assert_ok(run_events_last(ws, id, &last, &err));
    assert_int_equal(last, 0);
    assert_ok(run_events_append(ws, id, list, 3, &err));
    assert_ok(run_events_append(ws, id, list, 5, &err)); /* the first three again */
    assert_ok(run_events_last(ws, id, &last, &err));
    assert_int_equal(last, 5);
    assert_ok(run_events_read(ws, id, 1, collect, &text, &err));
    assert_string_equal(text.data, "2 20 epoch {\"loss\": 1};3 30 log \"x\";4 40 state \"done\";");
    assert_false(run_events_append(ws, 99, list, 1, &err)); /* no such run */
    buf_release(&text);
}

static void a_set_of_figures_is_replaced_whole(void **state)
{
    (void)state;
    int64_t id = make_run("a", "gr");
    const struct metric one[] = {{"recall@10", 0.25, 0.2, 0.3},
                                 {"ndcg@10", 0.1, (double)NAN, (double)NAN}};
    struct metric_set set;
    assert_ok(metric_store_get(ws, id, "test", "pred=last:1", &set, &err));
    assert_int_equal(set.n, 0);
    metric_set_release(&set);
    for (int round = 0; round < 2; round++)
        assert_ok(metric_store_put(ws, id, "test", "pred=last:1", one, 2, &err));
    assert_ok(metric_store_put(ws, id, "test", "pred=any", one, 1, &err));
    assert_ok(metric_store_put(ws, 0, "test", "pred=any", one, 2, &err));
    assert_ok(metric_store_get(ws, id, "test", "pred=last:1", &set, &err));
    assert_int_equal(set.n, 2);
    assert_string_equal(set.metric[1].name, "ndcg@10");
    assert_true(set.metric[0].value == 0.25 && set.metric[0].lo == 0.2 && set.metric[0].hi == 0.3);
    assert_true(set.metric[1].value == 0.1 && isnan(set.metric[1].lo) && isnan(set.metric[1].hi));
    metric_set_release(&set);
    assert_ok(metric_store_put(ws, id, "test", "pred=last:1", one + 1, 1, &err));
    assert_ok(metric_store_get(ws, id, "test", "pred=last:1", &set, &err));
    assert_int_equal(set.n, 1);
    metric_set_release(&set);
    assert_ok(run_delete(ws, id, &err)); /* takes its own figures with it, not the targets' */
    assert_ok(metric_store_get(ws, id, "test", "pred=any", &set, &err));
    assert_int_equal(set.n, 0);
    metric_set_release(&set);
    assert_ok(metric_store_get(ws, 0, "test", "pred=any", &set, &err));
    assert_int_equal(set.n, 2);
    metric_set_release(&set);
}

/* ---- lists and labels ---- */

enum { CASES = 3, DEPTH = 4 };
static int32_t user[CASES] = {1, 4, 4}, position[CASES] = {2, 0, 1};
static int32_t item[CASES * DEPTH] = {5, 6, 7, 8, -1, -2, 0, 29, 3, 2, 1, 0};
static float score[CASES * DEPTH] = {4, 3, 2, 1, 0, 0, 0, 0, -1, -2, -3, -4};

static struct run_recs recs_of(const float *scores)
{
    return (struct run_recs){.n_cases = CASES,
                             .depth = DEPTH,
                             .user = user,
                             .position = position,
                             .item = item,
                             .score = scores};
}

static bool write_and_register(int64_t id, const struct run_recs *recs, uint64_t print)
{
    char *run_dir = workspace_run_dir(ws, id);
    assert_ok(run_recs_write(run_dir, "test", print, recs, &err));
    free(run_dir);
    return run_recs_register(ws, id, "test", &err);
}

static void lists_come_back_once_registered(void **state)
{
    (void)state;
    int64_t id = make_run("a", "gr");
    struct run_recs recs = recs_of(score), back;
    char *run_dir = workspace_run_dir(ws, id);
    assert_ok(run_recs_write(run_dir, "test", fingerprint, &recs, &err));
    assert_false(run_recs_exist(ws, id, "test"));
    assert_false(run_recs_open(ws, id, "test", &back, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_ok(run_recs_register(ws, id, "test", &err));
    assert_true(run_recs_exist(ws, id, "test"));
    assert_false(run_recs_exist(ws, id, "valid"));
    assert_ok(run_recs_open(ws, id, "test", &back, &err));
    assert_int_equal(back.n_cases, CASES);
    assert_int_equal(back.depth, DEPTH);
    assert_memory_equal(back.user, user, sizeof user);
    assert_memory_equal(back.position, position, sizeof position);
    assert_memory_equal(back.item, item, sizeof item);
    assert_memory_equal(back.score, score, sizeof score);
    run_recs_close(&back);
    run_recs_close(&back);
    recs = recs_of(NULL); /* without scores */
    assert_ok(write_and_register(id, &recs, fingerprint));
    assert_ok(run_recs_open(ws, id, "test", &back, &err));
    assert_null(back.score);
    run_recs_close(&back);
    free(run_dir);
}

static void lists_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    int64_t id = make_run("a", "gr");
    struct run_recs recs = recs_of(score);
    assert_false(write_and_register(id, &recs, fingerprint + 1));
    assert_non_null(strstr(err.text, "another data set"));
    const struct {
        int32_t *place, value;
    } bad[] = {{&item[5], 30}, {&item[11], -3}, {&user[0], -1},
               {&user[2], 20}, {&user[1], 0},   {&position[0], -1}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int32_t kept = *bad[i].place;
        *bad[i].place = bad[i].value;
        bool ok = write_and_register(id, &recs, fingerprint);
        *bad[i].place = kept;
        assert_false(ok);
        assert_int_equal(err.code, ERROR_INPUT);
    }
    assert_false(run_recs_exist(ws, id, "test"));
    char *run_dir = workspace_run_dir(ws, id), *path = path_join(run_dir, "recs-test.safetensors");
    assert_true(file_write(path, "not a tensor file", 17, NULL));
    assert_false(run_recs_register(ws, id, "test", &err));
    unlink(path);
    assert_false(run_recs_register(ws, id, "test", &err));
    free(path);
    free(run_dir);
}

static void name_of_code(uint16_t code, char text[RUN_LABEL_TEXT_MAX])
{
    snprintf(text, RUN_LABEL_TEXT_MAX, "code %u", code);
}

static void labels_come_back_and_go_with_their_lists(void **state)
{
    (void)state;
    int64_t id = make_run("a", "gr");
    struct run_recs recs = recs_of(score);
    assert_ok(write_and_register(id, &recs, fingerprint));
    uint16_t relation[CASES * DEPTH];
    uint8_t verbatim[CASES * DEPTH];
    int32_t support[CASES * DEPTH];
    for (int i = 0; i < CASES * DEPTH; i++) {
        relation[i] = (uint16_t)(i * 5000);
        verbatim[i] = (uint8_t)(i * 20);
        support[i] = -i;
    }
    struct run_labels labels = {.n_cases = CASES,
                                .depth = DEPTH,
                                .relation = relation,
                                .verbatim = verbatim},
                      back;
    struct tensor more = {.name = "support", .dtype = TENSOR_I32, .data = support};
    assert_ok(run_labels_write(ws, id, "test", "train", &labels, name_of_code, &more, 1, &err));
    assert_true(run_labels_exist(ws, id, "test", "train"));
    assert_false(run_labels_exist(ws, id, "test", "train+valid"));
    assert_ok(run_labels_open(ws, id, "test", "train", &back, &err));
    assert_memory_equal(back.relation, relation, sizeof relation);
    assert_memory_equal(back.verbatim, verbatim, sizeof verbatim);
    const int32_t *s = tensors_array(back.file, "support", TENSOR_I32, CASES * DEPTH, &err);
    assert_ok(s != NULL);
    assert_memory_equal(s, support, sizeof support);
    assert_string_equal(tensors_meta(back.file, "code.5000"), "code 5000");
    run_labels_close(&back);
    const struct metric one = {"recall@10", 0.25, 0.2, 0.3};
    assert_ok(metric_store_put(ws, id, "test", "d", &one, 1, &err));
    assert_ok(write_and_register(id, &recs, fingerprint)); /* new lists: old figures are wrong */
    assert_false(run_labels_exist(ws, id, "test", "train"));
    struct metric_set set;
    assert_ok(metric_store_get(ws, id, "test", "d", &set, &err));
    assert_int_equal(set.n, 0);
    metric_set_release(&set);
}

static void deleting_a_run_leaves_nothing(void **state)
{
    (void)state;
    int64_t id = make_run("a", "gr"), last;
    struct run_recs recs = recs_of(score);
    assert_ok(write_and_register(id, &recs, fingerprint));
    assert_ok(run_events_append(ws, id, &(struct run_event){1, 1, "log", "1"}, 1, &err));
    char *run_dir = workspace_run_dir(ws, id);
    assert_true(file_exists(run_dir));
    assert_ok(run_delete(ws, id, &err));
    assert_false(file_exists(run_dir));
    assert_false(run_recs_exist(ws, id, "test"));
    assert_ok(run_events_last(ws, id, &last, &err));
    assert_int_equal(last, 0);
    assert_false(run_delete(ws, id, &err));
    assert_true(make_run("a", "gr") > id); /* numbers are not used again */
    free(run_dir);
}

static void others_changes_are_noticed(void **state)
{
    (void)state;
    struct workspace *other = workspace_open(dir, WORKSPACE_READ_WRITE, &err);
    assert_ok(other != NULL);
    int64_t before = run_generation(ws);
    assert_int_equal(run_generation(ws), before);
    int64_t id;
    assert_ok(run_create(other, &(struct run_info){.model = (char *)"m"}, &id, &err));
    assert_true(run_generation(ws) > before);
    before = run_generation(ws);
    assert_ok(run_set_state(ws, id, "running", NULL, &err));
    assert_true(run_generation(ws) > before);
    workspace_close(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(runs_are_named_and_found),
        TEST(names_come_back),
        TEST(every_field_comes_back),
        TEST(events_are_taken_once),
        TEST(a_set_of_figures_is_replaced_whole),
        TEST(lists_come_back_once_registered),
        TEST(lists_that_do_not_fit_are_refused),
        TEST(labels_come_back_and_go_with_their_lists),
        TEST(deleting_a_run_leaves_nothing),
        TEST(others_changes_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
