/* Inside storage/import/recs*.c: what the format is, and the parsers. */
#ifndef STORAGE_IMPORT_RECS_PARSE_H
#define STORAGE_IMPORT_RECS_PARSE_H

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
    size_t skip;    /* bytes before the data: a byte order mark */
    bool raw;       /* raw generations count, even where items stand beside them */
    char delimiter; /* of a table */
    bool header;
    int column[RECS_COLUMNS]; /* of a table, from 0; -1: none */
    int wide_from, wide_n;    /* columns that are one item each; wide_n 0: none */
};
void recs_format_release(struct recs_format *f);

/* (bytes, n) are the first of the file. */
bool recs_detect(const char *path, const char *bytes, size_t n, const struct recs_options *options,
                 struct recs_format *out, struct error *err);
/* The part for tables: columns by their names in the first line, or as asked. */
bool recs_detect_table(const char *path, const char *line, size_t n,
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
    struct buf decoded;     /* of the row: strings with escapes */
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

/* The fields of a line, unquoted and trimmed. A quoted field that the line does not close: -1. At
 * most `max` are given; the number there are is returned. `scratch` holds what had quotes inside;
 * it must have room for n bytes more. */
struct recs_field {
    const char *text;
    size_t n;
};
int recs_fields(const char *line, size_t n, char delimiter, struct recs_field *out, int max,
                struct buf *scratch);

#endif
