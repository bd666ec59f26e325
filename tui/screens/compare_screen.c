/*
 * The view of a comparison. A job compares; until it is done, and whenever the definition or the
 * part changes, the old figures stay, dim. Five sheets: where there is room all of them are on the
 * screen, else one at a time under its name, and Tab moves on.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/groups.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/screens/compare_private.h"
#include "tui/screens/view_job.h"

enum { SIDES = 2, MOST_FACTS = 4 };
/* Columns and rows from which all sheets are shown, and below which facts give way. */
enum { WIDE = 150, TALL = 36, HIGH = 18, LOW = 10, NARROW = 60, GAP = 2 };

/* Where a sheet is; rows 0: not on the screen. Its name is in the row above. */
struct place {
    int y, x, rows, cols;
};

struct compare_view {
    struct view view;
    struct app *app;
    struct compare_runs side[SIDES];
    char *name[SIDES];             /* when they were last there */
    struct comparison *comparison; /* NULL: none yet */
    struct sheet *sheet[COMPARE_PANES];
    enum compare_pane pane;
    bool stopped, gone; /* cancelled or failed; one of the runs has been deleted */
    uint64_t request;
    uint64_t users; /* number of the view of users that was opened last */
    int fact_rows;  /* settled in layout() */
    bool all_shown;
    struct place place[COMPARE_PANES];
};

static const char *const pane_name[COMPARE_PANES] = {"Figures", "Slices", "Gain", "Labels",
                                                     "Users"};

/* ---- shared comparisons ---- */

struct comparison *comparison_ref(struct comparison *comparison)
{
    if (comparison)
        comparison->refs++;
    return comparison;
}

void comparison_unref(struct comparison *comparison)
{
    if (!comparison || --comparison->refs > 0)
        return;
    compare_release(&comparison->data);
    free(comparison);
}

bool comparison_holds(const struct comparison *comparison, const struct host *host)
{
    return comparison && comparison->data.part == host->part &&
           definition_equal(&comparison->data.definition, &host->definition);
}

/* ---- the job ---- */

struct request {
    struct view_job job;
    const struct study_run **run[SIDES];
    size_t n[SIDES];
    struct comparison *comparison; /* the result */
};

static void release_request(void *job)
{
    struct request *q = job;
    comparison_unref(q->comparison);
    free(q->run[0]);
    free(q->run[1]);
}

static bool work(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    return compare_make(q->job.study, q->run[0], q->n[0], q->run[1], q->n[1], q->job.part,
                        &q->job.definition, progress, &q->comparison->data, err);
}

static void show(struct compare_view *v, struct comparison *comparison)
{
    comparison_unref(v->comparison);
    v->comparison = comparison_ref(comparison);
    for (int i = 0; i < COMPARE_PANES; i++)
        sheet_set_source(v->sheet[i], compare_pane_source((enum compare_pane)i, &comparison->data));
}

static void take(struct view *view, void *job, bool ok, const struct error *err)
{
    struct request *q = job;
    struct compare_view *v = (struct compare_view *)view;
    struct view *users = app_view_alive(v->app, v->users);
    (void)err;
    v->stopped = !ok;
    if (ok)
        show(v, q->comparison);
    if (users)
        compare_users_take(users, ok ? q->comparison : NULL);
}

static const struct view_job_kind comparing = {.name = "comparing",
                                               .size = sizeof(struct request),
                                               .work = work,
                                               .take = take,
                                               .release = release_request};

static bool are_there(const struct compare_view *v)
{
    for (int s = 0; s < SIDES; s++)
        for (size_t i = 0; i < v->side[s].n; i++)
            if (!study_run_by_id(host_of(v->app)->study, v->side[s].id[i]))
                return false;
    return true;
}

/* The runs as they are now; false: one has just gone. */
static bool find_runs(const struct compare_view *v, struct request *q)
{
    for (int s = 0; s < SIDES; s++) {
        q->n[s] = v->side[s].n;
        q->run[s] = mem_zalloc(q->n[s], sizeof *q->run[s]);
        for (size_t i = 0; i < q->n[s]; i++)
            if (!(q->run[s][i] = study_run_by_id(q->job.study, v->side[s].id[i])))
                return false;
    }
    return true;
}

static void start(struct compare_view *v)
{
    struct request *q = view_job_new(v->app, &v->view, &comparing, &v->request);
    q->comparison = mem_zalloc(1, sizeof *q->comparison);
    q->comparison->refs = 1;
    v->gone = !find_runs(v, q);
    if (v->gone) {
        view_job_drop(&q->job);
        return;
    }
    for (int s = 0; s < SIDES; s++) {
        free(v->name[s]);
        v->name[s] = run_group_name(q->run[s], q->n[s]);
    }
    v->stopped = false;
    view_job_start(&q->job);
}

/* Nothing is compared again as long as the same holds: lists never change. */
static void refresh(struct view *view, struct app *app)
{
    struct compare_view *v = (struct compare_view *)view;
    jobs_cancel_of(app_jobs(app), view->number, &v->request); /* of what held before */
    v->request++;
    v->gone = !are_there(v);
    if (comparison_holds(v->comparison, host_of(app)))
        v->stopped = false;
    else if (!v->gone)
        start(v);
}

/* ---- layout ---- */

/* Rows for sheets one above the other, which would like to have `wanted` rows: the largest give
 * way first, and the last one has what is left. */
static void share_rows(int *wanted, int n, int room)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += wanted[i];
    for (; sum > room; sum--) {
        int largest = 0;
        for (int i = 1; i < n; i++)
            largest = wanted[i] > wanted[largest] ? i : largest;
        wanted[largest]--;
    }
    wanted[n - 1] += room - sum;
}

static void place_column(struct compare_view *v, const enum compare_pane *pane, int n, int y, int x,
                         int rows, int cols)
{
    enum { HEADERS = 2 };
    int wanted[COMPARE_PANES];
    for (int i = 0; i < n; i++)
        wanted[i] = (int)sheet_source(v->sheet[pane[i]])->n_rows + HEADERS;
    share_rows(wanted, n, rows - n);
    for (int i = 0; i < n; i++) {
        v->place[pane[i]] = (struct place){.y = ++y, .x = x, .rows = wanted[i], .cols = cols};
        y += wanted[i];
    }
}

static void layout(struct view *view, int rows, int cols)
{
    static const enum compare_pane left[] = {COMPARE_FIGURES_PANE, COMPARE_LABELS_PANE,
                                             COMPARE_USERS_PANE};
    static const enum compare_pane right[] = {COMPARE_SLICES_PANE, COMPARE_GAIN_PANE};
    struct compare_view *v = (struct compare_view *)view;
    v->fact_rows = rows >= HIGH ? MOST_FACTS : rows >= LOW ? 2 : 1;
    v->all_shown = cols >= WIDE && rows >= TALL;
    memset(v->place, 0, sizeof v->place);
    int y = v->fact_rows, room = rows - y, half = (cols - GAP) / 2;
    if (v->all_shown) {
        place_column(v, left, ARRAY_LEN(left), y, 0, room, half);
        place_column(v, right, ARRAY_LEN(right), y, half + GAP, room, cols - half - GAP);
    } else {
        v->place[v->pane] = (struct place){.y = y + 1, .rows = room - 1, .cols = cols};
    }
    for (int i = 0; i < COMPARE_PANES; i++)
        if (v->place[i].rows > 0)
            sheet_layout(v->sheet[i], v->place[i].rows, v->place[i].cols);
}

/* ---- facts ---- */

static int draw_side(const struct compare_view *v, struct canvas *c, int x, int s)
{
    int from = x;
    x += draw_text(c, 0, x, c->cols - x, s ? ROLE_RUN_2 : ROLE_RUN_1, s ? "B " : "A ");
    x += draw_end(c, 0, x, c->cols - x, ROLE_NORMAL | STYLE_BOLD, v->name[s]);
    if (v->side[s].n > 1)
        x += draw_textf(c, 0, x, c->cols - x, ROLE_DIM, " (%zu run%s)", v->side[s].n,
                        plural_s((int64_t)v->side[s].n));
    return x - from;
}

static void draw_sides(const struct compare_view *v, struct canvas *c)
{
    int x = 1;
    x += draw_side(v, c, x, 0) + 3;
    x += draw_side(v, c, x, 1) + 3;
    if (!v->comparison)
        return;
    if (v->stopped) { /* what is shown held before */
        draw_end(c, 0, x, c->cols - x, ROLE_WARNING, "not compared anew; R compares");
        return;
    }
    struct buf text;
    buf_init(&text);
    buf_add_grouped(&text, v->comparison->data.n_cases);
    buf_adds(&text, " cases");
    x += draw_text(c, 0, x, c->cols - x, ROLE_DIM, text.data) + 3;
    if (!v->comparison->data.only_seeds)
        draw_text(c, 0, x, c->cols - x, ROLE_WARNING, "more than seeds differ");
    buf_release(&text);
}

static void draw_headline(const struct compare *d, struct canvas *c, int y)
{
    const struct compare_figure *f = compare_find(d, "ndcg@10");
    const struct estimate *e = &f->difference;
    if (isnan(e->value))
        return;
    int x = 1;
    x += draw_textf(c, y, x, c->cols - x, ROLE_NORMAL, "ndcg@10 A %.4f B %.4f B-A ", f->a, f->b);
    x += draw_textf(c, y, x, c->cols - x, ROLE_NORMAL | STYLE_BOLD, "%+.4f", e->value);
    x += draw_textf(c, y, x, c->cols - x, ROLE_DIM, " (%+.4f .. %+.4f) ", e->lo, e->hi);
    if (!estimate_distinguishable(e))
        draw_text(c, y, x, c->cols - x, ROLE_WARNING, "not distinguishable");
}

static const struct attribution_part *reachable_part(const struct compare *d)
{
    const struct attribution *a = &d->attribution[ATTRIBUTION_REACHABLE];
    for (int i = 0; i < a->n; i++)
        if (a->part[i].slice == SLICE_REACHABLE)
            return &a->part[i];
    return NULL;
}

/* The gain is that of the side that has the higher ndcg@10. */
static void draw_gain(const struct compare *d, struct canvas *c, int y)
{
    const struct compare_figure *f = compare_find(d, "ndcg@10");
    const struct attribution_part *p = reachable_part(d);
    const char *who = f->difference.value < 0 ? "A" : "B";
    if (!p || isnan(p->of_gain)) {
        draw_end(c, y, 1, c->cols - 2, ROLE_DIM, "no gain: both have the same ndcg@10");
        return;
    }
    struct buf text;
    buf_init(&text);
    if (p->of_gain < 0)
        buf_addf(&text, "cases whose target is reachable take %.1f %% off %s's gain",
                 -p->of_gain * 100, who);
    else
        buf_addf(&text, "%.1f %% of %s's gain comes from cases whose target is reachable",
                 p->of_gain * 100, who);
    if (!estimate_distinguishable(&f->difference))
        buf_adds(&text, " (a gain not distinguishable from 0)");
    draw_end(c, y, 1, c->cols - 2, ROLE_NORMAL, text.data);
    buf_release(&text);
}

static void draw_outcomes(const struct compare *d, struct canvas *c, int y)
{
    int x = 1;
    x += draw_text(c, y, x, c->cols - x, ROLE_DIM, "target in the top 10:");
    for (int i = 0; i < COMPARE_OUTCOMES; i++) {
        struct buf text;
        buf_init(&text);
        buf_add_grouped(&text, d->count[i]);
        x += draw_textf(c, y, x, c->cols - x, ROLE_DIM, "  %s ", compare_outcome_name[i]);
        x += draw_text(c, y, x, c->cols - x, i == COMPARE_WON ? ROLE_TARGET : ROLE_NORMAL,
                       text.data);
        buf_release(&text);
    }
}

/* ---- drawing ---- */

static void draw_tabs(const struct compare_view *v, struct canvas *c, int y)
{
    draw_rule(c, y, 0, c->cols, NULL);
    int x = c->cols < NARROW ? 0 : 2;
    for (int i = 0; i < COMPARE_PANES; i++) {
        unsigned style = i == (int)v->pane ? ROLE_TITLE | STYLE_UNDERLINE : ROLE_DIM;
        x += draw_text(c, y, x, 1, ROLE_RULE, " ");
        x += draw_text(c, y, x, c->cols - x, style, pane_name[i]);
        x += draw_text(c, y, x, 1, ROLE_RULE, " ") + (c->cols >= NARROW);
    }
}

static void draw_panes(const struct compare_view *v, struct canvas *c)
{
    for (int i = 0; i < COMPARE_PANES; i++) {
        const struct place *p = &v->place[i];
        if (p->rows <= 0)
            continue;
        bool focused = i == (int)v->pane;
        struct canvas pane = canvas_sub(c, p->y, p->x, p->rows, p->cols);
        if (v->all_shown) {
            draw_rule(c, p->y - 1, p->x, p->cols, NULL);
            draw_textf(c, p->y - 1, p->x + 1, p->cols,
                       focused ? ROLE_TITLE | STYLE_UNDERLINE : ROLE_DIM, " %s ", pane_name[i]);
        }
        sheet_draw(v->sheet[i], &pane, focused);
    }
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct compare_view *v = (const struct compare_view *)view;
    draw_sides(v, c);
    if (v->gone || !v->comparison) {
        draw_wrapped(c, 2, 1, c->rows - 2, c->cols - 2, v->gone ? ROLE_NORMAL : ROLE_DIM,
                     v->gone      ? "One of these runs has been deleted; q goes back."
                     : v->stopped ? "not compared; R compares"
                                  : "comparing; ^C stops it");
        return;
    }
    const struct compare *d = &v->comparison->data;
    if (v->fact_rows == 2)
        draw_gain(d, c, 1);
    if (v->fact_rows == MOST_FACTS) {
        draw_headline(d, c, 1);
        draw_gain(d, c, 2);
        draw_outcomes(d, c, 3);
    }
    if (!v->all_shown)
        draw_tabs(v, c, v->fact_rows);
    draw_panes(v, c);
    for (int y = 0; !comparison_holds(v->comparison, host_of(v->app)) && y < c->rows; y++)
        draw_flags(c, y, 0, c->cols, STYLE_DIM);
}

/* ---- the rest of a view ---- */

static struct sheet *sheet_of(const struct view *view)
{
    const struct compare_view *v = (const struct compare_view *)view;
    return v->sheet[v->pane];
}

static void status(const struct view *view, struct buf *out)
{
    const struct compare_view *v = (const struct compare_view *)view;
    if (v->comparison)
        sheet_status(v->sheet[v->pane], app_glyphs(v->app), out);
}

static unsigned open_users(struct compare_view *v, const struct compare_cell *cell,
                           struct error *err)
{
    if (!v->comparison && (v->stopped || v->gone)) {
        error_set(err, ERROR_STATE, "nothing is compared%s", v->gone ? "" : "; R compares");
        return REACT_ERROR;
    }
    struct view *users = compare_users_new(v->app, v->comparison, v->side, cell);
    app_push(v->app, users);
    v->users = users->number;
    return REACT_DRAW;
}

static unsigned open_cell(struct compare_view *v, struct error *err)
{
    struct compare_cell cell;
    const struct sheet *sheet = v->sheet[v->pane];
    if (compare_pane_cell(v->pane, sheet_id(sheet), sheet_column(sheet), &cell))
        return open_users(v, &cell, err);
    app_say(v->app, MESSAGE_INFO, "%s are of all cases; Slices and Users have users",
            v->pane == COMPARE_LABELS_PANE ? "labels" : "figures");
    return REACT_DRAW;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct compare_view *v = (struct compare_view *)view;
    struct compare_cell cell;
    (void)app;
    switch (call->id) {
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        v->pane =
            (v->pane + (call->id == ACTION_NEXT_PANE ? 1 : COMPARE_PANES - 1)) % COMPARE_PANES;
        return REACT_DRAW;
    case ACTION_OPEN:
        return open_cell(v, err);
    case ACTION_COMPARE_USERS:
        return compare_cell_parse(call->arg, &cell, err) ? open_users(v, &cell, err)
                                                         : (unsigned)REACT_ERROR;
    case ACTION_COMPARE:
        if (call->arg)
            return REACT_PASS;
        error_set(err, ERROR_USAGE,
                  "these two are compared here; :compare A B compares others, d changes the "
                  "definition");
        return REACT_ERROR;
    default:
        return REACT_PASS;
    }
}

static void complete(const struct view *view, enum action_argument kind, const char *prefix,
                     struct completions *out)
{
    const struct compare_view *v = (const struct compare_view *)view;
    if (kind != ARG_CELL)
        return;
    for (int i = 0; i <= COMPARE_OUTCOMES; i++) {
        const char *name = i < COMPARE_OUTCOMES ? compare_outcome_name[i] : "all";
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            completions_add(out, name);
    }
    for (int i = 0; v->comparison && i < v->comparison->data.n_slices; i++) {
        const char *name = slice_name(v->comparison->data.slice[i].slice);
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            completions_add(out, name);
    }
}

static void crumb(const struct view *view, struct buf *out)
{
    (void)view;
    buf_adds(out, "Compare");
}

static void link_to(const struct view *view, struct buf *out)
{
    const struct compare_view *v = (const struct compare_view *)view;
    compare_link(host_of(v->app), v->side, out);
}

static int pane(const struct view *view)
{
    return (int)((const struct compare_view *)view)->pane;
}

static bool go_pane(struct view *view, int number)
{
    if (number < 0 || number >= COMPARE_PANES)
        return false;
    ((struct compare_view *)view)->pane = (enum compare_pane)number;
    return true;
}

static void release(struct view *view)
{
    struct compare_view *v = (struct compare_view *)view;
    for (int i = 0; i < COMPARE_PANES; i++)
        sheet_free(v->sheet[i]);
    comparison_unref(v->comparison);
    for (int s = 0; s < SIDES; s++) {
        compare_runs_release(&v->side[s]);
        free(v->name[s]);
    }
    free(v);
}

static const struct view_ops ops = {
    .name = "compare",
    .scopes = SCOPE_COMPARE,
    .footer = {ACTION_OPEN, ACTION_NEXT_PANE, ACTION_DEFINITION, ACTION_EXPORT, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .status = status,
    .refresh = refresh,
    .complete = complete,
    .link = link_to,
    .pane = pane,
    .go_pane = go_pane,
    .release = release,
};

struct view *compare_screen_new(struct app *app, struct compare_runs side[2])
{
    struct compare_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->app = app;
    for (int s = 0; s < SIDES; s++) {
        v->side[s] = side[s];
        v->name[s] = mem_strdup("");
    }
    for (int i = 0; i < COMPARE_PANES; i++)
        v->sheet[i] = sheet_new(compare_pane_empty((enum compare_pane)i), app_jobs(app));
    return &v->view;
}
