/* Opening the data set: mapped from the cache, which is made again from rote.db when need be. */
#include "storage/db/dataset.h"

#include <string.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset_file.h"
#include "storage/db/sequence.h"
#include "storage/db/sql.h"
#include "storage/db/workspace_files.h"

/* A table of strings that grows. */
struct strings {
    uint64_t *offset; /* [n + 1] */
    size_t n, cap;
    struct buf bytes;
};

static bool strings_add(struct strings *s, sqlite3_stmt *stmt, int column, struct error *err)
{
    if (!mem_try_grow((void **)&s->offset, &s->cap, s->n + 2, sizeof *s->offset, "names", err))
        return false;
    const void *bytes = sqlite3_column_blob(stmt, column);
    s->offset[0] = 0;
    buf_add(&s->bytes, bytes ? bytes : "", (size_t)sqlite3_column_bytes(stmt, column));
    buf_addc(&s->bytes, '\0');
    s->offset[++s->n] = s->bytes.len;
    return true;
}

static struct strtab strings_table(const struct strings *s)
{
    return (struct strtab){.n = (int64_t)s->n, .offset = s->offset, .bytes = s->bytes.data};
}

static void strings_release(struct strings *s)
{
    free(s->offset);
    buf_release(&s->bytes);
}

/* The data set being read back from rote.db. */
struct rebuild {
    struct workspace *ws;
    struct dataset d; /* its arrays are owned here */
    struct strings user_id, item_id, title, category, description;
    int64_t *offset;
    int32_t *semid;
    float *embedding;
    int32_t *part_end; /* [2 * users] train_end of all, then valid_end; NULL: no given split */
    char *split;
    bool has_time, has_rating;
};

static bool damaged(const struct rebuild *r, struct error *err, const char *what)
{
    return error_set(err, ERROR_INPUT,
                     "the workspace %s is damaged: %s; restore it, or import again with --replace",
                     r->ws->dir, what);
}

static bool flag(struct workspace *ws, const char *key)
{
    char *text = workspace_get(ws, key);
    bool on = text && strcmp(text, "1") == 0;
    free(text);
    return on;
}

static bool read_facts(struct rebuild *r, struct error *err)
{
    struct workspace_facts facts;
    if (!workspace_facts(r->ws, &facts, err))
        return false;
    char *levels = workspace_get(r->ws, "semid_levels");
    bool ok = levels && num_int32(levels, strlen(levels), &r->d.semid_levels);
    free(levels);
    char *width = workspace_get(r->ws, "embedding_width"); /* since version 3 */
    ok = ok && (!width || num_int32(width, strlen(width), &r->d.embedding_width));
    free(width);
    r->split = mem_strdup(facts.split);
    r->d.split = r->split;
    r->d.n_interactions = facts.interactions;
    r->d.fingerprint = facts.fingerprint;
    r->d.structure_fingerprint = facts.structure_fingerprint;
    if (!ok || facts.users < 0 || facts.users > INT32_MAX || facts.items < 0 ||
        facts.items > INT32_MAX || facts.interactions < 0 || r->d.semid_levels < 0 ||
        r->d.semid_levels > 1024 || r->d.embedding_width < 0)
        return damaged(r, err, "its counts make no sense");
    r->d.n_users = (int32_t)facts.users;
    r->d.n_items = (int32_t)facts.items;
    r->has_time = flag(r->ws, "has_times");
    r->has_rating = flag(r->ws, "has_ratings");
    r->offset = mem_try_zarray((size_t)facts.users + 1, sizeof *r->offset, "sequences", err);
    r->semid = mem_try_array((size_t)facts.items * (size_t)r->d.semid_levels, sizeof *r->semid,
                             "semantic ids", err);
    return r->offset && r->semid;
}

static bool read_users(struct rebuild *r, struct error *err)
{
    sqlite3_stmt *stmt =
        sql_prepare(r->ws->db, err, "SELECT user, user_id, length FROM user ORDER BY user", "");
    bool row, ok = stmt != NULL;
    int64_t n = 0;
    while (ok && (ok = sql_step(stmt, &row, err)) && row) {
        int64_t length = sqlite3_column_int64(stmt, 2);
        if (sqlite3_column_int64(stmt, 0) != n || n >= r->d.n_users || length < 0 ||
            length > r->d.n_interactions - r->offset[n])
            ok = damaged(r, err, "its users are not in order");
        else
            ok = strings_add(&r->user_id, stmt, 1, err);
        if (ok)
            r->offset[n + 1] = r->offset[n] + length;
        n++;
    }
    sqlite3_finalize(stmt);
    return ok && ((n == r->d.n_users && r->offset[n] == r->d.n_interactions) ||
                  damaged(r, err, "users are missing"));
}

/* "3-17-240" → codes; no text: none. */
static bool read_semid(const char *text, int32_t levels, int32_t *code)
{
    for (int32_t level = 0; level < levels; level++) {
        size_t n = text ? strcspn(text, "-") : 0;
        code[level] = -1;
        if (text && (!num_int32(text, n, &code[level]) || (text[n] == '-') != (level + 1 < levels)))
            return false;
        text = text ? text + n + 1 : NULL;
    }
    return true;
}

static bool read_items(struct rebuild *r, struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(
        r->ws->db, err,
        "SELECT item.item, item_id, title, category, semid, value FROM item LEFT JOIN item_field"
        " ON item_field.item = item.item AND name = ? ORDER BY item.item",
        "s", WORKSPACE_DESCRIPTION);
    bool row, ok = stmt != NULL;
    int64_t n = 0;
    while (ok && (ok = sql_step(stmt, &row, err)) && row) {
        if (sqlite3_column_int64(stmt, 0) != n || n >= r->d.n_items ||
            !read_semid((const char *)sqlite3_column_text(stmt, 4), r->d.semid_levels,
                        r->semid + (size_t)n * (size_t)r->d.semid_levels))
            ok = damaged(r, err, "its items are not in order");
        ok = ok && strings_add(&r->item_id, stmt, 1, err) && strings_add(&r->title, stmt, 2, err) &&
             strings_add(&r->category, stmt, 3, err) && strings_add(&r->description, stmt, 5, err);
        n++;
    }
    sqlite3_finalize(stmt);
    return ok && (n == r->d.n_items || damaged(r, err, "items are missing"));
}

static bool read_embeddings(struct rebuild *r, struct error *err)
{
    size_t width = (size_t)r->d.embedding_width;
    if (width == 0)
        return true;
    sqlite3_stmt *stmt =
        sql_prepare(r->ws->db, err, "SELECT item, vector FROM item_embedding ORDER BY item", "");
    r->embedding =
        mem_try_zarray((size_t)r->d.n_items * width, sizeof *r->embedding, "item embeddings", err);
    bool row, ok = stmt && r->embedding;
    while (ok && (ok = sql_step(stmt, &row, err)) && row) {
        int64_t item = sqlite3_column_int64(stmt, 0);
        const void *vector = sqlite3_column_blob(stmt, 1);
        size_t size = (size_t)sqlite3_column_bytes(stmt, 1);
        if (item < 0 || item >= r->d.n_items || size != width * sizeof *r->embedding)
            ok = damaged(r, err, "an embedding cannot be read");
        else
            memcpy(r->embedding + (size_t)item * width, vector, size);
    }
    sqlite3_finalize(stmt);
    return ok;
}

/* The split that came with the files; ends are checked when they are used (split_given). */
static bool read_split(struct rebuild *r, struct error *err)
{
    if (strcmp(r->split, "given") != 0)
        return true;
    sqlite3_stmt *stmt = sql_prepare(
        r->ws->db, err, "SELECT user, train_end, valid_end FROM given_split ORDER BY user", "");
    size_t users = (size_t)r->d.n_users;
    r->part_end = mem_try_zarray(users * 2, sizeof *r->part_end, "the split", err);
    bool row, ok = stmt && r->part_end;
    int64_t n = 0;
    while (ok && (ok = sql_step(stmt, &row, err)) && row) {
        if (sqlite3_column_int64(stmt, 0) != n || n >= r->d.n_users) {
            ok = damaged(r, err, "the split of its users is not in order");
            break;
        }
        r->part_end[n] = sqlite3_column_int(stmt, 1);
        r->part_end[users + (size_t)n++] = sqlite3_column_int(stmt, 2);
    }
    sqlite3_finalize(stmt);
    if (ok && n != r->d.n_users)
        ok = damaged(r, err, "the split of some users is missing");
    return ok;
}

/* One user's blobs as arrays of n values. */
static bool decode(const struct rebuild *r, sqlite3_stmt *stmt, int64_t n, int32_t *item,
                   int64_t *time, float *rating)
{
    const uint8_t *blob[3];
    size_t size[3];
    for (int i = 0; i < 3; i++) {
        blob[i] = sqlite3_column_blob(stmt, i + 1);
        size[i] = (size_t)sqlite3_column_bytes(stmt, i + 1);
    }
    return sequence_get_items(blob[0], size[0], r->d.n_items, n, item) &&
           (!r->has_time || sequence_get_times(blob[1], size[1], n, time)) &&
           (!r->has_rating || sequence_get_ratings(blob[2], size[2], n, rating));
}

/* Room for the sequences of one user, and of as many small ones as fit. */
struct chunk {
    size_t n, cap;
    int32_t *item;
    int64_t *time;
    float *rating;
};

enum { CHUNK = 1 << 18 };

static bool chunk_reserve(struct chunk *c, size_t cap, struct error *err)
{
    c->cap = cap > CHUNK ? cap : CHUNK;
    c->item = mem_try_array(c->cap, sizeof *c->item, "sequences", err);
    c->time = mem_try_array(c->cap, sizeof *c->time, "times", err);
    c->rating = mem_try_array(c->cap, sizeof *c->rating, "ratings", err);
    return c->item && c->time && c->rating;
}

static void chunk_release(struct chunk *c)
{
    free(c->item);
    free(c->time);
    free(c->rating);
}

static bool chunk_flush(struct chunk *c, struct dataset_writer *out, struct error *err)
{
    size_t n = c->n;
    c->n = 0;
    return dataset_file_put(out, c->item, c->time, c->rating, n, err);
}

static bool stream_sequences(struct rebuild *r, struct chunk *c, struct dataset_writer *out,
                             struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(
        r->ws->db, err, "SELECT user, items, times, ratings FROM sequence ORDER BY user", "");
    bool row, ok = stmt != NULL;
    int64_t u = 0;
    while (ok && (ok = sql_step(stmt, &row, err)) && row) {
        bool known = sqlite3_column_int64(stmt, 0) == u && u < r->d.n_users;
        int64_t n = known ? r->offset[u + 1] - r->offset[u] : 0;
        if (c->n + (size_t)n > c->cap)
            ok = chunk_flush(c, out, err);
        if (ok && (!known || !decode(r, stmt, n, c->item + c->n, c->time + c->n, c->rating + c->n)))
            ok = damaged(r, err, "a sequence cannot be read");
        c->n += (size_t)n;
        u++;
    }
    sqlite3_finalize(stmt);
    return ok && (u == r->d.n_users || damaged(r, err, "sequences are missing")) &&
           chunk_flush(c, out, err);
}

static bool write_sequences(struct rebuild *r, const char *path, const char *import_id,
                            struct error *err)
{
    int64_t longest = 0;
    for (int32_t u = 0; u < r->d.n_users; u++)
        if (r->offset[u + 1] - r->offset[u] > longest)
            longest = r->offset[u + 1] - r->offset[u];
    struct chunk c = {0};
    struct dataset_writer out = {0};
    bool ok = chunk_reserve(&c, (size_t)longest, err) &&
              dataset_file_begin(&out, path, &r->d, r->has_time, r->has_rating, import_id, err) &&
              stream_sequences(r, &c, &out, err) && dataset_file_commit(&out, err);
    dataset_file_abandon(&out);
    chunk_release(&c);
    return ok;
}

static bool rebuild(struct workspace *ws, const char *path, const char *import_id,
                    struct error *err)
{
    struct rebuild r = {.ws = ws};
    struct strings *strings[] = {&r.user_id, &r.item_id, &r.title, &r.category, &r.description};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        buf_init(&strings[i]->bytes);
    bool ok = read_facts(&r, err) && read_users(&r, err) && read_items(&r, err) &&
              read_embeddings(&r, err) && read_split(&r, err);
    if (ok) {
        r.d.offset = r.offset;
        r.d.semid = r.semid;
        r.d.user_id = strings_table(&r.user_id);
        r.d.item_id = strings_table(&r.item_id);
        r.d.title = strings_table(&r.title);
        r.d.category = strings_table(&r.category);
        r.d.description = strings_table(&r.description);
        r.d.embedding = r.embedding;
        r.d.given_train_end = r.part_end;
        r.d.given_valid_end = r.part_end ? r.part_end + r.d.n_users : NULL;
        ok = write_sequences(&r, path, import_id, err);
    }
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        strings_release(strings[i]);
    free(r.offset);
    free(r.semid);
    free(r.embedding);
    free(r.part_end);
    free(r.split);
    return ok;
}

/* In a workspace that cannot be written: a temporary file that is gone once it is mapped. */
static bool open_temporary(struct workspace *ws, const char *import_id, struct dataset *out,
                           struct error *err)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = path_join(tmp && *tmp ? tmp : "/tmp", "rote-XXXXXX");
    if (!mkdtemp(dir)) {
        error_set(err, ERROR_IO, "cannot make a temporary folder %s", dir);
        free(dir);
        return false;
    }
    char *path = path_join(dir, WORKSPACE_DATASET);
    bool ok = rebuild(ws, path, import_id, err) && dataset_file_open(path, import_id, out, err);
    dir_remove(dir, NULL);
    free(path);
    free(dir);
    return ok;
}

/* The cache is no user data: a connection that only reads makes it too, where that is possible. */
static bool rebuild_in_place(struct workspace *ws, const char *path, const char *import_id)
{
    char *dir = path_join(ws->dir, WORKSPACE_CACHE);
    bool ok = dir_make(dir, NULL) && rebuild(ws, path, import_id, NULL);
    free(dir);
    return ok;
}

bool dataset_open(struct workspace *ws, struct dataset *out, struct error *err)
{
    char *import_id = workspace_get(ws, "import_id");
    char *path = workspace_path(ws, WORKSPACE_CACHE, WORKSPACE_DATASET);
    bool ok = import_id || error_set(err, ERROR_INPUT,
                                     "the workspace %s holds no data set; import one with "
                                     "--replace",
                                     ws->dir);
    if (ok && !dataset_file_open(path, import_id, out, NULL))
        ok = (rebuild_in_place(ws, path, import_id) &&
              dataset_file_open(path, import_id, out, err)) ||
             open_temporary(ws, import_id, out, err);
    free(path);
    free(import_id);
    return ok;
}

void dataset_close(struct dataset *dataset)
{
    tensors_close(dataset->file);
    *dataset = (struct dataset){0};
}

bool dataset_verify(const struct dataset *dataset, struct progress *progress, struct error *err)
{
    struct error why = {0};
    if (tensors_verify(dataset->file, progress, &why))
        return true;
    if (why.code == ERROR_CANCELLED)
        return error_set(err, why.code, "%s", why.text);
    unlink(tensors_path(dataset->file)); /* best effort: the next opening makes it again */
    return error_set(err, why.code, "%s; it will be made again: start rote once more", why.text);
}
