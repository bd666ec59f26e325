/*
 * External trainers: what the exchange folder holds, what is read back, and that a command that
 * fails, hangs or is orphaned leaves nothing behind. The trainers are lines of shell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/math/linalg.h"
#include "analysis/run/engine.h"
#include "analysis/run/dataset_split.h"
#include "analysis/run/exchange.h"
#include "analysis/run/worker.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/dataset_file.h"
#include "storage/db/run_file.h"
#include "tests/analysis/run/tiny.h"

static struct workspace *ws;
static char *dir;

static int open_all(void **state)
{
    (void)state;
    linalg_init();
    ws = tiny_workspace(&dir);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    tiny_remove(ws, dir);
    return 0;
}

/* The last event's data. */
static bool keep_data(void *context, const struct run_event *e)
{
    struct jval **last = context;
    jval_free(*last);
    *last = jval_parse(e->data, strlen(e->data), NULL);
    return true;
}

static struct jval *end_of(const char *run_dir)
{
    struct jval *last = NULL;
    assert_true(run_events_scan(run_dir, 0, keep_data, &last, NULL));
    assert_non_null(last);
    return last;
}

/* Lines of a JSON-lines file of the exchange folder. The caller frees each. */
static size_t lines_of(const char *run_dir, const char *name, struct jval **out, size_t max)
{
    char *path = mem_printf("exchange/%s", name), *text = tiny_text(run_dir, path), *rest = text;
    size_t n = 0;
    for (char *line; (line = strsep(&rest, "\n")) && *line;) {
        assert_true(n < max);
        out[n] = jval_parse(line, strlen(line), NULL);
        assert_non_null(out[n++]);
    }
    free(text);
    free(path);
    return n;
}

static void free_lines(struct jval **line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        jval_free(line[i]);
}

/* A list for every user of the tiny data set, "u00" to "u59", and some progress. */
#define ALL_USERS                                                                                  \
    "i=0; while [ $i -lt 60 ]; do "                                                                \
    "printf '{\"user\":\"u%02d\",\"items\":[\"i01\",\"i02\"],\"scores\":[2,1.5]}\\n' $i; "         \
    "i=$((i+1)); done >{dir}/recommendations.jsonl"

static int run(const char *command, const char *strategy, char **run_dir, int64_t *id)
{
    int64_t run = tiny_external(ws, command, strategy, run_dir);
    int status = tiny_work(*run_dir, NULL);
    assert_true(WIFEXITED(status));
    if (id)
        *id = run;
    return WEXITSTATUS(status);
}

static void expect_failed(const char *command, const char *says)
{
    char *run_dir;
    assert_int_equal(run(command, NULL, &run_dir, NULL), 1);
    struct tiny_story s = tiny_story(run_dir);
    assert_string_equal(s.text.data, "start end:failed");
    if (!strstr(s.reason, says))
        fail_msg("%s: %s", command, s.reason);
    buf_release(&s.text);
    free(run_dir);
}

/* ---- what it holds ---- */

static void sequences_and_items_are_there(void **state)
{
    (void)state;
    char *run_dir;
    struct jval *line[100];
    assert_int_equal(run(ALL_USERS, NULL, &run_dir, NULL), 0);
    size_t n = lines_of(run_dir, "sequences.jsonl", line, ARRAY_LEN(line));
    assert_int_equal(n, 60);
    assert_string_equal(jval_string(jval_get(line[1], "user")), "u01");
    assert_int_equal(jval_size(jval_get(line[1], "train")), 7);
    assert_int_equal(jval_size(jval_get(line[1], "valid")), 1);
    assert_int_equal(jval_size(jval_get(line[1], "test")), 1);
    /* x = 7, then x * 3 + 8 mod 40: 29, 15, 13, 7, 29, 15, 13, 7 */
    assert_string_equal(jval_string(jval_at(jval_get(line[1], "train"), 2)), "i15");
    assert_string_equal(jval_string(jval_at(jval_get(line[1], "valid"), 0)), "i13");
    assert_string_equal(jval_string(jval_at(jval_get(line[1], "test"), 0)), "i07");
    free_lines(line, n);
    n = lines_of(run_dir, "items.jsonl", line, ARRAY_LEN(line));
    assert_int_equal(n, 40);
    const char *title = jval_string(jval_get(line[0], "title"));
    assert_string_equal(jval_string(jval_get(line[0], "item")), "i00");
    assert_string_equal(title, "big lamp number 0");
    assert_string_equal(jval_string(jval_get(line[0], "category")), "shop | lamp");
    const char *text = jval_string(jval_get(line[0], "text"));
    assert_true(text[0] == '<' && strcmp(text + strlen(text) - strlen(title), title) == 0);
    free_lines(line, n);
    n = lines_of(run_dir, "semids.jsonl", line, ARRAY_LEN(line));
    assert_int_equal(n, 40);
    assert_int_equal(jval_size(jval_get(line[0], "codes")), 4);
    free_lines(line, n);
    assert_false(tiny_there(run_dir, "exchange/collaborative.jsonl"));
    free(run_dir);
}

static void run_says_what_is_wanted(void **state)
{
    (void)state;
    char *run_dir;
    assert_int_equal(run(ALL_USERS, "iirg:lambda_c=0.5,backfill=off+goldfish:k=3", &run_dir, NULL),
                     0);
    char *text = tiny_text(run_dir, "exchange/run.json");
    struct jval *o = jval_parse(text, strlen(text), NULL);
    const struct jval *parts = jval_get(o, "strategies");
    assert_int_equal(jval_int(jval_get(jval_get(o, "options"), "seed"), 0), 3);
    assert_int_equal(jval_int(jval_get(o, "test_cases"), 0), 60);
    assert_int_equal(jval_size(parts), 2); /* in the order in which they are applied */
    assert_string_equal(jval_string(jval_get(jval_at(parts, 0), "name")), "iirg");
    assert_string_equal(jval_string(jval_get(jval_at(parts, 1), "name")), "goldfish");
    assert_int_equal(jval_int(jval_get(jval_get(jval_at(parts, 1), "options"), "k"), 0), 3);
    const struct jval *iirg = jval_get(jval_at(parts, 0), "options");
    assert_int_equal(jval_int(jval_get(iirg, "window"), 0), 5); /* a default */
    assert_true(jval_real(jval_get(iirg, "lambda_c"), 0) == 0.5);
    assert_string_equal(jval_string(jval_get(iirg, "backfill")), "off");
    jval_free(o);
    free(text);
    free(run_dir);
}

static int32_t count_lines(const char *text)
{
    int32_t n = 1;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Under iirg: each training position but the first once, and the neighbours, weighted. */
static void tasks_are_weighted(void **state)
{
    (void)state;
    static const struct {
        const char *file, *task, *name;
        double weight;
        int32_t most;
    } tasks[] = {
        {"next-item.jsonl", "next-item", "rote-next-item", 1, 20},
        {"collaborative.jsonl", "collaborative", "rote-collaborative", 0.5, 3},
        {"semantic.jsonl", "semantic", "rote-semantic", 2, 3},
    };
    char *run_dir;
    struct jval *line[100];
    assert_int_equal(run(ALL_USERS, "iirg:lambda_c=0.5,lambda_s=2,generate=3", &run_dir, NULL), 0);
    char *text = tiny_text(run_dir, "exchange/dataset_info.json");
    struct jval *info = jval_parse(text, strlen(text), NULL);
    assert_int_equal(jval_size(info), 3);
    for (size_t t = 0; t < ARRAY_LEN(tasks); t++) {
        const struct jval *of = jval_get(info, tasks[t].name);
        assert_string_equal(jval_string(jval_get(of, "file_name")), tasks[t].file);
        assert_string_equal(jval_string(jval_get(jval_get(of, "columns"), "prompt")),
                            "instruction");
        size_t n = lines_of(run_dir, tasks[t].file, line, ARRAY_LEN(line));
        int32_t outputs = 0;
        assert_true(n >= 10);
        for (size_t i = 0; i < n; i++) {
            int32_t out = count_lines(jval_string(jval_get(line[i], "output")));
            assert_true(out >= 1 && out <= tasks[t].most);
            assert_true(jval_real(jval_get(line[i], "weight"), 0) == tasks[t].weight);
            assert_string_equal(jval_string(jval_get(line[i], "task")), tasks[t].task);
            assert_int_equal(count_lines(jval_string(jval_get(line[i], "input"))), 1);
            assert_true(strlen(jval_string(jval_get(line[i], "instruction"))) > 20);
            outputs += out;
        }
        if (t == 0) /* 60 users, 7 training items each */
            assert_int_equal(outputs, 60 * 6);
        free_lines(line, n);
    }
    jval_free(info);
    free(text);
    free(run_dir);
}

/* The lists of neighbours are those that a run of rote's own is taught, in the same order. */
static void expect_lists(const char *run_dir, const struct item_samples *s, enum item_task task,
                         struct jval *const *item)
{
    struct jval *line[100];
    const char *file = task == TASK_SEMANTIC ? "semantic.jsonl" : "collaborative.jsonl";
    size_t n = lines_of(run_dir, file, line, ARRAY_LEN(line)), at = 0;
    struct buf wanted;
    buf_init(&wanted);
    for (int64_t i = 0; i < s->n; i++) {
        if (s->task[i] != task)
            continue;
        assert_true(at < n);
        buf_clear(&wanted);
        for (int64_t k = s->target_offset[i]; k < s->target_offset[i + 1]; k++)
            buf_addf(&wanted, "%s%s", wanted.len ? "\n" : "",
                     jval_string(jval_get(item[s->target[k].item], "text")));
        assert_string_equal(jval_string(jval_get(line[at], "input")),
                            jval_string(jval_get(item[s->item[s->offset[i]]], "text")));
        assert_string_equal(jval_string(jval_get(line[at], "output")), wanted.data);
        at++;
    }
    assert_int_equal(at, n);
    assert_true(n > 10);
    buf_release(&wanted);
    free_lines(line, n);
}

static void tasks_are_those_of_training(void **state)
{
    (void)state;
    /* A narrow window leaves short lists, which are filled up. */
    static const char strategy[] = "iirg:window=1,keep=5,generate=5";
    char *run_dir, *path = path_join(dir, "cache/dataset.safetensors");
    char *id = workspace_get(ws, "import_id"), none[] = "/tmp/rote-tasks-XXXXXX";
    struct dataset d;
    struct split split;
    struct edges edges;
    struct engine engine;
    struct error err = {0};
    assert_int_equal(run(ALL_USERS, strategy, &run_dir, NULL), 0);
    assert_true(dataset_file_open(path, id, &d, NULL));
    struct corpus corpus = dataset_corpus(&d);
    assert_true(split_leave_one_out(&corpus, &split, NULL));
    struct training training = split_training(&split, &corpus, TRAINED_ON_TRAIN);
    assert_true(edges_build(&training, &edges, NULL));
    struct run_options o = tiny_options(RUN_SASREC, NULL);
    assert_true(strategy_parse(strategy, &o.strategy, NULL));
    assert_non_null(mkdtemp(none));
    if (!engine_init(&engine, none, &o, &d, &corpus, &training, &edges, NULL, &err))
        fail_msg("%s", err.text);
    const struct item_samples *s;
    struct jval *item[100];
    size_t n = lines_of(run_dir, "items.jsonl", item, ARRAY_LEN(item));
    assert_int_equal(n, d.n_items);
    assert_true(strategist_samples(engine.strategist, 0, &s, NULL));
    expect_lists(run_dir, s, TASK_COLLABORATIVE, item);
    expect_lists(run_dir, s, TASK_SEMANTIC, item);
    free_lines(item, n);
    engine_release(&engine);
    edges_release(&edges);
    split_release(&split);
    dataset_close(&d);
    free(run_dir);
    /* A task without weight is none. */
    assert_int_equal(run(ALL_USERS, "iirg:lambda_c=0", &run_dir, NULL), 0);
    assert_false(tiny_there(run_dir, "exchange/collaborative.jsonl"));
    assert_true(tiny_there(run_dir, "exchange/semantic.jsonl"));
    char *info = tiny_text(run_dir, "exchange/dataset_info.json");
    assert_null(strstr(info, "collaborative"));
    free(info);
    assert_true(dir_remove(none, NULL));
    free(run_dir);
    free(path);
    free(id);
}

/* ---- what is followed and read ---- */

static void epochs_are_told(void **state)
{
    (void)state;
    char *run_dir;
    int64_t id;
    assert_int_equal(run("echo hello; echo '{\"epoch\":1,\"epochs\":2,\"loss\":3.5}'; echo '{x'; "
                         "echo '{\"epoch\":2,\"epochs\":2,\"loss\":2.5,\"recall@10\":0.25}'; "
                         "echo oops >&2; " ALL_USERS,
                         NULL, &run_dir, &id),
                     0);
    struct run_progress p;
    run_progress_read(run_dir, &p);
    assert_int_equal(p.epoch, 2);
    assert_true(p.recall10 == 0.25 && p.loss == 2.5);
    char *log = tiny_text(run_dir, "worker.log");
    assert_non_null(strstr(log, "hello\n"));
    assert_non_null(strstr(log, "{x\n"));
    assert_non_null(strstr(log, "oops\n"));
    assert_null(strstr(log, "3.5"));
    free(log);
    char *events = tiny_text(run_dir, "events.jsonl");
    assert_non_null(strstr(events, "\"loss\": 3.5"));
    free(events);
    assert_true(run_recs_register(ws, id, "test", NULL));
    struct run_recs recs;
    assert_true(run_recs_open(ws, id, "test", &recs, NULL));
    assert_int_equal(recs.n_cases, 60);
    assert_true(recs.item[0] >= 0 && recs.item[1] >= 0 && recs.item[2] == -1);
    assert_true(recs.score && recs.score[0] == 2 && recs.score[1] == 1.5F);
    run_recs_close(&recs);
    assert_false(tiny_there(run_dir, "recs-valid.safetensors"));
    free(run_dir);
}

static void unmatched_are_counted(void **state)
{
    (void)state;
    char *run_dir;
    int64_t id;
    assert_int_equal(run("cat >{dir}/recommendations.jsonl <<'END'\n"
                         "{\"user\":\"nobody\",\"items\":[\"i01\"]}\n"
                         "{\"user\":\"u00\",\"items\":[\"i01\",\"nothing\",\"i01\",\"i02\",17]}\n"
                         "\n"
                         "{\"user\":\"u00\",\"split\":\"valid\",\"items\":[\"i03\"]}\n"
                         "{\"user\":\"u01\",\"position\":8,\"items\":[]}\r\n"
                         "{\"user\":\"u01\",\"position\":3,\"items\":[\"i04\"]}\n"
                         "END\n",
                         NULL, &run_dir, &id),
                     0);
    struct jval *end = end_of(run_dir);
    const struct jval *lists = jval_get(end, "lists");
    assert_int_equal(jval_int(jval_get(lists, "unknown_users"), -1), 1);
    assert_int_equal(jval_int(jval_get(lists, "unknown_items"), -1), 2);
    assert_int_equal(jval_int(jval_get(lists, "doubles"), -1), 1);
    assert_int_equal(jval_int(jval_get(lists, "users_without_case"), -1), 1);
    assert_int_equal(jval_int(jval_get(jval_get(lists, "test"), "listed"), -1), 2);
    assert_int_equal(jval_int(jval_get(jval_get(lists, "valid"), "listed"), -1), 1);
    assert_int_equal(jval_size(jval_get(lists, "examples")),
                     8); /* 4 of them cases without a list */
    jval_free(end);
    char *log = tiny_text(run_dir, "worker.log");
    assert_non_null(strstr(log, "line 1: the user nobody is not in the data"));
    assert_non_null(strstr(log, "line 2: the item nothing is not in the data"));
    free(log);
    struct run_recs recs;
    assert_true(run_recs_register(ws, id, "test", NULL) &&
                run_recs_register(ws, id, "valid", NULL));
    assert_true(run_recs_open(ws, id, "test", &recs, NULL));
    assert_null(recs.score); /* some lists have none */
    const int32_t *row = recs.item;
    assert_true(row[0] >= 0 && row[1] == -2 && row[3] >= 0 && row[4] == -2 && row[5] == -1);
    assert_int_equal(row[2], -2); /* an item again keeps its place, as in rote import-recs */
    assert_int_equal(recs.item[recs.depth], -1);
    run_recs_close(&recs);
    free(run_dir);
}

static void wrong_lists_fail(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"{\"user\":\"u00\",\"items\":[\"i01\"]", "line 1: this is no JSON object"},
        {"{\"items\":[\"i01\"]}", "there is no \"user\""},
        {"{\"user\":\"u00\"}", "there is no list of items"},
        {"{\"user\":\"u00\",\"items\":\"i01\"}", "the items are no list of ids"},
        {"{\"user\":\"u00\",\"items\":{\"i01\":1}}", "the items are no list of ids"},
        {"{\"user\":\"u00\",\"items\":7}", "the items are no list of ids"},
        {"{\"user\":\"u00\",\"items\":[[{}]]}", "the items are no list of ids"},
        {"{\"user\":\"u00\",\"items\":[\"i01\",\"i02\"],\"scores\":[1]}",
         "the scores are no list of a number for each item"},
        {"{\"user\":\"u00\",\"items\":[\"i01\"],\"scores\":[\"x\"]}",
         "the scores are no list of a number for each item"},
        {"{\"user\":\"u00\",\"items\":[\"i01\"],\"split\":\"train\"}",
         "\"split\" is neither test nor valid"},
        {"{\"user\":\"someone\",\"items\":[\"i01\"]}", "no list of a case"},
        {"{\"user\":\"0\",\"items\":[\"i01\"]}", "no list of a case"}, /* names, not places */
        {"{\"user\":\"u00\",\"split\":\"valid\",\"items\":[\"i01\"]}", "no list of a test case"},
        {"{\"user\":\"u00\",\"items\":[\"none\"]}", "none of the recommended items"},
        {"", "is empty"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *command =
            mem_printf("printf '%%s\\n' '%s' >{dir}/recommendations.jsonl", cases[i].line);
        expect_failed(command, cases[i].says);
        expect_failed(command, "\"scores\":[0.5"); /* what was expected */
        free(command);
    }
    expect_failed("true", "left no");
    expect_failed("true", "recommendations.jsonl; expected is a line for each test case");
}

/* ---- how it ends ---- */

static void a_failing_command_is_told(void **state)
{
    (void)state;
    expect_failed("{ echo one; echo 'no such module'; } >&2; exit 3",
                  "ended with status 3; it last said: one / no such module");
    expect_failed("kill -9 $$", "ended by signal 9");
    expect_failed("/nowhere/trainer {dir}", "status 127");
}

/* The reason stands in the log when the shell cannot even begin. */
static void a_folder_that_is_gone_is_told(void **state)
{
    (void)state;
    char *run_dir;
    struct run_job job;
    tiny_external(ws, "true", NULL, &run_dir);
    assert_true(run_job_read(run_dir, &job, NULL));
    free(job.directory);
    job.directory = mem_strdup("/nowhere/at all");
    assert_true(run_job_write(run_dir, &job, NULL));
    run_job_release(&job);
    tiny_work(run_dir, NULL);
    struct tiny_story s = tiny_story(run_dir);
    assert_non_null(strstr(s.reason, "status 127"));
    assert_non_null(strstr(s.reason, "cannot run a command in the folder /nowhere/at all"));
    buf_release(&s.text);
    free(run_dir);
}

/* A line that does not end costs no memory, and what comes after it is heard. */
static void a_line_without_end_is_cut(void **state)
{
    (void)state;
    char *run_dir;
    assert_int_equal(
        run("head -c 20000000 /dev/zero | tr '\\0' x; echo; echo '{\"epoch\":1}'; " ALL_USERS, NULL,
            &run_dir, NULL),
        0);
    struct tiny_story s = tiny_story(run_dir);
    assert_int_equal(s.epoch, 1);
    char *log = tiny_text(run_dir, "worker.log");
    assert_true(strlen(log) < 2 << 20);
    free(log);
    buf_release(&s.text);
    free(run_dir);
}

/* What an earlier try left is not taken for this one's; its other files are kept. */
static void a_second_try_starts_clean(void **state)
{
    (void)state;
    char *run_dir;
    assert_int_equal(run("if [ -e {dir}/state ]; then exit 0; fi; touch {dir}/state; " ALL_USERS
                         "; exit 1",
                         NULL, &run_dir, NULL),
                     1);
    int status = tiny_work(run_dir, NULL);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    struct tiny_story s = tiny_story(run_dir);
    assert_non_null(strstr(s.reason, "left no"));
    buf_release(&s.text);
    assert_true(tiny_there(run_dir, "exchange/state"));
    free(run_dir);
}

/* Until the file is there and ends in a newline: a process number. */
static pid_t number_in(const char *run_dir, const char *name)
{
    while (!tiny_there(run_dir, name))
        sched_yield();
    for (;;) {
        char *text = tiny_text(run_dir, name);
        pid_t pid = strchr(text, '\n') ? (pid_t)atol(text) : 0;
        free(text);
        if (pid > 0)
            return pid;
        sched_yield();
    }
}

/* Deaf to SIGTERM, with a child of its own; both say their numbers. */
#define DEAF                                                                                       \
    "trap '' TERM; (while :; do sleep 1; done) & echo $! >{dir}/child; echo $$ >{dir}/self; "      \
    "while :; do sleep 1; done"
/* Obeys. */
#define MILD "echo $$ >{dir}/child; echo $$ >{dir}/self; exec sleep 1000"

/* A worker with such a command; `signo` to the worker. Its wait status, once the two are gone. */
static int stop(const char *command, int signo, char **run_dir)
{
    struct progress progress = {0};
    int status;
    tiny_external(ws, command, NULL, run_dir);
    pid_t worker = fork();
    if (worker == 0) {
        tiny_stop_on_term(&progress);
        _exit(worker_run(*run_dir, -1, &progress, NULL) ? 0 : 1);
    }
    pid_t self = number_in(*run_dir, "exchange/self"),
          child = number_in(*run_dir, "exchange/child");
    assert_int_equal(kill(worker, signo), 0);
    assert_int_equal(waitpid(worker, &status, 0), worker);
    while (kill(self, 0) == 0 || kill(child, 0) == 0) /* the test hangs if one stays */
        sched_yield();
    assert_false(run_lock_held(*run_dir, "lock"));
    return status;
}

static void cancel_ends_the_command(void **state)
{
    (void)state;
    char *run_dir;
    int status = stop(MILD, SIGTERM, &run_dir);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    struct tiny_story s = tiny_story(run_dir);
    assert_string_equal(s.text.data, "start end:cancelled");
    buf_release(&s.text);
    free(run_dir);
}

/* Nothing outlives a worker that was killed, and nothing holds its lock. */
static void a_killed_worker_takes_the_command_along(void **state)
{
    (void)state;
    char *run_dir;
    int status = stop(DEAF, SIGKILL, &run_dir);
    assert_true(WIFSIGNALED(status));
    free(run_dir);
}

/* One that never stops to talk is heard out no longer than it may be. */
static void a_talking_command_is_ended(void **state)
{
    (void)state;
    char *run_dir;
    int status = stop("echo $$ >{dir}/child; echo $$ >{dir}/self; exec yes", SIGTERM, &run_dir);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    struct tiny_story s = tiny_story(run_dir);
    assert_string_equal(s.text.data, "start end:cancelled");
    buf_release(&s.text);
    free(run_dir);
}

/* Nor does what has left the command's process group stay behind when the command ends. */
static void what_left_the_group_is_ended(void **state)
{
    (void)state;
    char *run_dir;
    assert_int_equal(run("setsid sh -c 'echo $$ >{dir}/child; sleep 1000 & exec sleep 1000' & "
                         "while [ ! -s {dir}/child ]; do sleep 0.01; done; " ALL_USERS,
                         NULL, &run_dir, NULL),
                     0);
    assert_int_equal(kill(number_in(run_dir, "exchange/child"), 0), -1);
    assert_int_equal(errno, ESRCH);
    free(run_dir);
}

/* The worker insists after a while. */
static void a_deaf_command_is_ended(void **state)
{
    (void)state;
    char *run_dir;
    int status = stop(DEAF, SIGTERM, &run_dir);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    struct tiny_story s = tiny_story(run_dir);
    assert_string_equal(s.text.data, "start end:cancelled");
    buf_release(&s.text);
    free(run_dir);
}

/* ---- texts ---- */

static void values_have_their_kind(void **state)
{
    (void)state;
    static const char *const typed[] = {"1", "-2.5", "1e-5", "true", "word",
                                        "",  "[1]",  "1,2",  "\"x"};
    static const char *const is[] = {"1",    "-2.5",    "1e-5",    "true",     "\"word\"",
                                     "\"\"", "\"[1]\"", "\"1,2\"", "\"\\\"x\""};
    for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
        struct buf text;
        buf_init(&text);
        struct jval *value = exchange_value(typed[i], strlen(typed[i]));
        jval_write(value, false, &text);
        assert_string_equal(text.data, is[i]);
        jval_free(value);
        buf_release(&text);
    }
}

static void folders_are_quoted(void **state)
{
    (void)state;
    struct run_job job = {.command = (char[]){"a {dir}/x {dir"}};
    char *command = exchange_command(&job, "/it's here");
    assert_string_equal(command, "a '/it'\\''s here'/x {dir");
    free(command);
}

int main(int argc, char **argv)
{
    (void)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_and_items_are_there),
        cmocka_unit_test(run_says_what_is_wanted),
        cmocka_unit_test(tasks_are_weighted),
        cmocka_unit_test(tasks_are_those_of_training),
        cmocka_unit_test(epochs_are_told),
        cmocka_unit_test(unmatched_are_counted),
        cmocka_unit_test(wrong_lists_fail),
        cmocka_unit_test(a_failing_command_is_told),
        cmocka_unit_test(a_folder_that_is_gone_is_told),
        cmocka_unit_test(a_line_without_end_is_cut),
        cmocka_unit_test(a_second_try_starts_clean),
        cmocka_unit_test(cancel_ends_the_command),
        cmocka_unit_test(a_killed_worker_takes_the_command_along),
        cmocka_unit_test(a_talking_command_is_ended),
        cmocka_unit_test(what_left_the_group_is_ended),
        cmocka_unit_test(values_have_their_kind),
        cmocka_unit_test(folders_are_quoted),
    };
    const struct CMUnitTest slow[] = {cmocka_unit_test(a_deaf_command_is_ended)};
    return argc > 1 ? cmocka_run_group_tests(slow, open_all, close_all)
                    : cmocka_run_group_tests(tests, open_all, close_all);
}
