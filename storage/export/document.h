/*
 * A document: headings, paragraphs, lists, definitions, code, tables and plots, as data. What it
 * says is settled here, once; how it looks is up to the renderers (HTML, Markdown, LaTeX, JSON,
 * CSV, plain text), which escape whatever they are given. The same document gives the same bytes.
 *
 * Texts are bytes: they may hold NULs, bytes that are no UTF-8, control characters. Everything is
 * copied in and owned by the document, but for tables whose rows come from a source. Must-succeed
 * allocation: documents are small, and large tables have a source.
 */
#ifndef STORAGE_EXPORT_DOCUMENT_H
#define STORAGE_EXPORT_DOCUMENT_H

#include <stdint.h>
#include <stdio.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "storage/export/plot.h"

/* ---- text ---- */

enum span_kind { SPAN_PLAIN, SPAN_EMPHASIS, SPAN_CODE };
struct doc_span {
    enum span_kind kind;
    char *text; /* [n], and a NUL */
    size_t n;
};
struct doc_text {
    struct doc_span *span; /* [n] */
    size_t n, cap;
};
void doc_text_add(struct doc_text *text, enum span_kind kind, const char *bytes, size_t n);
void doc_text_addf(struct doc_text *text, enum span_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Its bytes without any marks, appended. */
void doc_text_plain(const struct doc_text *text, struct buf *out);
/* For a text that is in no document. */
void doc_text_release(struct doc_text *text);

/* ---- tables ---- */

/* How the numbers of a column are written where people read; CSV and JSON have 9 digits. */
enum doc_number {
    DOC_TEXT,    /* a column of texts; numbers in it as they are */
    DOC_EXACT,   /* 1987, 0.123456789 */
    DOC_WHOLE,   /* 12,101 */
    DOC_REAL,    /* 0.0668 */
    DOC_SIGNED,  /* +0.0012 */
    DOC_PERCENT, /* a share: 12.3 % */
    DOC_POINTS,  /* a difference of shares, in percentage points: +1.2 */
};
struct doc_column {
    char *name;
    enum doc_number number;
    int decimals;
    bool interval; /* some cells have one: CSV and JSON add name.lo and name.hi */
    bool centred;
};

enum doc_cell_kind { CELL_MISSING, CELL_TEXT, CELL_INT, CELL_REAL };
struct doc_cell {
    enum doc_cell_kind kind;
    const char *text; /* [n] of a text */
    size_t n;
    int64_t i;
    double value, lo, hi; /* lo and hi NAN: no interval */
    enum plot_role role;  /* its colour, where there are colours */
    bool strong;
};

/* Rows that are made when they are written. fill() sets the cells of a row, [n_columns] of them
 * zeroed (missing); what their texts point to must stay until the next call. Called from 0 up; for
 * plain text and LaTeX, which measure the columns first, twice. */
struct doc_source {
    void (*fill)(void *context, int64_t row, struct doc_cell *cell);
    void *context;
};

struct doc_table {
    char *caption;
    struct doc_text note; /* below it: the definition and the data it was computed with */
    struct doc_column *column;
    size_t n_columns, columns_cap;
    struct doc_cell *cell; /* [n_rows * n_columns] without a source */
    size_t n_cells, cells_cap;
    int64_t n_rows;
    struct doc_source source; /* fill NULL: none */
};

/* ---- the document ---- */

enum block_kind {
    BLOCK_HEADING,
    BLOCK_PARAGRAPH,
    BLOCK_LIST,        /* of items */
    BLOCK_DEFINITIONS, /* of terms, each with a text */
    BLOCK_CODE,
    BLOCK_TABLE,
    BLOCK_PLOT,
};
struct doc_item {
    char *term; /* BLOCK_DEFINITIONS */
    struct doc_text text;
};
struct doc_block {
    enum block_kind kind;
    int level;            /* of a heading, 1 .. 3 */
    bool own_words;       /* of a paragraph: its author's Markdown */
    struct doc_text text; /* heading, paragraph, code */
    struct doc_item **item;
    size_t n_items, items_cap;
    struct doc_table *table; /* of a plot: its points, NULL when they stand in another table */
    struct plot *plot;
};
struct document {
    char *title;
    struct doc_block **block; /* [n] */
    size_t n, cap;
};

struct document *document_new(const char *title);
void document_free(struct document *document); /* NULL allowed */

/* Each adds a block (an item to the list before it, when that is one of its kind) and gives back
 * what is to be filled; it stays where it is. */
void document_heading(struct document *document, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct doc_text *document_paragraph(struct document *document);
/* Text that a person wrote for this page, perhaps with Markdown in it: Markdown gets it as it is
 * but for tags, the others as paragraphs of plain text. */
void document_words(struct document *document, const char *bytes, size_t n);
struct doc_text *document_item(struct document *document);
struct doc_text *document_term(struct document *document, const char *term);
void document_code(struct document *document, const char *bytes, size_t n);
struct doc_table *document_table(struct document *document, const char *caption);
/* Takes the plot; its id gets a number when another has it. `points`: where there are no pictures,
 * and below the picture, its numbers as a table. */
void document_plot(struct document *document, struct plot *plot, bool points);

/* All columns first, then rows of cells from left to right; cells left out are missing. */
struct doc_column *doc_table_column(struct doc_table *table, const char *name,
                                    enum doc_number number, int decimals);
void doc_table_source(struct doc_table *table, int64_t n_rows, struct doc_source source);
void doc_row(struct doc_table *table);
/* Each gives the cell back, for its role; until the next one is added. */
struct doc_cell *doc_cell_bytes(struct doc_table *table, const char *bytes, size_t n);
struct doc_cell *doc_cell_text(struct doc_table *table, const char *text); /* NULL: missing */
struct doc_cell *doc_cell_textf(struct doc_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct doc_cell *doc_cell_int(struct doc_table *table, int64_t value);
struct doc_cell *doc_cell_real(struct doc_table *table, double value); /* NAN: missing */
struct doc_cell *doc_cell_interval(struct doc_table *table, double value, double lo, double hi);
struct doc_cell *doc_cell_none(struct doc_table *table);

/* ---- writing ---- */

enum document_format {
    DOCUMENT_HTML,     /* one file: styles and pictures inside, no script, nothing fetched */
    DOCUMENT_MD,       /* GitHub's Markdown */
    DOCUMENT_TEX,      /* a whole document for pdflatex, xelatex or lualatex */
    DOCUMENT_TEX_PART, /* to be \input; its first lines say which packages it needs */
    DOCUMENT_JSON,
    DOCUMENT_JSONL, /* tables only: an object per row */
    DOCUMENT_CSV,   /* tables only, a blank line and the caption between several */
    DOCUMENT_TSV,
    DOCUMENT_TXT,
    DOCUMENT_FORMATS,
};
/* "html", "md", "tex", "json", "jsonl", "csv", "tsv", "txt"; false: none of them. */
bool document_format_find(const char *name, enum document_format *out);

/* In what people read, a text longer than this is cut, and ends with an ellipsis; CSV, TSV and JSON
 * have all of it. */
enum { DOCUMENT_TEXT_SHOWN = 2000 };

void document_write(const struct document *document, enum document_format format, struct buf *out);

struct progress;
/* To a file, replaced atomically; `path` "-" writes to `stream`. Tables with a source are written
 * row by row. `progress` (NULL allowed) is told of them and may stop it. */
bool document_save(const struct document *document, enum document_format format, const char *path,
                   FILE *stream, struct progress *progress, struct error *err);

#endif
