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

/* ---- tests ---- */

static void events_are_complete(void **state)
{
    (void)state;
    static const enum run_model models[] = {RUN_SASREC, RUN_GR};
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        char *run_dir;
        struct run_options o = tiny_options(models[i], NULL);
        int64_t run = tiny_run(ws, &o, &run_dir);
        assert_int_equal(tiny_work(run_dir, NULL), 0);
        struct tiny_story s = tiny_story(run_dir);
        assert_string_equal(s.text.data, "start epoch epoch epoch epoch epoch epoch end:done");
        assert_int_equal(s.id_levels, models[i] == RUN_GR ? 3 : 0);
        assert_true(s.numbers);
        assert_true(run_recs_register(ws, run, "test", NULL));
        assert_true(run_recs_register(ws, run, "valid", NULL));
        assert_false(tiny_there(run_dir, "reserve"));
        assert_false(run_lock_held(run_dir, "lock"));
        buf_release(&s.text);
        free(run_dir);
    }
}

/* Ids are made as asked, and made anew they are the same. */
static void ids_are_made_as_asked(void **state)
{
    (void)state;
    static const char *const more[][4] = {{"ids=rqvae", "rqvae-epochs=3", "epochs=1", NULL},
                                          {"ids=rqvae", "rqvae-epochs=3", "epochs=1", NULL},
                                          {"ids=kmeans", "epochs=1", NULL},
                                          {"epochs=1", NULL}}; /* these data bring none */
    char *run_dir[ARRAY_LEN(more)];
    for (size_t i = 0; i < ARRAY_LEN(more); i++) {
        struct run_options o = tiny_options(RUN_GR, more[i]);
        tiny_run(ws, &o, &run_dir[i]);
        assert_int_equal(tiny_work(run_dir[i], NULL), 0);
    }
    assert_true(tiny_file_equal(run_dir[0], run_dir[1], "semid.safetensors"));
    assert_true(tiny_file_equal(run_dir[2], run_dir[3], "semid.safetensors"));
    assert_false(tiny_file_equal(run_dir[0], run_dir[2], "semid.safetensors"));
    for (size_t i = 0; i < ARRAY_LEN(more); i++)
        free(run_dir[i]);
}

/* Other programs find the weights under the names of a Llama checkpoint. */
static void checkpoint_has_names(void **state)
{
    (void)state;
    char *run_dir;
    struct run_options o = tiny_options(RUN_SASREC, (const char *const[]){"epochs=1", NULL});
    tiny_run(ws, &o, &run_dir);
    assert_int_equal(tiny_work(run_dir, NULL), 0);
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
    assert_true(tiny_there(run_dir, "checkpoint.json") &&
                tiny_there(run_dir, "model.safetensors") && tiny_there(run_dir, "config.json"));
    free(run_dir);
}

/* Killed after so many updates, three times over; where exactly within the next is chance. */
static void killed_and_resumed_same_bits(enum run_model model)
{
    static const int64_t steps[] = {1, 3, 6, 10, 13};
    char *whole, *broken;
    int kills = 0;
    struct run_options o = tiny_options(model, NULL);
    tiny_run(ws, &o, &whole);
    assert_int_equal(tiny_work(whole, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        tiny_run(ws, &o, &broken);
        for (int tries = 0; tries < 3; tries++) {
            int status = tiny_work(broken, &(struct tiny_limits){.steps = steps[i] + tries});
            kills += WIFSIGNALED(status);
            assert_false(run_lock_held(broken, "lock"));
        }
        assert_int_equal(tiny_work(broken, NULL), 0);
        assert_true(tiny_file_equal(whole, broken, "recs-test.safetensors"));
        assert_true(tiny_file_equal(whole, broken, "recs-valid.safetensors"));
        assert_true(tiny_file_equal(whole, broken, "model.safetensors"));
        struct tiny_story s = tiny_story(broken); /* each epoch once, whatever was done twice */
        assert_int_equal(s.epoch, 6);
        assert_true(s.steps_again <= 1); /* there is a checkpoint after each step */
        buf_release(&s.text);
        free(broken);
    }
    assert_true(kills > 0);
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

/* Strategies with options that change nothing, all together, give next-item's bits; one that
 * changes something does not. */
static void neutral_strategies_same_bits(void **state)
{
    (void)state;
    static const char neutral[] =
        "augment:p=0+item-dropout:rate=0+multi-hop:h=1+iirg:lambda_c=0,lambda_s=0+hop-weight:beta=0"
        "+dedup:r=1000000+goldfish:k=0+unlikelihood:alpha=0+smooth:eps=0";
    static const enum run_model models[] = {RUN_SASREC, RUN_GR};
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        const char *const strategies[] = {"next-item", neutral, "hop-weight:beta=1"};
        char *run_dir[3];
        for (size_t k = 0; k < 3; k++) {
            struct run_options o = tiny_options(models[i], (const char *const[]){"epochs=2", NULL});
            assert_true(strategy_parse(strategies[k], &o.strategy, NULL));
            tiny_run(ws, &o, &run_dir[k]);
            assert_int_equal(tiny_work(run_dir[k], NULL), 0);
        }
        assert_true(tiny_file_equal(run_dir[0], run_dir[1], "model.safetensors"));
        assert_true(tiny_file_equal(run_dir[0], run_dir[1], "recs-test.safetensors"));
        assert_false(tiny_file_equal(run_dir[0], run_dir[2], "model.safetensors"));
        for (size_t k = 0; k < 3; k++)
            free(run_dir[k]);
    }
}

/* Validation targets that are trained on choose nothing: all epochs, the last one is kept. */
static void train_and_valid_choose_nothing(void **state)
{
    (void)state;
    static const enum run_model models[] = {RUN_SASREC, RUN_GR};
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        char *run_dir;
        struct run_job job;
        struct run_options o = tiny_options(models[i], (const char *const[]){"patience=1", NULL});
        tiny_run(ws, &o, &run_dir);
        assert_true(run_job_read(run_dir, &job, NULL));
        job.on = TRAINED_ON_TRAIN_VALID;
        assert_true(run_job_write(run_dir, &job, NULL));
        run_job_release(&job);
        assert_int_equal(tiny_work(run_dir, NULL), 0);
        struct tiny_story s = tiny_story(run_dir);
        assert_string_equal(s.text.data, "start epoch epoch epoch epoch epoch epoch end:done");
        assert_int_equal(s.best_epoch, 6);
        assert_true(isnan(s.last_recall10) && s.last_extraction >= 0);
        buf_release(&s.text);
        free(run_dir);
    }
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
    struct tiny_story s = tiny_story(run_dir);
    assert_string_equal(s.text.data, "end:cancelled");
    buf_release(&s.text);
    assert_int_equal(tiny_work(run_dir, NULL), 0);
    free(run_dir);
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
    int status = tiny_work(run_dir, NULL);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_false(tiny_there(run_dir, "events.jsonl"));
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
    assert_int_equal(tiny_work(run_dir, NULL), 0);
    struct tiny_story s = tiny_story(run_dir);
    assert_string_equal(s.text.data, "start start epoch end:done");
    buf_release(&s.text);
    free(run_dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_complete),
        cmocka_unit_test(ids_are_made_as_asked),
        cmocka_unit_test(checkpoint_has_names),
        cmocka_unit_test(sasrec_resumes),
        cmocka_unit_test(gr_resumes),
        cmocka_unit_test(neutral_strategies_same_bits),
        cmocka_unit_test(train_and_valid_choose_nothing),
        cmocka_unit_test(cancel_keeps_checkpoint),
        cmocka_unit_test(other_data_are_refused),
        cmocka_unit_test(second_worker_is_refused),
        cmocka_unit_test(torn_events_are_passed_over),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
