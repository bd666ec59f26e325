/* The plot has its axes with ticks at round numbers, as the picture of `rote export frontier` has;
 * names stand beside their points, above or below them where another name is in the way, and are
 * bold on the frontier. */
#include "tui/screens/frontier.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/widgets/axes.h"

enum { LABEL = 5, MIN_ROWS = 5, MIN_COLS = 28, TICKS_ACROSS = 7, TICKS_UP = 2 };

/* An axis over all runs. */
static struct axis axis_of(const struct frontier *f, bool x, int cells)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (size_t i = 0; i < f->n; i++)
        for (size_t r = 0; r < f->point[i].n; r++) {
            double v = x ? f->point[i].run[r].excess : f->point[i].run[r].accuracy;
            low = fmin(low, v);
            high = fmax(high, v);
        }
    return x ? axis_over(low, high, FRONTIER_LEAST_EXCESS, cells, TICKS_ACROSS, PLOT_DIFFERENCE)
             : axis_over(low, high, FRONTIER_LEAST_ACCURACY, cells, TICKS_UP, PLOT_NUMBER);
}

static bool is_free(const struct canvas *c, int y, int x, int cols)
{
    if (y < 0 || y >= c->rows || x < 0 || x + cols > c->cols)
        return false;
    for (int i = 0; i < cols; i++) {
        const struct cell *cell = &c->grid->cells[(c->y + y) * c->grid->cols + c->x + x + i];
        if (cell->cp[0] != ' ')
            return false;
    }
    return true;
}

/* Beside its point, else in the rows around it, else nowhere: the table has its numbers. */
static void draw_name(struct canvas *c, const char *name, unsigned style, int y, int x)
{
    int width = text_width(name, strlen(name));
    const int spot[][2] = {{y, x + 2},
                           {y, x - width - 1},
                           {y - 1, x + 1},
                           {y + 1, x + 1},
                           {y - 1, x - width + 1},
                           {y + 1, x - width + 1},
                           {y - 1, x - width / 2},
                           {y + 1, x - width / 2}};
    for (size_t i = 0; i < sizeof spot / sizeof *spot; i++)
        if (is_free(c, spot[i][0], spot[i][1], width)) {
            draw_text(c, spot[i][0], spot[i][1], width, style, name);
            return;
        }
}

static unsigned style_of(size_t i)
{
    return ROLE_RUN_1 + (unsigned)(i % 4);
}

/* The seeds of a group first, so that its mean stands over them. Reference models are dots, trained
 * ones diamonds. */
static void draw_point(struct canvas *plot, const struct frontier_point *p, unsigned style,
                       const struct axis *x, const struct axis *y)
{
    for (size_t i = 0; p->n > 1 && i < p->n; i++)
        draw_glyph(plot, y->cells - 1 - axis_cell(y, p->run[i].accuracy),
                   axis_cell(x, p->run[i].excess), style, GLYPH_DOT);
    draw_glyph(plot, y->cells - 1 - axis_cell(y, p->accuracy.value), axis_cell(x, p->excess.value),
               style | STYLE_BOLD, p->reference ? GLYPH_ONE_HOP : GLYPH_MARK);
}

/* What the signs mean; what is on the frontier is bold. Returns the columns used, 0 when they do
 * not fit. */
static int draw_legend(struct canvas *c, const struct frontier *f, int x)
{
    static const struct {
        enum glyph glyph;
        const char *text;
    } sign[] = {{GLYPH_MARK, "trained"}, {GLYPH_ONE_HOP, "reference"}, {GLYPH_DOT, "a seed"}};
    enum { SIGNS = sizeof sign / sizeof *sign };
    bool there[SIGNS] = {false};
    int wanted = 0, from = x;
    for (size_t i = 0; i < f->n; i++) {
        there[f->point[i].reference] = true;
        there[2] |= f->point[i].n > 1;
    }
    for (int i = 0; i < SIGNS; i++)
        wanted += there[i] ? 4 + (int)strlen(sign[i].text) : 0;
    if (x + wanted > c->cols)
        return 0;
    for (int i = 0; i < SIGNS; i++)
        if (there[i]) {
            draw_glyph(c, 0, x + 2, ROLE_DIM, sign[i].glyph);
            x += 4 + draw_text(c, 0, x + 4, c->cols, ROLE_DIM, sign[i].text);
        }
    return x - from;
}

static void draw_title(struct canvas *c, const struct frontier *f)
{
    static const char better[] = "up and left is better";
    char title[64];
    bool brief = c->cols < 44;
    snprintf(title, sizeof title, brief ? "%s / excess, points" : "%s over excess one-hop, points",
             f->metric);
    int x = draw_end(c, 0, 0, c->cols, ROLE_HEADER, title);
    x += draw_legend(c, f, x);
    if (x + 2 + (int)strlen(better) <= c->cols)
        draw_text(c, 0, x + 2, c->cols, ROLE_DIM, better);
}

void frontier_draw(struct canvas *c, const struct frontier *f)
{
    if (c->rows < MIN_ROWS || c->cols < MIN_COLS || f->n == 0)
        return;
    struct axis x = axis_of(f, true, c->cols - LABEL - 1);
    struct axis y = axis_of(f, false, c->rows - 3);
    draw_title(c, f);
    axis_draw_left(c, 1, LABEL, &y);
    axis_draw_bottom(c, c->rows - 2, LABEL + 1, &x);
    struct canvas plot = canvas_sub(c, 1, LABEL + 1, y.cells, x.cells);
    for (size_t i = 0; i < f->n; i++)
        draw_point(&plot, &f->point[i], style_of(i), &x, &y);
    for (size_t i = 0; i < f->n; i++)
        draw_name(&plot, f->point[i].name, style_of(i) | (f->point[i].best ? STYLE_BOLD : 0),
                  y.cells - 1 - axis_cell(&y, f->point[i].accuracy.value),
                  axis_cell(&x, f->point[i].excess.value));
}
