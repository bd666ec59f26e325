/* Characters of UTF-8: read, checked, written, and as they may be shown. */
#ifndef STORAGE_BASE_UTF8_H
#define STORAGE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/buf.h"

/* One character of n >= 1 bytes, *len of them; a byte that is no UTF-8 is U+FFFD. */
uint32_t utf8_decode(const char *bytes, size_t n, size_t *len);

/* The length of the valid character that n >= 1 bytes begin with, 1 to 4; 0: there is none. */
size_t utf8_length(const char *bytes, size_t n);
bool utf8_is_valid(const char *bytes, size_t n);

/* c < 0x200000 as bytes; returns how many, 1 to 4. */
size_t utf8_encode(uint32_t c, char out[4]);
void utf8_add(struct buf *out, uint32_t c); /* appends it */

/* What XML 1.0 forbids (section 2.2), other control characters, and what reorders a line. */
bool utf8_is_harmful(uint32_t c);

/* The character as one line of text may show it: a blank for tabs and line ends, UTF8_REPLACEMENT
 * for what is no UTF-8 or harmful. */
enum { UTF8_REPLACEMENT = 0xfffd };
uint32_t utf8_shown(const char *bytes, size_t n, size_t *len);
/* Appends it. Returns the bytes read. */
size_t utf8_add_shown(struct buf *out, const char *bytes, size_t n);

/* Columns in a fixed-width font: 0, 1 or 2, whatever the locale. */
int utf8_columns(uint32_t c);

#endif
