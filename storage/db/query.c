#include "storage/db/query.h"

#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/db/sql.h"
#include "storage/db/vtab.h"

struct query {
    struct workspace *ws;
    struct vtab_source source;
    struct progress *progress; /* of the running query */
    char denied[64];           /* what the authorizer refused last */
    int error_offset;          /* of the last error in its statement; -1: not known */
};

enum {
    MAX_VALUE_BYTES = 64 << 20,
    MAX_SQL_BYTES = 1 << 20,
    OPS_BETWEEN_LOOKS = 200, /* virtual machine steps: microseconds, but for long texts */
};
static const sqlite3_int64 MAX_HEAP_BYTES = (sqlite3_int64)1 << 30;

/* ---- what is allowed ---- */

static const char *const harmless_pragmas[] = {
    "table_info",      "table_xinfo",      "table_list",    "index_list",  "index_info",
    "index_xinfo",     "foreign_key_list", "database_list", "module_list", "function_list",
    "compile_options", "collation_list",   "pragma_list",   "data_version"};

static bool pragma_allowed(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(harmless_pragmas); i++)
        if (sqlite3_stricmp(name, harmless_pragmas[i]) == 0)
            return true;
    return false;
}

static const struct {
    int action;
    const char *word;
} refusals[] = {
    {SQLITE_INSERT, "INSERT"},
    {SQLITE_UPDATE, "UPDATE"},
    {SQLITE_DELETE, "DELETE"},
    {SQLITE_ATTACH, "ATTACH"},
    {SQLITE_DETACH, "DETACH"},
    {SQLITE_ALTER_TABLE, "ALTER"},
    {SQLITE_TRANSACTION, "a transaction"},
    {SQLITE_SAVEPOINT, "SAVEPOINT"},
    {SQLITE_REINDEX, "REINDEX"},
    {SQLITE_DROP_TABLE, "DROP"},
    {SQLITE_DROP_INDEX, "DROP"},
    {SQLITE_DROP_VIEW, "DROP"},
    {SQLITE_DROP_TRIGGER, "DROP"},
    {SQLITE_DROP_VTABLE, "DROP"},
};

static int refuse(struct query *q, const char *word, const char *name)
{
    if (!q->denied[0]) /* the first one is what the user wrote */
        snprintf(q->denied, sizeof q->denied, "%s%s%s", word, name ? " " : "", name ? name : "");
    return SQLITE_DENY;
}

static int authorize(void *context, int action, const char *a, const char *b, const char *database,
                     const char *trigger)
{
    (void)database, (void)trigger;
    struct query *q = context;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return sqlite3_stricmp(b, "load_extension") == 0 ||
                       sqlite3_stricmp(b, "fts3_tokenizer") == 0
                   ? refuse(q, "the function", b)
                   : SQLITE_OK;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
        /* Declaring a virtual table pretends to write the schema. SQLite itself refuses when a
         * statement means it (defensive), and so does sqlite3_stmt_readonly() below. */
        if (strcmp(a, "sqlite_master") == 0 || strcmp(a, "sqlite_temp_master") == 0)
            return SQLITE_OK;
        break;
    case SQLITE_PRAGMA:
        return pragma_allowed(a) ? SQLITE_OK : refuse(q, "PRAGMA", a);
    default:
        break;
    }
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        if (refusals[i].action == action)
            return refuse(q, refusals[i].word, NULL);
    return refuse(q, "CREATE", NULL);
}

static void set_limits(sqlite3 *db)
{
    static const struct {
        int id, value;
    } limits[] = {
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES},
        {SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_BYTES},
        {SQLITE_LIMIT_EXPR_DEPTH, 200},
        {SQLITE_LIMIT_COMPOUND_SELECT, 100},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(limits); i++)
        sqlite3_limit(db, limits[i].id, limits[i].value);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_hard_heap_limit64(MAX_HEAP_BYTES); /* of the process: more than anything rote needs */
}

static int look_at_progress(void *context)
{
    const struct query *q = context;
    return q->progress && atomic_load(&q->progress->cancel);
}

/* ---- opening ---- */

struct query *query_open(const char *dir, struct error *err)
{
    struct query *q = mem_zalloc(1, sizeof *q);
    q->ws = workspace_open(dir, WORKSPACE_READ_ONLY, err);
    q->source.ws = q->ws;
    if (!q->ws || !vtab_register(&q->source, err)) {
        query_close(q);
        return NULL;
    }
    sqlite3 *db = q->ws->db;
    set_limits(db);
    sqlite3_set_authorizer(db, authorize, q);
    sqlite3_progress_handler(db, OPS_BETWEEN_LOOKS, look_at_progress, q);
    return q;
}

void query_close(struct query *q)
{
    if (!q)
        return;
    workspace_close(q->ws);
    vtab_release(&q->source);
    free(q);
}

/* ---- running ---- */

/* Where in the statement: line and column from 1, and the text there. */
static void add_place(struct query *q, const char *sql, struct error *err)
{
    int at = sqlite3_error_offset(q->ws->db);
    if (at < 0 || (size_t)at > strlen(sql))
        return;
    q->error_offset = at;
    int line = 1, column = 1;
    for (int i = 0; i < at; i++) {
        column = sql[i] == '\n' ? 1 : column + ((sql[i] & 0xc0) != 0x80);
        line += sql[i] == '\n';
    }
    int shown = (int)strcspn(sql + at, "\n");
    shown = shown > 24 ? 24 : shown;
    while (shown > 0 && ((unsigned char)sql[at + shown] & 0xc0) == 0x80)
        shown--;
    size_t used = err ? strlen(err->text) : 0;
    if (err)
        snprintf(err->text + used, sizeof err->text - used, " (line %d, column %d: \"%.*s\")", line,
                 column, shown, sql + at);
}

static bool query_error(struct query *q, const char *sql, struct error *err)
{
    sqlite3 *db = q->ws->db;
    int code = sqlite3_errcode(db);
    if (q->denied[0])
        return error_set(err, ERROR_USAGE, "%s is not allowed: this prompt only reads", q->denied);
    if (code == SQLITE_INTERRUPT)
        return error_set(err, ERROR_CANCELLED, "the query was stopped");
    if (code == SQLITE_NOMEM)
        return error_set(err, ERROR_MEMORY, "the query needs more than %lld MiB of memory",
                         (long long)(MAX_HEAP_BYTES >> 20));
    if (code != SQLITE_ERROR && code != SQLITE_TOOBIG)
        return sql_error(db, err, "the query failed");
    error_set(err, ERROR_USAGE, "%s", sqlite3_errmsg(db));
    add_place(q, sql, err);
    return false;
}

static bool only_space(const char *sql)
{
    return sql[strspn(sql, " \t\r\n;")] == '\0';
}

/* The one statement of `sql`; NULL with *err. */
static sqlite3_stmt *prepare(struct query *q, const char *sql, struct error *err)
{
    sqlite3_stmt *stmt = NULL, *second = NULL;
    const char *rest = sql;
    q->denied[0] = '\0';
    q->error_offset = -1;
    if (strlen(sql) >= MAX_SQL_BYTES) {
        error_set(err, ERROR_USAGE, "the statement is longer than %d bytes", MAX_SQL_BYTES);
        return NULL;
    }
    if (sqlite3_prepare_v2(q->ws->db, sql, -1, &stmt, &rest) != SQLITE_OK) {
        query_error(q, sql, err);
        return NULL;
    }
    /* What follows may be a comment, which prepares to nothing. */
    bool more = !only_space(rest) &&
                (sqlite3_prepare_v2(q->ws->db, rest, -1, &second, NULL) != SQLITE_OK || second);
    sqlite3_finalize(second);
    bool ok = true;
    if (!stmt)
        ok = error_set(err, ERROR_USAGE, "there is no statement; for example: SELECT * FROM run");
    else if (more)
        ok = error_set(err, ERROR_USAGE, "one statement at a time, please");
    else if (!sqlite3_stmt_readonly(stmt))
        ok = error_set(err, ERROR_USAGE, "this statement is not allowed: this prompt only reads");
    if (ok)
        return stmt;
    sqlite3_finalize(stmt);
    return NULL;
}

static struct query_value value_of(sqlite3_stmt *stmt, int column)
{
    struct query_value v = {0};
    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_INTEGER:
        v.type = QUERY_INT;
        v.integer = sqlite3_column_int64(stmt, column);
        break;
    case SQLITE_FLOAT:
        v.type = QUERY_REAL;
        v.real = sqlite3_column_double(stmt, column);
        break;
    case SQLITE_TEXT:
    case SQLITE_BLOB:
        v.type = sqlite3_column_type(stmt, column) == SQLITE_TEXT ? QUERY_TEXT : QUERY_BLOB;
        v.bytes = sqlite3_column_blob(stmt, column);
        v.size_bytes = (size_t)sqlite3_column_bytes(stmt, column);
        v.bytes = v.bytes ? v.bytes : "";
        break;
    default:
        break;
    }
    return v;
}

static bool is_taken(char *const *name, int n, const char *candidate)
{
    for (int i = 0; i < n; i++)
        if (strcmp(name[i], candidate) == 0)
            return true;
    return false;
}

/* Columns of one name get ":2", ":3" …, so that each can be asked for. */
static char *unique_name(char *const *name, int n, const char *wanted)
{
    char *candidate = mem_strdup(wanted ? wanted : "");
    for (int number = 2; is_taken(name, n, candidate); number++) {
        free(candidate);
        candidate = mem_printf("%s:%d", wanted ? wanted : "", number);
    }
    return candidate;
}

static bool send_columns(sqlite3_stmt *stmt, bool (*columns)(void *, const char *const *, int),
                         void *context)
{
    int n = sqlite3_column_count(stmt);
    char **name = mem_zalloc((size_t)n, sizeof *name);
    for (int i = 0; i < n; i++)
        name[i] = unique_name(name, i, sqlite3_column_name(stmt, i));
    bool go_on = columns(context, (const char *const *)name, n);
    for (int i = 0; i < n; i++)
        free(name[i]);
    free(name);
    return go_on;
}

static bool send_rows(struct query *q, sqlite3_stmt *stmt, const char *sql,
                      bool (*row)(void *, const struct query_value *, int), void *context,
                      struct error *err)
{
    int n = sqlite3_column_count(stmt), code = SQLITE_DONE;
    struct query_value *value = mem_alloc((size_t)n * sizeof *value);
    bool go_on = true;
    while (go_on && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        for (int i = 0; i < n; i++)
            value[i] = value_of(stmt, i);
        go_on = row(context, value, n);
    }
    free(value);
    return !go_on || code == SQLITE_DONE || query_error(q, sql, err);
}

bool query_run(struct query *q, const char *sql,
               bool (*columns)(void *context, const char *const *name, int n),
               bool (*row)(void *context, const struct query_value *value, int n), void *context,
               struct progress *progress, struct error *err)
{
    vtab_refresh(&q->source);
    q->progress = progress;
    q->source.stop = progress ? &progress->cancel : NULL;
    sqlite3_stmt *stmt = prepare(q, sql, err);
    bool ok = stmt != NULL;
    if (ok && (!columns || send_columns(stmt, columns, context)))
        ok = send_rows(q, stmt, sql, row, context, err);
    sqlite3_finalize(stmt);
    q->progress = NULL;
    q->source.stop = NULL;
    return ok;
}

int query_error_offset(const struct query *q)
{
    return q->error_offset;
}
