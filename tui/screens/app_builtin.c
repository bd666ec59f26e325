/* Actions that no view, sheet or study takes: the application's own. */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/shell.h"
#include "tui/screens/app_file.h"
#include "tui/screens/app_private.h"
#include "tui/screens/help_screen.h"
#include "tui/screens/link.h"
#include "tui/screens/messages_screen.h"
#include "tui/widgets/picture.h"

/* "100x30" */
static bool read_size(const char *name, const char *arg, int *rows, int *cols, struct error *err)
{
    char end;
    if (sscanf(arg, "%dx%d%c", cols, rows, &end) != 2 || *cols < 1 || *rows < 1 || *cols > 1000 ||
        *rows > 1000)
        return error_set(err, ERROR_USAGE, "%s: write columns x rows as in 100x30, not \"%s\"",
                         name, arg);
    return true;
}

static void batch_size(const struct app *app, int *rows, int *cols)
{
    *rows = app->options.rows;
    *cols = app->options.cols;
}

static unsigned print_screen(struct app *app, const struct call *call, struct error *err)
{
    int rows, cols;
    batch_size(app, &rows, &cols);
    if (call->arg && !read_size("print", call->arg, &rows, &cols, err))
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

/* The size, if there is one, is the argument's last word; the rest is the file's name. */
static bool picture_target(struct app *app, const char *arg, struct buf *path, int *rows, int *cols,
                           struct error *err)
{
    const char *last = strrchr(arg, ' ');
    bool sized = last && last[1] >= '0' && last[1] <= '9' && strchr(last, 'x');
    if (app->options.batch)
        batch_size(app, rows, cols);
    else
        term_size(rows, cols);
    buf_add(path, arg, sized ? (size_t)(last - arg) : strlen(arg));
    if (path->len < 5 || strcmp(path->data + path->len - 4, ".svg") != 0)
        return error_set(err, ERROR_USAGE, "picture: \"%s\" does not end in .svg", path->data);
    return !sized || read_size("picture", last + 1, rows, cols, err);
}

static unsigned save_picture(struct app *app, const struct call *call, struct error *err)
{
    int rows, cols;
    struct grid grid;
    struct buf path, svg, title;
    buf_init(&path);
    buf_init(&svg);
    buf_init(&title);
    unsigned reaction = REACT_ERROR;
    if (picture_target(app, call->arg, &path, &rows, &cols, err)) {
        grid_init(&grid, rows, cols);
        app_draw(app, &grid, app->glyphs);
        grid_row_text(&grid, 0, &title);
        picture_svg(&grid, title.data + strspn(title.data, " "), &svg);
        reaction = app_write_text(app, call, path.data, &svg, err);
        grid_release(&grid);
    }
    buf_release(&path);
    buf_release(&svg);
    buf_release(&title);
    return reaction;
}

static unsigned copy_link(struct app *app, struct error *err)
{
    const struct view *front = app_front(app);
    struct buf link, commands;
    buf_init(&link);
    buf_init(&commands);
    link_to_view(front, SHEET_LOOK | SHEET_CURSOR, &commands);
    bool any = commands.len > 0;
    if (any) {
        buf_adds(&link, "rote -w ");
        shell_add_quoted(&link, app->host.workspace ? app->host.workspace : ".");
        for (char *line = strtok(commands.data, "\n"); line; line = strtok(NULL, "\n")) {
            buf_adds(&link, " -c ");
            shell_add_quoted(&link, line);
        }
        app_copy(app, link.data);
    } else {
        error_set(err, ERROR_USAGE,
                  "this view cannot be reopened by a command line; q, then Y copies one for the "
                  "view below");
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
    if (call->confirmed)
        return REACT_QUIT;
    return app_confirm(app, call, err,
                       jobs_writing(app->jobs) ? "Leave rote, and give up what is being written?"
                                               : "Leave rote?");
}

/* Training goes on by itself; what is being written does not. */
static unsigned quit(struct app *app, const struct call *call, struct error *err)
{
    if (call->confirmed || !jobs_writing(app->jobs))
        return REACT_QUIT;
    return app_confirm(app, call, err, "Something is being written. Leave, and give it up?");
}

static unsigned cancel(struct app *app)
{
    if (jobs_cancel_newest(app->jobs))
        app_say(app, MESSAGE_INFO, "stopping");
    else
        app_say(app, MESSAGE_INFO, "nothing to stop here; Q leaves rote");
    return REACT_DRAW;
}

static unsigned own_action(struct app *app, const struct call *call, struct error *err)
{
    switch (call->id) {
    case ACTION_HELP:
        app_push(app, help_screen_new(app));
        return REACT_DRAW;
    case ACTION_MESSAGES:
        app_push(app, messages_screen_new(app));
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
    case ACTION_PRINT:
        return print_screen(app, call, err);
    case ACTION_PICTURE:
        return save_picture(app, call, err);
    case ACTION_COPY_LINK:
        return copy_link(app, err);
    case ACTION_PALETTE:
        app_palette_open(app);
        return REACT_DRAW;
    case ACTION_QUIT:
        return quit(app, call, err);
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        return REACT_DONE; /* there is only one */
    default:
        return REACT_PASS;
    }
}

unsigned app_builtin(struct app *app, const struct call *call, struct error *err)
{
    unsigned reaction = own_action(app, call, err);
    if (reaction == REACT_PASS)
        reaction = app_configure(app, call, err);
    if (reaction == REACT_PASS)
        reaction = app_log_action(app, call, err);
    if (reaction == REACT_PASS)
        reaction = app_session_action(app, call, err);
    return reaction;
}
