/*
 * Text for people on a stream, in which nothing that comes from data can act on the terminal: ids,
 * titles, names, messages. What would is shown as in the screens (text.h): ^[, \x9b, \u202e, and
 * ^J for a line end. Formats for programs (CSV, JSON) are not written with these.
 */
#ifndef TUI_WIDGETS_TEXT_OUT_H
#define TUI_WIDGETS_TEXT_OUT_H

#include <stdio.h>

/* As fprintf, but the text of every %s is shown so, and its width and precision are in columns (so
 * a precision is no way to write a text without an end). The format itself is written as it is. %n,
 * %ls, %Lf and arguments by number are not understood. */
void text_printf(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A text of several lines: its line ends stay, the rest is shown as above. */
void text_put(FILE *out, const char *text);

#endif
