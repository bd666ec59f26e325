/* The contents of the case view's panes as sources for sheets. Pure: case in, rows out. */
#ifndef TUI_SCREENS_CASE_PANES_H
#define TUI_SCREENS_CASE_PANES_H

#include "analysis/report/case_view.h"
#include "tui/screens/host.h"

struct token_index;

/* How items are shown: by title and id, or token by token of their semantic ids. The history needs
 * the ids alone, a list also what was counted of them. */
struct item_style {
    const struct host *host;
    const struct semid_table *ids;    /* NULL: titles */
    const struct token_index *tokens; /* of a list with ids */
    int32_t last;                     /* with tokens: the last item of the history, or -1 */
};

/* History items, oldest first; identity: the position. Items that lead to `rec` (NULL: none) are
 * marked: those of its longest match, or its predecessors in the history. */
struct sheet_source *history_rows(const struct item_style *style, const int32_t *history, int32_t n,
                                  const struct case_rec *rec, const struct evidence_list *evidence);

/* Recommendations in rank order; identity: the rank. RUN_TITLE is the column of what they are. */
enum { RUN_TITLE = 3 };
struct sheet_source *run_rows(const struct item_style *style, const struct case_run *run);

/* A concordance aligned on the match; identity: the line's place in the list. `cols` is the room
 * that the pane has. */
struct sheet_source *evidence_rows(const struct host *host, const struct evidence_list *evidence,
                                   const struct glyphs *glyphs, int cols);

/* "gr-next 1 · I0915 essie ballet … · verbatim 3 items · 14× in 12 users (own 0) · lift 38", said
 * more shortly where `cols` is less than that needs. */
void evidence_title(const struct host *host, const struct case_run *run, const struct case_rec *rec,
                    const struct evidence_list *evidence, const struct glyphs *glyphs, int cols,
                    struct buf *out);

/* How a recommendation is known, as it is drawn: a glyph, what follows it (the length of the match,
 * or the relation and its hop), a style. */
enum glyph badge_glyph(const struct case_rec *rec);
void badge_suffix(const struct case_rec *rec, char text[16]);
unsigned badge_style(const struct case_rec *rec);

#endif
