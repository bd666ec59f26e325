#include "storage/db/dataset_file.h"

#include <string.h>

#include "storage/base/hash.h"
#include "storage/base/mem.h"

/* Another value when the tensors change: old caches are rebuilt. */
#define FORMAT "rote-dataset-2"

struct string_table {
    const char *name;
    const struct strtab *table;
    int64_t n;
    int offset, bytes; /* handles */
};

enum { N_STRING_TABLES = 5 };

static void list_tables(const struct dataset *d, struct string_table table[N_STRING_TABLES])
{
    table[0] = (struct string_table){.name = "user_id", .table = &d->user_id, .n = d->n_users};
    table[1] = (struct string_table){.name = "item_id", .table = &d->item_id, .n = d->n_items};
    table[2] = (struct string_table){.name = "title", .table = &d->title, .n = d->n_items};
    table[3] = (struct string_table){.name = "category", .table = &d->category, .n = d->n_items};
    table[4] =
        (struct string_table){.name = "description", .table = &d->description, .n = d->n_items};
}

static int64_t table_bytes(const struct string_table *t)
{
    return t->n ? (int64_t)(t->table->offset[t->n] - t->table->offset[0]) : 0;
}

static void declare_table(struct tensors_writer *w, struct string_table *t)
{
    char *offset = mem_printf("%s.offset", t->name), *bytes = mem_printf("%s.bytes", t->name);
    t->offset = tensors_writer_declare(w, offset, TENSOR_U64, 1, &(int64_t){t->n + 1});
    t->bytes = tensors_writer_declare(w, bytes, TENSOR_U8, 1, &(int64_t){table_bytes(t)});
    free(offset);
    free(bytes);
}

static bool put_table(struct tensors_writer *w, const struct string_table *t, struct error *err)
{
    static const uint64_t zero;
    if (t->n == 0)
        return tensors_writer_put(w, t->offset, &zero, sizeof zero, err);
    return tensors_writer_put(w, t->offset, t->table->offset, (size_t)(t->n + 1) * sizeof zero,
                              err) &&
           tensors_writer_put(w, t->bytes, t->table->bytes, (size_t)table_bytes(t), err);
}

static void put_meta(struct tensors_writer *w, const struct dataset *d, const char *import_id)
{
    char text[HASH_TEXT_LEN + 1];
    tensors_writer_meta(w, "format", FORMAT);
    tensors_writer_meta(w, "import", import_id);
    tensors_writer_meta(w, "split", d->split);
    hash_format(d->fingerprint, text);
    tensors_writer_meta(w, "fingerprint", text);
    hash_format(d->structure_fingerprint, text);
    tensors_writer_meta(w, "structure_fingerprint", text);
}

bool dataset_file_begin(struct dataset_writer *out, const char *path, const struct dataset *d,
                        bool has_time, bool has_rating, const char *import_id, struct error *err)
{
    struct tensors_writer *w = out->w = tensors_writer_new();
    int64_t n = d->n_interactions;
    struct string_table table[N_STRING_TABLES];
    list_tables(d, table);
    put_meta(w, d, import_id);
    int offset = tensors_writer_declare(w, "offset", TENSOR_I64, 1, &(int64_t){d->n_users + 1});
    out->item = tensors_writer_declare(w, "item", TENSOR_I32, 1, &n);
    out->time = has_time ? tensors_writer_declare(w, "time", TENSOR_I64, 1, &n) : -1;
    out->rating = has_rating ? tensors_writer_declare(w, "rating", TENSOR_F32, 1, &n) : -1;
    int64_t shape[2] = {d->n_items, d->semid_levels};
    int semid = tensors_writer_declare(w, "semid", TENSOR_I32, 2, shape);
    shape[1] = d->embedding_width;
    int embedding = tensors_writer_declare(w, "embedding", TENSOR_F32, 2, shape);
    int64_t ends[2] = {2, d->n_users};
    int split =
        d->given_train_end ? tensors_writer_declare(w, "part_end", TENSOR_I32, 2, ends) : -1;
    for (int i = 0; i < N_STRING_TABLES; i++)
        declare_table(w, &table[i]);
    bool ok = tensors_writer_begin(w, path, err);
    tensors_writer_rebuildable(w);
    ok = ok &&
         tensors_writer_put(w, offset, d->offset, (size_t)(d->n_users + 1) * sizeof *d->offset,
                            err) &&
         tensors_writer_put(w, semid, d->semid,
                            (size_t)d->n_items * (size_t)d->semid_levels * sizeof *d->semid, err) &&
         tensors_writer_put(w, embedding, d->embedding,
                            (size_t)d->n_items * (size_t)d->embedding_width * sizeof *d->embedding,
                            err);
    size_t of_users = (size_t)d->n_users * sizeof *d->given_train_end;
    ok = ok && (split < 0 || (tensors_writer_put(w, split, d->given_train_end, of_users, err) &&
                              tensors_writer_put(w, split, d->given_valid_end, of_users, err)));
    for (int i = 0; ok && i < N_STRING_TABLES; i++)
        ok = put_table(w, &table[i], err);
    if (!ok)
        dataset_file_abandon(out);
    return ok;
}

bool dataset_file_put(struct dataset_writer *out, const int32_t *item, const int64_t *time,
                      const float *rating, size_t n, struct error *err)
{
    return tensors_writer_put(out->w, out->item, item, n * sizeof *item, err) &&
           (out->time < 0 || tensors_writer_put(out->w, out->time, time, n * sizeof *time, err)) &&
           (out->rating < 0 ||
            tensors_writer_put(out->w, out->rating, rating, n * sizeof *rating, err));
}

bool dataset_file_commit(struct dataset_writer *out, struct error *err)
{
    bool ok = tensors_writer_commit(out->w, err);
    dataset_file_abandon(out);
    return ok;
}

void dataset_file_abandon(struct dataset_writer *out)
{
    tensors_writer_free(out->w);
    out->w = NULL;
}

bool dataset_file_write(const char *path, const struct dataset *d, const char *import_id,
                        struct error *err)
{
    struct dataset_writer out;
    if (!dataset_file_begin(&out, path, d, d->time != NULL, d->rating != NULL, import_id, err))
        return false;
    if (dataset_file_put(&out, d->item, d->time, d->rating, (size_t)d->n_interactions, err))
        return dataset_file_commit(&out, err);
    dataset_file_abandon(&out);
    return false;
}

/* ---- opening ---- */

static bool damaged(const struct tensors *t, struct error *err, const char *what)
{
    return error_set(err, ERROR_INPUT, "%s is not a whole data set: %s", tensors_path(t), what);
}

static int64_t tensor_count(const struct tensors *t, const char *name)
{
    const struct tensor *x = tensors_find(t, name);
    return x ? x->count : 0;
}

static bool open_table(const struct tensors *t, const char *name, int64_t n, struct strtab *out,
                       struct error *err)
{
    char *offset = mem_printf("%s.offset", name), *bytes = mem_printf("%s.bytes", name);
    out->n = n;
    out->offset = tensors_array(t, offset, TENSOR_U64, n + 1, err);
    out->bytes = tensors_array(t, bytes, TENSOR_U8, -1, err);
    uint64_t size = (uint64_t)tensor_count(t, bytes);
    free(offset);
    free(bytes);
    return out->offset && out->bytes &&
           ((out->offset[0] == 0 && out->offset[n] == size &&
             (size == 0 || out->bytes[size - 1] == '\0')) ||
            damaged(t, err, "a table of names does not end where it should"));
}

static bool open_embedding(struct dataset *d, struct error *err)
{
    const struct tensor *x = tensors_find(d->file, "embedding");
    if (!x || x->rank != 2 || x->shape[0] != d->n_items || x->shape[1] > INT32_MAX)
        return damaged(d->file, err, "its embeddings are not what they should be");
    d->embedding_width = (int32_t)x->shape[1];
    const float *data = tensors_array(d->file, "embedding", TENSOR_F32, -1, err);
    d->embedding = d->embedding_width ? data : NULL;
    return data != NULL;
}

static bool open_arrays(struct dataset *d, struct error *err)
{
    const struct tensors *t = d->file;
    int64_t users = tensor_count(t, "offset") - 1;
    const struct tensor *semid = tensors_find(t, "semid");
    if (users < 0 || users > INT32_MAX || !semid || semid->rank != 2 ||
        semid->shape[0] > INT32_MAX || semid->shape[1] > INT32_MAX)
        return damaged(t, err, "its arrays are not what they should be");
    d->n_users = (int32_t)users;
    d->n_items = (int32_t)semid->shape[0];
    d->n_interactions = tensor_count(t, "item");
    d->semid_levels = (int32_t)semid->shape[1];
    d->offset = tensors_array(t, "offset", TENSOR_I64, users + 1, err);
    d->item = tensors_array(t, "item", TENSOR_I32, d->n_interactions, err);
    d->semid = tensors_array(t, "semid", TENSOR_I32, -1, err);
    if (!d->offset || !d->item || !d->semid || !open_embedding(d, err))
        return false;
    if (d->semid_levels == 0)
        d->semid = NULL;
    if (d->offset[0] != 0 || d->offset[users] != d->n_interactions)
        return damaged(t, err, "its sequences do not fill its interactions");
    if (tensors_find(t, "time") &&
        !(d->time = tensors_array(t, "time", TENSOR_I64, d->n_interactions, err)))
        return false;
    if (tensors_find(t, "part_end")) {
        d->given_train_end = tensors_array(t, "part_end", TENSOR_I32, 2 * users, err);
        if (!d->given_train_end)
            return false;
        d->given_valid_end = d->given_train_end + users;
    }
    return !tensors_find(t, "rating") ||
           (d->rating = tensors_array(t, "rating", TENSOR_F32, d->n_interactions, err));
}

static bool open_meta(struct dataset *d, const char *import_id, struct error *err)
{
    const char *format = tensors_meta(d->file, "format"), *import = tensors_meta(d->file, "import");
    const char *whole = tensors_meta(d->file, "fingerprint");
    const char *structure = tensors_meta(d->file, "structure_fingerprint");
    d->split = tensors_meta(d->file, "split");
    if (!tensors_is_ours(d->file) || !format || strcmp(format, FORMAT) != 0 || !import ||
        strcmp(import, import_id) != 0)
        return error_set(err, ERROR_STATE, "%s belongs to another import", tensors_path(d->file));
    return (d->split && whole && structure && hash_parse(whole, strlen(whole), &d->fingerprint) &&
            hash_parse(structure, strlen(structure), &d->structure_fingerprint)) ||
           damaged(d->file, err, "its fingerprints are missing");
}

bool dataset_file_open(const char *path, const char *import_id, struct dataset *out,
                       struct error *err)
{
    struct dataset d = {.file = tensors_open(path, err)};
    bool ok = d.file && open_meta(&d, import_id, err) && open_arrays(&d, err) &&
              open_table(d.file, "user_id", d.n_users, &d.user_id, err) &&
              open_table(d.file, "item_id", d.n_items, &d.item_id, err) &&
              open_table(d.file, "title", d.n_items, &d.title, err) &&
              open_table(d.file, "category", d.n_items, &d.category, err) &&
              open_table(d.file, "description", d.n_items, &d.description, err);
    if (ok)
        *out = d;
    else
        tensors_close(d.file);
    return ok;
}
