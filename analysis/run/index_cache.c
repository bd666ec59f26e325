/* Arrays of the match index as tensors: users, begins, ends, and per shard "3.text" and so on. */
#include "analysis/run/index_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/workspace.h"
#include "storage/files/tensors.h"

enum { ARRAYS_PER_SHARD = 5, NAME_MAX_BYTES = 32 };

void index_cache_key(const char *what, uint64_t fingerprint, const struct training *t,
                     char key[INDEX_CACHE_KEY])
{
    uint64_t ends = hash_bytes(t->end, (size_t)t->corpus->n_users * sizeof *t->end);
    snprintf(key, INDEX_CACHE_KEY, "%s %016llx %016llx %d users %d items", what,
             (unsigned long long)fingerprint, (unsigned long long)ends, t->corpus->n_users,
             t->corpus->n_items);
}

/* ---- reading ---- */

static const void *shard_array(const struct tensors *file, int32_t shard, const char *name,
                               enum tensor_dtype dtype, int64_t count, struct error *err)
{
    char full[NAME_MAX_BYTES];
    snprintf(full, sizeof full, "%d.%s", shard, name);
    return tensors_array(file, full, dtype, count, err);
}

/* Sizes are checked against one another, so that what the header hash covers cannot lead outside
 * the map. */
static bool map_shard(const struct tensors *file, int32_t k, int32_t n_items,
                      struct match_shard *out, struct error *err)
{
    char name[NAME_MAX_BYTES];
    struct match_shard s = {0};
    snprintf(name, sizeof name, "%d.user_start", k);
    const struct tensor *users = tensors_find(file, name);
    snprintf(name, sizeof name, "%d.entry", k);
    const struct tensor *entries = tensors_find(file, name);
    if (!users || !entries || users->count < 1 || users->count > INT32_MAX ||
        entries->count + users->count > INT32_MAX)
        return error_set(err, ERROR_INPUT, "%s: shard %d is incomplete", tensors_path(file), k);
    s.n_users = (int32_t)users->count - 1;
    s.n_entries = (uint32_t)entries->count;
    s.n_text = s.n_entries + (uint32_t)s.n_users;
    s.text = shard_array(file, k, "text", TENSOR_I32, s.n_text, err);
    s.user_start = shard_array(file, k, "user_start", TENSOR_U32, s.n_users + 1, err);
    s.entry = shard_array(file, k, "entry", TENSOR_U32, s.n_entries, err);
    s.start = shard_array(file, k, "start", TENSOR_U32, (int64_t)n_items + 1, err);
    s.slot = shard_array(file, k, "slot", TENSOR_U32, s.n_entries / MATCH_SLOT + 1, err);
    if (!s.text || !s.user_start || !s.entry || !s.start || !s.slot)
        return false;
    if (s.start[n_items] != s.n_entries || s.user_start[s.n_users] != s.n_text)
        return error_set(err, ERROR_INPUT, "%s: shard %d is damaged", tensors_path(file), k);
    *out = s;
    return true;
}

static bool map_index(const struct tensors *file, const struct training *t,
                      struct match_index *index, struct error *err)
{
    int32_t first_user = 0;
    const char *shards = tensors_meta(file, "shards");
    index->n_items = t->corpus->n_items;
    index->n_users = t->corpus->n_users;
    index->n_shards = shards ? atoi(shards) : 0;
    if (index->n_shards < 1 || index->n_shards > MATCH_MAX_SHARDS)
        return error_set(err, ERROR_INPUT, "%s: not an index", tensors_path(file));
    index->shard = mem_zalloc((size_t)index->n_shards, sizeof *index->shard);
    index->users = tensors_array(file, "users", TENSOR_I32, index->n_items, err);
    index->begins = tensors_array(file, "begins", TENSOR_I32, index->n_items, err);
    index->ends = tensors_array(file, "ends", TENSOR_I32, index->n_items, err);
    if (!index->users || !index->begins || !index->ends)
        return false;
    for (int32_t k = 0; k < index->n_shards; k++) {
        if (!map_shard(file, k, index->n_items, &index->shard[k], err))
            return false;
        index->shard[k].first_user = first_user;
        first_user += index->shard[k].n_users;
        index->n_entries += index->shard[k].n_entries;
    }
    for (int32_t u = 0; u < index->n_users; u++)
        index->n_pairs += t->end[u] > 0 ? t->end[u] - 1 : 0;
    return first_user == index->n_users;
}

/* False when there is no usable file; why does not matter, it is made again. */
static bool map_file(const char *path, const char *key, const struct training *training,
                     struct index_cache *out)
{
    struct tensors *file = file_exists(path) ? tensors_open(path, NULL) : NULL;
    struct match_index index = {0};
    const char *found = file ? tensors_meta(file, "key") : NULL;
    if (found && tensors_is_ours(file) && strcmp(found, key) == 0 &&
        map_index(file, training, &index, NULL)) {
        *out = (struct index_cache){.index = index, .file = file};
        return true;
    }
    match_index_release(&index);
    tensors_close(file);
    return false;
}

/* ---- writing ---- */

static struct tensor vector(char *name, const char *text, int32_t shard, enum tensor_dtype dtype,
                            const void *data, int64_t count)
{
    if (shard < 0)
        snprintf(name, NAME_MAX_BYTES, "%s", text);
    else
        snprintf(name, NAME_MAX_BYTES, "%d.%s", shard, text);
    return (struct tensor){.name = name, .dtype = dtype, .rank = 1, .shape = {count}, .data = data};
}

static bool write_file(const char *path, const char *key, const struct match_index *index,
                       struct error *err)
{
    size_t most = 3 + ARRAYS_PER_SHARD * (size_t)index->n_shards, n = 0;
    struct tensor *list = mem_zalloc(most, sizeof *list);
    char(*name)[NAME_MAX_BYTES] = mem_zalloc(most, sizeof *name), shards[16];
    list[n] = vector(name[n], "users", -1, TENSOR_I32, index->users, index->n_items), n++;
    list[n] = vector(name[n], "begins", -1, TENSOR_I32, index->begins, index->n_items), n++;
    list[n] = vector(name[n], "ends", -1, TENSOR_I32, index->ends, index->n_items), n++;
    for (int32_t k = 0; k < index->n_shards; k++) {
        const struct match_shard *s = &index->shard[k];
        int64_t users = (int64_t)s->n_users + 1, items = (int64_t)index->n_items + 1;
        int64_t slots = s->n_entries / MATCH_SLOT + 1;
        list[n] = vector(name[n], "text", k, TENSOR_I32, s->text, s->n_text), n++;
        list[n] = vector(name[n], "user_start", k, TENSOR_U32, s->user_start, users), n++;
        list[n] = vector(name[n], "entry", k, TENSOR_U32, s->entry, s->n_entries), n++;
        list[n] = vector(name[n], "start", k, TENSOR_U32, s->start, items), n++;
        list[n] = vector(name[n], "slot", k, TENSOR_U32, s->slot, slots), n++;
    }
    snprintf(shards, sizeof shards, "%d", index->n_shards);
    const char *meta[] = {"format", "rote match index", "key", key, "shards", shards, NULL};
    bool ok = tensors_write(path, list, n, meta, err);
    free(list);
    free(name);
    return ok;
}

/* ---- both ---- */

bool index_cache_open_file(const char *path, bool writable, uint64_t fingerprint,
                           const struct training *training, int32_t n_shards,
                           struct progress *progress, struct index_cache *out, struct error *err)
{
    char key[INDEX_CACHE_KEY], version[16];
    snprintf(version, sizeof version, "v%d", MATCH_VERSION);
    index_cache_key(version, fingerprint, training, key);
    *out = (struct index_cache){0};
    if (map_file(path, key, training, out))
        return true;
    struct match_index index;
    if (!match_index_build(training, n_shards, progress, &index, err))
        return false;
    /* A cache that cannot be written costs time, not results. Once it is there the map serves, so
     * that memory is shared with other processes and can be dropped. */
    if (writable && write_file(path, key, &index, NULL) && map_file(path, key, training, out))
        match_index_release(&index);
    else
        out->index = index;
    out->built = true;
    return true;
}

bool index_cache_open(struct workspace *ws, const struct dataset *dataset,
                      const struct training *training, enum trained_on on,
                      struct progress *progress, struct index_cache *out, struct error *err)
{
    char *path = workspace_path(ws, "cache",
                                on == TRAINED_ON_TRAIN ? "index-train.safetensors"
                                                       : "index-train+valid.safetensors");
    bool ok =
        index_cache_open_file(path, !workspace_is_read_only(ws), dataset->structure_fingerprint,
                              training, 0, progress, out, err);
    free(path);
    return ok;
}

bool index_cache_verify(const struct index_cache *cache, struct progress *progress,
                        struct error *err)
{
    if (!cache->file || tensors_verify(cache->file, progress, err))
        return true;
    if (!err || err->code != ERROR_CANCELLED)
        unlink(tensors_path(cache->file));
    return false;
}

void index_cache_close(struct index_cache *cache)
{
    match_index_release(&cache->index);
    tensors_close(cache->file);
    *cache = (struct index_cache){0};
}
