#include "storage/db/sql.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"

static const char *advice(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
        return "; another rote process is writing: try again when it is done";
    case SQLITE_FULL:
        return "; free some space and try again";
    case SQLITE_CORRUPT:
        return "; the workspace is damaged: restore it or import again";
    default:
        return "";
    }
}

bool sql_error(sqlite3 *db, struct error *err, const char *format, ...)
{
    int code = sqlite3_extended_errcode(db), system = sqlite3_system_errno(db);
    char what[512];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    enum error_code kind = (code & 0xff) == SQLITE_NOMEM       ? ERROR_MEMORY
                           : (code & 0xff) == SQLITE_INTERRUPT ? ERROR_CANCELLED
                                                               : ERROR_IO;
    bool io = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    return error_set(err, kind, "%s: %s%s%s%s", what, sqlite3_errmsg(db), io && system ? ": " : "",
                     io && system ? strerror(system) : "", advice(code));
}

static bool database_error(sqlite3 *db, struct error *err)
{
    const char *path = sqlite3_db_filename(db, "main");
    return sql_error(db, err, "%s", path && *path ? path : "the database");
}

bool sql_exec(sqlite3 *db, const char *sql, struct error *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || database_error(db, err);
}

static bool bind_all(sqlite3_stmt *stmt, struct error *err, const char *types, va_list args)
{
    int code = SQLITE_OK;
    for (int i = 0; types[i] && code == SQLITE_OK; i++) {
        const void *bytes;
        double real;
        switch (types[i]) {
        case 'i':
            code = sqlite3_bind_int64(stmt, i + 1, va_arg(args, int64_t));
            break;
        case 'r':
            real = va_arg(args, double);
            code = isnan(real) ? sqlite3_bind_null(stmt, i + 1)
                               : sqlite3_bind_double(stmt, i + 1, real);
            break;
        case 's':
            code = sqlite3_bind_text(stmt, i + 1, va_arg(args, const char *), -1, SQLITE_STATIC);
            break;
        default: /* b */
            bytes = va_arg(args, const void *);
            code = sqlite3_bind_blob64(stmt, i + 1, bytes, va_arg(args, size_t), SQLITE_STATIC);
        }
    }
    return code == SQLITE_OK || database_error(sqlite3_db_handle(stmt), err);
}

bool sql_bind(sqlite3_stmt *stmt, struct error *err, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    bool ok = bind_all(stmt, err, types, args);
    va_end(args);
    return ok;
}

static sqlite3_stmt *prepare(sqlite3 *db, struct error *err, const char *sql, const char *types,
                             va_list args)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        database_error(db, err);
        return NULL;
    }
    if (bind_all(stmt, err, types, args))
        return stmt;
    sqlite3_finalize(stmt);
    return NULL;
}

sqlite3_stmt *sql_prepare(sqlite3 *db, struct error *err, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *stmt = prepare(db, err, sql, types, args);
    va_end(args);
    return stmt;
}

bool sql_step(sqlite3_stmt *stmt, bool *row, struct error *err)
{
    int code = sqlite3_step(stmt);
    *row = code == SQLITE_ROW;
    return *row || code == SQLITE_DONE || database_error(sqlite3_db_handle(stmt), err);
}

bool sql_run(sqlite3_stmt *stmt, struct error *err)
{
    bool row;
    bool ok = sql_step(stmt, &row, err);
    sqlite3_reset(stmt);
    return ok;
}

bool sql_do(sqlite3 *db, struct error *err, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *stmt = prepare(db, err, sql, types, args);
    va_end(args);
    bool ok = stmt && sql_run(stmt, err);
    sqlite3_finalize(stmt);
    return ok;
}

char *sql_text(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);
    return mem_strdup(text ? text : "");
}

bool sql_begin(sqlite3 *db, struct error *err)
{
    return sql_exec(db, "BEGIN IMMEDIATE", err);
}

bool sql_end(sqlite3 *db, bool ok, struct error *err)
{
    ok = ok && sql_exec(db, "COMMIT", err);
    if (!ok && !sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return ok;
}

bool workspace_writable(const struct workspace *ws, struct error *err)
{
    return !ws->read_only ||
           error_set(err, ERROR_STATE, "the workspace %s is open read-only: nothing can be stored",
                     ws->dir);
}
