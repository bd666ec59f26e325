#include "tui/screens/link.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"

/* ---- a view's state ---- */

void link_state(const struct view *view, unsigned sheet_parts, struct buf *out)
{
    if (view->ops->state)
        view->ops->state(view, out);
    if (view->ops->pane) /* the sheet is that pane's */
        buf_addf(out, "pane %d\n", view->ops->pane(view));
    const struct sheet *sheet = view->ops->sheet ? view->ops->sheet(view) : NULL;
    if (sheet)
        sheet_state(sheet, sheet_parts, out);
}

static bool restore_pane(struct view *view, const char *text, struct error *err)
{
    int32_t pane;
    return (view->ops->go_pane && num_int32(text, strlen(text), &pane) &&
            view->ops->go_pane(view, pane)) ||
           error_set(err, ERROR_NOT_FOUND, "there is no pane \"%s\" here", text);
}

bool link_restore(struct view *view, const char *line, struct error *err)
{
    unsigned own = view->ops->restore ? view->ops->restore(view, line, err) : REACT_PASS;
    if (own != REACT_PASS)
        return !(own & REACT_ERROR);
    if (strncmp(line, "pane ", 5) == 0)
        return restore_pane(view, line + 5, err);
    struct sheet *sheet = view->ops->sheet ? view->ops->sheet(view) : NULL;
    if (!sheet)
        return error_set(err, ERROR_STATE, "there is no sheet here");
    return sheet_restore(sheet, line, err);
}

bool link_is_cursor(const char *line)
{
    return strncmp(line, "go ", 3) == 0 || strncmp(line, "pane ", 5) == 0;
}

/* ---- links ---- */

void link_to_view(const struct view *view, unsigned sheet_parts, struct buf *out)
{
    struct buf state;
    size_t before = out->len;
    if (view->ops->link)
        view->ops->link(view, out);
    if (out->len == before)
        return;
    buf_init(&state);
    link_state(view, sheet_parts, &state);
    char *save = NULL;
    for (char *at = strtok_r(state.data, "\n", &save); at; at = strtok_r(NULL, "\n", &save))
        buf_addf(out, "restore %s\n", at);
    buf_release(&state);
}

static unsigned flags_of(const char *line)
{
    struct call call;
    bool ok = call_parse(line, &call, NULL) && !call.confirmed;
    return ok ? action_get(call.id)->flags : 0;
}

bool link_allows(const char *line, struct error *err)
{
    return (flags_of(line) & (ACT_SHOWS | ACT_SCENE)) ||
           error_set(err, ERROR_USAGE, "\"%.200s\" is no command that only shows something", line);
}

bool link_is_scene(const char *line)
{
    return flags_of(line) & ACT_SCENE;
}

/* What the commands open lies above the views there are. */
unsigned link_open(struct app *app, const char *link, struct error *err)
{
    char *copy = mem_strdup(link), *save = NULL;
    unsigned reaction = REACT_DRAW;
    app_scene_enter(app);
    app_keep_views(app, true);
    for (char *line = strtok_r(copy, "\n", &save); line && !(reaction & REACT_ERROR);
         line = strtok_r(NULL, "\n", &save))
        reaction |= link_allows(line, err) ? app_do(app, line, err) : (unsigned)REACT_ERROR;
    app_keep_views(app, false);
    app_scene_entered(app);
    free(copy);
    return reaction;
}
