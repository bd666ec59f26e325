/*
 * The queue with real workers (the program named by ROTE_PROGRAM): states as they are ingested,
 * cancelling, resuming, deaths, and two processes that watch the same run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analysis/run/dataset_split.h"
#include "analysis/run/queue.h"
#include "analysis/run/run_lists.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_file.h"
#include "tests/analysis/run/tiny.h"

static struct workspace *ws;
static char *dir;
static const char *const endless[] = {"epochs=100000", NULL};

enum { GRACE_SECONDS = 30, POLLS = 20000 };

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

static int64_t submit(enum run_model model, const char *const *more)
{
    struct run_request request = {.options = tiny_options(model, more)};
    struct error err = {0};
    int64_t run;
    if (!queue_submit(ws, &request, &run, &err))
        fail_msg("%s", err.text);
    return run;
}

static void pause_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
}

static void wait_for_state(int64_t run, const char *state)
{
    for (int i = 0; i < POLLS; i++) {
        assert_true(queue_ingest(ws, NULL));
        struct run_info info = tiny_info(ws, run);
        bool there = strcmp(info.state, state) == 0;
        run_info_release(&info);
        if (there)
            return;
        pause_a_moment();
    }
    fail_msg("the run does not become %s", state);
}

static void wait_for_checkpoint(int64_t run)
{
    char *run_dir = workspace_run_dir(ws, run);
    char *path = path_join(run_dir, "checkpoint.safetensors");
    for (int i = 0; i < POLLS && !file_exists(path); i++)
        pause_a_moment();
    assert_true(file_exists(path));
    free(path);
    free(run_dir);
}

/* `says`: what the reason holds; NULL: there is none. */
static void expect_state(int64_t run, const char *state, const char *says)
{
    struct run_info info = tiny_info(ws, run);
    assert_string_equal(info.state, state);
    bool expected = says ? strstr(info.error, says) != NULL : info.error[0] == '\0';
    if (!expected)
        fail_msg("%s: %s", info.state, info.error);
    run_info_release(&info);
}

/* ---- tests ---- */

static void run_is_done(void **state)
{
    (void)state;
    int64_t run = submit(RUN_SASREC, NULL), last;
    assert_true(queue_follow(ws, run, NULL, NULL, NULL, NULL));
    expect_state(run, "done", NULL);
    assert_true(run_recs_exist(ws, run, "test") && run_recs_exist(ws, run, "valid"));
    assert_true(run_events_last(ws, run, &last, NULL));
    assert_int_equal(last, 8); /* start, six epochs, end */
    struct run_info info = tiny_info(ws, run);
    assert_true(info.seconds > 0 && info.started > 0 && info.ended >= info.started);
    assert_int_equal(info.seed, 1);
    assert_non_null(strstr(info.kernel, "OpenBLAS"));
    run_info_release(&info);
    struct error err = {0};
    assert_false(queue_cancel(ws, run, GRACE_SECONDS, &err));
    assert_non_null(strstr(err.text, "nothing to cancel"));
    assert_false(queue_resume(ws, run, &err));
    assert_non_null(strstr(err.text, "nothing to resume"));
}

static void cancel_and_resume(void **state)
{
    (void)state;
    int64_t run = submit(RUN_SASREC, endless);
    wait_for_state(run, "running");
    wait_for_checkpoint(run);
    assert_true(queue_cancel(ws, run, GRACE_SECONDS, NULL));
    expect_state(run, "cancelled", NULL);
    assert_true(queue_resume(ws, run, NULL));
    wait_for_state(run, "running");
    assert_true(queue_cancel(ws, run, GRACE_SECONDS, NULL));
    expect_state(run, "cancelled", NULL);
}

static void dead_worker_is_noticed(void **state)
{
    (void)state;
    int64_t run = submit(RUN_SASREC, endless);
    wait_for_state(run, "running");
    wait_for_checkpoint(run);
    char *run_dir = workspace_run_dir(ws, run);
    int64_t pid = run_worker_pid(run_dir, NULL);
    assert_true(pid > 0);
    assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
    wait_for_state(run, "failed");
    expect_state(run, "failed", "died");
    assert_true(queue_resume(ws, run, NULL));
    assert_true(queue_cancel(ws, run, GRACE_SECONDS, NULL));
    expect_state(run, "cancelled", NULL);
    free(run_dir);
}

static void one_at_a_time(void **state)
{
    (void)state;
    int64_t first = submit(RUN_SASREC, endless);
    wait_for_state(first, "running");
    int64_t second = submit(RUN_GR, NULL), third = submit(RUN_SASREC, NULL);
    wait_for_checkpoint(first);
    assert_true(queue_ingest(ws, NULL));
    expect_state(first, "running", NULL);
    expect_state(second, "queued", NULL);
    assert_true(queue_cancel(ws, third, GRACE_SECONDS, NULL)); /* while it waits */
    expect_state(third, "cancelled", NULL);
    assert_true(queue_cancel(ws, first, GRACE_SECONDS, NULL));
    assert_true(queue_follow(ws, second, NULL, NULL, NULL, NULL));
    expect_state(second, "done", NULL);
}

/* A second process follows, too, and both take in what they see. */
static void two_watch(void **state)
{
    (void)state;
    int64_t run = submit(RUN_SASREC, NULL), last;
    pid_t child = fork();
    if (child == 0) {
        struct workspace *own = workspace_open(dir, WORKSPACE_READ_WRITE, NULL);
        bool ok = own && queue_follow(own, run, NULL, NULL, NULL, NULL);
        workspace_close(own);
        _exit(ok ? 0 : 1);
    }
    int status;
    assert_true(queue_follow(ws, run, NULL, NULL, NULL, NULL));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect_state(run, "done", NULL);
    assert_true(run_events_last(ws, run, &last, NULL));
    assert_int_equal(last, 8);
}

/* A worker that comes to its own end when it is asked to stop: what it says stays. */
static void what_ends_by_itself_is_told(void **state)
{
    (void)state;
    static const char *const ends[] = {"done", "failed", "cancelled"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char *run_dir;
        struct run_options o = tiny_options(RUN_SASREC, NULL);
        struct error err = {0};
        int ready[2];
        char byte;
        int64_t run = tiny_run(ws, &o, &run_dir);
        assert_int_equal(pipe(ready), 0);
        pid_t worker = fork();
        if (worker == 0) {
            sigset_t term;
            int signo, lock = run_lock_take(run_dir, "lock", NULL);
            sigemptyset(&term);
            sigaddset(&term, SIGTERM);
            sigprocmask(SIG_BLOCK, &term, NULL);
            run_lock_sign(lock);
            struct run_log *log = run_log_open(run_dir, NULL);
            if (write(ready[1], "", 1) != 1 || sigwait(&term, &signo) != 0)
                _exit(1);
            struct jval *end = jval_new_object();
            jval_put_string(end, "state", ends[i]);
            if (i == 1)
                jval_put_string(end, "reason", "the disk is full");
            _exit(!run_log_end(log, end, NULL));
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        close(ready[1]);
        bool stopped = queue_cancel(ws, run, GRACE_SECONDS, &err);
        int status;
        assert_int_equal(waitpid(worker, &status, 0), worker);
        assert_int_equal(status, 0);
        assert_int_equal(stopped, i == 2);
        if (i == 1) {
            assert_non_null(strstr(err.text, "ended before it could be cancelled: it is failed"));
            expect_state(run, "failed", "the disk is full");
            assert_true(queue_stop(ws, run, GRACE_SECONDS, NULL)); /* it is over */
        }
        free(run_dir);
    }
}

/* Is a run that is being stored ever called dead by who looks on? Until the file is there. */
static bool looks_on(const char *until, pid_t parent)
{
    struct workspace *own = workspace_open(dir, WORKSPACE_READ_WRITE, NULL);
    bool ok = own != NULL;
    while (ok && !file_exists(until) && getppid() == parent) {
        struct run_list list;
        ok = queue_ingest(own, NULL) && run_list_read(own, &list, NULL);
        for (size_t i = 0; ok && i < list.n; i++)
            ok = strcmp(list.run[i].model, "stored") != 0 ||
                 strcmp(list.run[i].state, "failed") != 0;
        if (own)
            run_list_release(&list);
    }
    workspace_close(own);
    return ok;
}

static void stored_lists_are_not_dead(void **state)
{
    (void)state;
    enum { RUNS = 30 };
    struct dataset d;
    struct split split;
    struct error err = {0};
    struct run_lists lists[2] = {{0}};
    struct run_info info = {.model = (char[]){"stored"},
                            .strategy = (char[]){"next-item"},
                            .options_json = (char[]){"{}"},
                            .trained_on = (char[]){"train"}};
    int64_t run;
    int status;
    char *until = path_join(dir, "stop");
    assert_true(dataset_open(ws, &d, NULL));
    struct corpus corpus = dataset_corpus(&d);
    assert_true(split_leave_one_out(&corpus, &split, NULL));
    for (int part = 0; part < 2; part++) {
        int64_t n = split.part[part].n;
        assert_true(run_lists_room(&lists[part], n, NULL));
        for (int64_t i = 0; i < n * RECS_DEPTH; i++) {
            lists[part].item[i] = i % RECS_DEPTH < 3 ? (int32_t)(i % RECS_DEPTH) : RECS_NONE;
            lists[part].score[i] = (float)-(i % RECS_DEPTH);
        }
    }
    pid_t parent = getpid(), other = fork();
    if (other == 0)
        _exit(!looks_on(until, parent));
    for (int i = 0; i < RUNS; i++) {
        if (!run_lists_store(ws, &split, d.fingerprint, &info, lists, &run, &err))
            fail_msg("%s", err.text);
        expect_state(run, "done", NULL);
    }
    assert_true(file_write(until, "", 0, NULL));
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    /* One whose process is gone is noticed, one that goes on is no worker to be cancelled. */
    info.state = (char[]){"running"};
    assert_true(run_create(ws, &info, &run, NULL));
    char *run_dir = workspace_run_dir(ws, run);
    int lock = run_lock_take(run_dir, "lock", NULL);
    assert_true(queue_ingest(ws, NULL));
    expect_state(run, "running", NULL);
    assert_false(queue_cancel(ws, run, GRACE_SECONDS, &err));
    assert_non_null(strstr(err.text, "are being stored by another process"));
    run_lock_release(lock);
    assert_true(queue_ingest(ws, NULL));
    expect_state(run, "failed", "died: the process that stored its lists");
    free(run_dir);
    run_lists_release(lists);
    split_release(&split);
    dataset_close(&d);
    free(until);
}

static void program_that_is_not_there(void **state)
{
    (void)state;
    char *program = mem_strdup(getenv("ROTE_PROGRAM"));
    struct run_request request = {.options = tiny_options(RUN_SASREC, NULL), .name = "lost"};
    struct run_info info;
    struct error err = {0};
    int64_t run;
    setenv("ROTE_PROGRAM", "/nowhere/rote", 1);
    assert_false(queue_submit(ws, &request, &run, &err));
    assert_non_null(strstr(err.text, "/nowhere/rote"));
    assert_false(run_find(ws, "lost", &info, NULL)); /* no run is left behind */
    setenv("ROTE_PROGRAM", program, 1);
    free(program);
}

int main(void)
{
    if (!getenv("ROTE_PROGRAM")) {
        print_message("skipped: ROTE_PROGRAM does not name the program to start\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_is_done),
        cmocka_unit_test(cancel_and_resume),
        cmocka_unit_test(dead_worker_is_noticed),
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(two_watch),
        cmocka_unit_test(what_ends_by_itself_is_told),
        cmocka_unit_test(stored_lists_are_not_dead),
        cmocka_unit_test(program_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
