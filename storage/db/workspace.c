/* Opening workspaces; making them is workspace_create.c. */
#include "storage/db/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/lock.h"
#include "storage/db/schema.h"
#include "storage/db/sql.h"
#include "storage/db/workspace_files.h"

enum { BUSY_MS = 10000 };

bool workspace_is_read_only(const struct workspace *ws)
{
    return ws->read_only;
}

char *workspace_path(const struct workspace *ws, const char *sub, const char *name)
{
    return mem_printf("%s/%s/%s", ws->dir, sub, name);
}

char *workspace_run_dir(const struct workspace *ws, int64_t run)
{
    return mem_printf("%s/runs/%" PRId64, ws->dir, run);
}

static bool can_write(const char *path)
{
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

/* How a database is to be opened: flags and URI. False when it cannot. */
static bool choose_open(struct workspace *ws, const char *path, enum workspace_mode mode,
                        int *flags, struct buf *uri, struct error *err)
{
    char *wal = mem_printf("%s-wal", path);
    struct stat st;
    bool unfinished = stat(wal, &st) == 0 && st.st_size > 0;
    free(wal);
    bool writable = can_write(ws->dir) && can_write(path);
    ws->read_only = mode == WORKSPACE_READ_ONLY || !writable;
    *flags = ws->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (!writable && unfinished)
        return error_set(err, ERROR_STATE,
                         "the folder %s cannot be written, and changes in %s-wal have not been "
                         "merged yet; close the other rote, open the workspace once where it can "
                         "be written, or copy the folder",
                         ws->dir, path);
    buf_adds(uri, "file:");
    for (const char *p = path; *p; p++)
        if (strchr("?#%", *p))
            buf_addf(uri, "%%%02x", (unsigned)(unsigned char)*p);
        else
            buf_addc(uri, *p);
    if (!writable)
        buf_adds(uri, "?immutable=1");
    return true;
}

static bool configure(sqlite3 *db, bool read_only, struct error *err)
{
    sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return sql_exec(db, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL", err) &&
           (!read_only || sql_exec(db, "PRAGMA query_only = ON", err));
}

static bool open_database(struct workspace *ws, const char *path, enum workspace_mode mode,
                          struct error *err)
{
    int flags;
    struct buf uri;
    buf_init(&uri);
    bool ok = choose_open(ws, path, mode, &flags, &uri, err);
    flags |= SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (ok && sqlite3_open_v2(uri.data, &ws->db, flags, NULL) != SQLITE_OK)
        ok = sql_error(ws->db, err, "cannot open %s", path);
    buf_release(&uri);
    ok = ok && configure(ws->db, ws->read_only, err) &&
         schema_check(ws->db, ws->read_only, path, err);
    /* Back to WAL if a replacement was interrupted between retiring this file and renaming. */
    return ok && (ws->read_only || sql_exec(ws->db, "PRAGMA journal_mode = WAL", err));
}

struct workspace *workspace_open(const char *dir, enum workspace_mode mode, struct error *err)
{
    struct workspace *ws = mem_zalloc(1, sizeof *ws);
    ws->dir = mem_strdup(dir);
    ws->lock = -1;
    char *path = path_join(dir, WORKSPACE_DB);
    bool ok = lock_shared(dir, &ws->lock, err);
    if (ok && !file_exists(path))
        ok = error_set(err, ERROR_NOT_FOUND,
                       "there is no workspace in %s; make one with: rote -w %s import FILE", dir,
                       dir);
    ok = ok && open_database(ws, path, mode, err);
    if (ok && !ws->read_only)
        workspace_sweep(ws);
    free(path);
    if (ok)
        return ws;
    workspace_close(ws);
    return NULL;
}

void workspace_close(struct workspace *ws)
{
    if (!ws)
        return;
    sqlite3_close(ws->db);
    lock_release(ws->lock);
    free(ws->dir);
    free(ws);
}

void workspace_update(const char *dir)
{
    workspace_close(workspace_open(dir, WORKSPACE_READ_WRITE, NULL));
}

char *workspace_get(struct workspace *ws, const char *key)
{
    char *value = NULL;
    bool row;
    sqlite3_stmt *stmt =
        sql_prepare(ws->db, NULL, "SELECT value FROM meta WHERE key = ?", "s", key);
    if (stmt && sql_step(stmt, &row, NULL) && row)
        value = sql_text(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

bool workspace_put(struct workspace *ws, const char *key, const char *value, struct error *err)
{
    return workspace_writable(ws, err) &&
           sql_do(ws->db, err, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", "ss", key,
                  value);
}

static int64_t get_int(struct workspace *ws, const char *key, bool *ok)
{
    char *text = workspace_get(ws, key);
    int64_t value = 0;
    *ok = *ok && text && num_int64(text, strlen(text), &value);
    free(text);
    return value;
}

static uint64_t get_hash(struct workspace *ws, const char *key, bool *ok)
{
    char *text = workspace_get(ws, key);
    uint64_t value = 0;
    *ok = *ok && text && hash_parse(text, strlen(text), &value);
    free(text);
    return value;
}

bool workspace_facts(struct workspace *ws, struct workspace_facts *out, struct error *err)
{
    bool ok = true;
    *out = (struct workspace_facts){
        .users = get_int(ws, "users", &ok),
        .items = get_int(ws, "items", &ok),
        .interactions = get_int(ws, "interactions", &ok),
        .imported = get_int(ws, "imported", &ok),
        .fingerprint = get_hash(ws, "fingerprint", &ok),
        .structure_fingerprint = get_hash(ws, "structure_fingerprint", &ok),
    };
    char *split = workspace_get(ws, "split");
    ok = ok && split && strlen(split) < sizeof out->split;
    if (ok)
        memcpy(out->split, split, strlen(split) + 1);
    free(split);
    return ok || error_set(err, ERROR_INPUT,
                           "the workspace %s is damaged: the facts of its data set are missing; "
                           "import again with --replace",
                           ws->dir);
}
