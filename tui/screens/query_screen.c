#include "tui/screens/query_screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tui/screens/app_private.h"
#include "tui/screens/host.h"
#include "tui/screens/query_open.h"
#include "tui/screens/query_rows.h"
#include "tui/screens/view_job.h"
#include "tui/widgets/order.h"

static const double LOOK_SECONDS = 0.25;

enum state { RUNNING, DONE, STOPPED, FAILED };

struct query_view {
    struct view view;
    struct app *app;
    char *sql, *shown; /* shown: in one line of as many bytes, for drawing */
    struct query_rows *rows;
    struct sheet *sheet; /* NULL: no rows to show yet, or never */
    enum state state;
    uint64_t request; /* of the running statement; answers to older ones are dropped */
    double started, seconds;
    int64_t n_so_far;
    struct error err;
    int offset;    /* of the error in the statement; -1: not known */
    int statement; /* rows that it takes on the screen; from layout */
};

/* ---- the job ---- */

struct request {
    struct view_job job;
    char *dir, *sql;
    struct query_rows *rows;
    struct progress *progress;
    int64_t n;
    int offset;
};

static bool take_columns(void *context, const char *const *name, int n)
{
    return query_rows_columns(((struct request *)context)->rows, name, n);
}

static bool take_row(void *context, const struct query_value *value, int n)
{
    struct request *r = context;
    if (++r->n % 1024 == 0 && !progress_at(r->progress, "rows", (double)r->n, 0, "rows", NULL))
        return true; /* the query sees for itself that it has to stop */
    return query_rows_add(r->rows, value, n);
}

static bool work(void *context, struct progress *progress, struct error *err)
{
    struct request *r = context;
    r->progress = progress;
    r->offset = -1;
    struct query *q = query_open(r->dir, err);
    bool ok = q && query_run(q, r->sql, take_columns, take_row, r, progress, err);
    if (q)
        r->offset = query_error_offset(q);
    query_close(q);
    int n = query_rows_n_columns(r->rows);
    if (ok && n > QUERY_ROWS_COLUMNS)
        return error_set(err, ERROR_USAGE,
                         "the result has %d columns and a sheet at most %d: name the ones that "
                         "matter, or use rote sql",
                         n, QUERY_ROWS_COLUMNS);
    return ok;
}

/* What has arrived is what is shown. */
static void show_rows(struct query_view *v)
{
    if (query_rows_n_columns(v->rows) == 0)
        return;
    struct sheet_source *source = query_rows_source(v->rows);
    if (v->sheet)
        sheet_set_source(v->sheet, source);
    else
        v->sheet = sheet_new(source, app_jobs(v->app));
}

/* 1,204 */
static void add_count(struct buf *out, int64_t n)
{
    static const struct column column = {.kind = COLUMN_INT};
    value_format(&column, &(struct value){.i = n}, &glyphs_ascii, out);
}

/* Why not all rows are here; nothing where they are. */
static void add_notice(const struct query_view *v, struct buf *out)
{
    bool full = query_rows_full(v->rows);
    if (v->state == RUNNING || !v->sheet || (v->state != STOPPED && !full))
        return;
    buf_adds(out, "first ");
    add_count(out, query_rows_count(v->rows));
    if (full)
        buf_addf(out, " rows; a limit of %d MiB; add WHERE or export with rote sql",
                 QUERY_LIMIT_MIB);
    else
        buf_adds(out, " rows; it was stopped; R runs it again");
}

/* A limit is never silent; who stopped it knows. */
static void say_the_limit(struct query_view *v)
{
    struct buf notice;
    buf_init(&notice);
    add_notice(v, &notice);
    if (query_rows_full(v->rows))
        app_say(v->app, MESSAGE_WARNING, "query: %s", notice.data);
    buf_release(&notice);
}

static void take(struct view *view, void *job, bool ok, const struct error *err)
{
    struct request *r = job;
    struct query_view *v = (struct query_view *)view;
    bool stopped = !ok && err->code == ERROR_CANCELLED;
    v->state = ok ? DONE : stopped ? STOPPED : FAILED;
    v->seconds = clock_monotonic_seconds() - v->started;
    app_tick(view, -1);
    v->offset = r->offset;
    if (!ok)
        v->err = *err;
    if (v->state != FAILED)
        show_rows(v);
    if (v->state == FAILED)
        app_failed(v->app, err);
    say_the_limit(v);
}

static void release_request(void *job)
{
    struct request *r = job;
    query_rows_unref(r->rows);
    free(r->dir);
    free(r->sql);
}

static const struct view_job_kind asking = {.name = "query",
                                            .silent = true, /* take() says it */
                                            .size = sizeof(struct request),
                                            .work = work,
                                            .take = take,
                                            .release = release_request};

static void forget(struct query_view *v)
{
    jobs_cancel_of(app_jobs(v->app), v->view.number, &v->request);
    sheet_free(v->sheet);
    v->sheet = NULL;
    query_rows_unref(v->rows);
    v->rows = NULL;
}

static void start(struct query_view *v)
{
    forget(v);
    v->rows = query_rows_new((size_t)QUERY_LIMIT_MIB << 20);
    v->state = RUNNING;
    v->started = clock_monotonic_seconds();
    v->n_so_far = 0;
    v->seconds = 0;
    struct request *r = view_job_new(v->app, &v->view, &asking, &v->request);
    r->dir = mem_strdup(study_dir(r->job.study));
    r->sql = mem_strdup(v->sql);
    r->rows = query_rows_ref(v->rows);
    view_job_start(&r->job);
    app_tick(&v->view, LOOK_SECONDS);
}

/* Shown at once: what is there is the result. SQLite may be busy inside of one step, sorting, for a
 * while before it sees that nobody waits; its answer is dropped. */
static void stop(struct query_view *v)
{
    jobs_cancel_of(app_jobs(v->app), v->view.number, &v->request);
    v->request++;
    v->state = STOPPED;
    v->seconds = clock_monotonic_seconds() - v->started;
    show_rows(v);
}

/* While it runs: the first rows as soon as there are some, then only how many there are. */
static void tick(struct view *view, struct app *app)
{
    struct query_view *v = (struct query_view *)view;
    if (v->state != RUNNING)
        return;
    v->n_so_far = query_rows_count(v->rows);
    v->seconds = clock_monotonic_seconds() - v->started;
    if (!v->sheet && v->n_so_far > 0)
        show_rows(v);
    app_redraw(app);
    app_tick(view, LOOK_SECONDS);
}

static void set_statement(struct query_view *v, const char *sql)
{
    char *copy = mem_strdup(sql), *shown = mem_strdup(sql);
    for (char *at = shown; *at; at++)
        if (*at == '\n' || *at == '\r' || *at == '\t')
            *at = ' ';
    free(v->sql);
    free(v->shown);
    v->sql = copy;
    v->shown = shown;
}

static void refresh(struct view *view, struct app *app)
{
    struct query_view *v = (struct query_view *)view;
    (void)app;
    if (v->request == 0) /* a definition or a run that changed does not change the question */
        start(v);
}

/* ---- the view ---- */

/* What is not whole is not written as if it were. */
static unsigned check_export(const struct query_view *v, const struct call *call, struct error *err)
{
    if (v->state == RUNNING) {
        error_set(err, ERROR_STATE, "the query still runs; wait for its end, or ^C");
        return REACT_ERROR;
    }
    struct buf notice;
    buf_init(&notice);
    add_notice(v, &notice);
    unsigned reaction = REACT_PASS;
    if (notice.len && !call->confirmed)
        reaction = app_confirm(v->app, call, err, "Export these only%s? (%s)",
                               file_exists(call->arg) ? ", replacing the file" : "", notice.data);
    buf_release(&notice);
    return reaction;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct query_view *v = (struct query_view *)view;
    switch (call->id) {
    case ACTION_OPEN:
        return query_open_row(app, v->sheet, err);
    case ACTION_SQL_EDIT:
        app_ask(app, ACTION_SQL, v->sql);
        if (v->state == FAILED && v->offset >= 0)
            app->prompt.at = (size_t)v->offset; /* where the mistake is */
        return REACT_DRAW;
    case ACTION_EXPORT:
        return check_export(v, call, err);
    case ACTION_REFRESH:
        start(v);
        return REACT_DRAW;
    case ACTION_CANCEL:
        if (v->state != RUNNING)
            return REACT_PASS;
        stop(v);
        return REACT_DRAW;
    default:
        return REACT_PASS;
    }
}

static int most_statement_rows(const struct query_view *v, int rows)
{
    int most = rows / 6;
    if (!v->sheet)
        return rows > 4 ? rows - 4 : 1;
    return most < 1 ? 1 : most > 3 ? 3 : most;
}

/* The statement in at most `rows` lines, NULL canvas: only counted. Returns the lines; a caret
 * stands below the place of the error, in a line of its own. */
static int draw_statement(const struct query_view *v, struct canvas *c, int rows, int cols)
{
    size_t len = strlen(v->sql), at = 0;
    bool caret = v->state == FAILED && v->offset >= 0;
    int y = 0, x = 3, room = cols - x - 1;
    while (y < rows && (at < len || y == 0)) {
        size_t line = strcspn(v->sql + at, "\n"), n = text_line(v->shown + at, line, room);
        bool cut = y + 1 == rows && at + n < len;
        if (c && cut)
            draw_end(c, y, x, room, ROLE_NORMAL, v->shown + at);
        else if (c)
            draw_textn(c, y, x, room, ROLE_NORMAL, v->shown + at, n);
        y++;
        size_t place = (size_t)v->offset;
        if (caret && place >= at && (place < at + n || at + n >= len) && y < rows) {
            int before = text_width(v->shown + at, place - at);
            if (c)
                draw_text(c, y, x + (before < room ? before : room - 1), 1, ROLE_ERROR, "^");
            y++;
        }
        at += n;
        at += at < len && (v->shown[at] == ' '); /* the blank or line end that broke the line */
    }
    if (c)
        draw_text(c, 0, 1, 1, ROLE_KEY, ";");
    return y;
}

static void layout(struct view *view, int rows, int cols)
{
    struct query_view *v = (struct query_view *)view;
    struct buf notice;
    buf_init(&notice);
    add_notice(v, &notice);
    v->statement = draw_statement(v, NULL, most_statement_rows(v, rows), cols);
    if (v->sheet)
        sheet_layout(v->sheet, rows - v->statement - (notice.len > 0), cols);
    buf_release(&notice);
}

static void draw_rows(const struct query_view *v, struct canvas *c, int y)
{
    struct buf notice;
    buf_init(&notice);
    add_notice(v, &notice);
    if (notice.len)
        draw_end(c, y++, 1, c->cols - 2, ROLE_WARNING, notice.data);
    struct canvas below = canvas_sub(c, y, 0, c->rows - y, c->cols);
    sheet_draw(v->sheet, &below, true);
    buf_release(&notice);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct query_view *v = (const struct query_view *)view;
    int y = draw_statement(v, c, v->statement, c->cols);
    if (v->sheet) {
        draw_rows(v, c, y);
        return;
    }
    canvas_cursor(c, 0, 1);
    int rows = c->rows - y - 1, cols = c->cols - 4;
    if (v->state == FAILED)
        draw_wrapped(c, y + 1, 3, rows, cols, ROLE_ERROR, v->err.text);
    else if (v->state == STOPPED)
        draw_wrapped(c, y + 1, 3, rows, cols, ROLE_WARNING, "It was stopped before its first row.");
    else if (v->state == DONE)
        draw_wrapped(c, y + 1, 3, rows, cols, ROLE_DIM, "The statement has no result.");
    else
        draw_wrapped(c, y + 1, 3, rows, cols, ROLE_DIM, "running; ^C stops it");
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct query_view *)view)->sheet;
}

static void crumb(const struct view *view, struct buf *out)
{
    (void)view;
    buf_adds(out, "Query");
}

/* Without a terminal no time is shown: what is printed depends on the data alone. */
static void add_seconds(const struct query_view *v, struct buf *out)
{
    if (app_batch(v->app))
        return;
    buf_addf(out, " %s ", app_glyphs(v->app)->symbol[GLYPH_DOT]);
    buf_addf(out, v->seconds < 10 ? "%.2f s" : "%.0f s", v->seconds);
}

static void status(const struct view *view, struct buf *out)
{
    const struct query_view *v = (const struct query_view *)view;
    if (v->state == RUNNING) {
        add_count(out, v->n_so_far);
        buf_adds(out, " rows so far");
    } else if (v->sheet) {
        sheet_status(v->sheet, app_glyphs(v->app), out);
    } else {
        buf_adds(out, v->state == FAILED ? "the statement failed; e edits it" : "no rows");
    }
    add_seconds(v, out);
}

static void link_to(const struct view *view, struct buf *out)
{
    const struct query_view *v = (const struct query_view *)view;
    struct buf line;
    buf_init(&line);
    if (query_one_line(v->sql, &line)) {
        host_link(host_of(v->app), out);
        buf_addf(out, "sql %s\n", line.data);
    }
    buf_release(&line);
}

static void release(struct view *view)
{
    struct query_view *v = (struct query_view *)view;
    forget(v);
    free(v->sql);
    free(v->shown);
    free(v);
}

static const struct view_ops ops = {
    .name = "query",
    .scopes = SCOPE_QUERY,
    .footer = {ACTION_OPEN, ACTION_SQL_EDIT, ACTION_SCHEMA, ACTION_EXPORT, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .status = status,
    .refresh = refresh,
    .tick = tick,
    .link = link_to,
    .release = release,
};

void query_screen_open(struct app *app, const char *sql)
{
    struct view *front = app_front(app);
    struct query_view *v;
    if (front && front->ops == &ops) {
        v = (struct query_view *)front;
        set_statement(v, sql);
        start(v);
        return;
    }
    v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->app = app;
    set_statement(v, sql);
    app_push(app, &v->view);
}

/* ---- one line ---- */

/* Bytes of the text, name or comment that begins here; 0: none does. */
static size_t quoted(const char *s)
{
    if (s[0] == '-' && s[1] == '-')
        return strcspn(s, "\n");
    if (s[0] == '/' && s[1] == '*') {
        const char *end = strstr(s + 2, "*/");
        return end ? (size_t)(end - s) + 2 : strlen(s);
    }
    if (!strchr("'\"`[", s[0]))
        return 0;
    const char *end = strchr(s + 1, s[0] == '[' ? ']' : s[0]);
    return end ? (size_t)(end - s) + 1 : strlen(s);
}

bool query_one_line(const char *sql, struct buf *out)
{
    while (*sql) {
        size_t n = quoted(sql);
        bool comment = n > 0 && (sql[0] == '-' || sql[0] == '/');
        if (n > 0 && !comment && memchr(sql, '\n', n))
            return false;
        if (comment)
            buf_addc(out, ' ');
        else if (n > 0)
            buf_add(out, sql, n);
        else
            buf_addc(out, strchr("\n\r\t", *sql) ? ' ' : *sql);
        sql += n > 0 ? n : 1;
    }
    return true;
}
