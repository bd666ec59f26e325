#include "analysis/report/study_ids.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/label/token_prefix.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/files/tensors.h"

struct ids_slot {
    int64_t run; /* 0: the data set's */
    struct semid_table table;
    struct tensors *file;          /* NULL: the data set's */
    struct token_index *tokens[2]; /* by enum trained_on; NULL until asked for */
    struct ids_slot *next;
};

void ids_cache_init(struct ids_cache *cache)
{
    pthread_mutex_init(&cache->lock, NULL);
}

static void free_slot(struct ids_slot *slot)
{
    for (int on = 0; on < 2; on++)
        token_index_free(slot->tokens[on]);
    tensors_close(slot->file);
    free(slot);
}

void ids_cache_release(struct ids_cache *cache)
{
    for (struct ids_slot *slot = cache->first, *next; slot; slot = next) {
        next = slot->next;
        free_slot(slot);
    }
    cache->first = NULL;
    pthread_mutex_destroy(&cache->lock);
}

/* ---- opening ---- */

static bool map_table(const struct dataset *d, const char *path, struct ids_slot *slot,
                      struct error *err)
{
    slot->file = tensors_open(path, err);
    const int32_t *code =
        slot->file ? tensors_array(slot->file, "semid", TENSOR_I32, -1, err) : NULL;
    const struct tensor *x = code ? tensors_find(slot->file, "semid") : NULL;
    if (!x)
        return false;
    if (x->rank != 2 || x->shape[0] != d->n_items || x->shape[1] < 1 ||
        x->shape[1] > SEMID_MAX_LEVELS)
        return error_set(err, ERROR_INPUT, "%s holds semantic ids of other data", path);
    slot->table = (struct semid_table){d->n_items, (int32_t)x->shape[1], code};
    return semid_check(&slot->table, NULL, err) || error_prefix(err, "%s", path);
}

static struct ids_slot *add_slot(struct ids_cache *cache, struct ids_slot *slot)
{
    slot->next = cache->first;
    cache->first = slot;
    return slot;
}

/* Those in the run's folder. *none: it has none; then, and on an error, NULL. */
static struct ids_slot *open_run(struct study *s, int64_t run, bool *none, struct error *err)
{
    char *path = mem_printf("%s/runs/%" PRId64 "/semid.safetensors", study_dir(s), run);
    struct ids_slot *slot = NULL;
    *none = !file_exists(path);
    if (!*none) {
        slot = mem_zalloc(1, sizeof *slot);
        slot->run = run;
        if (!map_table(study_dataset(s), path, slot, err)) {
            free_slot(slot);
            slot = NULL;
        }
    }
    free(path);
    return slot ? add_slot(study_ids_cache(s), slot) : NULL;
}

static struct ids_slot *open_data(struct study *s)
{
    const struct dataset *d = study_dataset(s);
    struct ids_slot *slot = mem_zalloc(1, sizeof *slot);
    slot->table = (struct semid_table){d->n_items, d->semid_levels, d->semid};
    return add_slot(study_ids_cache(s), slot);
}

static struct ids_slot *known(const struct ids_cache *cache, int64_t run)
{
    struct ids_slot *slot = cache->first;
    while (slot && slot->run != run)
        slot = slot->next;
    return slot;
}

/* The run's own, else the data set's. Under the lock. */
static struct ids_slot *find_slot(struct study *s, const struct study_run *run, struct error *err)
{
    const struct ids_cache *cache = study_ids_cache(s);
    struct ids_slot *slot = NULL;
    bool none = !study_run_may_have_ids(run);
    if (!none && !(slot = known(cache, run->id)))
        slot = open_run(s, run->id, &none, err);
    if (none && !(slot = known(cache, 0)))
        slot = open_data(s);
    return slot;
}

/* ---- for others ---- */

bool study_run_may_have_ids(const struct study_run *run)
{
    return run && strcmp(run->model, "gr") == 0;
}

bool study_ids_of(struct study *s, const struct study_run *run, struct study_ids *out,
                  struct error *err)
{
    struct ids_cache *cache = study_ids_cache(s);
    pthread_mutex_lock(&cache->lock);
    const struct ids_slot *slot = find_slot(s, run, err);
    if (slot)
        *out = (struct study_ids){.own = slot->run ? run : NULL, .table = slot->table};
    pthread_mutex_unlock(&cache->lock);
    return slot != NULL;
}

const struct token_index *study_tokens(struct study *s, const struct study_run *run,
                                       enum trained_on on, struct error *err)
{
    struct ids_cache *cache = study_ids_cache(s);
    const struct edges *edges = study_edges(s, on, err);
    const struct token_index *index = NULL;
    if (!edges)
        return NULL;
    pthread_mutex_lock(&cache->lock);
    struct ids_slot *slot = find_slot(s, run, err);
    if (slot && slot->table.levels == 0)
        error_set(err, ERROR_STATE, "%s", STUDY_NO_IDS);
    else if (slot &&
             (slot->tokens[on] || token_index_build(edges, slot->table.code, slot->table.levels,
                                                    &slot->tokens[on], err)))
        index = slot->tokens[on];
    pthread_mutex_unlock(&cache->lock);
    return index;
}
