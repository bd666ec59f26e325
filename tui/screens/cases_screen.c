#include "tui/screens/cases_screen.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/base/mem.h"
#include "tui/screens/case_desk.h"
#include "tui/screens/case_editor.h"
#include "tui/screens/case_study_screen.h"
#include "tui/screens/view_job.h"
#include "tui/widgets/table.h"

struct cases_view {
    struct view view;
    struct app *app;
    struct sheet *sheet;
    char *words; /* searched for; NULL: all */
    struct case_studies studies;
    bool read;
    uint64_t request;
};

static const struct column columns[] = {
    {.name = "title", .kind = COLUMN_TITLE, .width = 24, .width_max = 80},
    {.name = "pins", .kind = COLUMN_INT, .width = 4, .help = "what is pinned to it"},
    {.name = "tags", .kind = COLUMN_TEXT, .width = 12, .width_max = 40},
    {.name = "changed", .kind = COLUMN_TEXT, .width = 16},
};

static void fill(struct cases_view *v)
{
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < v->studies.n; i++) {
        const struct case_study *s = &v->studies.study[i];
        time_t when = (time_t)s->changed;
        struct tm tm;
        char day[32];
        localtime_r(&when, &tm);
        strftime(day, sizeof day, "%Y-%m-%d %H:%M", &tm);
        table_row(t, s->id);
        table_text(t, s->title, ROLE_NORMAL);
        table_int(t, s->n_pins, ROLE_NORMAL);
        table_text(t, s->tags, ROLE_RELATED);
        table_text(t, day, ROLE_DIM);
    }
    sheet_set_source(v->sheet, table_source(t));
}

/* ---- the job ---- */

struct request {
    struct view_job job;
    char *words;
    struct case_studies all, found;
};

static bool read_studies(void *context, struct progress *progress, struct error *err)
{
    struct request *q = context;
    if (!progress_ok(progress, err))
        return false;
    struct workspace *ws = study_lock(q->job.study);
    bool ok = case_studies_read(ws, NULL, &q->all, err) &&
              case_studies_read(ws, q->words, &q->found, err);
    study_unlock(q->job.study);
    return ok;
}

static void take_studies(struct view *view, void *job, bool ok, const struct error *err)
{
    struct request *q = job;
    struct cases_view *v = (struct cases_view *)view;
    (void)err;
    if (!ok)
        return;
    case_studies_release(&v->studies);
    v->studies = q->found;
    q->found = (struct case_studies){0};
    v->read = true;
    fill(v);
    case_desk_know(host_of(v->app), &q->all);
}

static void release_request(void *job)
{
    struct request *q = job;
    case_studies_release(&q->all);
    case_studies_release(&q->found);
    free(q->words);
}

static void refresh(struct view *view, struct app *app)
{
    static const struct view_job_kind reading = {.name = "case studies",
                                                 .flags = JOB_QUIET,
                                                 .size = sizeof(struct request),
                                                 .work = read_studies,
                                                 .take = take_studies,
                                                 .release = release_request};
    struct cases_view *v = (struct cases_view *)view;
    struct request *q = view_job_new(app, view, &reading, &v->request);
    q->words = v->words ? mem_strdup(v->words) : NULL;
    view_job_start(&q->job);
}

/* ---- the view ---- */

static void layout(struct view *view, int rows, int cols)
{
    sheet_layout(((struct cases_view *)view)->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct cases_view *v = (const struct cases_view *)view;
    if (sheet_source(v->sheet)->n_rows > 0)
        sheet_draw(v->sheet, c, true);
    else
        draw_wrapped(c, 0, 1, c->rows, c->cols - 2, ROLE_DIM,
                     !v->read   ? "reading"
                     : v->words ? "None of the case studies holds these words. s shows all."
                                : "No case studies yet. p in any view pins what it shows to one; a "
                                  "makes one.");
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct cases_view *)view)->sheet;
}

static const struct case_study *current(const struct cases_view *v)
{
    for (size_t i = 0; sheet_count(v->sheet) > 0 && i < v->studies.n; i++)
        if (v->studies.study[i].id == sheet_id(v->sheet))
            return &v->studies.study[i];
    return NULL;
}

static unsigned search(struct cases_view *v, const char *words)
{
    free(v->words);
    v->words = words ? mem_strdup(words) : NULL;
    refresh(&v->view, v->app);
    return REACT_DRAW;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct cases_view *v = (struct cases_view *)view;
    const struct case_study *study = current(v);
    switch (call->id) {
    case ACTION_OPEN:
        if (study)
            app_push(app, case_study_screen_new(app, study->id));
        return REACT_DRAW;
    case ACTION_SEARCH_CASES:
        if (!call->arg && !app_batch(app) && !v->words) {
            app_ask(app, ACTION_SEARCH_CASES, "");
            return REACT_DRAW;
        }
        return search(v, call->arg);
    case ACTION_DELETE:
    case ACTION_EDIT:
    case ACTION_TITLE:
    case ACTION_TAGS:
        return case_study_act(app, study, call, err);
    default:
        return REACT_PASS;
    }
}

static void status(const struct view *view, struct buf *out)
{
    const struct cases_view *v = (const struct cases_view *)view;
    const struct glyphs *glyphs = app_glyphs(v->app);
    sheet_status(v->sheet, glyphs, out);
    if (v->words)
        buf_addf(out, " %s with the words %s", glyphs->symbol[GLYPH_DOT], v->words);
}

static void crumb(const struct view *view, struct buf *out)
{
    (void)view;
    buf_adds(out, "Cases");
}

static void link_to(const struct view *view, struct buf *out)
{
    const struct cases_view *v = (const struct cases_view *)view;
    if (v->words)
        buf_addf(out, "search-cases %s\n", v->words);
    else
        buf_adds(out, "cases\n");
}

static void release(struct view *view)
{
    struct cases_view *v = (struct cases_view *)view;
    sheet_free(v->sheet);
    case_studies_release(&v->studies);
    free(v->words);
    free(v);
}

static const struct view_ops ops = {
    .name = "cases",
    .scopes = SCOPE_CASES,
    .footer = {ACTION_OPEN, ACTION_NEW_CASE, ACTION_SEARCH_CASES, ACTION_UNDO, ACTION_HELP},
    .crumb = crumb,
    .layout = layout,
    .draw = draw,
    .handle = handle,
    .sheet = sheet_of,
    .status = status,
    .refresh = refresh,
    .link = link_to,
    .release = release,
};

/* So that keys that follow at once find their rows. */
static void read_at_once(struct cases_view *v)
{
    struct study *study = host_of(v->app)->study;
    struct workspace *ws = study_lock_reader(study);
    v->read = case_studies_read(ws, v->words, &v->studies, NULL);
    study_unlock_reader(study);
    if (v->read)
        fill(v); /* else the job that follows says why */
}

struct view *cases_screen_new(struct app *app, const char *words)
{
    struct cases_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->app = app;
    v->words = words ? mem_strdup(words) : NULL;
    v->sheet = sheet_new(table_source(table_new(columns, ARRAY_LEN(columns))), app_jobs(app));
    read_at_once(v);
    return &v->view;
}
