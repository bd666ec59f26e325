/*
 * kill -9 at random moments: of the worker, of the process that started and follows it, of both.
 * No run is lost or stuck, and every one ends with the bits of a run that nothing happened to.
 *
 *   test-run-kills N [SEED]
 *
 * A moment is a seeded share of the time that an undisturbed run takes from being submitted to its
 * end. A busy machine moves the moments; what is expected holds at any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analysis/math/rng.h"
#include "analysis/run/queue.h"
#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/run_file.h"
#include "tests/analysis/run/tiny.h"

enum victim { WORKER, FOLLOWER, BOTH, VICTIMS };
enum { GRACE_SECONDS = 30, TRIES = 3 };

static struct workspace *ws;
static char *dir;
static int moments = 4;
static uint64_t seed = 1;

static int open_all(void **state)
{
    (void)state;
    ws = tiny_workspace(&dir);
    return 0;
}

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

static struct run_request request(void)
{
    return (struct run_request){.options = tiny_options(RUN_SASREC, NULL), .name = "victim"};
}

/* What `rote train` or `rote runs resume` does, in a process of its own with its own connection. */
static pid_t start_follower(int64_t run)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    struct workspace *own = workspace_open(dir, WORKSPACE_READ_WRITE, NULL);
    struct run_request wanted = request();
    bool ok = own &&
              (run > 0 ? queue_resume(own, run, NULL) : queue_submit(own, &wanted, &run, NULL)) &&
              queue_follow(own, run, NULL, NULL, NULL, NULL);
    _exit(ok ? 0 : 1);
}

static bool state_is(int64_t run, const char *state)
{
    struct run_info info = tiny_info(ws, run);
    bool is = strcmp(info.state, state) == 0;
    run_info_release(&info);
    return is;
}

/* 0: nobody submitted it. */
static int64_t find_victim(void)
{
    struct run_info info;
    int64_t id = 0;
    if (run_find(ws, "victim", &info, NULL)) {
        id = info.id;
        run_info_release(&info);
    }
    return id;
}

static void wait_seconds(double seconds)
{
    double whole = floor(seconds);
    nanosleep(&(struct timespec){(time_t)whole, (long)((seconds - whole) * 1e9)}, NULL);
}

static bool kill_worker(void)
{
    int64_t run = find_victim();
    bool here = false;
    if (run == 0)
        return false;
    char *run_dir = workspace_run_dir(ws, run);
    int64_t pid = run_worker_pid(run_dir, &here);
    free(run_dir);
    return pid > 0 && here && kill((pid_t)pid, SIGKILL) == 0;
}

/* Nothing may stay unfinished without a worker. */
static void expect_not_stuck(int64_t run)
{
    char *run_dir = workspace_run_dir(ws, run);
    assert_true(queue_ingest(ws, NULL));
    if (state_is(run, "queued") || state_is(run, "running")) {
        /* A worker had it a moment ago; if it has ended since, the next look says so. */
        bool held = run_lock_held(run_dir, "lock");
        assert_true(queue_ingest(ws, NULL));
        assert_true(held || state_is(run, "failed") || state_is(run, "done"));
    }
    free(run_dir);
}

struct counts {
    int killed[VICTIMS], workers, followers /* alive until then */, resumed, never_submitted;
    int64_t steps_again;
    double seconds_again;
};

/* One try to train the run, disturbed after a share of `seconds`. */
static void disturb(enum victim victim, double share, double seconds, struct counts *counts)
{
    int64_t run = find_victim();
    pid_t follower = start_follower(run);
    wait_seconds(share * seconds);
    if (victim != FOLLOWER)
        counts->workers += kill_worker();
    if (victim != WORKER)
        kill(follower, SIGKILL);
    int status;
    assert_int_equal(waitpid(follower, &status, 0), follower);
    counts->followers += WIFSIGNALED(status);
    if (victim == BOTH) /* one that was being started meanwhile */
        counts->workers += kill_worker();
    counts->killed[victim]++;
    run = find_victim();
    if (run > 0)
        expect_not_stuck(run);
}

/* To its end, resuming it as often as needed (a worker may just be dying). */
static int64_t finish(struct counts *counts)
{
    int64_t run = find_victim();
    if (run == 0) {
        struct run_request wanted = request();
        counts->never_submitted++;
        assert_true(queue_submit(ws, &wanted, &run, NULL));
    }
    for (int i = 0; i < 2 * TRIES; i++) {
        struct error err = {0};
        if (!queue_follow(ws, run, NULL, NULL, NULL, &err))
            fail_msg("%s", err.text);
        if (state_is(run, "done"))
            return run;
        if (!queue_resume(ws, run, &err))
            fail_msg("%s", err.text);
        counts->resumed++;
    }
    fail_msg("the run does not come to its end");
    return run;
}

static void expect_same(int64_t run, const char *whole, struct counts *counts)
{
    char *run_dir = workspace_run_dir(ws, run);
    assert_true(run_recs_exist(ws, run, "test") && run_recs_exist(ws, run, "valid"));
    assert_true(tiny_file_equal(whole, run_dir, "recs-test.safetensors"));
    assert_true(tiny_file_equal(whole, run_dir, "recs-valid.safetensors"));
    assert_true(tiny_file_equal(whole, run_dir, "model.safetensors"));
    struct tiny_story s = tiny_story(run_dir); /* no event twice, no epoch missing */
    assert_int_equal(s.epoch, 6);
    assert_true(s.steps_again <= 1); /* there is a checkpoint after each step */
    counts->steps_again += s.steps_again;
    counts->seconds_again = fmax(counts->seconds_again, s.seconds_again);
    buf_release(&s.text);
    free(run_dir);
    assert_true(run_delete(ws, run, NULL));
}

static void killed_at_any_moment(void **state)
{
    (void)state;
    struct counts counts = {0};
    struct rng rng = rng_new(seed, 0);
    struct run_request wanted = request();
    int64_t whole_run;
    double began = clock_monotonic_seconds();
    wanted.name = "whole";
    assert_true(queue_submit(ws, &wanted, &whole_run, NULL));
    assert_true(queue_follow(ws, whole_run, NULL, NULL, NULL, NULL));
    double seconds = clock_monotonic_seconds() - began;
    char *whole = workspace_run_dir(ws, whole_run);
    int done = 0;
    /* Those that were never met alive are none that were killed. */
    while (done < moments || ((!counts.workers || !counts.followers) && done < 10 * moments)) {
        int tries = 1 + (int)(rng_uniform(&rng) * TRIES); /* of the same run */
        for (int i = 0; i < tries; i++) {
            if (find_victim() > 0 && state_is(find_victim(), "done"))
                break;
            disturb((enum victim)(done % VICTIMS), rng_uniform(&rng), seconds, &counts);
            done++;
        }
        expect_same(finish(&counts), whole, &counts);
    }
    assert_true(counts.workers > 0 && counts.followers > 0);
    print_message(
        "%d moments (seed %d): %d of the worker, %d of the follower, %d of both; %d workers and %d "
        "followers killed alive, %d runs resumed at last, %d killed before they were submitted; 0 "
        "lost, 0 "
        "stuck, "
        "all with the same bits; %d steps done again, at most %.3f s of a run\n",
        done, (int)seed, counts.killed[WORKER], counts.killed[FOLLOWER], counts.killed[BOTH],
        counts.workers, counts.followers, counts.resumed, counts.never_submitted,
        (int)counts.steps_again, counts.seconds_again);
    free(whole);
}

int main(int argc, char **argv)
{
    if (!getenv("ROTE_PROGRAM")) {
        print_message("skipped: ROTE_PROGRAM does not name the program to start\n");
        return 77;
    }
    if (argc > 1)
        moments = atoi(argv[1]);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(killed_at_any_moment)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
