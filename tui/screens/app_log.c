/*
 * The log of commands: every action that was done becomes a line that does it again, whether a key,
 * the palette or a command asked for it. Moves in one sheet become the row they lead to, by its
 * identity, so that a script does not depend on the height of a screen or on when an order was
 * ready; what opens the prompt is logged when the prompt is answered. What an action does by way of
 * other commands while it keeps the views (app_keep_views()) is not: doing the action does them.
 */
#include <string.h>

#include "storage/base/mem.h"
#include "tui/screens/app_file.h"
#include "tui/screens/app_private.h"
#include "tui/screens/sheet_view.h"
#include "tui/widgets/table.h"

/* ---- recording ---- */

static char *line_of(const struct call *call, const struct sheet *sheet)
{
    const struct action *action = action_get(call->id);
    const char *arg = call->arg;
    if (!arg && action->argument == ARG_COLUMN && sheet)
        arg = sheet_source(sheet)->columns[sheet_column(sheet)].name;
    return mem_printf("%s%s%s%s", action->name, call->confirmed ? "!" : "", arg ? " " : "",
                      arg ? arg : "");
}

void app_log_begin(struct app *app, const struct call *call, struct log_scene *scene)
{
    const struct sheet *sheet = app_sheet(app);
    const struct view *front = app_front(app);
    *scene = (struct log_scene){.line = line_of(call, sheet),
                                .view = front ? front->number : 0,
                                .sheet = sheet,
                                .id = sheet ? sheet_id(sheet) : -1,
                                .column = sheet ? sheet_column(sheet) : 0,
                                .prompting = app->prompt.open,
                                .logged = app->logged};
    app->logged = false;
}

static void add(struct app *app, const char *line)
{
    bool again = app->log.n > 0 && strcmp(app->log.line[app->log.n - 1], line) == 0;
    if (!again || strcmp(line, "clear") != 0)
        command_log_add(&app->log, line);
    app->log_move = LOG_NO_MOVE;
    app->logged = true;
}

void app_log_line(struct app *app, const char *line)
{
    add(app, line);
}

void app_log_later(struct app *app)
{
    app->logged = true;
}

static void add_move(struct app *app, enum log_move move, const struct log_scene *scene,
                     const char *line)
{
    bool goes_on = app->log_move == move && app->log_view == scene->view &&
                   app->log_sheet == scene->sheet && app->log.n > 0;
    if (goes_on)
        command_log_replace(&app->log, line);
    else
        command_log_add(&app->log, line);
    app->log_move = move;
    app->log_view = scene->view;
    app->log_sheet = scene->sheet;
    app->logged = true;
}

/* A move inside one sheet. False: it went elsewhere, and is logged as it is. */
static bool log_move(struct app *app, const struct call *call, const struct log_scene *scene)
{
    const struct view *front = app_front(app);
    const struct sheet *sheet = app_sheet(app);
    if (action_get(call->id)->group != GROUP_MOVE || !sheet || sheet != scene->sheet || !front ||
        front->number != scene->view || call->id == ACTION_NEXT_PANE ||
        call->id == ACTION_PREVIOUS_PANE)
        return false;
    char *line = NULL;
    if (sheet_position(sheet) >= 0 && sheet_id(sheet) != scene->id) {
        line = mem_printf("go @%lld", (long long)sheet_id(sheet));
        add_move(app, LOG_ROW, scene, line);
    } else if (sheet_column(sheet) != scene->column) {
        line = mem_printf("column %s", sheet_source(sheet)->columns[sheet_column(sheet)].name);
        add_move(app, LOG_COLUMN, scene, line);
    }
    free(line);
    return true;
}

void app_log_end(struct app *app, const struct call *call, struct log_scene *scene,
                 unsigned reaction)
{
    bool silent = action_get(call->id)->flags & ACT_SILENT;
    bool asks = app->question || (app->prompt.open && !scene->prompting);
    if (!app->kept && !app->logged && !silent && !asks && !app->quit && !(reaction & REACT_ERROR) &&
        !log_move(app, call, scene))
        add(app, scene->line);
    app->logged |= scene->logged;
    free(scene->line);
}

/* ---- looking at it ---- */

static char *logged_line(const struct app *app, int64_t number)
{
    int64_t at = number - app->log.dropped - 1;
    return at >= 0 && at < (int64_t)app->log.n ? mem_strdup(app->log.line[at]) : NULL;
}

/* Enter does the command again, where the log was opened. */
static unsigned do_again(struct app *app, void *context, int64_t id, struct error *err)
{
    (void)context;
    char *line = logged_line(app, id);
    if (!line) {
        error_set(err, ERROR_STATE, "that command is not kept any more");
        return REACT_ERROR;
    }
    app_pop(app);
    app_log_line(app, "back");
    unsigned reaction = app_do(app, line, err);
    free(line);
    return reaction;
}

static void push_commands(struct app *app)
{
    static const struct column columns[] = {
        {.name = "number",
         .kind = COLUMN_INT,
         .width = 6,
         .help = "in the order in which they were done"},
        {.name = "command", .kind = COLUMN_TEXT, .width = 60, .width_max = 400},
    };
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < app->log.n; i++) {
        int64_t number = app->log.dropped + (int64_t)i + 1;
        table_row(t, number);
        table_int(t, number, ROLE_DIM);
        table_text(t, app->log.line[i], ROLE_NORMAL);
    }
    struct view *view = sheet_view_new(app, "Commands", table_source(t), do_again, NULL, NULL);
    app_push(app, view);
    sheet_go(app_sheet(app), (int64_t)app->log.n - 1);
}

/* ---- writing it ---- */

/* To "-", as exports: standard output, where no screen stands on it. */
static unsigned print_log(struct app *app, struct error *err)
{
    if (!app_batch(app)) {
        error_set(err, ERROR_USAGE, "save-commands to \"-\" is for --batch; give a file's name");
        return REACT_ERROR;
    }
    struct buf text;
    buf_init(&text);
    command_log_write(&app->log, &text);
    fwrite(text.data, 1, text.len, app->options.out);
    buf_release(&text);
    return REACT_DONE;
}

static unsigned save(struct app *app, const struct call *call, struct error *err)
{
    if (strcmp(call->arg, "-") == 0)
        return print_log(app, err);
    struct buf text;
    buf_init(&text);
    command_log_write(&app->log, &text);
    unsigned reaction = app_write_text(app, call, call->arg, &text, err);
    buf_release(&text);
    return reaction;
}

unsigned app_log_action(struct app *app, const struct call *call, struct error *err)
{
    switch (call->id) {
    case ACTION_COMMANDS:
        push_commands(app);
        return REACT_DRAW;
    case ACTION_SAVE_COMMANDS:
        return save(app, call, err);
    default:
        return REACT_PASS;
    }
}
