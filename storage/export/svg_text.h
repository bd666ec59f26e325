/* Text for SVG: escaped, measured, broken into lines. Private to storage/export. */
#ifndef STORAGE_EXPORT_SVG_TEXT_H
#define STORAGE_EXPORT_SVG_TEXT_H

#include "storage/base/buf.h"

/* Appends at most n bytes as XML text or attribute value. Bytes that are no UTF-8, characters that
 * XML does not allow and those that reorder a line become U+FFFD; line ends and tabs a blank. */
void svg_text_escape(struct buf *out, const char *bytes, size_t n);

/* How wide the text is at a font size of 1, estimated for common sans-serif fonts and rather too
 * wide than too narrow; no font is opened. */
double svg_text_width(const char *s);

/* The text, or its beginning with an ellipsis, that fits `width` at font size 1. The caller frees.
 */
char *svg_text_fit(const char *s, double width);

/* Length in bytes of the first line when broken to `width` at font size 1: at blanks, and before
 * wide characters, whose scripts write no blanks between words; at least one word or character.
 * *next: where the second line begins (the end when there is none). */
size_t svg_text_line(const char *s, double width, const char **next);

#endif
