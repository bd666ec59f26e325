/* A plot as a PNG picture: the shapes of svg.h in DejaVu Sans, light. */
#ifndef STORAGE_EXPORT_PNG_H
#define STORAGE_EXPORT_PNG_H

#include <stdio.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "storage/export/plot.h"

enum { PNG_SCALE = 2, PNG_SCALE_MAX = 16 };

/* Appends the picture, 520 * scale pixels wide. */
bool png_write(const struct plot *plot, int scale, struct buf *out, struct error *err);
/* To a file, replaced atomically; `path` "-" writes to `stream`. */
bool png_save(const struct plot *plot, int scale, const char *path, FILE *stream,
              struct error *err);

#endif
