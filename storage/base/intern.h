/*
 * Strings numbered densely in the order of their first appearance, and tables of strings.
 *
 * Method: open addressing over xxh3, the bytes in one pool. About 50 ns a look-up; memory is the
 * bytes plus 16 to 24 bytes a string. At most 2^31 - 1 strings.
 */
#ifndef STORAGE_BASE_INTERN_H
#define STORAGE_BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"

/* A read-only table of n strings: number i is bytes[offset[i] .. offset[i+1]-1]. Each is followed
 * by a NUL that is inside its range's end, so strtab_get() gives a C string (a string that holds a
 * NUL of its own is cut there by C functions; use strtab_len). */
struct strtab {
    int64_t n;
    const uint64_t *offset; /* [n+1]; string i has offset[i+1]-offset[i]-1 bytes */
    const char *bytes;
};

static inline const char *strtab_get(const struct strtab *t, int64_t i)
{
    return t->bytes + t->offset[i];
}
static inline size_t strtab_len(const struct strtab *t, int64_t i)
{
    return (size_t)(t->offset[i + 1] - t->offset[i] - 1);
}

/* The numbers of the strings in the order of their bytes, equal ones by number; the caller frees.
 * NULL with *err when memory runs out. O(n log n): half a second for a million. */
int32_t *strtab_sort(const struct strtab *t, struct error *err);
/* Those that begin with the n bytes: sorted[from .. to-1]. O(log). */
struct strtab_range {
    int64_t from, to;
};
struct strtab_range strtab_with_prefix(const struct strtab *t, const int32_t *sorted,
                                       const char *prefix, size_t n);
/* The number of the string, the smallest one where it stands twice, or -1. sorted NULL: looks at
 * each, a few ms for a million. */
int32_t strtab_find(const struct strtab *t, const int32_t *sorted, const char *bytes, size_t n);

struct intern;
struct intern *intern_new(void);
void intern_free(struct intern *in); /* NULL allowed */
int32_t intern_count(const struct intern *in);

/* The number of the string, a new one if it has not been seen. -1 with *err set when memory or
 * numbers run out. */
int32_t intern_add(struct intern *in, const char *bytes, size_t n, struct error *err);
/* The number of the string or -1. Safe from many threads while nobody adds. */
int32_t intern_find(const struct intern *in, const char *bytes, size_t n);
/* Borrowed until the next intern_add. */
struct strtab intern_table(const struct intern *in);
/* An index over an existing table (the table must outlive it). NULL with *err on failure. Where a
 * string stands twice, the first number wins. */
struct intern *intern_over(const struct strtab *table, struct error *err);

#endif
