/*
 * The axes of plots in cells: ticks at round numbers, as the pictures of `rote export` have them,
 * and where a value lies. A point takes the cell nearest to it; a bar is measured from the edge
 * where the axis begins, so that its end may lie inside a cell. Pure drawing.
 */
#ifndef TUI_WIDGETS_AXES_H
#define TUI_WIDGETS_AXES_H

#include "storage/export/plot.h"
#include "tui/widgets/canvas.h"

enum { AXIS_TEXT = 32 };

struct axis {
    struct plot_scale scale;
    enum plot_numbers numbers;
    int cells;
    bool bars; /* the values are lengths of bars, not points */
};

/* Over low..high, at least `least` long, with ticks at least `apart` cells from each other. */
struct axis axis_over(double low, double high, double least, int cells, int apart,
                      enum plot_numbers numbers);
/* Of a point: 0 at the low end; outside the axis: its nearest end. */
int axis_cell(const struct axis *axis, double value);
/* Of a bar, in cells. */
double axis_length(const struct axis *axis, double value);
/* As it stands at the axis: ".06", "12%", "+20". */
void axis_text(const struct axis *axis, double value, char text[AXIS_TEXT]);

/* From row y on: labels in the first `width` columns, the line in the next one. */
void axis_draw_left(struct canvas *c, int y, int width, const struct axis *axis);
/* The line in row y and the labels in the row below it, from column x on. */
void axis_draw_bottom(struct canvas *c, int y, int x, const struct axis *axis);

#endif
