/* The frontier by itself: the plot as large as there is room, and its numbers as a sheet. It shows
 * what Overview, the root below it, has. */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/case_study.h"
#include "storage/base/mem.h"
#include "storage/export/png.h"
#include "storage/export/svg.h"
#include "tui/screens/app_file.h"
#include "tui/screens/frontier.h"
#include "tui/screens/overview_private.h"
#include "tui/screens/run_screen.h"
#include "tui/widgets/table.h"

/* Rows: the plot has what the sheet leaves, which keeps at least a few. */
enum { LEAST_SHEET = 5, LEAST_PLOT = 8, LEAST_ROWS = LEAST_SHEET + LEAST_PLOT };

struct frontier_view {
    struct view view;
    const struct overview *overview;
    struct sheet *sheet;
    uint64_t number; /* of the frontier that is in the sheet */
    int plot_rows;   /* settled in layout() */
};

static const struct column columns[] = {
    {.name = "point", .kind = COLUMN_TEXT, .width = 28, .fit = true, .help = "run or seeds of one"},
    {.name = "accuracy",
     .kind = COLUMN_REAL,
     .width = 8,
     .decimals = 4,
     .help = "recall@10, of several seeds the mean"},
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
     .help = "one-hop less null, of several seeds the mean"},
    {.name = "seeds", .kind = COLUMN_INT, .width = 5, .help = "runs that the point is the mean of"},
    {.name = "frontier",
     .kind = COLUMN_TEXT,
     .width = 8,
     .help = "yes: no other is as good on both and better on one"},
};

static void add_point(struct table *t, const struct frontier_point *p)
{
    double observed = 0, null = 0;
    for (size_t i = 0; i < p->n; i++) {
        observed += p->run[i].observed / (double)p->n;
        null += p->run[i].null / (double)p->n;
    }
    table_row(t, p->run[0].run->id);
    table_text(t, p->name, p->best ? ROLE_NORMAL | STYLE_BOLD : ROLE_NORMAL);
    table_real(t, p->accuracy.value, ROLE_NORMAL);
    table_real(t, observed, ROLE_MEMORIZED);
    table_real(t, null, ROLE_DIM);
    table_real(t, p->excess.value, ROLE_NORMAL);
    table_int(t, (int64_t)p->n, ROLE_DIM);
    table_text(t, p->best ? "yes" : "no", p->best ? ROLE_NORMAL : ROLE_DIM);
}

static struct sheet_source *points_of(const struct frontier *f)
{
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < f->n; i++)
        add_point(t, &f->point[i]);
    return table_source(t);
}

static void layout(struct view *view, int rows, int cols)
{
    struct frontier_view *v = (struct frontier_view *)view;
    if (v->number != v->overview->frontier_number) {
        v->number = v->overview->frontier_number;
        sheet_set_source(v->sheet, points_of(&v->overview->frontier));
    }
    int wanted = (int)v->overview->frontier.n + 1;
    v->plot_rows = 0;
    if (rows >= LEAST_ROWS)
        v->plot_rows = rows - wanted - 1 >= rows / 2 ? rows - wanted - 1 : rows / 2;
    sheet_layout(v->sheet, rows - v->plot_rows - (v->plot_rows > 0), cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct frontier_view *v = (const struct frontier_view *)view;
    if (v->overview->frontier.n == 0) {
        draw_wrapped(c, 0, 1, c->rows, c->cols - 2, ROLE_DIM,
                     "No run has its figures yet: they are counted when a run ends.");
        return;
    }
    struct canvas plot = canvas_sub(c, 0, 1, v->plot_rows, c->cols - 2);
    frontier_draw(&plot, &v->overview->frontier);
    int y = v->plot_rows + (v->plot_rows > 0);
    struct canvas below = canvas_sub(c, y, 0, c->rows - y, c->cols);
    sheet_draw(v->sheet, &below, true);
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct frontier_view *)view)->sheet;
}

static bool save_svg(const void *plot, const char *path, struct progress *progress,
                     struct error *err)
{
    (void)progress;
    return svg_save(plot, path, NULL, err);
}

static bool save_png(const void *plot, const char *path, struct progress *progress,
                     struct error *err)
{
    (void)progress;
    return png_save(plot, PNG_SCALE, path, NULL, err);
}

static void release_plot(void *plot)
{
    plot_free(plot);
}

/* The plot where the name is a picture's; else the numbers, as any sheet. */
static unsigned export(const struct frontier_view *v, struct app *app, const struct call *call,
                       struct error *err)
{
    const char *dot = strrchr(call->arg, '.');
    bool png = dot && strcmp(dot, ".png") == 0;
    if (!png && !(dot && strcmp(dot, ".svg") == 0))
        return REACT_PASS;
    const struct host *host = host_of(app);
    struct frontier f = v->overview->frontier;
    f.definition = host->definition;
    f.part = host->part;
    return app_write_file(app, call,
                          &(struct app_file){.job = "writing",
                                             .path = call->arg,
                                             .write = png ? save_png : save_svg,
                                             .context = frontier_plot(host->study, &f),
                                             .release = release_plot},
                          err);
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct frontier_view *v = (struct frontier_view *)view;
    if (call->id == ACTION_EXPORT)
        return export(v, app, call, err);
    if (call->id != ACTION_OPEN)
        return REACT_PASS;
    if (sheet_count(v->sheet) > 0)
        app_push(app, run_screen_new(app, sheet_id(v->sheet)));
    return REACT_DRAW;
}

static void crumb(const struct view *view, struct buf *out)
{
    (void)view;
    buf_adds(out, "Frontier");
}

static void release(struct view *view)
{
    struct frontier_view *v = (struct frontier_view *)view;
    sheet_free(v->sheet);
    free(v);
}

static void link_to(const struct view *view, struct buf *out)
{
    host_link(host_of(((const struct frontier_view *)view)->overview->app), out);
    buf_adds(out, "plot\n");
}

static bool pin(const struct view *view, struct case_subject *out)
{
    const struct host *host = host_of(((const struct frontier_view *)view)->overview->app);
    *out = (struct case_subject){
        .kind = CASE_PLOT, .part = host->part, .definition = host->definition};
    return true;
}

struct view *overview_frontier_new(const struct overview *o)
{
    static const struct view_ops ops = {
        .name = "frontier",
        .footer = {ACTION_OPEN, ACTION_EXPORT, ACTION_DEFINITION, ACTION_BACK, ACTION_HELP},
        .crumb = crumb,
        .layout = layout,
        .draw = draw,
        .handle = handle,
        .sheet = sheet_of,
        .link = link_to,
        .pin = pin,
        .release = release};
    struct frontier_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->overview = o;
    v->number = o->frontier_number;
    v->sheet = sheet_new(points_of(&o->frontier), app_jobs(o->app));
    return &v->view;
}
