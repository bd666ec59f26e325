/*
 * Text as the terminal will show it: the one place that knows widths.
 *
 * Input is bytes that should be UTF-8 but may be anything. They become *units*: a character with
 * its combining marks (1 or 2 columns), or an escape (^[ for control characters, \x9b for bytes
 * that are no UTF-8, \u202e for characters that reorder the line). Widths are libc's wcwidth, as
 * ncursesw's, so they follow the process locale: where that has no such character, it is shown as
 * "?". Joiners and variation selectors are dropped, because terminals disagree on their width.
 */
#ifndef TUI_WIDGETS_TEXT_H
#define TUI_WIDGETS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_CLUSTER = 4, TEXT_ESCAPE = 8 };

struct text_unit {
    uint32_t cp[TEXT_CLUSTER]; /* base and combining marks, 0 after the last; unset for escapes */
    char escape[TEXT_ESCAPE];  /* "" for a character */
    int width;                 /* columns; 0 for something that is not shown */
};

/* Reads one unit and returns the bytes it took (> 0 while n > 0). */
size_t text_next(const char *bytes, size_t n, struct text_unit *unit);

/* Columns of the whole text. */
int text_width(const char *bytes, size_t n);
/* The longest prefix of at most `cols` columns, in bytes; *width (NULL allowed) its columns. */
size_t text_prefix(const char *bytes, size_t n, int cols, int *width);
/* The longest suffix of at most `cols` columns: the byte where it starts. */
size_t text_suffix(const char *bytes, size_t n, int cols, int *width);

/* Where the first line of at most `cols` columns ends: at a blank where there is one, but not
 * between a number and its "%", else within a word; > 0 while n > 0. */
size_t text_line(const char *bytes, size_t n, int cols);

/* UTF-8 of one character; returns the bytes written (1 to 4). */
size_t text_encode(uint32_t cp, char out[4]);
/* Decodes one character, or returns 0 where the bytes are no UTF-8. */
size_t text_decode(const char *bytes, size_t n, uint32_t *cp);

#endif
