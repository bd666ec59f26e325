#include "tui/screens/items_screen.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/report/items.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/item_panes.h"
#include "tui/screens/item_screen.h"
#include "tui/screens/view_job.h"

enum fixed { TITLE, ID, POPULARITY, OUT, IN, SELF, FIXED };
enum measure { RECOMMENDED, ROTE, SHARE, PER_RUN };
/* Widths of the sheet from which columns are there. */
enum { ID_FROM = 100, SELF_FROM = 130, NEVER = 1 << 20, ID_COLS = 14 };

/* ---- the source: an item table and the columns it has ---- */

struct items_source {
    struct sheet_source source;
    const struct host *host; /* titles and ids; lives longer than every view */
    struct item_table table;
    struct column columns[FIXED + PER_RUN * HOST_RUNS];
    char *names[PER_RUN * HOST_RUNS];
};

static void fixed_cell(const struct items_source *s, int32_t item, enum fixed column,
                       struct value *v)
{
    const struct edges *edges = s->table.edges;
    switch (column) {
    case TITLE:
        value_text(v, host_item_title(s->host, item), ROLE_NORMAL);
        return;
    case ID:
        value_text(v, host_item_id(s->host, item), ROLE_DIM);
        return;
    case POPULARITY:
        value_int(v, edges->pop[item], ROLE_NORMAL);
        return;
    case OUT:
        value_int(v, item_out_degree(edges, item), ROLE_NORMAL);
        return;
    case IN:
        value_int(v, item_in_degree(edges, item), ROLE_NORMAL);
        return;
    default:
        value_real(v, item_self_prediction(edges, item), ROLE_NORMAL);
    }
}

static void run_cell(const struct item_run_columns *r, int32_t item, enum measure measure,
                     struct value *v)
{
    unsigned warm = r->rote[item] > 0 ? ROLE_MEMORIZED : ROLE_DIM;
    switch (measure) {
    case RECOMMENDED:
        value_int(v, r->recommended[item], r->recommended[item] > 0 ? ROLE_NORMAL : ROLE_DIM);
        return;
    case ROTE:
        value_int(v, r->rote[item], warm);
        return;
    default:
        value_real(v, item_rote_share(r, item), warm);
    }
}

/* Behind the fixed columns: how often and how often by rote of every run, then every share. */
static void run_and_measure(size_t n_runs, int column, size_t *run, enum measure *measure)
{
    size_t at = (size_t)(column - FIXED);
    *measure = at < 2 * n_runs ? (enum measure)(at % 2) : SHARE;
    *run = at < 2 * n_runs ? at / 2 : at - 2 * n_runs;
}

static int64_t id_of(const struct sheet_source *source, int64_t row)
{
    return ((const struct items_source *)source)->table.by_rank[row];
}

static int64_t row_of(const struct sheet_source *source, int64_t id)
{
    const struct items_source *s = (const struct items_source *)source;
    return id >= 0 && id < source->n_rows ? s->table.rank[id] : -1;
}

static void cell(const struct sheet_source *source, int64_t row, int column, struct value *v,
                 struct buf *scratch)
{
    const struct items_source *s = (const struct items_source *)source;
    int32_t item = s->table.by_rank[row];
    (void)scratch;
    if (column < FIXED) {
        fixed_cell(s, item, (enum fixed)column, v);
        return;
    }
    size_t run;
    enum measure measure;
    run_and_measure(s->table.n_runs, column, &run, &measure);
    run_cell(&s->table.run[run], item, measure, v);
}

static void source_release(struct sheet_source *source)
{
    struct items_source *s = (struct items_source *)source;
    item_table_release(&s->table);
    for (size_t i = 0; i < ARRAY_LEN(s->names); i++)
        free(s->names[i]);
    free(s);
}

static const struct sheet_source_ops source_ops = {
    .cell = cell, .id = id_of, .row = row_of, .release = source_release};

static const struct column fixed_columns[FIXED] = {
    [TITLE] = {.name = "title",
               .kind = COLUMN_TITLE,
               .width = 16,
               .width_max = 80,
               .help = "title, or external id"},
    [ID] =
        {.name = "item", .kind = COLUMN_TEXT, .width = 4, .from = ID_FROM, .help = "external id"},
    [POPULARITY] = {.name = "popularity",
                    .label = "pop",
                    .kind = COLUMN_INT,
                    .width = 3,
                    .help = "how often it is in training"},
    [OUT] = {.name = "out",
             .kind = COLUMN_INT,
             .width = 3,
             .help = "distinct items that follow it"},
    [IN] = {.name = "in", .kind = COLUMN_INT, .width = 3, .help = "distinct items that it follows"},
    [SELF] = {.name = "self",
              .kind = COLUMN_PERCENT,
              .width = 6,
              .decimals = 1,
              .help = "share of its transitions that lead to itself"},
};
static const struct column measure_columns[PER_RUN] = {
    [RECOMMENDED] = {.label = "rec",
                     .kind = COLUMN_INT,
                     .width = 3,
                     .help = "cases whose first K of the list have it"},
    [ROTE] = {.label = "rote",
              .kind = COLUMN_INT,
              .width = 4,
              .help = "how often of those it is in the candidate set of the definition"},
    [SHARE] = {.label = "share",
               .kind = COLUMN_PERCENT,
               .width = 5,
               .decimals = 0,
               .help = "by rote / recommended"},
};

static bool self_is_followed(const struct edges *edges)
{
    for (int32_t item = 0; item < edges->n_items; item++)
        if (edges_count(edges, item, item) > 0)
            return true;
    return false;
}

/* As wide as the largest number, and no wider: many columns have to fit. */
static void fit_numbers(struct items_source *s)
{
    int64_t pop = 0, out = 0, in = 0, recommended[HOST_RUNS] = {0};
    const struct item_table *t = &s->table;
    for (int32_t item = 0; item < t->n_items; item++) {
        pop = larger(pop, t->edges->pop[item]);
        out = larger(out, item_out_degree(t->edges, item));
        in = larger(in, item_in_degree(t->edges, item));
        for (size_t r = 0; r < t->n_runs; r++)
            recommended[r] = larger(recommended[r], t->run[r].recommended[item]);
    }
    s->columns[POPULARITY].width = grouped_width(pop);
    s->columns[OUT].width = grouped_width(out);
    s->columns[IN].width = grouped_width(in);
    for (size_t r = 0; r < t->n_runs; r++)
        for (size_t i = 0; i < 2; i++)
            s->columns[FIXED + 2 * r + i].width = grouped_width(recommended[r]);
}

static void make_columns(struct items_source *s)
{
    static const char *const name[PER_RUN] = {"recommended", "rote", "share"};
    const struct dataset *d = study_dataset(s->host->study);
    memcpy(s->columns, fixed_columns, sizeof fixed_columns);
    int id = id_width(&d->item_id);
    s->columns[ID].width = id < ID_COLS ? id : ID_COLS;
    s->columns[ID].width_max = id;
    if (!any_text(&d->title))
        s->columns[ID].from = NEVER; /* ids stand in the place of titles */
    for (int i = 0; i < PER_RUN * (int)s->table.n_runs; i++) {
        size_t run;
        enum measure measure;
        run_and_measure(s->table.n_runs, FIXED + i, &run, &measure);
        const char *run_name = s->table.run[run].run->name;
        s->names[i] = mem_printf("%s.%s", run_name, name[measure]);
        s->columns[FIXED + i] = measure_columns[measure];
        s->columns[FIXED + i].name = s->names[i];
        s->columns[FIXED + i].group = run_name;
    }
    if (s->table.n_items == 0)
        return;
    if (!self_is_followed(s->table.edges))
        s->columns[SELF].from = SELF_FROM;
    fit_numbers(s);
}

/* Takes over the table. On the job's thread. */
static struct sheet_source *source_new(const struct host *host, const struct item_table *table)
{
    struct items_source *s = mem_zalloc(1, sizeof *s);
    s->source = (struct sheet_source){.ops = &source_ops,
                                      .columns = s->columns,
                                      .n_columns = FIXED + PER_RUN * (int)table->n_runs,
                                      .n_rows = table->n_items,
                                      .refs = 1};
    s->host = host;
    s->table = *table;
    make_columns(s);
    return &s->source;
}

/* ---- the view ---- */

struct items_view {
    struct view view;
    struct app *app;
    struct sheet *sheet;
    struct view_figures figures; /* not there: the sheet takes filters and an order already */
    uint64_t request;
};

struct request {
    struct view_job job;
    const struct study_run *run[HOST_RUNS];
    size_t n_runs;
    const struct host *host;
    struct sheet_source *source; /* the result */
};

static bool make_table(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    struct item_table table;
    if (!item_table_make(q->job.study, q->job.part, q->run, q->n_runs, &q->job.definition, progress,
                         &table, err))
        return false;
    q->source = source_new(q->host, &table);
    return true;
}

static void take_table(struct view *view, void *job, bool ok, const struct error *err)
{
    struct request *q = job;
    struct items_view *v = (struct items_view *)view;
    (void)err;
    view_figures_take(&v->figures, ok);
    if (ok)
        sheet_set_source(v->sheet, q->source);
    q->source = NULL;
}

static void release_request(void *job)
{
    sheet_source_unref(((struct request *)job)->source);
}

static const struct view_job_kind counting = {.name = "items",
                                              .size = sizeof(struct request),
                                              .work = make_table,
                                              .take = take_table,
                                              .release = release_request};

static void refresh(struct view *view, struct app *app)
{
    struct items_view *v = (struct items_view *)view;
    struct request *q = view_job_new(app, view, &counting, &v->request);
    q->host = host_of(app);
    q->n_runs = host_shown_runs(q->host, q->run);
    view_figures_ask(&v->figures);
    view_job_start(&q->job);
}

static void layout(struct view *view, int rows, int cols)
{
    sheet_layout(((struct items_view *)view)->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct items_view *v = (const struct items_view *)view;
    view_figures_draw(&v->figures, v->sheet, c);
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct items_view *)view)->sheet;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct items_view *v = (struct items_view *)view;
    if (!view_figures_allow(&v->figures, call->id, err))
        return REACT_ERROR;
    bool open = call->id == ACTION_OPEN || (call->id == ACTION_ITEM && !call->arg);
    if (!open || sheet_row(v->sheet) < 0)
        return REACT_PASS;
    app_push(app, item_screen_new(app, (int32_t)sheet_id(v->sheet)));
    return REACT_DRAW;
}

static void crumb(const struct view *view, struct buf *out)
{
    (void)view;
    buf_adds(out, "Items");
}

static void link_to(const struct view *view, struct buf *out)
{
    host_link(host_of(((const struct items_view *)view)->app), out);
    buf_adds(out, "items\n");
}

static void release(struct view *view)
{
    struct items_view *v = (struct items_view *)view;
    sheet_free(v->sheet);
    free(v);
}

static const struct view_ops ops = {
    .name = "items",
    .scopes = SCOPE_ITEMS,
    .footer = {ACTION_OPEN, ACTION_FILTER, ACTION_SORT_DOWN, ACTION_DEFINITION, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .refresh = refresh,
    .link = link_to,
    .release = release,
};

struct view *items_screen_new(struct app *app)
{
    struct items_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->app = app;
    v->figures.what = "items";
    struct item_table nothing = {0};
    const struct study_run *run[HOST_RUNS];
    nothing.n_runs = host_shown_runs(host_of(app), run);
    nothing.run = mem_zalloc(nothing.n_runs, sizeof *nothing.run);
    for (size_t i = 0; i < nothing.n_runs; i++)
        nothing.run[i].run = run[i];
    v->sheet = sheet_new(source_new(host_of(app), &nothing), app_jobs(app));
    if (nothing.n_runs > 0)
        sheet_go_column(v->sheet, FIXED + ROTE);
    return &v->view;
}
