/*
 * What a run meets on its way: numbers that are none, a full disk, memory that runs out, damaged
 * checkpoints. It ends with the reason, its last good checkpoint stays, and it can be resumed from
 * there to the bits of a run that nothing happened to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/math/linalg.h"
#include "analysis/run/worker.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
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

static void expect_failure(const char *run_dir, const char *says)
{
    struct tiny_story s = tiny_story(run_dir);
    size_t n = strlen("end:failed");
    if (s.text.len < n || strcmp(s.text.data + s.text.len - n, "end:failed") != 0 ||
        !strstr(s.reason, says))
        fail_msg("%s: %s", s.text.data, s.reason);
    buf_release(&s.text);
    assert_false(run_lock_held(run_dir, "lock"));
}

static void expect_exit(int status, int code)
{
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

static int64_t size_of(const char *run_dir, const char *name)
{
    struct stat st = {0};
    char *path = path_join(run_dir, name);
    assert_int_equal(stat(path, &st), 0);
    free(path);
    return st.st_size;
}

/* A run that has been killed after it had written checkpoints, but was not done. */
static char *begun_run(const struct run_options *o)
{
    for (int tries = 0; tries < 100; tries++) {
        char *run_dir;
        tiny_run(ws, o, &run_dir);
        int status = tiny_work(run_dir, &(struct tiny_limits){.steps = 4});
        if (WIFSIGNALED(status) && tiny_there(run_dir, "checkpoint-1.safetensors"))
            return run_dir;
        free(run_dir);
    }
    fail_msg("no run can be killed in time");
    return NULL;
}

static void expect_same_lists(const char *a, const char *b)
{
    assert_true(tiny_file_equal(a, b, "recs-test.safetensors"));
    assert_true(tiny_file_equal(a, b, "model.safetensors"));
}

/* ---- numbers ---- */

static void no_number_keeps_the_checkpoint(void **state)
{
    (void)state;
    char *run_dir;
    struct run_options o =
        tiny_options(RUN_SASREC, (const char *const[]){"learning-rate=1000000", "warmup=0",
                                                       "epochs=100", "weight-decay=10", NULL});
    tiny_run(ws, &o, &run_dir);
    for (int tries = 0; tries < 2; tries++) { /* it would not help to try again */
        expect_exit(tiny_work(run_dir, NULL), 1);
        expect_failure(run_dir, "number");
    }
    char *path = path_join(run_dir, "checkpoint.safetensors");
    struct tensors *t = tensors_open(path, NULL);
    assert_true(t && tensors_verify(t, NULL, NULL));
    for (size_t i = 0; i < tensors_count(t); i++) {
        const struct tensor *x = tensors_at(t, i);
        for (int64_t k = 0; strncmp(x->name, "model.", 6) == 0 && k < x->count; k++)
            assert_true(isfinite(((const float *)x->data)[k]));
    }
    tensors_close(t);
    free(path);
    free(run_dir);
}

/* ---- disk ---- */

/* No file may grow: the next checkpoint does not fit. */
static void full_disk_keeps_the_checkpoint(void **state)
{
    (void)state;
    char *whole;
    struct run_options o = tiny_options(RUN_SASREC, NULL);
    tiny_run(ws, &o, &whole);
    expect_exit(tiny_work(whole, NULL), 0);
    char *run_dir = begun_run(&o), *kept = tiny_text(run_dir, "checkpoint.safetensors");
    int64_t size = size_of(run_dir, "checkpoint.safetensors");
    expect_exit(tiny_work(run_dir, &(struct tiny_limits){.file_bytes = 20000}), 1);
    expect_failure(run_dir, "File too large");
    assert_int_equal(size_of(run_dir, "checkpoint.safetensors"), size);
    char *now = tiny_text(run_dir, "checkpoint.safetensors");
    assert_memory_equal(kept, now, (size_t)size);
    expect_exit(tiny_work(run_dir, NULL), 0);
    expect_same_lists(whole, run_dir);
    free(now);
    free(kept);
    free(run_dir);
    free(whole);
}

static bool copy(const char *from, const char *to, const char *name)
{
    struct buf text;
    buf_init(&text);
    char *a = path_join(from, name), *b = path_join(to, name);
    bool ok = file_read(a, 1 << 28, &text, NULL);
    /* Written as it is: a replacement would follow the link to the name that is covered. */
    FILE *f = ok ? fopen(b, "we") : NULL;
    ok = f && fwrite(text.data, 1, text.len, f) == text.len;
    ok = f && fclose(f) == 0 && ok;
    free(a);
    free(b);
    buf_release(&text);
    return ok;
}

enum { NO_MOUNT = 77 };

/* In a process of its own: a disk of so many bytes over the run's folder, a worker on it, and what
 * it left copied to the folder below. */
static int work_on_small_disk(const char *run_dir, int64_t size_bytes)
{
    int below = open(run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *size = mem_printf("size=%lld", (long long)size_bytes);
    char *beneath = mem_printf("/proc/self/fd/%d", below);
    struct progress progress = {0};
    if ((unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", run_dir, "tmpfs", 0, size) != 0)
        return NO_MOUNT;
    if (!copy(beneath, run_dir, "job.json"))
        return 3;
    bool ok = worker_run(run_dir, -1, &progress, NULL);
    if (!copy(run_dir, beneath, "events.jsonl") ||
        !copy(run_dir, beneath, "checkpoint.safetensors"))
        return 4;
    return ok ? 0 : 1;
}

static void small_disk_keeps_the_checkpoint(void **state)
{
    (void)state;
    char *whole, *run_dir;
    int status;
    struct run_options o = tiny_options(
        RUN_SASREC, (const char *const[]){"width=64", "epochs=3", "batch-tokens=500", NULL});
    tiny_run(ws, &o, &whole);
    expect_exit(tiny_work(whole, NULL), 0);
    int64_t checkpoint = size_of(whole, "checkpoint.safetensors");
    tiny_run(ws, &o, &run_dir);
    pid_t child = fork();
    if (child == 0) /* room for one checkpoint and half of the next */
        _exit(work_on_small_disk(run_dir, checkpoint * 3 / 2 + (1 << 17)));
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_MOUNT) {
        print_message("skipped: this process may not mount a small disk\n");
        skip();
    }
    expect_exit(status, 1);
    expect_failure(run_dir, "No space left on device");
    expect_exit(tiny_work(run_dir, NULL), 0);
    expect_same_lists(whole, run_dir);
    free(run_dir);
    free(whole);
}

/* ---- memory ---- */

/* The shadow of the address sanitizer is larger than any limit, and malloc is its own. */
#if defined(__SANITIZE_ADDRESS__)
#define COUNT_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNT_MALLOC 0
#endif
#endif
#ifndef COUNT_MALLOC
#define COUNT_MALLOC 1
#endif

static void expect_done_or_out_of_memory(const char *run_dir, int status)
{
    if (!WIFEXITED(status))
        fail_msg("the worker was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        expect_failure(run_dir, "memory");
}

/* From nearly no memory to enough. */
static void memory_that_runs_out_is_said(void **state)
{
    (void)state;
    if (!COUNT_MALLOC)
        skip();
    struct run_options o =
        tiny_options(RUN_SASREC, (const char *const[]){"epochs=1", "width=128", NULL});
    int failed = 0, done = 0;
    for (int64_t kib = 1200; !done && kib < 1 << 22; kib = kib * 3 / 2) {
        char *run_dir;
        tiny_run(ws, &o, &run_dir);
        int status = tiny_work(run_dir, &(struct tiny_limits){.memory_bytes = kib << 10});
        expect_done_or_out_of_memory(run_dir, status);
        failed += WEXITSTATUS(status) != 0;
        done += WEXITSTATUS(status) == 0;
        free(run_dir);
    }
    assert_true(failed > 3 && done == 1);
}

#if COUNT_MALLOC
/* The C library's own, and one that refuses once. */
extern void *__libc_malloc(size_t size);
extern void *malloc(size_t size);
static atomic_long countdown;
enum { FIRST_MALLOC = 300 }; /* the worker has its job and its log by then, so it can say so */

void *malloc(size_t size)
{
    if (atomic_load(&countdown) > 0 && atomic_fetch_sub(&countdown, 1) == 1)
        return NULL;
    return __libc_malloc(size);
}

/* Any single allocation, large or small. */
static void any_allocation_may_fail(void **state)
{
    (void)state;
    struct run_options o = tiny_options(RUN_SASREC, (const char *const[]){"epochs=1", NULL});
    int failed = 0, done = 0;
    for (long n = FIRST_MALLOC; !done; n = n * 5 / 4) {
        char *run_dir;
        tiny_run(ws, &o, &run_dir);
        atomic_store(&countdown, n);
        int status = tiny_work(run_dir, NULL);
        atomic_store(&countdown, 0);
        expect_done_or_out_of_memory(run_dir, status);
        failed += WEXITSTATUS(status) != 0;
        done += WEXITSTATUS(status) == 0;
        free(run_dir);
    }
    assert_true(failed > 3);
}
#endif

/* ---- damage ---- */

static void flip_a_byte(const char *run_dir, const char *name)
{
    char *path = path_join(run_dir, name), byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    off_t middle = lseek(fd, 0, SEEK_END) / 2;
    assert_int_equal(pread(fd, &byte, 1, middle), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, middle), 1);
    close(fd);
    free(path);
}

static void damaged_checkpoint_is_passed_over(void **state)
{
    (void)state;
    char *whole;
    struct run_options o = tiny_options(RUN_SASREC, NULL);
    tiny_run(ws, &o, &whole);
    expect_exit(tiny_work(whole, NULL), 0);
    char *run_dir = begun_run(&o);
    flip_a_byte(run_dir, "checkpoint.safetensors");
    expect_exit(tiny_work(run_dir, NULL), 0);
    expect_same_lists(whole, run_dir);
    char *events = tiny_text(run_dir, "events.jsonl");
    assert_non_null(strstr(events, "\"passed_over\""));
    free(events);
    free(run_dir);

    run_dir = begun_run(&o); /* both: there is nothing to go on from */
    flip_a_byte(run_dir, "checkpoint.safetensors");
    flip_a_byte(run_dir, "checkpoint-1.safetensors");
    expect_exit(tiny_work(run_dir, NULL), 1);
    expect_failure(run_dir, "checkpoint-1.safetensors");
    free(run_dir);
    free(whole);
}

static void as_many_checkpoints_as_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *option;
        int kept;
    } cases[] = {{"checkpoints=1", 1}, {"checkpoints=2", 2}, {"checkpoints=4", 4}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *run_dir;
        struct run_options o =
            tiny_options(RUN_SASREC, (const char *const[]){"epochs=6", cases[i].option, NULL});
        tiny_run(ws, &o, &run_dir);
        expect_exit(tiny_work(run_dir, NULL), 0);
        for (int age = 1; age < 6; age++) {
            char *name = mem_printf("checkpoint-%d.safetensors", age);
            assert_int_equal(tiny_there(run_dir, name), age < cases[i].kept);
            free(name);
        }
        free(run_dir);
    }
}

int main(void)
{
    mallopt(M_ARENA_MAX, 1); /* others keep room aside that no limit sees */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_number_keeps_the_checkpoint),
        cmocka_unit_test(full_disk_keeps_the_checkpoint),
        cmocka_unit_test(small_disk_keeps_the_checkpoint),
        cmocka_unit_test(memory_that_runs_out_is_said),
#if COUNT_MALLOC
        cmocka_unit_test(any_allocation_may_fail),
#endif
        cmocka_unit_test(damaged_checkpoint_is_passed_over),
        cmocka_unit_test(as_many_checkpoints_as_wanted),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
