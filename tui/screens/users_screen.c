#include "tui/screens/users_screen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/users.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_screen.h"
#include "tui/screens/view_job.h"

enum { USER, LENGTH, REACHABLE, TARGET, FIXED };
enum { PER_RUN = 4, ID_COLS = 14, MOST_ID = 24 };
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
    case USER:
        value_text(v, host_user_id(s->host, user), ROLE_NORMAL);
        return;
    case LENGTH:
        value_int(v, s->table.length[user], ROLE_NORMAL);
        return;
    case REACHABLE:
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

static bool keys(const struct sheet_source *source, int column, const uint32_t *rows, size_t n,
                 uint64_t *key)
{
    const struct users_source *s = (const struct users_source *)source;
    size_t run = 0;
    enum measure measure = RANK;
    if (column == USER || column == REACHABLE)
        return false;
    if (column >= FIXED)
        run_and_measure(s->table.n_runs, column, &run, &measure);
    for (size_t i = 0; i < n; i++) {
        int32_t user = s->user ? s->user[rows[i]] : (int32_t)rows[i];
        struct value v = {0};
        if (column == LENGTH) {
            key[i] = sheet_key_int(s->table.length[user]);
        } else if (column == TARGET) {
            int32_t item = s->table.target[user];
            key[i] = item < 0 ? SHEET_KEY_MISSING : sheet_key_int(item);
        } else {
            run_cell(&s->table.run[run], user, measure, &v);
            key[i] = v.missing                             ? SHEET_KEY_MISSING
                     : measure == RANK || measure == MATCH ? sheet_key_int(v.i)
                                                           : sheet_key_real(v.r);
        }
    }
    return true;
}

/* Targets are items. */
static int64_t entries(const struct sheet_source *source, int column)
{
    const struct users_source *s = (const struct users_source *)source;
    return column == TARGET ? study_dataset(s->host->study)->n_items : 0;
}

static void entry(const struct sheet_source *source, int column, int64_t item, struct value *v,
                  struct buf *scratch)
{
    (void)column;
    (void)scratch;
    const struct users_source *s = (const struct users_source *)source;
    value_text(v, host_item_title(s->host, (int32_t)item), ROLE_NORMAL);
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

static const struct sheet_source_ops source_ops = {.cell = cell,
                                                   .id = id_of,
                                                   .release = source_release,
                                                   .keys = keys,
                                                   .entries = entries,
                                                   .entry = entry};

/* The clearest cases of a kind. */
static void choose_users(struct users_source *s, enum users_kind kind)
{
    static const enum clear_kind clear[] = {[USERS_ROTE] = CLEAR_ROTE,
                                            [USERS_NOVEL] = CLEAR_NOVEL,
                                            [USERS_WON] = CLEAR_WON,
                                            [USERS_LOST] = CLEAR_LOST};
    s->source.n_rows = user_table_clearest(&s->table, clear[kind], &s->user);
}

static const struct column fixed_columns[FIXED] = {
    {.name = "user", .kind = COLUMN_TEXT, .width = 5, .help = "external id"},
    {.name = "items", .kind = COLUMN_INT, .width = 5, .help = "length of the sequence"},
    {.name = "reachable",
     .label = "reach",
     .kind = COLUMN_TEXT,
     .width = 5,
     .help = "yes: the target is in the candidate set of the definition"},
    {.name = "target", .kind = COLUMN_TITLE, .width = 16, .width_max = 60, .help = "held-out item"},
};
static const struct column measure_columns[PER_RUN] = {
    [RANK] = {.label = "rank",
              .kind = COLUMN_INT,
              .width = 4,
              .help = "of the target in the list; none: it is not there"},
    [ROTE] = {.label = "rote",
              .kind = COLUMN_PERCENT,
              .width = 5,
              .decimals = 0,
              .help = "share of the first K in the candidate set of the definition"},
    [MATCH] = {.label = "match",
               .kind = COLUMN_INT,
               .width = 5,
               .help = "items of the longest verbatim match among the first K"},
    [NOVELTY] = {.label = "bits",
                 .kind = COLUMN_REAL,
                 .width = 5,
                 .decimals = 1,
                 .help = "novelty: mean surprise of the first K in bits"},
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
    static const char *const name[PER_RUN] = {"rank", "rote", "verbatim", "novelty"};
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
    struct view_figures figures; /* not there: the sheet takes filters and an order already */
    uint64_t request;
    enum users_kind kind;
};

struct request {
    struct view_job job;
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
    if (!user_table_make(q->job.study, q->job.part, q->run, q->n_runs, &q->job.definition, progress,
                         &table, err))
        return false;
    q->source = source_new(q->host, &table, q->kind);
    return true;
}

static void take_table(struct view *view, void *job, bool ok, const struct error *err)
{
    struct request *q = job;
    struct users_view *u = (struct users_view *)view;
    (void)err;
    view_figures_take(&u->figures, ok);
    if (ok)
        sheet_set_source(u->sheet, q->source);
    q->source = NULL;
}

static void release_request(void *job)
{
    sheet_source_unref(((struct request *)job)->source);
}

static const struct view_job_kind counting = {.name = "users",
                                              .size = sizeof(struct request),
                                              .work = make_table,
                                              .take = take_table,
                                              .release = release_request};

static void refresh(struct view *view, struct app *app)
{
    struct users_view *u = (struct users_view *)view;
    struct request *q = view_job_new(app, view, &counting, &u->request);
    q->kind = u->kind;
    q->host = host_of(app);
    q->n_runs = host_shown_runs(q->host, q->run);
    view_figures_ask(&u->figures);
    view_job_start(&q->job);
}

static void layout(struct view *view, int rows, int cols)
{
    sheet_layout(((struct users_view *)view)->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct users_view *u = (const struct users_view *)view;
    view_figures_draw(&u->figures, u->sheet, c);
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct users_view *)view)->sheet;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct users_view *u = (struct users_view *)view;
    if (!view_figures_allow(&u->figures, call->id, err))
        return REACT_ERROR;
    if (call->id != ACTION_OPEN)
        return REACT_PASS;
    case_open(app, &(struct case_place){.user = (int32_t)sheet_id(u->sheet)});
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
    .scopes = SCOPE_USERS,
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
    u->figures.what = "users";
    struct user_table nobody = {0};
    const struct study_run *run[HOST_RUNS];
    nobody.n_runs = host_shown_runs(host_of(app), run);
    nobody.run = mem_zalloc(nobody.n_runs, sizeof *nobody.run);
    for (size_t i = 0; i < nobody.n_runs; i++)
        nobody.run[i].run = run[i];
    u->sheet = sheet_new(source_new(host_of(app), &nobody, USERS_ALL), app_jobs(app));
    return &u->view;
}
