/*
 * Workers: complete events; killed anywhere and started again, the same bits; every way to fail
 * leaves a last word.
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
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/math/linalg.h"
#include "analysis/run/worker.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/run_file.h"
#include "storage/files/tensors.h"
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

/* A worker in a process of its own, ended by a signal after so much processor time (0: not at all),
 * its files no larger than so many bytes (0: any). Its wait status and processor seconds. */
static int run_worker(const char *run_dir, double cpu_seconds, rlim_t largest, double *spent)
{
    pid_t child = fork();
    if (child == 0) {
        int64_t us = (int64_t)(cpu_seconds * 1e6);
        struct itimerval timer = {.it_value = {us / 1000000, us % 1000000}};
        struct rlimit limit = {largest, largest};
        struct progress progress = {0};
        signal(SIGXFSZ, SIG_IGN);
        if ((cpu_seconds > 0 && setitimer(ITIMER_PROF, &timer, NULL) != 0) ||
            (largest > 0 && setrlimit(RLIMIT_FSIZE, &limit) != 0))
            _exit(3);
        _exit(worker_run(run_dir, -1, &progress, NULL) ? 0 : 1);
    }
    int status;
    struct rusage usage;
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    if (spent)
        *spent = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    return status;
}

/* What the events of a run say, in short: "start epoch epoch end:done". */
struct story {
    struct buf text;
    int64_t seq;
    int32_t epoch;
    char reason[400];
    bool numbers; /* every epoch has every figure */
};

static bool tell(void *context, const struct run_event *e)
{
    struct story *s = context;
    struct jval *data = jval_parse(e->data, strlen(e->data), NULL);
    assert_int_equal(e->seq, s->seq + 1);
    s->seq = e->seq;
    buf_addf(&s->text, "%s%s", s->text.len ? " " : "", e->kind);
    if (strcmp(e->kind, "epoch") == 0) {
        static const char *const figures[] = {
            "loss",       "recall@10",        "ndcg@10", "one_hop", "one_hop_shuffle",
            "extraction", "tokens_per_second"};
        assert_int_equal(jval_int(jval_get(data, "epoch"), 0), ++s->epoch);
        for (size_t i = 0; i < ARRAY_LEN(figures); i++)
            s->numbers = s->numbers && !isnan(jval_real(jval_get(data, figures[i]), NAN));
    }
    if (strcmp(e->kind, "end") == 0) {
        const char *reason = jval_string(jval_get(data, "reason"));
        buf_addf(&s->text, ":%s", jval_string(jval_get(data, "state")));
        snprintf(s->reason, sizeof s->reason, "%s", reason ? reason : "");
    }
    jval_free(data);
    return true;
}

static struct story story_of(const char *run_dir)
{
    struct story s = {.numbers = true};
    buf_init(&s.text);
    assert_true(run_events_scan(run_dir, 0, tell, &s, NULL));
    return s;
}

static bool there(const char *run_dir, const char *name)
{
    char *path = path_join(run_dir, name);
    bool exists = file_exists(path);
    free(path);
    return exists;
}

/* ---- tests ---- */

static void events_are_complete(void **state)
{
    (void)state;
    static const enum run_model models[] = {RUN_SASREC, RUN_GR};
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        char *run_dir;
        struct run_options o = tiny_options(models[i], NULL);
        int64_t run = tiny_run(ws, &o, &run_dir);
        assert_int_equal(run_worker(run_dir, 0, 0, NULL), 0);
        struct story s = story_of(run_dir);
        assert_string_equal(s.text.data, "start epoch epoch epoch epoch epoch epoch end:done");
        assert_true(s.numbers);
        assert_true(run_recs_register(ws, run, "test", NULL));
        assert_true(run_recs_register(ws, run, "valid", NULL));
        assert_false(there(run_dir, "reserve"));
        assert_false(run_lock_held(run_dir, "lock"));
        buf_release(&s.text);
        free(run_dir);
    }
}

/* Other programs find the weights under the names of a Llama checkpoint. */
static void checkpoint_has_names(void **state)
{
    (void)state;
    char *run_dir;
    struct run_options o = tiny_options(RUN_SASREC, (const char *const[]){"epochs=1", NULL});
    tiny_run(ws, &o, &run_dir);
    assert_int_equal(run_worker(run_dir, 0, 0, NULL), 0);
    static const char *const names[] = {
        "model.embed_tokens.weight", "exp_avg.model.embed_tokens.weight",
        "exp_avg_sq.model.layers.0.self_attn.q_proj.weight", "best.model.norm.weight"};
    char *path = path_join(run_dir, "checkpoint.safetensors");
    struct tensors *t = tensors_open(path, NULL);
    assert_non_null(t);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_non_null(tensors_find(t, names[i]));
    assert_int_equal(tensors_find(t, names[0])->shape[1], 16);
    assert_string_equal(tensors_meta(t, "epoch"), "1");
    tensors_close(t);
    free(path);
    assert_true(there(run_dir, "checkpoint.json") && there(run_dir, "model.safetensors") &&
                there(run_dir, "config.json"));
    free(run_dir);
}

/* The kill comes after a share of the processor time of an uninterrupted run, so a loaded machine
 * does not move it. */
static void killed_and_resumed_same_bits(enum run_model model)
{
    static const double shares[] = {0.05, 0.15, 0.3, 0.5, 0.8};
    char *whole, *broken;
    double seconds;
    int kills = 0;
    struct run_options o = tiny_options(model, NULL);
    tiny_run(ws, &o, &whole);
    assert_int_equal(run_worker(whole, 0, 0, &seconds), 0);
    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        tiny_run(ws, &o, &broken);
        for (int tries = 0; tries < 3; tries++) { /* again and again at the same distance */
            int status = run_worker(broken, seconds * shares[i], 0, NULL);
            kills += WIFSIGNALED(status);
            assert_false(run_lock_held(broken, "lock"));
            if (!WIFSIGNALED(status))
                break;
        }
        assert_int_equal(run_worker(broken, 0, 0, NULL), 0);
        assert_true(tiny_file_equal(whole, broken, "recs-test.safetensors"));
        assert_true(tiny_file_equal(whole, broken, "recs-valid.safetensors"));
        assert_true(tiny_file_equal(whole, broken, "model.safetensors"));
        struct story s = story_of(broken); /* each epoch once, whatever was done twice */
        assert_int_equal(s.epoch, 6);
        buf_release(&s.text);
        free(broken);
    }
    assert_true(kills > 0); /* how many: a busy machine measures `seconds` badly */
    free(whole);
}

static void sasrec_resumes(void **state)
{
    (void)state;
    killed_and_resumed_same_bits(RUN_SASREC);
}

static void gr_resumes(void **state)
{
    (void)state;
    killed_and_resumed_same_bits(RUN_GR);
}

/* A request to stop before it begins: the checkpoint of the epochs so far is kept. */
static void cancel_keeps_checkpoint(void **state)
{
    (void)state;
    char *run_dir;
    struct error err = {0};
    struct progress progress = {.cancel = true};
    struct run_options o = tiny_options(RUN_SASREC, NULL);
    tiny_run(ws, &o, &run_dir);
    assert_false(worker_run(run_dir, -1, &progress, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    struct story s = story_of(run_dir);
    assert_string_equal(s.text.data, "end:cancelled");
    buf_release(&s.text);
    assert_int_equal(run_worker(run_dir, 0, 0, NULL), 0);
    free(run_dir);
}

static void expect_failure(const struct run_options *o, rlim_t largest, const char *says)
{
    char *run_dir;
    tiny_run(ws, o, &run_dir);
    int status = run_worker(run_dir, 0, largest, NULL);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    struct story s = story_of(run_dir);
    if (!strstr(s.text.data, "end:failed") || !strstr(s.reason, says))
        fail_msg("%s: %s", s.text.data, s.reason);
    buf_release(&s.text);
    free(run_dir);
}

static void no_number_is_reported(void **state)
{
    (void)state;
    struct run_options o =
        tiny_options(RUN_SASREC, (const char *const[]){"learning-rate=1000000", "warmup=0",
                                                       "epochs=100", "weight-decay=10", NULL});
    expect_failure(&o, 0, "number");
}

static void full_disk_is_reported(void **state)
{
    (void)state;
    struct run_options o = tiny_options(RUN_SASREC, NULL);
    expect_failure(&o, 20000, "checkpoint.safetensors");
}

static void other_data_are_refused(void **state)
{
    (void)state;
    char *run_dir;
    struct run_job job;
    struct run_options o = tiny_options(RUN_SASREC, NULL);
    tiny_run(ws, &o, &run_dir);
    assert_true(run_job_read(run_dir, &job, NULL));
    job.fingerprint ^= 1;
    assert_true(run_job_write(run_dir, &job, NULL));
    struct error err = {0};
    struct progress progress = {0};
    assert_false(worker_run(run_dir, -1, &progress, &err));
    assert_non_null(strstr(err.text, "other data"));
    free(run_dir);
}

/* Only one worker has a run. */
static void second_worker_is_refused(void **state)
{
    (void)state;
    char *run_dir;
    struct run_options o = tiny_options(RUN_SASREC, NULL);
    tiny_run(ws, &o, &run_dir);
    int lock = run_lock_take(run_dir, "lock", NULL);
    assert_true(lock >= 0 && run_lock_held(run_dir, "lock"));
    int status = run_worker(run_dir, 0, 0, NULL);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_false(there(run_dir, "events.jsonl"));
    run_lock_release(lock);
    assert_false(run_lock_held(run_dir, "lock"));
    free(run_dir);
}

/* Half a line, as a kill leaves it, and lines that are none. */
static void torn_events_are_passed_over(void **state)
{
    (void)state;
    char *run_dir;
    struct run_options o = tiny_options(RUN_SASREC, (const char *const[]){"epochs=1", NULL});
    tiny_run(ws, &o, &run_dir);
    static const char torn[] = "{\"seq\":1,\"time\":5,\"kind\":\"start\",\"data\":{}}\nnonsense\n"
                               "{\"seq\":2,\"time\":5,\"kind\":\"epo";
    char *path = path_join(run_dir, "events.jsonl");
    assert_true(file_write(path, torn, sizeof torn - 1, NULL));
    free(path);
    assert_int_equal(run_worker(run_dir, 0, 0, NULL), 0);
    struct story s = story_of(run_dir);
    assert_string_equal(s.text.data, "start start epoch end:done");
    buf_release(&s.text);
    free(run_dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_complete),      cmocka_unit_test(checkpoint_has_names),
        cmocka_unit_test(sasrec_resumes),           cmocka_unit_test(gr_resumes),
        cmocka_unit_test(cancel_keeps_checkpoint),  cmocka_unit_test(no_number_is_reported),
        cmocka_unit_test(full_disk_is_reported),    cmocka_unit_test(other_data_are_refused),
        cmocka_unit_test(second_worker_is_refused), cmocka_unit_test(torn_events_are_passed_over),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
