#include "tui/screens/roll_out_screen.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/screens/case_screen.h"
#include "tui/screens/item_screen.h"
#include "tui/screens/roll_out_rows.h"
#include "tui/screens/view_job.h"

/* Rows below the items: a rule and the spans of the one under the cursor. On screens of at least
 * HIGH rows there are more of them, and the reminder. */
enum { HIGH = 16, SPANS_HIGH = 6, SPANS_LOW = 2 };

struct roll_out_view {
    struct view view;
    struct app *app;
    int32_t user, nth, n;
    enum part part; /* that nth counts in */
    const struct study_run *run;
    struct roll_out data;
    struct sheet *sheet;
    const struct glyphs *glyphs; /* that the rows are written in */
    struct view_figures figures;
    int span_rows; /* settled in layout() */
    uint64_t request;
};

/* ---- the job ---- */

struct request {
    struct view_job job;
    int32_t user, nth, n;
    const struct study_run *run;
    struct roll_out data;
};

static bool make(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    struct case_view view;
    if (!case_view_make_nth(q->job.study, q->user, q->job.part, q->nth, NULL, 0, &q->job.definition,
                            &view, err))
        return false;
    struct roll_out_question question = {.run = q->run,
                                         .user = q->user,
                                         .history = view.history,
                                         .n_history = view.n_history,
                                         .n = q->n};
    bool ok = roll_out_make(q->job.study, &question, progress, &q->data, err);
    case_view_release(&view);
    return ok;
}

static void fill(struct roll_out_view *v)
{
    v->glyphs = app_glyphs(v->app);
    sheet_set_source(v->sheet, roll_out_rows(host_of(v->app), &v->data, v->glyphs));
}

static void take(struct view *view, void *job, bool ok, const struct error *err)
{
    struct request *q = job;
    struct roll_out_view *v = (struct roll_out_view *)view;
    bool first = !v->figures.there;
    (void)err;
    view_figures_take(&v->figures, ok);
    if (!ok)
        return;
    roll_out_release(&v->data);
    v->data = q->data;
    q->data = (struct roll_out){0};
    fill(v);
    if (first)
        sheet_select(v->sheet, v->data.n_history + 1);
}

static void release_request(void *job)
{
    roll_out_release(&((struct request *)job)->data);
}

static void refresh(struct view *view, struct app *app)
{
    static const struct view_job_kind rolling = {.name = "roll-out",
                                                 .size = sizeof(struct request),
                                                 .work = make,
                                                 .take = take,
                                                 .release = release_request};
    struct roll_out_view *v = (struct roll_out_view *)view;
    struct request *q = view_job_new(app, view, &rolling, &v->request);
    q->user = v->user;
    q->nth = q->job.part == v->part ? v->nth : 0;
    q->n = v->n;
    q->run = v->run;
    view_figures_ask(&v->figures);
    view_job_start(&q->job);
}

/* ---- layout and drawing ---- */

static void layout(struct view *view, int rows, int cols)
{
    struct roll_out_view *v = (struct roll_out_view *)view;
    if (v->figures.there && v->glyphs != app_glyphs(v->app))
        fill(v);
    v->span_rows = rows >= HIGH ? SPANS_HIGH : SPANS_LOW;
    sheet_layout(v->sheet, rows - v->span_rows, cols);
}

static void draw_title(const struct roll_out_view *v, struct canvas *c)
{
    char title[64];
    snprintf(title, sizeof title, "Spans %zu", v->data.n_spans);
    draw_rule(c, 0, 0, c->cols, title);
}

/* Those of the row under the cursor. */
static void draw_spans(const struct roll_out_view *v, struct canvas *c, int rows)
{
    int32_t place = sheet_row(v->sheet) >= 0 ? (int32_t)sheet_id(v->sheet) - 1 : -1;
    int y = 1;
    for (size_t i = 0; i < v->data.n_spans && y <= rows; i++) {
        if (!roll_out_span_has(&v->data.span[i], place))
            continue;
        struct buf text;
        buf_init(&text);
        roll_out_span_words(host_of(v->app), &v->data, i, c->glyphs, &text);
        draw_end(c, y++, 1, c->cols - 2, ROLE_MEMORIZED, text.data);
        buf_release(&text);
    }
    if (y == 1)
        draw_end(c, 1, 1, c->cols - 2, ROLE_DIM,
                 v->data.n_spans > 0 ? "this item is in no span that reaches into the roll-out"
                                     : "no two items in a row that reach into the roll-out stand "
                                       "in training");
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct roll_out_view *v = (const struct roll_out_view *)view;
    struct canvas above = canvas_sub(c, 0, 0, c->rows - v->span_rows, c->cols);
    struct canvas below = canvas_sub(c, c->rows - v->span_rows, 0, v->span_rows, c->cols);
    view_figures_draw(&v->figures, v->sheet, &above);
    if (!v->figures.there)
        return;
    bool high = v->span_rows == SPANS_HIGH;
    draw_title(v, &below);
    draw_spans(v, &below, v->span_rows - 1 - high);
    if (high)
        draw_end(&below, v->span_rows - 1, 1, c->cols - 2, ROLE_DIM,
                 "a match shows overlap, not cause");
}

/* ---- keys ---- */

static unsigned open_item(const struct roll_out_view *v, struct error *err)
{
    if (sheet_row(v->sheet) < 0) {
        error_set(err, ERROR_STATE, "there is no item under the cursor");
        return REACT_ERROR;
    }
    app_push(v->app, item_screen_new(v->app, v->data.item[sheet_id(v->sheet) - 1]));
    return REACT_DRAW;
}

/* Once more, with as many items, or by another run. */
static unsigned again(struct roll_out_view *v, const char *arg, struct error *err)
{
    int32_t n;
    const struct study_run *run;
    const struct study *study = host_of(v->app)->study;
    if (!roll_out_parse(host_of(v->app)->study, arg, &n, &run, err) ||
        (run && !roll_out_possible(study, run, err)))
        return REACT_ERROR;
    v->n = n ? n : v->n;
    v->run = run ? run : v->run;
    refresh(&v->view, v->app);
    return REACT_DRAW;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct roll_out_view *v = (struct roll_out_view *)view;
    (void)app;
    if (call->id == ACTION_ROLL_OUT)
        return again(v, call->arg, err);
    if (!view_figures_allow(&v->figures, call->id, err))
        return REACT_ERROR;
    if (call->id == ACTION_OPEN || (call->id == ACTION_ITEM && !call->arg))
        return open_item(v, err);
    return REACT_PASS;
}

bool roll_out_parse(struct study *study, const char *arg, int32_t *n, const struct study_run **run,
                    struct error *err)
{
    int64_t number = 0;
    *n = 0;
    *run = NULL;
    if (!arg)
        return true;
    size_t digits = strcspn(arg, " ");
    if (num_int64(arg, digits, &number)) {
        if (number < 1 || number > ROLL_OUT_MOST)
            return error_set(err, ERROR_USAGE, "roll-out: 1 to %d items", ROLL_OUT_MOST);
        *n = (int32_t)number;
        arg += digits + strspn(arg + digits, " ");
    }
    return !*arg || (*run = study_run_find(study, arg, err));
}

/* ---- the rest of a view ---- */

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct roll_out_view *)view)->sheet;
}

static void crumb(const struct view *view, struct buf *out)
{
    buf_addf(out, "%s rolled out", ((const struct roll_out_view *)view)->run->name);
}

static int32_t written_in_spans(const struct roll_out *r)
{
    int32_t n = 0;
    for (int32_t place = r->n_history; place < r->n_history + r->n; place++) {
        bool in = false;
        for (size_t i = 0; i < r->n_spans && !in; i++)
            in = roll_out_span_has(&r->span[i], place);
        n += in;
    }
    return n;
}

static void status(const struct view *view, struct buf *out)
{
    const struct roll_out_view *v = (const struct roll_out_view *)view;
    const char *dot = app_glyphs(v->app)->symbol[GLYPH_DOT];
    sheet_status(v->sheet, app_glyphs(v->app), out);
    if (!v->figures.there)
        return;
    buf_addf(out, " %s %d of %d written in spans %s history %s", dot,
             (int)written_in_spans(&v->data), (int)v->data.n, dot,
             v->data.masked ? "masked" : "kept");
    if (v->data.n < v->n)
        buf_addf(out, " %s it had no more", dot);
}

static void link_to(const struct view *view, struct buf *out)
{
    const struct roll_out_view *v = (const struct roll_out_view *)view;
    const struct host *host = host_of(v->app);
    host_link(host, out);
    case_link(host, v->user, host->part == v->part ? v->nth : 0, out);
    buf_addf(out, "roll-out %d %s\n", (int)v->n, v->run->name);
}

static void release(struct view *view)
{
    struct roll_out_view *v = (struct roll_out_view *)view;
    sheet_free(v->sheet);
    roll_out_release(&v->data);
    free(v);
}

static const struct view_ops ops = {
    .name = "roll-out",
    .scopes = SCOPE_ITEMS,
    .footer = {ACTION_OPEN, ACTION_BACK, ACTION_COPY_LINK, ACTION_EXPORT, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .status = status,
    .refresh = refresh,
    .link = link_to,
    .release = release,
};

void roll_out_open(struct app *app, int32_t user, int32_t nth, const struct study_run *run,
                   int32_t n)
{
    struct roll_out_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->app = app;
    v->user = user;
    v->nth = nth;
    v->part = host_of(app)->part;
    v->run = run;
    v->n = n ? n : ROLL_OUT_ITEMS;
    v->figures.what = "items";
    v->sheet = sheet_new(roll_out_no_rows(), app_jobs(app));
    sheet_go_column(v->sheet, ROLL_OUT_TITLE);
    app_push(app, &v->view);
}
