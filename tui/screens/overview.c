/*
 * Overview. Three parts from top to bottom: facts of the data set, the runs, and below them the
 * findings of the audit beside the frontier plot, where there is room.
 */
#include "tui/screens/overview.h"

#include <stdlib.h>

#include "storage/base/mem.h"
#include "tui/screens/compare_screen.h"
#include "tui/screens/finding_view.h"
#include "tui/screens/frontier.h"
#include "tui/screens/new_run_screen.h"
#include "tui/screens/overview_private.h"
#include "tui/screens/run_actions.h"
#include "tui/screens/users_screen.h"

enum { NO_RUNS = 3 };
/* Of what is below the runs; the findings beside the frontier show their text on wide screens. */
enum { MIN_BELOW = 6, MOST_BELOW = 24, NARROW = 64, WIDE = 130, FINDINGS = 34 };

/* ---- layout and drawing ---- */

/* Below the runs: findings beside the frontier. Without room for that the findings take the place
 * of the runs while they have the keys. */
static void layout(struct view *view, int rows, int cols)
{
    struct overview *o = (struct overview *)view;
    int n_runs = (int)sheet_source(o->runs)->n_rows, wanted = n_runs ? n_runs + 1 : NO_RUNS;
    int room = rows - OVERVIEW_FACT_ROWS - 1;
    o->below_rows = room - wanted - 1 >= MIN_BELOW ? room - wanted - 1 : room >= 14 ? MIN_BELOW : 0;
    if (o->below_rows > MOST_BELOW)
        o->below_rows = MOST_BELOW;
    o->runs_rows = room - o->below_rows - (o->below_rows ? 1 : 0);
    if (o->below_rows && o->runs_rows > wanted)
        o->runs_rows = wanted;
    o->findings_cols = cols < NARROW || !o->below_rows ? cols : cols < WIDE ? FINDINGS : cols / 2;
    if (o->glyphs != app_glyphs(o->app))
        overview_fill_runs(o);
    sheet_layout(o->runs, o->runs_rows, cols);
    sheet_layout(o->findings, o->below_rows ? o->below_rows : o->runs_rows, o->findings_cols);
}

static void draw_runs(const struct overview *o, struct canvas *c)
{
    if (study_n_runs(host_of(o->app)->study) == 0)
        draw_wrapped(
            c, 0, 1, NO_RUNS, c->cols - 2, ROLE_DIM,
            "No runs yet. t opens the form of a new one; `rote train --model markov` makes "
            "one, too.");
    else
        sheet_draw(o->runs, c, !o->on_findings);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct overview *o = (const struct overview *)view;
    overview_draw_facts(o, c);
    struct canvas top = canvas_sub(c, OVERVIEW_FACT_ROWS + 1, 0, o->runs_rows, c->cols);
    if (!o->below_rows && o->on_findings)
        sheet_draw(o->findings, &top, true);
    else
        draw_runs(o, &top);
    if (!o->below_rows)
        return;
    int y = OVERVIEW_FACT_ROWS + 1 + o->runs_rows + 1, left_cols = o->findings_cols;
    struct canvas left = canvas_sub(c, y, 0, o->below_rows, left_cols);
    sheet_draw(o->findings, &left, o->on_findings);
    if (left_cols == c->cols)
        return;
    struct canvas right = canvas_sub(c, y, left_cols + 2, o->below_rows, c->cols - left_cols - 3);
    draw_vertical(c, y, left_cols, o->below_rows);
    frontier_draw(&right, &o->frontier);
}

/* ---- the rest of a view ---- */

static struct sheet *focused(const struct view *view)
{
    const struct overview *o = (const struct overview *)view;
    return o->on_findings ? o->findings : o->runs;
}

static unsigned fold(struct overview *o, int64_t group)
{
    if (idset_has(&o->unfolded, group))
        idset_remove(&o->unfolded, group);
    else
        idset_add(&o->unfolded, group);
    overview_fill_runs(o);
    return REACT_DRAW;
}

static unsigned open_row(struct overview *o)
{
    struct host *host = host_of(o->app);
    if (o->on_findings) {
        app_push(o->app, finding_view_new(o->app, &o->audit.finding[sheet_id(o->findings)]));
        return REACT_DRAW;
    }
    if (overview_is_group(sheet_id(o->runs)))
        return fold(o, sheet_id(o->runs));
    const struct study_run *run = study_run_by_id(host->study, sheet_id(o->runs));
    if (run && run->has[host->part] && !host_is_shown(host, run->id)) {
        host_toggle_run(host, run->id);
        app_refresh(o->app);
    }
    app_push(o->app, users_screen_new(o->app, USERS_ALL));
    return REACT_DRAW;
}

static unsigned new_run(struct overview *o)
{
    const struct study_run *like = NULL;
    int64_t *run = NULL;
    if (!o->on_findings && sheet_count(o->runs) > 0 &&
        overview_runs_of(o, (int64_t[]){sheet_id(o->runs)}, 1, &run) > 0)
        like = study_run_by_id(host_of(o->app)->study, run[0]);
    free(run);
    new_run_open(o->app, like);
    return REACT_DRAW;
}

/* What is done to a group is done to its runs; a name belongs to one run. */
static unsigned act_on_runs(struct overview *o, const struct call *call, struct error *err)
{
    if (sheet_position(o->runs) < 0)
        return REACT_PASS;
    if (call->id == ACTION_RUN_RENAME && overview_is_group(sheet_id(o->runs))) {
        error_set(err, ERROR_USAGE, "these are several runs; Enter shows them one by one");
        return REACT_ERROR;
    }
    if (call->id == ACTION_RUN_RENAME)
        return run_actions_on_sheet(o->runs, o->app, call, err);
    int64_t *rows, *runs;
    size_t n = sheet_chosen(o->runs, &rows), n_runs = overview_runs_of(o, rows, n, &runs);
    unsigned reaction = run_actions_on(runs, n_runs, o->app, call, err);
    free(rows);
    free(runs);
    return reaction;
}

static size_t runs_of_row(const void *context, int64_t row, int64_t **runs)
{
    return overview_runs_of(context, &row, 1, runs);
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct overview *o = (struct overview *)view;
    switch (call->id) {
    case ACTION_OPEN:
        return sheet_count(focused(view)) > 0 ? open_row(o) : (unsigned)REACT_DONE;
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        o->on_findings = !o->on_findings;
        return REACT_DRAW;
    case ACTION_PLOT:
        app_push(app, overview_frontier_new(o));
        return REACT_DRAW;
    case ACTION_NEW_RUN:
        return call->arg ? (unsigned)REACT_PASS : new_run(o);
    default:
        return o->on_findings ? (unsigned)REACT_PASS
               : call->id == ACTION_COMPARE
                   ? compare_on_sheet(o->runs, runs_of_row, o, app, call, err)
                   : act_on_runs(o, call, err);
    }
}

static void crumb(const struct view *view, struct buf *out)
{
    (void)view;
    buf_adds(out, "Overview");
}

static void link_to(const struct view *view, struct buf *out)
{
    host_link(host_of(((const struct overview *)view)->app), out);
    buf_adds(out, "overview\n");
}

static int pane(const struct view *view)
{
    return ((const struct overview *)view)->on_findings;
}

static bool go_pane(struct view *view, int number)
{
    ((struct overview *)view)->on_findings = number == 1;
    return number == 0 || number == 1;
}

static bool pin(const struct view *view, struct case_subject *out)
{
    const struct overview *o = (const struct overview *)view;
    return !o->on_findings && sheet_count(o->runs) > 0 &&
           run_subject(o->app, sheet_id(o->runs), out);
}

static void release(struct view *view)
{
    struct overview *o = (struct overview *)view;
    sheet_free(o->runs);
    sheet_free(o->findings);
    free(o->figures);
    free(o->now);
    idset_release(&o->unfolded);
    frontier_release(&o->frontier);
    audit_release(&o->audit);
    free(o);
}

static const struct view_ops ops = {
    .name = "overview",
    .scopes = SCOPE_RUNS | SCOPE_OVERVIEW,
    .footer = {ACTION_OPEN, ACTION_USERS, ACTION_PLOT, ACTION_DEFINITION, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = focused,
    .refresh = overview_refresh,
    .tick = overview_look,
    .link = link_to,
    .pane = pane,
    .go_pane = go_pane,
    .pin = pin,
    .release = release,
};

struct view *overview_new(struct app *app)
{
    struct overview *o = mem_zalloc(1, sizeof *o);
    o->view.ops = &ops;
    o->app = app;
    o->n_findings = -1;
    o->runs = sheet_new(overview_runs_empty(), app_jobs(app));
    o->findings = sheet_new(overview_findings_empty(), app_jobs(app));
    sheet_set_idle_cursor(o->findings, false); /* Enter opens a run until Tab says otherwise */
    return &o->view;
}
