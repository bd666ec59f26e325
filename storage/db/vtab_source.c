/* The files behind the virtual tables. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/base/mem.h"
#include "storage/db/sql.h"
#include "storage/db/vtab_rows.h"

bool vtab_open_dataset(struct vtab_source *s, struct error *err)
{
    s->opened = s->opened || dataset_open(s->ws, &s->dataset, err);
    return s->opened;
}

static void close_file(struct vtab_file *f)
{
    run_recs_close(&f->recs);
    run_labels_close(&f->labels);
}

void vtab_refresh(struct vtab_source *source)
{
    for (size_t i = 0; i < source->n_files; i++)
        close_file(&source->file[i]);
    free(source->file);
    source->file = NULL;
    source->n_files = 0;
    source->listed = false;
}

void vtab_release(struct vtab_source *source)
{
    vtab_refresh(source);
    dataset_close(&source->dataset);
    source->opened = false;
}

/* Opens the file of a row of run_file; labels need their lists beside them, of the same shape. */
static bool open_file(struct vtab_source *s, struct vtab_file *f, bool labels, struct error *err)
{
    if (!run_recs_open(s->ws, f->run, f->part, &f->recs, err))
        return false;
    if (!labels)
        return true;
    if (!run_labels_open(s->ws, f->run, f->part, f->edges, &f->labels, err))
        return false;
    return (f->labels.n_cases == f->recs.n_cases && f->labels.depth <= f->recs.depth) ||
           error_set(err, ERROR_INPUT, "run %" PRId64 ": labels and lists do not fit each other",
                     f->run);
}

static bool add_file(struct vtab_source *s, sqlite3_stmt *stmt, size_t *cap, struct error *err)
{
    struct vtab_file f = {.run = sqlite3_column_int64(stmt, 0)};
    char *part = sql_text(stmt, 1), *edges = sql_text(stmt, 2);
    snprintf(f.part, sizeof f.part, "%s", part);
    snprintf(f.edges, sizeof f.edges, "%s", edges);
    free(part);
    free(edges);
    bool ok = open_file(s, &f, f.edges[0] != '\0', err);
    if (ok) {
        MEM_GROW(s->file, s->n_files + 1, *cap);
        s->file[s->n_files++] = f;
    } else {
        close_file(&f);
    }
    return ok;
}

bool vtab_open_files(struct vtab_source *s, struct error *err)
{
    if (s->listed)
        return true;
    sqlite3_stmt *stmt = sql_prepare(s->ws->db, err,
                                     "SELECT run, part, edges FROM run_file"
                                     " ORDER BY run, part, edges",
                                     "");
    size_t cap = 0;
    bool row, ok = stmt != NULL;
    while (ok && (ok = sql_step(stmt, &row, err)) && row)
        ok = add_file(s, stmt, &cap, err);
    sqlite3_finalize(stmt);
    s->listed = ok;
    if (!ok)
        vtab_refresh(s);
    return ok;
}
