/*
 * Inside storage/db: the compact data as plain rows. Three read-only virtual tables that exist in
 * every query connection: interaction (the data set), recommendation and label (the run files).
 *
 * Equality on user, user_id, item, item_id, rank, run, part and edges, and ranges of user and
 * rowid, are pushed down: users of one run cost a binary search, an item a scan of its 4-byte
 * column. Rows come in the order of the first columns, so ORDER BY over them needs no sort.
 */
#ifndef STORAGE_DB_VTAB_H
#define STORAGE_DB_VTAB_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "storage/db/dataset.h"
#include "storage/db/run_file.h"

/* One run's lists, and its labels of one kind (label.file NULL: none, for `recommendation`). */
struct vtab_file {
    int64_t run;
    char part[8], edges[16];
    struct run_recs recs;
    struct run_labels labels;
};

/* What the tables read. The files are opened when a query first needs them. */
struct vtab_source {
    struct workspace *ws;
    struct dataset dataset;
    const atomic_bool *stop; /* of the running query: it is to end; NULL: it cannot be */
    bool opened;             /* the data set */
    bool listed;             /* the run files */
    struct vtab_file *file;  /* [n_files] by run, part, edges; recs first ("" edges) */
    size_t n_files;
};

/* Makes the tables known to the source's connection. The source must outlive it. */
bool vtab_register(struct vtab_source *source, struct error *err);
/* Forgets the run files, so that the next query sees what was added since. */
void vtab_refresh(struct vtab_source *source);
void vtab_release(struct vtab_source *source);

#endif
