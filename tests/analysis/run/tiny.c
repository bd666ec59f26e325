#include "tests/analysis/run/tiny.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <malloc.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/run/worker.h"

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/import/import.h"

enum { USERS = 60, ITEMS = 40, LENGTH = 9 };

static void write_data(const char *dir, char *paths[2])
{
    static const char *const words[] = {"lamp", "kettle", "rope", "drum", "chair"};
    struct buf inter, items;
    buf_init(&inter);
    buf_init(&items);
    buf_adds(&inter, "user_id:token\titem_id:token\ttimestamp:float\n");
    buf_adds(&items, "item_id:token\ttitle:token_seq\tclass:token_seq\n");
    for (int u = 0; u < USERS; u++)
        for (int i = 0, x = u * 7 % ITEMS; i < LENGTH; i++, x = (x * 3 + 7 + u % 2) % ITEMS)
            buf_addf(&inter, "u%02d\ti%02d\t%d\n", u, x, 1000 + i);
    for (int x = 0; x < ITEMS; x++)
        buf_addf(&items, "i%02d\tbig %s number %d\tshop %s\n", x, words[x % 5], x / 10,
                 words[x % 4]);
    paths[0] = mem_printf("%s/tiny.inter", dir);
    paths[1] = mem_printf("%s/tiny.item", dir);
    assert_true(file_write(paths[0], inter.data, inter.len, NULL));
    assert_true(file_write(paths[1], items.data, items.len, NULL));
    buf_release(&inter);
    buf_release(&items);
}

struct workspace *tiny_workspace(char **dir)
{
    char name[] = "/tmp/rote-test-XXXXXX", *paths[2];
    assert_non_null(mkdtemp(name));
    write_data(name, paths);
    *dir = mem_printf("%s/workspace", name);
    struct error err = {0};
    struct import_result result;
    struct import_options options = {.paths = (const char *const *)paths, .n_paths = 2};
    if (!import_run(&options, NULL, &result, &err) ||
        !workspace_create(*dir, &result, false, NULL, &err))
        fail_msg("%s", err.text);
    import_result_release(&result);
    free(paths[0]);
    free(paths[1]);
    struct workspace *ws = workspace_open(*dir, WORKSPACE_READ_WRITE, &err);
    if (!ws)
        fail_msg("%s", err.text);
    return ws;
}

void tiny_remove(struct workspace *ws, char *dir)
{
    workspace_close(ws);
    *strrchr(dir, '/') = '\0';
    assert_true(dir_remove(dir, NULL));
    free(dir);
}

struct run_options tiny_options(enum run_model model, const char *const *more)
{
    static const char *const common[] = {"epochs=6",
                                         "width=16",
                                         "layers=1",
                                         "heads=2",
                                         "mlp=2",
                                         "items=6",
                                         "batch-tokens=250",
                                         "learning-rate=0.01",
                                         "checkpoint-seconds=0",
                                         "patience=0",
                                         NULL};
    static const char *const of_gr[] = {"levels=2", "codes=4", "embed-width=8", "beam=20", NULL};
    struct run_options o = run_options_default(model);
    struct error err = {0};
    const char *const *const lists[] = {common, model == RUN_GR ? of_gr : NULL, more};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (const char *const *at = lists[i]; at && *at; at++)
            if (!run_options_set(&o, *at, &err))
                fail_msg("%s", err.text);
    return o;
}

int64_t tiny_run(struct workspace *ws, const struct run_options *options, char **run_dir)
{
    struct workspace_facts facts;
    struct run_info info = {.model = (char[]){"tiny"}};
    struct run_job job = {.options = *options, .on = TRAINED_ON_TRAIN};
    assert_true(workspace_facts(ws, &facts, NULL));
    assert_true(run_create(ws, &info, &job.run, NULL));
    job.fingerprint = facts.fingerprint;
    char *import_id = workspace_get(ws, "import_id");
    snprintf(job.import_id, sizeof job.import_id, "%s", import_id);
    free(import_id);
    *run_dir = workspace_run_dir(ws, job.run);
    assert_true(run_job_write(*run_dir, &job, NULL));
    return job.run;
}

int64_t tiny_external(struct workspace *ws, const char *command, const char *strategy,
                      char **run_dir)
{
    struct workspace_facts facts;
    struct run_info info = {.model = (char[]){"outside"}};
    struct run_job job = {.on = TRAINED_ON_TRAIN,
                          .launcher = LAUNCHER_COMMAND,
                          .model = (char[]){"outside"},
                          .settings = (char[]){"{\"seed\": 3}"},
                          .command = (char *)(uintptr_t)command,
                          .directory = (char[]){"/tmp"}};
    assert_true(strategy_parse(strategy ? strategy : "next-item", &job.options.strategy, NULL));
    assert_true(workspace_facts(ws, &facts, NULL));
    assert_true(run_create(ws, &info, &job.run, NULL));
    job.fingerprint = facts.fingerprint;
    char *import_id = workspace_get(ws, "import_id");
    snprintf(job.import_id, sizeof job.import_id, "%s", import_id);
    free(import_id);
    *run_dir = workspace_run_dir(ws, job.run);
    assert_true(run_job_write(*run_dir, &job, NULL));
    return job.run;
}

/* ---- workers ---- */

/* Bytes of address space. */
static rlim_t own_memory(void)
{
    struct buf text;
    long long pages = 0;
    buf_init(&text);
    if (!file_read("/proc/self/statm", 200, &text, NULL) || sscanf(text.data, "%lld", &pages) != 1)
        pages = 0;
    buf_release(&text);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static bool limit(const struct tiny_limits *l)
{
    if (l->memory_bytes > 0) { /* what earlier tests left free does not count */
        mallopt(M_MMAP_THRESHOLD, 1 << 16);
        malloc_trim(0);
    }
    rlim_t memory = own_memory() + (rlim_t)l->memory_bytes, file = (rlim_t)l->file_bytes;
    return (l->file_bytes <= 0 || setrlimit(RLIMIT_FSIZE, &(struct rlimit){file, file}) == 0) &&
           (l->memory_bytes <= 0 || setrlimit(RLIMIT_AS, &(struct rlimit){memory, memory}) == 0);
}

/* Until it ends, or has made so many updates. */
static void watch(pid_t child, const char *run_dir, int64_t steps)
{
    siginfo_t info = {0};
    int64_t made = 0;
    double seconds;
    while (steps > 0 && made < steps && info.si_pid == 0) {
        assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT), 0);
        run_steps_read(run_dir, &made, &seconds);
        sched_yield();
    }
    if (steps > 0)
        kill(child, SIGKILL);
}

int tiny_work(const char *run_dir, const struct tiny_limits *limits)
{
    pid_t child = fork();
    if (child == 0) {
        struct progress progress = {0};
        signal(SIGXFSZ, SIG_IGN);
        if (limits && !limit(limits))
            _exit(3);
        _exit(worker_run(run_dir, -1, &progress, NULL) ? 0 : 1);
    }
    int status;
    watch(child, run_dir, limits ? limits->steps : 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    return status;
}

static struct progress *stopped;

static void stop_now(int signo)
{
    (void)signo;
    atomic_store(&stopped->cancel, true);
}

void tiny_stop_on_term(struct progress *progress)
{
    stopped = progress;
    signal(SIGTERM, stop_now);
}

/* ---- what it says ---- */

static void tell_epoch(struct tiny_story *s, const struct jval *data)
{
    static const char *const figures[] = {
        "loss",       "recall@10",        "ndcg@10", "one_hop", "one_hop_shuffle",
        "extraction", "tokens_per_second"};
    assert_int_equal(jval_int(jval_get(data, "epoch"), 0), ++s->epoch);
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        s->numbers = s->numbers && !isnan(jval_real(jval_get(data, figures[i]), NAN));
    s->last_recall10 = jval_real(jval_get(data, "recall@10"), NAN);
    s->last_extraction = jval_real(jval_get(data, "extraction"), NAN);
}

static void tell_start(struct tiny_story *s, const struct jval *data)
{
    const struct jval *semids = jval_get(data, "semids");
    int64_t steps = jval_int(jval_get(data, "steps_again"), 0);
    s->steps_again = steps > s->steps_again ? steps : s->steps_again;
    s->seconds_again = fmax(s->seconds_again, jval_real(jval_get(data, "seconds_again"), 0));
    s->id_levels = (int32_t)jval_int(semids ? jval_get(semids, "levels") : NULL, 0);
    if (semids)
        assert_true(jval_bool(jval_get(semids, "own"), false) &&
                    jval_int(jval_get(semids, "colliding"), -1) == 0);
}

static bool tell(void *context, const struct run_event *e)
{
    struct tiny_story *s = context;
    struct jval *data = jval_parse(e->data, strlen(e->data), NULL);
    assert_int_equal(e->seq, s->seq + 1);
    s->seq = e->seq;
    buf_addf(&s->text, "%s%s", s->text.len ? " " : "", e->kind);
    if (strcmp(e->kind, "epoch") == 0)
        tell_epoch(s, data);
    if (strcmp(e->kind, "start") == 0)
        tell_start(s, data);
    if (strcmp(e->kind, "end") == 0) {
        const char *reason = jval_string(jval_get(data, "reason"));
        buf_addf(&s->text, ":%s", jval_string(jval_get(data, "state")));
        snprintf(s->reason, sizeof s->reason, "%s", reason ? reason : "");
        s->best_epoch = jval_int(jval_get(data, "best_epoch"), -1);
    }
    jval_free(data);
    return true;
}

struct tiny_story tiny_story(const char *run_dir)
{
    struct tiny_story s = {.numbers = true};
    buf_init(&s.text);
    assert_true(run_events_scan(run_dir, 0, tell, &s, NULL));
    return s;
}

bool tiny_there(const char *run_dir, const char *name)
{
    char *path = path_join(run_dir, name);
    bool exists = file_exists(path);
    free(path);
    return exists;
}

char *tiny_text(const char *run_dir, const char *name)
{
    struct buf text;
    struct error err = {0};
    buf_init(&text);
    char *path = path_join(run_dir, name);
    if (!file_read(path, 1 << 28, &text, &err))
        fail_msg("%s", err.text);
    free(path);
    return buf_detach(&text);
}

struct run_info tiny_info(struct workspace *ws, int64_t run)
{
    struct run_info info;
    struct error err = {0};
    if (!run_get(ws, run, &info, &err))
        fail_msg("%s", err.text);
    return info;
}

bool tiny_file_equal(const char *dir_a, const char *dir_b, const char *name)
{
    struct buf a, b;
    buf_init(&a);
    buf_init(&b);
    char *path_a = path_join(dir_a, name), *path_b = path_join(dir_b, name);
    assert_true(file_read(path_a, 1 << 28, &a, NULL));
    assert_true(file_read(path_b, 1 << 28, &b, NULL));
    bool equal = a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
    free(path_a);
    free(path_b);
    buf_release(&a);
    buf_release(&b);
    return equal;
}
