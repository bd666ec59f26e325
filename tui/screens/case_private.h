/* What the parts of the case view share: case_screen.c (contents, keys), case_draw.c (layout and
 * looks), case_ask.c (what-if, tokens, roll-out). Not for others. */
#ifndef TUI_SCREENS_CASE_PRIVATE_H
#define TUI_SCREENS_CASE_PRIVATE_H

#include "analysis/report/case_study.h"
#include "tui/screens/case_panes.h"
#include "tui/screens/case_screen.h"

enum { HISTORY, FIRST_RUN, EVIDENCE = FIRST_RUN + HOST_RUNS, PANES };

/* The semantic ids that each of some runs works on, and what was counted of them. Borrowed from the
 * study. */
struct case_ids {
    size_t n;
    struct case_ids_of {
        const struct study_run *run;
        struct study_ids ids;
        const struct token_index *tokens; /* NULL: there are no ids */
    } of[HOST_RUNS];
    struct study_ids data;
};

struct case_screen {
    struct view view;
    struct app *app;
    int32_t user;
    struct case_view data;
    bool has_data, no_case;
    struct sheet *pane[PANES]; /* run panes beyond data.n_runs are NULL */
    struct evidence_list evidence;
    bool has_evidence;
    int focus, run;           /* pane with the keys; index of the run pane used last */
    int first_run, n_visible; /* run panes on the screen, settled in layout() */
    int history_cols, pane_rows, evidence_rows, evidence_cols;
    bool bottom;                 /* there is room for the line below the evidence */
    const struct glyphs *glyphs; /* that the evidence is written in */
    bool by_token;               /* level of tokens; else of items */
    struct case_ids ids;         /* by_token */
    struct case_place start;     /* what it was opened for; rank 0: the cursor has been there */
    enum part start_part;
    uint64_t request, evidence_request;
    bool seeking; /* evidence, with the newest request */
};

/* What is under the cursors; NULL: nothing. */
const struct case_run *case_current_run(const struct case_screen *c);
const struct case_rec *case_current_rec(const struct case_screen *c);
const struct evidence_line *case_current_line(const struct case_screen *c);

/* Panes made anew from what the view holds. */
void case_fill_history(struct case_screen *c);
void case_fill_evidence(struct case_screen *c);
void case_fill_runs(struct case_screen *c);

/* case_draw.c */
void case_layout(struct view *view, int rows, int cols);
void case_draw(const struct view *view, struct canvas *canvas);

void case_set_focus(struct case_screen *c, int focus);

/* Which of the user's cases it shows; 0: the last one. */
int32_t case_nth(const struct case_screen *c);

/* case_pin.c: what p pins, and the way back to it. */
bool case_subject_of(const struct view *view, struct case_subject *out);
unsigned case_go_to_rank(struct case_screen *c, const char *arg, struct error *err);
void case_go_to_start(struct case_screen *c); /* the lists are there */

/* case_ask.c: actions, as a view's handle() answers them. */
unsigned case_what_if(struct case_screen *c, struct error *err);
unsigned case_change_level(struct case_screen *c, struct error *err);
unsigned case_roll_out(const struct case_screen *c, const char *arg, struct error *err);
bool case_ids_find(struct study *study, const struct study_run *const *runs, size_t n,
                   struct case_ids *out, struct error *err); /* in a job */
/* NULL: at the level of items, or the run has no ids. */
const struct case_ids_of *case_ids_of(const struct case_screen *c, const struct study_run *run);
/* Those of the current run, else of the first that has some, else the data set's; NULL as above. */
const struct study_ids *case_history_ids(const struct case_screen *c);

#endif
