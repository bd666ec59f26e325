#include "tui/screens/run_actions.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/report/case_study.h"
#include "analysis/report/groups.h"
#include "analysis/report/train.h"
#include "analysis/run/queue.h"
#include "storage/base/mem.h"
#include "storage/db/run_store.h"

/* A worker that does not end within this is killed. */
static const double GRACE_SECONDS = 10;

static bool is_mine(enum action_id id)
{
    return id == ACTION_RUN_CANCEL || id == ACTION_RUN_RESUME || id == ACTION_RUN_DELETE ||
           id == ACTION_RUN_RENAME;
}

/* ---- the job ---- */

struct task {
    struct app *app;
    struct study *study;
    enum action_id id;
    int64_t *run; /* [n] */
    size_t n, n_done;
    char *name;  /* of the first run */
    char *given; /* its new name; NULL */
};

static void task_free(struct task *t)
{
    free(t->run);
    free(t->name);
    free(t->given);
    free(t);
}

static bool do_one(const struct task *t, struct workspace *ws, int64_t run, struct error *err)
{
    switch (t->id) {
    case ACTION_RUN_CANCEL:
        return queue_cancel(ws, run, GRACE_SECONDS, err);
    case ACTION_RUN_RESUME:
        return queue_resume(ws, run, err);
    case ACTION_RUN_DELETE:
        return queue_stop(ws, run, GRACE_SECONDS, err) && run_delete(ws, run, err);
    default:
        return run_rename(ws, run, t->given, err);
    }
}

/* One that fails does not stop the others; the first reason is told. */
static bool do_all(struct task *t, struct workspace *ws, struct progress *progress,
                   struct error *err)
{
    struct error first = {0};
    for (size_t i = 0; i < t->n; i++) {
        struct error why = {0};
        if (!progress_ok(progress, err))
            return false;
        if (do_one(t, ws, t->run[i], &why))
            t->n_done++;
        else if (!first.text[0])
            first = why;
    }
    if (t->n_done == t->n)
        return true;
    return t->n == 1 ? error_set(err, first.code, "%s", first.text)
                     : error_set(err, first.code, "%zu of %zu runs: %s", t->n - t->n_done, t->n,
                                 first.text);
}

static bool work(void *context, struct progress *progress, struct error *err)
{
    struct task *t = context;
    struct workspace *ws = workspace_open(study_dir(t->study), WORKSPACE_READ_WRITE, err);
    bool ok = ws && do_all(t, ws, progress, err);
    workspace_close(ws);
    /* what was done before something failed is to be seen, too */
    return study_runs_refresh(t->study, ok ? err : NULL) && ok;
}

static void say_done(const struct task *t)
{
    static const char *const past[ACTION_COUNT] = {[ACTION_RUN_CANCEL] = "cancelled",
                                                   [ACTION_RUN_RESUME] = "queued again:",
                                                   [ACTION_RUN_DELETE] = "deleted"};
    if (t->given)
        app_say(t->app, MESSAGE_INFO, "%s is called %s now; u takes it back", t->name, t->given);
    else if (t->n > 1)
        app_say(t->app, MESSAGE_INFO, "%s %zu runs", past[t->id], t->n);
    else
        app_say(t->app, MESSAGE_INFO, "%s %s%s", past[t->id], t->name,
                t->id == ACTION_RUN_CANCEL ? "; resume-run continues it" : "");
}

static void done(void *context, bool ok, const struct error *err)
{
    struct task *t = context;
    if (ok)
        say_done(t);
    else
        app_failed(t->app, err);
    app_refresh(t->app);
    task_free(t);
}

static unsigned start(struct app *app, const struct call *call, const struct study_run *const *run,
                      size_t n)
{
    static const char *const name[ACTION_COUNT] = {[ACTION_RUN_CANCEL] = "cancelling",
                                                   [ACTION_RUN_RESUME] = "resuming",
                                                   [ACTION_RUN_DELETE] = "deleting",
                                                   [ACTION_RUN_RENAME] = "renaming"};
    struct task *t = mem_zalloc(1, sizeof *t);
    *t = (struct task){.app = app,
                       .study = host_of(app)->study,
                       .id = call->id,
                       .run = mem_zalloc(n, sizeof *t->run),
                       .n = n,
                       .name = mem_strdup(run[0]->name),
                       .given = call->id == ACTION_RUN_RENAME ? mem_strdup(call->arg) : NULL};
    for (size_t i = 0; i < n; i++)
        t->run[i] = run[i]->id;
    jobs_start(
        app_jobs(app),
        &(struct job_spec){.name = name[call->id], .work = work, .done = done, .context = t});
    return REACT_DRAW;
}

/* ---- checking and asking ---- */

static bool applies(enum action_id id, const struct study_run *run)
{
    if (id == ACTION_RUN_CANCEL)
        return run_is_unfinished(run);
    if (id == ACTION_RUN_RESUME)
        return strcmp(run->state, "failed") == 0 || strcmp(run->state, "cancelled") == 0;
    return true;
}

static unsigned nothing_to_do(enum action_id id, const struct study_run *first, size_t n,
                              struct error *err)
{
    const char *what = id == ACTION_RUN_CANCEL ? "cancel" : "resume";
    if (n == 0)
        error_set(err, ERROR_USAGE, "%s: there is no such run any more", action_get(id)->name);
    else if (n == 1)
        error_set(err, ERROR_STATE, "the run %s is %s: there is nothing to %s", first->name,
                  first->state, what);
    else
        error_set(err, ERROR_STATE, "none of the %zu runs is %s: there is nothing to %s", n,
                  id == ACTION_RUN_CANCEL ? "queued or running" : "failed or cancelled", what);
    return REACT_ERROR;
}

/* The answer is about the runs that were named in the question, whatever the cursor is on then. */
static unsigned ask(struct app *app, const struct call *call, const struct study_run *const *run,
                    size_t n, struct error *err)
{
    const char *what = call->id == ACTION_RUN_DELETE ? " with lists, labels and figures, for good"
                                                     : " (it can be resumed)";
    const char *verb = call->id == ACTION_RUN_DELETE ? "Delete" : "Cancel";
    struct buf ids;
    buf_init(&ids);
    for (size_t i = 0; i < n; i++)
        buf_addf(&ids, "%s%lld", i ? "," : "", (long long)run[i]->id);
    struct call named = {.id = call->id, .arg = ids.data};
    unsigned reaction =
        n == 1 ? app_confirm(app, &named, err, "%s run %s%s?", verb, run[0]->name, what)
               : app_confirm(app, &named, err, "%s %zu runs%s?", verb, n,
                             call->id == ACTION_RUN_DELETE ? what : "");
    buf_release(&ids);
    return reaction;
}

static unsigned act(struct app *app, const struct call *call, const struct study_run **run,
                    size_t n, struct error *err)
{
    if (study_read_only(host_of(app)->study)) {
        error_set(err, ERROR_STATE, "%s: the workspace is read-only", action_get(call->id)->name);
        return REACT_ERROR;
    }
    const struct study_run *first = n ? run[0] : NULL;
    size_t n_mine = 0;
    for (size_t i = 0; i < n; i++)
        if (applies(call->id, run[i]))
            run[n_mine++] = run[i];
    if (n_mine == 0)
        return nothing_to_do(call->id, first, n, err);
    if ((action_get(call->id)->flags & ACT_DESTRUCTIVE) && !call->confirmed)
        return ask(app, call, run, n_mine, err);
    return start(app, call, run, n_mine);
}

unsigned run_actions_on(const int64_t *runs, size_t n, struct app *app, const struct call *call,
                        struct error *err)
{
    if (!is_mine(call->id) || (call->arg && call->id != ACTION_RUN_RENAME))
        return REACT_PASS;
    const struct study_run **run = mem_zalloc(n, sizeof *run);
    size_t n_there = 0;
    for (size_t i = 0; i < n; i++)
        if ((run[n_there] = study_run_by_id(host_of(app)->study, runs[i])))
            n_there++;
    unsigned reaction = act(app, call, run, n_there, err);
    free(run);
    return reaction;
}

unsigned run_actions_on_sheet(const struct sheet *sheet, struct app *app, const struct call *call,
                              struct error *err)
{
    if (!is_mine(call->id) || sheet_position(sheet) < 0)
        return REACT_PASS;
    if (call->id == ACTION_RUN_RENAME)
        return run_actions_on((int64_t[]){sheet_id(sheet)}, 1, app, call, err);
    int64_t *ids;
    size_t n = sheet_chosen(sheet, &ids);
    unsigned reaction = run_actions_on(ids, n, app, call, err);
    free(ids);
    return reaction;
}

/* ---- runs by name ---- */

unsigned run_actions_named(struct app *app, const struct call *call, struct error *err)
{
    if (!call->arg || call->id == ACTION_RUN_RENAME) {
        error_set(err, ERROR_USAGE, "%s: no run is under the cursor; runs-list has them all",
                  action_get(call->id)->name);
        return REACT_ERROR;
    }
    const struct study_run **run = NULL;
    size_t n = 0;
    unsigned reaction = REACT_ERROR;
    if (runs_of_words(host_of(app)->study, call->arg, &run, &n, err))
        reaction = act(app, call, run, n, err);
    free(run);
    return reaction;
}

/* ---- pins ---- */

bool run_subject(struct app *app, int64_t id, struct case_subject *out)
{
    const struct host *host = host_of(app);
    const struct study_run *run = study_run_by_id(host->study, id);
    if (!run)
        return false;
    *out = (struct case_subject){
        .kind = CASE_RUN, .part = host->part, .definition = host->definition, .n_runs = 1};
    out->run[0] = mem_strdup(run->name);
    return true;
}
