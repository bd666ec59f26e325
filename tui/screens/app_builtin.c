/* Actions that no view, sheet or study takes: the application's own, and its two views. */
#include <string.h>
#include <time.h>

#include "storage/base/mem.h"
#include "tui/screens/app_private.h"
#include "tui/screens/sheet_view.h"
#include "tui/widgets/table.h"

/* ---- help ---- */

/* Enter does what the row says: help is also the list to choose from. */
static unsigned open_help(struct app *app, void *context, int64_t id, struct error *err)
{
    (void)context;
    const struct action *action = action_get((enum action_id)id);
    app_pop(app);
    if (id == ACTION_HELP)
        return REACT_DRAW;
    if (app_must_ask(action)) {
        app_ask(app, (enum action_id)id, "");
        return REACT_DRAW;
    }
    return app_call(app, &(struct call){.id = (enum action_id)id}, err);
}

static void push_help(struct app *app)
{
    static const struct column columns[] = {
        {.name = "keys", .kind = COLUMN_TEXT, .width = 13},
        {.name = "what it does", .kind = COLUMN_TEXT, .width = 46},
        {.name = "command", .kind = COLUMN_TEXT, .width = 15, .width_max = 40},
        {.name = "about", .kind = COLUMN_TEXT, .width = 7},
    };
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (int i = 1; i < ACTION_COUNT; i++) {
        const struct action *action = action_get((enum action_id)i);
        struct buf keys;
        buf_init(&keys);
        keymap_keys_of(&app->keymap, (enum action_id)i, &keys);
        table_row(t, i);
        table_text(t, keys.data, ROLE_KEY);
        table_text(t, action->help, ROLE_NORMAL);
        table_textf(t, ROLE_NORMAL, ":%s%s%s", action->name, *action->placeholder ? " " : "",
                    action->placeholder);
        table_text(t, action_group_name(action->group), ROLE_DIM);
        buf_release(&keys);
    }
    app_push(app, sheet_view_new(app, "Help", table_source(t), open_help, NULL, NULL));
}

/* ---- messages ---- */

static void push_messages(struct app *app)
{
    static const struct column columns[] = {
        {.name = "time", .kind = COLUMN_TEXT, .width = 8},
        {.name = "kind", .kind = COLUMN_TEXT, .width = 7},
        {.name = "message", .kind = COLUMN_TEXT, .width = 60, .width_max = 400},
    };
    static const char *const kinds[] = {"info", "warning", "error"};
    static const unsigned styles[] = {ROLE_NORMAL, ROLE_WARNING, ROLE_ERROR};
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (size_t i = app->messages.n; i-- > 0;) {
        const struct message *m = &app->messages.items[i];
        time_t when = (time_t)m->time;
        struct tm tm;
        char clock[16];
        localtime_r(&when, &tm);
        strftime(clock, sizeof clock, "%H:%M:%S", &tm);
        table_row(t, m->number);
        table_text(t, clock, ROLE_DIM);
        table_text(t, kinds[m->level], styles[m->level]);
        table_text(t, m->text, ROLE_NORMAL);
    }
    app_push(app, sheet_view_new(app, "Messages", table_source(t), NULL, NULL, NULL));
}

/* ---- the others ---- */

static unsigned bind_keys(struct app *app, const char *arg, struct error *err)
{
    size_t n = strcspn(arg, " ");
    char *keys = mem_strndup(arg, n);
    bool ok = keymap_bind(&app->keymap, SCOPE_ANY, keys, arg + n + strspn(arg + n, " "), err);
    free(keys);
    return ok ? REACT_DRAW : REACT_ERROR;
}

/* "100x30", or the size of the batch screen. */
static bool print_size(struct app *app, const char *arg, int *rows, int *cols, struct error *err)
{
    *rows = app->options.rows;
    *cols = app->options.cols;
    if (!arg)
        return true;
    char end;
    if (sscanf(arg, "%dx%d%c", cols, rows, &end) != 2 || *cols < 1 || *rows < 1 || *cols > 1000 ||
        *rows > 1000)
        return error_set(err, ERROR_USAGE, "print: write columns x rows as in 100x30, not \"%s\"",
                         arg);
    return true;
}

static unsigned print_screen(struct app *app, const struct call *call, struct error *err)
{
    int rows, cols;
    if (!print_size(app, call->arg, &rows, &cols, err))
        return REACT_ERROR;
    struct grid grid;
    struct buf text;
    grid_init(&grid, rows, cols);
    buf_init(&text);
    app_draw(app, &grid, app->glyphs);
    grid_text(&grid, &text);
    fwrite(text.data, 1, text.len, app->options.out);
    grid_release(&grid);
    buf_release(&text);
    return REACT_DONE;
}

/* Single quotes for a shell. */
static void add_quoted(struct buf *out, const char *s)
{
    buf_addc(out, '\'');
    for (; *s; s++)
        buf_adds(out, *s == '\'' ? "'\\''" : (char[]){*s, '\0'});
    buf_addc(out, '\'');
}

static unsigned copy_link(struct app *app, struct error *err)
{
    const struct view *front = app_front(app);
    struct buf link, commands;
    buf_init(&link);
    buf_init(&commands);
    if (front->ops->link)
        front->ops->link(front, &commands);
    bool any = commands.len > 0;
    if (any) {
        buf_adds(&link, "rote -w ");
        add_quoted(&link, app->host.workspace ? app->host.workspace : ".");
        for (char *line = strtok(commands.data, "\n"); line; line = strtok(NULL, "\n")) {
            buf_adds(&link, " -c ");
            add_quoted(&link, line);
        }
        app_copy(app, link.data);
    } else {
        error_set(err, ERROR_USAGE, "this view cannot be reopened by a command line");
    }
    buf_release(&link);
    buf_release(&commands);
    return any ? REACT_DRAW : REACT_ERROR;
}

static unsigned go_back(struct app *app, const struct call *call, struct error *err)
{
    if (app->depth > 1) {
        app_pop(app);
        return REACT_DRAW;
    }
    return call->confirmed ? REACT_QUIT : app_confirm(app, call, err, "Leave rote?");
}

static unsigned cancel(struct app *app)
{
    if (jobs_cancel_newest(app->jobs))
        app_say(app, MESSAGE_INFO, "stopping");
    else
        app_say(app, MESSAGE_INFO, "nothing to stop here; Q leaves rote");
    return REACT_DRAW;
}

unsigned app_builtin(struct app *app, const struct call *call, struct error *err)
{
    switch (call->id) {
    case ACTION_HELP:
        push_help(app);
        return REACT_DRAW;
    case ACTION_MESSAGES:
        push_messages(app);
        return REACT_DRAW;
    case ACTION_BACK:
        return go_back(app, call, err);
    case ACTION_COMMAND:
        app_ask(app, ACTION_COMMAND, "");
        return REACT_DRAW;
    case ACTION_CANCEL:
        return cancel(app);
    case ACTION_CLEAR:
        return REACT_DRAW;
    case ACTION_REFRESH:
        app_refresh(app);
        return REACT_DRAW;
    case ACTION_REPAINT:
        if (!app->options.batch)
            term_repaint();
        return REACT_DRAW;
    case ACTION_SUSPEND:
        if (!app->options.batch)
            term_suspend();
        return REACT_DRAW;
    case ACTION_BIND:
        return bind_keys(app, call->arg, err);
    case ACTION_PRINT:
        return print_screen(app, call, err);
    case ACTION_COPY_LINK:
        return copy_link(app, err);
    case ACTION_QUIT:
        return REACT_QUIT;
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        return REACT_DONE; /* there is only one */
    default:
        return REACT_PASS;
    }
}
