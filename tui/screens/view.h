/*
 * What a view is. A view is a struct that begins with `struct view`, made by its own _new function
 * and pushed with app_push(); q pops and releases it, and the one below is shown as it was left.
 *
 * draw() is a pure function of the view and the canvas's size: it changes nothing. What depends on
 * the room there is (scroll positions, panes) is settled in layout(), which is called before. Work
 * goes to jobs (tui/command/job.h); a job's `done` must find out whether its view still exists: use
 * app_view_alive(app, number).
 */
#ifndef TUI_SCREENS_VIEW_H
#define TUI_SCREENS_VIEW_H

#include "tui/command/action.h"
#include "tui/widgets/sheet.h"

struct app;
struct view;

enum { VIEW_FOOTER_KEYS = 5 };

struct view_ops {
    const char *name;                        /* "users" */
    unsigned scopes;                         /* whose keys hold here: SCOPE_CASE | … */
    enum action_id footer[VIEW_FOOTER_KEYS]; /* the keys that matter here */
    void (*crumb)(const struct view *view, struct buf *out); /* "A1YJEY40YUW4SE" */
    void (*layout)(struct view *view, int rows, int cols);   /* before each frame; NULL allowed */
    /* The canvas is what is between the breadcrumbs and the status line. */
    void (*draw)(const struct view *view, struct canvas *c);
    /* REACT_PASS: the focused sheet, then the screens, then the application get the call. With
     * REACT_ERROR, *err is shown. NULL allowed. */
    unsigned (*handle)(struct view *view, struct app *app, const struct call *call,
                       struct error *err);
    /* The sheet that has the keys; NULL: none. Moves, search, filters, marks and export act on it;
     * the cursor having moved comes back as moved(). */
    struct sheet *(*sheet)(const struct view *view);
    void (*moved)(struct view *view, struct app *app);        /* NULL allowed */
    void (*status)(const struct view *view, struct buf *out); /* instead of sheet_status; or NULL */
    void (*refresh)(struct view *view,
                    struct app *app); /* once when pushed; definition, runs or data changed */
    void (*tick)(struct view *view, struct app *app); /* asked for with app_tick(); or NULL */
    /* Commands that lead here from Overview, for Y: ":user … :runs a,b :def iirg". NULL: none. */
    void (*link)(const struct view *view, struct buf *out);
    void (*release)(struct view *view); /* frees it */
};

struct view {
    const struct view_ops *ops;
    uint64_t number; /* given by app_push; never used twice */
};

#endif
