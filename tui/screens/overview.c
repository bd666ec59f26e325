/*
 * Overview. Three parts from top to bottom: facts of the data set, the runs, and below them the
 * findings of the audit beside the frontier plot, where there is room.
 */
#include "tui/screens/overview.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/model/reference.h"
#include "analysis/report/audit_report.h"
#include "analysis/report/train.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_panes.h"
#include "tui/screens/figures.h"
#include "tui/screens/finding_view.h"
#include "tui/screens/frontier.h"
#include "tui/screens/users_screen.h"
#include "tui/widgets/table.h"

enum { FACT_ROWS = 2, NO_RUNS = 3, PRESETS = 3 };
/* Of what is below the runs; the findings beside the frontier show their text on wide screens. */
enum { MIN_BELOW = 6, MOST_BELOW = 24, NARROW = 64, WIDE = 130, FINDINGS = 34 };

struct overview {
    struct view view;
    struct app *app;
    struct sheet *runs, *findings;
    bool on_findings;
    int runs_rows, below_rows, findings_cols; /* settled in layout() */
    struct run_figures *figures;              /* [n_figures] */
    size_t n_figures;
    struct reach reach[PRESETS];
    bool has_reach;
    struct audit audit;
    int64_t n_findings;  /* -1: not counted yet */
    uint64_t request;    /* of the newest refresh; answers to older ones are dropped */
    uint64_t job;        /* that evaluates; 0: none yet */
    struct run_now *now; /* [n_now] unfinished runs */
    size_t n_now;
    size_t seen_runs, seen_done; /* when `now` was read */
    bool stopped;                /* the evaluation was cancelled or failed; R begins again */
};

/* What an unfinished run does. */
struct run_now {
    int64_t run;
    char text[RUN_STATE_TEXT_MAX];
};

static const double WATCH_SECONDS = 1;

static const struct column run_columns[] = {
    {.name = "run", .kind = COLUMN_TEXT, .width = 14, .width_max = 28, .help = "name of the run"},
    {.name = "recall@10",
     .kind = COLUMN_REAL,
     .width = 9,
     .decimals = 4,
     .help = "share of cases whose target is in the first 10"},
    {.name = "one-hop",
     .kind = COLUMN_PERCENT,
     .width = 7,
     .decimals = 1,
     .help = "share of the first K that directly followed a history item in training"},
    {.name = "null",
     .kind = COLUMN_PERCENT,
     .width = 7,
     .decimals = 1,
     .help = "the same with the lists permuted between users"},
    {.name = "excess",
     .kind = COLUMN_PERCENT,
     .width = 8,
     .decimals = 1,
     .sign = true,
     .help = "one-hop less null"},
    {.name = "labels",
     .kind = COLUMN_BAR,
     .width = 12,
     .width_max = 40,
     .help = "memorized, related and uncategorized recommendations"},
    {.name = "state",
     .kind = COLUMN_TEXT,
     .width = 8,
     .width_max = 30,
     .help = "shown, or what it does"},
};

static const struct column finding_columns[] = {
    {.name = "audit", .kind = COLUMN_TEXT, .width = 22, .help = "what was found"},
    {.name = "share", .kind = COLUMN_PERCENT, .width = 7, .decimals = 1, .help = "of the data"},
    {.name = "finding",
     .kind = COLUMN_TEXT,
     .width = 30,
     .width_max = 400,
     .from = 62,
     .help = "in words"},
};

/* ---- tables ---- */

static const struct run_figures *figures_of(const struct overview *o, int64_t run)
{
    for (size_t i = 0; i < o->n_figures; i++)
        if (o->figures[i].run == run)
            return &o->figures[i];
    return NULL;
}

static const char *state_of(const struct overview *o, const struct study_run *run)
{
    for (size_t i = 0; i < o->n_now; i++)
        if (o->now[i].run == run->id && run_is_unfinished(run))
            return o->now[i].text;
    return run->state;
}

static void add_labels(struct table *t, const struct run_figures *f)
{
    const struct bar_part parts[] = {
        {f->memorized, ROLE_MEMORIZED, GLYPH_FULL},
        {f->related, ROLE_RELATED, GLYPH_MEDIUM},
        {f->uncategorized, ROLE_UNCATEGORIZED, GLYPH_LIGHT},
    };
    table_bar(t, parts, 3, f->memorized);
}

static void add_run(struct table *t, const struct overview *o, const struct study_run *run)
{
    const struct host *host = host_of(o->app);
    const struct run_figures *f = figures_of(o, run->id);
    bool shown = host_is_shown(host, run->id);
    table_row(t, run->id);
    table_text(t, run->name, shown ? ROLE_NORMAL | STYLE_BOLD : ROLE_NORMAL);
    if (f)
        table_real(t, f->recall10, ROLE_NORMAL);
    else
        table_missing(t);
    if (f && f->known) {
        table_real(t, f->ratio, ROLE_MEMORIZED);
        table_real(t, f->null, ROLE_DIM);
        table_real(t, f->excess, ROLE_NORMAL);
        add_labels(t, f);
    } else {
        for (int i = 0; i < 4; i++)
            table_missing(t);
    }
    if (strcmp(run->state, "done") != 0)
        table_text(t, state_of(o, run), ROLE_WARNING);
    else if (f && !f->known)
        table_text(t, o->stopped ? "stopped" : "counting", ROLE_DIM);
    else
        table_text(t, shown ? "shown" : "", ROLE_DIM);
}

static void fill_runs(struct overview *o)
{
    const struct host *host = host_of(o->app);
    struct table *t = table_new(run_columns, ARRAY_LEN(run_columns));
    for (size_t i = 0; i < study_n_runs(host->study); i++)
        add_run(t, o, study_run_at(host->study, i));
    sheet_set_source(o->runs, table_source(t));
}

static void fill_findings(struct overview *o)
{
    struct table *t = table_new(finding_columns, ARRAY_LEN(finding_columns));
    for (size_t i = 0; i < o->audit.n; i++) {
        table_row(t, (int64_t)i);
        table_text(t, o->audit.finding[i].id, ROLE_WARNING);
        table_real(t, o->audit.finding[i].share, ROLE_NORMAL);
        table_text(t, o->audit.finding[i].text, ROLE_NORMAL);
    }
    o->n_findings = (int64_t)o->audit.n;
    sheet_set_source(o->findings, table_source(t));
}

/* ---- jobs: stored figures, then what is missing run by run; the audit; reachable targets ---- */

struct request {
    struct app *app;
    uint64_t view, number;
    struct study *study;
    enum part part;
    struct definition definition;
    struct run_figures *figures;
    size_t n;
    struct reach reach[PRESETS];
    struct audit audit;
    struct run_now *now;
    size_t n_now, seen_runs, seen_done;
};

static struct request *request_new(struct overview *o)
{
    const struct host *host = host_of(o->app);
    struct request *q = mem_zalloc(1, sizeof *q);
    q->app = o->app;
    q->view = o->view.number;
    q->number = o->request;
    q->study = host->study;
    q->part = host->part;
    q->definition = host->definition;
    return q;
}

static void request_free(struct request *q)
{
    free(q->figures);
    free(q->now);
    audit_release(&q->audit);
    free(q);
}

/* The view that asked, if it still shows what was asked for. */
static struct overview *asker(const struct request *q)
{
    struct overview *o = (struct overview *)app_view_alive(q->app, q->view);
    return o && o->request == q->number ? o : NULL;
}

static uint64_t start(struct overview *o, const char *name, unsigned flags,
                      bool (*work)(void *, struct progress *, struct error *),
                      void (*done)(void *, bool, const struct error *), struct request *q)
{
    return jobs_start(
        app_jobs(o->app),
        &(struct job_spec){.name = name, .flags = flags, .work = work, .done = done, .context = q});
}

static bool read_stored(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    size_t n = study_n_runs(q->study);
    q->figures = mem_zalloc(n, sizeof *q->figures);
    for (size_t i = 0; i < n; i++) {
        const struct study_run *run = study_run_at(q->study, i);
        if (!progress_ok(progress, err) ||
            !run_figures_stored(q->study, run, q->part, &q->definition, &q->figures[q->n++], err))
            return false;
    }
    return true;
}

/* The first run whose figures are not stored and can be computed. */
static bool compute_next(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    for (size_t i = 0; i < q->n; i++) {
        const struct study_run *run = study_run_by_id(q->study, q->figures[i].run);
        if (!q->figures[i].known && run && run->has[q->part])
            return run_figures_get(q->study, run, q->part, &q->definition, progress, &q->figures[i],
                                   err);
    }
    return true;
}

static bool all_known(const struct request *q)
{
    for (size_t i = 0; i < q->n; i++) {
        const struct study_run *run = study_run_by_id(q->study, q->figures[i].run);
        if (!q->figures[i].known && run && run->has[q->part])
            return false;
    }
    return true;
}

/* ---- labels of the slots, which a worker leaves to others ---- */

static const struct study_run *unlabelled(const struct request *q)
{
    for (size_t i = 0; i < q->n; i++) {
        const struct study_run *run = study_run_by_id(q->study, q->figures[i].run);
        if (run && run->has[q->part] && !run->relation[q->part])
            return run;
    }
    return NULL;
}

static bool label_next(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    const struct study_run *run = unlabelled(q);
    if (!run)
        return true;
    int64_t id = run->id;
    if (!label_run(q->study, run, q->part, progress, err))
        return false;
    run = unlabelled(q);
    return !run || run->id != id ||
           error_set(err, ERROR_STATE, "the labels of %s cannot be read back", run->name);
}

static void take_labels(void *context, bool ok, const struct error *err)
{
    struct request *q = context;
    if (asker(q) && !ok && err->code != ERROR_CANCELLED)
        app_say_error(q->app, err);
    else if (asker(q) && ok)
        app_refresh(q->app); /* goes on with the next one */
    request_free(q);
}

/* Takes q. */
static void label_what_is_left(struct overview *o, struct request *q)
{
    if (unlabelled(q) && !app_readonly(q->app))
        o->job = start(o, "labelling", 0, label_next, take_labels, q);
    else
        request_free(q);
}

static void take_figures(void *context, bool ok, const struct error *err)
{
    struct request *q = context;
    struct overview *o = asker(q);
    if (o && !ok && err->code != ERROR_CANCELLED)
        app_say_error(q->app, err);
    if (!o || !ok) {
        request_free(q);
        if (o) {
            o->stopped = true;
            fill_runs(o);
            app_redraw(o->app);
        }
        return;
    }
    free(o->figures);
    o->n_figures = q->n;
    o->figures = mem_zalloc(q->n, sizeof *o->figures);
    memcpy(o->figures, q->figures, q->n * sizeof *o->figures);
    fill_runs(o);
    app_redraw(q->app);
    if (all_known(q))
        label_what_is_left(o, q);
    else
        o->job = start(o, "evaluating", 0, compute_next, take_figures, q);
}

static bool count_reach(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    struct definition presets[PRESETS] = {definition_last(), definition_any(), definition_iirg()};
    for (int i = 0; i < PRESETS; i++) {
        presets[i].train_valid = q->definition.train_valid;
        if (!reach_get(q->study, q->part, &presets[i], progress, &q->reach[i], err))
            return false;
    }
    return true;
}

static void take_reach(void *context, bool ok, const struct error *err)
{
    struct request *q = context;
    struct overview *o = asker(q);
    (void)err; /* cancelled, or told by the figures */
    if (o && ok) {
        memcpy(o->reach, q->reach, sizeof o->reach);
        o->has_reach = true;
        app_redraw(q->app);
    }
    request_free(q);
}

static bool run_audit(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    return audit_study(q->study, false, progress, &q->audit, err);
}

static void take_audit(void *context, bool ok, const struct error *err)
{
    struct request *q = context;
    struct overview *o = (struct overview *)app_view_alive(q->app, q->view);
    if (o && ok) {
        audit_release(&o->audit);
        o->audit = q->audit;
        q->audit = (struct audit){0};
        fill_findings(o);
    } else if (o && err->code != ERROR_CANCELLED) {
        app_say_error(q->app, err);
    }
    if (o)
        app_redraw(q->app);
    request_free(q);
}

/* ---- runs that are being trained: looked at every second as long as there are any ---- */

static void count_runs(const struct study *study, size_t *all, size_t *done)
{
    *all = study_n_runs(study);
    *done = 0;
    for (size_t i = 0; i < *all; i++)
        *done += !run_is_unfinished(study_run_at(study, i));
}

static bool look_at_runs(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    if (!progress_ok(progress, err) || !study_runs_refresh(q->study, err))
        return false;
    count_runs(q->study, &q->seen_runs, &q->seen_done);
    q->now = mem_zalloc(q->seen_runs, sizeof *q->now);
    for (size_t i = 0; i < q->seen_runs; i++) {
        const struct study_run *run = study_run_at(q->study, i);
        if (!run_is_unfinished(run))
            continue;
        q->now[q->n_now].run = run->id;
        run_state_text(q->study, run, q->now[q->n_now++].text);
    }
    return true;
}

static void take_look(void *context, bool ok, const struct error *err)
{
    struct request *q = context;
    struct overview *o = (struct overview *)app_view_alive(q->app, q->view);
    (void)err; /* the next look may work */
    if (o && ok) {
        bool changed = o->seen_runs != q->seen_runs || o->seen_done != q->seen_done;
        free(o->now);
        o->now = q->now;
        o->n_now = q->n_now;
        q->now = NULL;
        if (changed) {
            app_refresh(q->app); /* looks again */
        } else {
            fill_runs(o);
            app_redraw(q->app);
            if (o->n_now > 0)
                app_tick(q->app, &o->view, WATCH_SECONDS);
        }
    }
    request_free(q);
}

static void look(struct view *view, struct app *app)
{
    struct overview *o = (struct overview *)view;
    (void)app;
    start(o, "runs", JOB_QUIET, look_at_runs, take_look, request_new(o));
}

static void watch(struct overview *o)
{
    const struct study *study = host_of(o->app)->study;
    count_runs(study, &o->seen_runs, &o->seen_done);
    if (o->seen_done < o->seen_runs)
        app_tick(o->app, &o->view, 0);
}

static void refresh(struct view *view, struct app *app)
{
    struct overview *o = (struct overview *)view;
    o->request++;
    o->stopped = false;
    jobs_cancel(app_jobs(app), o->job); /* its figures are not wanted any more */
    fill_runs(o);
    watch(o);
    start(o, "figures", JOB_QUIET, read_stored, take_figures, request_new(o));
    start(o, "reachable targets", JOB_QUIET, count_reach, take_reach, request_new(o));
    if (o->n_findings < 0)
        start(o, "audit", 0, run_audit, take_audit, request_new(o));
}

/* ---- layout and drawing ---- */

/* Below the runs: findings beside the frontier. Without room for that the findings take the place
 * of the runs while they have the keys. */
static void layout(struct view *view, int rows, int cols)
{
    struct overview *o = (struct overview *)view;
    int n_runs = (int)sheet_source(o->runs)->n_rows, wanted = n_runs ? n_runs + 1 : NO_RUNS;
    int room = rows - FACT_ROWS - 1;
    o->below_rows = room - wanted - 1 >= MIN_BELOW ? room - wanted - 1 : room >= 14 ? MIN_BELOW : 0;
    if (o->below_rows > MOST_BELOW)
        o->below_rows = MOST_BELOW;
    o->runs_rows = room - o->below_rows - (o->below_rows ? 1 : 0);
    if (o->below_rows && o->runs_rows > wanted)
        o->runs_rows = wanted;
    o->findings_cols = cols < NARROW || !o->below_rows ? cols : cols < WIDE ? FINDINGS : cols / 2;
    sheet_layout(o->runs, o->runs_rows, cols);
    sheet_layout(o->findings, o->below_rows ? o->below_rows : o->runs_rows, o->findings_cols);
}

static void add_count(struct buf *out, int64_t n, const char *what)
{
    add_grouped_count(out, n);
    buf_addf(out, " %s", what);
}

static void add_findings(const struct overview *o, struct buf *out)
{
    if (o->n_findings < 0)
        buf_adds(out, "audit: looking");
    else
        buf_addf(out, "audit: %lld finding%s", (long long)o->n_findings,
                 o->n_findings == 1 ? "" : "s");
}

/* Counts on the left, the audit on the right; the interactions give way on narrow screens. */
static void draw_facts(const struct overview *o, struct canvas *c)
{
    const struct dataset *d = study_dataset(host_of(o->app)->study);
    struct buf text, audit;
    buf_init(&text);
    buf_init(&audit);
    add_findings(o, &audit);
    int right = text_width(audit.data, audit.len), room = c->cols - right - 4;
    add_count(&text, d->n_users, "users   ");
    add_count(&text, d->n_items, "items");
    size_t shorter = text.len;
    buf_adds(&text, "   ");
    add_count(&text, d->n_interactions, "interactions");
    if (text_width(text.data, text.len) > room)
        buf_truncate(&text, shorter);
    draw_end(c, 0, 1, room, ROLE_NORMAL, text.data);
    draw_text(c, 0, c->cols - 1 - right, right, o->n_findings ? ROLE_WARNING : ROLE_DIM,
              audit.data);
    buf_release(&text);
    buf_release(&audit);
}

/* A share as "11.4 %", with its band where the ties leave one. */
static void add_reach(const struct overview *o, int preset, bool band, struct buf *out)
{
    const struct reach *r = &o->reach[preset];
    if (!o->has_reach)
        buf_adds(out, app_glyphs(o->app)->symbol[GLYPH_NONE]);
    else
        buf_addf(out, "%.1f %%", r->value * 100);
    if (o->has_reach && band && r->optimistic > r->pessimistic)
        buf_addf(out, " (%.1f%s%.1f)", r->pessimistic * 100, app_glyphs(o->app)->symbol[GLYPH_NONE],
                 r->optimistic * 100);
}

static void draw_reach(const struct overview *o, struct canvas *c)
{
    enum { BAND = 64, LONG = 50 };
    static const char *const name[PRESETS] = {"last", "any", "iirg"};
    int x = 1;
    x += draw_text(c, 1, x, c->cols, ROLE_DIM, c->cols < LONG ? "reach " : "target reachable  ");
    for (int i = 0; i < PRESETS; i++) {
        struct buf text;
        buf_init(&text);
        add_reach(o, i, c->cols >= BAND, &text);
        x += draw_textf(c, 1, x, c->cols - x, ROLE_DIM, "%s ", name[i]);
        x += draw_text(c, 1, x, c->cols - x, o->has_reach ? ROLE_MEMORIZED : ROLE_DIM, text.data);
        x += c->cols < LONG ? 1 : 3;
        buf_release(&text);
    }
    const struct dataset *d = study_dataset(host_of(o->app)->study);
    char print[48];
    snprintf(print, sizeof print, "%s%08llx", c->cols >= WIDE ? "fingerprint " : "",
             (unsigned long long)(d->fingerprint >> 32));
    int width = (int)strlen(print);
    if (x + width + 1 <= c->cols)
        draw_text(c, 1, c->cols - 1 - width, width, ROLE_DIM, print);
}

/* Reference models are dots, trained ones diamonds. */
static enum glyph symbol_of(const struct study_run *run)
{
    enum reference_kind kind;
    return reference_find(run->model, &kind) ? GLYPH_ONE_HOP : GLYPH_MARK;
}

static void draw_frontier(const struct overview *o, struct canvas *c)
{
    struct frontier_point *points = mem_zalloc(o->n_figures, sizeof *points);
    size_t n = 0;
    for (size_t i = 0; i < o->n_figures; i++) {
        const struct study_run *run = study_run_by_id(host_of(o->app)->study, o->figures[i].run);
        if (!o->figures[i].known || !run)
            continue;
        points[n] = (struct frontier_point){.name = run->name,
                                            .x = o->figures[i].excess,
                                            .y = o->figures[i].recall10,
                                            .style = ROLE_RUN_1 + (unsigned)(n % 4),
                                            .symbol = symbol_of(run)};
        n++;
    }
    frontier_draw(c, points, n);
    free(points);
}

static void draw_runs(const struct overview *o, struct canvas *c)
{
    if (study_n_runs(host_of(o->app)->study) == 0)
        draw_wrapped(c, 0, 1, NO_RUNS, c->cols - 2, ROLE_DIM,
                     "No runs yet. `rote train --model markov` makes one; so do popularity and "
                     "item-knn.");
    else
        sheet_draw(o->runs, c, !o->on_findings);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct overview *o = (const struct overview *)view;
    draw_facts(o, c);
    draw_reach(o, c);
    struct canvas top = canvas_sub(c, FACT_ROWS + 1, 0, o->runs_rows, c->cols);
    if (!o->below_rows && o->on_findings)
        sheet_draw(o->findings, &top, true);
    else
        draw_runs(o, &top);
    if (!o->below_rows)
        return;
    int y = FACT_ROWS + 1 + o->runs_rows + 1, left_cols = o->findings_cols;
    struct canvas left = canvas_sub(c, y, 0, o->below_rows, left_cols);
    sheet_draw(o->findings, &left, o->on_findings);
    if (left_cols == c->cols)
        return;
    struct canvas right = canvas_sub(c, y, left_cols + 2, o->below_rows, c->cols - left_cols - 3);
    draw_vertical(c, y, left_cols, o->below_rows);
    draw_frontier(o, &right);
}

/* ---- the rest of a view ---- */

static struct sheet *focused(const struct view *view)
{
    const struct overview *o = (const struct overview *)view;
    return o->on_findings ? o->findings : o->runs;
}

static unsigned open_row(struct overview *o)
{
    struct host *host = host_of(o->app);
    if (o->on_findings) {
        app_push(o->app, finding_view_new(o->app, &o->audit.finding[sheet_id(o->findings)]));
        return REACT_DRAW;
    }
    const struct study_run *run = study_run_by_id(host->study, sheet_id(o->runs));
    if (run && run->has[host->part] && !host_is_shown(host, run->id)) {
        host_toggle_run(host, run->id);
        app_refresh(o->app);
    }
    app_push(o->app, users_screen_new(o->app, USERS_ALL));
    return REACT_DRAW;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct overview *o = (struct overview *)view;
    (void)app, (void)err;
    switch (call->id) {
    case ACTION_OPEN:
        return sheet_count(focused(view)) > 0 ? open_row(o) : (unsigned)REACT_DONE;
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        o->on_findings = !o->on_findings;
        return REACT_DRAW;
    default:
        return REACT_PASS;
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
}

static void release(struct view *view)
{
    struct overview *o = (struct overview *)view;
    sheet_free(o->runs);
    sheet_free(o->findings);
    free(o->figures);
    audit_release(&o->audit);
    free(o);
}

static const struct view_ops ops = {
    .name = "overview",
    .scopes = SCOPE_RUNS,
    .footer = {ACTION_OPEN, ACTION_USERS, ACTION_NEXT_PANE, ACTION_DEFINITION, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = focused,
    .refresh = refresh,
    .tick = look,
    .link = link_to,
    .release = release,
};

struct view *overview_new(struct app *app)
{
    struct overview *o = mem_zalloc(1, sizeof *o);
    o->view.ops = &ops;
    o->app = app;
    o->n_findings = -1;
    o->runs =
        sheet_new(table_source(table_new(run_columns, ARRAY_LEN(run_columns))), app_jobs(app));
    o->findings = sheet_new(table_source(table_new(finding_columns, ARRAY_LEN(finding_columns))),
                            app_jobs(app));
    return &o->view;
}
