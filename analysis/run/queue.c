#include "analysis/run/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analysis/run/folder.h"
#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/run_file.h"
#include "storage/db/run_store.h"

/* A run without a job after so long has lost its launcher. */
enum { LAUNCH_SECONDS = 60, LOG_LINES = 3, INGEST_SECONDS = 10 };

static bool unfinished(const char *state)
{
    return strcmp(state, "queued") == 0 || strcmp(state, "running") == 0;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000 * 1000}, NULL);
}

/* ---- ingesting ---- */

/* Events of one run that are not in the database yet. */
struct batch {
    struct run_event *event;
    size_t n, cap;
};

static bool keep_event(void *context, const struct run_event *e)
{
    struct batch *b = context;
    MEM_GROW(b->event, b->n + 1, b->cap);
    b->event[b->n++] = (struct run_event){
        .seq = e->seq, .time = e->time, .kind = mem_strdup(e->kind), .data = mem_strdup(e->data)};
    return true;
}

static void batch_release(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        free((char *)(uintptr_t)b->event[i].kind);
        free((char *)(uintptr_t)b->event[i].data);
    }
    free(b->event);
}

static void set_text(char **field, const char *text)
{
    free(*field);
    *field = mem_strdup(text ? text : "");
}

static void fail(struct run_info *info, const char *reason)
{
    set_text(&info->state, "failed");
    set_text(&info->error, reason);
    info->ended = clock_wall_seconds();
}

static void take_lists(struct workspace *ws, struct run_info *info)
{
    struct error why = {0};
    if (!run_recs_register(ws, info->id, "test", &why) ||
        !run_recs_register(ws, info->id, "valid", &why))
        fail(info, why.text);
}

static void take_event(struct run_info *info, const struct run_event *e)
{
    struct jval *data = jval_parse(e->data, strlen(e->data), NULL);
    if (strcmp(e->kind, "start") == 0) {
        set_text(&info->state, "running");
        set_text(&info->kernel, jval_string(jval_get(data, "kernel")));
        info->started = e->time;
    } else if (strcmp(e->kind, "epoch") == 0) {
        info->seconds = jval_real(jval_get(data, "seconds"), info->seconds);
    } else if (strcmp(e->kind, "end") == 0) {
        const char *state = jval_string(jval_get(data, "state"));
        bool known = state && (strcmp(state, "done") == 0 || strcmp(state, "cancelled") == 0);
        set_text(&info->state, known ? state : "failed");
        set_text(&info->error, jval_string(jval_get(data, "reason")));
        info->seconds = jval_real(jval_get(data, "seconds"), info->seconds);
        info->ended = e->time;
    }
    jval_free(data);
}

static void note_death(struct run_info *info, const char *dir)
{
    struct buf text;
    buf_init(&text);
    run_log_tail(dir, LOG_LINES, &text);
    char *reason =
        mem_printf("died: its worker ended without a word%s%s; `rote runs resume %s` continues it",
                   text.len ? "; it last said: " : "", text.data, info->name);
    fail(info, reason);
    free(reason);
    buf_release(&text);
}

/* With the ingest lock; *info is what the database says. */
static bool ingest_run(struct workspace *ws, struct run_info *info, const char *dir,
                       struct error *err)
{
    struct batch batch = {0};
    int64_t last = 0;
    bool alive = run_lock_held(dir, "lock"); /* first: what it says with its last breath counts */
    bool ok = run_events_last(ws, info->id, &last, err) &&
              run_events_scan(dir, last, keep_event, &batch, err);
    for (size_t i = 0; ok && i < batch.n; i++)
        take_event(info, &batch.event[i]);
    bool died = ok && !alive && unfinished(info->state);
    if (died)
        note_death(info, dir);
    else if (ok && strcmp(info->state, "done") == 0)
        take_lists(ws, info);
    if (ok && (batch.n > 0 || died))
        ok = run_events_take(ws, info, batch.event, batch.n, err);
    batch_release(&batch);
    return ok;
}

/* A run that is being launched, or whose launcher has gone. */
static bool without_job(struct workspace *ws, struct run_info *info, struct error *err)
{
    return clock_wall_seconds() - info->created < LAUNCH_SECONDS ||
           run_set_state(ws, info->id, "failed", "its worker was never started", err);
}

static bool ingest_all(struct workspace *ws, struct error *err)
{
    struct run_list list;
    if (!run_list_read(ws, &list, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < list.n; i++) {
        struct run_info *info = &list.run[i];
        if (!unfinished(info->state))
            continue;
        char *dir = workspace_run_dir(ws, info->id), *job = path_join(dir, "job.json");
        ok = file_exists(job) ? ingest_run(ws, info, dir, err) : without_job(ws, info, err);
        free(job);
        free(dir);
    }
    run_list_release(&list);
    return ok;
}

static bool any_unfinished(struct workspace *ws, bool *any, struct error *err)
{
    struct run_list list;
    if (!run_list_read(ws, &list, err))
        return false;
    *any = false;
    for (size_t i = 0; i < list.n; i++)
        *any = *any || unfinished(list.run[i].state);
    run_list_release(&list);
    return true;
}

/* Whoever changes the states of runs holds this. */
static int ingest_lock(struct workspace *ws, struct error *err)
{
    char *runs = workspace_path(ws, "runs", "");
    int fd = dir_make(runs, err) ? run_lock_wait(runs, "ingest.lock", INGEST_SECONDS, err) : -1;
    free(runs);
    return fd;
}

bool queue_ingest(struct workspace *ws, struct error *err)
{
    bool any;
    if (workspace_is_read_only(ws))
        return true;
    if (!any_unfinished(ws, &any, err))
        return false;
    if (!any)
        return true;
    int lock = ingest_lock(ws, err);
    bool ok = lock >= 0 && ingest_all(ws, err);
    run_lock_release(lock);
    return ok;
}

/* ---- starting ---- */

struct launch {
    const char *program;
    char *const *argv;
    int null, log, lock; /* what becomes 0, 1 and 2, and LOCK_FD */
    int report;          /* where the reason goes when the program cannot be started */
};

enum { LOCK_FD = 3, ABOVE = 16 };

/* In the child of a fork, perhaps of a program with many threads: system calls only. */
static void become_worker(const struct launch *l)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    pid_t worker = fork(); /* adopted by init: nobody has to wait for it */
    if (worker != 0)
        _exit(worker < 0);
    /* Out of the way of 0 .. LOCK_FD first. */
    int null = fcntl(l->null, F_DUPFD_CLOEXEC, ABOVE), log = fcntl(l->log, F_DUPFD_CLOEXEC, ABOVE);
    int lock = fcntl(l->lock, F_DUPFD_CLOEXEC, ABOVE);
    int report = fcntl(l->report, F_DUPFD_CLOEXEC, ABOVE);
    if (null >= 0 && log >= 0 && lock >= 0 && report >= 0 && dup2(null, 0) == 0 &&
        dup2(log, 1) == 1 && dup2(log, 2) == 2 && dup2(lock, LOCK_FD) == LOCK_FD) {
        close_range(LOCK_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC);
        execv(l->program, l->argv);
    }
    int why = errno;
    if (report < 0 || write(report, &why, sizeof why) != sizeof why)
        _exit(2);
    _exit(1);
}

static bool fork_worker(const struct launch *l, int reports, struct error *err)
{
    pid_t child = fork();
    if (child == 0)
        become_worker(l);
    close(l->report);
    if (child < 0)
        return error_set_errno(err, errno, "cannot start a worker");
    int status, why = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (read(reports, &why, sizeof why) == sizeof why)
        return error_set_errno(err, why, "cannot start %s as a worker", l->program);
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           error_set(err, ERROR_IO, "cannot start a worker: no process can be made");
}

/* `lock` is the run's; the worker inherits it. */
static bool launch(const char *dir, int lock, struct error *err)
{
    if (ftruncate(lock, 0) != 0) /* the number of a worker before it */
        return error_set_errno(err, errno, "cannot write %s/lock", dir);
    char *log = path_join(dir, "worker.log"), number[16];
    const char *other = getenv("ROTE_PROGRAM");
    snprintf(number, sizeof number, "%d", LOCK_FD);
    char *argv[] = {(char[]){"rote"}, (char[]){"worker"}, (char *)(uintptr_t)dir, number, NULL};
    struct launch l = {.program = other ? other : "/proc/self/exe",
                       .argv = argv,
                       .lock = lock,
                       .null = open("/dev/null", O_RDWR | O_CLOEXEC),
                       .log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
    int ends[2];
    bool ok = (l.null >= 0 && l.log >= 0 && pipe2(ends, O_CLOEXEC) == 0) ||
              error_set_errno(err, errno, "cannot start a worker for %s", dir);
    if (ok) {
        l.report = ends[1];
        ok = fork_worker(&l, ends[0], err);
        close(ends[0]);
    }
    if (l.null >= 0)
        close(l.null);
    if (l.log >= 0)
        close(l.log);
    free(log);
    return ok;
}

static bool write_job(struct workspace *ws, int64_t run, const struct run_request *request,
                      const char *dir, struct error *err)
{
    struct workspace_facts facts;
    struct run_job job = {.run = run, .on = request->on, .options = request->options};
    if (!workspace_facts(ws, &facts, err))
        return false;
    job.fingerprint = facts.fingerprint;
    char *import_id = workspace_get(ws, "import_id");
    snprintf(job.import_id, sizeof job.import_id, "%s", import_id ? import_id : "");
    free(import_id);
    return run_job_write(dir, &job, err);
}

static bool create(struct workspace *ws, const struct run_request *request, int64_t *run,
                   struct error *err)
{
    struct jval *o = run_options_json(&request->options);
    struct buf options;
    buf_init(&options);
    jval_write(o, false, &options);
    jval_free(o);
    char *model = mem_strdup(run_model_name(request->options.model));
    struct run_info info = {
        .name = (char *)(uintptr_t)request->name,
        .model = model,
        .options_json = options.data,
        .trained_on =
            (char *)(uintptr_t)(request->on == TRAINED_ON_TRAIN ? "train" : "train+valid"),
        .seed = (int64_t)request->options.value[OPTION_SEED],
    };
    bool ok = run_create(ws, &info, run, err);
    free(model);
    buf_release(&options);
    return ok;
}

bool queue_submit(struct workspace *ws, const struct run_request *request, int64_t *run,
                  struct error *err)
{
    if (!run_options_check(&request->options, err) || !create(ws, request, run, err))
        return false;
    char *dir = workspace_run_dir(ws, *run);
    int lock = run_lock_take(dir, "lock", err);
    bool ok = lock >= 0 && write_job(ws, *run, request, dir, err) && launch(dir, lock, err);
    run_lock_release(lock);
    free(dir);
    if (!ok)
        run_delete(ws, *run, NULL);
    return ok;
}

static bool resume(struct workspace *ws, int64_t run, struct error *err)
{
    struct run_info info;
    if (!run_get(ws, run, &info, err))
        return false;
    char *dir = workspace_run_dir(ws, run), *job = path_join(dir, "job.json");
    int lock = -1;
    bool ok = true;
    if (strcmp(info.state, "failed") != 0 && strcmp(info.state, "cancelled") != 0)
        ok = error_set(err, ERROR_STATE, "the run %s is %s: there is nothing to resume", info.name,
                       info.state);
    else if (!file_exists(job))
        ok = error_set(err, ERROR_STATE, "the run %s was not trained by a worker; train it anew",
                       info.name);
    else
        lock = run_lock_take(dir, "lock", err);
    ok = ok && lock >= 0 && run_set_state(ws, run, "queued", NULL, err);
    struct error why = {0};
    if (ok && !launch(dir, lock, &why)) {
        run_set_state(ws, run, info.state, why.text, NULL);
        ok = error_set(err, why.code, "%s", why.text);
    }
    run_lock_release(lock);
    free(job);
    free(dir);
    run_info_release(&info);
    return ok;
}

bool queue_resume(struct workspace *ws, int64_t run, struct error *err)
{
    if (!queue_ingest(ws, err))
        return false;
    int lock = ingest_lock(ws, err);
    bool ok = lock >= 0 && resume(ws, run, err);
    run_lock_release(lock);
    return ok;
}

/* ---- stopping ---- */

/* Until the worker's lock is free; false: it is not after `seconds`. */
static bool wait_gone(const char *dir, double seconds)
{
    double until = clock_monotonic_seconds() + seconds;
    while (run_lock_held(dir, "lock")) {
        if (clock_monotonic_seconds() > until)
            return false;
        pause_ms(10);
    }
    return true;
}

/* A worker that has just been started says its number in a moment. */
static int64_t worker_pid(const char *dir)
{
    int64_t pid = 0;
    for (int i = 0; i < 200 && run_lock_held(dir, "lock") && (pid = run_worker_pid(dir)) == 0; i++)
        pause_ms(10);
    return pid;
}

static bool stop_worker(const char *dir, const char *name, double grace_seconds, struct error *err)
{
    int64_t pid = worker_pid(dir);
    if (pid > 0 && kill((pid_t)pid, SIGTERM) != 0 && errno == ESRCH && run_lock_held(dir, "lock"))
        return error_set(err, ERROR_STATE,
                         "the worker of %s (process %" PRId64 ") runs on another machine: cancel "
                         "it there",
                         name, pid);
    if (wait_gone(dir, grace_seconds))
        return true;
    if (pid > 0)
        kill((pid_t)pid, SIGKILL);
    return wait_gone(dir, grace_seconds) ||
           error_set(err, ERROR_STATE, "the worker of %s (process %" PRId64 ") does not end", name,
                     pid);
}

bool queue_cancel(struct workspace *ws, int64_t run, double grace_seconds, struct error *err)
{
    struct run_info before, after;
    if (!queue_ingest(ws, err) || !run_get(ws, run, &before, err))
        return false;
    char *dir = workspace_run_dir(ws, run);
    bool ok = unfinished(before.state) ||
              error_set(err, ERROR_STATE, "the run %s is %s: there is nothing to cancel",
                        before.name, before.state);
    ok = ok && stop_worker(dir, before.name, grace_seconds, err) && queue_ingest(ws, err) &&
         run_get(ws, run, &after, err);
    if (ok) {
        /* One that had to be killed could not say so itself. */
        if (strcmp(after.state, "failed") == 0)
            ok = run_set_state(ws, run, "cancelled", NULL, err);
        run_info_release(&after);
    }
    run_info_release(&before);
    free(dir);
    return ok;
}

/* ---- following ---- */

bool queue_follow(struct workspace *ws, int64_t run,
                  void (*each)(void *context, const struct run_progress *now), void *context,
                  struct progress *progress, struct error *err)
{
    char *dir = workspace_run_dir(ws, run);
    bool ok = true, going = true;
    while (ok && going) {
        struct run_info info;
        struct run_progress now;
        ok = queue_ingest(ws, err) && run_get(ws, run, &info, err);
        if (!ok)
            break;
        going = unfinished(info.state);
        run_info_release(&info);
        run_progress_read(dir, &now);
        if (going && each)
            each(context, &now);
        for (int i = 0; ok && going && i < 10 && run_lock_held(dir, "lock"); i++) {
            ok = progress_ok(progress, err);
            pause_ms(20);
        }
    }
    free(dir);
    return ok;
}
