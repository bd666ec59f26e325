#include "tui/screens/run_screen.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/screens/new_run_screen.h"
#include "tui/screens/run_actions.h"
#include "tui/screens/run_curves.h"
#include "tui/screens/run_data.h"
#include "tui/screens/view_job.h"

enum pane { PANE_EPOCHS, PANE_FIGURES, PANE_OPTIONS, PANE_LOG, PANES };
/* Rows: facts and curves where the view is high enough; the sheets have the rest. */
enum { LOW = 12, HIGH = 16, MOST_CURVES = 14, MOST_ERROR = 3, NARROW = 60 };

struct run_view {
    struct view view;
    struct app *app;
    int64_t run;
    char *name; /* when it was last there */
    struct run_data data;
    bool read;   /* else `data` is empty still */
    char *error; /* why it cannot be read; NULL */
    struct sheet *sheet[PANES];
    enum pane pane;
    bool chosen; /* by the user */
    uint64_t request;
    int fact_rows, error_rows, curve_rows; /* settled in layout() */
};

static const struct study_run *run_of(const struct run_view *v)
{
    return study_run_by_id(host_of(v->app)->study, v->run);
}

/* ---- the job ---- */

struct request {
    struct view_job job;
    int64_t run;
    bool look; /* takes in what the workers did before it reads */
    bool was_unfinished, changed;
    struct run_data data;
};

static bool read_run(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    struct study *study = q->job.study;
    if (!progress_ok(progress, err) || (q->look && !study_runs_refresh(study, err)))
        return false;
    const struct study_run *run = study_run_by_id(study, q->run);
    q->changed = !run || run_is_unfinished(run) != q->was_unfinished;
    return run ? run_data_read(study, run, q->job.part, &q->job.definition, &q->data, err)
               : error_set(err, ERROR_NOT_FOUND, "this run has been deleted; q goes back");
}

/* What Tab has not chosen follows what there is to see: why it failed, else how it went. */
static enum pane first_pane(const struct run_view *v)
{
    const struct study_run *run = run_of(v);
    if (run && strcmp(run->state, "failed") == 0 && v->data.log[0])
        return PANE_LOG;
    return v->data.curve.n > 0 ? PANE_EPOCHS : v->data.eval.n > 0 ? PANE_FIGURES : PANE_OPTIONS;
}

/* Who looks at the end of the log goes on looking at its end. */
static void set_log(struct run_view *v)
{
    struct sheet *log = v->sheet[PANE_LOG];
    bool at_end = sheet_position(log) == sheet_count(log) - 1;
    sheet_set_source(log, run_log_source(v->data.log));
    if (at_end)
        sheet_go(log, sheet_count(log) - 1);
}

static void show(struct run_view *v)
{
    const struct study_run *run = run_of(v);
    sheet_set_source(v->sheet[PANE_EPOCHS], run_epochs_source(&v->data.curve));
    sheet_set_source(v->sheet[PANE_FIGURES], run_figures_source(&v->data.eval));
    set_log(v);
    if (run && !v->read)
        sheet_set_source(v->sheet[PANE_OPTIONS], run_options_source(run));
    v->read = true;
    if (!v->chosen)
        v->pane = first_pane(v);
}

static void take_run(struct view *view, void *job, bool ok, const struct error *err)
{
    struct request *q = job;
    struct run_view *v = (struct run_view *)view;
    if (ok || err->code != ERROR_CANCELLED) {
        free(v->error);
        v->error = ok ? NULL : mem_strdup(err->text);
    }
    if (ok) {
        run_data_release(&v->data);
        v->data = q->data;
        q->data = (struct run_data){0};
        show(v);
    }
    const struct study_run *run = run_of(v);
    if (ok && q->look && q->changed)
        app_refresh(v->app); /* the views below are to know, too */
    else
        view_watch(view, run && run_is_unfinished(run));
}

static void release_request(void *job)
{
    run_data_release(&((struct request *)job)->data);
}

static void start(struct run_view *v, bool look)
{
    static const struct view_job_kind reading = {.name = "run",
                                                 .flags = JOB_QUIET,
                                                 .silent = true, /* it stands in the view */
                                                 .size = sizeof(struct request),
                                                 .work = read_run,
                                                 .take = take_run,
                                                 .release = release_request};
    const struct study_run *run = run_of(v);
    struct request *q = view_job_new(v->app, &v->view, &reading, &v->request);
    q->run = v->run;
    q->look = look;
    q->was_unfinished = run && run_is_unfinished(run);
    view_job_start(&q->job);
}

static void refresh(struct view *view, struct app *app)
{
    struct run_view *v = (struct run_view *)view;
    const struct study_run *run = run_of(v);
    (void)app;
    if (run) {
        free(v->name);
        v->name = mem_strdup(run->name);
    }
    start(v, false);
}

static void tick(struct view *view, struct app *app)
{
    if (view_watch_due(view, app))
        start((struct run_view *)view, true);
}

/* ---- facts ---- */

static unsigned state_style(const struct study_run *run)
{
    return run_is_unfinished(run)              ? ROLE_WARNING
           : strcmp(run->state, "failed") == 0 ? ROLE_ERROR
                                               : ROLE_NORMAL;
}

static void draw_what(const struct run_view *v, const struct study_run *run, struct canvas *c)
{
    const char *dot = canvas_glyph(c, GLYPH_DOT);
    const char *state = v->read && run_is_unfinished(run) ? v->data.state : run->state;
    int x = 1;
    x += draw_textf(c, 0, x, c->cols - x, ROLE_NORMAL, "%s %s ", run->model, dot);
    x += draw_end(c, 0, x, c->cols - x, state_style(run), state);
    char *more = mem_printf(" %s %s %s seed %lld %s trained on %s%s", dot, run->strategy, dot,
                            (long long)run->seed, dot,
                            run->trained_on == TRAINED_ON_TRAIN_VALID ? "train+valid" : "train",
                            run->trained_on_assumed ? " (assumed)" : "");
    draw_end(c, 0, x, c->cols - x - 1, ROLE_DIM, more);
    free(more);
}

static void draw_options(const struct study_run *run, struct canvas *c, int y)
{
    struct buf changed;
    buf_init(&changed);
    run_options_changed(run, &changed);
    draw_end(c, y, 1, c->cols - 2, changed.len ? ROLE_NORMAL : ROLE_DIM,
             changed.len ? changed.data : "all options have their defaults");
    buf_release(&changed);
}

static void draw_effort(const struct run_view *v, const struct study_run *run, struct canvas *c,
                        int y)
{
    const struct curve *curve = &v->data.curve;
    const char *dot = canvas_glyph(c, GLYPH_DOT);
    struct buf text;
    buf_init(&text);
    buf_addf(&text, "%.1f s of training", run->seconds);
    if (curve->n > 0)
        buf_addf(&text, " %s epoch %d", dot, (int)curve->epoch[curve->n - 1].epoch);
    if (curve->n > 0 && v->data.progress.epochs > 0)
        buf_addf(&text, " of %d", (int)v->data.progress.epochs);
    if (curve->kept > 0)
        buf_addf(&text, " %s weights of epoch %d", dot, (int)curve->kept);
    if (v->data.kernel && v->data.kernel[0])
        buf_addf(&text, " %s %s", dot, v->data.kernel);
    draw_end(c, y, 1, c->cols - 2, ROLE_DIM, text.data);
    buf_release(&text);
}

static void draw_facts(const struct run_view *v, const struct study_run *run, struct canvas *c)
{
    draw_what(v, run, c);
    if (v->fact_rows > 1)
        draw_options(run, c, 1);
    if (v->fact_rows > 2)
        draw_effort(v, run, c, 2);
    if (v->error_rows > 0)
        draw_wrapped(c, v->fact_rows, 1, v->error_rows, c->cols - 2, ROLE_ERROR, v->data.error);
}

/* ---- layout and drawing ---- */

/* Rows that a text takes when it is wrapped. */
static int wrapped_rows(const char *text, int cols)
{
    struct grid grid;
    grid_init(&grid, MOST_ERROR, cols > 0 ? cols : 1);
    struct canvas c = canvas_of(&grid, &glyphs_ascii);
    int rows = draw_wrapped(&c, 0, 0, MOST_ERROR, cols, ROLE_NORMAL, text);
    grid_release(&grid);
    return rows;
}

static void layout(struct view *view, int rows, int cols)
{
    struct run_view *v = (struct run_view *)view;
    const char *error = v->data.error;
    v->error_rows = error && error[0] ? wrapped_rows(error, cols - 2) : 0;
    v->fact_rows = rows >= LOW ? 3 : v->error_rows > 0 ? 1 : 2;
    if (rows < LOW && v->error_rows > 1)
        v->error_rows = 1;
    int left = rows - v->fact_rows - v->error_rows - 1;
    v->curve_rows = rows >= HIGH && v->data.curve.n > 0 ? left / 2 : 0;
    if (v->curve_rows > MOST_CURVES)
        v->curve_rows = MOST_CURVES;
    for (int i = 0; i < PANES; i++)
        sheet_layout(v->sheet[i], left - v->curve_rows, cols);
}

static void draw_tabs(const struct run_view *v, struct canvas *c, int y)
{
    static const char *const name[PANES] = {"Epochs", "Figures", "Options", "Log"};
    draw_rule(c, y, 0, c->cols, NULL);
    int x = 2;
    for (int i = 0; i < PANES; i++) {
        unsigned style = i == (int)v->pane ? ROLE_TITLE | STYLE_UNDERLINE : ROLE_DIM;
        x += draw_text(c, y, x, 1, ROLE_RULE, " ");
        x += draw_text(c, y, x, c->cols - x, style, name[i]);
        if (c->cols >= NARROW && v->read)
            x += draw_textf(c, y, x, c->cols - x, style, " %lld",
                            (long long)sheet_source(v->sheet[i])->n_rows);
        x += draw_text(c, y, x, 1, ROLE_RULE, " ") + 1;
    }
}

static const char *why_empty(const struct run_view *v)
{
    static const char *const why[PANES] = {
        [PANE_EPOCHS] = "no epoch has ended, or the model has none",
        [PANE_FIGURES] = "not counted under this definition; Overview counts finished runs",
        [PANE_OPTIONS] = "this model has no options",
        [PANE_LOG] = "no worker has written anything"};
    return v->read ? why[v->pane] : "reading";
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct run_view *v = (const struct run_view *)view;
    const struct study_run *run = run_of(v);
    if (!run || v->error) {
        draw_wrapped(c, 0, 1, c->rows, c->cols - 2, ROLE_NORMAL,
                     run ? v->error : "This run has been deleted; q goes back.");
        return;
    }
    draw_facts(v, run, c);
    int y = v->fact_rows + v->error_rows;
    struct canvas curves = canvas_sub(c, y, 1, v->curve_rows, c->cols - 1);
    run_curves_draw(&curves, &v->data.curve);
    draw_tabs(v, c, y + v->curve_rows);
    y += v->curve_rows + 1;
    struct canvas below = canvas_sub(c, y, 0, c->rows - y, c->cols);
    if (sheet_source(v->sheet[v->pane])->n_rows > 0)
        sheet_draw(v->sheet[v->pane], &below, true);
    else
        draw_wrapped(&below, 0, 1, below.rows, c->cols - 2, ROLE_DIM, why_empty(v));
}

/* ---- the rest of a view ---- */

static struct sheet *sheet_of(const struct view *view)
{
    const struct run_view *v = (const struct run_view *)view;
    return v->sheet[v->pane];
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct run_view *v = (struct run_view *)view;
    switch (call->id) {
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        v->pane = (v->pane + (call->id == ACTION_NEXT_PANE ? 1 : PANES - 1)) % PANES;
        v->chosen = true;
        return REACT_DRAW;
    case ACTION_PLOT:
        v->pane = PANE_EPOCHS;
        v->chosen = true;
        return REACT_DRAW;
    case ACTION_OPEN:
        return REACT_DONE;
    case ACTION_NEW_RUN:
        if (call->arg)
            return REACT_PASS;
        new_run_open(app, run_of(v));
        return REACT_DRAW;
    default:
        return run_actions_on(&v->run, 1, app, call, err);
    }
}

static void crumb(const struct view *view, struct buf *out)
{
    const struct run_view *v = (const struct run_view *)view;
    buf_adds(out, v->name ? v->name : "run");
}

static void link_to(const struct view *view, struct buf *out)
{
    const struct run_view *v = (const struct run_view *)view;
    host_link(host_of(v->app), out);
    buf_addf(out, "run %s\n", v->name ? v->name : "");
}

static int pane(const struct view *view)
{
    return ((const struct run_view *)view)->pane;
}

static bool go_pane(struct view *view, int number)
{
    struct run_view *v = (struct run_view *)view;
    if (number < 0 || number >= PANES)
        return false;
    v->pane = number;
    v->chosen = true;
    return true;
}

static bool pin(const struct view *view, struct case_subject *out)
{
    const struct run_view *v = (const struct run_view *)view;
    return run_subject(v->app, v->run, out);
}

static void release(struct view *view)
{
    struct run_view *v = (struct run_view *)view;
    for (int i = 0; i < PANES; i++)
        sheet_free(v->sheet[i]);
    run_data_release(&v->data);
    free(v->name);
    free(v->error);
    free(v);
}

static const struct view_ops ops = {
    .name = "run",
    .scopes = SCOPE_RUNS,
    .footer = {ACTION_NEXT_PANE, ACTION_RUN_CANCEL, ACTION_RUN_RESUME, ACTION_BACK, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .refresh = refresh,
    .tick = tick,
    .link = link_to,
    .pane = pane,
    .go_pane = go_pane,
    .pin = pin,
    .release = release,
};

struct view *run_screen_new(struct app *app, int64_t run)
{
    struct run_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->app = app;
    v->run = run;
    struct sheet_source *nothing[PANES] = {run_epochs_source(&v->data.curve),
                                           run_figures_source(&v->data.eval), run_log_source(""),
                                           run_log_source("")};
    for (int i = 0; i < PANES; i++)
        v->sheet[i] = sheet_new(nothing[i], app_jobs(app));
    sheet_set_header(v->sheet[PANE_LOG], false);
    return &v->view;
}
