#include "storage/db/metric_store.h"

#include <math.h>
#include <stdlib.h>

#include "storage/base/buf.h"
#include "storage/base/mem.h"
#include "storage/db/sql.h"

static bool put_all(struct workspace *ws, int64_t run, const char *part, const char *definition,
                    const struct metric *metric, size_t n, struct error *err)
{
    if (!sql_do(ws->db, err, "DELETE FROM metric WHERE run = ? AND part = ? AND definition = ?",
                "iss", run, part, definition))
        return false;
    sqlite3_stmt *stmt =
        sql_prepare(ws->db, err,
                    "INSERT INTO metric (run, part, definition, place, name, value, lo, hi)"
                    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8"
                    " WHERE ?1 = 0 OR EXISTS (SELECT 1 FROM run WHERE run = ?1)",
                    "");
    bool ok = stmt != NULL;
    for (size_t i = 0; ok && i < n; i++)
        ok = sql_bind(stmt, err, "issisrrr", run, part, definition, (int64_t)i, metric[i].name,
                      metric[i].value, metric[i].lo, metric[i].hi) &&
             sql_run(stmt, err);
    sqlite3_finalize(stmt);
    return ok;
}

bool metric_store_put(struct workspace *ws, int64_t run, const char *part, const char *definition,
                      const struct metric *metric, size_t n, struct error *err)
{
    return workspace_writable(ws, err) && sql_begin(ws->db, err) &&
           sql_end(ws->db, put_all(ws, run, part, definition, metric, n, err), err);
}

static double column_real(sqlite3_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt, column) == SQLITE_NULL ? (double)NAN
                                                            : sqlite3_column_double(stmt, column);
}

bool metric_store_get(struct workspace *ws, int64_t run, const char *part, const char *definition,
                      struct metric_set *out, struct error *err)
{
    *out = (struct metric_set){0};
    sqlite3_stmt *stmt = sql_prepare(ws->db, err,
                                     "SELECT name, value, lo, hi FROM metric WHERE run = ?"
                                     " AND part = ? AND definition = ? ORDER BY place",
                                     "iss", run, part, definition);
    struct buf names;
    size_t cap = 0, at = 0;
    bool row, ok = stmt != NULL;
    buf_init(&names);
    while (ok && (ok = sql_step(stmt, &row, err)) && row) {
        MEM_GROW(out->metric, out->n + 1, cap);
        out->metric[out->n++] = (struct metric){
            .value = column_real(stmt, 1), .lo = column_real(stmt, 2), .hi = column_real(stmt, 3)};
        const char *name = (const char *)sqlite3_column_text(stmt, 0);
        buf_add(&names, name, (size_t)sqlite3_column_bytes(stmt, 0));
        buf_addc(&names, '\0');
    }
    sqlite3_finalize(stmt);
    out->names = buf_detach(&names);
    for (size_t i = 0; i < out->n; i++) {
        out->metric[i].name = out->names + at;
        while (out->names[at++])
            ;
    }
    if (!ok)
        metric_set_release(out);
    return ok;
}

void metric_set_release(struct metric_set *set)
{
    free(set->metric);
    free(set->names);
    *set = (struct metric_set){0};
}
