/*
 * Numbers from text, checked: the whole of (bytes, n) must be one number, nothing around it, no
 * dependence on the locale. False when it is not, *out then untouched.
 */
#ifndef STORAGE_BASE_NUM_H
#define STORAGE_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool num_int64(const char *bytes, size_t n, int64_t *out); /* [+-]digits */
bool num_int32(const char *bytes, size_t n, int32_t *out);
bool num_double(const char *bytes, size_t n, double *out); /* decimal; finite only */

/* The word for n things: `one` for 1, else `more`; and what most words then end with, "" or "s". */
static inline const char *plural(int64_t n, const char *one, const char *more)
{
    return n == 1 ? one : more;
}
static inline const char *plural_s(int64_t n)
{
    return plural(n, "", "s");
}

#endif
