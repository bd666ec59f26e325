/*
 * Migrations are appended, never edited: a released one has already run in somebody's file.
 * Migration i brings a file from user_version i to i + 1.
 *
 * The data set lies in `sequence`, one row per user, as compact blobs (storage/db/sequence.h);
 * SQL inside rote sees it as plain rows through virtual tables (storage/db/vtab.h). Run 0 in
 * `metric` is the data set itself.
 */
#include "storage/db/schema.h"

#include <stdio.h>

#include "storage/base/mem.h"
#include "storage/db/sql.h"

static const char *const migrations[] = {
    /* 1: the data set, runs, figures */
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID;"
    "CREATE TABLE user (user INTEGER PRIMARY KEY, user_id TEXT NOT NULL, length INTEGER NOT NULL)"
    " STRICT;"
    "CREATE TABLE item (item INTEGER PRIMARY KEY, item_id TEXT NOT NULL, title TEXT,"
    " category TEXT, semid TEXT) STRICT;"
    "CREATE TABLE item_field (item INTEGER NOT NULL REFERENCES item, name TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY (item, name)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE sequence (user INTEGER PRIMARY KEY REFERENCES user, items BLOB NOT NULL,"
    " times BLOB, ratings BLOB) STRICT;"
    "CREATE TABLE bad_row (file TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL,"
    " text TEXT) STRICT;"
    "CREATE TABLE run (run INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
    " model TEXT NOT NULL, strategy TEXT NOT NULL, options TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK"
    " (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),"
    " trained_on TEXT NOT NULL CHECK (trained_on IN ('train', 'train+valid')),"
    " trained_on_assumed INTEGER NOT NULL, fingerprint TEXT NOT NULL, seed INTEGER NOT NULL,"
    " created INTEGER NOT NULL, started INTEGER, ended INTEGER, seconds REAL, kernel TEXT,"
    " error TEXT) STRICT;"
    "CREATE TABLE run_event (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"
    " seq INTEGER NOT NULL, time INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL,"
    " PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE run_file (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"
    " kind TEXT NOT NULL, part TEXT NOT NULL, edges TEXT NOT NULL, name TEXT NOT NULL,"
    " PRIMARY KEY (run, kind, part, edges)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE metric (run INTEGER NOT NULL, part TEXT NOT NULL, definition TEXT NOT NULL,"
    " place INTEGER NOT NULL, name TEXT NOT NULL, value REAL, lo REAL, hi REAL,"
    " PRIMARY KEY (run, part, definition, place)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER run_deleted AFTER DELETE ON run BEGIN"
    " DELETE FROM metric WHERE run = old.run; END;",

    /* 2: case studies */
    "CREATE TABLE case_study (study INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL,"
    " text TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL,"
    " changed INTEGER NOT NULL) STRICT;"
    "CREATE TABLE case_item (pin INTEGER PRIMARY KEY AUTOINCREMENT,"
    " study INTEGER NOT NULL REFERENCES case_study ON DELETE CASCADE, place REAL NOT NULL,"
    " kind TEXT NOT NULL, user_id TEXT, item_id TEXT, run TEXT, rank INTEGER, definition TEXT,"
    " fingerprint TEXT, seen TEXT, note TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL)"
    " STRICT;"
    "CREATE INDEX case_item_of_study ON case_item (study, place);",

    /* 3: imported item embeddings, little-endian 4-byte reals; none: zeros */
    "CREATE TABLE item_embedding ("
    "item INTEGER PRIMARY KEY REFERENCES item, vector BLOB NOT NULL"
    ") STRICT;",

    /* 4: case studies: what a pin says in a line and the commands that reopen it; the journal of
     * undo; full-text search (both written by storage/db/case_undo.c) */
    "ALTER TABLE case_item ADD COLUMN summary TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE case_item ADD COLUMN link TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE case_undo (step INTEGER PRIMARY KEY AUTOINCREMENT, study INTEGER NOT NULL,"
    " undone INTEGER NOT NULL DEFAULT 0, time INTEGER NOT NULL, what TEXT NOT NULL,"
    " rows TEXT NOT NULL, bytes INTEGER NOT NULL) STRICT;"
    "CREATE VIRTUAL TABLE case_search USING fts5 (title, text, tags, pins);"
    "INSERT INTO case_search (rowid, title, text, tags, pins)"
    " SELECT study, title, text, tags, (SELECT group_concat(summary || ' ' || note, char(10)) FROM "
    "case_item"
    " WHERE case_item.study = case_study.study) FROM case_study;",

    /* 5: the split of files that came with one (meta.split = 'given') */
    "CREATE TABLE given_split ("
    "user INTEGER PRIMARY KEY REFERENCES user, train_end INTEGER NOT NULL,"
    " valid_end INTEGER NOT NULL"
    ") STRICT;",

    /* 6: case studies: the numbers of the runs that a pin names in seen.runs, in that order: a run
     * may be renamed, and another may take its name. 0: no run had the name when this ran. */
    "ALTER TABLE case_item ADD COLUMN runs TEXT;"
    "UPDATE case_item SET runs = (SELECT json_group_array(number) FROM"
    " (SELECT ifnull(run.run, 0) AS number FROM json_each(case_item.seen, '$.runs') named"
    " LEFT JOIN run ON run.name = named.value ORDER BY named.key)) WHERE json_valid(seen);",
};

int schema_version(void)
{
    return (int)ARRAY_LEN(migrations);
}

static bool pragma_int(sqlite3 *db, const char *sql, int *value, struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(db, err, sql, "");
    bool row = false;
    bool ok = stmt && sql_step(stmt, &row, err);
    *value = ok && row ? sqlite3_column_int(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    return ok;
}

/* One step; another process may have taken it between our look and our lock. */
static bool migrate_from(sqlite3 *db, int version, struct error *err)
{
    if (!sql_begin(db, err))
        return false;
    int now;
    bool ok = pragma_int(db, "PRAGMA user_version", &now, err);
    if (ok && now == version) {
        char after[96];
        snprintf(after, sizeof after, "PRAGMA user_version = %d; PRAGMA application_id = %d",
                 version + 1, SCHEMA_APPLICATION_ID);
        ok = sql_exec(db, migrations[version], err) && sql_exec(db, after, err);
    }
    return sql_end(db, ok, err);
}

bool schema_migrate(sqlite3 *db, int version, struct error *err)
{
    int from;
    if (!pragma_int(db, "PRAGMA user_version", &from, err))
        return false;
    for (int v = from; v < version; v++)
        if (!migrate_from(db, v, err))
            return error_prefix(err, "cannot bring the workspace to version %d", v + 1);
    return true;
}

bool schema_check(sqlite3 *db, bool read_only, const char *path, struct error *err)
{
    int version, application;
    if (!pragma_int(db, "PRAGMA user_version", &version, err) ||
        !pragma_int(db, "PRAGMA application_id", &application, err)) {
        if (sqlite3_errcode(db) == SQLITE_NOTADB)
            return error_set(err, ERROR_INPUT,
                             "%s is not a workspace: the file is not a database; name another "
                             "folder with -w, or import into it again with --replace",
                             path);
        return false;
    }
    if (application != SCHEMA_APPLICATION_ID)
        return error_set(err, ERROR_INPUT,
                         "%s is a database of another program; name another folder with -w", path);
    if (version > schema_version())
        return error_set(err, ERROR_STATE,
                         "%s was made by a newer rote (its format is %d, this one knows up to "
                         "%d); nothing was changed: open it with that version",
                         path, version, schema_version());
    if (version == schema_version())
        return true;
    if (read_only)
        return error_set(err, ERROR_STATE,
                         "%s was made by an older rote and cannot be brought up to date because "
                         "it is open read-only; open it once where it can be written",
                         path);
    return schema_migrate(db, schema_version(), err);
}
