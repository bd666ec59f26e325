/*
 * Read-only SQL over a workspace, for `rote sql` and the Query screen.
 *
 * A separate connection that cannot write (read-only open, query_only, authorizer, no ATTACH, no
 * extensions, limits on sizes), with the compact data visible as plain rows through virtual tables.
 * One query per thread at a time; the schema is the table query_schema.
 */
#ifndef STORAGE_DB_QUERY_H
#define STORAGE_DB_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "storage/base/progress.h"
#include "storage/db/workspace.h"

/* The documented schema: `column` "" describes the table itself. Ends with a NULL table. */
struct query_schema {
    const char *table, *column, *type, *meaning;
};
extern const struct query_schema query_schema[];

/* Statements that show what can be asked; they run on every workspace. Ends with a NULL title. */
struct query_example {
    const char *title, *sql;
};
extern const struct query_example query_examples[];

/* docs/sql.md: how to ask, every table and column, the examples. */
void query_document(struct buf *out);

enum query_type { QUERY_NULL, QUERY_INT, QUERY_REAL, QUERY_TEXT, QUERY_BLOB };
struct query_value {
    enum query_type type;
    int64_t integer;
    double real;
    const char *bytes; /* TEXT and BLOB: size_bytes of them, borrowed until the callback returns */
    size_t size_bytes;
};

struct query;
struct query *query_open(const char *dir, struct error *err); /* NULL with *err */
void query_close(struct query *query);                        /* NULL allowed */

/* Runs one statement. `columns` (NULL allowed) is called once before the first row, with names of
 * which no two are alike ("count(*)", "count(*):2"), `row` for every row; either ends the query by
 * returning false, which is no error. The progress' cancel stops it within milliseconds. Errors
 * name the place in the statement. */
bool query_run(struct query *query, const char *sql,
               bool (*columns)(void *context, const char *const *name, int n),
               bool (*row)(void *context, const struct query_value *value, int n), void *context,
               struct progress *progress, struct error *err);

/* Where in the statement the last error lies, a byte; -1: SQLite does not say. */
int query_error_offset(const struct query *query);

#endif
