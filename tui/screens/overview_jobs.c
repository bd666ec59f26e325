/*
 * What Overview reads and computes. Stored figures first, then what is missing run by run, then the
 * labels that no worker leaves; beside that the reachable targets, once the audit (mostly stored),
 * and every second a look at what is being trained.
 */
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/screens/overview_private.h"
#include "tui/screens/view_job.h"

/* ---- figures ---- */

struct figures_job {
    struct view_job job;
    struct run_figures *figures;
    size_t n;
};

static void release_figures(void *job)
{
    free(((struct figures_job *)job)->figures);
}

static bool read_stored(void *context, struct progress *progress, struct error *err)
{
    struct figures_job *q = context;
    size_t n = study_n_runs(q->job.study);
    q->figures = mem_zalloc(n, sizeof *q->figures);
    const struct study_run *run;
    for (size_t i = 0; i < n && (run = study_run_at(q->job.study, i)); i++) {
        if (!progress_ok(progress, err) ||
            !run_figures_stored(q->job.study, run, q->job.part, &q->job.definition,
                                &q->figures[q->n++], err))
            return false;
    }
    return true;
}

/* The first run whose figures are not stored and can be computed. */
static bool compute_next(void *context, struct progress *progress, struct error *err)
{
    struct figures_job *q = context;
    for (size_t i = 0; i < q->n; i++) {
        const struct study_run *run = study_run_by_id(q->job.study, q->figures[i].run);
        if (!q->figures[i].known && run && run->has[q->job.part])
            return run_figures_get(q->job.study, run, q->job.part, &q->job.definition, progress,
                                   &q->figures[i], err);
    }
    return true;
}

static bool all_known(const struct figures_job *q)
{
    for (size_t i = 0; i < q->n; i++) {
        const struct study_run *run = study_run_by_id(q->job.study, q->figures[i].run);
        if (!q->figures[i].known && run && run->has[q->job.part])
            return false;
    }
    return true;
}

/* ---- labels of the slots, which a worker leaves to others ---- */

static const struct study_run *unlabelled(const struct figures_job *q)
{
    for (size_t i = 0; i < q->n; i++) {
        const struct study_run *run = study_run_by_id(q->job.study, q->figures[i].run);
        if (run && run->has[q->job.part] && !study_run_is_labelled(run, q->job.part))
            return run;
    }
    return NULL;
}

static bool label_next(void *context, struct progress *progress, struct error *err)
{
    struct figures_job *q = context;
    const struct study_run *run = unlabelled(q);
    if (!run)
        return true;
    int64_t id = run->id;
    if (!label_run(q->job.study, run, q->job.part, progress, err))
        return false;
    run = unlabelled(q);
    return !run || run->id != id ||
           error_set(err, ERROR_STATE, "the labels of %s cannot be read back", run->name);
}

static void take_labels(struct view *view, void *job, bool ok, const struct error *err)
{
    (void)view;
    (void)err;
    if (ok)
        app_refresh(((struct figures_job *)job)->job.app); /* goes on with the next one */
}

/* ---- one after the other ---- */

static void take_figures(struct view *view, void *job, bool ok, const struct error *err);

#define FIGURES .size = sizeof(struct figures_job), .release = release_figures
static const struct view_job_kind reading = {FIGURES, .name = "figures", .flags = JOB_QUIET,
                                             .work = read_stored, .take = take_figures},
                                  evaluating = {FIGURES, .name = "evaluating", .work = compute_next,
                                                .take = take_figures},
                                  labelling = {FIGURES, .name = "labelling", .work = label_next,
                                               .take = take_labels};

static void go_on(struct overview *o, struct figures_job *q)
{
    if (!all_known(q))
        q->job.kind = &evaluating;
    else if (unlabelled(q) && !app_readonly(o->app))
        q->job.kind = &labelling;
    else
        return;
    view_job_start(&q->job);
}

static void take_figures(struct view *view, void *job, bool ok, const struct error *err)
{
    struct figures_job *q = job;
    struct overview *o = (struct overview *)view;
    (void)err;
    if (!ok) {
        o->stopped = true;
        overview_fill_runs(o);
        return;
    }
    free(o->figures);
    o->n_figures = q->n;
    o->figures = mem_zalloc(q->n, sizeof *o->figures);
    memcpy(o->figures, q->figures, q->n * sizeof *o->figures);
    overview_fill_runs(o);
    overview_fill_frontier(o);
    if (app_front(o->app) != view) /* Runs shows what has been computed meanwhile */
        app_tick(app_front(o->app), 0);
    go_on(o, q);
}

/* ---- reachable targets ---- */

struct reach_job {
    struct view_job job;
    struct reach reach[OVERVIEW_PRESETS];
};

static bool count_reach(void *context, struct progress *progress, struct error *err)
{
    struct reach_job *q = context;
    struct definition presets[OVERVIEW_PRESETS] = {definition_last(), definition_any(),
                                                   definition_iirg()};
    for (int i = 0; i < OVERVIEW_PRESETS; i++) {
        presets[i].train_valid = q->job.definition.train_valid;
        if (!reach_get(q->job.study, q->job.part, &presets[i], progress, &q->reach[i], err))
            return false;
    }
    return true;
}

static void take_reach(struct view *view, void *job, bool ok, const struct error *err)
{
    struct reach_job *q = job;
    struct overview *o = (struct overview *)view;
    (void)err;
    if (ok)
        memcpy(o->reach, q->reach, sizeof o->reach);
    o->has_reach |= ok;
}

static const struct view_job_kind reaching = {.name = "reachable targets",
                                              .flags = JOB_QUIET,
                                              .silent = true, /* the figures tell why */
                                              .size = sizeof(struct reach_job),
                                              .work = count_reach,
                                              .take = take_reach};

/* ---- the audit ---- */

struct audit_job {
    struct view_job job;
    struct audit audit;
};

static bool run_audit(void *context, struct progress *progress, struct error *err)
{
    struct audit_job *q = context;
    return audit_get(q->job.study, progress, &q->audit, err);
}

static void take_audit(struct view *view, void *job, bool ok, const struct error *err)
{
    struct audit_job *q = job;
    struct overview *o = (struct overview *)view;
    (void)err;
    if (!ok)
        return;
    audit_release(&o->audit);
    o->audit = q->audit;
    q->audit = (struct audit){0};
    overview_fill_findings(o);
}

static void release_audit(void *job)
{
    audit_release(&((struct audit_job *)job)->audit);
}

static const struct view_job_kind auditing = {.name = "audit",
                                              .size = sizeof(struct audit_job),
                                              .work = run_audit,
                                              .take = take_audit,
                                              .release = release_audit};

/* ---- runs that are being trained ---- */

struct look_job {
    struct view_job job;
    struct run_now *now;
    size_t n_now, seen_runs, seen_done;
};

static void count_runs(const struct study *study, size_t *all, size_t *done)
{
    const struct study_run *run;
    *all = *done = 0;
    for (; (run = study_run_at(study, *all)); ++*all)
        *done += !run_is_unfinished(run);
}

static bool look_at_runs(void *context, struct progress *progress, struct error *err)
{
    struct look_job *q = context;
    struct study *study = q->job.study;
    if (!progress_ok(progress, err) || !study_runs_refresh(study, err))
        return false;
    count_runs(study, &q->seen_runs, &q->seen_done);
    q->now = mem_zalloc(q->seen_runs, sizeof *q->now);
    const struct study_run *run;
    for (size_t i = 0; i < q->seen_runs && (run = study_run_at(study, i)); i++) {
        if (!run_is_unfinished(run))
            continue;
        q->now[q->n_now].run = run->id;
        run_state_text(study, run, q->now[q->n_now++].text);
    }
    return true;
}

static void take_look(struct view *view, void *job, bool ok, const struct error *err)
{
    struct look_job *q = job;
    struct overview *o = (struct overview *)view;
    (void)err;
    if (!ok)
        return;
    bool changed = o->seen_runs != q->seen_runs || o->seen_done != q->seen_done;
    free(o->now);
    o->now = q->now;
    o->n_now = q->n_now;
    q->now = NULL;
    if (changed) {
        app_refresh(o->app); /* looks again */
        return;
    }
    overview_fill_runs(o);
    view_watch(view, o->n_now > 0);
}

static void release_look(void *job)
{
    free(((struct look_job *)job)->now);
}

/* In front or not: what it finds is for the other views, too. */
void overview_look(struct view *view, struct app *app)
{
    static const struct view_job_kind looking = {.name = "runs",
                                                 .flags = JOB_QUIET,
                                                 .silent = true, /* the next look may work */
                                                 .size = sizeof(struct look_job),
                                                 .work = look_at_runs,
                                                 .take = take_look,
                                                 .release = release_look};
    view_job_start(view_job_new(app, view, &looking, NULL));
}

static void watch(struct overview *o)
{
    count_runs(host_of(o->app)->study, &o->seen_runs, &o->seen_done);
    if (o->seen_done < o->seen_runs)
        app_tick(&o->view, 0);
}

void overview_refresh(struct view *view, struct app *app)
{
    struct overview *o = (struct overview *)view;
    o->stopped = false;
    overview_fill_runs(o);
    watch(o);
    view_job_start(view_job_new(app, view, &reading, &o->figures_request));
    view_job_start(view_job_new(app, view, &reaching, &o->reach_request));
    if (o->n_findings < 0)
        view_job_start(view_job_new(app, view, &auditing, NULL));
}
