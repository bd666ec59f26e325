/* What the LaTeX renderer's files share. Private to storage/export. */
#ifndef STORAGE_EXPORT_DOCUMENT_TEX_H
#define STORAGE_EXPORT_DOCUMENT_TEX_H

#include "storage/export/document_private.h"

/* Text for LaTeX: specials written out, ligatures broken, what pdflatex has no glyph for as
 * \rotechar{4E00}, which the preamble defines. */
void tex_escape(struct buf *out, const char *bytes, size_t n);

/* A plot as a picture of pict2e, 520 units wide. document_tex_plot.c */
void tex_plot(const struct plot *plot, struct buf *out);

#endif
