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

#include "analysis/label/token_prefix.h"
#include "analysis/report/what_if.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_panes.h"
#include "tui/widgets/table.h"

enum { HISTORY, FIRST_RUN, EVIDENCE = FIRST_RUN + HOST_RUNS, PANES };
/* Columns of a pane with its line to the left; below NARROW there is one pane at a time. */
enum { RUN_COLS = 31, HISTORY_COLS = 33, NARROW = HISTORY_COLS + RUN_COLS + 2 };
enum { SHORT = 12, EVIDENCE_MAX = 200, WHAT_IF_DEPTH = 50 };

struct case_screen {
    struct view view;
    struct app *app;
    int32_t user;
    struct case_view data;
    bool has_data, no_case;
    struct sheet *pane[PANES]; /* run panes beyond data.n_runs are NULL */
    struct evidence_list evidence;
    bool has_evidence;
    int focus, run;           /* pane with the keys; index of the run pane used last */
    int first_run, n_visible; /* run panes on the screen, settled in layout() */
    int history_cols, pane_rows, evidence_rows, evidence_cols;
    bool bottom;                 /* there is room for the line below the evidence */
    const struct glyphs *glyphs; /* that the evidence is written in */
    struct token_index *tokens;  /* level of tokens; NULL: of items */
    int32_t start_at;            /* where the history's cursor begins; -1: at its end */
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

static struct item_style style_of(const struct case_screen *c)
{
    int32_t n = c->data.n_history;
    return (struct item_style){.host = host_of(c->app),
                               .tokens = c->tokens,
                               .last = c->has_data && n > 0 ? c->data.history[n - 1] : -1};
}

static void fill_history(struct case_screen *c)
{
    const struct host *host = host_of(c->app);
    struct item_style style = style_of(c);
    const int32_t *history = corpus_sequence(study_corpus(host->study), c->user);
    int32_t n = c->has_data ? c->data.n_history : corpus_length(study_corpus(host->study), c->user);
    sheet_set_source(c->pane[HISTORY], history_rows(&style, history, n, current_rec(c),
                                                    c->has_evidence ? &c->evidence : NULL));
}

static void fill_evidence(struct case_screen *c)
{
    const struct host *host = host_of(c->app);
    static const struct evidence_list none = {0};
    c->glyphs = app_glyphs(c->app);
    sheet_set_source(c->pane[EVIDENCE], evidence_rows(host, c->has_evidence ? &c->evidence : &none,
                                                      c->glyphs, c->evidence_cols));
}

static void fill_runs(struct case_screen *c)
{
    struct item_style style = style_of(c);
    for (int i = 0; i < HOST_RUNS; i++) {
        struct sheet **pane = &c->pane[FIRST_RUN + i];
        if ((size_t)i >= c->data.n_runs) {
            sheet_free(*pane);
            *pane = NULL;
            continue;
        }
        struct sheet_source *source = run_rows(&style, &c->data.run[i]);
        if (*pane) {
            sheet_set_source(*pane, source);
            continue;
        }
        *pane = sheet_new(source, app_jobs(c->app));
        sheet_set_header(*pane, false);
        sheet_go_column(*pane, RUN_TITLE);
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
    return progress_ok(progress, err) && case_view_make(j->study, j->user, j->part, j->run,
                                                        j->n_runs, &j->definition, &j->data, err);
}

static void show_case(struct case_screen *c, const struct case_view *data)
{
    bool first = !c->has_data;
    case_view_release(&c->data);
    c->data = *data;
    c->has_data = true;
    c->no_case = false;
    fill_runs(c);
    fill_history(c);
    if (first) {
        int32_t last = c->data.n_history - 1;
        sheet_go(c->pane[HISTORY], c->start_at >= 0 && c->start_at < last ? c->start_at : last);
        if (c->data.n_runs > 0)
            c->focus = FIRST_RUN;
    }
    ask_evidence(c);
}

/* The whole sequence instead: it is all there is to see. */
static void show_sequence(struct case_screen *c)
{
    case_view_release(&c->data);
    evidence_release(&c->evidence);
    c->data = (struct case_view){0};
    c->has_data = c->has_evidence = false;
    c->no_case = true;
    c->evidence_request++;
    c->focus = HISTORY;
    fill_runs(c);
    fill_evidence(c);
    fill_history(c);
    sheet_go(c->pane[HISTORY], c->start_at);
}

static void take_case(void *context, bool ok, const struct error *err)
{
    struct case_job *j = context;
    struct case_screen *c = (struct case_screen *)app_view_alive(j->app, j->view);
    bool wanted = c && c->request == j->number;
    if (wanted && ok) {
        show_case(c, &j->data);
    } else if (wanted && err->code == ERROR_NOT_FOUND) {
        show_sequence(c);
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
                                                 .flags = JOB_QUIET,
                                                 .work = make_case,
                                                 .done = take_case,
                                                 .context = j});
}

/* ---- layout ---- */

static bool narrow(int cols)
{
    return cols < NARROW;
}

/* On a short screen the evidence has two rows, or nearly all of them while it has the keys. */
static void share_rows(struct case_screen *c, int rows)
{
    c->bottom = rows >= SHORT;
    int frame = 2 + c->bottom;
    if (rows >= SHORT)
        c->evidence_rows = rows >= 18 ? rows / 3 : 3;
    else
        c->evidence_rows = c->focus == EVIDENCE ? rows - frame - 1 : 2;
    c->pane_rows = rows - frame - c->evidence_rows;
}

/* Which runs are on the screen, and how wide the history beside them is. */
static void share_columns(struct case_screen *c, int cols)
{
    int n_runs = (int)c->data.n_runs;
    c->n_visible = narrow(cols) ? 1 : (cols - HISTORY_COLS - 1) / RUN_COLS;
    if (c->n_visible > n_runs)
        c->n_visible = n_runs;
    if (c->run < c->first_run)
        c->first_run = c->run;
    if (c->n_visible > 0 && c->run >= c->first_run + c->n_visible)
        c->first_run = c->run - c->n_visible + 1;
    if (c->first_run + c->n_visible > n_runs)
        c->first_run = n_runs - c->n_visible;
    int spare = cols - HISTORY_COLS - RUN_COLS * c->n_visible;
    c->history_cols = HISTORY_COLS + (spare > RUN_COLS ? spare / (c->n_visible + 2) : 0);
}

/* Columns of the i-th visible run pane without its line, and where it begins. The last one takes
 * what is left over. */
static int run_pane(const struct case_screen *c, int cols, int i, int *x)
{
    int room = cols - c->history_cols - 1, each = room / c->n_visible;
    *x = c->history_cols + i * each + 1;
    return i + 1 < c->n_visible ? each - 1 : cols - 1 - *x;
}

static void layout(struct view *view, int rows, int cols)
{
    struct case_screen *c = (struct case_screen *)view;
    share_rows(c, rows);
    share_columns(c, cols);
    int width = cols - 2, x;
    if (c->evidence_cols != width || c->glyphs != app_glyphs(c->app)) {
        c->evidence_cols = width;
        fill_evidence(c);
    }
    bool alone = narrow(cols) || !c->n_visible;
    sheet_layout(c->pane[HISTORY], c->pane_rows, alone ? width : c->history_cols - 1);
    for (int i = 0; i < c->n_visible; i++)
        sheet_layout(c->pane[FIRST_RUN + c->first_run + i], c->pane_rows,
                     alone ? width : run_pane(c, cols, i, &x));
    sheet_layout(c->pane[EVIDENCE], c->evidence_rows, width);
}

/* ---- drawing ---- */

static void draw_frame_line(struct canvas *c, int y, enum glyph left, enum glyph right)
{
    draw_rule(c, y, 0, c->cols, NULL);
    draw_glyph(c, y, 0, ROLE_RULE, left);
    draw_glyph(c, y, c->cols - 1, ROLE_RULE, right);
}

/* " name  facts " into a rule: the name is cut before the facts are. */
static void draw_title(struct canvas *c, int y, int x, int cols, bool focused, const char *name,
                       const char *facts)
{
    int more = text_width(facts, strlen(facts)), room = cols - 3 - (more ? more + 2 : 0);
    if (room < 4) {
        more = 0;
        room = cols - 3;
    }
    if (room < 4)
        return;
    draw_text(c, y, x, 1, ROLE_RULE, " ");
    x += 1 + draw_middle(c, y, x + 1, room,
                         ROLE_TITLE | (focused ? STYLE_BOLD | STYLE_UNDERLINE : 0), name);
    if (more) {
        draw_text(c, y, x, 2, ROLE_RULE, "  ");
        x += 2 + draw_text(c, y, x + 2, more, ROLE_NORMAL, facts);
    }
    draw_text(c, y, x, 1, ROLE_RULE, " ");
}

static void draw_history(const struct case_screen *c, struct canvas *canvas, int x, int cols)
{
    char title[64];
    struct canvas pane = canvas_sub(canvas, 1, x, c->pane_rows, cols);
    snprintf(title, sizeof title, "%s %d", c->no_case ? "Sequence" : "History",
             (int)sheet_source(c->pane[HISTORY])->n_rows);
    draw_title(canvas, 0, x, cols, c->focus == HISTORY, title, "");
    sheet_draw(c->pane[HISTORY], &pane, c->focus == HISTORY);
}

static void draw_run(const struct case_screen *c, struct canvas *canvas, int at, int x, int cols)
{
    const struct case_run *run = &c->data.run[at];
    struct buf facts;
    buf_init(&facts);
    buf_addf(&facts, "%d of %d rote", run->counted_top_k, host_of(c->app)->definition.k);
    if (run->hit_rank)
        buf_addf(&facts, "  %s%d", canvas_glyph(canvas, GLYPH_TARGET), run->hit_rank);
    struct canvas pane = canvas_sub(canvas, 1, x, c->pane_rows, cols);
    draw_title(canvas, 0, x, cols, c->focus == FIRST_RUN + at, run->run->name, facts.data);
    sheet_draw(c->pane[FIRST_RUN + at], &pane, c->focus == FIRST_RUN + at);
    buf_release(&facts);
}

/* Why there is nothing, in the words of what was asked. */
static const char *no_evidence(const struct case_screen *c, const struct case_rec *rec)
{
    if (!rec)
        return c->has_data && c->data.n_runs == 0 ? "no run is shown; r chooses runs" : "";
    if (!c->has_evidence)
        return rec->item < 0 ? "there is no item in this place" : "looking";
    return rec->badge == BADGE_RELATED
               ? "no training sequence has it right behind an item of this history"
               : "it never directly followed an item of this history in training";
}

static void draw_joints(const struct case_screen *c, struct canvas *canvas)
{
    for (int i = 0; i < c->n_visible; i++) {
        int x;
        run_pane(c, canvas->cols, i, &x);
        draw_glyph(canvas, c->pane_rows + 1, x - 1, ROLE_RULE, GLYPH_TEE_UP);
    }
}

static void draw_evidence(const struct case_screen *c, struct canvas *canvas)
{
    const struct case_rec *rec = current_rec(c);
    int y = c->pane_rows + 1;
    struct buf title;
    buf_init(&title);
    draw_frame_line(canvas, y, GLYPH_TEE_LEFT, GLYPH_TEE_RIGHT);
    if (!narrow(canvas->cols))
        draw_joints(c, canvas);
    if (rec)
        evidence_title(host_of(c->app), current_run(c), rec, c->has_evidence ? &c->evidence : NULL,
                       canvas->glyphs, canvas->cols - 5, &title);
    draw_title(canvas, y, 1, canvas->cols - 2, c->focus == EVIDENCE, rec ? title.data : "Evidence",
               "");
    struct canvas pane = canvas_sub(canvas, y + 1, 1, c->evidence_rows, canvas->cols - 2);
    if (c->has_evidence && c->evidence.n > 0)
        sheet_draw(c->pane[EVIDENCE], &pane, c->focus == EVIDENCE);
    else
        draw_wrapped(&pane, 0, 2, pane.rows, pane.cols - 4, ROLE_DIM, no_evidence(c, rec));
    buf_release(&title);
}

static const struct evidence_line *current_line(const struct case_screen *c)
{
    struct sheet *sheet = c->pane[EVIDENCE];
    if (!c->has_evidence || sheet_row(sheet) < 0)
        return NULL;
    int64_t at = sheet_id(sheet);
    return at >= 0 && (size_t)at < c->evidence.n ? &c->evidence.line[at] : NULL;
}

static void draw_note(const struct case_screen *c, struct canvas *canvas)
{
    const struct evidence_line *line = current_line(c);
    const char *dot = canvas_glyph(canvas, GLYPH_DOT);
    int y = canvas->rows - 1;
    struct buf note;
    buf_init(&note);
    if (c->no_case)
        buf_adds(&note, "no case here: too few items; all of it is training");
    else if (c->tokens)
        buf_addf(&note, "[tokens] that followed the last item's in training %s v: items", dot);
    else
        buf_adds(&note, "a match shows overlap, not cause");
    if (line && !c->tokens) {
        size_t shorter = note.len;
        buf_addf(&note, " %s w: would it be here without %s%s?", dot,
                 canvas->cols >= NARROW + 30 ? "user " : "",
                 host_user_id(host_of(c->app), line->user));
        if (text_width(note.data, note.len) > canvas->cols - 5)
            buf_truncate(&note, shorter);
    }
    draw_frame_line(canvas, y, GLYPH_BOTTOM_LEFT, GLYPH_BOTTOM_RIGHT);
    int used = draw_end(canvas, y, 2, canvas->cols - 4, ROLE_DIM, note.data);
    draw_text(canvas, y, 1, 1, ROLE_RULE, " ");
    draw_text(canvas, y, 2 + used, 1, ROLE_RULE, " ");
    buf_release(&note);
}

static void draw_wide(const struct case_screen *c, struct canvas *canvas)
{
    draw_history(c, canvas, 1, c->history_cols - 1);
    for (int i = 0; i < c->n_visible; i++) {
        int x, cols = run_pane(c, canvas->cols, i, &x);
        draw_vertical(canvas, 1, x - 1, c->pane_rows);
        draw_glyph(canvas, 0, x - 1, ROLE_RULE, GLYPH_TEE_DOWN);
        draw_run(c, canvas, c->first_run + i, x, cols);
    }
}

static void draw(const struct view *view, struct canvas *canvas)
{
    const struct case_screen *c = (const struct case_screen *)view;
    bool alone = narrow(canvas->cols) || !c->n_visible;
    draw_frame_line(canvas, 0, GLYPH_TOP_LEFT, GLYPH_TOP_RIGHT);
    draw_vertical(canvas, 1, 0, canvas->rows - 1);
    draw_vertical(canvas, 1, canvas->cols - 1, canvas->rows - 1);
    if (!alone)
        draw_wide(c, canvas);
    else if (c->focus == HISTORY || !c->n_visible)
        draw_history(c, canvas, 1, canvas->cols - 2);
    else
        draw_run(c, canvas, c->run, 1, canvas->cols - 2);
    draw_evidence(c, canvas);
    if (c->bottom)
        draw_note(c, canvas);
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
    const char *user; /* of the study */
};

static bool ask_what_if(void *context, struct progress *progress, struct error *err)
{
    struct what_if_job *j = context;
    return what_if_ask(j->study, &j->question, progress, &j->answer, err);
}

/* "without A32N: rank 2, not 1 (recounted)" */
static void say_answer(const struct what_if_job *j)
{
    const struct what_if *w = &j->answer;
    const char *who = w->own ? "recounted exactly" : "says the markov reference, not this run";
    if (w->rank == w->rank_without && w->rank)
        app_say(j->app, MESSAGE_INFO, "without %s: still rank %d (%s)", j->user, w->rank, who);
    else if (w->rank && w->rank_without)
        app_say(j->app, MESSAGE_INFO, "without %s: rank %d instead of %d (%s)", j->user,
                w->rank_without, w->rank, who);
    else if (w->rank)
        app_say(j->app, MESSAGE_INFO, "without %s: gone from the top %d, was rank %d (%s)", j->user,
                j->question.k, w->rank, who);
    else
        app_say(j->app, MESSAGE_INFO, "not in the top %d of it with %s either (%s)", j->question.k,
                j->user, who);
}

static void say_what_if(void *context, bool ok, const struct error *err)
{
    struct what_if_job *j = context;
    if (ok) {
        say_answer(j);
        what_if_release(&j->answer);
    } else if (err->code != ERROR_CANCELLED) {
        app_say_error(j->app, err);
    }
    app_redraw(j->app);
    free(j->history);
    free(j);
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
    j->history = mem_alloc((size_t)c->data.n_history * sizeof *j->history);
    memcpy(j->history, c->data.history, (size_t)c->data.n_history * sizeof *j->history);
    j->question = (struct what_if_question){.run = current_run(c)->run,
                                            .history = j->history,
                                            .n_history = c->data.n_history,
                                            .item = rec->item,
                                            .user = line->user,
                                            .k = WHAT_IF_DEPTH};
    jobs_start(app_jobs(c->app),
               &(struct job_spec){
                   .name = "what if", .work = ask_what_if, .done = say_what_if, .context = j});
    return REACT_DRAW;
}

/* ---- tokens ---- */

struct token_job {
    struct app *app;
    uint64_t view;
    struct study *study;
    enum trained_on on;
    struct token_index *tokens;
};

static bool build_tokens(void *context, struct progress *progress, struct error *err)
{
    struct token_job *j = context;
    const struct dataset *d = study_dataset(j->study);
    const struct edges *edges = study_edges(j->study, j->on, err);
    return edges && progress_ok(progress, err) &&
           token_index_build(edges, d->semid, d->semid_levels, &j->tokens, err);
}

static void set_tokens(struct case_screen *c, struct token_index *tokens)
{
    token_index_free(c->tokens);
    c->tokens = tokens;
    fill_runs(c);
    fill_history(c);
}

static void take_tokens(void *context, bool ok, const struct error *err)
{
    struct token_job *j = context;
    struct case_screen *c = (struct case_screen *)app_view_alive(j->app, j->view);
    if (c && ok)
        set_tokens(c, j->tokens);
    else if (ok)
        token_index_free(j->tokens);
    else if (err->code != ERROR_CANCELLED)
        app_say_error(j->app, err);
    app_redraw(j->app);
    free(j);
}

static unsigned change_level(struct case_screen *c, struct error *err)
{
    const struct host *host = host_of(c->app);
    if (c->tokens) {
        set_tokens(c, NULL);
        return REACT_DRAW;
    }
    if (study_dataset(host->study)->semid_levels == 0) {
        error_set(err, ERROR_STATE,
                  "no semantic ids in these data: import them with --semids to see tokens");
        return REACT_ERROR;
    }
    const struct case_run *run = current_run(c);
    struct token_job *j = mem_zalloc(1, sizeof *j);
    *j = (struct token_job){.app = c->app,
                            .view = c->view.number,
                            .study = host->study,
                            .on = run ? run->run->trained_on : TRAINED_ON_TRAIN};
    jobs_start(app_jobs(c->app), &(struct job_spec){.name = "counting token prefixes",
                                                    .work = build_tokens,
                                                    .done = take_tokens,
                                                    .context = j});
    return REACT_DRAW;
}

static unsigned roll_out(const struct case_screen *c, struct error *err)
{
    const struct case_run *run = current_run(c);
    if (!run)
        error_set(err, ERROR_STATE, "roll-out: no run is shown; r chooses runs");
    else
        error_set(err, ERROR_STATE,
                  "roll-out: %s ranks single items; only generative models roll out",
                  run->run->name);
    return REACT_ERROR;
}

/* ---- the rest of a view ---- */

static unsigned open_row(struct case_screen *c)
{
    const struct evidence_line *line = current_line(c);
    if (c->focus == EVIDENCE && line)
        app_push(c->app, case_screen_at(c->app, line->user, line->start + line->length - 1));
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
    case ACTION_LEVEL:
        return change_level(c, err);
    case ACTION_ROLL_OUT:
        return roll_out(c, err);
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

/* What the panes do not say: is the target reachable, and what is it where no list has it? */
static void status(const struct view *view, struct buf *out)
{
    const struct case_screen *c = (const struct case_screen *)view;
    const char *dot = app_glyphs(c->app)->symbol[GLYPH_DOT];
    sheet_status(c->pane[c->focus], app_glyphs(c->app), out);
    if (!c->has_data)
        return;
    buf_addf(out, " %s target %s %s", dot, c->data.target_reachable ? "reachable" : "not reachable",
             dot);
    if (c->data.target_verbatim >= 2)
        buf_addf(out, " verbatim %d %s", c->data.target_verbatim, dot);
    buf_addf(out, " %s", host_item_title(host_of(c->app), c->data.target));
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
    token_index_free(c->tokens);
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
    .status = status,
    .refresh = refresh,
    .link = link_to,
    .release = release,
};

struct view *case_screen_new(struct app *app, int32_t user)
{
    return case_screen_at(app, user, -1);
}

struct view *case_screen_at(struct app *app, int32_t user, int32_t position)
{
    struct case_screen *c = mem_zalloc(1, sizeof *c);
    c->view.ops = &ops;
    c->app = app;
    c->user = user;
    c->start_at = position;
    c->pane[HISTORY] = empty_sheet(app);
    c->pane[EVIDENCE] = empty_sheet(app);
    sheet_set_header(c->pane[HISTORY], false);
    sheet_set_header(c->pane[EVIDENCE], false);
    sheet_set_idle_cursor(c->pane[HISTORY], false);
    return &c->view;
}
