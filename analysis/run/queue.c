#include "analysis/run/queue.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analysis/run/engine.h"
#include "analysis/run/folder.h"
#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_file.h"
#include "storage/db/run_store.h"

enum { LOG_LINES = 3, INGEST_SECONDS = 10 };

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
    char *dir = workspace_run_dir(ws, info->id), *valid = path_join(dir, "recs-valid.safetensors");
    /* An external trainer may leave the validation cases out. */
    if (!run_recs_register(ws, info->id, "test", &why) ||
        (file_exists(valid) && !run_recs_register(ws, info->id, "valid", &why)))
        fail(info, why.text);
    free(valid);
    free(dir);
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
    run_log_tail(dir, LOG_LINES, " / ", &text);
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

/* Has it a worker's job? Runs whose lists are stored at once have none, nor have those of another
 * version of rote. */
static bool has_job(const char *dir)
{
    char *job = path_join(dir, "job.json");
    bool there = file_exists(job);
    free(job);
    return there;
}

/* A run without a worker: the process that stores its lists holds its lock. */
static bool ingest_stored(struct workspace *ws, int64_t run, const char *dir, struct error *err)
{
    struct run_info now;
    struct error why = {0};
    if (run_lock_held(dir, "lock"))
        return true;
    if (!run_get(ws, run, &now, &why)) /* after the lock: it may have been finished, or dropped */
        return why.code == ERROR_NOT_FOUND || error_set(err, why.code, "%s", why.text);
    bool stored = strcmp(now.state, "running") == 0;
    bool ok = !unfinished(now.state) ||
              run_set_state(ws, run, "failed",
                            stored ? "died: the process that stored its lists ended before all of "
                                     "them were there"
                                   : "its worker was never started",
                            err);
    run_info_release(&now);
    return ok;
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
        char *dir = workspace_run_dir(ws, info->id);
        ok = has_job(dir) ? ingest_run(ws, info, dir, err) : ingest_stored(ws, info->id, dir, err);
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

/* A field of a job from a text that is only read. */
static char *lent(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* A run on its way into the database. */
struct submission {
    struct workspace *ws;
    const struct run_request *request;
    int lock; /* the run's; -1: not yet */
};

static bool write_job(void *context, int64_t run, const char *dir, struct error *err)
{
    struct submission *s = context;
    const struct run_request *request = s->request;
    struct workspace_facts facts;
    struct run_job job = {.run = run,
                          .on = request->on,
                          .launcher = request->launcher,
                          .options = request->options,
                          .model = lent(request->model),
                          .settings = lent(request->settings),
                          .command = lent(request->command),
                          .directory = lent(request->directory)};
    if (!workspace_facts(s->ws, &facts, err))
        return false;
    job.fingerprint = facts.fingerprint;
    char *import_id = workspace_get(s->ws, "import_id");
    snprintf(job.import_id, sizeof job.import_id, "%s", import_id ? import_id : "");
    free(import_id);
    s->lock = run_lock_take(dir, "lock", err);
    return s->lock >= 0 && run_job_write(dir, &job, err);
}

static int64_t seed_of(const struct run_request *request)
{
    if (!request->settings)
        return (int64_t)request->options.value[OPTION_SEED];
    struct jval *o = jval_parse(request->settings, strlen(request->settings), NULL);
    int64_t seed = jval_int(jval_get(o, "seed"), 0);
    jval_free(o);
    return seed;
}

static bool create(struct submission *s, int64_t *run, struct error *err)
{
    const struct run_request *request = s->request;
    struct buf options, strategy;
    buf_init(&options);
    buf_init(&strategy);
    strategy_write(&request->options.strategy, &strategy);
    if (request->settings) {
        buf_adds(&options, request->settings);
    } else {
        struct jval *o = run_options_json(&request->options);
        jval_write(o, false, &options);
        jval_free(o);
    }
    struct run_info info = {
        .name = lent(request->name),
        .model = lent(request->model ? request->model : run_model_name(request->options.model)),
        .strategy = strategy.data,
        .options_json = options.data,
        .trained_on = lent(request->on == TRAINED_ON_TRAIN ? "train" : "train+valid"),
        .seed = seed_of(request),
    };
    bool ok = run_create_filled(s->ws, &info, write_job, s, run, err);
    buf_release(&strategy);
    buf_release(&options);
    return ok;
}

static bool is_one_run(const struct strategy *strategy, struct error *err)
{
    return !strategy_is_experiment(strategy) ||
           error_set(err, ERROR_USAGE,
                     "halves is an experiment of %d runs: start it by rote train --strategy "
                     "halves, or name one of its runs by part=",
                     strategy_int(strategy, STRATEGY_OPTION_HALVES_M));
}

/* What is measured while training here, on the model itself, a command cannot do. */
static bool is_for_launcher(const struct run_request *request, struct error *err)
{
    static const enum strategy_id measured[] = {STRATEGY_CANARY, STRATEGY_HALVES};
    if (!launcher_get(request->launcher)->is_external)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(measured); i++)
        if (request->options.strategy.has[measured[i]])
            return error_set(err, ERROR_USAGE,
                             "the strategy %s measures the model while it trains here; another "
                             "program cannot train it: leave out --launcher",
                             strategy_info(measured[i])->name);
    return true;
}

static bool check(const struct dataset *d, const struct run_request *request, struct error *err)
{
    if (!is_for_launcher(request, err) || !is_one_run(&request->options.strategy, err))
        return false;
    return launcher_get(request->launcher)->is_external ||
           (run_options_check(&request->options, err) && engine_fits(&request->options, d, err));
}

bool queue_check(struct workspace *ws, const struct run_request *request, size_t n,
                 struct error *err)
{
    struct dataset d;
    bool ok = true;
    if (!dataset_open(ws, &d, err))
        return false;
    for (size_t i = 0; ok && i < n; i++)
        ok = check(&d, &request[i], err) ||
             (n > 1 ? error_prefix(err, "%s", request[i].name) : false);
    dataset_close(&d);
    return ok;
}

bool queue_submit(struct workspace *ws, const struct run_request *request, int64_t *run,
                  struct error *err)
{
    struct submission s = {.ws = ws, .request = request, .lock = -1};
    if (!queue_check(ws, request, 1, err))
        return false;
    bool created = create(&s, run, err), ok = created;
    if (created) {
        char *dir = workspace_run_dir(ws, *run);
        ok = launcher_get(request->launcher)->start(dir, s.lock, err);
        free(dir);
        if (!ok)
            run_delete(ws, *run, NULL);
    }
    run_lock_release(s.lock);
    return ok;
}

/* Starts a worker again on what the run's job says. */
static bool start_again(const char *dir, int lock, struct error *err)
{
    struct run_job job;
    bool ok = run_job_read(dir, &job, err) && launcher_get(job.launcher)->start(dir, lock, err);
    run_job_release(&job);
    return ok;
}

static bool resume(struct workspace *ws, int64_t run, struct error *err)
{
    struct run_info info;
    if (!run_get(ws, run, &info, err))
        return false;
    char *dir = workspace_run_dir(ws, run);
    int lock = -1;
    bool ok = true;
    if (strcmp(info.state, "failed") != 0 && strcmp(info.state, "cancelled") != 0)
        ok = error_set(err, ERROR_STATE, "the run %s is %s: there is nothing to resume", info.name,
                       info.state);
    else if (!has_job(dir))
        ok = error_set(err, ERROR_STATE, "the run %s was not trained by a worker; train it anew",
                       info.name);
    else
        lock = run_lock_take(dir, "lock", err);
    ok = ok && lock >= 0 && run_set_state(ws, run, "queued", NULL, err);
    struct error why = {0};
    if (ok && !start_again(dir, lock, &why)) {
        run_set_state(ws, run, info.state, why.text, NULL);
        ok = error_set(err, why.code, "%s", why.text);
    }
    run_lock_release(lock);
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
static int64_t worker_pid(const char *dir, bool *here)
{
    int64_t pid = 0;
    for (int i = 0; i < 200 && run_lock_held(dir, "lock"); i++) {
        if ((pid = run_worker_pid(dir, here)) > 0)
            break;
        pause_ms(10);
    }
    return pid;
}

static bool stop_worker(const char *dir, const char *name, double grace_seconds, struct error *err)
{
    bool here = false;
    int64_t pid = worker_pid(dir, &here);
    if (pid > 0 && !here && run_lock_held(dir, "lock"))
        return error_set(err, ERROR_STATE,
                         "the worker of %s (process %" PRId64 ") runs on another machine: cancel "
                         "it there",
                         name, pid);
    if (pid > 0)
        kill((pid_t)pid, SIGTERM);
    if (wait_gone(dir, grace_seconds))
        return true;
    if (pid > 0)
        kill((pid_t)pid, SIGKILL);
    return wait_gone(dir, grace_seconds) ||
           error_set(err, ERROR_STATE, "the worker of %s (process %" PRId64 ") does not end", name,
                     pid);
}

/* May its worker be stopped? */
static bool can_cancel(const struct run_info *run, const char *dir, struct error *err)
{
    if (!unfinished(run->state))
        return error_set(err, ERROR_STATE, "the run %s is %s: there is nothing to cancel",
                         run->name, run->state);
    return has_job(dir) ||
           error_set(err, ERROR_STATE,
                     "the lists of the run %s are being stored by another process, which cannot "
                     "be stopped from here",
                     run->name);
}

static bool note_end(void *context, const struct run_event *e)
{
    bool *ended = context;
    *ended = *ended || strcmp(e->kind, "end") == 0;
    return !*ended;
}

/* What became of a run whose worker was asked to stop and is gone; `since`: the last event before.
 * It may have come to its own end meanwhile. */
static bool take_cancelled(struct workspace *ws, int64_t run, const char *dir, int64_t since,
                           struct error *err)
{
    struct run_info now;
    bool ended = false;
    if (!run_events_scan(dir, since, note_end, &ended, err) || !run_get(ws, run, &now, err))
        return false;
    bool ok = true;
    if (strcmp(now.state, "cancelled") == 0)
        ok = true;
    else if (ended)
        ok = error_set(err, ERROR_STATE,
                       "the run %s ended before it could be cancelled: it is %s%s%s", now.name,
                       now.state, now.error[0] ? ", " : "", now.error);
    else /* one that had to be killed could not say so itself */
        ok = run_set_state(ws, run, "cancelled", NULL, err);
    run_info_release(&now);
    return ok;
}

bool queue_cancel(struct workspace *ws, int64_t run, double grace_seconds, struct error *err)
{
    struct run_info before;
    int64_t last = 0;
    if (!queue_ingest(ws, err) || !run_get(ws, run, &before, err))
        return false;
    char *dir = workspace_run_dir(ws, run);
    bool ok = can_cancel(&before, dir, err) && run_events_last(ws, run, &last, err) &&
              stop_worker(dir, before.name, grace_seconds, err) && queue_ingest(ws, err) &&
              take_cancelled(ws, run, dir, last, err);
    run_info_release(&before);
    free(dir);
    return ok;
}

bool queue_stop(struct workspace *ws, int64_t run, double grace_seconds, struct error *err)
{
    struct error why = {0};
    struct run_info now;
    if (queue_cancel(ws, run, grace_seconds, &why))
        return true;
    if (!run_get(ws, run, &now, err))
        return false;
    bool ended = !unfinished(now.state);
    run_info_release(&now);
    return ended || error_set(err, why.code, "%s", why.text);
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

/* ---- how many at once ---- */

bool queue_set_at_once(struct workspace *ws, int n, struct error *err)
{
    if (n < 1 || n > QUEUE_AT_ONCE_MAX)
        return error_set(err, ERROR_USAGE, "1 to %d runs can work at once, not %d",
                         QUEUE_AT_ONCE_MAX, n);
    char *runs = workspace_path(ws, "runs", ""), *path = path_join(runs, "at-once"), text[16];
    int size = snprintf(text, sizeof text, "%d\n", n);
    bool ok = dir_make(runs, err) && file_write(path, text, (size_t)size, err);
    free(path);
    free(runs);
    return ok;
}

int queue_at_once(struct workspace *ws)
{
    char *runs = workspace_path(ws, "runs", "");
    int n = run_at_once(runs);
    free(runs);
    return n;
}
