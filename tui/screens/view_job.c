#include "tui/screens/view_job.h"

#include <stdlib.h>

#include "storage/base/mem.h"

static const double WATCH_SECONDS = 1;

void *view_job_new(struct app *app, struct view *view, const struct view_job_kind *kind,
                   uint64_t *newest)
{
    const struct host *host = host_of(app);
    struct view_job *job = mem_zalloc(1, kind->size);
    *job = (struct view_job){.kind = kind,
                             .app = app,
                             .view = view->number,
                             .number = newest ? ++*newest : 0,
                             .newest = newest,
                             .study = host->study,
                             .part = host->part,
                             .definition = host->definition};
    return job;
}

void view_job_drop(struct view_job *job)
{
    if (job->kind->release)
        job->kind->release(job);
    free(job);
}

static bool work(void *context, struct progress *progress, struct error *err)
{
    struct view_job *job = context;
    return job->kind->work(job, progress, err);
}

static void done(void *context, bool ok, const struct error *err)
{
    struct view_job *job = context;
    struct view *view = app_view_alive(job->app, job->view);
    bool wanted = view && (!job->newest || *job->newest == job->number);
    job->running = false;
    if (wanted && !ok && !job->kind->silent && err->code != ERROR_CANCELLED)
        app_failed(job->app, err);
    if (wanted) {
        job->kind->take(view, job, ok, err);
        app_redraw(job->app);
    }
    if (!job->running) /* else it was started again */
        view_job_drop(job);
}

void view_job_start(struct view_job *job)
{
    job->running = true;
    if (job->newest)
        jobs_cancel_of(app_jobs(job->app), job->view, job->newest);
    jobs_start(app_jobs(job->app), &(struct job_spec){.name = job->kind->name,
                                                      .flags = job->kind->flags,
                                                      .work = work,
                                                      .done = done,
                                                      .context = job,
                                                      .owner = job->view,
                                                      .question = job->newest});
}

void view_figures_ask(struct view_figures *figures)
{
    figures->stale = true;
    figures->stopped = false;
}

void view_figures_take(struct view_figures *figures, bool ok)
{
    figures->there = ok;
    figures->stopped = !ok;
    figures->stale &= !ok;
}

void view_figures_draw(const struct view_figures *figures, struct sheet *sheet, struct canvas *c)
{
    if (figures->there)
        sheet_draw(sheet, c, true);
    else if (figures->stopped)
        draw_textf(c, 0, 1, c->cols - 1, ROLE_DIM, "not counted; R counts the %s", figures->what);
    else
        draw_text(c, 0, 1, c->cols - 1, ROLE_DIM, "counting");
    for (int y = 0; figures->there && figures->stale && y < c->rows; y++)
        draw_flags(c, y, 0, c->cols, STYLE_DIM);
}

bool view_figures_allow(const struct view_figures *figures, enum action_id id, struct error *err)
{
    bool rows = (action_get(id)->flags & ACT_ROW) || id == ACTION_EXPORT ||
                id == ACTION_FREQUENCY || id == ACTION_MARK_WHERE;
    if (figures->there || !rows)
        return true;
    if (figures->stopped)
        return error_set(err, ERROR_STATE, "the %s are not counted; R counts them", figures->what);
    return error_set(err, ERROR_STATE, "the %s are being counted; once more in a moment",
                     figures->what);
}

void view_watch(struct view *view, bool live)
{
    if (live)
        app_tick(view, WATCH_SECONDS);
}

bool view_watch_due(struct view *view, struct app *app)
{
    bool due = app_front(app) == view;
    view_watch(view, !due);
    return due;
}
