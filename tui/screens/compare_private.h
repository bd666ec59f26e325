/* What the parts of Compare share: compare_screen.c (the view), compare_choose.c (which runs),
 * compare_sheets.c (its sheets), compare_users.c (the users of a cell). Not for others. */
#ifndef TUI_SCREENS_COMPARE_PRIVATE_H
#define TUI_SCREENS_COMPARE_PRIVATE_H

#include "analysis/report/compare.h"
#include "tui/screens/compare_screen.h"

/* A comparison as several views show it. References are taken and given back by the drawing
 * thread; jobs only read. */
struct comparison {
    struct compare data;
    int refs;
};
struct comparison *comparison_ref(struct comparison *comparison); /* NULL allowed */
void comparison_unref(struct comparison *comparison);             /* NULL allowed */
/* Is it about what the host shows now? */
bool comparison_holds(const struct comparison *comparison, const struct host *host);

/* The runs of a side, by their numbers. */
struct compare_runs {
    int64_t *id; /* [n] */
    size_t n;
};
struct compare_runs compare_runs_copy(const struct compare_runs *runs);
void compare_runs_release(struct compare_runs *runs);
/* Shows the runs of both sides, as many as fit; refreshes all views when they were not shown. */
void compare_show_runs(struct app *app, const struct compare_runs side[2]);
/* The commands that lead to the comparison: host_link() and ":compare A B", and host_link() again
 * where other runs are shown than that shows. */
void compare_link(const struct host *host, const struct compare_runs side[2], struct buf *out);

/* compare_screen.c: takes the ids over. */
struct view *compare_screen_new(struct app *app, struct compare_runs side[2]);

/* Which users: of an outcome (COMPARE_OUTCOMES: of any) and a slice (-1: of any). */
struct compare_cell {
    enum compare_outcome outcome;
    int slice;
};
/* "won", "all reachable": as :compare-users takes it. */
bool compare_cell_parse(const char *text, struct compare_cell *out, struct error *err);
void compare_cell_format(const struct compare_cell *cell, struct buf *out);

/* compare_sheets.c. Each sheet keeps what it needs. */
enum compare_pane {
    COMPARE_FIGURES_PANE,
    COMPARE_SLICES_PANE,
    COMPARE_GAIN_PANE,
    COMPARE_LABELS_PANE,
    COMPARE_USERS_PANE,
    COMPARE_PANES
};
struct sheet_source *compare_pane_source(enum compare_pane pane, const struct compare *compare);
struct sheet_source *compare_pane_empty(enum compare_pane pane);
/* The users that a cell of the pane is about; false: of figures and labels there are none. */
bool compare_pane_cell(enum compare_pane pane, int64_t id, int column, struct compare_cell *out);

/* compare_users.c. The view shows the comparison of the view below (NULL: it is being made), which
 * hands over new ones: NULL when there is none to be had. */
struct view *compare_users_new(struct app *app, struct comparison *comparison,
                               const struct compare_runs side[2], const struct compare_cell *cell);
void compare_users_take(struct view *view, struct comparison *comparison);

#endif
