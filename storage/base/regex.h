/*
 * Regular expressions, over PCRE2 (this is its only home): compiled once with JIT, any bytes as
 * subject (invalid UTF-8 never matches, never fails), a match limit instead of endless
 * backtracking. Smart case: a pattern without capital letters ignores case.
 */
#ifndef STORAGE_BASE_REGEX_H
#define STORAGE_BASE_REGEX_H

#include <stddef.h>

#include "storage/base/error.h"

struct regex;

/* NULL with *err (the reason and where in the pattern) when the pattern is wrong. Immutable
 * afterwards: one regex may be used by many threads, each with its own scratch. */
struct regex *regex_new(const char *pattern, struct error *err);
void regex_free(struct regex *re); /* NULL allowed */

/* Working memory of one thread. */
struct regex_scratch;
struct regex_scratch *regex_scratch_new(const struct regex *re);
void regex_scratch_free(struct regex_scratch *scratch); /* NULL allowed */

enum regex_result { REGEX_NO = 0, REGEX_YES = 1, REGEX_LIMIT = 2 /* too expensive: gave up */ };

/* Looks for the first match at or after byte `from`; on REGEX_YES [*start, *end) is where (NULL
 * allowed). Tens of nanoseconds plus the scan. */
enum regex_result regex_find(const struct regex *re, struct regex_scratch *scratch,
                             const char *bytes, size_t n, size_t from, size_t *start, size_t *end);

#endif
