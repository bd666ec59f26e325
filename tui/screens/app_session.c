/*
 * What is remembered between two starts: what was typed, and where one was. A session is the links
 * of the views on the stack (link.h), each without what the one below it says, with the scenes that
 * they were opened under and the state of each view. It is written a moment after something
 * changed, and on leaving, never into the workspace; nothing that goes wrong with it keeps rote
 * from starting.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tui/command/history.h"
#include "tui/command/session.h"
#include "tui/command/state.h"
#include "tui/screens/app_private.h"
#include "tui/screens/link.h"

enum { SESSION_MAX = 8 << 20 };
static const double write_after_seconds = 2;

/* ---- taking down where one is ---- */

static void add_lines(struct session *s, enum session_kind kind, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        session_add(s, kind, text, n);
        text += n + (text[n] == '\n');
    }
}

static void add_state(struct session *s, const struct view *view)
{
    struct buf state;
    buf_init(&state);
    link_state(view, SHEET_ALL, &state);
    add_lines(s, SESSION_STATE, state.data);
    buf_release(&state);
}

/* The commands of the view's link that open views. */
static void add_openers(const struct view *view, struct buf *out)
{
    struct buf link;
    char *save = NULL;
    buf_init(&link);
    if (view->ops->link)
        view->ops->link(view, &link);
    for (char *line = strtok_r(link.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (!link_is_scene(line))
            buf_addf(out, "%s\n", line);
    buf_release(&link);
}

/* Of several lines, the first ones that `below` begins with are left out: those views are there. */
static const char *without(const char *lines, const char *below)
{
    for (;;) {
        size_t n = strcspn(lines, "\n") + 1;
        if (!*lines || !lines[n] || strncmp(lines, below, n) != 0)
            return lines;
        lines += n;
        below += n;
    }
}

/* Views without a link are passed over; their scene is that of what lies above them. */
static void take_down(const struct app *app, struct session *s)
{
    *s = (struct session){.time = clock_wall_seconds(), .data = app->host.data_version};
    struct buf scene, below, own;
    buf_init(&scene);
    buf_init(&below);
    buf_init(&own);
    for (size_t i = 0; i < app->depth; i++) {
        const struct view *view = app->stack[i];
        struct buf changed;
        buf_init(&changed);
        if (app->host.scene &&
            app->host.scene(app->host.data, i > 0 ? app->stack[i - 1]->number : 0, &changed)) {
            buf_clear(&scene);
            buf_adds(&scene, changed.data);
        }
        buf_release(&changed);
        buf_clear(&own);
        add_openers(view, &own);
        if (i > 0 && own.len == 0)
            continue;
        add_lines(s, SESSION_DO, scene.data);
        buf_clear(&scene);
        if (i > 0)
            add_lines(s, SESSION_VIEW, without(own.data, below.data));
        else
            session_add(s, SESSION_VIEW, "", 0);
        add_state(s, view);
        buf_clear(&below);
        buf_adds(&below, own.data);
    }
    buf_release(&scene);
    buf_release(&below);
    buf_release(&own);
}

static char *text_of(const struct session *s, bool with_time)
{
    struct buf text;
    buf_init(&text);
    session_write(s, with_time, &text);
    return buf_detach(&text);
}

/* ---- putting a view's state back ---- */

static bool waits(const struct app *app, uint64_t view)
{
    for (size_t i = 0; i < app->n_pending_states; i++)
        if (app->pending_states[i].view == view)
            return true;
    return false;
}

/* In order: what comes later may speak of the pane that comes first. */
static bool restore_or_wait(struct app *app, const char *line, struct error *err)
{
    struct view *front = app_front(app);
    struct error why = {0};
    bool ordered = !waits(app, front->number);
    if (ordered && link_restore(front, line, &why))
        return true;
    if (jobs_running(app->jobs) == 0) {
        *err = why;
        return false;
    }
    MEM_GROW(app->pending_states, app->n_pending_states + 1, app->pending_cap);
    app->pending_states[app->n_pending_states++] =
        (struct pending_state){.view = front->number, .line = mem_strdup(line)};
    return true;
}

void app_restore_pending(struct app *app)
{
    struct pending_state *p = app->pending_states;
    size_t n = app->n_pending_states, kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct view *view = app_view_alive(app, p[i].view);
        struct error err = {0};
        bool blocked = false;
        for (size_t k = 0; k < kept; k++)
            blocked |= p[k].view == p[i].view;
        bool done = view && !blocked && link_restore(view, p[i].line, &err);
        if (view && !done && jobs_running(app->jobs) > 0) {
            p[kept++] = p[i];
            continue;
        }
        if (view && !done && !link_is_cursor(p[i].line))
            app_say(app, MESSAGE_WARNING, "not as it was: %s", err.text);
        free(p[i].line);
    }
    app->n_pending_states = kept;
}

void app_forget_pending_cursor(struct app *app)
{
    struct pending_state *p = app->pending_states;
    const struct view *front = app_front(app);
    size_t kept = 0;
    for (size_t i = 0; i < app->n_pending_states; i++)
        if (front && p[i].view == front->number && link_is_cursor(p[i].line))
            free(p[i].line);
        else
            p[kept++] = p[i];
    app->n_pending_states = kept;
}

/* ---- coming back ---- */

/* How far a session has been followed. */
struct coming_back {
    const struct session *session;
    bool skipping; /* what is said of a view that did not open */
    bool entered;  /* into a scene that was said after the root's, and nothing is opened yet */
};

static bool come_back_by(struct app *app, const char *line, struct error *err)
{
    return link_allows(line, err) && !(app_do(app, line, err) & REACT_ERROR);
}

/* A scene that is said above other views is put back with the place. */
static bool come_into(struct app *app, struct coming_back *b, size_t at, struct error *err)
{
    bool first = at == 0 || b->session->line[at - 1].kind != SESSION_DO;
    if (first && link_is_scene(b->session->line[at].text)) {
        app_scene_enter(app);
        b->entered = at > 0;
    }
    return come_back_by(app, b->session->line[at].text, err);
}

/* The views that were opened stay, whatever the command leads to elsewhere. */
static bool come_to(struct app *app, struct coming_back *b, const char *line, struct error *err)
{
    uint64_t front = app_front(app)->number;
    b->skipping = false;
    if (!*line)
        return true;
    app_keep_views(app, true);
    bool ok = come_back_by(app, line, err);
    app_keep_views(app, false);
    if (ok)
        app_log_line(app, line);
    if (b->entered)
        app_scene_entered(app);
    b->entered = false;
    b->skipping = app_front(app)->number == front; /* it opened nothing */
    return ok;
}

static bool come_to_state(struct app *app, const struct coming_back *b, const char *line,
                          struct error *err)
{
    bool of_rows = strncmp(line, "go ", 3) == 0 || strncmp(line, "marks ", 6) == 0 ||
                   strcmp(line, "only-marked") == 0;
    if (b->skipping || (of_rows && b->session->data != app->host.data_version))
        return true;
    char *command = mem_printf("restore %s", line);
    bool ok = !(app_do(app, command, err) & REACT_ERROR);
    free(command);
    return ok || link_is_cursor(line);
}

/* Everything that can be done is done. Returns how much could not; each is in the messages. */
static size_t come_back(struct app *app, const struct session *s)
{
    struct coming_back b = {.session = s};
    size_t gone = 0;
    for (size_t i = 0; i < s->n; i++) {
        const char *line = s->line[i].text;
        struct error err = {0};
        bool ok = s->line[i].kind == SESSION_DO     ? come_into(app, &b, i, &err)
                  : s->line[i].kind == SESSION_VIEW ? come_to(app, &b, line, &err)
                                                    : come_to_state(app, &b, line, &err);
        if (ok)
            continue;
        gone++;
        app_say(app, MESSAGE_WARNING, "not as it was: %s", err.text);
    }
    if (b.entered)
        app_scene_entered(app);
    return gone;
}

/* Is there more than the first view as it begins? */
static bool is_worth_a_word(const struct session *s)
{
    for (size_t i = 0; i < s->n; i++)
        if ((s->line[i].kind == SESSION_VIEW && *s->line[i].text) ||
            (s->line[i].kind == SESSION_STATE && !link_is_cursor(s->line[i].text)))
            return true;
    return false;
}

static void add_ago(int64_t seconds, struct buf *out)
{
    if (seconds < 0)
        buf_adds(out, "before");
    else if (seconds < 90)
        buf_adds(out, "a minute ago");
    else if (seconds < 5400)
        buf_addf(out, "%lld min ago", (long long)(seconds + 30) / 60);
    else if (seconds < 172800)
        buf_addf(out, "%lld h ago", (long long)(seconds + 1800) / 3600);
    else if (seconds < 86400 * 400)
        buf_addf(out, "%lld days ago", (long long)(seconds + 43200) / 86400);
    else
        buf_adds(out, "long ago");
}

static void say_where(struct app *app, const struct session *s, size_t gone)
{
    struct buf text;
    buf_init(&text);
    buf_adds(&text, "back where you were ");
    add_ago(clock_wall_seconds() - s->time, &text);
    buf_adds(&text, "; :session reset begins anew");
    if (gone > 0)
        buf_addf(&text, "; %zu gone, see :messages", gone);
    if (s->data != app->host.data_version)
        buf_adds(&text, " (new data: no marks)");
    app_say(app, gone > 0 ? MESSAGE_WARNING : MESSAGE_INFO, "%s", text.data);
    buf_release(&text);
}

static void read_session(struct app *app)
{
    struct buf text;
    struct session s = {0};
    struct error err = {0};
    buf_init(&text);
    if (file_exists(app->session_path)) {
        bool ok = file_read(app->session_path, SESSION_MAX, &text, &err) &&
                  session_parse(text.data, text.len, &s, &err);
        if (!ok) {
            app_say(app, MESSAGE_WARNING, "the last session cannot be read: %s", err.text);
        } else {
            free(app->session_kept);
            app->session_kept = text_of(&s, false);
            size_t gone = come_back(app, &s);
            if (is_worth_a_word(&s) || gone > 0)
                say_where(app, &s, gone);
        }
    }
    session_release(&s);
    buf_release(&text);
}

/* ---- keeping it ---- */

struct write_job {
    struct app *app;
    char *path, *text; /* text NULL: the file goes */
};

static bool write_text(const char *path, const char *text, struct error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = mem_strndup(path, (size_t)(slash - path));
    bool ok = state_make_folder(folder, err) && state_write(path, text, strlen(text), err);
    free(folder);
    return ok;
}

static bool write_work(void *context, struct progress *progress, struct error *err)
{
    const struct write_job *j = context;
    (void)progress; /* it is short: a cancelled one is written, too */
    if (j->text)
        return write_text(j->path, j->text, err);
    unlink(j->path);
    return true;
}

/* Said once: a folder that cannot be written is no reason to disturb anybody again. */
static void state_failed(struct app *app, const struct error *err)
{
    if (!app->state_failed)
        app_say(app, MESSAGE_WARNING, "nothing is kept for the next start: %s", err->text);
    app->state_failed = true;
}

static void start_writing(struct app *app, char *text);

static void write_done(void *context, bool ok, const struct error *err)
{
    struct write_job *j = context;
    struct app *app = j->app;
    app->session_writing = false;
    if (!ok)
        state_failed(app, err);
    free(j->path);
    free(j->text);
    free(j);
    if (app->session_dropped)
        start_writing(app, NULL);
}

/* Takes the text; one at a time. */
static void start_writing(struct app *app, char *text)
{
    struct write_job *j = mem_zalloc(1, sizeof *j);
    *j = (struct write_job){.app = app, .path = mem_strdup(app->session_path), .text = text};
    app->session_writing = true;
    app->session_dropped = false;
    jobs_start(app->jobs, &(struct job_spec){.name = "session",
                                             .flags = JOB_QUIET,
                                             .work = write_work,
                                             .done = write_done,
                                             .context = j});
}

/* The session's text if it differs from what was written last; NULL: nothing to write. */
static char *changed_text(struct app *app)
{
    if (app->n_pending_states > 0)
        return NULL; /* not yet where the last session was */
    struct session s;
    take_down(app, &s);
    char *body = text_of(&s, false), *text = NULL;
    if (!app->session_kept || strcmp(body, app->session_kept) != 0) {
        free(app->session_kept);
        app->session_kept = body;
        text = text_of(&s, true);
    } else {
        free(body);
    }
    session_release(&s);
    return text;
}

void app_state_touch(struct app *app)
{
    if (app->session_path && !app->state_failed && app->session_due <= 0)
        app->session_due = clock_monotonic_seconds() + write_after_seconds;
}

void app_state_tick(struct app *app)
{
    if (app->session_due <= 0 || clock_monotonic_seconds() < app->session_due)
        return;
    app->session_due = 0;
    if (app->session_writing || app->n_pending_states > 0) {
        app_state_touch(app);
        return;
    }
    char *text = changed_text(app);
    if (text)
        start_writing(app, text);
}

void app_state_end(struct app *app)
{
    if (!app->session_path || app->depth == 0)
        return;
    while (app->session_writing) /* an older text must not come after the newest */
        if (!jobs_collect(app->jobs))
            poll(&(struct pollfd){.fd = jobs_fd(app->jobs), .events = POLLIN}, 1, -1);
    char *text = app->state_failed ? NULL : changed_text(app);
    if (text)
        write_text(app->session_path, text, NULL);
    free(text);
}

/* ---- histories ---- */

static char kind_of(enum action_id asking)
{
    enum action_argument argument = action_get(asking)->argument;
    return asking == ACTION_COMMAND ? ':'
           : argument == ARG_REGEX  ? '/'
           : argument == ARG_SQL    ? ';'
                                    : '>';
}

struct history_job {
    struct app *app;
    char *path, *text;
    char kind;
};

static bool history_work(void *context, struct progress *progress, struct error *err)
{
    const struct history_job *j = context;
    (void)progress;
    char *folder = mem_strndup(j->path, (size_t)(strrchr(j->path, '/') - j->path));
    bool ok = state_make_folder(folder, err) && history_append(j->path, j->kind, j->text, err);
    free(folder);
    return ok;
}

static void history_done(void *context, bool ok, const struct error *err)
{
    struct history_job *j = context;
    if (!ok)
        state_failed(j->app, err);
    free(j->path);
    free(j->text);
    free(j);
}

void app_keep_history(struct app *app, enum action_id asking, const char *text)
{
    if (!app->history_path || !*text || app->state_failed)
        return;
    struct history_job *j = mem_zalloc(1, sizeof *j);
    *j = (struct history_job){.app = app,
                              .path = mem_strdup(app->history_path),
                              .text = mem_strdup(text),
                              .kind = kind_of(asking)};
    jobs_start(app->jobs, &(struct job_spec){.name = "history",
                                             .flags = JOB_QUIET,
                                             .work = history_work,
                                             .done = history_done,
                                             .context = j});
}

void app_state_begin(struct app *app)
{
    if (app->depth == 0)
        return;
    struct session fresh;
    take_down(app, &fresh);
    app->session_fresh = text_of(&fresh, false);
    app->session_kept = mem_strdup(app->session_fresh);
    session_release(&fresh);
    if (!app->options.state || app->options.batch)
        return;
    app->history_path = path_join(app->options.state, "history");
    const struct history_kind kinds[] = {
        {':', &app->commands}, {'/', &app->patterns}, {';', &app->statements}, {'>', &app->others}};
    struct error err = {0};
    if (!history_load(app->history_path, kinds, ARRAY_LEN(kinds), &err))
        app_say_error(app, &err);
    if (!app->options.session || app->options.n_commands > 0 || !app->host.workspace)
        return;
    char *name = session_file_name(app->host.workspace);
    app->session_path = path_join(app->options.state, name);
    free(name);
    read_session(app);
}

/* ---- actions ---- */

static void clear_root(struct app *app)
{
    app_pop_to_root(app);
    struct view *root = app_front(app);
    if (root->ops->go_pane)
        root->ops->go_pane(root, 0);
    struct sheet *sheet = app_sheet(app);
    if (!sheet)
        return;
    sheet_clear_filters(sheet);
    sheet_unsort(sheet);
    sheet_unmark_all(sheet);
    sheet_go_column(sheet, 0);
    sheet_go(sheet, 0);
}

static unsigned reset(struct app *app, const char *arg, struct error *err)
{
    if (strcmp(arg, "reset") != 0) {
        error_set(err, ERROR_USAGE, "session: there is only :session reset");
        return REACT_ERROR;
    }
    clear_root(app);
    struct session fresh;
    if (app->session_fresh &&
        session_parse(app->session_fresh, strlen(app->session_fresh), &fresh, NULL)) {
        come_back(app, &fresh);
        session_release(&fresh);
    }
    app_log_line(app, "session reset"); /* which says it all in a script */
    free(changed_text(app));            /* as it is now need not be kept */
    if (app->session_path && app->session_writing)
        app->session_dropped = true;
    else if (app->session_path)
        start_writing(app, NULL);
    app_say(app, MESSAGE_INFO, "begun anew");
    return REACT_DRAW;
}

unsigned app_session_action(struct app *app, const struct call *call, struct error *err)
{
    switch (call->id) {
    case ACTION_SESSION:
        return reset(app, call->arg, err);
    case ACTION_RESTORE:
        return restore_or_wait(app, call->arg, err) ? REACT_DRAW : REACT_ERROR;
    default:
        return REACT_PASS;
    }
}
