/*
 * The item view: contents and keys. Two jobs: what is counted, again when the definition or the
 * runs change; and the semantic neighbours, once, because the vectors of all texts may take a
 * while.
 */
#include "tui/screens/item_screen.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/line.h"
#include "storage/base/mem.h"
#include "tui/screens/case_screen.h"
#include "tui/screens/item_private.h"
#include "tui/widgets/table.h"

/* ---- what is counted ---- */

struct item_job {
    struct view_job job;
    const struct host *host;
    int32_t item;
    const struct study_run *run[HOST_RUNS];
    size_t n_runs;
    struct item_detail data;
    struct sheet_source *source[ITEM_PANES]; /* the result; none for the semantic neighbours */
};

static bool make_item(void *context, struct progress *progress, struct error *err)
{
    struct item_job *j = context;
    if (!item_detail_make(j->job.study, j->item, j->job.part, j->run, j->n_runs, &j->job.definition,
                          progress, &j->data, err))
        return false;
    struct item_links *links[] = {[LINK_SUCCESSOR] = &j->data.successors,
                                  [LINK_PREDECESSOR] = &j->data.predecessors,
                                  [LINK_COLLABORATIVE] = &j->data.collaborative,
                                  [LINK_SAME_ID] = &j->data.same_id};
    for (int i = 0; i < LINK_KINDS; i++)
        if (i != LINK_SEMANTIC)
            j->source[i] =
                link_rows(j->host, (enum link_kind)i, links[i], j->data.edges, &j->data.ids.table);
    j->source[PANE_HOLDERS] = holder_rows(j->host, &j->data);
    j->source[PANE_RECEIVERS] = receiver_rows(j->host, &j->data);
    return true;
}

static void take_item(struct view *view, void *job, bool ok, const struct error *err)
{
    struct item_job *j = job;
    struct item_screen *s = (struct item_screen *)view;
    (void)err;
    view_figures_take(&s->figures, ok);
    if (!ok)
        return;
    for (int i = 0; i < ITEM_PANES; i++)
        if (j->source[i])
            sheet_set_source(s->pane[i], j->source[i]);
    memset(j->source, 0, sizeof j->source);
    item_detail_release(&s->data);
    s->data = j->data;
    j->data = (struct item_detail){0};
}

static void release_item_job(void *job)
{
    struct item_job *j = job;
    for (int i = 0; i < ITEM_PANES; i++)
        sheet_source_unref(j->source[i]);
    item_detail_release(&j->data);
}

static const struct view_job_kind counting = {.name = "item",
                                              .size = sizeof(struct item_job),
                                              .work = make_item,
                                              .take = take_item,
                                              .release = release_item_job};

/* ---- semantic neighbours ---- */

struct alike_job {
    struct view_job job;
    const struct host *host;
    int32_t item;
    bool from_texts;
    struct sheet_source *source; /* the result */
};

static bool find_alike(void *context, struct progress *progress, struct error *err)
{
    struct alike_job *j = context;
    struct item_links links;
    if (!item_alike(j->job.study, j->item, progress, &links, &j->from_texts, err))
        return false;
    j->source = link_rows(j->host, LINK_SEMANTIC, &links, NULL, NULL);
    return true;
}

static void take_alike(struct view *view, void *job, bool ok, const struct error *err)
{
    struct alike_job *j = job;
    struct item_screen *s = (struct item_screen *)view;
    s->asks_alike = false;
    s->has_alike = ok;
    if (!ok) {
        free(s->no_alike);
        s->no_alike =
            mem_strdup(err->code == ERROR_CANCELLED ? "not counted; R counts them" : err->text);
        return;
    }
    sheet_set_source(s->pane[PANE_SEMANTIC], j->source);
    j->source = NULL;
    s->from_texts = j->from_texts;
}

static void release_alike_job(void *job)
{
    sheet_source_unref(((struct alike_job *)job)->source);
}

static void ask_alike(struct item_screen *s)
{
    static const struct view_job_kind finding = {.name = "semantic neighbours",
                                                 .silent = true, /* the pane says why */
                                                 .size = sizeof(struct alike_job),
                                                 .work = find_alike,
                                                 .take = take_alike,
                                                 .release = release_alike_job};
    struct alike_job *j = view_job_new(s->app, &s->view, &finding, NULL);
    j->host = host_of(s->app);
    j->item = s->item;
    free(s->no_alike);
    s->no_alike = NULL;
    s->asks_alike = true;
    view_job_start(&j->job);
}

static void refresh(struct view *view, struct app *app)
{
    struct item_screen *s = (struct item_screen *)view;
    struct item_job *j = view_job_new(app, view, &counting, &s->request);
    j->host = host_of(app);
    j->item = s->item;
    j->n_runs = host_shown_runs(j->host, j->run);
    view_figures_ask(&s->figures);
    view_job_start(&j->job);
    if (!s->has_alike && !s->asks_alike)
        ask_alike(s);
}

/* ---- keys ---- */

static unsigned open_other(const struct item_screen *s, int32_t item)
{
    if (item != s->item)
        app_push(s->app, item_screen_new(s->app, item));
    return REACT_DRAW;
}

static unsigned open_row(const struct item_screen *s)
{
    const struct sheet *sheet = s->pane[s->focus];
    const struct sheet_source *source = sheet_source(sheet);
    int64_t row = sheet_row(sheet);
    if (row < 0)
        return REACT_DONE;
    if (s->focus != PANE_HOLDERS && s->focus != PANE_RECEIVERS)
        return open_other(s, (int32_t)sheet_id(sheet));
    struct case_place place =
        s->focus == PANE_HOLDERS ? holder_place(source, row) : receiver_place(source, row);
    case_open(s->app, &place);
    return REACT_DRAW;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    struct item_screen *s = (struct item_screen *)view;
    (void)app;
    switch (call->id) {
    case ACTION_NEXT_PANE:
        s->focus = (s->focus + 1) % ITEM_PANES;
        return REACT_DRAW;
    case ACTION_PREVIOUS_PANE:
        s->focus = (s->focus + ITEM_PANES - 1) % ITEM_PANES;
        return REACT_DRAW;
    case ACTION_OPEN:
        return open_row(s);
    case ACTION_ITEM:
        if (call->arg)
            return REACT_PASS;
        if (s->focus < LINK_KINDS)
            return open_row(s);
        error_set(err, ERROR_STATE, "these rows are users; Enter opens the case");
        return REACT_ERROR;
    default:
        return REACT_PASS;
    }
}

static struct sheet *focused(const struct view *view)
{
    const struct item_screen *s = (const struct item_screen *)view;
    return s->pane[s->focus];
}

static void crumb(const struct view *view, struct buf *out)
{
    const struct item_screen *s = (const struct item_screen *)view;
    buf_adds(out, host_item_id(host_of(s->app), s->item));
}

static void link_to(const struct view *view, struct buf *out)
{
    const struct item_screen *s = (const struct item_screen *)view;
    host_link(host_of(s->app), out);
    buf_adds(out, "item ");
    line_escape(host_item_id(host_of(s->app), s->item), out);
    buf_addc(out, '\n');
}

static int pane(const struct view *view)
{
    return ((const struct item_screen *)view)->focus;
}

static bool go_pane(struct view *view, int number)
{
    if (number < 0 || number >= ITEM_PANES)
        return false;
    ((struct item_screen *)view)->focus = number;
    return true;
}

static void release(struct view *view)
{
    struct item_screen *s = (struct item_screen *)view;
    for (int i = 0; i < ITEM_PANES; i++)
        sheet_free(s->pane[i]);
    item_detail_release(&s->data);
    free(s->no_alike);
    free(s);
}

static const struct view_ops ops = {
    .name = "item",
    .scopes = SCOPE_ITEMS,
    .footer = {ACTION_OPEN, ACTION_NEXT_PANE, ACTION_ITEMS, ACTION_DEFINITION, ACTION_HELP},
    .crumb = crumb,
    .layout = item_layout,
    .draw = item_draw,
    .handle = handle,
    .sheet = focused,
    .refresh = refresh,
    .link = link_to,
    .pane = pane,
    .go_pane = go_pane,
    .release = release,
};

struct view *item_screen_new(struct app *app, int32_t item)
{
    static const struct column none[] = {{.name = "item", .kind = COLUMN_TEXT, .width = 10}};
    struct item_screen *s = mem_zalloc(1, sizeof *s);
    s->view.ops = &ops;
    s->app = app;
    s->item = item;
    for (int i = 0; i < ITEM_PANES; i++) {
        s->pane[i] = sheet_new(table_source(table_new(none, 1)), app_jobs(app));
        sheet_set_idle_cursor(s->pane[i], false);
    }
    return &s->view;
}
