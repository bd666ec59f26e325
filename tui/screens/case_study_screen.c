#include "tui/screens/case_study_screen.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/base/mem.h"
#include "tui/screens/case_desk.h"
#include "tui/screens/case_editor.h"
#include "tui/screens/case_study_rows.h"
#include "tui/screens/link.h"
#include "tui/screens/view_job.h"

/* Rows below the pins for the one under the cursor, on screens of at least so many rows. */
enum { DETAIL_ROWS = 6, HIGH = 18 };
enum pane { PANE_PINS, PANE_TEXT, PANES };

struct study_view {
    struct view view;
    struct app *app;
    int64_t id;
    struct case_study study;
    struct case_pins pins;
    bool read;
    char *error;                   /* why there is nothing to see; NULL */
    struct case_verdict *verdicts; /* [n_verdicts] of the last re-check, by pin */
    size_t n_verdicts;
    struct sheet *sheet[PANES];
    enum pane pane;
    int text_cols, text_rows, detail_rows; /* settled in layout() */
    uint64_t request;
};

static bool has_text(const struct study_view *v)
{
    return v->study.text && v->study.text[0];
}

static void fill_pins(struct study_view *v)
{
    sheet_set_source(v->sheet[PANE_PINS], case_pin_rows(&v->pins, v->verdicts, v->n_verdicts));
}

static void fill_text(struct study_view *v)
{
    sheet_set_source(v->sheet[PANE_TEXT], case_text_rows(v->study.text, v->text_cols));
}

/* ---- reading ---- */

struct request {
    struct view_job job;
    int64_t id;
    struct case_study data;
    struct case_pins pins;
    bool check;
    struct case_verdict *verdicts;
    size_t n_verdicts;
};

static void release_request(void *job)
{
    struct request *q = job;
    for (size_t i = 0; i < q->n_verdicts; i++)
        case_verdict_release(&q->verdicts[i]);
    free(q->verdicts);
    case_study_release(&q->data);
    case_pins_release(&q->pins);
}

static bool check_pins(struct request *q, struct progress *progress, struct error *err)
{
    if (!study_runs_refresh(q->job.study, err))
        return false;
    q->verdicts = mem_zalloc(q->pins.n, sizeof *q->verdicts);
    for (size_t i = 0; i < q->pins.n; i++) {
        if (!case_check(q->job.study, &q->pins.pin[i], progress, &q->verdicts[q->n_verdicts], err))
            return false;
        q->n_verdicts++;
    }
    return true;
}

static bool read_study(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    if (!progress_ok(progress, err))
        return false;
    struct workspace *ws = study_lock(q->job.study);
    bool ok = case_get(ws, q->id, &q->data, &q->pins, err);
    study_unlock(q->job.study);
    return ok && (!q->check || check_pins(q, progress, err));
}

static void say_verdicts(const struct study_view *v)
{
    size_t count[CASE_OUTCOMES] = {0};
    for (size_t i = 0; i < v->n_verdicts; i++)
        count[v->verdicts[i].outcome]++;
    struct buf text;
    buf_init(&text);
    buf_addf(&text, "%zu of %zu still so", count[CASE_SAME], v->n_verdicts);
    for (int o = CASE_SAME + 1; o < CASE_OUTCOMES; o++)
        if (count[o] > 0)
            buf_addf(&text, ", %zu %s", count[o], case_outcome_name[o]);
    app_say(v->app, MESSAGE_INFO, "%s", text.data);
    buf_release(&text);
}

static void show(struct study_view *v, struct request *q)
{
    free(v->error);
    v->error = NULL;
    case_study_release(&v->study);
    case_pins_release(&v->pins);
    v->study = q->data;
    v->pins = q->pins;
    q->data = (struct case_study){0};
    q->pins = (struct case_pins){0};
    v->read = true;
    if (q->check) {
        struct case_verdict *old = v->verdicts;
        size_t n = v->n_verdicts;
        v->verdicts = q->verdicts;
        v->n_verdicts = q->n_verdicts;
        q->verdicts = old;
        q->n_verdicts = n;
        say_verdicts(v);
    }
    if (!has_text(v))
        v->pane = PANE_PINS;
    else if (v->pins.n == 0)
        v->pane = PANE_TEXT;
    fill_pins(v);
    fill_text(v);
}

static void take_study(struct view *view, void *job, bool ok, const struct error *err)
{
    struct study_view *v = (struct study_view *)view;
    if (ok) {
        show(v, job);
    } else if (err->code == ERROR_NOT_FOUND) {
        free(v->error);
        v->error = mem_strdup("This case study has been deleted. u brings it back, q goes back.");
        case_pins_release(&v->pins);
        fill_pins(v);
    } else if (err->code != ERROR_CANCELLED) {
        app_failed(v->app, err);
    }
}

/* `silent`: that it has been deleted is no error. */
static const struct view_job_kind reading = {.name = "case study",
                                             .flags = JOB_QUIET,
                                             .silent = true,
                                             .size = sizeof(struct request),
                                             .work = read_study,
                                             .take = take_study,
                                             .release = release_request};
static const struct view_job_kind checking = {.name = "re-checking",
                                              .silent = true,
                                              .size = sizeof(struct request),
                                              .work = read_study,
                                              .take = take_study,
                                              .release = release_request};

static void start(struct study_view *v, bool check)
{
    struct request *q = view_job_new(v->app, &v->view, check ? &checking : &reading, &v->request);
    q->id = v->id;
    q->check = check;
    view_job_start(&q->job);
}

static void refresh(struct view *view, struct app *app)
{
    (void)app;
    start((struct study_view *)view, false);
}

/* ---- layout and drawing ---- */

static const struct case_pin *current(const struct study_view *v)
{
    struct sheet *sheet = v->sheet[PANE_PINS];
    for (size_t i = 0; sheet_count(sheet) > 0 && i < v->pins.n; i++)
        if (v->pins.pin[i].id == sheet_id(sheet))
            return &v->pins.pin[i];
    return NULL;
}

/* The text has what it needs, at most half of the room, or nearly all while it has the keys. */
static void layout(struct view *view, int rows, int cols)
{
    struct study_view *v = (struct study_view *)view;
    int wanted = cols - 4 < CASE_TEXT_COLS ? cols - 4 : CASE_TEXT_COLS;
    if (wanted != v->text_cols) {
        v->text_cols = wanted;
        fill_text(v);
    }
    v->detail_rows = rows >= HIGH && v->pins.n > 0 ? DETAIL_ROWS : 0;
    int room = rows - 3 - v->detail_rows, lines = (int)sheet_source(v->sheet[PANE_TEXT])->n_rows;
    int most = v->pins.n == 0 ? room : v->pane == PANE_TEXT ? room - 1 : room / 2;
    v->text_rows = lines < most ? lines : most;
    sheet_layout(v->sheet[PANE_TEXT], v->text_rows, cols);
    sheet_layout(v->sheet[PANE_PINS], room - v->text_rows, cols);
}

static void day_of(int64_t seconds, char text[32])
{
    time_t when = (time_t)seconds;
    struct tm tm;
    localtime_r(&when, &tm);
    strftime(text, 32, "%Y-%m-%d %H:%M", &tm);
}

static void draw_head(const struct study_view *v, struct canvas *c)
{
    char day[32];
    day_of(v->study.changed, day);
    int right = c->cols >= 60 ? (int)strlen(day) + 2 : 0;
    draw_end(c, 0, 1, c->cols - 2 - right, ROLE_TITLE | STYLE_BOLD, v->study.title);
    if (right)
        draw_right(c, 0, c->cols - 1 - right, right, ROLE_DIM, day);
    if (v->study.tags[0])
        draw_end(c, 1, 1, c->cols - 2, ROLE_RELATED, v->study.tags);
    else
        draw_end(c, 1, 1, c->cols - 2, ROLE_DIM, "no tags; t sets them");
}

static void draw_pins(const struct study_view *v, struct canvas *c, int y)
{
    char title[48];
    snprintf(title, sizeof title, "Pins %zu", v->pins.n);
    draw_rule(c, y, 0, c->cols, title);
    struct canvas below = canvas_sub(c, y + 1, 0, c->rows - y - 1 - v->detail_rows, c->cols);
    if (v->pins.n > 0)
        sheet_draw(v->sheet[PANE_PINS], &below, v->pane == PANE_PINS);
    else
        draw_wrapped(&below, 0, 1, below.rows, c->cols - 2, ROLE_DIM,
                     "Nothing is pinned yet: p does it, in a case, in Runs, in any sheet.");
}

static void draw_detail(const struct study_view *v, struct canvas *c)
{
    const struct case_pin *pin = current(v);
    if (!pin || v->detail_rows == 0)
        return;
    const struct case_verdict *verdict = case_verdict_of(v->verdicts, v->n_verdicts, pin->id);
    char day[32];
    day_of(pin->created, day);
    struct canvas d = canvas_sub(c, c->rows - v->detail_rows, 0, v->detail_rows, c->cols);
    draw_rule(&d, 0, 0, d.cols, NULL);
    int y = 1 + draw_wrapped(&d, 1, 1, 2, d.cols - 2, ROLE_NORMAL, pin->summary);
    if (pin->note[0])
        y += draw_wrapped(&d, y, 1, 1, d.cols - 2, ROLE_RELATED, pin->note);
    if (verdict)
        y += draw_wrapped(&d, y, 1, d.rows - y - 1, d.cols - 2, case_verdict_style(verdict),
                          verdict->text);
    draw_textf(&d, y, 1, d.cols - 2, ROLE_DIM, "%s under %s, pinned %s", pin->kind, pin->definition,
               day);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct study_view *v = (const struct study_view *)view;
    if (v->error || !v->read) {
        draw_wrapped(c, 0, 1, c->rows, c->cols - 2, ROLE_NORMAL, v->error ? v->error : "reading");
        return;
    }
    draw_head(v, c);
    struct canvas text = canvas_sub(c, 2, 0, v->text_rows, c->cols);
    if (v->text_rows > 0)
        sheet_draw(v->sheet[PANE_TEXT], &text, v->pane == PANE_TEXT);
    draw_pins(v, c, 2 + v->text_rows);
    draw_detail(v, c);
}

/* ---- actions ---- */

static unsigned open_pin(const struct study_view *v, const struct case_pin *pin, struct error *err)
{
    char *link;
    if (!*pin->link) {
        error_set(err, ERROR_STATE, "no view shows this pin; it stays in the exports");
        return REACT_ERROR;
    }
    if (!case_pin_open(host_of(v->app)->study, pin, &link, err))
        return REACT_ERROR;
    unsigned reaction = link_open(v->app, link, err);
    free(link);
    return reaction;
}

static unsigned note(struct study_view *v, const struct case_pin *pin, const char *words,
                     struct error *err)
{
    if (!words && app_batch(v->app)) {
        error_set(err, ERROR_USAGE, "note: say the words");
        return REACT_ERROR;
    }
    if (!words) {
        app_ask(v->app, ACTION_NOTE, pin->note);
        return REACT_DRAW;
    }
    case_desk_do(v->app,
                 &(struct desk_change){.kind = DESK_NOTE,
                                       .study = v->id,
                                       .pin = pin->id,
                                       .text = mem_strdup(strcmp(words, "-") ? words : "")});
    return REACT_DRAW;
}

static unsigned act_on_pin(struct study_view *v, const struct call *call, struct error *err)
{
    const struct case_pin *pin = v->pane == PANE_PINS ? current(v) : NULL;
    if (!pin) {
        error_set(err, ERROR_USAGE, "%s: there is no pin under the cursor",
                  action_get(call->id)->name);
        return REACT_ERROR;
    }
    switch (call->id) {
    case ACTION_OPEN:
        return open_pin(v, pin, err);
    case ACTION_NOTE:
        return note(v, pin, call->arg, err);
    case ACTION_DELETE:
        case_desk_do(v->app,
                     &(struct desk_change){.kind = DESK_REMOVE, .study = v->id, .pin = pin->id});
        return REACT_DRAW;
    default:
        case_desk_do(v->app, &(struct desk_change){.kind = DESK_MOVE,
                                                   .study = v->id,
                                                   .pin = pin->id,
                                                   .by = call->id == ACTION_MOVE_UP ? -1 : 1});
        return REACT_DRAW;
    }
}

static bool may_write(const struct study *study, const struct call *call, struct error *err)
{
    return !(action_get(call->id)->flags & ACT_WRITES) || !study_read_only(study) ||
           error_set(err, ERROR_STATE, "%s: the workspace is read-only",
                     action_get(call->id)->name);
}

static unsigned ask_words(struct app *app, const struct case_study *study, const struct call *call,
                          struct error *err)
{
    bool title = call->id == ACTION_TITLE;
    if (app_batch(app)) {
        error_set(err, ERROR_USAGE, "%s: say the words", action_get(call->id)->name);
        return REACT_ERROR;
    }
    app_ask(app, call->id, title ? study->title : study->tags);
    return REACT_DRAW;
}

unsigned case_study_act(struct app *app, const struct case_study *study, const struct call *call,
                        struct error *err)
{
    if (!may_write(host_of(app)->study, call, err))
        return REACT_ERROR;
    if (!study) {
        error_set(err, ERROR_USAGE, "%s: there is no case study here", action_get(call->id)->name);
        return REACT_ERROR;
    }
    if (call->id == ACTION_EDIT)
        return case_editor_edit(app, study, err);
    if (call->id == ACTION_DELETE) {
        case_desk_do(app, &(struct desk_change){.kind = DESK_DELETE, .study = study->id});
        return REACT_DRAW;
    }
    if (!call->arg)
        return ask_words(app, study, call, err);
    bool title = call->id == ACTION_TITLE;
    const char *words = !title && strcmp(call->arg, "-") == 0 ? "" : call->arg;
    case_desk_do(app, &(struct desk_change){.kind = title ? DESK_TITLE : DESK_TAGS,
                                            .study = study->id,
                                            .text = mem_strdup(words)});
    return REACT_DRAW;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct study_view *v = (struct study_view *)view;
    if (!may_write(host_of(app)->study, call, err))
        return REACT_ERROR;
    switch (call->id) {
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        if (has_text(v))
            v->pane = v->pane == PANE_PINS ? PANE_TEXT : PANE_PINS;
        return REACT_DRAW;
    case ACTION_OPEN:
        return v->pane == PANE_TEXT ? REACT_DONE : act_on_pin(v, call, err);
    case ACTION_NOTE:
    case ACTION_DELETE:
    case ACTION_MOVE_UP:
    case ACTION_MOVE_DOWN:
        return act_on_pin(v, call, err);
    case ACTION_EDIT:
    case ACTION_TITLE:
    case ACTION_TAGS:
        return case_study_act(app, v->read && !v->error ? &v->study : NULL, call, err);
    case ACTION_RE_CHECK:
        start(v, true);
        return REACT_DRAW;
    default:
        return REACT_PASS;
    }
}

/* ---- the rest of a view ---- */

static struct sheet *sheet_of(const struct view *view)
{
    const struct study_view *v = (const struct study_view *)view;
    return v->sheet[v->pane];
}

static void crumb(const struct view *view, struct buf *out)
{
    const struct study_view *v = (const struct study_view *)view;
    buf_adds(out, v->read ? v->study.title : "case study");
}

static void link_to(const struct view *view, struct buf *out)
{
    buf_addf(out, "case-study %lld\n", (long long)((const struct study_view *)view)->id);
}

static int pane(const struct view *view)
{
    return (int)((const struct study_view *)view)->pane;
}

static bool go_pane(struct view *view, int number)
{
    struct study_view *v = (struct study_view *)view;
    if (number != PANE_PINS && (number != PANE_TEXT || !has_text(v)))
        return false;
    v->pane = number;
    return true;
}

static void release(struct view *view)
{
    struct study_view *v = (struct study_view *)view;
    for (int i = 0; i < PANES; i++)
        sheet_free(v->sheet[i]);
    for (size_t i = 0; i < v->n_verdicts; i++)
        case_verdict_release(&v->verdicts[i]);
    free(v->verdicts);
    case_study_release(&v->study);
    case_pins_release(&v->pins);
    free(v->error);
    free(v);
}

static const struct view_ops ops = {
    .name = "case-study",
    .scopes = SCOPE_CASES,
    .footer = {ACTION_OPEN, ACTION_EDIT, ACTION_RE_CHECK, ACTION_UNDO, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .refresh = refresh,
    .link = link_to,
    .pane = pane,
    .go_pane = go_pane,
    .release = release,
};

/* A few rows by their keys: so that keys that follow at once find what they are about. */
static void read_at_once(struct study_view *v)
{
    struct study *study = host_of(v->app)->study;
    struct workspace *ws = study_lock_reader(study);
    v->read = case_get(ws, v->id, &v->study, &v->pins, NULL);
    study_unlock_reader(study);
    if (!v->read)
        return; /* the job that follows says why */
    if (v->pins.n == 0 && has_text(v))
        v->pane = PANE_TEXT;
    fill_pins(v);
    fill_text(v);
}

struct view *case_study_screen_new(struct app *app, int64_t study)
{
    struct study_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->app = app;
    v->id = study;
    v->text_cols = CASE_TEXT_COLS;
    v->sheet[PANE_PINS] = sheet_new(case_pin_rows(&v->pins, NULL, 0), app_jobs(app));
    v->sheet[PANE_TEXT] = sheet_new(case_text_rows(NULL, v->text_cols), app_jobs(app));
    sheet_set_header(v->sheet[PANE_TEXT], false);
    sheet_set_header(v->sheet[PANE_PINS], false);
    sheet_set_idle_cursor(v->sheet[PANE_TEXT], false);
    read_at_once(v);
    return &v->view;
}

unsigned case_study_open(struct app *app, const char *text, struct error *err)
{
    int64_t id;
    struct study *study = host_of(app)->study;
    struct workspace *ws = study_lock_reader(study);
    bool ok = case_find(ws, text, &id, err);
    study_unlock_reader(study);
    if (!ok)
        return REACT_ERROR;
    app_push(app, case_study_screen_new(app, id));
    return REACT_DRAW;
}
