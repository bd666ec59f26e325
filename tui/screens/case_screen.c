/*
 * The case view. Panes: the history, up to four runs, the evidence. Each is a sheet, so moving,
 * searching, sorting and export are as everywhere. The evidence follows the cursor of the run pane
 * that was used last.
 *
 * Computing goes to jobs: one when the user, the runs or the definition change, and a short one for
 * each recommendation under the cursor; an answer that comes late for a newer question is dropped.
 */
#include "tui/screens/case_screen.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/report/what_if.h"
#include "storage/base/mem.h"
#include "tui/screens/case_panes.h"
#include "tui/widgets/table.h"

enum { HISTORY, FIRST_RUN, EVIDENCE = FIRST_RUN + HOST_RUNS, PANES };
enum { RUN_COLS = 30, HISTORY_COLS = 33, NARROW = 64, EVIDENCE_MAX = 200, TOP_K = 10 };

struct case_screen {
    struct view view;
    struct app *app;
    int32_t user;
    struct case_view data;
    bool has_data, no_case;
    struct sheet *pane[PANES]; /* run panes beyond data.n_runs are NULL */
    struct evidence_list evidence;
    bool has_evidence;
    int focus, run; /* pane with the keys; index of the run pane used last */
    int first_run, n_visible; /* run panes on the screen, settled in layout() */
    int evidence_rows, evidence_cols;
    uint64_t request, evidence_request;
};

static const struct column no_columns[] = {{.name = "item", .kind = COLUMN_TEXT, .width = 10}};

static struct sheet *empty_sheet(struct app *app)
{
    return sheet_new(table_source(table_new(no_columns, 1)), app_jobs(app));
}

static const struct case_run *current_run(const struct case_screen *c)
{
    return c->has_data && (size_t)c->run < c->data.n_runs ? &c->data.run[c->run] : NULL;
}

/* The recommendation under the cursor of the current run. */
static const struct case_rec *current_rec(const struct case_screen *c)
{
    const struct case_run *run = current_run(c);
    struct sheet *sheet = c->pane[FIRST_RUN + c->run];
    if (!run || !sheet || sheet_row(sheet) < 0)
        return NULL;
    int64_t rank = sheet_id(sheet);
    return rank >= 1 && rank <= run->n ? &run->rec[rank - 1] : NULL;
}

/* ---- contents of the panes ---- */

static void fill_history(struct case_screen *c)
{
    const struct host *host = host_of(c->app);
    const int32_t *history = corpus_sequence(study_corpus(host->study), c->user);
    int32_t n = c->has_data ? c->data.n_history : corpus_length(study_corpus(host->study), c->user);
    sheet_set_source(c->pane[HISTORY],
                     history_rows(host, history, n, current_rec(c),
                                  c->has_evidence ? &c->evidence : NULL));
}

static void fill_evidence(struct case_screen *c)
{
    const struct host *host = host_of(c->app);
    static const struct evidence_list none = {0};
    sheet_set_source(c->pane[EVIDENCE],
                     evidence_rows(host, c->has_evidence ? &c->evidence : &none,
                                   app_glyphs(c->app), c->evidence_cols));
}

static void fill_runs(struct case_screen *c)
{
    for (int i = 0; i < HOST_RUNS; i++) {
        struct sheet **pane = &c->pane[FIRST_RUN + i];
        if ((size_t)i >= c->data.n_runs) {
            sheet_free(*pane);
            *pane = NULL;
            continue;
        }
        struct sheet_source *source =
            run_rows(host_of(c->app), &c->data.run[i]);
        if (*pane)
            sheet_set_source(*pane, source);
        else
            *pane = sheet_new(source, app_jobs(c->app));
        sheet_set_header(*pane, false);
    }
    if (c->data.n_runs > 0 && (size_t)c->run >= c->data.n_runs)
        c->run = 0;
    if (c->focus >= FIRST_RUN && c->focus < EVIDENCE && !c->pane[c->focus])
        c->focus = c->data.n_runs ? FIRST_RUN : HISTORY;
}

/* ---- evidence for the recommendation under the cursor ---- */

struct evidence_job {
    struct app *app;
    uint64_t view, number;
    struct study *study;
    enum trained_on on;
    int32_t user, item;
    int32_t *history; /* copied: the view may be gone when the job runs */
    int32_t n_history;
    struct evidence_list evidence;
};

static bool find_evidence(void *context, struct progress *progress, struct error *err)
{
    struct evidence_job *j = context;
    return progress_ok(progress, err) &&
           evidence_for_history(j->study, j->on, j->user, j->history, j->n_history, j->item,
                                EVIDENCE_MAX, NULL, &j->evidence, err);
}

static void take_evidence(void *context, bool ok, const struct error *err)
{
    struct evidence_job *j = context;
    struct case_screen *c = (struct case_screen *)app_view_alive(j->app, j->view);
    if (c && !ok && err->code != ERROR_CANCELLED)
        app_say_error(j->app, err);
    if (c && ok && c->evidence_request == j->number) {
        evidence_release(&c->evidence);
        c->evidence = j->evidence;
        c->has_evidence = true;
        fill_evidence(c);
        sheet_go(c->pane[EVIDENCE], 0);
        fill_history(c);
        app_redraw(j->app);
    } else {
        evidence_release(&j->evidence);
    }
    free(j->history);
    free(j);
}

static void ask_evidence(struct case_screen *c)
{
    const struct case_rec *rec = current_rec(c);
    const struct case_run *run = current_run(c);
    c->evidence_request++;
    if (!rec || rec->item < 0) {
        c->has_evidence = false;
        fill_evidence(c);
        fill_history(c);
        return;
    }
    struct evidence_job *j = mem_zalloc(1, sizeof *j);
    *j = (struct evidence_job){.app = c->app,
                               .view = c->view.number,
                               .number = c->evidence_request,
                               .study = host_of(c->app)->study,
                               .on = run->run->trained_on,
                               .user = c->user,
                               .item = rec->item,
                               .n_history = c->data.n_history};
    j->history = mem_alloc((size_t)j->n_history * sizeof *j->history);
    memcpy(j->history, c->data.history, (size_t)j->n_history * sizeof *j->history);
    jobs_start(app_jobs(c->app), &(struct job_spec){.name = "evidence",
                                                    .flags = JOB_QUIET,
                                                    .work = find_evidence,
                                                    .done = take_evidence,
                                                    .context = j});
}

/* ---- the case ---- */

struct case_job {
    struct app *app;
    uint64_t view, number;
    struct study *study;
    int32_t user;
    enum part part;
    struct definition definition;
    const struct study_run *run[HOST_RUNS];
    size_t n_runs;
    struct case_view data;
};

static bool make_case(void *context, struct progress *progress, struct error *err)
{
    struct case_job *j = context;
    return progress_ok(progress, err) &&
           case_view_make(j->study, j->user, j->part, j->run, j->n_runs, &j->definition, &j->data,
                          err);
}

static void show_case(struct case_screen *c, const struct case_view *data)
{
    bool first = !c->has_data;
    case_view_release(&c->data);
    c->data = *data;
    c->has_data = true;
    fill_runs(c);
    fill_history(c);
    if (first) {
        sheet_go(c->pane[HISTORY], c->data.n_history - 1);
        if (c->data.n_runs > 0)
            c->focus = FIRST_RUN;
    }
    ask_evidence(c);
}

static void take_case(void *context, bool ok, const struct error *err)
{
    struct case_job *j = context;
    struct case_screen *c = (struct case_screen *)app_view_alive(j->app, j->view);
    bool wanted = c && c->request == j->number;
    if (wanted && ok) {
        show_case(c, &j->data);
    } else if (wanted && err->code == ERROR_NOT_FOUND) {
        c->no_case = true;
        fill_history(c);
    } else if (c && !ok && err->code != ERROR_CANCELLED) {
        app_say_error(j->app, err);
    } else if (ok) {
        case_view_release(&j->data);
    }
    if (c)
        app_redraw(j->app);
    free(j);
}

static void refresh(struct view *view, struct app *app)
{
    struct case_screen *c = (struct case_screen *)view;
    const struct host *host = host_of(app);
    struct case_job *j = mem_zalloc(1, sizeof *j);
    *j = (struct case_job){.app = app,
                           .view = view->number,
                           .number = ++c->request,
                           .study = host->study,
                           .user = c->user,
                           .part = host->part,
                           .definition = host->definition};
    j->n_runs = host_shown_runs(host, j->run);
    jobs_start(app_jobs(app), &(struct job_spec){.name = "case",
                                                 .work = make_case,
                                                 .done = take_case,
                                                 .context = j});
}

/* ---- layout ---- */

static bool narrow(int cols)
{
    return cols < NARROW;
}

/* On a narrow screen one pane has all the columns: the one with the keys. */
static void layout(struct view *view, int rows, int cols)
{
    struct case_screen *c = (struct case_screen *)view;
    int n_runs = (int)c->data.n_runs;
    c->n_visible = narrow(cols) ? 1 : (cols - HISTORY_COLS - 2) / (RUN_COLS + 1);
    if (c->n_visible > n_runs)
        c->n_visible = n_runs;
    if (c->run < c->first_run)
        c->first_run = c->run;
    if (c->n_visible > 0 && c->run >= c->first_run + c->n_visible)
        c->first_run = c->run - c->n_visible + 1;
    if (c->first_run + c->n_visible > n_runs)
        c->first_run = n_runs - c->n_visible;
    c->evidence_rows = rows >= 18 ? rows / 3 : rows >= 12 ? 3 : 2;
    int inner = rows - c->evidence_rows - 3, width = cols - 2;
    if (c->evidence_cols != width) {
        c->evidence_cols = width;
        fill_evidence(c);
    }
    int run_room = c->n_visible ? (cols - HISTORY_COLS - 2) / c->n_visible - 1 : 0;
    sheet_layout(c->pane[HISTORY], inner, narrow(cols) || !c->n_visible ? width : HISTORY_COLS - 1);
    for (int i = 0; i < c->n_visible; i++)
        sheet_layout(c->pane[FIRST_RUN + c->first_run + i], inner, narrow(cols) ? width : run_room);
    sheet_layout(c->pane[EVIDENCE], c->evidence_rows, width);
}

/* ---- drawing ---- */

static void draw_frame_line(struct canvas *c, int y, enum glyph left, enum glyph right)
{
    draw_rule(c, y, 0, c->cols, NULL);
    draw_glyph(c, y, 0, ROLE_RULE, left);
    draw_glyph(c, y, c->cols - 1, ROLE_RULE, right);
}

static void draw_title(struct canvas *c, int y, int x, int cols, bool focused, const char *text)
{
    if (cols < 4)
        return;
    draw_text(c, y, x, 1, ROLE_RULE, " ");
    int used = draw_end(c, y, x + 1, cols - 2, focused ? ROLE_TITLE | STYLE_BOLD : ROLE_TITLE, text);
    draw_text(c, y, x + 1 + used, 1, ROLE_RULE, " ");
}

static void draw_history(const struct case_screen *c, struct canvas *canvas, int x, int cols,
                         int rows)
{
    char title[64];
    struct canvas pane = canvas_sub(canvas, 1, x, rows, cols);
    snprintf(title, sizeof title, "%s %d", c->no_case ? "Sequence" : "History",
             (int)sheet_source(c->pane[HISTORY])->n_rows);
    draw_title(canvas, 0, x, cols, c->focus == HISTORY, title);
    sheet_draw(c->pane[HISTORY], &pane, c->focus == HISTORY);
}

static void draw_run(const struct case_screen *c, struct canvas *canvas, int at, int x, int cols,
                     int rows)
{
    const struct case_run *run = &c->data.run[at];
    const struct host *host = host_of(c->app);
    struct buf title;
    buf_init(&title);
    buf_addf(&title, "%s", run->run->name);
    int k = host->definition.k;
    buf_addf(&title, "  %d of %d rote", run->counted_top_k, k);
    if (run->hit_rank)
        buf_addf(&title, "  %s%d", canvas_glyph(canvas, GLYPH_TARGET), run->hit_rank);
    struct canvas pane = canvas_sub(canvas, 1, x, rows, cols);
    draw_title(canvas, 0, x, cols, c->focus == FIRST_RUN + at, title.data);
    sheet_draw(c->pane[FIRST_RUN + at], &pane, c->focus == FIRST_RUN + at);
    buf_release(&title);
}

static void draw_evidence(const struct case_screen *c, struct canvas *canvas, int y)
{
    const struct case_rec *rec = current_rec(c);
    struct buf title;
    buf_init(&title);
    draw_frame_line(canvas, y, GLYPH_TEE_LEFT, GLYPH_TEE_RIGHT);
    buf_adds(&title, "Evidence");
    if (rec) {
        buf_adds(&title, ": ");
        evidence_title(host_of(c->app), current_run(c), rec, c->has_evidence ? &c->evidence : NULL,
                       canvas->glyphs, &title);
    }
    draw_title(canvas, y, 1, canvas->cols - 3, c->focus == EVIDENCE, title.data);
    struct canvas pane = canvas_sub(canvas, y + 1, 1, c->evidence_rows, canvas->cols - 2);
    sheet_draw(c->pane[EVIDENCE], &pane, c->focus == EVIDENCE);
    buf_release(&title);
}

static void draw_sides(struct canvas *c)
{
    draw_vertical(c, 1, 0, c->rows - 2);
    draw_vertical(c, 1, c->cols - 1, c->rows - 2);
}

static void draw_wide(const struct case_screen *c, struct canvas *canvas, int rows)
{
    int cols = canvas->cols;
    if (!c->n_visible) {
        draw_history(c, canvas, 1, cols - 2, rows);
        return;
    }
    draw_history(c, canvas, 1, HISTORY_COLS - 1, rows);
    int each = (cols - HISTORY_COLS - 2) / c->n_visible - 1, x = HISTORY_COLS;
    for (int i = 0; i < c->n_visible; i++) {
        draw_vertical(canvas, 1, x, rows);
        draw_glyph(canvas, 0, x, ROLE_RULE, GLYPH_TEE_DOWN);
        draw_run(c, canvas, c->first_run + i, x + 1, i + 1 < c->n_visible ? each : cols - x - 2, rows);
        x += each + 1;
    }
}

static void draw(const struct view *view, struct canvas *canvas)
{
    const struct case_screen *c = (const struct case_screen *)view;
    int rows = canvas->rows - c->evidence_rows - 3, y = rows + 1;
    draw_frame_line(canvas, 0, GLYPH_TOP_LEFT, GLYPH_TOP_RIGHT);
    draw_sides(canvas);
    if (!narrow(canvas->cols))
        draw_wide(c, canvas, rows);
    else if (c->focus == HISTORY || !c->n_visible)
        draw_history(c, canvas, 1, canvas->cols - 2, rows);
    else
        draw_run(c, canvas, c->run, 1, canvas->cols - 2, rows);
    draw_evidence(c, canvas, y);
    int last = canvas->rows - 1;
    draw_frame_line(canvas, last, GLYPH_BOTTOM_LEFT, GLYPH_BOTTOM_RIGHT);
    draw_title(canvas, last, 1, canvas->cols - 3, false,
               c->no_case ? "no case: fewer than 3 items, or none in this part; all of it is training"
                          : "a match shows overlap, not cause");
}

/* ---- moving between panes ---- */

static void set_focus(struct case_screen *c, int focus)
{
    c->focus = focus;
    if (focus >= FIRST_RUN && focus < EVIDENCE && c->run != focus - FIRST_RUN) {
        c->run = focus - FIRST_RUN;
        ask_evidence(c);
    }
}

static void next_pane(struct case_screen *c, int by)
{
    int focus = c->focus;
    do
        focus = (focus + by + PANES) % PANES;
    while (!c->pane[focus]);
    set_focus(c, focus);
}

static unsigned step_run(struct case_screen *c, int by)
{
    if (c->focus == EVIDENCE)
        return REACT_PASS; /* columns of the evidence */
    int to = c->focus == HISTORY ? (by > 0 ? FIRST_RUN : HISTORY) : c->focus + by;
    if (to >= HISTORY && to < EVIDENCE && c->pane[to])
        set_focus(c, to);
    return REACT_DRAW;
}

static void moved(struct view *view, struct app *app)
{
    struct case_screen *c = (struct case_screen *)view;
    (void)app;
    if (c->focus >= FIRST_RUN && c->focus < EVIDENCE)
        ask_evidence(c);
}

/* ---- what if without this user ---- */

struct what_if_job {
    struct app *app;
    struct study *study;
    struct what_if_question question;
    int32_t *history;
    struct what_if answer;
    const char *user, *item; /* of the study */
};

static bool ask_what_if(void *context, struct progress *progress, struct error *err)
{
    struct what_if_job *j = context;
    return what_if_ask(j->study, &j->question, progress, &j->answer, err);
}

static void say_rank(struct buf *out, int32_t rank, int32_t k)
{
    if (rank)
        buf_addf(out, "rank %d", rank);
    else
        buf_addf(out, "not in the top %d", k);
}

static void say_what_if(void *context, bool ok, const struct error *err)
{
    struct what_if_job *j = context;
    if (!ok) {
        if (err->code != ERROR_CANCELLED)
            app_say_error(j->app, err);
    } else {
        struct buf text;
        buf_init(&text);
        say_rank(&text, j->answer.rank_without, j->question.k);
        buf_adds(&text, ", with: ");
        say_rank(&text, j->answer.rank, j->question.k);
        app_say(j->app, MESSAGE_INFO, "%s without user %s: %s (%s)", j->item, j->user, text.data,
                j->answer.own ? "exact, recounted" : "the markov reference, not this run");
        buf_release(&text);
        what_if_release(&j->answer);
    }
    app_redraw(j->app);
    free(j->history);
    free(j);
}

static const struct evidence_line *current_line(const struct case_screen *c)
{
    struct sheet *sheet = c->pane[EVIDENCE];
    if (!c->has_evidence || sheet_row(sheet) < 0)
        return NULL;
    int64_t at = sheet_id(sheet);
    return at >= 0 && (size_t)at < c->evidence.n ? &c->evidence.line[at] : NULL;
}

static unsigned what_if(struct case_screen *c, struct error *err)
{
    const struct evidence_line *line = current_line(c);
    const struct case_rec *rec = current_rec(c);
    if (!line || !rec) {
        error_set(err, ERROR_STATE, "there is no evidence here to take a user from");
        return REACT_ERROR;
    }
    struct what_if_job *j = mem_zalloc(1, sizeof *j);
    j->app = c->app;
    j->study = host_of(c->app)->study;
    j->user = host_user_id(host_of(c->app), line->user);
    j->item = host_item_id(host_of(c->app), rec->item);
    j->history = mem_alloc((size_t)c->data.n_history * sizeof *j->history);
    memcpy(j->history, c->data.history, (size_t)c->data.n_history * sizeof *j->history);
    j->question = (struct what_if_question){.run = current_run(c)->run,
                                            .history = j->history,
                                            .n_history = c->data.n_history,
                                            .item = rec->item,
                                            .user = line->user,
                                            .k = TOP_K};
    jobs_start(app_jobs(c->app), &(struct job_spec){.name = "what if",
                                                    .work = ask_what_if,
                                                    .done = say_what_if,
                                                    .context = j});
    return REACT_DRAW;
}

/* ---- the rest of a view ---- */

static unsigned open_row(struct case_screen *c)
{
    const struct evidence_line *line = current_line(c);
    if (c->focus == EVIDENCE && line)
        app_push(c->app, case_screen_new(c->app, line->user));
    else if (c->focus != EVIDENCE && sheet_count(c->pane[EVIDENCE]) > 0)
        set_focus(c, EVIDENCE);
    return REACT_DRAW;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct case_screen *c = (struct case_screen *)view;
    (void)app;
    switch (call->id) {
    case ACTION_NEXT_PANE:
        next_pane(c, 1);
        return REACT_DRAW;
    case ACTION_PREVIOUS_PANE:
        next_pane(c, -1);
        return REACT_DRAW;
    case ACTION_LEFT:
        return step_run(c, -1);
    case ACTION_RIGHT:
        return step_run(c, 1);
    case ACTION_OPEN:
        return open_row(c);
    case ACTION_WHAT_IF:
        return what_if(c, err);
    default:
        return REACT_PASS;
    }
}

static struct sheet *focused(const struct view *view)
{
    const struct case_screen *c = (const struct case_screen *)view;
    return c->pane[c->focus];
}

static void crumb(const struct view *view, struct buf *out)
{
    const struct case_screen *c = (const struct case_screen *)view;
    buf_adds(out, host_user_id(host_of(c->app), c->user));
}

static void link_to(const struct view *view, struct buf *out)
{
    const struct case_screen *c = (const struct case_screen *)view;
    const struct host *host = host_of(c->app);
    host_link(host, out);
    buf_addf(out, "user %s\n", host_user_id(host, c->user));
}

static void release(struct view *view)
{
    struct case_screen *c = (struct case_screen *)view;
    for (int i = 0; i < PANES; i++)
        sheet_free(c->pane[i]);
    case_view_release(&c->data);
    evidence_release(&c->evidence);
    free(c);
}

static const struct view_ops ops = {
    .name = "case",
    .scopes = SCOPE_CASE,
    .footer = {ACTION_OPEN, ACTION_NEXT_PANE, ACTION_WHAT_IF, ACTION_DEFINITION, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = focused,
    .moved = moved,
    .refresh = refresh,
    .link = link_to,
    .release = release,
};

struct view *case_screen_new(struct app *app, int32_t user)
{
    struct case_screen *c = mem_zalloc(1, sizeof *c);
    c->view.ops = &ops;
    c->app = app;
    c->user = user;
    c->pane[HISTORY] = empty_sheet(app);
    c->pane[EVIDENCE] = empty_sheet(app);
    sheet_set_header(c->pane[HISTORY], false);
    sheet_set_header(c->pane[EVIDENCE], false);
    return &c->view;
}
