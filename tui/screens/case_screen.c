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

#include "storage/base/mem.h"
#include "tui/screens/case_private.h"
#include "tui/screens/item_screen.h"
#include "tui/screens/view_job.h"
#include "tui/widgets/table.h"

enum { EVIDENCE_MAX = 200 };

static const struct column no_columns[] = {{.name = "item", .kind = COLUMN_TEXT, .width = 10}};

static struct sheet *empty_sheet(struct app *app)
{
    return sheet_new(table_source(table_new(no_columns, 1)), app_jobs(app));
}

const struct case_run *case_current_run(const struct case_screen *c)
{
    return c->has_data && (size_t)c->run < c->data.n_runs ? &c->data.run[c->run] : NULL;
}

/* The recommendation under the cursor of the current run. */
const struct case_rec *case_current_rec(const struct case_screen *c)
{
    const struct case_run *run = case_current_run(c);
    struct sheet *sheet = c->pane[FIRST_RUN + c->run];
    if (!run || !sheet || sheet_row(sheet) < 0)
        return NULL;
    int64_t rank = sheet_id(sheet);
    return rank >= 1 && rank <= run->n ? &run->rec[rank - 1] : NULL;
}

const struct evidence_line *case_current_line(const struct case_screen *c)
{
    struct sheet *sheet = c->pane[EVIDENCE];
    if (!c->has_evidence || sheet_row(sheet) < 0)
        return NULL;
    int64_t at = sheet_id(sheet);
    return at >= 0 && (size_t)at < c->evidence.n ? &c->evidence.line[at] : NULL;
}

/* ---- contents of the panes ---- */

static struct item_style style_of(const struct case_screen *c, const struct semid_table *ids)
{
    int32_t n = c->data.n_history;
    return (struct item_style){.host = host_of(c->app),
                               .ids = ids,
                               .last = c->has_data && n > 0 ? c->data.history[n - 1] : -1};
}

void case_fill_history(struct case_screen *c)
{
    const struct host *host = host_of(c->app);
    const struct study_ids *ids = case_history_ids(c);
    struct item_style style = style_of(c, ids ? &ids->table : NULL);
    const int32_t *history = corpus_sequence(study_corpus(host->study), c->user);
    int32_t n = c->has_data ? c->data.n_history : corpus_length(study_corpus(host->study), c->user);
    sheet_set_source(c->pane[HISTORY], history_rows(&style, history, n, case_current_rec(c),
                                                    c->has_evidence ? &c->evidence : NULL));
}

static struct sheet_source *list_rows(const struct case_screen *c, const struct case_run *run)
{
    const struct case_ids_of *of = case_ids_of(c, run->run);
    struct item_style style = style_of(c, of ? &of->ids.table : NULL);
    style.tokens = of ? of->tokens : NULL;
    return run_rows(&style, run);
}

void case_fill_evidence(struct case_screen *c)
{
    const struct host *host = host_of(c->app);
    static const struct evidence_list none = {0};
    c->glyphs = app_glyphs(c->app);
    sheet_set_source(c->pane[EVIDENCE], evidence_rows(host, c->has_evidence ? &c->evidence : &none,
                                                      c->glyphs, c->evidence_cols));
}

void case_fill_runs(struct case_screen *c)
{
    for (int i = 0; i < HOST_RUNS; i++) {
        struct sheet **pane = &c->pane[FIRST_RUN + i];
        if ((size_t)i >= c->data.n_runs) {
            sheet_free(*pane);
            *pane = NULL;
            continue;
        }
        struct sheet_source *source = list_rows(c, &c->data.run[i]);
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
    struct view_job job;
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
           evidence_for_history(j->job.study, j->on, j->user, j->history, j->n_history, j->item,
                                EVIDENCE_MAX, NULL, &j->evidence, err);
}

static void take_evidence(struct view *view, void *job, bool ok, const struct error *err)
{
    struct evidence_job *j = job;
    struct case_screen *c = (struct case_screen *)view;
    (void)err;
    c->seeking = false;
    if (!ok)
        return;
    evidence_release(&c->evidence);
    c->evidence = j->evidence;
    j->evidence = (struct evidence_list){0};
    c->has_evidence = true;
    case_fill_evidence(c);
    sheet_go(c->pane[EVIDENCE], 0);
    case_fill_history(c);
}

static void release_evidence_job(void *job)
{
    struct evidence_job *j = job;
    evidence_release(&j->evidence);
    free(j->history);
}

static const struct view_job_kind finding_evidence = {.name = "evidence",
                                                      .flags = JOB_QUIET,
                                                      .size = sizeof(struct evidence_job),
                                                      .work = find_evidence,
                                                      .take = take_evidence,
                                                      .release = release_evidence_job};

static void ask_evidence(struct case_screen *c)
{
    const struct case_rec *rec = case_current_rec(c);
    const struct case_run *run = case_current_run(c);
    c->seeking = rec && rec->item >= 0;
    if (!c->seeking) {
        c->evidence_request++;
        c->has_evidence = false;
        case_fill_evidence(c);
        case_fill_history(c);
        return;
    }
    struct evidence_job *j =
        view_job_new(c->app, &c->view, &finding_evidence, &c->evidence_request);
    j->on = run->run->trained_on;
    j->user = c->user;
    j->item = rec->item;
    j->n_history = c->data.n_history;
    j->history = mem_alloc((size_t)j->n_history * sizeof *j->history);
    memcpy(j->history, c->data.history, (size_t)j->n_history * sizeof *j->history);
    view_job_start(&j->job);
}

/* ---- the case ---- */

struct case_job {
    struct view_job job;
    int32_t user, nth;
    const struct study_run *run[HOST_RUNS];
    size_t n_runs;
    bool by_token;
    struct case_ids ids;
    struct case_view data;
};

static bool make_case(void *context, struct progress *progress, struct error *err)
{
    struct case_job *j = context;
    return progress_ok(progress, err) &&
           (!j->by_token || case_ids_find(j->job.study, j->run, j->n_runs, &j->ids, err)) &&
           case_view_make_nth(j->job.study, j->user, j->job.part, j->nth, j->run, j->n_runs,
                              &j->job.definition, &j->data, err);
}

static void show_case(struct case_screen *c, const struct case_view *data)
{
    bool first = !c->has_data;
    case_view_release(&c->data);
    c->data = *data;
    c->has_data = true;
    c->no_case = false;
    case_fill_runs(c);
    case_fill_history(c);
    if (first) {
        int32_t n = c->data.n_history, at = c->start.position;
        sheet_go(c->pane[HISTORY], (at >= 1 && at < n ? at : n) - 1);
        if (c->data.n_runs > 0)
            c->focus = FIRST_RUN;
    }
    case_go_to_start(c);
    ask_evidence(c);
}

/* The whole sequence instead: it is all there is to see. */
static void show_sequence(struct case_screen *c)
{
    case_view_release(&c->data);
    evidence_release(&c->evidence);
    c->data = (struct case_view){0};
    c->has_data = c->has_evidence = c->seeking = false;
    c->no_case = true;
    c->evidence_request++;
    c->focus = HISTORY;
    case_fill_runs(c);
    case_fill_evidence(c);
    case_fill_history(c);
    sheet_go(c->pane[HISTORY], c->start.position - 1);
}

static void take_case(struct view *view, void *job, bool ok, const struct error *err)
{
    struct case_job *j = job;
    struct case_screen *c = (struct case_screen *)view;
    if (j->by_token && (ok || err->code == ERROR_NOT_FOUND))
        c->ids = j->ids;
    if (ok) {
        show_case(c, &j->data);
        j->data = (struct case_view){0};
    } else if (err->code == ERROR_NOT_FOUND) {
        show_sequence(c);
    } else if (err->code != ERROR_CANCELLED) {
        app_failed(c->app, err);
    }
}

static void release_case_job(void *job)
{
    case_view_release(&((struct case_job *)job)->data);
}

static void refresh(struct view *view, struct app *app)
{
    static const struct view_job_kind making = {.name = "case",
                                                .flags = JOB_QUIET,
                                                .silent = true, /* without a case it is no error */
                                                .size = sizeof(struct case_job),
                                                .work = make_case,
                                                .take = take_case,
                                                .release = release_case_job};
    struct case_screen *c = (struct case_screen *)view;
    struct case_job *j = view_job_new(app, view, &making, &c->request);
    j->user = c->user;
    j->nth = case_nth(c);
    j->n_runs = host_shown_runs(host_of(app), j->run);
    j->by_token = c->by_token;
    view_job_start(&j->job);
}

/* ---- moving between panes ---- */

void case_set_focus(struct case_screen *c, int focus)
{
    c->focus = focus;
    if (focus >= FIRST_RUN && focus < EVIDENCE && c->run != focus - FIRST_RUN) {
        c->run = focus - FIRST_RUN;
        ask_evidence(c);
        if (c->by_token)
            case_fill_history(c); /* its ids are those of the run */
    }
}

static void next_pane(struct case_screen *c, int by)
{
    int focus = c->focus;
    do
        focus = (focus + by + PANES) % PANES;
    while (!c->pane[focus]);
    case_set_focus(c, focus);
}

static unsigned step_run(struct case_screen *c, int by)
{
    if (c->focus == EVIDENCE)
        return REACT_PASS; /* columns of the evidence */
    int to = c->focus == HISTORY ? (by > 0 ? FIRST_RUN : HISTORY) : c->focus + by;
    if (to >= HISTORY && to < EVIDENCE && c->pane[to])
        case_set_focus(c, to);
    return REACT_DRAW;
}

static void moved(struct view *view, struct app *app)
{
    struct case_screen *c = (struct case_screen *)view;
    (void)app;
    if (c->focus >= FIRST_RUN && c->focus < EVIDENCE)
        ask_evidence(c);
}

/* ---- the rest of a view ---- */

static unsigned open_row(struct case_screen *c)
{
    const struct evidence_line *line = case_current_line(c);
    if (c->focus == EVIDENCE && line)
        case_open(c->app,
                  &(struct case_place){.user = line->user, .position = line->start + line->length});
    else if (c->focus != EVIDENCE && sheet_count(c->pane[EVIDENCE]) > 0)
        case_set_focus(c, EVIDENCE);
    return REACT_DRAW;
}

/* The history's item under the cursor, else the recommended one. */
static unsigned open_item(struct case_screen *c, struct error *err)
{
    const struct case_rec *rec = case_current_rec(c);
    int32_t item = rec ? rec->item : -1;
    if (c->focus == HISTORY && sheet_row(c->pane[HISTORY]) >= 0)
        item = corpus_sequence(study_corpus(host_of(c->app)->study),
                               c->user)[sheet_id(c->pane[HISTORY])];
    if (item < 0) {
        error_set(err, ERROR_STATE, "there is no item under the cursor");
        return REACT_ERROR;
    }
    app_push(c->app, item_screen_new(c->app, item));
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
    case ACTION_ITEM:
        return call->arg ? (unsigned)REACT_PASS : open_item(c, err);
    case ACTION_RANK:
        return case_go_to_rank(c, call->arg, err);
    case ACTION_WHAT_IF:
        return case_what_if(c, err);
    case ACTION_LEVEL:
        return case_change_level(c, err);
    case ACTION_ROLL_OUT:
        return case_roll_out(c, call->arg, err);
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
    case_link(host, c->user, case_nth(c), out);
}

static int pane(const struct view *view)
{
    return ((const struct case_screen *)view)->focus;
}

/* Panes of runs come with the case; before it nothing is where it will be. */
static bool go_pane(struct view *view, int number)
{
    struct case_screen *c = (struct case_screen *)view;
    if ((!c->has_data && !c->no_case) || number < 0 || number >= PANES || !c->pane[number])
        return false;
    case_set_focus(c, number);
    return true;
}

static const char tokens[] = "level tokens";

/* The level, and whose evidence it is, where no list has the keys. */
static void state(const struct view *view, struct buf *out)
{
    const struct case_screen *c = (const struct case_screen *)view;
    const struct case_rec *rec = case_current_rec(c);
    if (c->by_token)
        buf_addf(out, "%s\n", tokens);
    if (rec && (c->focus == HISTORY || c->focus == EVIDENCE))
        buf_addf(out, "rank %d %s\n", (int)rec->rank, case_current_run(c)->run->name);
}

static unsigned not_yet(const char *what, struct error *err)
{
    error_set(err, ERROR_STATE, "the %s not here", what);
    return REACT_ERROR;
}

static unsigned restore(struct view *view, const char *line, struct error *err)
{
    struct case_screen *c = (struct case_screen *)view;
    bool level = strcmp(line, tokens) == 0, rank = strncmp(line, "rank ", 5) == 0;
    if (!level && !rank)
        return c->focus == EVIDENCE && c->seeking ? not_yet("evidence is", err) : REACT_PASS;
    if (!c->has_data)
        return not_yet("lists are", err);
    if (level)
        return c->by_token ? REACT_DONE : case_change_level(c, err);
    unsigned reaction = case_go_to_rank(c, line + 5, err);
    if (!(reaction & REACT_ERROR))
        ask_evidence(c);
    return reaction;
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
    .layout = case_layout,
    .draw = case_draw,
    .handle = handle,
    .sheet = focused,
    .moved = moved,
    .status = status,
    .refresh = refresh,
    .link = link_to,
    .pane = pane,
    .go_pane = go_pane,
    .state = state,
    .restore = restore,
    .pin = case_subject_of,
    .release = release,
};

void case_open(struct app *app, const struct case_place *place)
{
    struct case_screen *c = mem_zalloc(1, sizeof *c);
    c->view.ops = &ops;
    c->app = app;
    c->user = place->user;
    c->start = *place;
    c->start_part = host_of(app)->part;
    c->pane[HISTORY] = empty_sheet(app);
    c->pane[EVIDENCE] = empty_sheet(app);
    sheet_set_header(c->pane[HISTORY], false);
    sheet_set_header(c->pane[EVIDENCE], false);
    sheet_set_idle_cursor(c->pane[HISTORY], false);
    app_push(app, &c->view);
}

/* The number is one among the cases of that part. */
int32_t case_nth(const struct case_screen *c)
{
    return host_of(c->app)->part == c->start_part ? c->start.nth : 0;
}

int32_t case_number(const struct case_list *cases, int64_t at)
{
    int32_t nth = 1;
    for (; at > 0 && cases->user[at - 1] == cases->user[at]; at--)
        nth++;
    return nth;
}
