/* The frontier: accuracy (up) against excess memorization (right), a point per run. Up and left is
 * better. Pure drawing. */
#ifndef TUI_SCREENS_FRONTIER_H
#define TUI_SCREENS_FRONTIER_H

#include "tui/widgets/canvas.h"

struct frontier_point {
    const char *name;
    double x, y; /* excess over the shuffle null; recall@10 */
    unsigned style;
    enum glyph symbol;
};

/* Uses the whole canvas; at least 5 rows and 28 columns, else it draws nothing. */
void frontier_draw(struct canvas *c, const struct frontier_point *point, size_t n);

#endif
