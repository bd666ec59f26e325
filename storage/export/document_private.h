/* What the renderers of a document share. Private to storage/export. */
#ifndef STORAGE_EXPORT_DOCUMENT_PRIVATE_H
#define STORAGE_EXPORT_DOCUMENT_PRIVATE_H

#include "storage/base/error.h"
#include "storage/base/progress.h"
#include "storage/export/document.h"

/* Where a renderer writes. With a stream the bytes go there now and then. */
struct doc_out {
    struct buf buf;
    FILE *stream;     /* NULL: all stays in `buf` */
    const char *path; /* of the stream, for errors */
    struct progress *progress;
    struct error *err;
    bool failed; /* nothing more need be written */
};
void doc_out_flush(struct doc_out *out);

typedef void doc_renderer(const struct document *document, struct doc_out *out);
doc_renderer doc_html, doc_markdown, doc_tex, doc_tex_part, doc_json, doc_jsonl, doc_csv, doc_tsv,
    doc_plain;

/* Calls `each` for every row with its cells, stopping when the output has failed. */
typedef void doc_each_row(void *context, const struct doc_table *table,
                          const struct doc_cell *cell);
void doc_rows(const struct doc_table *table, struct doc_out *out, doc_each_row *each,
              void *context);

/* Right-aligned? */
bool doc_is_number(const struct doc_column *column);
/* A number as people read it, without its interval; ASCII. */
void doc_number(const struct doc_column *column, const struct doc_cell *cell, struct buf *out);
/* "[0.0640, 0.0697]", or nothing. */
void doc_interval(const struct doc_column *column, const struct doc_cell *cell, struct buf *out);
bool doc_has_interval(const struct doc_cell *cell);

/* The shared ways to escape. Within a line of Markdown: */
void md_escape_cell(struct buf *out, const char *bytes, size_t n);

/* How a renderer escapes: appends at most n bytes harmlessly. */
typedef void doc_escape(struct buf *out, const char *bytes, size_t n);
/* The text, or its first DOCUMENT_TEXT_SHOWN bytes and an ellipsis. */
void doc_cut(struct buf *out, doc_escape *escape, const char *bytes, size_t n);
/* What a cell says to people, number, interval or text. */
void doc_cell_shown(struct buf *out, doc_escape *escape, const struct doc_column *column,
                    const struct doc_cell *cell);

#endif
