/* Words of a command line, as sh has them. */
#ifndef STORAGE_BASE_SHELL_H
#define STORAGE_BASE_SHELL_H

#include "storage/base/buf.h"

/* Appends the text in single quotes. */
void shell_add_quoted(struct buf *out, const char *text);
/* Appends the text as one word: in quotes where it needs them. */
void shell_add_word(struct buf *out, const char *text);
/* The same after a blank. */
void shell_add_next(struct buf *out, const char *text);

#endif
