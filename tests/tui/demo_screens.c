#include "tests/tui/demo_screens.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/tui/demo.h"
#include "tui/screens/sheet_view.h"

struct app *demo_screens(const char *const *commands, size_t n)
{
    static const struct app_host host = {.name = "demo"};
    struct app_options options = {.batch = true, .commands = commands, .n_commands = n};
    struct app *app = app_new(&options, &host);
    app_push(app, sheet_view_new(app, "Rows", demo_source(1000), NULL, NULL, NULL));
    if (app_run(app) != 0)
        exit(1); /* it has said why */
    return app;
}

unsigned demo_open_row(struct app *app, void *data, int64_t id, struct error *err)
{
    (void)data;
    (void)err;
    char name[32];
    snprintf(name, sizeof name, "row %lld", (long long)id);
    app_push(app, sheet_view_new(app, name, demo_source(20), demo_open_row, NULL, NULL));
    return REACT_DRAW;
}
