/* Any text in one line, for files and commands that are lines: backslash and control characters
 * become \xHH. */
#ifndef STORAGE_BASE_LINE_H
#define STORAGE_BASE_LINE_H

#include "storage/base/buf.h"

void line_escape(const char *text, struct buf *out);
void line_unescape(const char *text, struct buf *out); /* a wrong escape stays as it is */

#endif
