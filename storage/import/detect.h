/*
 * What a file is, from its first bytes and its name: format, role, and for tables the columns. The
 * decision comes with its reason in words, which `rote import` prints; --format, --columns, --items
 * and --semids overrule it.
 */
#ifndef STORAGE_IMPORT_DETECT_H
#define STORAGE_IMPORT_DETECT_H

#include "storage/import/columns.h"
#include "storage/import/parse.h"

enum parser {
    PARSER_NONE, /* a file that is not used */
    PARSER_SEQUENCES,
    PARSER_ITEM_TEXT,
    PARSER_TABLE,
    PARSER_JSON,
    PARSER_INFO,    /* MiniOneRec's semantic ids */
    PARSER_RECORDS, /* an object a line */
};

struct detected {
    enum import_role role;
    enum parser parser;
    struct table_spec table;   /* of PARSER_TABLE */
    struct record_spec record; /* of PARSER_RECORDS */
    const char *format;        /* for people: "S3-Rec text" */
    char *reason;
    size_t skip; /* bytes before the data: a byte order mark */
};

struct detect_request {
    const char *format;                   /* --format or NULL */
    const struct column_request *columns; /* --columns; all NULL if not given */
    bool has_columns;
    bool has_role; /* --items, --semids */
    enum import_role role;
};

/* (bytes, n) are the first of the file, all of it if `whole`. */
bool detect(const char *name, const char *bytes, size_t n, bool whole,
            const struct detect_request *request, struct detected *out, struct error *err);
void detected_release(struct detected *detected);

/* Is this one of the --format names? */
bool detect_knows_format(const char *name);

#endif
