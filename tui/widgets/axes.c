#include "tui/widgets/axes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_TICKS = 12 };

struct axis axis_over(double low, double high, double least, int cells, int apart,
                      enum plot_numbers numbers)
{
    int ticks = cells / apart;
    ticks = ticks < 2 ? 2 : ticks > MOST_TICKS ? MOST_TICKS : ticks;
    return (struct axis){
        .scale = plot_scale_over(low, high, least, ticks), .numbers = numbers, .cells = cells};
}

static double share_at(const struct axis *axis, double value)
{
    const struct plot_scale *s = &axis->scale;
    double share = (value - s->low) / (s->high - s->low);
    return !(share > 0) ? 0 : share > 1 ? 1 : share;
}

int axis_cell(const struct axis *axis, double value)
{
    return (int)lround(share_at(axis, value) * (axis->cells - 1));
}

double axis_length(const struct axis *axis, double value)
{
    return share_at(axis, value) * axis->cells;
}

void axis_text(const struct axis *axis, double value, char text[AXIS_TEXT])
{
    bool times100 = axis->numbers == PLOT_PERCENT || axis->numbers == PLOT_DIFFERENCE;
    double times = times100 ? 100 : 1;
    int decimals = plot_scale_decimals(axis->scale.step * times);
    char number[AXIS_TEXT - 1];
    if (fabs(value) < axis->scale.step / 1000 && axis->numbers == PLOT_DIFFERENCE) {
        snprintf(text, AXIS_TEXT, "0");
        return;
    }
    snprintf(number, sizeof number, axis->numbers == PLOT_DIFFERENCE ? "%+.*f" : "%.*f", decimals,
             value * times);
    bool zero = !times100 && number[0] == '0' && number[1]; /* ".06" */
    snprintf(text, AXIS_TEXT, "%s%s", number + zero, axis->numbers == PLOT_PERCENT ? "%" : "");
}

/* The row of a tick, counted from the top: that of its point, or the one that a bar of that length
 * fills up. */
static int row_of(const struct axis *axis, double tick)
{
    int from_below = axis->bars ? (int)lround(axis_length(axis, tick)) - 1 : axis_cell(axis, tick);
    return axis->cells - 1 - (from_below < 0 ? 0 : from_below);
}

void axis_draw_left(struct canvas *c, int y, int width, const struct axis *axis)
{
    int above = axis->cells;
    draw_vertical(c, y, width, axis->cells);
    for (int i = 0; i < plot_scale_ticks(&axis->scale); i++) {
        double tick = plot_scale_tick(&axis->scale, i);
        int row = row_of(axis, tick);
        char text[AXIS_TEXT];
        if (row >= above) /* the beginning of bars and the end of their first row may be one cell */
            continue;
        axis_text(axis, tick, text);
        draw_right(c, y + row, 0, width, ROLE_DIM, text);
        draw_glyph(c, y + row, width, ROLE_RULE, GLYPH_TEE_RIGHT);
        above = row;
    }
}

void axis_draw_bottom(struct canvas *c, int y, int x, const struct axis *axis)
{
    int free_from = 0;
    draw_rule(c, y, x, axis->cells, NULL);
    draw_glyph(c, y, x - 1, ROLE_RULE, GLYPH_BOTTOM_LEFT);
    for (int i = 0; i < plot_scale_ticks(&axis->scale); i++) {
        double tick = plot_scale_tick(&axis->scale, i);
        int at = x + axis_cell(axis, tick);
        char text[AXIS_TEXT];
        axis_text(axis, tick, text);
        int width = (int)strlen(text), from = width > 1 ? at - width / 2 : at;
        if (from + width > c->cols)
            from = c->cols - width;
        draw_glyph(c, y, at, ROLE_RULE, GLYPH_TEE_DOWN);
        if (from >= free_from)
            draw_text(c, y + 1, from, width, ROLE_DIM, text);
        free_from = from >= free_from ? from + width + 1 : free_from;
    }
}
