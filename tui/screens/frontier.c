#include "tui/screens/frontier.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/widgets/text.h"

enum { LABEL = 6, MIN_ROWS = 5, MIN_COLS = 30 };

struct range {
    double low, high;
};

/* The values' range with a margin, never empty. */
static struct range range_of(const struct frontier_point *p, size_t n, bool x)
{
    struct range r = {INFINITY, -INFINITY};
    for (size_t i = 0; i < n; i++) {
        double v = x ? p[i].x : p[i].y;
        r.low = fmin(r.low, v);
        r.high = fmax(r.high, v);
    }
    double margin = fmax((r.high - r.low) * 0.08, 0.002);
    return (struct range){r.low - margin, r.high + margin};
}

static int place(struct range r, double v, int cells)
{
    return (int)lround((v - r.low) / (r.high - r.low) * (cells - 1));
}

/* A name to the right of its point, or to the left where there is no room. */
static void draw_point(struct canvas *c, const struct frontier_point *p, int y, int x)
{
    int width = text_width(p->name, strlen(p->name));
    draw_glyph(c, y, x, p->style, GLYPH_ONE_HOP);
    if (x + 2 + width <= c->cols)
        draw_text(c, y, x + 2, width, p->style, p->name);
    else if (x - width - 1 >= 0)
        draw_text(c, y, x - width - 1, width, p->style, p->name);
}

void frontier_draw(struct canvas *c, const struct frontier_point *point, size_t n)
{
    if (c->rows < MIN_ROWS || c->cols < MIN_COLS || n == 0)
        return;
    struct range x = range_of(point, n, true), y = range_of(point, n, false);
    struct canvas plot = canvas_sub(c, 1, LABEL + 1, c->rows - 2, c->cols - LABEL - 1);
    draw_text(c, 0, 0, c->cols, ROLE_HEADER, "recall@10 against excess memorization");
    draw_textf(c, 1, 0, LABEL, ROLE_DIM, "%6.3f", y.high);
    draw_textf(c, c->rows - 2, 0, LABEL, ROLE_DIM, "%6.3f", y.low);
    draw_vertical(c, 1, LABEL, c->rows - 2);
    draw_textf(c, c->rows - 1, LABEL, c->cols - LABEL, ROLE_DIM, "%+.1f", x.low * 100);
    char high[32];
    snprintf(high, sizeof high, "%+.1f points", x.high * 100);
    draw_right(c, c->rows - 1, c->cols - 14, 14, ROLE_DIM, high);
    for (size_t i = 0; i < n; i++)
        draw_point(&plot, &point[i], plot.rows - 1 - place(y, point[i].y, plot.rows),
                   place(x, point[i].x, plot.cols));
}
