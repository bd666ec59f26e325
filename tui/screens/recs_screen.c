#include "tui/screens/recs_screen.h"

#include <stdlib.h>

#include "storage/base/mem.h"
#include "tui/screens/case_screen.h"
#include "tui/screens/recs_source.h"
#include "tui/screens/view_job.h"

struct recs_view {
    struct view view;
    struct app *app;
    struct sheet *sheet;
    uint64_t request;
};

/* ---- the rows, at once; the edge tables, in a job ---- */

struct request {
    struct view_job job;
    bool wanted[2]; /* by enum trained_on */
    const struct edges *edges[2];
};

static void show_rows(struct recs_view *r, const struct edges *const edges[2])
{
    const struct host *host = host_of(r->app);
    const struct study_run *run[HOST_RUNS];
    size_t n = host_shown_runs(host, run);
    sheet_set_source(r->sheet,
                     recs_source_new(host, host->part, host->definition.k, run, n, edges));
}

static bool get_edges(void *job, struct progress *progress, struct error *err)
{
    struct request *q = job;
    for (int on = 0; on < 2; on++)
        if (q->wanted[on] &&
            (!progress_ok(progress, err) ||
             !(q->edges[on] = study_edges(q->job.study, (enum trained_on)on, err))))
            return false;
    return true;
}

static void take_edges(struct view *view, void *job, bool ok, const struct error *err)
{
    (void)err; /* it has been said; the rows are there without the column */
    if (ok)
        show_rows((struct recs_view *)view, ((struct request *)job)->edges);
}

static void refresh(struct view *view, struct app *app)
{
    static const struct view_job_kind getting = {.name = "edges",
                                                 .flags = JOB_QUIET,
                                                 .size = sizeof(struct request),
                                                 .work = get_edges,
                                                 .take = take_edges};
    struct recs_view *r = (struct recs_view *)view;
    const struct edges *none[2] = {NULL, NULL};
    const struct study_run *run[HOST_RUNS];
    size_t n = host_shown_runs(host_of(app), run);
    struct request *q = view_job_new(app, view, &getting, &r->request);
    for (size_t i = 0; i < n; i++)
        q->wanted[run[i]->trained_on] = true;
    show_rows(r, none);
    view_job_start(&q->job);
}

/* ---- the view ---- */

static void layout(struct view *view, int rows, int cols)
{
    sheet_layout(((struct recs_view *)view)->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct recs_view *r = (const struct recs_view *)view;
    if (sheet_source(r->sheet)->n_rows == 0)
        draw_wrapped(c, 0, 1, c->rows, c->cols - 2, ROLE_DIM,
                     "No recommendations: r chooses runs that have lists, t trains one.");
    else
        sheet_draw(r->sheet, c, true);
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct recs_view *)view)->sheet;
}

static unsigned open_case(struct recs_view *r)
{
    const struct host *host = host_of(r->app);
    const struct case_list *cases = &study_split(host->study)->part[host->part];
    struct recs_place place = recs_place_of(sheet_id(r->sheet));
    case_open(r->app, &(struct case_place){.user = cases->user[place.at],
                                           .nth = case_number(cases, place.at),
                                           .run = place.run,
                                           .rank = place.rank});
    return REACT_DRAW;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    (void)app, (void)err;
    return call->id == ACTION_OPEN ? open_case((struct recs_view *)view) : (unsigned)REACT_PASS;
}

static void crumb(const struct view *view, struct buf *out)
{
    (void)view;
    buf_adds(out, "Recommendations");
}

static void link_to(const struct view *view, struct buf *out)
{
    host_link(host_of(((const struct recs_view *)view)->app), out);
    buf_adds(out, "recommendations\n");
}

static void release(struct view *view)
{
    struct recs_view *r = (struct recs_view *)view;
    sheet_free(r->sheet);
    free(r);
}

static const struct view_ops ops = {
    .name = "recommendations",
    .footer = {ACTION_OPEN, ACTION_FILTER, ACTION_FREQUENCY, ACTION_RUNS_SHOWN, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .refresh = refresh,
    .link = link_to,
    .release = release,
};

struct view *recs_screen_new(struct app *app)
{
    const struct edges *none[2] = {NULL, NULL};
    struct recs_view *r = mem_zalloc(1, sizeof *r);
    r->view.ops = &ops;
    r->app = app;
    r->sheet = sheet_new(recs_source_new(host_of(app), host_of(app)->part, 0, NULL, 0, none),
                         app_jobs(app));
    return &r->view;
}
