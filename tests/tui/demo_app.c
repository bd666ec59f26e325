/* A small application over synthetic rows: what the pty tests drive.
 * usage: demo_app [--rows N] [--gate FIFO] [--ascii] [--mono] [--256] [--batch] [--readonly] [-c
 * COMMAND]… */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tests/tui/demo.h"
#include "tests/tui/demo_screens.h"
#include "tui/screens/app.h"
#include "tui/screens/sheet_view.h"

static void context(const void *data, const struct glyphs *glyphs, struct buf *out)
{
    (void)data;
    buf_addf(out, "last%strain%sK10", glyphs->symbol[GLYPH_DOT], glyphs->symbol[GLYPH_DOT]);
}

/* Actions that only tests need are put on commands of the study that the demo does not have. */
static unsigned handle(void *data, struct app *app, const struct call *call, struct error *err)
{
    (void)data;
    (void)err;
    if (call->id == ACTION_FIND_CASES && strcmp(call->arg, "novel") == 0)
        free(mem_alloc(SIZE_MAX / 4)); /* more than there is */
    if (call->id == ACTION_FIND_CASES) {
        fprintf(stderr, "a library says: %s\n", call->arg);
        return REACT_DRAW;
    }
    if (call->id == ACTION_PART) {
        app_say(app, MESSAGE_INFO, "part %s", call->arg);
        return REACT_DRAW;
    }
    if (call->id == ACTION_USERS) {
        app_push(app, sheet_view_new(app, "Users", demo_source(100), NULL, NULL, NULL));
        return REACT_DRAW;
    }
    return REACT_PASS;
}

int main(int argc, char **argv)
{
    struct app_options options = {0};
    const char *commands[64];
    int64_t rows = 1000;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        options.term.ascii |= strcmp(argv[i], "--ascii") == 0;
        options.term.mono |= strcmp(argv[i], "--mono") == 0;
        options.term.colour_256 |= strcmp(argv[i], "--256") == 0;
        options.batch |= strcmp(argv[i], "--batch") == 0;
        options.readonly |= strcmp(argv[i], "--readonly") == 0;
        if (strcmp(argv[i], "--rows") == 0)
            rows = atoll(value), i++;
        else if (strcmp(argv[i], "--gate") == 0)
            demo_gate = value, i++;
        else if (strcmp(argv[i], "-c") == 0 && options.n_commands < ARRAY_LEN(commands))
            commands[options.n_commands++] = value, i++;
    }
    options.commands = commands;
    struct app_host host = {
        .handle = handle, .context = context, .name = "demo", .workspace = "demo"};
    struct app *app = app_new(&options, &host);
    app_push(app, sheet_view_new(app, "Rows", demo_source(rows), demo_open_row, NULL, NULL));
    int status = app_run(app);
    app_free(app);
    return status;
}
