/* The users of a cell of Compare: who, the target, its ranks on both sides, reachable, label. */
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_screen.h"
#include "tui/screens/compare_private.h"
#include "tui/screens/scene.h"
#include "tui/screens/view_job.h"

/* ---- the source: cases of a comparison ---- */

/* Hits are for groups: those of one run follow from its rank. */
enum { USER, A_RANK, B_RANK, REACHABLE, LABEL, OUTCOME, TARGET, A_HITS, B_HITS, COLUMNS };

static const struct column columns[COLUMNS] = {
    [USER] = {.name = "user", .kind = COLUMN_TEXT, .width = 8, .width_max = 24},
    [TARGET] = {.name = "target",
                .kind = COLUMN_TITLE,
                .width = 16,
                .width_max = 60,
                .help = "held-out item"},
    [REACHABLE] = {.name = "reachable",
                   .label = "reach",
                   .kind = COLUMN_TEXT,
                   .width = 5,
                   .help = "is the target in the candidate set of the definition?"},
    [LABEL] = {.name = "label", .kind = COLUMN_TEXT, .width = 14, .help = "class of the target"},
    [OUTCOME] = {.name = "outcome",
                 .kind = COLUMN_TEXT,
                 .width = 7,
                 .help = "won: in the top 10 of B only; lost: of A only"},
    [A_RANK] = {.name = "A.rank",
                .label = "rank",
                .kind = COLUMN_INT,
                .width = 8,
                .width_max = 16,
                .help = "of the target; of groups the best"},
    [B_RANK] = {.name = "B.rank",
                .label = "rank",
                .kind = COLUMN_INT,
                .width = 7,
                .width_max = 12,
                .help = "of the target; of groups the best"},
    [A_HITS] = {.name = "A.hits",
                .label = "A hits",
                .kind = COLUMN_INT,
                .width = 6,
                .help = "runs that have the target in their top 10"},
    [B_HITS] = {.name = "B.hits",
                .label = "B hits",
                .kind = COLUMN_INT,
                .width = 6,
                .help = "runs that have the target in their top 10"},
};

struct cases_source {
    struct sheet_source source;
    const struct host *host; /* titles and ids; lives longer than every view */
    struct comparison *comparison;
    struct column columns[COLUMNS];
    int64_t *at; /* [n_rows] cases */
};

static void rank_value(struct value *v, int32_t rank)
{
    v->missing = rank == 0;
    value_int(v, rank, rank <= COMPARE_TOP ? ROLE_TARGET : ROLE_NORMAL);
}

static void cell(const struct sheet_source *source, int64_t row, int column, struct value *v,
                 struct buf *scratch)
{
    const struct cases_source *s = (const struct cases_source *)source;
    const struct compare *c = &s->comparison->data;
    int64_t at = s->at[row];
    const struct compare_case is = compare_case_at(s->host->study, c, at);
    (void)scratch;
    switch (column) {
    case USER:
        value_text(v, host_user_id(s->host, is.user), ROLE_NORMAL);
        return;
    case TARGET:
        value_text(v, host_item_title(s->host, is.target), ROLE_NORMAL);
        return;
    case REACHABLE:
        value_text(v, is.reachable ? "yes" : "no", is.reachable ? ROLE_MEMORIZED : ROLE_DIM);
        return;
    case LABEL:
        v->missing = !is.label;
        value_text(v, is.label ? is.label : "", ROLE_NORMAL);
        return;
    case OUTCOME:
        value_text(v, compare_outcome_name[c->outcome[at]], ROLE_NORMAL);
        return;
    case A_RANK:
        rank_value(v, c->a.rank[at]);
        return;
    case B_RANK:
        rank_value(v, c->b.rank[at]);
        return;
    case A_HITS:
        value_int(v, c->a.hits[at], ROLE_NORMAL);
        return;
    default:
        value_int(v, c->b.hits[at], ROLE_NORMAL);
    }
}

/* A user may have several cases; they stay who they are in whatever order. */
static int64_t id_of(const struct sheet_source *source, int64_t row)
{
    const struct cases_source *s = (const struct cases_source *)source;
    const struct compare_case is =
        compare_case_at(s->host->study, &s->comparison->data, s->at[row]);
    return (int64_t)is.user << 32 | is.position;
}

static void source_release(struct sheet_source *source)
{
    struct cases_source *s = (struct cases_source *)source;
    comparison_unref(s->comparison);
    free(s->at);
    free(s);
}

static const struct sheet_source_ops source_ops = {
    .cell = cell, .id = id_of, .release = source_release};

enum { LEAST_ID = 4, MOST_ID = 24 };

static int widest_id(const struct cases_source *s)
{
    int most = LEAST_ID;
    for (int64_t row = 0; row < s->source.n_rows && most < MOST_ID; row++) {
        const char *id = host_user_id(
            s->host, compare_case_at(s->host->study, &s->comparison->data, s->at[row]).user);
        int width = text_width(id, strlen(id));
        most = width > most ? width : most;
    }
    return most < MOST_ID ? most : MOST_ID;
}

/* Takes `at` and the reference over; without a comparison there are no rows. On the job's thread,
 * too. */
static struct sheet_source *source_new(const struct host *host, struct comparison *comparison,
                                       int64_t *at, int64_t n)
{
    struct cases_source *s = mem_zalloc(1, sizeof *s);
    const struct compare *c = comparison ? &comparison->data : NULL;
    bool groups = c && (c->a.n > 1 || c->b.n > 1);
    s->source = (struct sheet_source){.ops = &source_ops,
                                      .columns = s->columns,
                                      .n_columns = groups ? COLUMNS : A_HITS,
                                      .n_rows = n,
                                      .refs = 1};
    s->host = host;
    s->comparison = comparison;
    s->at = at;
    memcpy(s->columns, columns, sizeof columns);
    s->columns[USER].width = s->columns[USER].width_max = widest_id(s);
    s->columns[A_RANK].group = c ? c->a.name : NULL;
    s->columns[B_RANK].group = c ? c->b.name : NULL;
    return &s->source;
}

/* ---- the view ---- */

struct users_view {
    struct view view;
    struct app *app;
    struct compare_runs side[2];
    struct compare_cell cell;
    struct comparison *comparison; /* that the rows are of; NULL: it is being made */
    struct sheet *sheet;
    bool listed; /* else the sheet is empty still */
    bool stale;  /* of what held before: dim */
    bool none;   /* no comparison is to be had */
    uint64_t request;
};

struct request {
    struct view_job job;
    const struct host *host;
    struct comparison *comparison;
    struct compare_cell cell;
    struct sheet_source *source; /* the result; has taken the comparison over */
};

static bool list_cases(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    if (!progress_ok(progress, err))
        return false;
    int64_t *at, n = compare_cases(&q->comparison->data, q->cell.outcome, q->cell.slice, &at);
    q->source = source_new(q->host, q->comparison, at, n);
    q->comparison = NULL;
    return true;
}

static void take_cases(struct view *view, void *job, bool ok, const struct error *err)
{
    struct request *q = job;
    struct users_view *u = (struct users_view *)view;
    (void)err;
    if (!ok)
        return;
    sheet_set_source(u->sheet, q->source);
    q->source = NULL;
    u->listed = true;
    u->stale = !comparison_holds(u->comparison, host_of(u->app));
}

static void release_request(void *job)
{
    struct request *q = job;
    sheet_source_unref(q->source);
    comparison_unref(q->comparison);
}

static void start(struct users_view *u)
{
    static const struct view_job_kind listing = {.name = "users",
                                                 .flags = JOB_QUIET,
                                                 .size = sizeof(struct request),
                                                 .work = list_cases,
                                                 .take = take_cases,
                                                 .release = release_request};
    struct request *q = view_job_new(u->app, &u->view, &listing, &u->request);
    q->host = host_of(u->app);
    q->comparison = comparison_ref(u->comparison);
    q->cell = u->cell;
    view_job_start(&q->job);
}

void compare_users_take(struct view *view, struct comparison *comparison)
{
    struct users_view *u = (struct users_view *)view;
    u->none = comparison == NULL;
    if (!comparison)
        return;
    comparison_ref(comparison);
    comparison_unref(u->comparison);
    u->comparison = comparison;
    start(u);
}

/* The view below compares again where that is needed, and hands the result over. */
static void refresh(struct view *view, struct app *app)
{
    struct users_view *u = (struct users_view *)view;
    u->stale = !comparison_holds(u->comparison, host_of(app));
    u->none = false;
    if (!u->listed && u->comparison)
        start(u);
}

static void layout(struct view *view, int rows, int cols)
{
    sheet_layout(((struct users_view *)view)->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct users_view *u = (const struct users_view *)view;
    if (u->none) {
        draw_wrapped(c, 0, 1, c->rows, c->cols - 2, ROLE_DIM,
                     "not compared under this definition; R compares, q goes back");
        return;
    }
    if (!u->listed) {
        draw_text(c, 0, 1, c->cols - 1, ROLE_DIM, u->comparison ? "listing" : "comparing");
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

static int32_t number_of_case(struct app *app, int32_t user, int32_t position)
{
    const struct host *host = host_of(app);
    const struct case_list *cases = &study_split(host->study)->part[host->part];
    int64_t at = study_case_of_user(host->study, host->part, user);
    while (at > 0 && cases->position[at] != position && cases->user[at - 1] == user)
        at--;
    return case_number(cases, at);
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct users_view *u = (struct users_view *)view;
    (void)err;
    if (call->id != ACTION_OPEN)
        return REACT_PASS;
    const struct scene_return before = scene_keep(app);
    int64_t id = sheet_id(u->sheet);
    int32_t user = (int32_t)(id >> 32);
    compare_show_runs(app, u->side);
    case_open(app,
              &(struct case_place){.user = user, .nth = number_of_case(app, user, (int32_t)id)});
    scene_return_later(app, &before);
    return REACT_DRAW;
}

static void crumb(const struct view *view, struct buf *out)
{
    compare_cell_format(&((const struct users_view *)view)->cell, out);
}

static void link_to(const struct view *view, struct buf *out)
{
    const struct users_view *u = (const struct users_view *)view;
    compare_link(host_of(u->app), u->side, out);
    buf_adds(out, "compare-users ");
    compare_cell_format(&u->cell, out);
    buf_addc(out, '\n');
}

static void release(struct view *view)
{
    struct users_view *u = (struct users_view *)view;
    sheet_free(u->sheet);
    comparison_unref(u->comparison);
    compare_runs_release(&u->side[0]);
    compare_runs_release(&u->side[1]);
    free(u);
}

static const struct view_ops ops = {
    .name = "compare-users",
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

struct view *compare_users_new(struct app *app, struct comparison *comparison,
                               const struct compare_runs side[2], const struct compare_cell *cell)
{
    struct users_view *u = mem_zalloc(1, sizeof *u);
    u->view.ops = &ops;
    u->app = app;
    u->cell = *cell;
    for (int s = 0; s < 2; s++)
        u->side[s] = compare_runs_copy(&side[s]);
    u->comparison = comparison_ref(comparison);
    u->sheet =
        sheet_new(source_new(host_of(app), comparison_ref(comparison), NULL, 0), app_jobs(app));
    return &u->view;
}
