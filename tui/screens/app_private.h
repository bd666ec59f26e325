/* What the parts of the application share: app.c (loop, calls), app_draw.c, app_prompt.c. */
#ifndef TUI_SCREENS_APP_PRIVATE_H
#define TUI_SCREENS_APP_PRIVATE_H

#include "tui/screens/app.h"

enum {
    APP_MIN_ROWS = 10,
    APP_MIN_COLS = 40,
    APP_FRAME_LINES = 3, /* breadcrumbs, status, keys */
};

struct app {
    struct app_options options;
    struct app_host host;
    struct view **stack;
    size_t depth, stack_cap;
    uint64_t last_number;
    struct jobs *jobs;
    struct keymap keymap;
    struct messages messages;
    const struct glyphs *glyphs;
    struct grid grid;

    struct key_sequence pending; /* keys of a sequence so far */
    struct prompt prompt;
    enum action_id asking; /* whose argument the prompt is for; ACTION_COMMAND: a command */
    struct history commands, patterns, others;
    int64_t search_origin; /* where the cursor was when "/" was pressed */
    bool search_live;      /* the pattern in the prompt is the sheet's */

    char *question; /* NULL: nothing asked */
    struct call question_call;
    char *question_arg;

    char *said; /* on the status line until the next key; NULL: nothing */
    enum message_level said_level;

    size_t next_command;
    uint64_t tick_view; /* whose tick() is due at tick_at; 0: none */
    double tick_at;

    bool dirty, quit;
    int status;
    uint64_t shown_view; /* for moved(): where the cursor was */
    const struct sheet *shown_sheet;
    int64_t shown_id;
};

struct sheet *app_sheet(const struct app *app); /* of the view in front; NULL */
void app_notify_moved(struct app *app);

/* app_prompt.c */
unsigned app_prompt_key(struct app *app, uint32_t key);
unsigned app_prompt_paste(struct app *app, const char *text, size_t n);
/* Does the action, reached by a key, have to ask for its argument first? */
bool app_must_ask(const struct action *action);

/* app_draw.c */
void app_layout(struct app *app, int rows, int cols);
/* app_builtin.c: actions of the application itself */
unsigned app_builtin(struct app *app, const struct call *call, struct error *err);

#endif
