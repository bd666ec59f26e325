#include "analysis/run/edges_cache.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/run/index_cache.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/workspace.h"
#include "storage/files/tensors.h"

/* The arrays of a table: `size` is what its length depends on. */
enum size { ITEMS, OFFSETS, EDGES };
enum { ARRAYS = 11 };
struct array {
    const char *name;
    enum size size;
    void **data;
};

static void list_arrays(struct edges *e, struct array list[ARRAYS])
{
    const struct array arrays[ARRAYS] = {
        {"pop", ITEMS, (void **)&e->pop},
        {"out_total", ITEMS, (void **)&e->out_total},
        {"in_total", ITEMS, (void **)&e->in_total},
        {"out_offset", OFFSETS, (void **)&e->out_offset},
        {"in_offset", OFFSETS, (void **)&e->in_offset},
        {"out_item", EDGES, (void **)&e->out_item},
        {"out_count", EDGES, (void **)&e->out_count},
        {"sorted_item", EDGES, (void **)&e->sorted_item},
        {"sorted_count", EDGES, (void **)&e->sorted_count},
        {"in_item", EDGES, (void **)&e->in_item},
        {"in_count", EDGES, (void **)&e->in_count},
    };
    memcpy(list, arrays, sizeof arrays);
}

static int64_t length_of(const struct edges *e, enum size size)
{
    return size == EDGES ? e->n_distinct : (int64_t)e->n_items + (size == OFFSETS);
}

static bool map_arrays(const struct tensors *file, struct edges *e)
{
    struct array list[ARRAYS];
    list_arrays(e, list);
    const struct tensor *first = tensors_find(file, "out_item");
    e->n_distinct = first ? first->count : 0;
    for (int i = 0; i < ARRAYS; i++) {
        const void *data =
            tensors_array(file, list[i].name, list[i].size == EDGES ? TENSOR_I32 : TENSOR_I64,
                          length_of(e, list[i].size), NULL);
        if (!data)
            return false;
        *list[i].data = (void *)(uintptr_t)data; /* never written: the table is read-only */
    }
    for (int32_t i = 0; i < e->n_items; i++) {
        e->pop_total += e->pop[i];
        e->total += e->out_total[i];
    }
    return e->out_offset[e->n_items] == e->n_distinct && e->in_offset[e->n_items] == e->n_distinct;
}

static bool map_file(const char *path, const char *key, int32_t n_items, struct edges_cache *out)
{
    struct tensors *file = file_exists(path) ? tensors_open(path, NULL) : NULL;
    struct edges edges = {.n_items = n_items};
    const char *found = file ? tensors_meta(file, "key") : NULL;
    if (found && tensors_is_ours(file) && strcmp(found, key) == 0 && map_arrays(file, &edges)) {
        *out = (struct edges_cache){edges, file};
        return true;
    }
    tensors_close(file);
    return false;
}

static bool write_file(const char *path, const char *key, struct edges *e)
{
    struct array list[ARRAYS];
    struct tensor tensors[ARRAYS];
    const char *meta[] = {"format", "rote edge table", "key", key, NULL};
    list_arrays(e, list);
    for (int i = 0; i < ARRAYS; i++)
        tensors[i] = (struct tensor){.name = list[i].name,
                                     .dtype = list[i].size == EDGES ? TENSOR_I32 : TENSOR_I64,
                                     .rank = 1,
                                     .shape = {length_of(e, list[i].size)},
                                     .data = *list[i].data};
    return tensors_write(path, tensors, ARRAYS, meta, NULL);
}

bool edges_cache_open_file(const char *path, bool writable, uint64_t fingerprint,
                           const struct training *training, struct edges_cache *out,
                           struct error *err)
{
    char key[INDEX_CACHE_KEY];
    int32_t n_items = training->corpus->n_items;
    index_cache_key("edges-1", fingerprint, training, key);
    *out = (struct edges_cache){0};
    if (map_file(path, key, n_items, out))
        return true;
    if (!edges_build(training, &out->edges, err))
        return false;
    if (writable && write_file(path, key, &out->edges)) {
        struct edges built = out->edges; /* once it is there the map serves */
        if (map_file(path, key, n_items, out))
            edges_release(&built);
    }
    return true;
}

bool edges_cache_open(struct workspace *ws, const struct dataset *dataset,
                      const struct training *training, enum trained_on on, struct edges_cache *out,
                      struct error *err)
{
    char *path = workspace_path(ws, "cache",
                                on == TRAINED_ON_TRAIN ? "edges-train.safetensors"
                                                       : "edges-train+valid.safetensors");
    bool ok = edges_cache_open_file(path, !workspace_is_read_only(ws),
                                    dataset->structure_fingerprint, training, out, err);
    free(path);
    return ok;
}

bool edges_cache_verify(const struct edges_cache *cache, struct progress *progress,
                        struct error *err)
{
    if (!cache->file || tensors_verify(cache->file, progress, err))
        return true;
    if (!err || err->code != ERROR_CANCELLED)
        unlink(tensors_path(cache->file));
    return false;
}

void edges_cache_close(struct edges_cache *cache)
{
    if (!cache->file)
        edges_release(&cache->edges);
    tensors_close(cache->file);
    *cache = (struct edges_cache){0};
}
