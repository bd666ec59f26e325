/*
 * kill -9 at random moments of the screens that started a run, of its worker, of both. Opened
 * again, the screens show the run, nothing stays unfinished without a worker, and the run ends with
 * the bits of one that nothing happened to.
 *
 *   test-tui-screens-kills ROTE N [SEED]
 *
 * A moment is a seeded share of the time that an undisturbed run takes from ":train" to its end. A
 * busy machine moves the moments; what is expected holds at any.
 */
#include <signal.h>
#include <time.h>

#include "analysis/math/rng.h"
#include "analysis/run/folder.h"
#include "analysis/run/queue.h"
#include "storage/base/clock.h"
#include "storage/db/run_store.h"
#include "tests/tui/sessions_fixture.h"

enum victim { WORKER, SCREENS, BOTH, VICTIMS };
enum { TRIES = 3 };

static const char *dir;
static struct workspace *ws;
static int moments;
static uint64_t seed = 1;

#define OPTIONS                                                                                    \
    "epochs=12 width=16 layers=1 mlp=1 items=6 batch-tokens=100 patience=0 checkpoint-seconds=0"

static void train(struct terminal *t, const char *name)
{
    char *line = mem_printf(":train sasrec name=%s " OPTIONS "<Enter>", name);
    terminal_send(t, line);
    free(line);
}

/* Its id and state, as the database has them; 0: nobody submitted it. */
static int64_t find(const char *name, char state[16])
{
    struct run_info info;
    int64_t id = 0;
    state[0] = '\0';
    if (run_find(ws, name, &info, NULL)) {
        id = info.id;
        snprintf(state, 16, "%s", info.state);
        run_info_release(&info);
    }
    return id;
}

static int64_t follow(const char *name)
{
    char state[16];
    int64_t run = find(name, state);
    struct error err = {0};
    if (!queue_follow(ws, run, NULL, NULL, NULL, &err))
        fail_msg("%s", err.text);
    return run;
}

static void wait_seconds(double seconds)
{
    time_t whole = (time_t)seconds;
    nanosleep(&(struct timespec){whole, (long)((seconds - (double)whole) * 1e9)}, NULL);
}

static int kill_worker(void)
{
    char state[16];
    int64_t run = find("victim", state);
    if (run == 0)
        return 0;
    bool here = false;
    char *run_dir = workspace_run_dir(ws, run);
    int64_t pid = run_worker_pid(run_dir, &here);
    free(run_dir);
    return pid > 0 && here && kill((pid_t)pid, SIGKILL) == 0;
}

struct counts {
    int killed[VICTIMS], workers, resumed, never_submitted;
};

static void disturb(enum victim victim, double share, double seconds, struct counts *counts)
{
    char state[16];
    struct terminal *t = ROTE(.dir = dir);
    if (find("victim", state) == 0)
        train(t, "victim");
    else if (strcmp(state, "failed") == 0)
        terminal_send(t, ":resume-run victim<Enter>");
    wait_seconds(share * seconds);
    if (victim != SCREENS)
        counts->workers += kill_worker();
    if (victim != WORKER)
        terminal_kill(t); /* alive until then */
    if (victim == BOTH)   /* one that was being started meanwhile */
        counts->workers += kill_worker();
    counts->killed[victim]++;
    terminal_free(t);
}

/* The screens, opened again, show it, and say that it is unfinished only while a worker has it. */
static void expect_not_stuck(void)
{
    char state[16];
    struct terminal *t = ROTE(.dir = dir);
    terminal_press(t, "4");
    expect_text(t, "victim");
    terminal_free(t);
    assert_true(queue_ingest(ws, NULL));
    char *run_dir = workspace_run_dir(ws, find("victim", state));
    if (strcmp(state, "queued") == 0 || strcmp(state, "running") == 0) {
        bool held = run_lock_held(run_dir, "lock");
        assert_true(queue_ingest(ws, NULL)); /* if it has ended since, this look says so */
        find("victim", state);
        assert_true(held || strcmp(state, "failed") == 0 || strcmp(state, "done") == 0);
    }
    free(run_dir);
}

/* To its end, resumed from the screens as often as needed. */
static int64_t finish(struct counts *counts)
{
    char state[16];
    if (find("victim", state) == 0) {
        struct terminal *t = ROTE(.dir = dir);
        counts->never_submitted++;
        train(t, "victim");
        terminal_until(t, "victim");
        while (find("victim", state) == 0)
            terminal_press(t, "R");
        terminal_free(t);
    }
    for (int i = 0; i < 2 * TRIES; i++) {
        int64_t run = follow("victim");
        find("victim", state);
        if (strcmp(state, "done") == 0)
            return run;
        struct terminal *t = ROTE(.dir = dir);
        terminal_send(t, ":resume-run victim<Enter>");
        terminal_until(t, "queued again: victim");
        terminal_free(t);
        counts->resumed++;
    }
    fail_msg("the run does not come to its end");
    return 0;
}

static void expect_same(int64_t run, const char *whole)
{
    static const char *const name[] = {"recs-test.safetensors", "recs-valid.safetensors",
                                       "model.safetensors"};
    char *run_dir = workspace_run_dir(ws, run);
    for (size_t i = 0; i < ARRAY_LEN(name); i++) {
        char *command = mem_printf("cmp '%s/%s' '%s/%s'", whole, name[i], run_dir, name[i]);
        assert_int_equal(system(command), 0);
        free(command);
    }
    free(run_dir);
    assert_true(run_delete(ws, run, NULL));
}

static void killed_at_any_moment(void **state)
{
    (void)state;
    struct counts counts = {0};
    struct rng rng = rng_new(seed, 0);
    char is[16];
    double began = clock_monotonic_seconds();
    struct terminal *t = ROTE(.dir = dir);
    train(t, "whole");
    terminal_until(t, "whole");
    while (find("whole", is) == 0)
        terminal_press(t, "R");
    char *whole = workspace_run_dir(ws, follow("whole"));
    double seconds = clock_monotonic_seconds() - began;
    terminal_free(t);
    /* A worker that was never met alive is none that was killed. */
    for (int done = 0; done < moments || (counts.workers == 0 && done < 10 * moments);) {
        int tries = 1 + (int)(rng_uniform(&rng) * TRIES); /* of the same run */
        for (int i = 0; i < tries; i++) {
            if (find("victim", is) > 0 && strcmp(is, "done") == 0)
                break;
            disturb((enum victim)(done++ % VICTIMS), rng_uniform(&rng), seconds, &counts);
            if (find("victim", is) > 0)
                expect_not_stuck();
        }
        expect_same(finish(&counts), whole);
    }
    assert_true(counts.workers > 0 && counts.killed[SCREENS] > 0 && counts.killed[BOTH] > 0);
    print_message(
        "%d moments (seed %d): %d of the worker, %d of the screens, %d of both; %d workers "
        "killed alive, %d resumed at last, %d killed before the run was there; 0 lost, 0 "
        "stuck, all with the same bits\n",
        counts.killed[WORKER] + counts.killed[SCREENS] + counts.killed[BOTH], (int)seed,
        counts.killed[WORKER], counts.killed[SCREENS], counts.killed[BOTH], counts.workers,
        counts.resumed, counts.never_submitted);
    free(whole);
}

int main(int argc, char **argv)
{
    if (!sessions_begin(argc, argv, "ROTE N"))
        return 2;
    moments = atoi(argv[2]);
    if (argc > 3)
        seed = strtoull(argv[3], NULL, 10);
    dir = tiny_workspace_make();
    ws = workspace_open(dir, WORKSPACE_READ_WRITE, NULL);
    const struct CMUnitTest tests[] = {cmocka_unit_test(killed_at_any_moment)};
    int failed = ws ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    workspace_close(ws);
    sample_workspace_remove();
    return failed;
}
