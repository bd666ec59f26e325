/* What the parts of the application share: app.c (loop, calls), app_draw.c, app_prompt.c. */
#ifndef TUI_SCREENS_APP_PRIVATE_H
#define TUI_SCREENS_APP_PRIVATE_H

#include "tui/command/log.h"
#include "tui/command/script.h"
#include "tui/screens/app.h"

enum {
    APP_MIN_ROWS = 10,
    APP_MIN_COLS = 40,
    APP_FRAME_LINES = 3,  /* breadcrumbs, status, keys */
    APP_ADVICE_ROWS = 16, /* fewer rows have no room for advice */
};

struct palette {
    struct prompt prompt; /* open: the palette is */
    enum action_id hit[ACTION_COUNT];
    size_t n, at;
};

/* Commands that wait until no job runs: the command line's, and those of files. */
struct queued {
    char *line;
    char *where; /* "walk:3"; NULL: from the command line */
    int depth;   /* files in files */
};

/* Parts of sheets' states that wait for the rows they speak of. */
struct pending_state {
    uint64_t view;
    char *line;
};

/* What the last line of the log is about, when a further move may take its place. */
enum log_move { LOG_NO_MOVE, LOG_ROW, LOG_COLUMN };

struct app {
    struct app_options options;
    struct term_options given; /* by the command line: it goes before the configuration */
    struct app_host host;
    struct view **stack;
    size_t depth, stack_cap;
    size_t kept; /* views that app_pop_to_root() leaves, the root included; 0: only the root */
    uint64_t last_number;
    struct view *late; /* that app_push_late() holds back; NULL: none */
    uint64_t late_over;
    char *late_line;
    struct jobs *jobs;
    struct keymap keymap;
    struct messages messages;
    const struct glyphs *glyphs;
    struct grid grid;

    struct key_sequence pending; /* keys of a sequence so far */
    struct prompt prompt;
    enum action_id asking; /* whose argument the prompt is for; ACTION_COMMAND: a command */
    struct history commands, patterns, statements, others;
    int64_t search_origin; /* where the cursor was when "/" was pressed: row */
    int64_t search_id;     /* … and identity; rows may come and go while it is typed */
    bool search_live;      /* the pattern in the prompt is the sheet's */

    char *question; /* NULL: nothing asked */
    struct call question_call;
    char *question_arg;

    char *said; /* on the status line until the next key; NULL: nothing */
    enum message_level said_level;

    struct queued *queue;
    size_t n_queue, queue_cap, next_command;
    int depth_of_command; /* of the file whose command is being done; 0: a key */
    struct palette palette;

    struct command_log log;
    bool logged; /* the call under way is in the log already */
    enum log_move log_move;
    uint64_t log_view;
    const struct sheet *log_sheet;

    char *history_path, *session_path;  /* NULL: not kept */
    char *session_fresh, *session_kept; /* as rote begins; as written last. NULL: not known */
    double session_due;                 /* when to look whether it changed; 0: nothing happened */
    bool session_writing;               /* a job is at it */
    bool session_dropped;               /* when it is done, the file goes */
    bool state_failed;                  /* said once: the state folder cannot be written */
    struct pending_state *pending_states;
    size_t n_pending_states, pending_cap;

    bool dirty, quit;
    int status;
    uint64_t shown_view; /* for moved(): where the cursor was */
    const struct sheet *shown_sheet;
    int64_t shown_id;
};

struct sheet *app_sheet(const struct app *app); /* of the view in front; NULL */
void app_notify_moved(struct app *app);

/* app_views.c: what app_push_late() holds back; pushed if nothing is typed or asked any more */
void app_push_waiting(struct app *app);
void app_drop_late(struct app *app);

unsigned app_call_and_say(struct app *app, const struct call *call);

/* app_mouse.c */
unsigned app_mouse(struct app *app, const struct event *event);

/* app_prompt.c */
unsigned app_prompt_key(struct app *app, uint32_t key);
unsigned app_prompt_paste(struct app *app, const char *text, size_t n);
/* Does the action, reached by a key, have to ask for its argument first? */
bool app_must_ask(const struct action *action);

/* app_palette.c */
void app_palette_open(struct app *app);
unsigned app_palette_key(struct app *app, uint32_t key);
unsigned app_palette_paste(struct app *app, const char *text, size_t n);
void app_palette_draw(const struct app *app, struct canvas *c, struct canvas *last);

/* app_config.c: :bind, :unbind, :set, :source; REACT_PASS for others */
unsigned app_configure(struct app *app, const struct call *call, struct error *err);
void app_config_read(struct app *app); /* what options.config says, before the first frame */
void app_complete_settings(const char *prefix, struct completions *out);
/* Puts a command before those that wait; `where` NULL: from the command line. Copied. */
void app_queue(struct app *app, size_t at, const char *line, const char *where, int depth);

/* app_log.c: what was done; :commands, :save-commands */
struct log_scene {
    char *line;
    uint64_t view;
    const struct sheet *sheet;
    int64_t id;
    int column;
    bool prompting, logged;
};
void app_log_begin(struct app *app, const struct call *call, struct log_scene *scene);
void app_log_end(struct app *app, const struct call *call, struct log_scene *scene,
                 unsigned reaction);
void app_log_line(struct app *app, const char *line); /* instead of the call under way */
/* The call under way opens a view when a job ends, and is logged by app_log_line() then, behind
 * what was done meanwhile in the view of before: in a script each command waits for the jobs of the
 * one before it, so what follows an opening there is done in the view that was opened. */
void app_log_later(struct app *app);
unsigned app_log_action(struct app *app, const struct call *call, struct error *err);

/* app_session.c: histories and sessions in the state folder; :session, :restore */
void app_state_begin(struct app *app); /* reads them; before the first frame */
void app_state_end(struct app *app);
void app_state_touch(struct app *app); /* something happened: the session may have changed */
void app_state_tick(struct app *app);
void app_keep_history(struct app *app, enum action_id asking, const char *text);
unsigned app_session_action(struct app *app, const struct call *call, struct error *err);
/* Tries the pending states again: jobs have ended. */
void app_restore_pending(struct app *app);
/* The user moves in the view in front: its pending cursor is no longer wanted. */
void app_forget_pending_cursor(struct app *app);

/* app_draw.c */
void app_layout(struct app *app, int rows, int cols);
void app_take_notice(struct app *app); /* says what the sheet in front has to say */
/* app_builtin.c: actions of the application itself */
unsigned app_builtin(struct app *app, const struct call *call, struct error *err);

#endif
