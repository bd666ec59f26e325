/* What the parts of the SVG writer share: sizes, small writers, the frame of a panel. */
#ifndef STORAGE_EXPORT_SVG_PRIVATE_H
#define STORAGE_EXPORT_SVG_PRIVATE_H

#include "storage/base/buf.h"
#include "storage/export/plot.h"

/* In user units, which are pixels where the picture is not scaled. */
enum {
    SVG_WIDTH = 520,
    SVG_MARGIN = 14,
    SVG_TITLE = 16, /* font sizes */
    SVG_TEXT = 13,
    SVG_SMALL = 11,
    SVG_ROW = 21, /* of bars */
};

struct svg {
    const struct plot *plot;
    struct buf *out;
    double left, right; /* of all panels' areas */
    double y;           /* how far down it is written */
};

/* The area of a panel's data and the scales over it. */
struct svg_frame {
    double x, y, w, h;
    struct plot_scale scale_x, scale_y;
    size_t number; /* of the panel, from 1 */
};
double svg_x(const struct svg_frame *frame, double x);
double svg_y(const struct svg_frame *frame, double y);

/* A coordinate with one decimal at most, whatever the locale. */
void svg_number(struct buf *out, double v);
/* Formats like printf, but %N takes a double and writes svg_number(); also %s %d %zu. */
void svg_add(struct svg *svg, const char *format, ...);
const char *svg_role(enum plot_role role); /* its class */

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };
/* One text element. `role` NULL: as the class says. The id is the plot's, '-', and what is
 * formatted.
 */
void svg_text(struct svg *svg, const char *class, enum svg_anchor anchor, double x, double y,
              const char *text, const char *id, ...) __attribute__((format(printf, 7, 8)));

/* Text of a tick. */
void svg_tick_text(const struct plot_axis *axis, const struct plot_scale *scale, int i,
                   struct buf *out);

/* Grid, ticks, titles; then references, marks and labels. svg_marks.c */
void svg_axes(struct svg *svg, const struct plot_panel *panel, const struct svg_frame *frame,
              bool x_ticks);
void svg_marks(struct svg *svg, const struct plot_panel *panel, const struct svg_frame *frame);
/* Are the lines of a panel named at their ends? Else in the key. */
bool svg_names_at_ends(const struct plot_panel *panel, double height);
/* A symbol in its series' colour. */
void svg_symbol(struct svg *svg, enum plot_symbol symbol, double x, double y, double radius,
                const char *class);

#endif
