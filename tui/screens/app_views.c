/* The stack of views: what is pushed and goes, and who is told of it. */
#include <string.h>

#include "storage/base/clock.h"
#include "storage/base/mem.h"
#include "tui/screens/app_private.h"

void app_push(struct app *app, struct view *view)
{
    view->number = ++app->last_number;
    MEM_GROW(app->stack, app->depth + 1, app->stack_cap);
    app->stack[app->depth++] = view;
    if (view->ops->refresh)
        view->ops->refresh(view, app);
    app->dirty = true;
}

/* ---- late ones ---- */

void app_drop_late(struct app *app)
{
    if (app->late)
        app->late->ops->release(app->late);
    app->late = NULL;
    free(app->late_line);
    app->late_line = NULL;
}

static bool is_asked(const struct app *app)
{
    return app->question || app->prompt.open || app->palette.prompt.open || app->pending.n > 0;
}

void app_push_waiting(struct app *app)
{
    if (!app->late || is_asked(app))
        return;
    const struct view *front = app_front(app);
    if (front && front->number == app->late_over) {
        if (app->late_line)
            app_log_line(app, app->late_line);
        app_push(app, app->late);
        app->late = NULL;
    } else {
        app_say(app, MESSAGE_INFO, "done, but another view is in front now; ask again to see it");
    }
    app_drop_late(app);
}

void app_push_late(struct app *app, uint64_t over, struct view *view, const char *line)
{
    app_drop_late(app);
    app->late = view;
    app->late_over = over;
    app->late_line = line ? mem_strdup(line) : NULL;
    app_push_waiting(app);
}

/* ---- going ---- */

void app_pop(struct app *app)
{
    if (app->depth <= 1)
        return;
    struct view *view = app->stack[--app->depth];
    uint64_t number = view->number;
    view->ops->release(view);
    jobs_cancel_of(app->jobs, number, NULL); /* nobody waits for them */
    app->dirty = true;
    if (app->host.popped)
        app->host.popped(app->host.data, app);
}

void app_pop_to_root(struct app *app)
{
    while (app->depth > (app->kept ? app->kept : 1))
        app_pop(app);
}

void app_keep_views(struct app *app, bool keep)
{
    app->kept = keep ? app->depth : 0;
}

bool app_keeps_views(const struct app *app)
{
    return app->kept > 0;
}

void app_scene_enter(struct app *app)
{
    if (app->host.enter)
        app->host.enter(app->host.data, app);
}

void app_scene_entered(struct app *app)
{
    if (app->host.entered)
        app->host.entered(app->host.data, app);
}

struct view *app_front(struct app *app)
{
    return app->depth > 0 ? app->stack[app->depth - 1] : NULL;
}

const struct view *app_view_at(const struct app *app, size_t below)
{
    return below < app->depth ? app->stack[app->depth - 1 - below] : NULL;
}

struct view *app_view_alive(struct app *app, uint64_t number)
{
    for (size_t i = 0; i < app->depth; i++)
        if (app->stack[i]->number == number)
            return app->stack[i];
    return NULL;
}

struct sheet *app_sheet(const struct app *app)
{
    const struct view *front = app->depth > 0 ? app->stack[app->depth - 1] : NULL;
    return front && front->ops->sheet ? front->ops->sheet(front) : NULL;
}

void app_refresh(struct app *app)
{
    for (size_t i = 0; i < app->depth; i++)
        if (app->stack[i]->ops->refresh)
            app->stack[i]->ops->refresh(app->stack[i], app);
    app->dirty = true;
}

void app_refresh_named(struct app *app, const char *name)
{
    for (size_t i = 0; i < app->depth; i++) {
        struct view *view = app->stack[i];
        if (strcmp(view->ops->name, name) == 0 && view->ops->refresh)
            view->ops->refresh(view, app);
    }
    app->dirty = true;
}

void app_tick(struct view *view, double seconds)
{
    view->tick_at = seconds < 0 ? 0 : clock_monotonic_seconds() + seconds;
}

void app_redraw(struct app *app)
{
    app->dirty = true;
}

void app_notify_moved(struct app *app)
{
    struct view *front = app_front(app);
    struct sheet *sheet = app_sheet(app);
    int64_t id = sheet ? sheet_id(sheet) : -1;
    if (!front ||
        (app->shown_view == front->number && app->shown_sheet == sheet && app->shown_id == id))
        return;
    app->shown_view = front->number;
    app->shown_sheet = sheet;
    app->shown_id = id;
    if (sheet && front->ops->moved)
        front->ops->moved(front, app);
}
