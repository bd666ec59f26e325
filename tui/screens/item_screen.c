/*
 * The item view: contents and keys. Two jobs: what is counted, again when the definition or the
 * runs change; and the semantic neighbours, once, because the vectors of all texts may take a
 * while.
 */
#include "tui/screens/item_screen.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/screens/case_screen.h"
#include "tui/screens/item_private.h"
#include "tui/widgets/table.h"

/* ---- what is counted ---- */

struct item_job {
    struct app *app;
    uint64_t view, number;
    const struct host *host;
    struct study *study;
    int32_t item;
    enum part part;
    struct definition definition;
    const struct study_run *run[HOST_RUNS];
    size_t n_runs;
    struct item_detail data;
    struct sheet_source *source[ITEM_PANES]; /* the result; none for the semantic neighbours */
};

static bool make_item(void *context, struct progress *progress, struct error *err)
{
    struct item_job *j = context;
    if (!item_detail_make(j->study, j->item, j->part, j->run, j->n_runs, &j->definition, progress,
                          &j->data, err))
        return false;
    struct item_links *links[] = {[LINK_SUCCESSOR] = &j->data.successors,
                                  [LINK_PREDECESSOR] = &j->data.predecessors,
                                  [LINK_COLLABORATIVE] = &j->data.collaborative,
                                  [LINK_SAME_ID] = &j->data.same_id};
    for (int i = 0; i < LINK_KINDS; i++)
        if (i != LINK_SEMANTIC)
            j->source[i] = link_rows(j->host, (enum link_kind)i, links[i], j->data.edges);
    j->source[PANE_HOLDERS] = holder_rows(j->host, &j->data);
    j->source[PANE_RECEIVERS] = receiver_rows(j->host, &j->data);
    return true;
}

static void take_item(void *context, bool ok, const struct error *err)
{
    struct item_job *j = context;
    struct item_screen *s = (struct item_screen *)app_view_alive(j->app, j->view);
    bool wanted = s && s->request == j->number;
    if (s && !ok && err->code != ERROR_CANCELLED)
        app_say_error(j->app, err);
    for (int i = 0; ok && i < ITEM_PANES; i++)
        if (wanted && j->source[i])
            sheet_set_source(s->pane[i], j->source[i]);
        else
            sheet_source_unref(j->source[i]);
    if (wanted && ok) {
        item_detail_release(&s->data);
        s->data = j->data;
        s->has_data = true;
        s->stale = false;
    } else if (wanted) { /* the old figures are not those of the new definition */
        s->has_data = false;
        s->stopped = true;
    } else if (ok) {
        item_detail_release(&j->data);
    }
    app_redraw(j->app);
    free(j);
}

/* ---- semantic neighbours ---- */

struct alike_job {
    struct app *app;
    uint64_t view;
    const struct host *host;
    struct study *study;
    int32_t item;
    bool from_texts;
    struct sheet_source *source; /* the result */
};

static bool find_alike(void *context, struct progress *progress, struct error *err)
{
    struct alike_job *j = context;
    struct item_links links;
    if (!item_alike(j->study, j->item, progress, &links, &j->from_texts, err))
        return false;
    j->source = link_rows(j->host, LINK_SEMANTIC, &links, NULL);
    return true;
}

static void take_alike(void *context, bool ok, const struct error *err)
{
    struct alike_job *j = context;
    struct item_screen *s = (struct item_screen *)app_view_alive(j->app, j->view);
    if (s)
        s->asks_alike = false;
    if (s && ok) {
        sheet_set_source(s->pane[PANE_SEMANTIC], j->source);
        s->has_alike = true;
        s->from_texts = j->from_texts;
    } else if (s) {
        free(s->no_alike);
        s->no_alike =
            mem_strdup(err->code == ERROR_CANCELLED ? "not counted; R counts them" : err->text);
    } else if (ok) {
        sheet_source_unref(j->source);
    }
    app_redraw(j->app);
    free(j);
}

static void ask_alike(struct item_screen *s)
{
    const struct host *host = host_of(s->app);
    struct alike_job *j = mem_zalloc(1, sizeof *j);
    *j = (struct alike_job){
        .app = s->app, .view = s->view.number, .host = host, .study = host->study, .item = s->item};
    free(s->no_alike);
    s->no_alike = NULL;
    s->asks_alike = true;
    jobs_start(app_jobs(s->app), &(struct job_spec){.name = "semantic neighbours",
                                                    .work = find_alike,
                                                    .done = take_alike,
                                                    .context = j});
}

static void refresh(struct view *view, struct app *app)
{
    struct item_screen *s = (struct item_screen *)view;
    const struct host *host = host_of(app);
    struct item_job *j = mem_zalloc(1, sizeof *j);
    *j = (struct item_job){.app = app,
                           .view = view->number,
                           .number = ++s->request,
                           .host = host,
                           .study = host->study,
                           .item = s->item,
                           .part = host->part,
                           .definition = host->definition};
    j->n_runs = host_shown_runs(host, j->run);
    s->stale = true;
    s->stopped = false;
    jobs_start(
        app_jobs(app),
        &(struct job_spec){.name = "item", .work = make_item, .done = take_item, .context = j});
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
    buf_addf(out, "item %s\n", host_item_id(host_of(s->app), s->item));
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
