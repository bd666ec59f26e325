/*
 * The shapes of a picture that svg_write() has made, for what cannot show SVG: PNG, LaTeX. It reads
 * what svg.c writes and nothing else. Private to storage/export.
 */
#ifndef STORAGE_EXPORT_SVG_READ_H
#define STORAGE_EXPORT_SVG_READ_H

#include "storage/export/svg_private.h"

enum svg_kind { SVG_RECT, SVG_CIRCLE, SVG_PATH, SVG_WORDS };
struct svg_shape {
    enum svg_kind kind;
    double x, y, w, h; /* y grows downward; text: where its baseline begins, is centred or ends */
    double radius;
    const char *path; /* for svg_step_next() */
    const char *text; /* NUL-terminated, no longer escaped */
    enum svg_anchor anchor;
    double size;               /* of the font */
    bool strong, halo;         /* halo: on a ground of paper */
    const char *fill, *stroke; /* "#c2680c"; NULL: none */
    double width, opacity;     /* of the stroke; 0 .. 1 */
    bool dashed;               /* 2 units drawn, 4 not */
};

/* Calls `each` for every shape from back to front, in light colours. */
void svg_shapes(const struct plot *plot, void (*each)(void *context, const struct svg_shape *shape),
                void *context);
/* The size of the picture. */
void svg_size(const struct plot *plot, double *width, double *height);

/* The next point of a path: moved or drawn to. False at its end. */
struct svg_step {
    double x, y;
    bool drawn;
    double start_x, start_y; /* of this part of the path */
};
bool svg_step_next(const char **path, struct svg_step *step);

#endif
