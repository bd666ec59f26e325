#include "tui/screens/run_curves.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/widgets/axes.h"

enum { TICKS_UP = 2, LABEL = 6, GAP = 2, MIN_ROWS = 5, MIN_COLS = 25, PLOTS = 3, WIDEST_BAR = 6 };

/* A figure by its place in struct curve_epoch. */
#define FIGURE(name) offsetof(struct curve_epoch, name)

struct line {
    const char *name; /* NULL: there is none */
    size_t figure;
    unsigned style;
};

static const struct panel {
    struct line bars, signs;
    bool share; /* from 0 on, in per cent */
} panels[PLOTS] = {
    {.bars = {"training loss", FIGURE(loss), ROLE_RUN_1}},
    {.bars = {"recall@10", FIGURE(recall10), ROLE_TARGET},
     .signs = {"extraction", FIGURE(extraction), ROLE_MEMORIZED},
     .share = true},
    {.bars = {"one-hop", FIGURE(one_hop), ROLE_MEMORIZED},
     .signs = {"null", FIGURE(one_hop_shuffle), ROLE_NORMAL},
     .share = true},
};

static double figure_of(const struct curve_epoch *e, size_t figure)
{
    double v;
    memcpy(&v, (const char *)e + figure, sizeof v);
    return v;
}

static void widen(const struct curve *curve, const struct line *line, double *low, double *high)
{
    for (size_t i = 0; line->name && i < curve->n; i++) {
        double v = figure_of(&curve->epoch[i], line->figure);
        if (isfinite(v)) {
            *low = fmin(*low, v);
            *high = fmax(*high, v);
        }
    }
}

/* False: nothing has been measured. */
static bool axis_of(const struct panel *p, const struct curve *curve, int rows, struct axis *out)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    widen(curve, &p->bars, &low, &high);
    widen(curve, &p->signs, &low, &high);
    if (low > high)
        return false;
    *out = axis_over(p->share ? 0 : low, high, p->share ? 0.01 : 0.1, rows, TICKS_UP,
                     p->share ? PLOT_PERCENT : PLOT_NUMBER);
    out->bars = true;
    return true;
}

/* ---- one plot ---- */

/* Which epoch a column shows, and how many columns an epoch has. */
struct columns {
    int n, width;
    size_t epochs;
};

static struct columns columns_over(size_t epochs, int room)
{
    int width = epochs < (size_t)room ? room / (int)epochs : 1;
    width = width > WIDEST_BAR ? WIDEST_BAR : width;
    int n = epochs < (size_t)room ? (int)epochs * width : room;
    return (struct columns){.n = n, .width = width, .epochs = epochs};
}

static size_t epoch_at(const struct columns *cols, int x)
{
    if (cols->epochs * (size_t)cols->width == (size_t)cols->n)
        return (size_t)(x / cols->width);
    return ((size_t)x + 1) * cols->epochs / (size_t)cols->n - 1;
}

static void draw_bars(struct canvas *plot, const struct columns *cols, const struct curve *curve,
                      const struct line *line, const struct axis *y_axis)
{
    for (int x = 0; x < cols->n; x++) {
        double v = figure_of(&curve->epoch[epoch_at(cols, x)], line->figure);
        if (!isfinite(v))
            continue;
        int eighths = (int)lround(axis_length(y_axis, v) * 8);
        for (int y = 0; y < plot->rows && eighths > 0; y++, eighths -= 8)
            draw_text(plot, plot->rows - 1 - y, x, 1, line->style,
                      plot->glyphs->spark[eighths > 8 ? 8 : eighths]);
    }
}

static void draw_signs(struct canvas *plot, const struct columns *cols, const struct curve *curve,
                       const struct line *line, const struct axis *y_axis)
{
    for (int x = cols->width / 2; line->name && x < cols->n; x += cols->width) {
        double v = figure_of(&curve->epoch[epoch_at(cols, x)], line->figure);
        int y = isfinite(v) ? (int)axis_length(y_axis, v) : -1;
        if (y >= 0)
            draw_glyph(plot, plot->rows - 1 - (y < plot->rows ? y : plot->rows - 1), x,
                       line->style | STYLE_BOLD, GLYPH_ONE_HOP);
    }
}

static void draw_legend(struct canvas *c, const struct panel *p)
{
    int x = draw_glyph(c, 0, 0, p->bars.style, GLYPH_FULL) + 1;
    x += draw_text(c, 0, x, c->cols - x, ROLE_HEADER, p->bars.name) + 1;
    if (!p->signs.name)
        return;
    x += draw_glyph(c, 0, x, p->signs.style | STYLE_BOLD, GLYPH_ONE_HOP) + 1;
    draw_text(c, 0, x, c->cols - x, ROLE_HEADER, p->signs.name);
}

/* The first and the last epoch by their numbers, the kept one by an arrow. */
static void draw_epochs(struct canvas *c, int y, const struct columns *cols,
                        const struct curve *curve)
{
    char last[16];
    int width = snprintf(last, sizeof last, "%d", (int)curve->epoch[curve->n - 1].epoch);
    int at = LABEL + 1 + cols->n - width;
    at = at < LABEL + 1 ? LABEL + 1 : at;
    draw_textf(c, y, LABEL + 1, cols->n, ROLE_DIM, "%d", (int)curve->epoch[0].epoch);
    draw_text(c, y, at, width, ROLE_DIM, last);
    for (int x = cols->width / 2; x < cols->n; x++)
        if (curve->epoch[epoch_at(cols, x)].epoch >= curve->kept && curve->kept > 0) {
            if (x > 1 && LABEL + 1 + x < at)
                draw_glyph(c, y, LABEL + 1 + x, ROLE_KEY, GLYPH_ASCENDING);
            return;
        }
}

static void draw_panel(struct canvas *c, const struct panel *p, const struct curve *curve)
{
    int rows = c->rows - 2;
    struct axis y;
    struct columns cols = columns_over(curve->n, c->cols - LABEL - 1);
    draw_legend(c, p);
    if (!axis_of(p, curve, rows, &y)) {
        draw_vertical(c, 1, LABEL, rows);
        draw_text(c, 1, LABEL + 2, c->cols - LABEL - 2, ROLE_DIM, "not measured");
        return;
    }
    struct canvas plot = canvas_sub(c, 1, LABEL + 1, rows, cols.n);
    draw_bars(&plot, &cols, curve, &p->bars, &y);
    draw_signs(&plot, &cols, curve, &p->signs, &y);
    axis_draw_left(c, 1, LABEL, &y);
    draw_epochs(c, rows + 1, &cols, curve);
}

void run_curves_draw(struct canvas *c, const struct curve *curve)
{
    if (c->rows < MIN_ROWS || curve->n == 0)
        return;
    int n = (c->cols + GAP) / (MIN_COLS + GAP);
    n = n < 1 ? 1 : n > PLOTS ? PLOTS : n;
    int cols = (c->cols - GAP * (n - 1)) / n;
    /* what a narrow screen leaves out is the loss: the table has it */
    for (int i = 0; i < n; i++) {
        struct canvas part = canvas_sub(c, 0, i * (cols + GAP), c->rows, cols);
        draw_panel(&part, &panels[n == PLOTS ? i : i + 1], curve);
    }
}
