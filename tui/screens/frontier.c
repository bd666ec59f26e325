/* The plot has its axes with ticks at round numbers; names stand beside their points, above or
 * below them where another name is in the way. */
#include "tui/screens/frontier.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/widgets/text.h"

enum { LABEL = 5, MIN_ROWS = 5, MIN_COLS = 28, MOST_TICKS = 12 };

struct axis {
    double low, high, step;
    int cells;
};

/* The round number next above `rough`: 1, 2 or 5 times a power of ten. */
static double round_step(double rough)
{
    double power = pow(10, floor(log10(rough))), times = rough / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

/* An axis over the values, with ticks no closer than `apart` cells; its ends are multiples of
 * the step. */
static struct axis axis_over(const struct frontier_point *p, size_t n, bool x, int cells, int apart)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, x ? p[i].x : p[i].y);
        high = fmax(high, x ? p[i].x : p[i].y);
    }
    double span = fmax(high - low, x ? 0.02 : 0.005);
    int ticks = cells / apart < 2 ? 2 : cells / apart > MOST_TICKS ? MOST_TICKS : cells / apart;
    double step = round_step(span / ticks);
    /* a point a hair outside the round number does not open another interval */
    struct axis a = {.low = floor(low / step + 0.05) * step,
                     .high = ceil(fmax(high, low + span) / step - 0.05) * step,
                     .step = step,
                     .cells = cells};
    return a;
}

static int place(const struct axis *a, double v)
{
    int at = (int)lround((v - a->low) / (a->high - a->low) * (a->cells - 1));
    return at < 0 ? 0 : at >= a->cells ? a->cells - 1 : at;
}

/* Digits after the point that tell neighbours on the axis apart. */
static int decimals(double step)
{
    int d = (int)ceil(-log10(step) - 1e-9);
    return d < 0 ? 0 : d > 4 ? 4 : d;
}

static double tick_at(const struct axis *a, int i)
{
    double v = (round(a->low / a->step) + i) * a->step;
    return fabs(v) < a->step / 2 ? 0 : v;
}

static void draw_y_axis(struct canvas *c, const struct axis *y)
{
    draw_vertical(c, 1, LABEL, y->cells);
    for (int i = 0; tick_at(y, i) <= y->high + y->step / 2; i++) {
        int at = y->cells - place(y, tick_at(y, i));
        char text[32];
        snprintf(text, sizeof text, "%.*f", decimals(y->step), tick_at(y, i));
        draw_right(c, at, 0, LABEL, ROLE_DIM, text[0] == '0' && text[1] ? text + 1 : text);
        draw_glyph(c, at, LABEL, ROLE_RULE, GLYPH_TEE_RIGHT);
    }
}

/* Percentage points; the unit stands at the last tick. */
static void draw_x_axis(struct canvas *c, const struct axis *x, int row)
{
    draw_rule(c, row, LABEL + 1, x->cells, NULL);
    draw_glyph(c, row, LABEL, ROLE_RULE, GLYPH_BOTTOM_LEFT);
    int free_from = 0;
    for (int i = 0; tick_at(x, i) <= x->high + x->step / 2; i++) {
        int at = LABEL + 1 + place(x, tick_at(x, i));
        char text[32];
        snprintf(text, sizeof text, "%+.*f", decimals(x->step * 100), tick_at(x, i) * 100);
        int width = (int)strlen(text), from = at - width / 2;
        if (tick_at(x, i) == 0)
            snprintf(text, sizeof text, "0"), width = 1, from = at;
        if (from + width > c->cols)
            from = c->cols - width;
        draw_glyph(c, row, at, ROLE_RULE, GLYPH_TEE_DOWN);
        if (from >= free_from)
            draw_text(c, row + 1, from, width, ROLE_DIM, text);
        free_from = from + width + 1;
    }
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
static void draw_name(struct canvas *c, const struct frontier_point *p, int y, int x)
{
    int width = text_width(p->name, strlen(p->name));
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
            draw_text(c, spot[i][0], spot[i][1], width, p->style, p->name);
            return;
        }
}

void frontier_draw(struct canvas *c, const struct frontier_point *point, size_t n)
{
    if (c->rows < MIN_ROWS || c->cols < MIN_COLS || n == 0)
        return;
    struct axis x = axis_over(point, n, true, c->cols - LABEL - 1, 9);
    struct axis y = axis_over(point, n, false, c->rows - 3, 3);
    int used = draw_end(c, 0, 0, c->cols, ROLE_HEADER, "recall@10 over excess one-hop, % points");
    if (used + 24 <= c->cols)
        draw_text(c, 0, used + 2, 22, ROLE_DIM, "up and left is better");
    draw_y_axis(c, &y);
    draw_x_axis(c, &x, c->rows - 2);
    struct canvas plot = canvas_sub(c, 1, LABEL + 1, y.cells, x.cells);
    for (size_t i = 0; i < n; i++)
        draw_glyph(&plot, y.cells - 1 - place(&y, point[i].y), place(&x, point[i].x),
                   point[i].style | STYLE_BOLD, point[i].symbol);
    for (size_t i = 0; i < n; i++)
        draw_name(&plot, &point[i], y.cells - 1 - place(&y, point[i].y), place(&x, point[i].x));
}
