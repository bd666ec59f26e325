#include "tui/screens/sheet_view.h"

#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/export/rows.h"
#include "tui/screens/app_private.h"
#include "tui/screens/sheet_about.h"

/* ---- the view ---- */

struct sheet_view {
    struct view view;
    char *crumb;
    struct sheet *sheet;
    unsigned (*open)(struct app *app, void *context, int64_t id, struct error *err);
    void *context;
    void (*free_context)(void *context);
};

static const struct sheet_view *of(const struct view *view)
{
    return (const struct sheet_view *)view;
}

static void crumb(const struct view *view, struct buf *out)
{
    buf_adds(out, of(view)->crumb);
}

static void layout(struct view *view, int rows, int cols)
{
    sheet_layout(of(view)->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    sheet_draw(of(view)->sheet, c, true);
}

static struct sheet *sheet_of(const struct view *view)
{
    return of(view)->sheet;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    const struct sheet_view *v = of(view);
    if (call->id != ACTION_OPEN || !v->open)
        return REACT_PASS;
    return v->open(app, v->context, sheet_id(v->sheet), err);
}

static void release(struct view *view)
{
    struct sheet_view *v = (struct sheet_view *)view;
    sheet_free(v->sheet);
    if (v->free_context)
        v->free_context(v->context);
    free(v->crumb);
    free(v);
}

struct view *sheet_view_new(struct app *app, const char *name, struct sheet_source *source,
                            unsigned (*open)(struct app *app, void *context, int64_t id,
                                             struct error *err),
                            void *context, void (*free_context)(void *context))
{
    static const struct view_ops ops = {.name = "sheet",
                                        .crumb = crumb,
                                        .layout = layout,
                                        .draw = draw,
                                        .handle = handle,
                                        .sheet = sheet_of,
                                        .release = release};
    struct sheet_view *v = mem_alloc(sizeof *v);
    *v = (struct sheet_view){.view = {.ops = &ops},
                             .crumb = mem_strdup(name),
                             .sheet = sheet_new(source, app_jobs(app)),
                             .open = open,
                             .context = context,
                             .free_context = free_context};
    return &v->view;
}

/* ---- actions of every sheet ---- */

/* The column named by the argument, or the cursor's; -1 with *err. */
static int column_of(const struct sheet *sheet, const struct call *call, struct error *err)
{
    int column = call->arg ? sheet_find_column(sheet, call->arg) : sheet_column(sheet);
    if (column < 0)
        error_set(err, ERROR_USAGE, "this sheet has no column \"%s\"", call->arg);
    return column;
}

static unsigned go_to_identity(struct sheet *sheet, const char *arg, struct error *err)
{
    int64_t id;
    if (num_int64(arg, strlen(arg), &id) && sheet_select(sheet, id))
        return REACT_DRAW;
    error_set(err, ERROR_NOT_FOUND, "go: no row here has the identity \"%s\"", arg);
    return REACT_ERROR;
}

static unsigned move(struct sheet *sheet, const struct call *call, struct error *err)
{
    int64_t height = sheet_height(sheet), number;
    switch (call->id) {
    case ACTION_DOWN:
        sheet_move(sheet, 1);
        break;
    case ACTION_UP:
        sheet_move(sheet, -1);
        break;
    case ACTION_LEFT:
        sheet_move_column(sheet, -1);
        break;
    case ACTION_RIGHT:
        sheet_move_column(sheet, 1);
        break;
    case ACTION_PAGE_DOWN:
        sheet_move(sheet, height);
        break;
    case ACTION_PAGE_UP:
        sheet_move(sheet, -height);
        break;
    case ACTION_HALF_DOWN:
        sheet_move(sheet, (height + 1) / 2);
        break;
    case ACTION_HALF_UP:
        sheet_move(sheet, -((height + 1) / 2));
        break;
    case ACTION_TOP:
        sheet_go(sheet, 0);
        break;
    case ACTION_BOTTOM:
        sheet_go(sheet, sheet_count(sheet) - 1);
        break;
    case ACTION_COLUMN:
        if (sheet_find_column(sheet, call->arg) < 0) {
            error_set(err, ERROR_USAGE, "this sheet has no column \"%s\"", call->arg);
            return REACT_ERROR;
        }
        sheet_go_column(sheet, sheet_find_column(sheet, call->arg));
        break;
    case ACTION_GO:
        if (call->arg[0] == '@')
            return go_to_identity(sheet, call->arg + 1, err);
        if (!num_int64(call->arg, strlen(call->arg), &number) || number < 1) {
            error_set(err, ERROR_USAGE, "go: \"%s\" is not a row number", call->arg);
            return REACT_ERROR;
        }
        sheet_go(sheet, number - 1);
        break;
    default:
        return REACT_PASS;
    }
    return REACT_DRAW;
}

static unsigned filter(struct sheet *sheet, const struct call *call, struct error *err)
{
    if (!call->arg || strcmp(call->arg, "!") == 0)
        sheet_clear_filters(sheet);
    else if (!sheet_filter(sheet, call->arg, err))
        return REACT_ERROR;
    return REACT_DRAW;
}

static unsigned find(struct sheet *sheet, struct app *app, const struct call *call,
                     struct error *err)
{
    int column;
    switch (call->id) {
    case ACTION_SEARCH:
    case ACTION_SEARCH_BACK:
        return sheet_search(sheet, call->arg, call->id == ACTION_SEARCH_BACK, sheet_position(sheet),
                            err)
                   ? REACT_DRAW
                   : REACT_ERROR;
    case ACTION_NEXT_HIT:
    case ACTION_PREVIOUS_HIT:
        if (!sheet_next_hit(sheet, call->id == ACTION_PREVIOUS_HIT))
            app_say(app, MESSAGE_INFO, "no hit; / searches");
        return REACT_DRAW;
    case ACTION_FILTER:
        return filter(sheet, call, err);
    case ACTION_WHERE:
        return sheet_where(sheet, call->arg, err) ? REACT_DRAW : REACT_ERROR;
    case ACTION_UNFILTER:
        if (!sheet_unfilter(sheet))
            app_say(app, MESSAGE_INFO, "no filter to take away");
        return REACT_DRAW;
    case ACTION_SORT_UP:
    case ACTION_SORT_DOWN:
        column = column_of(sheet, call, err);
        if (column < 0)
            return REACT_ERROR;
        sheet_sort(sheet, column, call->id == ACTION_SORT_DOWN);
        return REACT_DRAW;
    case ACTION_SORT_ADD:
    case ACTION_SORT_ADD_DOWN:
        column = column_of(sheet, call, err);
        return column >= 0 && sheet_sort_add(sheet, column, call->id == ACTION_SORT_ADD_DOWN, err)
                   ? REACT_DRAW
                   : REACT_ERROR;
    case ACTION_UNSORT:
        sheet_unsort(sheet);
        return REACT_DRAW;
    case ACTION_FREQUENCY:
        column = column_of(sheet, call, err);
        if (column < 0)
            return REACT_ERROR;
        frequency_view_start(app, sheet, column);
        return REACT_DRAW;
    default:
        return REACT_PASS;
    }
}

static void export_done(void *context, const char *path, bool ok, const struct error *err)
{
    struct app *app = context;
    if (ok)
        app_say(app, MESSAGE_INFO, "wrote %s", path);
    else
        app_failed(app, err);
}

static unsigned export(struct sheet *sheet, struct app *app, const struct call *call,
                       struct error *err)
{
    if (strcmp(call->arg, "-") == 0) {
        if (!app_batch(app)) {
            error_set(err, ERROR_USAGE, "export to \"-\" is for --batch; give a file's name");
            return REACT_ERROR;
        }
        return sheet_export(sheet, "-", app->options.out, err) ? REACT_DONE : REACT_ERROR;
    }
    enum rows_format format;
    if (!rows_format_of(call->arg, &format, err))
        return REACT_ERROR;
    if (!call->confirmed && file_exists(call->arg))
        return app_confirm(app, call, err, "Replace the file %s?", call->arg);
    struct buf title, note;
    buf_init(&title);
    buf_init(&note);
    app_front(app)->ops->crumb(app_front(app), &title);
    sheet_state_words(sheet, &note);
    buf_adds(&note, ". ");
    if (app->host.about)
        app->host.about(app->host.data, &note);
    sheet_export_start(sheet, call->arg,
                       &(struct sheet_words){.title = title.data, .note = note.data}, export_done,
                       app);
    buf_release(&title);
    buf_release(&note);
    return REACT_DRAW;
}

static unsigned row_action(struct sheet *sheet, struct app *app, const struct call *call,
                           struct error *err)
{
    struct buf text;
    switch (call->id) {
    case ACTION_MARK:
        sheet_toggle_mark(sheet);
        sheet_move(sheet, 1);
        return REACT_DRAW;
    case ACTION_UNMARK_ALL:
        sheet_unmark_all(sheet);
        return REACT_DRAW;
    case ACTION_MARK_WHERE:
        return sheet_mark_where(sheet, call->arg, err) ? REACT_DRAW : REACT_ERROR;
    case ACTION_DETAIL:
        app_push(app, detail_view_new(app, sheet));
        return REACT_DRAW;
    case ACTION_ONLY_MARKED:
        sheet_only_marked(sheet, !sheet_is_only_marked(sheet));
        return REACT_DRAW;
    case ACTION_COPY:
        buf_init(&text);
        sheet_cell_text(sheet, sheet_row(sheet), sheet_column(sheet), &text);
        app_copy(app, text.data);
        buf_release(&text);
        return REACT_DRAW;
    case ACTION_EXPORT:
        return export(sheet, app, call, err);
    case ACTION_CLEAR:
        sheet_search(sheet, "", false, 0, NULL);
        return REACT_PASS; /* others have something to clear, too */
    default:
        return REACT_PASS;
    }
}

/* ---- columns ---- */

static unsigned show(struct sheet *sheet, const struct call *call, struct error *err)
{
    if (call->arg && strcmp(call->arg, "all") != 0) {
        int column = column_of(sheet, call, err);
        if (column < 0)
            return REACT_ERROR;
        sheet_unhide(sheet, column);
        return REACT_DRAW;
    }
    for (int c = 0; c < sheet_source(sheet)->n_columns; c++)
        if (sheet_is_hidden(sheet, c))
            sheet_unhide(sheet, c);
    return REACT_DRAW;
}

static unsigned set_width(struct sheet *sheet, const struct call *call, struct error *err)
{
    int32_t width = 0;
    if (call->arg && (!num_int32(call->arg, strlen(call->arg), &width) || width < 1)) {
        error_set(err, ERROR_USAGE, "width: \"%s\" is not a number of columns", call->arg);
        return REACT_ERROR;
    }
    sheet_set_width(sheet, sheet_column(sheet), width);
    return REACT_DRAW;
}

static unsigned column_action(struct sheet *sheet, struct app *app, const struct call *call,
                              struct error *err)
{
    enum { STEP = 2 };
    int column = sheet_column(sheet), width = sheet_width(sheet, column);
    switch (call->id) {
    case ACTION_HIDE:
        column = column_of(sheet, call, err);
        return column >= 0 && sheet_hide(sheet, column, err) ? REACT_DRAW : REACT_ERROR;
    case ACTION_SHOW:
        return show(sheet, call, err);
    case ACTION_COLUMNS:
        app_push(app, columns_view_new(app, sheet));
        return REACT_DRAW;
    case ACTION_WIDER:
        sheet_set_width(sheet, column, width + STEP);
        return REACT_DRAW;
    case ACTION_NARROWER:
        sheet_set_width(sheet, column, width > STEP ? width - STEP : 1);
        return REACT_DRAW;
    case ACTION_WIDTH:
        return set_width(sheet, call, err);
    default:
        return REACT_PASS;
    }
}

unsigned sheet_handle(struct sheet *sheet, struct app *app, const struct call *call,
                      struct error *err)
{
    unsigned reaction = move(sheet, call, err);
    if (reaction == REACT_PASS)
        reaction = find(sheet, app, call, err);
    if (reaction == REACT_PASS)
        reaction = row_action(sheet, app, call, err);
    if (reaction == REACT_PASS)
        reaction = column_action(sheet, app, call, err);
    return reaction;
}
