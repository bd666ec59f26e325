/*
 * CSV, written properly: RFC 4180 quoting, LF line ends, UTF-8 as it is, and cells that a
 * spreadsheet would run as a formula get a leading apostrophe (storage/base/formula.h). A file is
 * replaced atomically; the path "-" means the given stream. All bytes are kept but on a terminal,
 * which would obey some of them.
 */
#ifndef STORAGE_EXPORT_CSV_H
#define STORAGE_EXPORT_CSV_H

#include <stdint.h>

#include "storage/base/file.h"

struct csv_writer {
    struct file_replace file;
    FILE *stream;
    struct buf line;
    char separator; /* ',' or '\t' */
    bool terminal;  /* people read it: control characters are U+FFFD */
    bool own;       /* false: `stream` is the caller's */
    bool started;   /* the line has a cell */
};

/* `path` "-" writes to `out`. separator '\t' makes TSV (then tabs and line ends inside cells are
 * quoted as in CSV). */
bool csv_begin(struct csv_writer *w, const char *path, FILE *out, char separator,
               struct error *err);
void csv_text(struct csv_writer *w, const char *bytes, size_t n);
void csv_int(struct csv_writer *w, int64_t value);
void csv_real(struct csv_writer *w, double value); /* 9 digits; NaN and infinities: empty */
void csv_empty(struct csv_writer *w);
bool csv_end_line(struct csv_writer *w, struct error *err);
/* Flushes and puts the file in place; abandons it on failure. */
bool csv_commit(struct csv_writer *w, struct error *err);
void csv_abandon(struct csv_writer *w); /* after commit: does nothing */

#endif
