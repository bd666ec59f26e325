/*
 * A plot as an SVG picture: every word is a text element with an id, none is a path, so that it can
 * be searched, copied, translated and restyled; light and dark by prefers-color-scheme; 520 units
 * wide, readable at 400 pixels. Ids and style rules begin with the plot's id, so that several
 * figures fit one page. The same plot gives the same bytes, everywhere.
 */
#ifndef STORAGE_EXPORT_SVG_H
#define STORAGE_EXPORT_SVG_H

#include <stdio.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "storage/export/plot.h"

/* Appends the picture, a whole XML document; as part of an HTML page when `inside` (without the XML
 * declaration). */
void svg_write(const struct plot *plot, bool inside, struct buf *out);

/* To a file, replaced atomically; `path` "-" writes to `stream`. */
bool svg_save(const struct plot *plot, const char *path, FILE *stream, struct error *err);

#endif
