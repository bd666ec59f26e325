/*
 * Rows of named columns in any of the plain formats: CSV, TSV, a JSON array of objects, JSON lines,
 * a Markdown table; a table for HTML, LaTeX or plain text, which is kept until the commit. One
 * writer for every listing, so that all of them quote and escape alike.
 */
#ifndef STORAGE_EXPORT_ROWS_H
#define STORAGE_EXPORT_ROWS_H

#include "storage/base/json.h"
#include "storage/export/csv.h"
#include "storage/export/document.h"

enum rows_format {
    ROWS_CSV,
    ROWS_TSV,
    ROWS_JSON,
    ROWS_JSONL,
    ROWS_MD,
    ROWS_HTML,
    ROWS_TEX, /* a part of a document */
    ROWS_TXT,
};

/* "csv", "tsv", "json", "jsonl", "md", "html", "tex", "txt". False with ERROR_USAGE naming them. */
bool rows_format_find(const char *name, enum rows_format *out, struct error *err);

/* By the ending of a file's name; CSV where it has none. An ending that is none of these is an
 * error, so that no x.xlsx is text. */
bool rows_format_of(const char *path, enum rows_format *out, struct error *err);

struct rows_writer {
    enum rows_format format;
    const char *const *column; /* [n_columns] borrowed until commit */
    int n_columns, at;
    bool first;
    struct csv_writer csv; /* also where the other formats' bytes go */
    struct jval *object;
    struct document *document; /* of ROWS_HTML and those after it, with this table */
    struct doc_table *table;
    struct buf line;
};

/* `path` "-" writes to `out`. Writes the header where the format has one. */
bool rows_begin(struct rows_writer *w, enum rows_format format, const char *path, FILE *out,
                const char *const *columns, int n_columns, struct error *err);
/* The cells of a row in column order. */
void rows_text(struct rows_writer *w, const char *s); /* NULL: no value */
void rows_int(struct rows_writer *w, int64_t value);
void rows_real(struct rows_writer *w, double value); /* 9 digits; NAN: no value */
/* A value that only JSON can nest; the other formats get its text. Takes it. */
void rows_json(struct rows_writer *w, struct jval *value, const char *text);
bool rows_end(struct rows_writer *w, struct error *err);
bool rows_commit(struct rows_writer *w, struct error *err); /* abandons on failure */
void rows_abandon(struct rows_writer *w);

#endif
