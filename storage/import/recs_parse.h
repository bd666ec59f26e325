/* Inside storage/import/recs*.c: what the format is, and the parsers. */
#ifndef STORAGE_IMPORT_RECS_PARSE_H
#define STORAGE_IMPORT_RECS_PARSE_H

#include "storage/base/span.h"
#include "storage/import/recs.h"

enum recs_shape {
    RECS_LINES,  /* a JSON object a line */
    RECS_ARRAY,  /* one JSON array of objects */
    RECS_WITHIN, /* one JSON object whose member "results" is such an array */
    RECS_KEYED,  /* one JSON object {"user": [items]} */
    RECS_TABLE,
    RECS_TREC,
};

/* What a table's column is. */
enum recs_column {
    RECS_USER,
    RECS_SAMPLE,
    RECS_ITEM,
    RECS_ITEMS,
    RECS_RANK,
    RECS_SCORE,
    RECS_SCORES,
    RECS_TARGET,
    RECS_SPLIT,
    RECS_POSITION,
    RECS_COLUMNS,
};

struct recs_format {
    enum recs_shape shape;
    const char *name; /* for people */
    char *reason;
    size_t skip;      /* bytes before the data: a byte order mark */
    bool raw;         /* raw generations count, even where items stand beside them */
    char delimiter;   /* of a table */
    bool apostrophes; /* as in struct row_rules */
    bool header;
    int fields;               /* of the first line */
    int column[RECS_COLUMNS]; /* of a table, from 0; -1: none */
    int wide_from, wide_n;    /* columns that are one item each; wide_n 0: none */
};
void recs_format_release(struct recs_format *f);

/* (bytes, n) are the first of the file; `gzip`: it is compressed. */
bool recs_detect(const char *path, bool gzip, const char *bytes, size_t n,
                 const struct recs_options *options, struct recs_format *out, struct error *err);
/* The part for tables: columns by their names in the first line, which `head` has just given, or as
 * asked. */
bool recs_detect_table(const char *path, struct source *head, const struct line *line,
                       const struct recs_options *options, struct recs_format *out,
                       struct error *err);

struct recs_reader {
    struct source *source;
    const struct recs_format *format;
    const struct recs_options *options;
    const struct recs_sink *sink;
    struct progress *progress;
    struct recs_report *report;
    struct recs_slot *slot; /* [RECS_LIST_MAX] */
    struct buf decoded;     /* of the row: strings with escapes; never moved while a row is taken */
    struct buf keys;        /* of the row: keys of semantic ids */
};
/* Once a row: counts it, and once in a while tells how far it is. */
bool recs_row(struct recs_reader *r, struct error *err);

/* Cases are numbered in 32 bits. */
static inline bool recs_sample_fits(int64_t sample)
{
    return sample >= 0 && sample < INT32_MAX;
}

/* "test", "valid", "val" or "validation" into list->part. What is wrong, NULL: nothing. */
const char *recs_take_part(const char *text, size_t n, struct recs_list *list);

bool recs_parse_json(struct recs_reader *r, struct error *err);
bool recs_parse_rows(struct recs_reader *r, struct error *err); /* tables and TREC runs */

/* Columns of a table that are looked at. */
enum { RECS_FIELDS_MAX = 1200 };

/*
 * The elements of one cell: "a b", "a,b", "a;b", "a|b", or a list as Python, JSON and NumPy write
 * it, "['a b', \"c\"]", "[a, b]", "[1 2]". What separates them, and whether ids hold blanks or
 * separators themselves, is seen from the names that are known; an unclear cell is a bad row.
 */
struct recs_cell {
    const char *at, *end;
    char separator;                 /* '\0': the whole is one element */
    bool list;                      /* elements may be quoted or lists */
    const struct recs_names *names; /* by which elements of several words are seen; NULL: none */
    struct buf *decoded;
};
struct recs_element {
    struct span text;
    bool quoted; /* it is an id, whatever it looks like */
};
/* `decoded` has room for n bytes more. False: *why says what is not clear. */
bool recs_cell_begin(struct recs_cell *c, struct span cell, const struct recs_names *names,
                     struct buf *decoded, const char **why);
/* False at the end, and with *why where the cell is broken or unclear. */
bool recs_cell_next(struct recs_cell *c, struct recs_element *out, const char **why);

#endif
