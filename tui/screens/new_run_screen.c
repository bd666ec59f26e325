/*
 * New run. The rows are a sheet, so that moving, searching and filtering work as everywhere; below
 * them what the row under the cursor means, the command line, and how long it may take.
 */
#include "tui/screens/new_run_screen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/train_time.h"
#include "storage/base/mem.h"
#include "tui/screens/new_run.h"
#include "tui/screens/new_run_form.h"
#include "tui/screens/view_job.h"
#include "tui/widgets/table.h"

/* Below the rows, where there is room: a rule, two rows of help, the range, the command line's two
 * to five rows, and the time; else a row for the range, the command line and the time each. */
enum { ROOMY_ROWS = 16, HELP_ROWS = 2, COMMAND_ROWS = 2, COMMAND_ROWS_MAX = 5, FOOT_TIGHT = 3 };
enum { COLUMN_VALUE = 1 };

struct new_run_screen {
    struct view view;
    struct app *app;
    struct new_run_form form;
    struct sheet *sheet;
    char *like;             /* name of the run that it began with; NULL: none */
    int foot, command_rows; /* rows below the sheet, and of the command line; see layout() */
    struct train_rates rates;
    bool has_rates, starting;
};

static const struct column columns[] = {
    {.name = "option", .kind = COLUMN_TEXT, .width = 22, .help = "what is asked for"},
    {.name = "value", .kind = COLUMN_TEXT, .width = 14, .width_max = 24, .help = "h and l step it"},
    {.name = "about",
     .kind = COLUMN_TEXT,
     .width = 30,
     .width_max = 200,
     .from = 62,
     .help = "what it means"},
};

/* ---- rows ---- */

static void add_row(struct table *t, const struct new_run_form *form, struct form_row row)
{
    struct buf text;
    buf_init(&text);
    bool changed = form_is_changed(form, row);
    table_row(t, form_row_number(row));
    form_name_text(row, &text);
    table_text(t, text.data, ROLE_NORMAL);
    buf_clear(&text);
    form_value_text(form, row, &text);
    if (text.len == 0)
        buf_adds(&text, "(automatic)");
    table_text(t, text.data, changed ? ROLE_NORMAL | STYLE_BOLD : ROLE_DIM);
    buf_clear(&text);
    form_help_text(row, &text);
    table_text(t, text.data, ROLE_DIM);
    buf_release(&text);
}

static void fill(struct new_run_screen *s)
{
    struct form_row rows[FORM_ROWS_MAX];
    size_t n = form_rows(&s->form, rows);
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < n; i++)
        add_row(t, &s->form, rows[i]);
    sheet_set_source(s->sheet, table_source(t));
}

/* False: no row is visible. */
static bool row_at_cursor(const struct new_run_screen *s, struct form_row *row)
{
    if (sheet_position(s->sheet) < 0)
        return false;
    *row = form_row_of(sheet_id(s->sheet));
    return true;
}

/* ---- how fast such runs are: read in a job ---- */

struct request {
    struct view_job job;
    struct train_rates rates;
};

static bool read_rates(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    return progress_ok(progress, err) && train_rates_read(q->job.study, &q->rates, err);
}

static void take_rates(struct view *view, void *job, bool ok, const struct error *err)
{
    struct request *q = job;
    struct new_run_screen *s = (struct new_run_screen *)view;
    (void)err;
    if (!ok)
        return;
    train_rates_release(&s->rates);
    s->rates = q->rates;
    q->rates = (struct train_rates){0};
    s->has_rates = true;
}

static void release_request(void *job)
{
    train_rates_release(&((struct request *)job)->rates);
}

static void refresh(struct view *view, struct app *app)
{
    static const struct view_job_kind reading = {.name = "rates",
                                                 .flags = JOB_QUIET,
                                                 .size = sizeof(struct request),
                                                 .work = read_rates,
                                                 .take = take_rates,
                                                 .release = release_request};
    struct request *q = view_job_new(app, view, &reading, NULL);
    view_job_start(&q->job);
}

/* ---- layout and drawing ---- */

/* How many rows the command line takes, by drawing it out of sight. */
static int command_rows(const struct new_run_screen *s, int cols)
{
    struct grid g;
    struct buf command;
    grid_init(&g, COMMAND_ROWS_MAX, cols);
    buf_init(&command);
    form_command(&s->form, NULL, &command);
    struct canvas c = canvas_of(&g, app_glyphs(s->app));
    int rows = draw_wrapped(&c, 0, 1, c.rows, c.cols - 2, ROLE_KEY, command.data);
    grid_release(&g);
    buf_release(&command);
    return rows < COMMAND_ROWS ? COMMAND_ROWS : rows;
}

static void layout(struct view *view, int rows, int cols)
{
    struct new_run_screen *s = (struct new_run_screen *)view;
    bool roomy = rows >= ROOMY_ROWS;
    s->command_rows = roomy ? command_rows(s, cols) : 1;
    s->foot = roomy ? 1 + HELP_ROWS + 1 + s->command_rows + 1 : FOOT_TIGHT;
    sheet_layout(s->sheet, rows - s->foot, cols);
}

static void add_duration(struct buf *out, double seconds)
{
    if (seconds < 1)
        buf_adds(out, "less than a second");
    else if (seconds < 100)
        buf_addf(out, "%.0f s", seconds);
    else if (seconds < 100 * 60.0)
        buf_addf(out, "%.0f m", seconds / 60);
    else
        buf_addf(out, "%.1f h", seconds / 3600);
}

static void add_trained_time(const struct new_run_screen *s, struct buf *out)
{
    struct run_request request;
    form_request(&s->form, &request);
    struct train_time t = train_time_expect(&s->rates, &request.options);
    const struct study_run *like = study_run_by_id(host_of(s->app)->study, t.like);
    size_t runs = form_n_runs(&s->form);
    if (isnan(t.seconds)) {
        buf_addf(out, "not known yet (no %s run has finished an epoch here)",
                 run_model_name(s->form.model));
        return;
    }
    if (runs > 1)
        buf_addf(out, "%zu runs, each ", runs);
    buf_adds(out, "at most ");
    add_duration(out, t.seconds);
    buf_addf(out, ": %d epochs, %s %s", (int)t.epochs, t.scaled ? "reckoned from" : "like",
             like ? like->name : "a run");
}

static void add_time(const struct new_run_screen *s, struct buf *out)
{
    buf_adds(out, "expected time: ");
    if (!run_model_is_trained(s->form.model))
        buf_adds(out, "it is counted at once");
    else if (!s->has_rates)
        buf_adds(out, "looking at the runs");
    else
        add_trained_time(s, out);
}

static void draw_last_line(const struct new_run_screen *s, struct canvas *c)
{
    struct error err = {0};
    struct buf text;
    buf_init(&text);
    bool ok = form_check(&s->form, study_dataset(host_of(s->app)->study), &err);
    if (ok)
        add_time(s, &text);
    draw_end(c, c->rows - 1, 1, c->cols - 2, ok ? ROLE_DIM : ROLE_WARNING,
             ok ? text.data : err.text);
    buf_release(&text);
}

/* Where there is one row only, the range matters more than the words. */
static void draw_help(const struct new_run_screen *s, struct canvas *c, int y)
{
    struct form_row row;
    struct buf text, range;
    bool roomy = s->foot > FOOT_TIGHT;
    if (!row_at_cursor(s, &row))
        return;
    buf_init(&text);
    buf_init(&range);
    form_help_text(row, &text);
    form_range_text(&s->form, row, &range);
    if (roomy)
        draw_wrapped(c, y, 1, HELP_ROWS, c->cols - 2, ROLE_NORMAL, text.data);
    draw_end(c, roomy ? y + HELP_ROWS : y, 1, c->cols - 2, ROLE_DIM,
             roomy || range.len > 0 ? range.data : text.data);
    buf_release(&text);
    buf_release(&range);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct new_run_screen *s = (const struct new_run_screen *)view;
    struct canvas top = canvas_sub(c, 0, 0, c->rows - s->foot, c->cols);
    struct canvas foot = canvas_sub(c, c->rows - s->foot, 0, s->foot, c->cols);
    bool roomy = s->foot > FOOT_TIGHT;
    struct buf command;
    buf_init(&command);
    form_command(&s->form, NULL, &command);
    sheet_draw(s->sheet, &top, true);
    if (roomy)
        draw_rule(&foot, 0, 0, foot.cols, "");
    draw_help(s, &foot, roomy);
    int y = foot.rows - 1 - s->command_rows;
    if (roomy)
        draw_wrapped(&foot, y, 1, s->command_rows, foot.cols - 2, ROLE_KEY, command.data);
    else
        draw_end(&foot, y, 1, foot.cols - 2, ROLE_KEY, command.data);
    draw_last_line(s, &foot);
    buf_release(&command);
}

/* ---- changing ---- */

static unsigned change(struct new_run_screen *s, enum action_id how)
{
    struct form_row row;
    if (!row_at_cursor(s, &row))
        return REACT_DONE;
    if (how == ACTION_RESET)
        form_reset(&s->form, row);
    else
        form_step(&s->form, row, how == ACTION_LEFT ? -1 : 1);
    fill(s);
    return REACT_DRAW;
}

/* Enter and Space: the next choice, or the prompt for a number or a name. */
static unsigned edit(struct new_run_screen *s)
{
    struct form_row row;
    if (!row_at_cursor(s, &row))
        return REACT_DONE;
    if (form_is_choice(&s->form, row))
        return change(s, ACTION_RIGHT);
    struct buf text;
    buf_init(&text);
    form_setting_text(&s->form, row, &text);
    app_ask(s->app, ACTION_SET, text.data);
    buf_release(&text);
    return REACT_DRAW;
}

/* A wrong value is said, and stays in the prompt to be put right. */
static unsigned set(struct new_run_screen *s, const char *text, struct error *err)
{
    if (form_set(&s->form, text, err)) {
        fill(s);
        return REACT_DRAW;
    }
    if (!app_batch(s->app))
        app_ask(s->app, ACTION_SET, text);
    return REACT_ERROR;
}

/* ---- starting ---- */

static bool is_taken(const struct new_run_screen *s, const char *name)
{
    return study_run_named(host_of(s->app)->study, name) != NULL;
}

static bool may_start(const struct new_run_screen *s, struct error *err)
{
    if (app_readonly(s->app) || study_read_only(host_of(s->app)->study))
        return error_set(
            err, ERROR_STATE,
            "start: the workspace is open for reading only; Y copies the command line");
    if (s->starting)
        return error_set(err, ERROR_STATE, "start: it is being started already");
    if (form_n_runs(&s->form) == 1 && is_taken(s, s->form.name))
        return error_set(err, ERROR_USAGE, "there is already a run named %s; choose another name",
                         s->form.name);
    return form_check(&s->form, study_dataset(host_of(s->app)->study), err);
}

static void started(struct app *app, uint64_t number, bool ok)
{
    struct new_run_screen *s = (struct new_run_screen *)app_view_alive(app, number);
    if (!s)
        return;
    s->starting = false;
    if (ok && app_front(app) == &s->view)
        app_pop(app);
}

static unsigned start(struct new_run_screen *s, struct error *err)
{
    struct app *app = s->app;
    struct run_request request;
    if (!may_start(s, err))
        return REACT_ERROR;
    form_request(&s->form, &request);
    bool counted = !run_model_is_trained(s->form.model);
    s->starting = true;
    new_run_start(app, &request, counted ? 1 : s->form.seeds, started, s->view.number);
    if (counted && app_front(app) == &s->view)
        app_pop(app); /* it may take a while, and says so in the status line */
    return REACT_DRAW;
}

static unsigned copy_command(const struct new_run_screen *s)
{
    struct buf command;
    buf_init(&command);
    form_command(&s->form, study_dir(host_of(s->app)->study), &command);
    app_copy(s->app, command.data);
    buf_release(&command);
    return REACT_DRAW;
}

/* ---- the rest of a view ---- */

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct new_run_screen *s = (struct new_run_screen *)view;
    (void)app;
    switch (call->id) {
    case ACTION_LEFT:
    case ACTION_RIGHT:
    case ACTION_RESET:
        return change(s, call->id);
    case ACTION_OPEN:
    case ACTION_MARK:
        return edit(s);
    case ACTION_SET:
        return app_is_setting(call->arg) ? (unsigned)REACT_PASS : set(s, call->arg, err);
    case ACTION_START:
        return start(s, err);
    case ACTION_COPY_LINK:
        return copy_command(s);
    default:
        return REACT_PASS;
    }
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct new_run_screen *)view)->sheet;
}

static void complete(const struct view *view, enum action_argument kind, const char *prefix,
                     struct completions *out)
{
    if (kind == ARG_SETTING)
        form_complete(&((const struct new_run_screen *)view)->form, prefix, out);
}

static void crumb(const struct view *view, struct buf *out)
{
    const struct new_run_screen *s = (const struct new_run_screen *)view;
    buf_addf(out, s->like ? "New run like %s" : "New run", s->like);
}

static void release(struct view *view)
{
    struct new_run_screen *s = (struct new_run_screen *)view;
    sheet_free(s->sheet);
    train_rates_release(&s->rates);
    free(s->like);
    free(s);
}

static const struct view_ops ops = {
    .name = "new-run",
    .scopes = SCOPE_FORM,
    .footer = {ACTION_OPEN, ACTION_START, ACTION_RESET, ACTION_COPY_LINK, ACTION_BACK},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .refresh = refresh,
    .complete = complete,
    .release = release,
};

static void push(struct app *app, const struct new_run_form *form, const struct study_run *like)
{
    struct new_run_screen *s = mem_zalloc(1, sizeof *s);
    s->view.ops = &ops;
    s->app = app;
    s->form = *form;
    s->like = like ? mem_strdup(like->name) : NULL;
    s->sheet = sheet_new(table_source(table_new(columns, ARRAY_LEN(columns))), app_jobs(app));
    sheet_set_header(s->sheet, false);
    fill(s);
    sheet_go(s->sheet, 0);
    sheet_go_column(s->sheet, COLUMN_VALUE);
    app_push(app, &s->view);
}

void new_run_open(struct app *app, const struct study_run *like)
{
    struct new_run_form form;
    bool same = like && form_like(&form, like, NULL) && run_model_is_trained(form.model);
    if (!same)
        form_init(&form);
    push(app, &form, same ? like : NULL);
}

unsigned new_run_open_like(struct app *app, const struct study_run *like, struct error *err)
{
    struct new_run_form form;
    if (!form_like(&form, like, err))
        return REACT_ERROR;
    push(app, &form, like);
    return REACT_DRAW;
}
