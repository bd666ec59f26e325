#include "tui/screens/case_desk.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "storage/base/mem.h"
#include "tui/screens/app_private.h"
#include "tui/screens/case_study_screen.h"
#include "tui/screens/link.h"

/* Proposed for the first pin of all. */
static const char first_title[] = "Findings";

struct task {
    struct task *next;
    struct desk_change change;
    bool ok;
    struct error err;
    struct buf said; /* what was done, in words */
    int64_t study;   /* that it was about */
};

struct case_desk {
    struct study *study;
    pthread_mutex_t lock; /* of the three below */
    struct task *waiting, *ended;
    bool working; /* a job takes from `waiting` */
    /* drawing thread only */
    struct app *app;
    struct case_studies known;
    bool read;
    int64_t last_used; /* 0: none */
    char *asked;       /* title of the last pin while changes are under way; NULL */
};

static struct case_desk *desk_of(struct host *host)
{
    if (!host->desk) {
        host->desk = mem_zalloc(1, sizeof *host->desk);
        host->desk->study = host->study;
        pthread_mutex_init(&host->desk->lock, NULL);
    }
    return host->desk;
}

static void task_free(struct task *t)
{
    free(t->change.text);
    free(t->change.before);
    free(t->change.path);
    case_subject_release(&t->change.subject);
    buf_release(&t->said);
    free(t);
}

void case_desk_free(struct case_desk *desk)
{
    if (!desk)
        return;
    while (desk->ended) {
        struct task *t = desk->ended;
        desk->ended = t->next;
        task_free(t);
    }
    case_studies_release(&desk->known);
    free(desk->asked);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}

void case_desk_know(struct host *host, struct case_studies *studies)
{
    struct case_desk *desk = desk_of(host);
    case_studies_release(&desk->known);
    desk->known = *studies;
    *studies = (struct case_studies){0};
    desk->read = true;
}

/* ---- doing, on the job's thread with the database locked ---- */

/* The study of that very title; *id is 0 where there is none. */
static bool find_title(struct workspace *ws, const char *title, int64_t *id, struct error *err)
{
    struct case_studies list;
    if (!case_studies_read(ws, NULL, &list, err))
        return false;
    *id = 0;
    for (size_t i = 0; i < list.n && *id == 0; i++)
        if (strcasecmp(list.study[i].title, title) == 0)
            *id = list.study[i].id;
    case_studies_release(&list);
    return true;
}

static bool store_pin(struct workspace *ws, struct task *t, struct case_pin *pin, struct error *err)
{
    int64_t id;
    struct case_study study;
    if (!find_title(ws, t->change.text, &pin->study, err) ||
        !(pin->study ? case_pin_add(ws, pin, &id, err)
                     : case_pin_add_new(ws, t->change.text, pin, &pin->study, &id, err)))
        return false;
    t->study = pin->study;
    if (case_get(ws, pin->study, &study, NULL, NULL)) {
        buf_addf(&t->said, "pinned to %s: %s; u takes it back", study.title, pin->summary);
        case_study_release(&study);
    }
    return true;
}

static bool change_text(struct workspace *ws, struct task *t, struct error *err)
{
    const struct desk_change *c = &t->change;
    struct error why = {0};
    struct case_edit edit = {.text = c->text, .text_before = c->before};
    if (case_change(ws, c->study, &edit, &why)) {
        buf_adds(&t->said, "text stored; u takes it back");
        unlink(c->path);
        return true;
    }
    return error_set(err, why.code, "%s; your text is in %s", why.text, c->path);
}

static bool step(struct workspace *ws, struct task *t, struct error *err)
{
    bool back = t->change.kind == DESK_UNDO;
    buf_adds(&t->said, back ? "undone: " : "redone: ");
    bool ok =
        back ? case_undo(ws, &t->said, &t->study, err) : case_redo(ws, &t->said, &t->study, err);
    buf_adds(&t->said, back ? "; ^R does it again" : "");
    return ok;
}

static bool note_is(const struct case_pins *pins, int64_t pin, const char *text)
{
    for (size_t i = 0; i < pins->n; i++)
        if (pins->pin[i].id == pin)
            return strcmp(pins->pin[i].note, text) == 0;
    return false;
}

/* Enter on words that nobody touched is no change: u is to take back the one before, and ^R what
 * was taken back. */
static bool is_there_already(struct workspace *ws, const struct desk_change *c)
{
    struct case_study now;
    struct case_pins pins;
    bool words = c->kind == DESK_TITLE || c->kind == DESK_TAGS || c->kind == DESK_NOTE;
    if (!words || !case_get(ws, c->study, &now, &pins, NULL))
        return false;
    bool same = c->kind == DESK_NOTE
                    ? note_is(&pins, c->pin, c->text)
                    : strcmp(c->kind == DESK_TITLE ? now.title : now.tags, c->text) == 0;
    case_pins_release(&pins);
    case_study_release(&now);
    return same;
}

static bool change(struct workspace *ws, struct task *t, struct error *err)
{
    const struct desk_change *c = &t->change;
    t->study = c->study;
    if (is_there_already(ws, c)) {
        buf_adds(&t->said, "the words are as they were");
        return true;
    }
    switch (c->kind) {
    case DESK_PIN:
        return false; /* not by this way */
    case DESK_NEW:
        buf_addf(&t->said, "made %s", c->text);
        return case_add(ws, c->text, &t->study, err);
    case DESK_TITLE:
        buf_addf(&t->said, "it is called %s now; u takes it back", c->text);
        return case_change(ws, c->study, &(struct case_edit){.title = c->text}, err);
    case DESK_TAGS:
        buf_adds(&t->said, "tags stored; u takes it back");
        return case_change(ws, c->study, &(struct case_edit){.tags = c->text}, err);
    case DESK_TEXT:
        return change_text(ws, t, err);
    case DESK_NOTE:
        buf_adds(&t->said, "note stored; u takes it back");
        return case_pin_note(ws, c->pin, c->text, err);
    case DESK_MOVE:
        return case_pin_move(ws, c->pin, c->by, err);
    case DESK_REMOVE:
        buf_adds(&t->said, "deleted the pin; u brings it back");
        return case_pin_remove(ws, c->pin, err);
    case DESK_DELETE:
        buf_adds(&t->said, "deleted the case study; u brings it back");
        return case_delete(ws, c->study, err);
    case DESK_UNDO:
    case DESK_REDO:
        return step(ws, t, err);
    }
    return false;
}

/* A pin's numbers are computed before the database is taken: that may be long. Not even leaving
 * rote cancels it. */
static bool do_task(struct study *study, struct task *t, struct error *err)
{
    struct case_pin pin = {0};
    bool ok =
        t->change.kind != DESK_PIN || case_pin_make(study, &t->change.subject, NULL, &pin, err);
    if (!ok)
        return false;
    struct workspace *ws = study_lock(study);
    ok = t->change.kind == DESK_PIN ? store_pin(ws, t, &pin, err) : change(ws, t, err);
    study_unlock(study);
    case_pin_release(&pin);
    bool steps = t->change.kind == DESK_UNDO || t->change.kind == DESK_REDO;
    return ok && (!steps || study_runs_refresh(study, err)); /* it may be a run's name */
}

static struct task *take_waiting(struct case_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    struct task *t = desk->waiting;
    if (t)
        desk->waiting = t->next;
    else
        desk->working = false;
    pthread_mutex_unlock(&desk->lock);
    return t;
}

static void append(struct task **list, struct task *t)
{
    t->next = NULL;
    while (*list)
        list = &(*list)->next;
    *list = t;
}

static bool work(void *context, struct progress *progress, struct error *err)
{
    struct case_desk *desk = context;
    (void)progress, (void)err;
    for (struct task *t; (t = take_waiting(desk));) {
        t->ok = do_task(desk->study, t, &t->err);
        pthread_mutex_lock(&desk->lock);
        append(&desk->ended, t);
        pthread_mutex_unlock(&desk->lock);
    }
    return true;
}

/* ---- the end, on the drawing thread ---- */

static void tell(struct case_desk *desk, struct task *t)
{
    const struct view *front = app_front(desk->app);
    if (!t->ok) {
        app_failed(desk->app, &t->err);
        return;
    }
    if (t->said.len > 0)
        app_say(desk->app, MESSAGE_INFO, "%s", t->said.data);
    if (t->study > 0)
        desk->last_used = t->study;
    else
        app_refresh(desk->app); /* it was the name of a run */
    if (t->change.kind == DESK_NEW) {
        char *command = mem_printf("new-case %s", t->change.text);
        app_log_line(desk->app, command);
        free(command);
    }
    if (t->change.kind == DESK_NEW && front && strcmp(front->ops->name, "cases") == 0)
        app_push_late(desk->app, front->number, case_study_screen_new(desk->app, t->study), NULL);
}

static void done(void *context, bool ok, const struct error *err)
{
    struct case_desk *desk = context;
    (void)ok, (void)err;
    pthread_mutex_lock(&desk->lock);
    struct task *ended = desk->ended;
    desk->ended = NULL;
    bool idle = !desk->working;
    pthread_mutex_unlock(&desk->lock);
    desk->read = false;
    if (idle) {
        free(desk->asked);
        desk->asked = NULL;
    }
    while (ended) {
        struct task *t = ended;
        ended = t->next;
        tell(desk, t);
        task_free(t);
    }
    app_refresh_named(desk->app, "cases");
    app_refresh_named(desk->app, "case-study");
}

void case_desk_do(struct app *app, const struct desk_change *c)
{
    struct case_desk *desk = desk_of(host_of(app));
    struct task *t = mem_zalloc(1, sizeof *t);
    t->change = *c;
    buf_init(&t->said);
    desk->app = app;
    pthread_mutex_lock(&desk->lock);
    append(&desk->waiting, t);
    bool start = !desk->working;
    desk->working = true;
    pthread_mutex_unlock(&desk->lock);
    if (start)
        jobs_start(app_jobs(app), &(struct job_spec){.name = "storing",
                                                     .flags = JOB_QUIET,
                                                     .work = work,
                                                     .done = done,
                                                     .context = desk});
}

/* ---- p ---- */

/* Small rows, and only where no view and no change has read them since. */
static bool read_known(struct host *host, struct error *err)
{
    struct case_desk *desk = desk_of(host);
    struct case_studies list;
    if (desk->read)
        return true;
    struct workspace *ws = study_lock_reader(host->study);
    bool ok = case_studies_read(ws, NULL, &list, err) && case_last_used(ws, &desk->last_used, err);
    study_unlock_reader(host->study);
    if (ok)
        case_desk_know(host, &list);
    return ok;
}

static const char *proposed_title(const struct case_desk *desk)
{
    if (desk->asked)
        return desk->asked;
    for (size_t i = 0; i < desk->known.n; i++)
        if (desk->known.study[i].id == desk->last_used)
            return desk->known.study[i].title;
    return desk->known.n > 0 ? desk->known.study[0].title : first_title;
}

/* The sheet in front as it is filtered and sorted, with the commands that bring it back. */
static bool sheet_subject(struct app *app, struct case_subject *out, struct error *err)
{
    const struct host *host = host_of(app);
    const struct view *front = app_front(app);
    const struct sheet *sheet = front->ops->sheet ? front->ops->sheet(front) : NULL;
    const struct study_run *run[HOST_RUNS];
    struct buf title, state, link;
    if (!front->ops->link)
        return error_set(
            err, ERROR_USAGE,
            "this view cannot be reopened, so it cannot be pinned; q, then p pins the view below");
    buf_init(&title);
    buf_init(&state);
    buf_init(&link);
    front->ops->crumb(front, &title);
    link_to_view(front, SHEET_LOOK, &link);
    if (sheet)
        sheet_state_words(sheet, &state);
    *out = (struct case_subject){.kind = CASE_SHEET,
                                 .part = host->part,
                                 .definition = host->definition,
                                 .title = buf_detach(&title),
                                 .state = buf_detach(&state),
                                 .link = buf_detach(&link)};
    size_t n = host_shown_runs(host, run);
    for (size_t i = 0; i < n; i++)
        out->run[out->n_runs++] = mem_strdup(run[i]->name);
    return true;
}

static unsigned pin(struct app *app, const char *title, struct error *err)
{
    struct case_desk *desk = desk_of(host_of(app));
    const struct view *front = app_front(app);
    struct desk_change c = {.kind = DESK_PIN};
    if (!title && !read_known(host_of(app), err))
        return REACT_ERROR;
    if (!title && !app_batch(app)) {
        app_ask(app, ACTION_PIN, proposed_title(desk));
        return REACT_DRAW;
    }
    if (!(front->ops->pin && front->ops->pin(front, &c.subject)) &&
        !sheet_subject(app, &c.subject, err))
        return REACT_ERROR;
    c.text = mem_strdup(title ? title : proposed_title(desk));
    free(desk->asked);
    desk->asked = mem_strdup(c.text);
    case_desk_do(app, &c);
    return REACT_DRAW;
}

unsigned case_desk_handle(struct app *app, const struct call *call, struct error *err)
{
    if (study_read_only(host_of(app)->study)) {
        error_set(err, ERROR_STATE, "%s: the workspace is read-only", action_get(call->id)->name);
        return REACT_ERROR;
    }
    switch (call->id) {
    case ACTION_PIN:
        return pin(app, call->arg, err);
    case ACTION_NEW_CASE:
        app_log_later(app);
        case_desk_do(app, &(struct desk_change){.kind = DESK_NEW, .text = mem_strdup(call->arg)});
        return REACT_DRAW;
    default:
        case_desk_do(
            app, &(struct desk_change){.kind = call->id == ACTION_UNDO ? DESK_UNDO : DESK_REDO});
        return REACT_DRAW;
    }
}

void case_desk_complete(struct host *host, const char *prefix, struct completions *out)
{
    struct case_desk *desk = desk_of(host);
    if (!read_known(host, NULL))
        return;
    for (size_t i = 0; i < desk->known.n; i++)
        if (strncasecmp(desk->known.study[i].title, prefix, strlen(prefix)) == 0)
            completions_add(out, desk->known.study[i].title);
}
