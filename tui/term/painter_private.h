/* What the parts of the painter share: painter.c (cells, rows, frames), painter_pen.c (where the
 * cursor is and what it writes with), painter_scroll.c (rows that moved). */
#ifndef TUI_TERM_PAINTER_PRIVATE_H
#define TUI_TERM_PAINTER_PRIVATE_H

#include <string.h>

#include "tui/term/painter.h"

/* painter_pen.c: each appends the fewest bytes that it knows. */
struct painter_step {
    char bytes[64];
    size_t n;
};
/* The way to a cell: from where the cursor is, if that is known. */
struct painter_step painter_way(const struct painter *p, int y, int x);
void painter_move(struct painter *p, int y, int x, struct buf *out);
void painter_set_pen(struct painter *p, struct paint to, struct buf *out);
bool painter_same_paint(const struct paint *a, const struct paint *b);
/* A blank written so, and what is cleared or scrolled in, looks like one of the terminal's own. */
static inline bool painter_clean(const struct paint *paint)
{
    return !paint->reverse && !paint->underline;
}
static const struct paint painter_plain = {.fg = -1};

/* painter.c */
bool painter_same_look(const struct painter *p, const struct cell *a, const struct cell *b);
static inline struct cell *painter_row(const struct grid *g, int y)
{
    return g->cells + (size_t)y * (size_t)g->cols;
}
static inline bool painter_same_row(const struct grid *a, int y, const struct grid *b, int z)
{
    return memcmp(painter_row(a, y), painter_row(b, z), (size_t)a->cols * sizeof *a->cells) == 0;
}

/* painter_scroll.c */
struct painter_shift {
    int by;          /* row y was row y + by; 0: nothing moved */
    int first, last; /* rows of the new picture that were elsewhere */
    int gain;
};
struct painter_shift painter_find_shift(const struct painter *p, const struct grid *grid);
/* Moves the rows, in `shown` too. */
void painter_scroll(struct painter *p, const struct painter_shift *s, struct buf *out);
/* All rows scroll again. */
void painter_whole_region(const struct painter *p, int rows, struct buf *out);

#endif
