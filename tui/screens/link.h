/*
 * Links: commands that lead from Overview to a view and show it as it is, for Y, pins and sessions.
 * First the scene (scene.h), then a command for each view that has to be opened, then the view's
 * state, a `restore` each. Whoever follows a link does nothing but show: no line is done whose
 * action has neither ACT_SHOWS nor ACT_SCENE, wherever the link comes from. Drawing thread only.
 */
#ifndef TUI_SCREENS_LINK_H
#define TUI_SCREENS_LINK_H

#include "tui/screens/app.h"

/* What a view shows, a line each, as link_restore() takes it: the view's own lines, "pane 2" where
 * there are several, and the lines of sheet_state() of the sheet that has the keys. */
void link_state(const struct view *view, unsigned sheet_parts, struct buf *out);
/* False: not a line of it, or what it speaks of is not here (yet). */
bool link_restore(struct view *view, const char *line, struct error *err);
/* Of those lines: does it only say where the keys and the cursor are? */
bool link_is_cursor(const char *line);

/* The commands, a line each. Nothing for views that cannot be opened by commands. */
void link_to_view(const struct view *view, unsigned sheet_parts, struct buf *out);
/* May the line stand in a link? */
bool link_allows(const char *line, struct error *err);
bool link_is_scene(const char *line);
/* Opens what a link says above the views there are; q puts the scene back. Up to the first line
 * that fails. */
unsigned link_open(struct app *app, const char *link, struct error *err);

#endif
