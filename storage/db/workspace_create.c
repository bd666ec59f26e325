/*
 * Making a workspace. Everything is written into dir/import.tmp first; one rename of rote.db then
 * switches from the old data set to the new one. A killed import leaves import.tmp behind, which
 * the next one takes over, and after the switch at most run folders of the old data set, which the
 * next opening removes (workspace_sweep).
 *
 * The old database is retired before the rename: its -wal is merged and removed, because SQLite
 * would apply a -wal to whatever file bears the name. dir/lock, held alone, keeps others out
 * meanwhile.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset_file.h"
#include "storage/db/lock.h"
#include "storage/db/schema.h"
#include "storage/db/sequence.h"
#include "storage/db/sql.h"
#include "storage/db/workspace_files.h"
#include "storage/import/ids.h"
#include "storage/import/import.h"

void (*workspace_create_step)(const char *step);

static void step(const char *name)
{
    if (workspace_create_step)
        workspace_create_step(name);
}

/* ---- the new database ---- */

struct creation {
    const char *dir;
    const struct import_result *data;
    struct progress *progress;
    struct dataset view; /* the same arrays */
    char import_id[HASH_TEXT_LEN + 1];
    int64_t last_run; /* the highest number of the old runs: numbers are not used again */
    sqlite3 *db;
};

static struct dataset view_of(const struct import_result *data)
{
    return (struct dataset){
        .n_users = data->n_users,
        .n_items = data->n_items,
        .n_interactions = data->n_interactions,
        .offset = data->offset,
        .item = data->item,
        .time = data->time,
        .rating = data->rating,
        .user_id = data->user_id,
        .item_id = data->item_id,
        .title = data->title,
        .category = data->category,
        .semid_levels = data->semid_levels,
        .semid = data->semid,
        .embedding_width = data->embedding_width,
        .embedding = data->embedding,
        .fingerprint = data->fingerprint,
        .structure_fingerprint = data->structure_fingerprint,
        .split = data->split,
        .given_train_end = data->train_end,
        .given_valid_end = data->valid_end,
    };
}

static bool put_meta(sqlite3 *db, const char *key, const char *value, struct error *err)
{
    return sql_do(db, err, "INSERT INTO meta (key, value) VALUES (?, ?)", "ss", key, value);
}

static bool put_meta_int(sqlite3 *db, const char *key, int64_t value, struct error *err)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return put_meta(db, key, text, err);
}

static bool put_meta_hash(sqlite3 *db, const char *key, uint64_t value, struct error *err)
{
    char text[HASH_TEXT_LEN + 1];
    hash_format(value, text);
    return put_meta(db, key, text, err);
}

static bool write_facts(struct creation *c, struct error *err)
{
    const struct import_result *data = c->data;
    struct jval *report = import_report_json(&data->report);
    struct buf text, request;
    buf_init(&text);
    buf_init(&request);
    jval_write(report, false, &text);
    if (data->request)
        jval_write(data->request, false, &request);
    jval_free(report);
    bool ok = put_meta(c->db, "import.report", text.data, err) &&
              (!data->request || put_meta(c->db, "import.request", request.data, err)) &&
              put_meta(c->db, "import_id", c->import_id, err) &&
              put_meta(c->db, "split", data->split, err) &&
              put_meta_int(c->db, "users", data->n_users, err) &&
              put_meta_int(c->db, "items", data->n_items, err) &&
              put_meta_int(c->db, "interactions", data->n_interactions, err) &&
              put_meta_int(c->db, "has_times", data->time != NULL, err) &&
              put_meta_int(c->db, "has_ratings", data->rating != NULL, err) &&
              put_meta_int(c->db, "semid_levels", data->semid_levels, err) &&
              put_meta_int(c->db, "embedding_width", data->embedding_width, err) &&
              put_meta_int(c->db, "imported", clock_wall_seconds(), err) &&
              put_meta_hash(c->db, "fingerprint", data->fingerprint, err) &&
              put_meta_hash(c->db, "structure_fingerprint", data->structure_fingerprint, err) &&
              (c->last_run == 0 ||
               (put_meta_int(c->db, "sweep", c->last_run, err) &&
                sql_do(c->db, err, "INSERT INTO sqlite_sequence (name, seq) VALUES ('run', ?)", "i",
                       c->last_run)));
    buf_release(&text);
    buf_release(&request);
    return ok;
}

static bool bind_string(sqlite3_stmt *stmt, int at, const struct strtab *t, int64_t i,
                        bool empty_is_null)
{
    size_t n = strtab_len(t, i);
    if (n == 0 && empty_is_null)
        return sqlite3_bind_null(stmt, at) == SQLITE_OK;
    return sqlite3_bind_text64(stmt, at, strtab_get(t, i), n, SQLITE_STATIC, SQLITE_UTF8) ==
           SQLITE_OK;
}

/* Room for the longest sequence in compact form. */
struct blobs {
    uint8_t *items, *times, *ratings;
};

static bool blobs_reserve(struct blobs *b, const struct import_result *data, struct error *err)
{
    int64_t longest = 0;
    for (int32_t u = 0; u < data->n_users; u++)
        if (data->offset[u + 1] - data->offset[u] > longest)
            longest = data->offset[u + 1] - data->offset[u];
    b->items = mem_try_array(SEQUENCE_ITEMS_MAX(longest), 1, "sequences", err);
    b->times = mem_try_array(SEQUENCE_TIMES_MAX(longest), 1, "times", err);
    b->ratings = mem_try_array(SEQUENCE_RATINGS_MAX(longest), 1, "ratings", err);
    return b->items && b->times && b->ratings;
}

static bool insert_user(struct creation *c, sqlite3_stmt *user, sqlite3_stmt *sequence,
                        struct blobs *b, int32_t u, struct error *err)
{
    const struct import_result *data = c->data;
    int64_t from = data->offset[u], n = data->offset[u + 1] - from;
    sqlite3_bind_int64(user, 1, u);
    bind_string(user, 2, &data->user_id, u, false);
    sqlite3_bind_int64(user, 3, n);
    sqlite3_bind_int64(sequence, 1, u);
    size_t size = sequence_put_items(data->item + from, n, b->items);
    sqlite3_bind_blob64(sequence, 2, b->items, size, SQLITE_STATIC);
    if (data->time) {
        size = sequence_put_times(data->time + from, n, b->times);
        sqlite3_bind_blob64(sequence, 3, b->times, size, SQLITE_STATIC);
    }
    if (data->rating) {
        size = sequence_put_ratings(data->rating + from, n, b->ratings);
        sqlite3_bind_blob64(sequence, 4, b->ratings, size, SQLITE_STATIC);
    }
    return sql_run(user, err) && sql_run(sequence, err);
}

static bool write_users(struct creation *c, struct error *err)
{
    struct blobs b = {0};
    sqlite3_stmt *user =
        sql_prepare(c->db, err, "INSERT INTO user (user, user_id, length) VALUES (?, ?, ?)", "");
    sqlite3_stmt *sequence = sql_prepare(
        c->db, err, "INSERT INTO sequence (user, items, times, ratings) VALUES (?, ?, ?, ?)", "");
    bool ok = user && sequence && blobs_reserve(&b, c->data, err);
    for (int32_t u = 0; ok && u < c->data->n_users; u++) {
        ok = insert_user(c, user, sequence, &b, u, err);
        if (ok && u % 4096 == 0) {
            step("users");
            ok = progress_at(c->progress, "storing", (double)c->data->offset[u],
                             (double)c->data->n_interactions, "interactions", err);
        }
    }
    sqlite3_finalize(user);
    sqlite3_finalize(sequence);
    free(b.items);
    free(b.times);
    free(b.ratings);
    return ok;
}

static bool bind_semid(sqlite3_stmt *stmt, int at, const struct import_result *data, int32_t item,
                       struct buf *text)
{
    int32_t levels = data->semid_levels;
    const int32_t *code = levels ? data->semid + (size_t)item * (size_t)levels : NULL;
    buf_clear(text);
    if (!code || code[0] < 0)
        return sqlite3_bind_null(stmt, at) == SQLITE_OK;
    for (int32_t level = 0; level < levels; level++)
        buf_addf(text, "%s%" PRId32, level ? "-" : "", code[level]);
    return sqlite3_bind_text(stmt, at, text->data, -1, SQLITE_STATIC) == SQLITE_OK;
}

static bool write_items(struct creation *c, struct error *err)
{
    const struct import_result *data = c->data;
    struct buf semid;
    buf_init(&semid);
    sqlite3_stmt *stmt = sql_prepare(c->db, err,
                                     "INSERT INTO item (item, item_id, title, category, semid)"
                                     " VALUES (?, ?, ?, ?, ?)",
                                     "");
    bool ok = stmt != NULL;
    for (int32_t i = 0; ok && i < data->n_items; i++) {
        sqlite3_bind_int64(stmt, 1, i);
        bind_string(stmt, 2, &data->item_id, i, false);
        bind_string(stmt, 3, &data->title, i, true);
        bind_string(stmt, 4, &data->category, i, true);
        bind_semid(stmt, 5, data, i, &semid);
        ok = sql_run(stmt, err) && (i % 4096 != 0 || progress_ok(c->progress, err));
    }
    sqlite3_finalize(stmt);
    buf_release(&semid);
    return ok;
}

static bool write_fields(struct creation *c, struct error *err)
{
    const struct import_result *data = c->data;
    sqlite3_stmt *stmt = sql_prepare(
        c->db, err, "INSERT OR IGNORE INTO item_field (item, name, value) VALUES (?, ?, ?)", "");
    bool ok = stmt != NULL;
    for (int64_t i = 0; ok && i < data->n_values; i++) {
        sqlite3_bind_int64(stmt, 1, data->value_item[i]);
        bind_string(stmt, 2, &data->field_name, data->value_field[i], false);
        bind_string(stmt, 3, &data->value, i, false);
        ok = sql_run(stmt, err) && (i % 4096 != 0 || progress_ok(c->progress, err));
    }
    sqlite3_finalize(stmt);
    return ok;
}

static bool write_split(struct creation *c, struct error *err)
{
    const struct import_result *data = c->data;
    if (!data->train_end)
        return true;
    sqlite3_stmt *stmt = sql_prepare(
        c->db, err, "INSERT INTO given_split (user, train_end, valid_end) VALUES (?, ?, ?)", "");
    bool ok = stmt != NULL;
    for (int32_t u = 0; ok && u < data->n_users; u++) {
        sqlite3_bind_int64(stmt, 1, u);
        sqlite3_bind_int64(stmt, 2, data->train_end[u]);
        sqlite3_bind_int64(stmt, 3, data->valid_end[u]);
        ok = sql_run(stmt, err) && (u % 4096 != 0 || progress_ok(c->progress, err));
    }
    sqlite3_finalize(stmt);
    return ok;
}

static bool is_zero(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            return false;
    return true;
}

static bool write_embeddings(struct creation *c, struct error *err)
{
    const struct import_result *data = c->data;
    size_t width = (size_t)data->embedding_width;
    if (width == 0)
        return true;
    sqlite3_stmt *stmt =
        sql_prepare(c->db, err, "INSERT INTO item_embedding (item, vector) VALUES (?, ?)", "");
    bool ok = stmt != NULL;
    for (int32_t i = 0; ok && i < data->n_items; i++) {
        const float *x = data->embedding + (size_t)i * width;
        if (is_zero(x, width))
            continue;
        sqlite3_bind_int64(stmt, 1, i);
        sqlite3_bind_blob64(stmt, 2, x, width * sizeof *x, SQLITE_STATIC);
        ok = sql_run(stmt, err) && (i % 4096 != 0 || progress_ok(c->progress, err));
    }
    sqlite3_finalize(stmt);
    return ok;
}

/* The field "description" of every item, "" without. */
static bool list_descriptions(const struct import_result *data, struct strtab *out,
                              struct error *err)
{
    struct string_list list = {0};
    int64_t v = 0;
    bool ok = true;
    for (int32_t i = 0; ok && i < data->n_items; i++) {
        const char *text = "";
        size_t n = 0;
        for (; v < data->n_values && data->value_item[v] == i; v++)
            if (n == 0 && strcmp(strtab_get(&data->field_name, data->value_field[v]),
                                 WORKSPACE_DESCRIPTION) == 0) {
                text = strtab_get(&data->value, v);
                n = strtab_len(&data->value, v);
            }
        ok = string_list_add(&list, text, n, err);
    }
    ok = ok && string_list_finish(&list, out, err);
    string_list_release(&list);
    return ok;
}

static bool write_bad_rows(struct creation *c, struct error *err)
{
    const struct import_report *report = &c->data->report;
    bool ok = true;
    for (size_t i = 0; ok && i < report->n_bad; i++) {
        const struct import_bad_row *bad = &report->bad[i];
        ok =
            sql_do(c->db, err, "INSERT INTO bad_row (file, line, reason, text) VALUES (?, ?, ?, ?)",
                   "siss", report->files[bad->file].path, bad->line,
                   import_bad_reason_text(bad->reason), bad->text);
    }
    return ok;
}

static bool write_tables(struct creation *c, struct error *err)
{
    return schema_migrate(c->db, schema_version(), err) && sql_begin(c->db, err) &&
           sql_end(c->db,
                   write_facts(c, err) && write_users(c, err) && write_split(c, err) &&
                       write_items(c, err) && write_fields(c, err) && write_embeddings(c, err) &&
                       write_bad_rows(c, err) &&
                       sql_exec(c->db,
                                "CREATE UNIQUE INDEX user_by_id ON user (user_id);"
                                "CREATE UNIQUE INDEX item_by_id ON item (item_id)",
                                err),
                   err);
}

static bool sync_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        error_set_errno(err, errno, "cannot write %s", path);
    if (fd >= 0)
        close(fd);
    return ok;
}

/* No journal while writing: nobody can see the file yet, and it is synced before it is renamed. */
static bool write_database(struct creation *c, const char *path, struct error *err)
{
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    bool ok = sqlite3_open_v2(path, &c->db, flags, NULL) == SQLITE_OK ||
              sql_error(c->db, err, "cannot write %s", path);
    ok = ok &&
         sql_exec(c->db,
                  "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                  "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -32768",
                  err) &&
         write_tables(c, err) && sql_exec(c->db, "PRAGMA locking_mode = NORMAL", err) &&
         sql_exec(c->db, "PRAGMA journal_mode = WAL", err);
    if (sqlite3_close(c->db) != SQLITE_OK && ok)
        ok = error_set(err, ERROR_IO, "cannot write %s", path);
    c->db = NULL;
    return ok && sync_file(path, err);
}

/* The cache is written beside the database, on a thread of its own. */
struct cache_job {
    struct creation *c;
    char *path;
    bool ok;
    struct error err;
};

static void *write_cache(void *context)
{
    struct cache_job *job = context;
    job->ok = dataset_file_write(job->path, &job->c->view, job->c->import_id, &job->err);
    return NULL;
}

static bool write_aside(struct creation *c, struct error *err)
{
    struct cache_job job = {
        .c = c, .path = mem_printf("%s/%s/%s", c->dir, WORKSPACE_IMPORT, WORKSPACE_DATASET)};
    char *path = mem_printf("%s/%s/%s", c->dir, WORKSPACE_IMPORT, WORKSPACE_DB);
    pthread_t thread;
    bool threaded = pthread_create(&thread, NULL, write_cache, &job) == 0;
    bool ok = write_database(c, path, err);
    if (threaded)
        pthread_join(thread, NULL);
    else
        write_cache(&job);
    if (ok && !job.ok)
        ok = error_set(err, job.err.code, "%s", job.err.text);
    free(path);
    free(job.path);
    return ok;
}

/* ---- the switch ---- */

/* Merges and removes the old -wal. A file that is no database has none worth keeping. */
static bool retire_old(const char *path, struct error *err)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(db, 1000);
        code = sqlite3_exec(db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    }
    bool ok = code == SQLITE_OK || code == SQLITE_NOTADB || code == SQLITE_CORRUPT ||
              sql_error(db, err, "cannot replace %s", path);
    sqlite3_close(db);
    const char *suffix[] = {"-wal", "-shm"};
    for (size_t i = 0; ok && i < ARRAY_LEN(suffix); i++) {
        char *rest = mem_printf("%s%s", path, suffix[i]);
        unlink(rest);
        free(rest);
    }
    return ok;
}

static bool rename_into(const char *from, const char *to, struct error *err)
{
    return rename(from, to) == 0 || error_set_errno(err, errno, "cannot rename %s to %s", from, to);
}

static bool switch_files(const char *dir, struct error *err)
{
    char *db = path_join(dir, WORKSPACE_DB), *cache = path_join(dir, WORKSPACE_CACHE);
    char *new_db = mem_printf("%s/%s/%s", dir, WORKSPACE_IMPORT, WORKSPACE_DB);
    char *new_cache = mem_printf("%s/%s/%s", dir, WORKSPACE_IMPORT, WORKSPACE_DATASET);
    char *dataset = mem_printf("%s/%s", cache, WORKSPACE_DATASET);
    bool ok = !file_exists(db) || retire_old(db, err);
    step("retired");
    ok = ok && rename_into(new_db, db, err) && sync_file(dir, err);
    step("renamed");
    /* From here on the new data set is in force; the rest can be made again. */
    if (ok) {
        dir_remove(cache, NULL);
        step("cleared");
        if (dir_make(cache, NULL))
            rename_into(new_cache, dataset, NULL);
        step("cached");
    }
    free(db);
    free(cache);
    free(new_db);
    free(new_cache);
    free(dataset);
    return ok;
}

static bool switch_over(const char *dir, struct error *err)
{
    int lock;
    char *path = path_join(dir, WORKSPACE_LOCK);
    bool was_there = file_exists(path);
    bool ok = lock_alone(dir, &lock, err) && switch_files(dir, err);
    if (!ok && !was_there)
        unlink(path);
    lock_release(lock);
    free(path);
    return ok;
}

/* Calls each numbered folder of dir/runs; `each` may remove it. */
static void each_run_folder(const char *dir, void (*each)(void *, const char *path, int64_t id),
                            void *context)
{
    char *runs = path_join(dir, WORKSPACE_RUNS);
    DIR *d = opendir(runs);
    for (struct dirent *e; d && (e = readdir(d));) {
        int64_t id;
        if (!num_int64(e->d_name, strlen(e->d_name), &id) || id <= 0)
            continue;
        char *path = path_join(runs, e->d_name);
        each(context, path, id);
        free(path);
    }
    if (d)
        closedir(d);
    free(runs);
}

static void find_last(void *context, const char *path, int64_t id)
{
    (void)path;
    int64_t *last = context;
    *last = id > *last ? id : *last;
}

static void remove_old(void *context, const char *path, int64_t id)
{
    if (id <= *(int64_t *)context)
        dir_remove(path, NULL);
}

void workspace_sweep(struct workspace *ws)
{
    char *text = workspace_get(ws, "sweep");
    int64_t last;
    if (text && num_int64(text, strlen(text), &last)) {
        each_run_folder(ws->dir, remove_old, &last);
        sql_exec(ws->db, "DELETE FROM meta WHERE key = 'sweep'", NULL);
    }
    free(text);
}

/* ---- the whole ---- */

bool workspace_may_create(const char *dir, bool replace, struct error *err)
{
    char *db = path_join(dir, WORKSPACE_DB);
    bool there = file_exists(db);
    free(db);
    if (!there)
        return true;
    if (!replace)
        return error_set(err, ERROR_STATE,
                         "%s already holds a data set; import into another folder (-w DIR), or "
                         "replace it and drop its runs (--replace)",
                         dir);
    int lock;
    bool ok = lock_alone(dir, &lock, err);
    lock_release(lock);
    return ok;
}

static bool create_in(const char *dir, const struct import_result *data, bool replace,
                      struct progress *progress, struct error *err)
{
    struct creation c = {.dir = dir, .data = data, .progress = progress, .view = view_of(data)};
    double now[] = {clock_monotonic_seconds(), (double)clock_wall_seconds(), (double)getpid()};
    hash_format(hash_bytes(now, sizeof now) ^ data->fingerprint, c.import_id);
    each_run_folder(dir, find_last, &c.last_run);
    step("begun");
    struct strtab description = {0};
    bool ok = list_descriptions(data, &description, err);
    c.view.description = description;
    ok = ok && write_aside(&c, err);
    strtab_release(&description);
    step("written");
    return ok && workspace_may_create(dir, replace, err) && switch_over(dir, err);
}

/* Removes what a killed import left; the folder itself stays, because it is our lock. */
static bool clear_aside(const char *path, struct error *err)
{
    bool ok = true;
    DIR *d = opendir(path);
    for (struct dirent *e; ok && d && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *file = path_join(path, e->d_name);
        if (remove(file) != 0)
            ok = error_set_errno(err, errno, "cannot remove %s", file);
        free(file);
    }
    if (d)
        closedir(d);
    return ok;
}

bool workspace_create(const char *dir, const struct import_result *data, bool replace,
                      struct progress *progress, struct error *err)
{
    bool made = !file_exists(dir);
    int lock = -1;
    if (!workspace_may_create(dir, replace, err) || !dir_make(dir, err))
        return false;
    char *aside = path_join(dir, WORKSPACE_IMPORT);
    bool taken = lock_import(dir, &lock, err);
    bool ok = taken && clear_aside(aside, err) && create_in(dir, data, replace, progress, err);
    if (taken)
        dir_remove(aside, NULL);
    lock_release(lock);
    free(aside);
    if (ok) {
        step("done");
        workspace_close(workspace_open(dir, WORKSPACE_READ_WRITE, NULL)); /* sweeps */
    } else if (made) {
        rmdir(dir); /* only if nothing is in it */
    }
    return ok;
}
