/* The tree of legal semantic ids. Contract in trie.h. */
#include "analysis/decode/trie.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"

/* Sorts item numbers by (id, item). */
static int compare_ids(const void *a, const void *b, void *context)
{
    const struct semid_table *t = context;
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    const int32_t *p = semid_of(t, x), *q = semid_of(t, y);
    for (int32_t l = 0; l < t->levels; l++) {
        if (p[l] != q[l])
            return p[l] < q[l] ? -1 : 1;
    }
    return (x > y) - (x < y);
}

/* How many first codes two items share. */
static int32_t shared(const struct semid_table *t, int32_t x, int32_t y)
{
    const int32_t *p = semid_of(t, x), *q = semid_of(t, y);
    int32_t l = 0;
    while (l < t->levels && p[l] == q[l])
        l++;
    return l;
}

/* Numbers the nodes of each level: start[l] = the first node of level l (0 = root). */
static void count_nodes(const struct semid_table *t, const int32_t *order, int32_t n,
                        int32_t start[SEMID_MAX_LEVELS + 2])
{
    int32_t count[SEMID_MAX_LEVELS + 1] = {0};
    for (int32_t i = 0; i < n; i++) {
        int32_t same = i ? shared(t, order[i - 1], order[i]) : 0;
        for (int32_t l = same; l < t->levels; l++)
            count[l + 1]++;
    }
    start[0] = 0;
    start[1] = 1;
    for (int32_t l = 1; l <= t->levels; l++)
        start[l + 1] = start[l] + count[l];
}

/* Walks the sorted items once; at each, the path from where it parts from the one before is new. */
static void fill(const struct semid_table *t, const int32_t *order, int32_t n,
                 const int32_t start[SEMID_MAX_LEVELS + 2], struct trie *out)
{
    int32_t next[SEMID_MAX_LEVELS + 2], path[SEMID_MAX_LEVELS + 1] = {0};
    memcpy(next, start, sizeof next);
    out->token[0] = -1;
    out->child[0] = 1;
    for (int32_t i = 0; i < n; i++) {
        int32_t same = i ? shared(t, order[i - 1], order[i]) : 0;
        for (int32_t l = same; l < t->levels; l++) {
            int32_t node = next[l + 1]++;
            path[l + 1] = node;
            out->token[node] = out->base[l] + semid_of(t, order[i])[l];
            out->child[node] = l + 1 < t->levels ? next[l + 2] : out->n_nodes;
            out->leaf[node] = out->n_leaves;
        }
        if (same < t->levels)
            out->item_offset[out->n_leaves++] = i;
        for (int32_t l = 0; l <= t->levels; l++)
            out->leaf_end[path[l]] = out->n_leaves;
        out->item[i] = order[i];
    }
    out->item_offset[out->n_leaves] = n;
    out->child[out->n_nodes] = out->n_nodes;
}

static bool allocate(struct trie *t, int32_t n_items, struct error *err)
{
    size_t nodes = (size_t)t->n_nodes, items = (size_t)n_items;
    t->token = mem_try_array(nodes, sizeof *t->token, "tree of semantic ids", err);
    t->child = mem_try_array(nodes + 1, sizeof *t->child, "tree of semantic ids", err);
    t->leaf = mem_try_zarray(nodes, sizeof *t->leaf, "tree of semantic ids", err);
    t->leaf_end = mem_try_zarray(nodes, sizeof *t->leaf_end, "tree of semantic ids", err);
    t->item_offset = mem_try_array(items + 1, sizeof *t->item_offset, "tree of semantic ids", err);
    t->item = mem_try_array(items, sizeof *t->item, "tree of semantic ids", err);
    return t->token && t->child && t->leaf && t->leaf_end && t->item_offset && t->item;
}

bool trie_build(const struct semid_table *table, int32_t first_token, struct trie *out,
                struct error *err)
{
    int32_t size[SEMID_MAX_LEVELS], start[SEMID_MAX_LEVELS + 2], n = 0;
    *out = (struct trie){.levels = table->levels, .n_tokens = first_token};
    if (!semid_check(table, size, err))
        return false;
    for (int32_t l = 0; l < table->levels; l++) {
        out->base[l] = out->n_tokens;
        out->n_tokens += size[l];
    }
    int32_t *order = mem_try_array((size_t)table->n_items, sizeof *order, "order of ids", err);
    if (!order)
        return false;
    for (int32_t i = 0; i < table->n_items; i++) {
        if (semid_has(table, i))
            order[n++] = i;
    }
    qsort_r(order, (size_t)n, sizeof *order, compare_ids, (void *)table);
    count_nodes(table, order, n, start);
    out->n_nodes = start[table->levels + 1];
    bool ok = allocate(out, n, err);
    if (ok)
        fill(table, order, n, start, out);
    else
        trie_release(out);
    free(order);
    return ok;
}

int32_t trie_child(const struct trie *t, int32_t node, int32_t token)
{
    int32_t low = t->child[node], high = t->child[node + 1] - 1;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (t->token[middle] < token)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void trie_release(struct trie *t)
{
    free(t->token);
    free(t->child);
    free(t->leaf);
    free(t->leaf_end);
    free(t->item_offset);
    free(t->item);
    *t = (struct trie){0};
}
