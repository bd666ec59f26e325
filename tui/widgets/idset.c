#include "tui/widgets/idset.h"

#include <string.h>

#include "storage/base/mem.h"

static size_t home_of(const struct idset *set, int64_t id)
{
    uint64_t h = (uint64_t)id * 0x9e3779b97f4a7c15u;
    return (size_t)(h ^ h >> 32) & (set->cap - 1);
}

/* The slot that holds the id, or the free one where it belongs. */
static size_t find(const struct idset *set, int64_t id)
{
    size_t i = home_of(set, id);
    while (set->used[i] && set->slot[i] != id)
        i = (i + 1) & (set->cap - 1);
    return i;
}

void idset_release(struct idset *set)
{
    free(set->slot);
    free(set->used);
    *set = (struct idset){0};
}

void idset_clear(struct idset *set)
{
    idset_release(set);
}

bool idset_has(const struct idset *set, int64_t id)
{
    return set->n > 0 && set->used[find(set, id)];
}

static void grow(struct idset *set)
{
    struct idset bigger = {.cap = set->cap ? set->cap * 2 : 16};
    bigger.slot = mem_zalloc(bigger.cap, sizeof *bigger.slot);
    bigger.used = mem_zalloc(bigger.cap, 1);
    for (size_t i = 0; i < set->cap; i++)
        if (set->used[i])
            idset_add(&bigger, set->slot[i]);
    idset_release(set);
    *set = bigger;
}

void idset_add(struct idset *set, int64_t id)
{
    if (2 * (set->n + 1) > set->cap)
        grow(set);
    size_t i = find(set, id);
    set->n += !set->used[i];
    set->used[i] = 1;
    set->slot[i] = id;
}

void idset_remove(struct idset *set, int64_t id)
{
    if (set->n == 0)
        return;
    size_t hole = find(set, id);
    if (!set->used[hole])
        return;
    set->used[hole] = 0;
    set->n--;
    /* Close the gap: what follows in the chain may have been pushed on by what is gone. */
    for (size_t i = (hole + 1) & (set->cap - 1); set->used[i]; i = (i + 1) & (set->cap - 1)) {
        int64_t moved = set->slot[i];
        set->used[i] = 0;
        size_t to = find(set, moved);
        set->used[to] = 1;
        set->slot[to] = moved;
    }
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t *idset_sorted(const struct idset *set)
{
    if (set->n == 0)
        return NULL;
    int64_t *ids = mem_zalloc(set->n, sizeof *ids);
    size_t n = 0;
    for (size_t i = 0; i < set->cap; i++)
        if (set->used[i])
            ids[n++] = set->slot[i];
    qsort(ids, n, sizeof *ids, ascending);
    return ids;
}
