/*
 * What a view is. A view is a struct that begins with `struct view`, made by its own _new function
 * and pushed with app_push(); q pops and releases it, and the one below is shown as it was left.
 *
 * draw() is a pure function of the view and the canvas's size: it changes nothing. What depends on
 * the room there is (scroll positions, panes) is settled in layout(), which is called before. Work
 * goes to jobs, by way of view_job.h: the view may be gone, or have asked anew, when one ends.
 */
#ifndef TUI_SCREENS_VIEW_H
#define TUI_SCREENS_VIEW_H

#include "tui/command/action.h"
#include "tui/widgets/sheet.h"

struct app;
struct case_subject;
struct completions;
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
    /* Candidates for an argument that only the view knows; NULL allowed. */
    void (*complete)(const struct view *view, enum action_argument kind, const char *prefix,
                     struct completions *out);
    /* Commands that lead here from Overview, for Y: ":user … :runs a,b :def iirg". NULL: none. */
    void (*link)(const struct view *view, struct buf *out);
    /* The pane that has the keys, by a number that means the same in the next session; NULL: there
     * is one pane. go_pane: false when that pane is not there (yet). */
    int (*pane)(const struct view *view);
    bool (*go_pane)(struct view *view, int pane);
    /* What it shows apart from that, a line each, and back: REACT_PASS for lines of others,
     * REACT_ERROR with *err where it cannot be done (yet). NULL allowed. */
    void (*state)(const struct view *view, struct buf *out);
    unsigned (*restore)(struct view *view, const char *line, struct error *err);
    /* What p pins here (analysis/report/case_study.h), into a zeroed subject; false or NULL: the
     * sheet that has the keys, as it is filtered and sorted. */
    bool (*pin)(const struct view *view, struct case_subject *out);
    void (*release)(struct view *view); /* frees it */
};

struct view {
    const struct view_ops *ops;
    uint64_t number; /* given by app_push; never used twice */
    double tick_at;  /* when tick() is due, on the monotonic clock; 0: not asked for */
};

#endif
