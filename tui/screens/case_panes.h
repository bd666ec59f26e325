/* The contents of the case view's panes as sources for sheets. Pure: case in, rows out. */
#ifndef TUI_SCREENS_CASE_PANES_H
#define TUI_SCREENS_CASE_PANES_H

#include "analysis/report/case_view.h"
#include "tui/screens/host.h"

/* History items, oldest first; identity: the position. Items that lead to `rec` (NULL: none) are
 * marked: those of its longest match, or its predecessors in the history. */
struct sheet_source *history_rows(const struct host *host, const int32_t *history, int32_t n,
                                  const struct case_rec *rec, const struct evidence_list *evidence);

/* Recommendations in rank order; identity: the rank. */
struct sheet_source *run_rows(const struct host *host, const struct case_run *run);

/* A concordance aligned on the match; identity: the line's place in the list. `cols` is the room
 * that the pane has. */
struct sheet_source *evidence_rows(const struct host *host, const struct evidence_list *evidence,
                                   const struct glyphs *glyphs, int cols);

/* "gr-next 1 · I0915 essie ballet … · verbatim 3 items · 14x in 12 users (own 0) · lift 38" */
void evidence_title(const struct host *host, const struct case_run *run,
                    const struct case_rec *rec, const struct evidence_list *evidence,
                    const struct glyphs *glyphs, struct buf *out);

#endif
