/* What the parts of Overview share: overview.c (the view), overview_facts.c, overview_runs.c (the
 * table and its groups), overview_jobs.c (what is read and computed). Not for others. */
#ifndef TUI_SCREENS_OVERVIEW_PRIVATE_H
#define TUI_SCREENS_OVERVIEW_PRIVATE_H

#include "analysis/report/audit_report.h"
#include "analysis/report/frontier.h"
#include "analysis/report/train.h"
#include "tui/screens/figures.h"
#include "tui/screens/host.h"
#include "tui/widgets/idset.h"

enum { OVERVIEW_PRESETS = 3 }; /* last, any, iirg */

/* What an unfinished run does. */
struct run_now {
    int64_t run;
    char text[RUN_STATE_TEXT_MAX];
};

struct overview {
    struct view view;
    struct app *app;
    struct sheet *runs, *findings;
    struct idset unfolded;       /* groups whose runs are shown, too */
    const struct glyphs *glyphs; /* that the runs are written in */
    bool on_findings;
    int runs_rows, below_rows, findings_cols; /* settled in layout() */
    struct run_figures *figures;              /* [n_figures] */
    size_t n_figures;
    struct frontier frontier; /* of those that are known */
    uint64_t frontier_number; /* counted up when it changes */
    struct reach reach[OVERVIEW_PRESETS];
    bool has_reach;
    struct audit audit;
    int64_t n_findings; /* -1: not counted yet */
    uint64_t figures_request, reach_request;
    struct run_now *now; /* [n_now] unfinished runs */
    size_t n_now;
    size_t seen_runs, seen_done; /* when `now` was read */
    bool stopped;                /* the evaluation was cancelled or failed; R begins again */
};

/* overview_runs.c. A row is a run, known by its number, or a group of seeds, known by its first. */
static inline int64_t overview_group_id(int64_t first_run)
{
    return -first_run;
}
static inline bool overview_is_group(int64_t row)
{
    return row < 0;
}
struct sheet_source *overview_runs_empty(void);
struct sheet_source *overview_findings_empty(void);
void overview_fill_runs(struct overview *o);
/* The runs [n] of rows of that table, those of groups one by one. The caller frees. */
size_t overview_runs_of(const struct overview *o, const int64_t *rows, size_t n, int64_t **runs);
void overview_fill_findings(struct overview *o);
void overview_fill_frontier(struct overview *o);

/* overview_frontier.c: a view over the Overview that is the root below it. */
struct view *overview_frontier_new(const struct overview *o);

/* overview_facts.c: two rows at the top of the canvas. */
enum { OVERVIEW_FACT_ROWS = 2 };
void overview_draw_facts(const struct overview *o, struct canvas *c);

/* overview_jobs.c: begins to read and compute what is shown; looks at runs that are trained. */
void overview_refresh(struct view *view, struct app *app);
void overview_look(struct view *view, struct app *app);

#endif
