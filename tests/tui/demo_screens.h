/* The synthetic rows of demo.h as an application without a terminal. */
#ifndef TESTS_TUI_DEMO_SCREENS_H
#define TESTS_TUI_DEMO_SCREENS_H

#include "tui/screens/app.h"

/* Of 1,000 rows, after these commands; one that fails stops the test program. app_free(). */
struct app *demo_screens(const char *const *commands, size_t n);
/* For sheet_view_new(): Enter opens a view of 20 rows, named after the row. */
unsigned demo_open_row(struct app *app, void *data, int64_t id, struct error *err);

#endif
