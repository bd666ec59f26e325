/*
 * A cursor over the bytes of one JSON value: reads what is asked for, skips what is not, and builds
 * no tree. NaN and Infinity, which Python writes, are literals like true. Nesting deeper than
 * SCAN_DEPTH_MAX is refused. Every function returns false at the first thing that is not JSON, and
 * the cursor is of no use from there on.
 */
#ifndef STORAGE_IMPORT_SCAN_H
#define STORAGE_IMPORT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "storage/base/buf.h"

enum { SCAN_DEPTH_MAX = 64 };

struct scan {
    const char *at, *end;
    /* Where strings with escapes are decoded to. scan_begin() makes room for all of them, so that
     * what scan_string() gave stays valid until the next scan_begin(). */
    struct buf *decoded;
};

/* (bytes, n) and `decoded` are borrowed; `decoded` is emptied. */
void scan_begin(struct scan *s, const char *bytes, size_t n, struct buf *decoded);

/* The first byte of the next value or sign without taking it; 0 at the end. */
char scan_peek(struct scan *s);
/* Takes `c` if it comes next. */
bool scan_take(struct scan *s, char c);
/* A string without its quotes and escapes; not NUL-terminated, and it may hold NULs. */
bool scan_string(struct scan *s, const char **bytes, size_t *n);
/* A number or a word (true, null, NaN) as it stands. */
bool scan_literal(struct scan *s, const char **bytes, size_t *n);
/* Any value. */
bool scan_skip(struct scan *s);

/*
 * Members and elements, behind '{' or '[' that has been taken:
 *
 *     for (bool first = true; scan_next(&s, ']', &first, &ok);)
 *         … take one value …
 *
 * scan_next() is false behind the last one, then `close` is taken; *ok is false when something
 * else came.
 */
bool scan_next(struct scan *s, char close, bool *first, bool *ok);
/* A member's name and its ':'. */
bool scan_key(struct scan *s, const char **bytes, size_t *n);

#endif
