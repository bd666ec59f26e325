#include "tui/screens/users_screen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/users.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_screen.h"

enum { FIXED = 4, PER_RUN = 4, ID_COLS = 14, MOST_ID = 24 };
enum measure { RANK, ROTE, MATCH, NOVELTY };

/* ---- the source: a user table and the columns it has ---- */

struct users_source {
    struct sheet_source source;
    const struct host *host; /* titles and ids; lives longer than every view */
    struct user_table table;
    struct column columns[FIXED + PER_RUN * HOST_RUNS];
    char *names[PER_RUN * HOST_RUNS];
    int32_t *user; /* [n_rows] who is shown; NULL: everyone */
};

static void fixed_cell(const struct users_source *s, int32_t user, int column, struct value *v)
{
    switch (column) {
    case 0:
        value_text(v, host_user_id(s->host, user), ROLE_NORMAL);
        return;
    case 1:
        value_int(v, s->table.length[user], ROLE_NORMAL);
        return;
    case 2:
        if (s->table.reachable[user] < 0)
            v->missing = true;
        else
            value_text(v, s->table.reachable[user] ? "yes" : "no",
                       s->table.reachable[user] ? ROLE_MEMORIZED : ROLE_DIM);
        return;
    default:
        if (s->table.target[user] < 0)
            v->missing = true;
        else
            value_text(v, host_item_title(s->host, s->table.target[user]), ROLE_NORMAL);
    }
}

static void run_cell(const struct user_run_columns *r, int32_t user, enum measure measure,
                     struct value *v)
{
    v->missing = r->rank[user] < 0 || (measure == RANK && r->rank[user] == 0);
    if (v->missing)
        return;
    switch (measure) {
    case RANK:
        value_int(v, r->rank[user], r->rank[user] <= 10 ? ROLE_TARGET : ROLE_NORMAL);
        return;
    case ROTE:
        value_real(v, (double)r->memorized[user],
                   r->memorized[user] > 0 ? ROLE_MEMORIZED : ROLE_DIM);
        return;
    case MATCH:
        value_int(v, r->verbatim[user], r->verbatim[user] >= 3 ? ROLE_MEMORIZED : ROLE_DIM);
        return;
    case NOVELTY:
        value_real(v, (double)r->novelty[user], ROLE_NORMAL);
    }
}

/* Behind the fixed columns: rank and rote of every run, then match and novelty of every run. */
static void run_and_measure(size_t n_runs, int column, size_t *run, enum measure *measure)
{
    size_t at = (size_t)(column - FIXED), half = at / (2 * n_runs);
    *run = at % (2 * n_runs) / 2;
    *measure = (enum measure)(2 * half + at % 2);
}

static void cell(const struct sheet_source *source, int64_t row, int column, struct value *v,
                 struct buf *scratch)
{
    const struct users_source *s = (const struct users_source *)source;
    int32_t user = s->user ? s->user[row] : (int32_t)row;
    (void)scratch;
    if (column < FIXED) {
        fixed_cell(s, user, column, v);
        return;
    }
    size_t run;
    enum measure measure;
    run_and_measure(s->table.n_runs, column, &run, &measure);
    run_cell(&s->table.run[run], user, measure, v);
}

static void source_release(struct sheet_source *source)
{
    struct users_source *s = (struct users_source *)source;
    user_table_release(&s->table);
    free(s->user);
    for (size_t i = 0; i < ARRAY_LEN(s->names); i++)
        free(s->names[i]);
    free(s);
}

static int64_t id_of(const struct sheet_source *source, int64_t row)
{
    const struct users_source *s = (const struct users_source *)source;
    return s->user ? s->user[row] : row;
}

static const struct sheet_source_ops source_ops = {
    .cell = cell, .id = id_of, .release = source_release};

/* ---- the clearest cases of a kind ---- */

struct clear_case {
    double clarity;
    int32_t user;
};

static bool hit(const struct user_run_columns *r, int32_t user)
{
    return r->rank[user] >= 1 && r->rank[user] <= 10;
}

/* How clearly a user shows the kind; 0: not at all. */
static double clarity(const struct user_table *t, enum users_kind kind, int32_t user)
{
    const struct user_run_columns *first = &t->run[0], *last = &t->run[t->n_runs - 1];
    if (first->rank[user] < 0)
        return 0;
    double rote = (double)first->memorized[user], rank = first->rank[user];
    switch (kind) {
    case USERS_ROTE:
        return hit(first, user) && t->reachable[user] == 1 ? rote + 1 / rank : 0;
    case USERS_NOVEL:
        return hit(first, user) && t->reachable[user] == 0 ? 2 - rote + 1 / rank : 0;
    case USERS_WON:
        return hit(last, user) && !hit(first, user) ? 1.0 / last->rank[user] : 0;
    case USERS_LOST:
        return hit(first, user) && !hit(last, user) ? 1 / rank : 0;
    default:
        return 1;
    }
}

static int by_clarity(const void *a, const void *b)
{
    const struct clear_case *x = a, *y = b;
    if (x->clarity > y->clarity || x->clarity < y->clarity)
        return x->clarity > y->clarity ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

static void choose_users(struct users_source *s, enum users_kind kind)
{
    struct clear_case *list = mem_zalloc((size_t)s->table.n_users, sizeof *list);
    size_t n = 0;
    for (int32_t user = 0; user < s->table.n_users; user++) {
        double clear = clarity(&s->table, kind, user);
        if (clear > 0)
            list[n++] = (struct clear_case){clear, user};
    }
    qsort(list, n, sizeof *list, by_clarity);
    s->user = mem_zalloc(n, sizeof *s->user);
    for (size_t i = 0; i < n; i++)
        s->user[i] = list[i].user;
    s->source.n_rows = (int64_t)n;
    free(list);
}

static const struct column fixed_columns[FIXED] = {
    {.name = "user", .kind = COLUMN_TEXT, .width = 5, .help = "external id"},
    {.name = "items", .kind = COLUMN_INT, .width = 5, .help = "length of the sequence"},
    {.name = "reachable",
     .label = "reach",
     .kind = COLUMN_TEXT,
     .width = 5,
     .help = "is the target in the candidate set of the definition?"},
    {.name = "target", .kind = COLUMN_TITLE, .width = 16, .width_max = 60, .help = "held-out item"},
};
static const struct column measure_columns[PER_RUN] = {
    [RANK] = {.label = "rank", .kind = COLUMN_INT, .width = 4, .help = "of the target in the list"},
    [ROTE] = {.label = "rote",
              .kind = COLUMN_PERCENT,
              .width = 5,
              .decimals = 0,
              .help = "share of the first K in the candidate set of the definition"},
    [MATCH] = {.label = "match",
               .kind = COLUMN_INT,
               .width = 5,
               .help = "longest verbatim match among the first K"},
    [NOVELTY] = {.label = "bits",
                 .kind = COLUMN_REAL,
                 .width = 5,
                 .decimals = 1,
                 .help = "novelty: mean surprise of the first K"},
};

static int widest_id(const struct users_source *s)
{
    const struct strtab *ids = &study_dataset(s->host->study)->user_id;
    int most = 4;
    for (int32_t user = 0; user < s->table.n_users && most < MOST_ID; user++)
        if ((int)strtab_len(ids, user) > most)
            most = (int)strtab_len(ids, user);
    return most < MOST_ID ? most : MOST_ID;
}

static void make_columns(struct users_source *s)
{
    static const char *const name[PER_RUN] = {"rank", "rote", "match", "novelty"};
    memcpy(s->columns, fixed_columns, sizeof fixed_columns);
    int id = widest_id(s);
    s->columns[0].width = id < ID_COLS ? id : ID_COLS;
    s->columns[0].width_max = id;
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
}

/* Takes over the table. On the job's thread. */
static struct sheet_source *source_new(const struct host *host, const struct user_table *table,
                                       enum users_kind kind)
{
    struct users_source *s = mem_zalloc(1, sizeof *s);
    s->source = (struct sheet_source){.ops = &source_ops,
                                      .columns = s->columns,
                                      .n_columns = FIXED + PER_RUN * (int)table->n_runs,
                                      .n_rows = table->n_users,
                                      .refs = 1};
    s->host = host;
    s->table = *table;
    make_columns(s);
    if (kind != USERS_ALL && table->n_runs > 0)
        choose_users(s, kind);
    return &s->source;
}

/* ---- the view ---- */

struct users_view {
    struct view view;
    struct app *app;
    struct sheet *sheet;
    bool counted; /* else the sheet is empty still; it takes filters and an order already */
    bool stale;   /* what is shown was counted under what held before: dim */
    bool stopped; /* counting was cancelled or failed */
    uint64_t request;
    enum users_kind kind;
};

struct request {
    struct app *app;
    uint64_t view, number;
    struct study *study;
    enum part part;
    struct definition definition;
    const struct study_run *run[HOST_RUNS];
    size_t n_runs;
    enum users_kind kind;
    const struct host *host;
    struct sheet_source *source; /* the result */
};

static bool make_table(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    struct user_table table;
    if (!user_table_make(q->study, q->part, q->run, q->n_runs, &q->definition, progress, &table,
                         err))
        return false;
    q->source = source_new(q->host, &table, q->kind);
    return true;
}

static void take_table(void *context, bool ok, const struct error *err)
{
    struct request *q = context;
    struct users_view *u = (struct users_view *)app_view_alive(q->app, q->view);
    bool wanted = u && u->request == q->number;
    if (u && !ok && err->code != ERROR_CANCELLED)
        app_say_error(q->app, err);
    if (wanted && ok) {
        sheet_set_source(u->sheet, q->source);
        u->counted = true;
        u->stale = false;
    } else if (wanted) { /* the old figures are not those of the new definition */
        u->counted = false;
        u->stopped = true;
    } else if (ok) {
        sheet_source_unref(q->source);
    }
    app_redraw(q->app);
    free(q);
}

static void refresh(struct view *view, struct app *app)
{
    struct users_view *u = (struct users_view *)view;
    const struct host *host = host_of(app);
    struct request *q = mem_zalloc(1, sizeof *q);
    *q = (struct request){.app = app,
                          .view = view->number,
                          .number = ++u->request,
                          .study = host->study,
                          .part = host->part,
                          .definition = host->definition,
                          .kind = u->kind,
                          .host = host};
    q->n_runs = host_shown_runs(host, q->run);
    u->stale = true;
    u->stopped = false;
    jobs_start(
        app_jobs(app),
        &(struct job_spec){.name = "users", .work = make_table, .done = take_table, .context = q});
}

static void layout(struct view *view, int rows, int cols)
{
    sheet_layout(((struct users_view *)view)->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct users_view *u = (const struct users_view *)view;
    if (!u->counted) {
        draw_text(c, 0, 1, c->cols - 1, ROLE_DIM,
                  u->stopped ? "not counted; R counts the users" : "counting");
        return;
    }
    sheet_draw(u->sheet, c, true);
    for (int y = 0; u->stale && y < c->rows; y++)
        draw_flags(c, y, 0, c->cols, STYLE_DIM);
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct users_view *)view)->sheet;
}

/* What is about rows has to wait for them; filters and sorting do not. */
static bool needs_rows(enum action_id id)
{
    return (action_get(id)->flags & ACT_ROW) || id == ACTION_EXPORT || id == ACTION_FREQUENCY;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct users_view *u = (struct users_view *)view;
    if (!u->counted && needs_rows(call->id)) {
        error_set(err, ERROR_STATE, "%s",
                  u->stopped ? "the users are not counted; R counts them"
                             : "the users are being counted; once more in a moment");
        return REACT_ERROR;
    }
    if (call->id != ACTION_OPEN)
        return REACT_PASS;
    app_push(app, case_screen_new(app, (int32_t)sheet_id(u->sheet)));
    return REACT_DRAW;
}

static void crumb(const struct view *view, struct buf *out)
{
    static const char *const name[] = {"Users", "Users: rote", "Users: novel", "Users: won",
                                       "Users: lost"};
    buf_adds(out, name[((const struct users_view *)view)->kind]);
}

static void link_to(const struct view *view, struct buf *out)
{
    host_link(host_of(((const struct users_view *)view)->app), out);
    static const char *const command[] = {"users", "find rote", "find novel", "find won",
                                          "find lost"};
    buf_addf(out, "%s\n", command[((const struct users_view *)view)->kind]);
}

static void release(struct view *view)
{
    struct users_view *u = (struct users_view *)view;
    sheet_free(u->sheet);
    free(u);
}

static const struct view_ops ops = {
    .name = "users",
    .footer = {ACTION_OPEN, ACTION_FILTER, ACTION_SORT_UP, ACTION_DEFINITION, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .refresh = refresh,
    .link = link_to,
    .release = release,
};

struct view *users_screen_new(struct app *app, enum users_kind kind)
{
    struct users_view *u = mem_zalloc(1, sizeof *u);
    u->view.ops = &ops;
    u->app = app;
    u->kind = kind;
    struct user_table nobody = {0};
    const struct study_run *run[HOST_RUNS];
    nobody.n_runs = host_shown_runs(host_of(app), run);
    nobody.run = mem_zalloc(nobody.n_runs, sizeof *nobody.run);
    for (size_t i = 0; i < nobody.n_runs; i++)
        nobody.run[i].run = run[i];
    u->sheet = sheet_new(source_new(host_of(app), &nobody, USERS_ALL), app_jobs(app));
    return &u->view;
}
