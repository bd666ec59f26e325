/*
 * The application: a stack of views, a prompt, a keymap, jobs and one event loop. Keys go to the
 * prompt if it is open, else through the keymap to the view in front, its focused sheet, the
 * screens (what `struct app_host` adds), and last to the application itself. Drawing thread only.
 */
#ifndef TUI_SCREENS_APP_H
#define TUI_SCREENS_APP_H

#include <stdint.h>
#include <stdio.h>

#include "tui/command/job.h"
#include "tui/command/keymap.h"
#include "tui/command/messages.h"
#include "tui/command/prompt.h"
#include "tui/screens/view.h"
#include "tui/term/term.h"

/* What the screens add to the application: the study, and the actions about it. */
struct app_host {
    void *data; /* of the screens: the study and what is shown of it. app_data() */
    /* Actions that no view handled: :users, :user, :def … */
    unsigned (*handle)(void *data, struct app *app, const struct call *call, struct error *err);
    /* Right end of line 1: definition, three blanks, runs (left out where there is no room). */
    void (*context)(const void *data, const struct glyphs *glyphs, struct buf *out);
    /* "Test cases. Definition pred=…. Data 00ff….": below what is exported as a page; NULL allowed.
     */
    void (*about)(const void *data, struct buf *out);
    const char *name;      /* first breadcrumb: of the data set */
    const char *workspace; /* folder, for Y */
    uint64_t data_version; /* rows have the same identities while it is the same; for sessions */
    void (*release)(void *data); /* with the application, when no job runs any more; or NULL */
    /* Candidates for an argument that begins with prefix; NULL allowed. */
    void (*complete)(void *data, struct app *app, enum action_argument kind, const char *prefix,
                     struct completions *out);
    /* The commands of what holds for all views above the one with that number (0: for the root
     * and above it), up to the next view of which this is true. False: what held below. */
    bool (*scene)(const void *data, uint64_t below, struct buf *out);
    /* Such commands follow; entered: so has what opens views, and q puts back what held before. */
    void (*enter)(void *data, struct app *app);
    void (*entered)(void *data, struct app *app);
    /* A view has gone, another one is in front; NULL allowed. */
    void (*popped)(void *data, struct app *app);
    /* Looks at what an event or a command changed; NULL allowed. */
    void (*after)(void *data, struct app *app);
    /* A paragraph above the status line, in windows that have room for it; no text: none. NULL
     * allowed. */
    void (*advice)(const void *data, struct buf *title, struct buf *text);
};

struct app_options {
    struct term_options term;
    bool batch; /* no terminal: commands only, on a grid of rows × cols */
    bool readonly;
    int rows, cols;              /* batch: size of the grid, default 24 × 80 */
    const char *const *commands; /* run in order before the first key, each when all jobs ended */
    size_t n_commands;
    const char *config; /* a file of bind, unbind, set and source lines; NULL: none */
    bool config_named;  /* the user named it: that it is missing is said */
    const char *state;  /* folder for the histories and sessions; NULL: nothing is kept */
    bool session;       /* come back to where the last session of the workspace was left */
    FILE *out;          /* :print and export to "-" with batch; default stdout */
    FILE *err;          /* messages with batch; default stderr */
};

struct app *app_new(const struct app_options *options, const struct app_host *host);
void app_free(struct app *app);
/* Runs until the user quits, the batch is done, or a signal ends it. Exit status (cli.h's codes).
 * In batch mode the first command that fails ends it, with 1. */
int app_run(struct app *app);

/* For views. */
void *app_data(struct app *app);
struct jobs *app_jobs(struct app *app);
const struct glyphs *app_glyphs(const struct app *app);
bool app_readonly(const struct app *app);
bool app_batch(const struct app *app);
void app_push(struct app *app, struct view *view); /* takes it over */
/* From the end of work that a view (by its number) has begun: the view is pushed if that one is
 * still in front, and goes if not, which is said. While something is typed or asked, it waits.
 * `line` is what opened it, for the log; NULL: nothing. */
void app_push_late(struct app *app, uint64_t over, struct view *view, const char *line);
void app_pop(struct app *app); /* not the root */
void app_pop_to_root(struct app *app);
/* The views there are now stay under everything that is opened from here on, :overview and its like
 * too; until it is called with false. For views that open others, which q is to come back from. */
void app_keep_views(struct app *app, bool keep);
bool app_keeps_views(const struct app *app);
/* The commands of a scene follow, and what opens views under it: until q has come back to the view
 * that is in front now. */
void app_scene_enter(struct app *app);
void app_scene_entered(struct app *app); /* they have been done */
struct view *app_front(struct app *app);
const struct view *app_view_at(const struct app *app, size_t below); /* the front's; NULL: none */
struct view *app_view_alive(struct app *app, uint64_t number);       /* NULL: it is gone */
void app_refresh(struct app *app); /* definition, runs or data changed: every view's refresh() */
void app_refresh_named(struct app *app, const char *name); /* only of the views of that name */
/* Calls the view's tick() once, after about `seconds`, in front or not; not with batch. A later
 * call for the same view replaces the earlier one; below 0: not at all. */
void app_tick(struct view *view, double seconds);
void app_redraw(struct app *app); /* from a job's done */
/* Status line until the next key, and the messages log for ever. */
void app_say(struct app *app, enum message_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void app_say_error(struct app *app, const struct error *err);
/* The same from the end of work that a command began: it ends a batch, whose status it becomes. */
void app_failed(struct app *app, const struct error *err);
/* Asks, naming the thing ("Delete run gr-next?"): y repeats the call with `confirmed` set. With
 * batch it fails and says to put "!" after the name. Returns what the handler must return. */
unsigned app_confirm(struct app *app, const struct call *call, struct error *err,
                     const char *question, ...) __attribute__((format(printf, 4, 5)));
/* Does what a command line says, or an action: through the same chain as keys. */
unsigned app_do(struct app *app, const char *line, struct error *err);
unsigned app_call(struct app *app, const struct call *call, struct error *err);
/* Does an action as its key does: it asks for an argument that it must have and is not given. */
unsigned app_perform(struct app *app, enum action_id action, const char *arg);
/* "colour 256": an option of rote, not "name=value" of a form. */
bool app_is_setting(const char *arg);
/* Opens the prompt for an action's argument, with text in it; Enter calls the action. */
void app_ask(struct app *app, enum action_id action, const char *text);
void app_copy(struct app *app, const char *text);

/* One frame without a terminal: tests and :print. Lays out, then draws everything. */
void app_draw(struct app *app, struct grid *grid, const struct glyphs *glyphs);
/* One event, as app_run does it: tests. Returns reaction flags. */
unsigned app_event(struct app *app, const struct event *event);

#endif
