#include "tui/screens/messages_screen.h"

#include <stdlib.h>
#include <time.h>

#include "storage/base/mem.h"
#include "tui/screens/app_private.h"
#include "tui/screens/text_view.h"
#include "tui/widgets/table.h"

struct messages_view {
    struct view view;
    struct app *app;
    struct sheet *sheet;
    int64_t said; /* how many are in the sheet */
};

static const struct column columns[] = {
    {.name = "time", .kind = COLUMN_TEXT, .width = 8},
    {.name = "kind", .kind = COLUMN_TEXT, .width = 7},
    {.name = "message", .kind = COLUMN_TEXT, .width = 60, .width_max = 400},
};

static const char *const kinds[] = {"info", "warning", "error"};
static const unsigned styles[] = {ROLE_NORMAL, ROLE_WARNING, ROLE_ERROR};

static void add_time(struct buf *out, int64_t seconds, const char *format)
{
    time_t when = (time_t)seconds;
    struct tm tm;
    char text[32];
    localtime_r(&when, &tm);
    strftime(text, sizeof text, format, &tm);
    buf_adds(out, text);
}

static struct sheet_source *all_of(const struct messages *messages)
{
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    struct buf clock;
    buf_init(&clock);
    for (size_t i = messages->n; i-- > 0;) {
        const struct message *m = &messages->items[i];
        buf_clear(&clock);
        add_time(&clock, m->time, "%H:%M:%S");
        table_row(t, m->number);
        table_text(t, clock.data, ROLE_DIM);
        table_text(t, kinds[m->level], styles[m->level]);
        table_text(t, m->text, ROLE_NORMAL);
    }
    buf_release(&clock);
    return table_source(t);
}

static void layout(struct view *view, int rows, int cols)
{
    struct messages_view *v = (struct messages_view *)view;
    if (v->said != v->app->messages.said) {
        v->said = v->app->messages.said;
        sheet_set_source(v->sheet, all_of(&v->app->messages));
    }
    sheet_layout(v->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    const struct messages_view *v = (const struct messages_view *)view;
    if (sheet_source(v->sheet)->n_rows > 0)
        sheet_draw(v->sheet, c, true);
    else
        draw_wrapped(c, 0, 1, c->rows, c->cols - 2, ROLE_DIM, "Nothing has been said so far.");
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct messages_view *)view)->sheet;
}

static unsigned open_message(const struct messages_view *v, struct error *err)
{
    const struct messages *all = &v->app->messages;
    int64_t number = sheet_id(v->sheet);
    for (size_t i = 0; i < all->n; i++) {
        const struct message *m = &all->items[i];
        if (m->number != number)
            continue;
        struct buf text;
        buf_init(&text);
        add_time(&text, m->time, "%Y-%m-%d %H:%M:%S");
        buf_addf(&text, "   %s\n\n%s\n", kinds[m->level], m->text);
        app_push(v->app, text_view_new(v->app, "Message", text.data));
        buf_release(&text);
        return REACT_DRAW;
    }
    error_set(err, ERROR_NOT_FOUND, "the message is not kept any more");
    return REACT_ERROR;
}

static unsigned handle(struct view *view, struct app *app, const struct call *call,
                       struct error *err)
{
    (void)app;
    return call->id == ACTION_OPEN ? open_message((const struct messages_view *)view, err)
                                   : REACT_PASS;
}

static void crumb(const struct view *view, struct buf *out)
{
    (void)view;
    buf_adds(out, "Messages");
}

static void release(struct view *view)
{
    struct messages_view *v = (struct messages_view *)view;
    sheet_free(v->sheet);
    free(v);
}

struct view *messages_screen_new(struct app *app)
{
    static const struct view_ops ops = {
        .name = "messages",
        .footer = {ACTION_OPEN, ACTION_SEARCH, ACTION_FILTER, ACTION_BACK, ACTION_HELP},
        .crumb = crumb,
        .layout = layout,
        .draw = draw,
        .handle = handle,
        .sheet = sheet_of,
        .release = release};
    struct messages_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->app = app;
    v->said = app->messages.said;
    v->sheet = sheet_new(all_of(&app->messages), app_jobs(app));
    return &v->view;
}
