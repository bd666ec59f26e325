#include "tui/screens/help_screen.h"

#include "storage/base/mem.h"
#include "tui/screens/app_private.h"
#include "tui/screens/sheet_view.h"
#include "tui/widgets/table.h"

/* The longest texts fit at 80 columns; what the action is about is known from its place in the
 * list, too. */
static const struct column columns[] = {
    {.name = "keys", .kind = COLUMN_TEXT, .width = 14, .fit = true},
    {.name = "what it does", .kind = COLUMN_TEXT, .width = 22, .width_max = 45},
    {.name = "command", .kind = COLUMN_TEXT, .width = 14, .width_max = 50},
    {.name = "about", .kind = COLUMN_TEXT, .width = 7, .fit = true, .from = 90},
};

/* Help is also the list to choose from. */
static unsigned open_row(struct app *app, void *context, int64_t id, struct error *err)
{
    (void)context;
    const struct action *action = action_get((enum action_id)id);
    app_pop(app);
    app_log_line(app, "back"); /* in a script the action itself follows */
    if (id == ACTION_HELP)
        return REACT_DRAW;
    if (app_must_ask(action)) {
        app_ask(app, (enum action_id)id, "");
        return REACT_DRAW;
    }
    return app_call(app, &(struct call){.id = (enum action_id)id}, err);
}

/* Has the view the action's keys, or does its footer name it? */
static bool is_of_view(const struct view *view, enum action_id id)
{
    if (view && (action_get(id)->scope & view->ops->scopes))
        return true;
    for (int i = 0; view && i < VIEW_FOOTER_KEYS; i++)
        if (view->ops->footer[i] == id && id != ACTION_HELP)
            return true;
    return false;
}

static void add_action(struct table *t, const struct app *app, enum action_id id, bool here)
{
    const struct action *action = action_get(id);
    struct buf keys;
    buf_init(&keys);
    keymap_keys_of(&app->keymap, id, &keys);
    table_row(t, id);
    table_text(t, keys.data, ROLE_KEY);
    table_text(t, action->help, ROLE_NORMAL);
    table_textf(t, ROLE_NORMAL, ":%s%s%s", action->name, *action->placeholder ? " " : "",
                action->placeholder);
    table_text(t, here ? "here" : action_group_name(action->group), here ? ROLE_TITLE : ROLE_DIM);
    buf_release(&keys);
}

struct view *help_screen_new(struct app *app)
{
    const struct view *front = app_front(app);
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (int i = 1; i < ACTION_COUNT; i++)
        if (is_of_view(front, (enum action_id)i))
            add_action(t, app, (enum action_id)i, true);
    for (int group = 0; group < GROUP_COUNT; group++)
        for (int i = 1; i < ACTION_COUNT; i++)
            if (action_get((enum action_id)i)->group == (enum action_group)group &&
                !is_of_view(front, (enum action_id)i))
                add_action(t, app, (enum action_id)i, false);
    return sheet_view_new(app, "Help", table_source(t), open_row, NULL, NULL);
}
