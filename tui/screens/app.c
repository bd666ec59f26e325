#include "tui/screens/app.h"

#include <locale.h>
#include <malloc.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>

#include "storage/base/clock.h"
#include "storage/base/mem.h"
#include "tui/screens/app_private.h"
#include "tui/screens/sheet_view.h"
#include "tui/widgets/text_out.h"

/* While keys keep coming, a frame is shown at least this often. */
static const double frame_seconds = 0.033;

/* ---- life ---- */

struct app *app_new(const struct app_options *options, const struct app_host *host)
{
    struct app *app = mem_zalloc(1, sizeof *app);
    app->options = *options;
    app->host = *host;
    if (!app->options.out)
        app->options.out = stdout;
    if (!app->options.err)
        app->options.err = stderr;
    if (app->options.rows <= 0)
        app->options.rows = 24;
    if (app->options.cols <= 0)
        app->options.cols = 80;
    app->glyphs = options->term.ascii ? &glyphs_ascii : &glyphs_utf8;
    app->jobs = jobs_new();
    keymap_init(&app->keymap);
    messages_init(&app->messages);
    prompt_init(&app->prompt);
    prompt_init(&app->palette.prompt);
    app->given = options->term;
    for (size_t i = 0; i < options->n_commands; i++)
        app_queue(app, i, options->commands[i], NULL, 0);
    grid_init(&app->grid, 0, 0);
    app->dirty = true;
    return app;
}

static void release_queue(struct app *app)
{
    for (size_t i = 0; i < app->n_queue; i++) {
        free(app->queue[i].line);
        free(app->queue[i].where);
    }
    free(app->queue);
}

void app_free(struct app *app)
{
    if (!app)
        return;
    while (app->depth > 0) {
        struct view *view = app->stack[--app->depth];
        view->ops->release(view);
    }
    jobs_free(app->jobs);
    app_drop_late(app);
    if (app->host.release)
        app->host.release(app->host.data);
    free(app->stack);
    keymap_release(&app->keymap);
    messages_release(&app->messages);
    prompt_release(&app->prompt);
    prompt_release(&app->palette.prompt);
    release_queue(app);
    command_log_release(&app->log);
    for (size_t i = 0; i < app->n_pending_states; i++)
        free(app->pending_states[i].line);
    free(app->pending_states);
    free(app->history_path);
    free(app->session_path);
    free(app->session_fresh);
    free(app->session_kept);
    history_release(&app->commands);
    history_release(&app->patterns);
    history_release(&app->statements);
    history_release(&app->others);
    grid_release(&app->grid);
    free(app->question);
    free(app->question_arg);
    free(app->said);
    free(app);
}

void *app_data(struct app *app)
{
    return app->host.data;
}

struct jobs *app_jobs(struct app *app)
{
    return app->jobs;
}

const struct glyphs *app_glyphs(const struct app *app)
{
    return app->glyphs;
}

bool app_readonly(const struct app *app)
{
    return app->options.readonly;
}

bool app_batch(const struct app *app)
{
    return app->options.batch;
}

/* ---- saying and asking ---- */

/* Of one line or several. */
static void print_message(struct app *app, const char *text)
{
    fputs("rote: ", app->options.err);
    text_put(app->options.err, text);
    fputc('\n', app->options.err);
}

static void say(struct app *app, enum message_level level, const char *text)
{
    messages_add(&app->messages, level, text);
    free(app->said);
    app->said = mem_strdup(text);
    app->said_level = level;
    app->dirty = true;
    if (level == MESSAGE_ERROR)
        term_test_error(text);
    if (app->options.batch)
        print_message(app, text);
}

void app_say(struct app *app, enum message_level level, const char *format, ...)
{
    struct buf text;
    buf_init(&text);
    va_list args;
    va_start(args, format);
    buf_vaddf(&text, format, args);
    va_end(args);
    say(app, level, text.data);
    buf_release(&text);
}

void app_say_error(struct app *app, const struct error *err)
{
    say(app, err->code == ERROR_CANCELLED ? MESSAGE_INFO : MESSAGE_ERROR, err->text);
}

unsigned app_confirm(struct app *app, const struct call *call, struct error *err,
                     const char *question, ...)
{
    struct buf text;
    buf_init(&text);
    va_list args;
    va_start(args, question);
    buf_vaddf(&text, question, args);
    va_end(args);
    if (app->options.batch) {
        error_set(err, ERROR_USAGE, "%s To do it, write %s! instead of %s", text.data,
                  action_get(call->id)->name, action_get(call->id)->name);
        buf_release(&text);
        return REACT_ERROR;
    }
    free(app->question);
    free(app->question_arg);
    app->question = buf_detach(&text);
    app->question_arg = call->arg ? mem_strdup(call->arg) : NULL;
    app->question_call = *call;
    return REACT_DRAW;
}

static unsigned answer(struct app *app, uint32_t key)
{
    struct call call = app->question_call;
    char *arg = app->question_arg;
    call.arg = arg;
    call.confirmed = true;
    free(app->question);
    app->question = app->question_arg = NULL;
    unsigned reaction = REACT_DRAW;
    if (key == 'y' || key == 'Y') {
        struct error err = {0};
        reaction = app_call(app, &call, &err);
        if (reaction & REACT_ERROR)
            app_say_error(app, &err);
    } else {
        app_say(app, MESSAGE_INFO, "not done");
    }
    free(arg);
    return reaction;
}

void app_copy(struct app *app, const char *text)
{
    struct error err = {0};
    if (app->options.batch)
        fprintf(app->options.out, "%s\n", text);
    else if (term_copy(text, strlen(text), &err))
        app_say(app, MESSAGE_INFO, "copied: %s", text);
    else
        app_say_error(app, &err);
}

/* ---- calls ---- */

static bool is_allowed(struct app *app, const struct call *call, struct error *err)
{
    const struct action *action = action_get(call->id);
    const struct sheet *sheet = app_sheet(app);
    if ((action->flags & ACT_WRITES) && app->options.readonly)
        return error_set(err, ERROR_STATE,
                         "%s: the workspace is read-only (--readonly, or its folder cannot be "
                         "written)",
                         action->name);
    if ((action->flags & ACT_BATCH) && !app->options.batch)
        return error_set(err, ERROR_USAGE, "%s: only with --batch", action->name);
    if ((action->flags & ACT_ROW) && (!sheet || sheet_position(sheet) < 0))
        return error_set(err, ERROR_USAGE, "%s: there is no row under the cursor", action->name);
    if (action->argument != ARG_NONE && !action->optional && !call->arg)
        return error_set(err, ERROR_USAGE, "%s needs: %s", action->name, action->placeholder);
    return true;
}

static unsigned offer(struct app *app, const struct call *call, struct error *err)
{
    struct view *front = app_front(app);
    unsigned reaction = REACT_PASS;
    if (front && front->ops->handle)
        reaction = front->ops->handle(front, app, call, err);
    if (reaction == REACT_PASS && app_sheet(app))
        reaction = sheet_handle(app_sheet(app), app, call, err);
    if (reaction == REACT_PASS && app->host.handle)
        reaction = app->host.handle(app->host.data, app, call, err);
    if (reaction == REACT_PASS)
        reaction = app_builtin(app, call, err);
    return reaction;
}

unsigned app_call(struct app *app, const struct call *call, struct error *err)
{
    if (call->id == ACTION_NONE)
        return REACT_DONE;
    if (!is_allowed(app, call, err))
        return REACT_ERROR;
    struct log_scene scene;
    app_log_begin(app, call, &scene);
    if (action_get(call->id)->group == GROUP_MOVE)
        app_forget_pending_cursor(app);
    unsigned reaction = offer(app, call, err);
    if (reaction == REACT_PASS) {
        error_set(err, ERROR_USAGE, "%s: not in this view", action_get(call->id)->name);
        reaction = REACT_ERROR;
    }
    if (reaction & REACT_QUIT)
        app->quit = true;
    app_log_end(app, call, &scene, reaction);
    app_notify_moved(app);
    return reaction;
}

unsigned app_do(struct app *app, const char *line, struct error *err)
{
    struct call call;
    if (!call_parse(line, &call, err))
        return REACT_ERROR;
    return app_call(app, &call, err);
}

/* ---- events ---- */

unsigned app_call_and_say(struct app *app, const struct call *call)
{
    struct error err = {0};
    unsigned reaction = app_call(app, call, &err);
    if (reaction & REACT_ERROR)
        app_say_error(app, &err);
    return reaction;
}

unsigned app_perform(struct app *app, enum action_id action, const char *arg)
{
    if (!arg && app_must_ask(action_get(action))) {
        app_ask(app, action, "");
        return REACT_DRAW;
    }
    struct call call = {.id = action, .arg = arg};
    return app_call_and_say(app, &call);
}

static unsigned mapped_key(struct app *app, uint32_t key)
{
    struct view *front = app_front(app);
    struct key_sequence *keys = &app->pending;
    if (keys->n > 0 && (key == K_ESC || key == K_CTRL('c'))) {
        keys->n = 0;
        return REACT_DRAW;
    }
    keys->key[keys->n++] = key;
    const struct binding *binding = NULL;
    enum keymap_result found =
        keymap_find(&app->keymap, front ? front->ops->scopes : 0, keys, &binding);
    if (found == KEYMAP_PREFIX && keys->n < KEY_SEQUENCE)
        return REACT_DRAW;
    struct key_sequence pressed = *keys;
    keys->n = 0;
    if (found == KEYMAP_FOUND)
        return app_perform(app, binding->action, binding->arg);
    struct buf name;
    buf_init(&name);
    key_sequence_text(&pressed, &name);
    app_say(app, MESSAGE_INFO, "%s does nothing here; ? lists the keys", name.data);
    buf_release(&name);
    return REACT_DRAW;
}

static unsigned on_key(struct app *app, uint32_t key)
{
    if (app->question)
        return answer(app, key) | REACT_DRAW;
    if (app->palette.prompt.open)
        return app_palette_key(app, key);
    if (app->prompt.open)
        return app_prompt_key(app, key);
    free(app->said);
    app->said = NULL;
    return mapped_key(app, key) | REACT_DRAW;
}

static void on_stderr(struct app *app, const char *text, size_t n)
{
    while (n > 0) {
        const char *newline = memchr(text, '\n', n);
        size_t line = newline ? (size_t)(newline - text) : n;
        char *copy = mem_strndup(text, line);
        if (*copy)
            say(app, MESSAGE_WARNING, copy);
        free(copy);
        text += line + (newline != NULL);
        n -= line + (newline != NULL);
    }
}

unsigned app_event(struct app *app, const struct event *event)
{
    unsigned reaction = REACT_DRAW;
    switch (event->kind) {
    case EVENT_NONE:
        return REACT_DONE;
    case EVENT_KEY:
        reaction = on_key(app, event->key);
        break;
    case EVENT_PASTE:
        if (app->palette.prompt.open)
            reaction = app_palette_paste(app, event->text, event->n);
        else if (app->prompt.open)
            reaction = app_prompt_paste(app, event->text, event->n);
        if (event->cut)
            app_say(app, MESSAGE_WARNING,
                    "what was pasted is longer than 1,048,576 characters; the rest is left out");
        break;
    case EVENT_MOUSE:
        reaction = app_mouse(app, event);
        break;
    case EVENT_STDERR:
        on_stderr(app, event->text, event->n);
        break;
    case EVENT_JOB:
        if (!jobs_collect(app->jobs))
            return REACT_DONE;
        app_restore_pending(app);
        app_notify_moved(app);
        break;
    case EVENT_SIGNAL:
        app->quit = true;
        app->status = 128 + event->signal;
        break;
    case EVENT_RESIZE:
        break;
    }
    app_push_waiting(app);
    app->dirty = true;
    if (app->host.after)
        app->host.after(app->host.data, app);
    app_state_touch(app);
    return reaction;
}

/* ---- the loop ---- */

/* In a batch what fails ends it. `where`: of the command in a file, or NULL. */
static void fail(struct app *app, const struct error *err, const char *where)
{
    struct error said = *err;
    if (where)
        error_prefix(&said, "%s", where);
    app_say_error(app, &said);
    if (!app->options.batch || app->quit)
        return;
    app->status = err->code == ERROR_USAGE ? 2 : 1;
    app->quit = true;
}

/* In a batch each command waits for what the one before has begun, so it is that one's. */
void app_failed(struct app *app, const struct error *err)
{
    bool known = app->options.batch && app->next_command > 0;
    fail(app, err, known ? app->queue[app->next_command - 1].where : NULL);
}

/* Not before the work of the one before is done, nor under what is being typed. */
static bool command_is_due(const struct app *app)
{
    return app->next_command < app->n_queue && jobs_running(app->jobs) == 0 &&
           (app->options.batch || !(app->prompt.open || app->palette.prompt.open));
}

static void run_command(struct app *app)
{
    if (!command_is_due(app))
        return;
    struct error err = {0};
    const struct queued next = app->queue[app->next_command++]; /* the queue may grow meanwhile */
    app->dirty = true;
    app->depth_of_command = next.depth;
    bool failed = app_do(app, next.line, &err) & REACT_ERROR;
    app->depth_of_command = 0;
    if (failed)
        fail(app, &err, next.where);
    if (app->host.after)
        app->host.after(app->host.data, app);
}

static void show_frame(struct app *app)
{
    int rows, cols;
    term_size(&rows, &cols);
    if (app->grid.rows != rows || app->grid.cols != cols)
        grid_resize(&app->grid, rows, cols);
    app_draw(app, &app->grid, app->glyphs);
    term_show(&app->grid);
    app->dirty = false;
}

/* How long the next event may be waited for, in ms; -1: for ever. */
static int patience(const struct app *app)
{
    double due = app->session_due;
    for (size_t i = 0; i < app->depth; i++) {
        double at = app->stack[i]->tick_at;
        if (at > 0 && (due <= 0 || at < due))
            due = at;
    }
    if (due <= 0)
        return -1;
    double left = due - clock_monotonic_seconds();
    return left > 0 ? (int)(left * 1000) + 1 : 0;
}

static void tick(struct app *app)
{
    double now = clock_monotonic_seconds();
    for (size_t i = 0; i < app->depth; i++) {
        struct view *view = app->stack[i];
        if (view->tick_at <= 0 || now < view->tick_at)
            continue;
        view->tick_at = 0;
        if (view->ops->tick)
            view->ops->tick(view, app);
    }
}

/* Takes all events that are there, but not for longer than a frame may wait. */
static void take_events(struct app *app)
{
    struct event event;
    bool busy = jobs_running(app->jobs) > 0;
    bool more = app->dirty || command_is_due(app);
    term_wait(&event, more ? 0 : patience(app), jobs_fd(app->jobs), busy);
    double started = clock_monotonic_seconds();
    while (event.kind != EVENT_NONE) {
        app_event(app, &event);
        if (app->quit || clock_monotonic_seconds() - started > frame_seconds)
            break;
        term_wait(&event, 0, jobs_fd(app->jobs), busy);
    }
}

static int run_terminal(struct app *app)
{
    struct error err = {0};
    if (!term_open(&app->options.term, &err)) {
        print_message(app, err.text);
        return err.code == ERROR_USAGE ? 2 : 1;
    }
    app->glyphs = term_glyphs();
    while (!app->quit) {
        if (app->dirty)
            show_frame(app);
        run_command(app);
        if (!app->quit)
            take_events(app);
        tick(app);
        app_state_tick(app);
    }
    term_close();
    return app->status;
}

static int run_batch(struct app *app)
{
    while (!app->quit && app->next_command < app->n_queue) {
        run_command(app);
        while (jobs_running(app->jobs) > 0) {
            jobs_wait(app->jobs);
            app_restore_pending(app);
            app_notify_moved(app);
        }
        app_take_notice(app);
    }
    return app->status;
}

/* What is sorted by is freed, and gone: glibc would keep up to 64 MiB of it once such arrays have
 * come and gone, thread by thread. */
static void give_memory_back(void)
{
#ifdef __GLIBC__
    enum { LARGE = 1 << 20 };
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, LARGE);
#endif
}

int app_run(struct app *app)
{
    give_memory_back();
    setlocale(LC_CTYPE, ""); /* only that: numbers keep their point */
    app_config_read(app);
    app_state_begin(app);
    app_notify_moved(app);
    int status = app->options.batch ? run_batch(app) : run_terminal(app);
    app_state_end(app);
    return status;
}
