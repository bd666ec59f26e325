#include "tui/screens/runs_screen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/train.h"
#include "analysis/run/folder.h"
#include "storage/base/mem.h"
#include "tui/screens/compare_screen.h"
#include "tui/screens/figures.h"
#include "tui/screens/new_run_screen.h"
#include "tui/screens/run_actions.h"
#include "tui/screens/run_screen.h"
#include "tui/screens/view_job.h"
#include "tui/widgets/table.h"

/* What is read of a run besides what the study holds. */
struct row {
    int64_t run;
    bool unfinished;
    char state[RUN_STATE_TEXT_MAX];
    struct run_progress progress;
    struct run_figures figures;
};

struct rows {
    struct row *row; /* [n] by run */
    size_t n;
};

struct runs_view {
    struct view view;
    struct app *app;
    struct sheet *sheet;
    struct rows rows;
    uint64_t request; /* of the newest refresh; answers to older ones are dropped */
};

static const struct column columns[] = {
    {.name = "run",
     .kind = COLUMN_TEXT,
     .width = 22,
     .fit = true,
     .help = "name of the run; bold: it is shown"},
    {.name = "state",
     .kind = COLUMN_TEXT,
     .width = 14,
     .width_max = 26,
     .help = "what became of it, or what it does"},
    {.name = "model", .kind = COLUMN_TEXT, .width = 12, .fit = true},
    {.name = "strategy", .kind = COLUMN_TEXT, .width = 9, .width_max = 30},
    {.name = "epoch", .kind = COLUMN_INT, .width = 5, .help = "the last finished one"},
    {.name = "recall@10",
     .label = "r@10",
     .kind = COLUMN_REAL,
     .width = 6,
     .decimals = 4,
     .help = "share of cases whose target is in the first 10"},
    {.name = "one-hop",
     .kind = COLUMN_PERCENT,
     .width = 7,
     .decimals = 1,
     .help = "share of the first K that directly followed a history item in training"},
    {.name = "excess",
     .kind = COLUMN_PERCENT,
     .width = 8,
     .decimals = 1,
     .sign = true,
     .help = "one-hop less its shuffle null"},
    {.name = "seed", .kind = COLUMN_INT, .width = 4, .help = "of everything random in it"},
    {.name = "seconds", .kind = COLUMN_REAL, .width = 7, .decimals = 1, .help = "of training"},
    {.name = "loss",
     .kind = COLUMN_REAL,
     .width = 6,
     .decimals = 3,
     .from = 110,
     .help = "of the last epoch"},
    {.name = "valid@10",
     .kind = COLUMN_REAL,
     .width = 8,
     .decimals = 4,
     .from = 110,
     .help = "recall@10 of a sample of validation cases after the last epoch"},
    {.name = "trained on", .kind = COLUMN_TEXT, .width = 11, .from = 130},
};

/* ---- the table ---- */

static const struct row *row_of(const struct runs_view *v, int64_t run)
{
    for (size_t i = 0; i < v->rows.n; i++)
        if (v->rows.row[i].run == run)
            return &v->rows.row[i];
    return NULL;
}

static unsigned style_of(const struct study_run *run)
{
    return run_is_unfinished(run)              ? ROLE_WARNING
           : strcmp(run->state, "failed") == 0 ? ROLE_ERROR
           : strcmp(run->state, "done") == 0   ? ROLE_DIM
                                               : ROLE_NORMAL;
}

static void add_figures(struct table *t, const struct study_run *run, const struct row *r)
{
    bool known = r && r->figures.known;
    if (r && r->progress.epoch > 0)
        table_int(t, r->progress.epoch, ROLE_NORMAL);
    else
        table_missing(t);
    table_real(t, r && run->has[PART_TEST] ? r->figures.recall10 : (double)NAN, ROLE_NORMAL);
    table_real(t, known ? r->figures.ratio : (double)NAN, ROLE_MEMORIZED);
    table_real(t, known ? r->figures.excess : (double)NAN, ROLE_NORMAL);
    table_int(t, run->seed, ROLE_DIM);
    table_real(t, run->seconds, ROLE_NORMAL);
    bool trained = r && r->progress.epoch > 0;
    table_real(t, trained ? r->progress.loss : (double)NAN, ROLE_DIM);
    table_real(t, trained ? r->progress.recall10 : (double)NAN, ROLE_DIM);
}

static void add_run(struct table *t, const struct runs_view *v, const struct study_run *run)
{
    const struct row *r = row_of(v, run->id);
    bool live = r && r->unfinished && run_is_unfinished(run);
    table_row(t, run->id);
    table_text(t, run->name,
               host_is_shown(host_of(v->app), run->id) ? ROLE_NORMAL | STYLE_BOLD : ROLE_NORMAL);
    table_text(t, live ? r->state : run->state, style_of(run));
    table_text(t, run->model, ROLE_NORMAL);
    table_text(t, run->strategy, ROLE_NORMAL);
    add_figures(t, run, r);
    table_textf(t, ROLE_DIM, "%s%s",
                run->trained_on == TRAINED_ON_TRAIN_VALID ? "train+valid" : "train",
                run->trained_on_assumed ? "?" : "");
}

static void fill(struct runs_view *v)
{
    const struct study *study = host_of(v->app)->study;
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    const struct study_run *run;
    for (size_t i = 0; (run = study_run_at(study, i)); i++)
        add_run(t, v, run);
    sheet_set_source(v->sheet, table_source(t));
}

/* ---- the job ---- */

struct request {
    struct view_job job;
    bool look;       /* takes in what the workers did; keeps the figures that are there */
    struct rows old; /* of the view, for looking */
    struct rows rows;
    bool changed; /* since `old`: a run has come, gone, begun or ended */
};

static bool read_row(struct request *q, const struct study_run *run, const struct row *old,
                     struct row *out, struct error *err)
{
    *out = (struct row){.run = run->id, .unfinished = run_is_unfinished(run)};
    char *dir = mem_printf("%s/runs/%lld", study_dir(q->job.study), (long long)run->id);
    run_progress_read(dir, &out->progress);
    free(dir);
    run_state_text(q->job.study, run, out->state);
    bool same = old && old->unfinished == out->unfinished;
    q->changed |= !same;
    if (same && (old->figures.known || out->unfinished)) {
        out->figures = old->figures;
        return true;
    }
    return run_figures_stored(q->job.study, run, q->job.part, &q->job.definition, &out->figures,
                              err);
}

static const struct row *old_row(const struct request *q, int64_t run)
{
    for (size_t i = 0; q->look && i < q->old.n; i++)
        if (q->old.row[i].run == run)
            return &q->old.row[i];
    return NULL;
}

static bool read_rows(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    if (q->look && !study_runs_refresh(q->job.study, err))
        return false;
    size_t n = study_n_runs(q->job.study);
    q->rows.row = mem_zalloc(n, sizeof *q->rows.row);
    const struct study_run *run;
    for (size_t i = 0; i < n && (run = study_run_at(q->job.study, i)); i++) {
        if (!progress_ok(progress, err))
            return false;
        if (!read_row(q, run, old_row(q, run->id), &q->rows.row[q->rows.n++], err))
            return false;
    }
    q->changed |= q->rows.n != q->old.n;
    return true;
}

static void watch(struct runs_view *v)
{
    const struct study *study = host_of(v->app)->study;
    const struct study_run *run;
    bool live = false;
    for (size_t i = 0; !live && (run = study_run_at(study, i)); i++)
        live = run_is_unfinished(run);
    view_watch(&v->view, live);
}

static void take_rows(struct view *view, void *job, bool ok, const struct error *err)
{
    struct request *q = job;
    struct runs_view *v = (struct runs_view *)view;
    (void)err;
    if (ok) {
        free(v->rows.row);
        v->rows = q->rows;
        q->rows = (struct rows){0};
        fill(v);
    }
    if (ok && q->look && q->changed)
        app_refresh(v->app); /* Overview and the others are to know, too */
    else
        watch(v);
}

static void release_request(void *job)
{
    struct request *q = job;
    free(q->old.row);
    free(q->rows.row);
}

#define READING                                                                                    \
    .name = "runs", .flags = JOB_QUIET, .size = sizeof(struct request), .work = read_rows,         \
    .take = take_rows, .release = release_request
static const struct view_job_kind reading = {READING}, looking = {READING, .silent = true};

static void start(struct runs_view *v, bool look)
{
    struct request *q = view_job_new(v->app, &v->view, look ? &looking : &reading, &v->request);
    q->look = look;
    q->old = (struct rows){.row = mem_zalloc(v->rows.n, sizeof *q->old.row), .n = v->rows.n};
    if (v->rows.n > 0)
        memcpy(q->old.row, v->rows.row, v->rows.n * sizeof *q->old.row);
    view_job_start(&q->job);
}

static void refresh(struct view *view, struct app *app)
{
    struct runs_view *v = (struct runs_view *)view;
    (void)app;
    fill(v); /* what is known at once */
    start(v, false);
}

static void tick(struct view *view, struct app *app)
{
    if (view_watch_due(view, app))
        start((struct runs_view *)view, true);
}

/* ---- the view ---- */

static void layout(struct view *view, int rows, int cols)
{
    sheet_layout(((struct runs_view *)view)->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct runs_view *v = (const struct runs_view *)view;
    if (sheet_source(v->sheet)->n_rows > 0)
        sheet_draw(v->sheet, c, true);
    else
        draw_wrapped(c, 0, 1, c->rows, c->cols - 2, ROLE_DIM,
                     "No runs yet. t opens the form of a new one.");
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct runs_view *)view)->sheet;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct runs_view *v = (struct runs_view *)view;
    bool on_run = sheet_count(v->sheet) > 0;
    switch (call->id) {
    case ACTION_OPEN:
        app_push(app, run_screen_new(app, sheet_id(v->sheet)));
        return REACT_DRAW;
    case ACTION_NEW_RUN:
        if (call->arg)
            return REACT_PASS;
        new_run_open(app, on_run ? study_run_by_id(host_of(app)->study, sheet_id(v->sheet)) : NULL);
        return REACT_DRAW;
    case ACTION_COMPARE:
        return compare_on_sheet(v->sheet, NULL, NULL, app, call, err);
    default:
        return run_actions_on_sheet(v->sheet, app, call, err);
    }
}

static void crumb(const struct view *view, struct buf *out)
{
    (void)view;
    buf_adds(out, "Runs");
}

static void link_to(const struct view *view, struct buf *out)
{
    host_link(host_of(((const struct runs_view *)view)->app), out);
    buf_adds(out, "runs-list\n");
}

static bool pin(const struct view *view, struct case_subject *out)
{
    const struct runs_view *v = (const struct runs_view *)view;
    return sheet_count(v->sheet) > 0 && run_subject(v->app, sheet_id(v->sheet), out);
}

static void release(struct view *view)
{
    struct runs_view *v = (struct runs_view *)view;
    sheet_free(v->sheet);
    free(v->rows.row);
    free(v);
}

static const struct view_ops ops = {
    .name = "runs",
    .scopes = SCOPE_RUNS,
    .footer = {ACTION_OPEN, ACTION_RUN_CANCEL, ACTION_RUN_RESUME, ACTION_RUN_DELETE, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .refresh = refresh,
    .tick = tick,
    .link = link_to,
    .pin = pin,
    .release = release,
};

struct view *runs_screen_new(struct app *app)
{
    struct runs_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->app = app;
    v->sheet = sheet_new(table_source(table_new(columns, ARRAY_LEN(columns))), app_jobs(app));
    return &v->view;
}
