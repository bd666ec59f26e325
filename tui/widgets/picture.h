/*
 * A screen as an SVG picture, for slides and documents: the words are text elements in a
 * fixed-width font, each run of one style stretched to exactly its columns, so that everything
 * stays aligned in whatever font is there; lines and bars are drawn as shapes, without gaps. Light
 * and dark by prefers-color-scheme. The same grid gives the same bytes.
 */
#ifndef TUI_WIDGETS_PICTURE_H
#define TUI_WIDGETS_PICTURE_H

#include "tui/widgets/canvas.h"

/* Appends a whole SVG document. `title` is what screen readers are told. */
void picture_svg(const struct grid *grid, const char *title, struct buf *out);

#endif
