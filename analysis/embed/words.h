/*
 * Words of UTF-8 text: runs of letters and digits of any script, in lower case.
 *
 * Letters and digits are Unicode's (\p{L}, \p{M}, \p{N} of PCRE2). Lower case is simple, one to
 * one, for Latin, Greek, Cyrillic and Armenian; other scripts that have case keep theirs. Bytes
 * that are not UTF-8 separate words.
 */
#ifndef ANALYSIS_EMBED_WORDS_H
#define ANALYSIS_EMBED_WORDS_H

#include "storage/base/buf.h"
#include "storage/base/error.h"

struct words;
struct words *words_new(void);        /* one thread at a time */
void words_free(struct words *words); /* NULL allowed */

/* The next word at or after *at in text[0 .. n-1], lower-cased, into *word; *at moves behind it.
 * False when there is none. */
bool words_next(struct words *words, const char *text, size_t n, size_t *at, struct buf *word);

#endif
