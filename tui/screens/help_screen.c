#include "tui/screens/help_screen.h"

#include <string.h>

#include "storage/base/mem.h"
#include "tui/screens/app_private.h"
#include "tui/screens/sheet_view.h"
#include "tui/widgets/table.h"
#include "tui/widgets/text.h"

/* The help of a column is in lines that fit on 80 columns. */
enum { LINE_COLS = 36 };

/* The longest texts fit at 80 columns; what the action is about is known from its place in the
 * list, too. */
static const struct column columns[] = {
    {.name = "keys", .kind = COLUMN_TEXT, .width = 14, .fit = true},
    {.name = "what it does", .kind = COLUMN_TEXT, .width = 22, .width_max = 45},
    {.name = "command", .kind = COLUMN_TEXT, .width = 14, .width_max = 50},
    {.name = "about", .kind = COLUMN_TEXT, .width = 7, .fit = true, .from = 90},
};

/* Identities of rows that are about the column under the cursor: behind those of the actions. */
enum { ABOUT_COLUMN = ACTION_COUNT, ABOUT_BADGES = ABOUT_COLUMN + 100 };

/* Help is also the list to choose from. */
static unsigned open_row(struct app *app, void *context, int64_t id, struct error *err)
{
    (void)context;
    const struct action *action = action_get(id < ABOUT_COLUMN ? (enum action_id)id : ACTION_NONE);
    app_pop(app);
    app_log_line(app, "back"); /* in a script the action itself follows */
    if (id == ACTION_HELP)
        return REACT_DRAW;
    if (id >= ABOUT_COLUMN)
        return app_call(app, &(struct call){.id = ACTION_COLUMNS}, err);
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

/* What the badges mean, and by what they are found: by their ASCII form, too. */
static void add_badges(struct table *t, const struct glyphs *shown)
{
    static const struct {
        enum glyph glyph;
        const char *meaning;
    } badges[] = {
        {GLYPH_VERBATIM, "n: ends a verbatim match of n items"},
        {GLYPH_ONE_HOP, "directly followed the last item"},
        {GLYPH_ONE_HOP_ANY, "directly followed an earlier item"},
        {GLYPH_RELATED, "xh: related; x is s y t d, h hops"},
        {GLYPH_UNCATEGORIZED, "uncategorized"},
        {GLYPH_REPEAT, "already in the history"},
        {GLYPH_ILLEGAL, "illegal: no item has this id"},
        {GLYPH_TARGET, "the held-out target"},
    };
    for (size_t i = 0; i < ARRAY_LEN(badges); i++) {
        table_row(t, ABOUT_BADGES + (int64_t)i);
        const char *symbol = shown->symbol[badges[i].glyph];
        table_textf(t, ROLE_KEY, "%s%s%s", symbol, shown->ascii ? "" : " or ",
                    shown->ascii ? "" : glyphs_ascii.symbol[badges[i].glyph]);
        table_text(t, badges[i].meaning, ROLE_NORMAL);
        table_text(t, ":columns", ROLE_NORMAL);
        table_text(t, "badge", ROLE_TITLE);
    }
}

/* The definition of the number under the cursor. */
static void add_column(struct table *t, const struct app *app, const struct sheet *sheet)
{
    const struct sheet_source *source = sheet ? sheet_source(sheet) : NULL;
    if (!source || source->n_columns == 0 || sheet_column(sheet) >= source->n_columns)
        return;
    const struct column *column = &source->columns[sheet_column(sheet)];
    if (!column->help)
        return;
    const char *help = column->help;
    for (int64_t line = 0; *help && line < ABOUT_BADGES - ABOUT_COLUMN; line++) {
        size_t n = text_line(help, strlen(help), LINE_COLS);
        table_row(t, ABOUT_COLUMN + line);
        table_text(t, line == 0 ? column->name : "", ROLE_TITLE);
        table_textf(t, ROLE_NORMAL, "%.*s", (int)n, help);
        table_text(t, line == 0 ? ":columns" : "", ROLE_NORMAL);
        table_text(t, line == 0 ? "column" : "", ROLE_TITLE);
        help += n;
        help += strspn(help, " ");
    }
    if (column->kind == COLUMN_BADGE)
        add_badges(t, app_glyphs(app));
}

struct view *help_screen_new(struct app *app)
{
    const struct view *front = app_front(app);
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    add_column(t, app, app_sheet(app));
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
