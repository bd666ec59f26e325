/* Inside storage/db: statements with their errors, and what a workspace is made of. */
#ifndef STORAGE_DB_SQL_H
#define STORAGE_DB_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "storage/base/error.h"
#include "storage/db/workspace.h"

struct workspace {
    char *dir;
    sqlite3 *db;
    int lock; /* shared lock on dir/lock, -1: there is no such file */
    bool read_only;
};

/* Turns the connection's last error into text: "what: reason", with what to do for a full disk, a
 * busy or a damaged database. Returns false. */
bool sql_error(sqlite3 *db, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Statements that return nothing, several separated by ';'. */
bool sql_exec(sqlite3 *db, const char *sql, struct error *err);

/* NULL with *err. `types` has a letter for each parameter that follows: i int64_t, r double (NAN
 * binds NULL), s const char * (NULL binds NULL), b const void * and size_t. Texts and blobs are
 * borrowed until the statement is reset or finalized. */
sqlite3_stmt *sql_prepare(sqlite3 *db, struct error *err, const char *sql, const char *types, ...);
bool sql_bind(sqlite3_stmt *stmt, struct error *err, const char *types, ...);

/* True with *row when there is another row; at the end *row is false. */
bool sql_step(sqlite3_stmt *stmt, bool *row, struct error *err);
/* Runs a statement that returns no row, and resets it. */
bool sql_run(sqlite3_stmt *stmt, struct error *err);
/* Prepares, binds, runs, finalizes. */
bool sql_do(sqlite3 *db, struct error *err, const char *sql, const char *types, ...);

/* A copy of a text column, "" for NULL; the caller frees. */
char *sql_text(sqlite3_stmt *stmt, int column);

/* BEGIN IMMEDIATE, and COMMIT (ok) or ROLLBACK (not ok, *err is kept). */
bool sql_begin(sqlite3 *db, struct error *err);
bool sql_end(sqlite3 *db, bool ok, struct error *err);

/* False with a clear word when the workspace is open read-only. */
bool workspace_writable(const struct workspace *ws, struct error *err);

#endif
