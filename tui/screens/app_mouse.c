/*
 * The mouse: a press on a row chooses it and its pane, on a header sorts (upward, downward, not),
 * the wheel moves. It calls the same actions as the keys do.
 */
#include <stdio.h>

#include "storage/base/mem.h"
#include "tui/screens/app_private.h"

enum { PANES_TRIED = 16, WHEEL_ROWS = 3 };

static unsigned do_action(struct app *app, enum action_id id, const char *arg)
{
    return app_call_and_say(app, &(struct call){.id = id, .arg = arg});
}

/* Makes the pane the one with the keys whose sheet was drawn there. False: it is gone. */
static bool focus(struct app *app, const void *drawn)
{
    struct view *front = app_front(app);
    if (app_sheet(app) == drawn)
        return true;
    if (!front || !front->ops->pane || !front->ops->go_pane)
        return false;
    int before = front->ops->pane(front);
    for (int pane = 0; pane < PANES_TRIED; pane++)
        if (front->ops->go_pane(front, pane) && app_sheet(app) == drawn) {
            char state[24];
            snprintf(state, sizeof state, "restore pane %d", pane);
            app_log_line(app, state);
            return true;
        }
    front->ops->go_pane(front, before);
    return false;
}

static unsigned sort_by(struct app *app, const struct sheet *sheet, int column)
{
    bool descending;
    bool sorted = sheet_sorted_by(sheet, &descending) == column;
    char *name = mem_strdup(sheet_source(sheet)->columns[column].name);
    unsigned reaction = do_action(app, sorted ? ACTION_SORT_DOWN : ACTION_SORT_UP, name);
    free(name);
    return reaction;
}

static unsigned choose(struct app *app, const struct sheet *sheet, const struct sheet_spot *spot)
{
    unsigned reaction = REACT_DRAW;
    if (spot->column >= 0 && spot->column != sheet_column(sheet)) {
        char *name = mem_strdup(sheet_source(sheet)->columns[spot->column].name);
        reaction |= do_action(app, ACTION_COLUMN, name);
        free(name);
    }
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)spot->position + 1);
    return reaction | do_action(app, ACTION_GO, number);
}

static unsigned press(struct app *app, int y, int x)
{
    const struct grid_region *r = grid_region_at(&app->grid, y, x);
    struct sheet_spot spot;
    if (!r || !focus(app, r->what))
        return REACT_DONE;
    const struct sheet *sheet = app_sheet(app);
    if (!sheet_spot(sheet, y - r->y, x - r->x, &spot))
        return REACT_DRAW;
    return spot.header ? sort_by(app, sheet, spot.column) : choose(app, sheet, &spot);
}

/* What is typed goes first: the mouse does not act behind a prompt or a question. */
unsigned app_mouse(struct app *app, const struct event *event)
{
    if (app->question || app->prompt.open || app->palette.prompt.open || app->pending.n > 0)
        return REACT_DONE;
    free(app->said);
    app->said = NULL;
    unsigned reaction = REACT_DRAW;
    if (event->button == 1)
        return press(app, event->y, event->x);
    for (int i = 0; i < WHEEL_ROWS && (event->button == 4 || event->button == 5); i++)
        reaction = do_action(app, event->button == 4 ? ACTION_UP : ACTION_DOWN, NULL);
    return reaction;
}
