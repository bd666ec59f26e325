/*
 * A journal row holds the touched rows as JSON: [{"t": 0|1|2, "id": N, "before": {…}|null, "after":
 * {…}|null}, …]. Going back writes all "before", going on all "after"; null deletes the row. SQLite
 * makes and reads the JSON, so values come back as they were: texts are clean UTF-8, the places of
 * pins whole numbers.
 */
#include "storage/db/case_undo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/buf.h"
#include "storage/base/clock.h"
#include "storage/base/mem.h"
#include "storage/db/case_store.h"

enum { JOURNAL_BYTES = 16 << 20 };

static const struct {
    const char *image, *write, *drop;
} tables[] = {
    [CASE_STUDY_ROW] =
        {.image = "SELECT json_object('title', title, 'text', text, 'tags', tags, 'created',"
                  " created, 'changed', changed) FROM case_study WHERE study = ?",
         .write = "INSERT INTO case_study (study, title, text, tags, created, changed) SELECT ?1,"
                  " ?2 ->> 'title', ?2 ->> 'text', ?2 ->> 'tags', ?2 ->> 'created',"
                  " ?2 ->> 'changed' WHERE true ON CONFLICT (study) DO UPDATE SET"
                  " title = excluded.title, text = excluded.text, tags = excluded.tags,"
                  " created = excluded.created, changed = excluded.changed",
         .drop = "DELETE FROM case_study WHERE study = ?"},
    [CASE_PIN_ROW] =
        {.image = "SELECT json_object('study', study, 'place', place, 'kind', kind, 'user_id',"
                  " user_id, 'item_id', item_id, 'run', run, 'rank', rank, 'definition',"
                  " definition, 'fingerprint', fingerprint, 'seen', seen, 'note', note,"
                  " 'created', created, 'summary', summary, 'link', link, 'runs', runs)"
                  " FROM case_item WHERE pin = ?",
         .write = "INSERT INTO case_item (pin, study, place, kind, user_id, item_id, run, rank,"
                  " definition, fingerprint, seen, note, created, summary, link, runs) SELECT ?1,"
                  " ?2 ->> 'study', ?2 ->> 'place', ?2 ->> 'kind', ?2 ->> 'user_id',"
                  " ?2 ->> 'item_id', ?2 ->> 'run', ?2 ->> 'rank', ?2 ->> 'definition',"
                  " ?2 ->> 'fingerprint', ?2 ->> 'seen', ?2 ->> 'note', ?2 ->> 'created',"
                  " ?2 ->> 'summary', ?2 ->> 'link', ?2 ->> 'runs'"
                  " WHERE true ON CONFLICT (pin) DO UPDATE SET"
                  " study = excluded.study, place = excluded.place, kind = excluded.kind,"
                  " user_id = excluded.user_id, item_id = excluded.item_id, run = excluded.run,"
                  " rank = excluded.rank, definition = excluded.definition,"
                  " fingerprint = excluded.fingerprint, seen = excluded.seen,"
                  " note = excluded.note, created = excluded.created,"
                  " summary = excluded.summary, link = excluded.link,"
                  " runs = ifnull(excluded.runs, runs)", /* before version 6 none were kept */
         .drop = "DELETE FROM case_item WHERE pin = ?"},
    /* A run that has been deleted meanwhile stays deleted. */
    [RUN_NAME_ROW] = {.image = "SELECT json_object('name', name) FROM run WHERE run = ?",
                      .write = "UPDATE run SET name = ?2 ->> 'name' WHERE run = ?1",
                      .drop = "SELECT ?1"},
};

/* ---- writing down ---- */

/* *image is NULL where there is no such row; the caller frees. */
static bool read_image(struct workspace *ws, enum case_table table, int64_t id, char **image,
                       struct error *err)
{
    bool row = false;
    sqlite3_stmt *stmt = sql_prepare(ws->db, err, tables[table].image, "i", id);
    bool ok = stmt && sql_step(stmt, &row, err);
    *image = ok && row ? sql_text(stmt, 0) : NULL;
    sqlite3_finalize(stmt);
    return ok;
}

static void add_row(struct case_journal *j, enum case_table table, int64_t id, char *before)
{
    MEM_GROW(j->row, j->n + 1, j->cap);
    j->row[j->n++] = (struct case_touched){table, id, before};
}

bool case_journal_touch(struct case_journal *j, enum case_table table, int64_t id,
                        struct error *err)
{
    char *before;
    for (size_t i = 0; i < j->n; i++)
        if (j->row[i].table == table && j->row[i].id == id)
            return true;
    if (!read_image(j->ws, table, id, &before, err))
        return false;
    add_row(j, table, id, before);
    return true;
}

void case_journal_made(struct case_journal *j, enum case_table table, int64_t id)
{
    add_row(j, table, id, NULL);
}

void case_journal_release(struct case_journal *j)
{
    for (size_t i = 0; i < j->n; i++)
        free(j->row[i].before);
    free(j->row);
}

static bool add_images(struct case_journal *j, struct buf *out, struct error *err)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < j->n; i++) {
        const struct case_touched *t = &j->row[i];
        char *after;
        if (!read_image(j->ws, t->table, t->id, &after, err))
            return false;
        buf_addf(out, "%s{\"t\":%d,\"id\":%lld,\"before\":", i ? "," : "", (int)t->table,
                 (long long)t->id);
        buf_adds(out, t->before ? t->before : "null");
        buf_adds(out, ",\"after\":");
        buf_adds(out, after ? after : "null");
        buf_addc(out, '}');
        free(after);
    }
    buf_addc(out, ']');
    return true;
}

/* The newest change stays, however large it is. */
static bool drop_oldest(sqlite3 *db, struct error *err)
{
    return sql_do(db, err,
                  "DELETE FROM case_undo WHERE step IN (SELECT step FROM (SELECT step,"
                  " row_number() OVER newest AS n, sum(bytes) OVER newest AS total"
                  " FROM case_undo WINDOW newest AS (ORDER BY step DESC))"
                  " WHERE n > ?1 OR (n > 1 AND total > ?2))",
                  "ii", (int64_t)CASE_UNDO_STEPS, (int64_t)JOURNAL_BYTES);
}

/* The study's words anew. Not by triggers: there SQLite lets no virtual table be used. */
static bool index_words(sqlite3 *db, int64_t study, struct error *err)
{
    return sql_do(db, err, "DELETE FROM case_search WHERE rowid = ?", "i", study) &&
           sql_do(db, err,
                  "INSERT INTO case_search (rowid, title, text, tags, pins)"
                  " SELECT study, title, text, tags, (SELECT group_concat(summary || ' ' || note,"
                  " char(10)) FROM case_item WHERE case_item.study = case_study.study)"
                  " FROM case_study WHERE study = ?",
                  "i", study);
}

bool case_journal_store(struct case_journal *j, const char *what, struct error *err)
{
    struct buf rows;
    buf_init(&rows);
    bool ok = sql_exec(j->ws->db, "DELETE FROM case_undo WHERE undone", err) &&
              add_images(j, &rows, err) &&
              sql_do(j->ws->db, err,
                     "INSERT INTO case_undo (study, time, what, rows, bytes)"
                     " VALUES (?, ?, ?, ?, ?)",
                     "iissi", j->study, clock_wall_seconds(), what, rows.data, (int64_t)rows.len) &&
              drop_oldest(j->ws->db, err) && index_words(j->ws->db, j->study, err);
    buf_release(&rows);
    return ok;
}

/* ---- going back and on ---- */

static bool write_row(sqlite3 *db, enum case_table table, int64_t id, const char *image,
                      struct error *err)
{
    return image ? sql_do(db, err, tables[table].write, "is", id, image)
                 : sql_do(db, err, tables[table].drop, "i", id);
}

static bool write_rows(sqlite3 *db, int64_t step, bool back, struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(
        db, err,
        back ? "SELECT e.value ->> 't', e.value ->> 'id', e.value ->> 'before'"
               " FROM case_undo, json_each(case_undo.rows) e WHERE step = ? ORDER BY e.key"
             : "SELECT e.value ->> 't', e.value ->> 'id', e.value ->> 'after'"
               " FROM case_undo, json_each(case_undo.rows) e WHERE step = ? ORDER BY e.key",
        "i", step);
    bool row, ok = stmt != NULL;
    while (ok && (ok = sql_step(stmt, &row, err)) && row) {
        int table = sqlite3_column_int(stmt, 0);
        if (table < 0 || table >= (int)ARRAY_LEN(tables)) {
            ok = error_set(err, ERROR_STATE, "a newer version of rote made this change");
            break;
        }
        ok = write_row(db, (enum case_table)table, sqlite3_column_int64(stmt, 1),
                       (const char *)sqlite3_column_text(stmt, 2), err);
    }
    sqlite3_finalize(stmt);
    return ok;
}

/* The change to take back: the last one that stands; to redo: the first one that does not. */
static bool find_step(sqlite3 *db, bool back, int64_t *step, int64_t *study, struct buf *what,
                      struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(
        db, err,
        back ? "SELECT step, study, what FROM case_undo WHERE NOT undone ORDER BY step DESC LIMIT 1"
             : "SELECT step, study, what FROM case_undo WHERE undone ORDER BY step LIMIT 1",
        "");
    bool row = false, ok = stmt && sql_step(stmt, &row, err);
    if (ok && row) {
        char *text = sql_text(stmt, 2);
        *step = sqlite3_column_int64(stmt, 0);
        *study = sqlite3_column_int64(stmt, 1);
        buf_adds(what, text);
        free(text);
    } else if (ok) {
        ok = error_set(err, ERROR_NOT_FOUND,
                       back ? "there is nothing to undo" : "there is nothing to redo");
    }
    sqlite3_finalize(stmt);
    return ok;
}

static bool step(struct workspace *ws, bool back, struct buf *what, int64_t *study,
                 struct error *err)
{
    int64_t at = 0;
    if (!workspace_writable(ws, err) || !sql_begin(ws->db, err))
        return false;
    bool ok = find_step(ws->db, back, &at, study, what, err) && write_rows(ws->db, at, back, err) &&
              sql_do(ws->db, err, "UPDATE case_undo SET undone = ? WHERE step = ?", "ii",
                     (int64_t)back, at) &&
              index_words(ws->db, *study, err);
    return sql_end(ws->db, ok, err);
}

bool case_undo(struct workspace *ws, struct buf *what, int64_t *study, struct error *err)
{
    return step(ws, true, what, study, err);
}

bool case_redo(struct workspace *ws, struct buf *what, int64_t *study, struct error *err)
{
    return step(ws, false, what, study, err);
}
