/*
 * Where views draw: a grid of cells in memory, and canvases, which are windows onto it. Drawing
 * never fails and never leaves its canvas; terminals, colours and curses are not known here, so
 * every picture can be made and compared in a test.
 *
 *     struct canvas pane = canvas_sub(c, 1, 0, c->rows - 3, c->cols / 2);
 *     draw_middle(&pane, y, 6, 24, ROLE_NORMAL, title);
 *
 * Coordinates are (row y, column x) inside the canvas, 0 first; `cols` is the room a text has, cut
 * at the canvas's edge. Every function that draws text returns the columns used. Text is any bytes
 * (tui/widgets/text.h). Not thread-safe; one grid, one thread.
 */
#ifndef TUI_WIDGETS_CANVAS_H
#define TUI_WIDGETS_CANVAS_H

#include <stddef.h>

#include "storage/base/buf.h"
#include "tui/widgets/text.h"
#include "tui/widgets/theme.h"

struct cell {
    uint32_t cp[TEXT_CLUSTER]; /* the character; cp[0] == 0: the right half of a wide one */
    uint16_t style;
    uint16_t width; /* 1 or 2; 0 for a right half */
};

/* Where something was drawn, for the mouse. */
struct grid_region {
    const void *what; /* who drew it; only to be compared */
    int y, x, rows, cols;
};
enum { GRID_REGIONS = 12 };

struct grid {
    int rows, cols;
    struct cell *cells;                      /* [rows * cols] */
    int cursor_y, cursor_x;                  /* where the hardware cursor goes */
    struct grid_region region[GRID_REGIONS]; /* [n_regions] in the order of drawing */
    int n_regions;
};
void grid_init(struct grid *g, int rows, int cols); /* blank */
void grid_release(struct grid *g);
void grid_resize(struct grid *g, int rows, int cols); /* blank again */
void grid_clear(struct grid *g);
/* One row as UTF-8 without trailing blanks; and the whole grid, a line each (tests, :print). */
void grid_row_text(const struct grid *g, int y, struct buf *out);
void grid_text(const struct grid *g, struct buf *out);

struct canvas {
    struct grid *grid;
    int y, x; /* of its corner in the grid */
    int rows, cols;
    const struct glyphs *glyphs;
};
struct canvas canvas_of(struct grid *g, const struct glyphs *glyphs);
struct canvas canvas_sub(const struct canvas *c, int y, int x, int rows, int cols); /* clipped */
static inline const char *canvas_glyph(const struct canvas *c, enum glyph g)
{
    return c->glyphs->symbol[g];
}
/* Says that the canvas is `what`'s; more than GRID_REGIONS are not remembered. */
void canvas_region(struct canvas *c, const void *what);
/* What was drawn there last; NULL: nothing. */
const struct grid_region *grid_region_at(const struct grid *g, int y, int x);
/* Puts the hardware cursor there: on the selected row, or in the prompt. */
void canvas_cursor(const struct canvas *c, int y, int x);

/* Text. */
int draw_text(struct canvas *c, int y, int x, int cols, unsigned style, const char *s);
int draw_textn(struct canvas *c, int y, int x, int cols, unsigned style, const char *s, size_t n);
int draw_textf(struct canvas *c, int y, int x, int cols, unsigned style, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* Too long: the end, or the middle (titles: the end tells variants apart), becomes an ellipsis. */
int draw_end(struct canvas *c, int y, int x, int cols, unsigned style, const char *s);
int draw_middle(struct canvas *c, int y, int x, int cols, unsigned style, const char *s);
/* Flush right in `cols` columns; too long: the start is cut with an ellipsis. */
int draw_right(struct canvas *c, int y, int x, int cols, unsigned style, const char *s);
int draw_glyph(struct canvas *c, int y, int x, unsigned style, enum glyph g);
/* Text over several lines, broken at spaces; returns the rows used (at most `rows`). An ellipsis
 * says that there is more. */
int draw_wrapped(struct canvas *c, int y, int x, int rows, int cols, unsigned style, const char *s);

/* Cells. */
void draw_fill(struct canvas *c, int y, int x, int rows, int cols, unsigned style, const char *s);
void draw_flags(struct canvas *c, int y, int x, int cols,
                unsigned flags); /* adds to what is there */

/* Lines and frames. A rule may carry a title: `├ Evidence ────┤`. */
void draw_rule(struct canvas *c, int y, int x, int cols, const char *title);
void draw_vertical(struct canvas *c, int y, int x, int rows);

/* A bar whose parts lie side by side, each with a fill of its own, so that mono terminals tell them
 * apart. */
struct bar_part {
    double share; /* of the whole bar; the parts need not add up to 1 */
    unsigned style;
    enum glyph fill; /* GLYPH_FULL, GLYPH_MEDIUM, GLYPH_LIGHT */
};
void draw_stack(struct canvas *c, int y, int x, int cols, const struct bar_part *parts, size_t n);
/* A number with its interval on a line whose middle is zero and whose ends are -scale and +scale:
 * `   │ ─●─ `. What lies beyond the ends is drawn at them. */
void draw_interval(struct canvas *c, int y, int x, int cols, unsigned style, double value,
                   double lo, double hi, double scale);

#endif
