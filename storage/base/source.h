/*
 * Bytes from a file, a gzip file, standard input or memory, in blocks or by lines.
 *
 * Compression is seen from the content, also on standard input. Memory is constant: 4 MiB a
 * source at most, whatever a line's length. Used by one thread.
 */
#ifndef STORAGE_BASE_SOURCE_H
#define STORAGE_BASE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"

enum {
    SOURCE_LINE_MAX = 1 << 20, /* longer lines are skipped and reported */
    SOURCE_HEAD_MAX = 1 << 16, /* what source_head() shows */
};

struct source;

/* "-" is standard input. NULL with *err when the file cannot be opened or is a folder. */
struct source *source_open(const char *path, struct error *err);
/* Bytes that are borrowed until source_close(); never decompressed. Must succeed. */
struct source *source_over(const char *bytes, size_t n, const char *name);
void source_close(struct source *s); /* NULL allowed */

const char *source_name(const struct source *s); /* the path, or "standard input" */

bool source_is_gzip(const struct source *s); /* known once something is read */

/* The first bytes (up to SOURCE_HEAD_MAX) without consuming them; valid until the next call that
 * reads. Must come before any other read. */
bool source_head(struct source *s, const char **bytes, size_t *n, struct error *err);

/* How far the stored (compressed) file is read; *total is 0 where unknown. */
void source_position(const struct source *s, double *done, double *total);

/* Lines end with LF, with CR before it or not; where the first bytes hold a CR but no LF, with CR,
 * as old programs write them. The byte that ends the lines of (bytes, n): */
char source_newline(const char *bytes, size_t n);

struct line {
    const char *bytes; /* valid until the next read; no line end, and no CR before it */
    size_t n;
    size_t n_end;   /* bytes of the line end, which follow; 0: none, or the line is cut short */
    int64_t number; /* from 1 */
    bool has_nul;   /* may hold a NUL byte: check only then */
};

enum source_status {
    SOURCE_READ, /* *line holds a line */
    SOURCE_LONG, /* a line over SOURCE_LINE_MAX was skipped; *line holds its beginning */
    SOURCE_END,
    SOURCE_FAILED, /* *err says why */
};
enum source_status source_line(struct source *s, struct line *line, struct error *err);

/* Nothing but blanks and tabs? */
bool line_is_blank(const struct line *line);

/* Lines read after source_mark() can be given back by source_rewind(), as long as no more than
 * 2 * SOURCE_LINE_MAX bytes were read since. Reading on without it: source_unmark(). While marked,
 * a line that is too long gives SOURCE_LONG without *line and is not skipped. */
void source_mark(struct source *s);
void source_rewind(struct source *s);
void source_unmark(struct source *s);

/* The next block of unread bytes, at least one unless the source has ended (then *n is 0). */
bool source_block(struct source *s, const char **bytes, size_t *n, struct error *err);
void source_skip(struct source *s, size_t n); /* consumes n bytes of that block */

#endif
