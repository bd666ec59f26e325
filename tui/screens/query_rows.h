/*
 * The rows of a query's result, kept compactly while they arrive, and shown as a sheet's source.
 *
 * One thread adds rows (a job), the drawing thread takes pictures of what is there: a picture has
 * the rows up to then and never changes, so the first rows can be looked at while more arrive.
 * Memory: 9 bytes a cell, and 4 and its bytes for each text, equal ones near each other once; at
 * most `limit_bytes` of both, where adding ends.
 *
 * Columns are typed by what is in them: whole numbers, real numbers (both mixed, too), else text;
 * the sheet then shows numbers among texts as text. A blob is text of its first bytes: x'00ff…'.
 */
#ifndef TUI_SCREENS_QUERY_ROWS_H
#define TUI_SCREENS_QUERY_ROWS_H

#include "storage/db/query.h"
#include "tui/widgets/sheet.h"

enum { QUERY_ROWS_COLUMNS = 64 }; /* a sheet shows no more */

struct query_rows;
struct query_rows *query_rows_new(size_t limit_bytes); /* with one reference */
struct query_rows *query_rows_ref(struct query_rows *rows);
void query_rows_unref(struct query_rows *rows); /* NULL allowed. Drawing thread, as _ref */

/* What query_run() calls. The names once, false when there are too many; then the rows, false when
 * the limit is reached: that row is not there. */
bool query_rows_columns(struct query_rows *rows, const char *const *name, int n);
bool query_rows_add(struct query_rows *rows, const struct query_value *value, int n);

/* Any thread. */
int query_rows_n_columns(struct query_rows *rows); /* as the query has; 0: not known yet */
int64_t query_rows_count(struct query_rows *rows);
bool query_rows_full(struct query_rows *rows); /* the limit ended it */

/* A picture of the rows so far, with one reference; the columns must be known. Drawing thread. */
struct sheet_source *query_rows_source(struct query_rows *rows);

#endif
