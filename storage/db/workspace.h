/*
 * A workspace: the folder that holds one data set and everything computed from it.
 *
 *   rote.db                     SQLite in WAL mode: the data set, runs, figures, case studies
 *   runs/<id>/                  what workers write, and a run's lists and labels (tensor files)
 *   cache/                      mapped files that can be rebuilt (dataset.safetensors, match index)
 *   lock                        held shared by every open workspace, alone while one is replaced
 *   import.tmp/, import.lock    an import in progress
 *
 * A `struct workspace` is one database connection and belongs to one thread at a time; open another
 * for another thread. Many processes may read while one writes; a writer waits up to 10 seconds for
 * another.
 */
#ifndef STORAGE_DB_WORKSPACE_H
#define STORAGE_DB_WORKSPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/base/error.h"
#include "storage/base/progress.h"

struct workspace;
struct import_result;

enum workspace_mode {
    WORKSPACE_READ_WRITE, /* falls back to read-only in a folder that cannot be written */
    WORKSPACE_READ_ONLY,
};

/* Opens an existing workspace; never creates one. An older schema is migrated (read-write), a newer
 * one refused. A folder that cannot be written is opened read-only if no other process left
 * unfinished work (-wal) in it. NULL with *err. Under 1 ms plus migrations. */
struct workspace *workspace_open(const char *dir, enum workspace_mode mode, struct error *err);
void workspace_close(struct workspace *ws); /* NULL allowed */

/* Before something is only read: an older schema is migrated where the folder can be written. What
 * else there is to say, opening says. */
void workspace_update(const char *dir);

/* Writes a new workspace with this data set into `dir` (made if it does not exist): aside, then
 * renamed, so that whatever happens the old workspace or the whole new one is there. Without
 * `replace` an existing workspace is refused; with it, its runs, figures, case studies and caches
 * are dropped. Nothing is left behind on failure. Refused while another process has it open. */
bool workspace_create(const char *dir, const struct import_result *data, bool replace,
                      struct progress *progress, struct error *err);
/* The refusals of workspace_create() alone, to be asked before a long import. */
bool workspace_may_create(const char *dir, bool replace, struct error *err);

bool workspace_is_read_only(const struct workspace *ws);
/* dir/sub/name; the caller frees. */
char *workspace_path(const struct workspace *ws, const char *sub, const char *name);
char *workspace_run_dir(const struct workspace *ws, int64_t run); /* dir/runs/<id>; caller frees */

/* Named texts of the workspace: "import.report" (JSON), "split", settings of the screens, …
 * NULL when there is none of that name; the caller frees. */
char *workspace_get(struct workspace *ws, const char *key);
bool workspace_put(struct workspace *ws, const char *key, const char *value, struct error *err);

/* The facts of the data set without mapping it. */
struct workspace_facts {
    int64_t users, items, interactions;
    uint64_t fingerprint, structure_fingerprint;
    int64_t imported; /* seconds since 1970 */
    char split[48];   /* "leave-one-out", "temporal:0.8,0.9" or "given" */
};
bool workspace_facts(struct workspace *ws, struct workspace_facts *out, struct error *err);

#endif
