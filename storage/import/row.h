/*
 * The rows of a table with one row a line, as fields: CSV, TSV, "::" and the like.
 *
 * A line without a quote is split here in one pass. Where a quote appears in a format that has
 * them, libcsv takes the row over, from this line until the row ends; a quoted field that is not
 * closed within 1 MiB or 1,000 lines costs one line, and reading resumes at the next.
 */
#ifndef STORAGE_IMPORT_ROW_H
#define STORAGE_IMPORT_ROW_H

#include <csv.h>
#include <stdbool.h>

#include "storage/base/buf.h"
#include "storage/base/source.h"
#include "storage/base/span.h"

struct row_rules {
    char delimiter;   /* ',' ';' '|' '\t' ' ' or ':' for "::" */
    bool quoted;      /* fields may be quoted (RFC 4180), and so hold delimiters and line ends */
    bool apostrophes; /* what was put before formulas (storage/base/formula.h) is taken away */
};

enum { ROW_SHOWN = 128 };

struct row_reader {
    struct span *field; /* [max] of the row, without quotes and blanks around it */
    size_t n;           /* those of them that the row has */
    size_t total;       /* fields of the row */
    struct line begin;  /* where the row begins; its bytes may be the first ROW_SHOWN only */
    /* inside */
    struct row_rules rules;
    struct source *source;
    size_t max;
    struct csv_parser csv;
    struct buf quoted; /* fields of a quoted row, one after the other */
    size_t *end;       /* [end_cap] where each field ends there */
    size_t end_cap;
    bool done;
    char shown[ROW_SHOWN];
};

/* `source` is borrowed, and read where a quoted field goes on in the next line; NULL: nowhere. Of
 * each row the first `max` fields are kept. */
void row_reader_init(struct row_reader *r, struct source *source, struct row_rules rules,
                     size_t max);
void row_reader_release(struct row_reader *r);

enum row_status {
    ROW_READ,   /* fields are valid until the next read */
    ROW_OPEN,   /* a quote is not closed; the source is behind the line */
    ROW_FAILED, /* *err says why */
};
/* The row that begins with this line of the source. */
enum row_status row_read(struct row_reader *r, const struct line *line, struct error *err);

#endif
