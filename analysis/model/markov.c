#include "analysis/model/markov.h"

#include <string.h>

#include "storage/base/mem.h"

/* The item `distance` places before a slot of flat, FLAT_END when the sequence starts later. */
static int32_t item_before(const struct flat *flat, uint32_t slot, int distance)
{
    for (int d = 1; d < distance; d++)
        if (flat->item[slot - (uint32_t)d] == FLAT_END)
            return FLAT_END;
    return flat->item[slot - (uint32_t)distance];
}

/* One stable counting sort by the item `distance` places before. start: [n_items+2] scratch; ends
 * as the offsets of the groups, FLAT_END first. */
static void sort_by_distance(const struct flat *flat, int32_t n_items, int distance,
                             const uint32_t *from, int64_t n, uint32_t *to, int64_t *start)
{
    memset(start, 0, ((size_t)n_items + 2) * sizeof *start);
    for (int64_t i = 0; i < n; i++)
        start[item_before(flat, from[i], distance) + 1]++;
    int64_t sum = 0;
    for (int32_t g = 0; g <= n_items; g++) {
        int64_t size = start[g];
        start[g] = sum;
        sum += size;
    }
    for (int64_t i = 0; i < n; i++)
        to[start[item_before(flat, from[i], distance) + 1]++] = from[i];
}

static void list_slots(const struct training *training, const struct flat *flat, uint32_t *slot)
{
    int64_t n = 0;
    for (int32_t u = 0; u < training->corpus->n_users; u++)
        for (int32_t i = 1; i < training->end[u]; i++)
            slot[n++] = (uint32_t)(flat->start[u] + i);
}

static bool build_contexts(const struct training *training, struct markov *m, struct error *err)
{
    int32_t n_items = training->corpus->n_items;
    size_t total = (size_t)m->edges->total;
    uint32_t *other = NULL;
    int64_t *start = mem_try_array((size_t)n_items + 2, sizeof *start, "contexts", err);
    if (start && flat_build(training, &m->flat, err)) {
        m->next = mem_try_array(total, sizeof *m->next, "contexts", err);
        other = m->next ? mem_try_array(total, sizeof *other, "contexts", err) : NULL;
        m->offset =
            other ? mem_try_array((size_t)n_items + 1, sizeof *m->offset, "contexts", err) : NULL;
    }
    if (m->offset) {
        list_slots(training, &m->flat, m->next);
        for (int d = m->order; d >= 1; d--) {
            sort_by_distance(&m->flat, n_items, d, m->next, (int64_t)total, other, start);
            uint32_t *kept = m->next;
            m->next = other;
            other = kept;
        }
        m->offset[0] = 0;
        for (int32_t x = 0; x < n_items; x++)
            m->offset[x + 1] = m->offset[x] + m->edges->out_total[x];
    }
    free(start);
    free(other);
    return m->offset != NULL;
}

bool markov_build(const struct training *training, const struct edges *edges, int order,
                  struct markov *out, struct error *err)
{
    *out = (struct markov){.order = order, .edges = edges};
    for (int32_t v = 0; v < edges->n_items; v++)
        out->pop_max = edges->pop[v] > out->pop_max ? edges->pop[v] : out->pop_max;
    for (int64_t i = 0; i < edges->n_distinct; i++)
        out->count_max =
            edges->out_count[i] > out->count_max ? edges->out_count[i] : out->count_max;
    if (order <= 1 || build_contexts(training, out, err))
        return true;
    markov_release(out);
    return false;
}

void markov_release(struct markov *m)
{
    flat_release(&m->flat);
    free(m->next);
    free(m->offset);
    *m = (struct markov){0};
}

struct range {
    int64_t begin, end;
};

/* First of a range, sorted by the item `distance` places before, whose item is at least `item`. */
static int64_t lower_bound(const struct markov *m, struct range r, int distance, int32_t item)
{
    while (r.begin < r.end) {
        int64_t middle = r.begin + (r.end - r.begin) / 2;
        if (item_before(&m->flat, m->next[middle], distance) < item)
            r.begin = middle + 1;
        else
            r.end = middle;
    }
    return r.begin;
}

static struct range narrow(const struct markov *m, struct range r, int distance, int32_t item)
{
    int64_t begin = lower_bound(m, r, distance, item);
    struct range rest = {begin, r.end};
    return (struct range){begin,
                          item == INT32_MAX ? r.end : lower_bound(m, rest, distance, item + 1)};
}

static double score_of(const struct markov *m, int level, double count, int64_t pop)
{
    return (double)(level - 1) * (double)(m->count_max + 1) + count +
           (double)pop / (2 * (double)(m->pop_max + 1));
}

static void push(const struct markov *m, const struct absent *absent, struct topk *best,
                 const struct list *list, int32_t v, int32_t count)
{
    if (count > 0 && !list_masks(list, v))
        topk_push_weighted(best, count, m->edges->pop[v] - absent_count(absent, v), v);
}

static void add_best(const struct markov *m, int level, struct topk *best, struct list *list)
{
    topk_sort(best);
    for (int32_t i = 0; i < best->n; i++)
        list_add(list, best->entry[i].index,
                 score_of(m, level, best->entry[i].score, best->entry[i].weight));
}

/* Candidates after a context of two or more items. */
static void add_context(const struct markov *m, const struct absent *absent, int level,
                        struct range r, struct list *list)
{
    struct scratch *s = list->scratch;
    int64_t away_begin = absent ? m->flat.start[absent->user] : 0;
    int64_t away_end = absent ? m->flat.start[absent->user + 1] : 0;
    for (int64_t i = r.begin; i < r.end; i++) {
        if (m->next[i] >= away_begin && m->next[i] < away_end)
            continue;
        int32_t v = m->flat.item[m->next[i]];
        if (s->count[v]++ == 0)
            s->touched[s->n_touched++] = v;
    }
    struct topk best = topk_new(s->best, list->k - list->n);
    for (int32_t i = 0; i < s->n_touched; i++) {
        push(m, absent, &best, list, s->touched[i], s->count[s->touched[i]]);
        s->count[s->touched[i]] = 0;
    }
    s->n_touched = 0;
    add_best(m, level, &best, list);
}

/* Successors of the last item: the ranked row as it stands. */
static void add_successors(const struct markov *m, int32_t x, struct list *list)
{
    const struct edges *e = m->edges;
    for (int64_t i = e->out_offset[x]; i < e->out_offset[x + 1] && list->n < list->k; i++)
        list_add(list, e->out_item[i], score_of(m, 1, e->out_count[i], e->pop[e->out_item[i]]));
}

/* The same, ranked again with one user's edges subtracted. */
static void add_successors_without(const struct markov *m, const struct absent *absent, int32_t x,
                                   struct list *list)
{
    const struct edges *e = m->edges;
    int32_t *less = list->scratch->count;
    for (int32_t i = 0; i + 1 < absent->n; i++)
        less[absent->sequence[i + 1]] += absent->sequence[i] == x;
    struct topk best = topk_new(list->scratch->best, list->k - list->n);
    for (int64_t i = e->out_offset[x]; i < e->out_offset[x + 1]; i++)
        push(m, absent, &best, list, e->out_item[i], e->out_count[i] - less[e->out_item[i]]);
    for (int32_t i = 0; i < absent->n; i++)
        less[absent->sequence[i]] = 0;
    add_best(m, 1, &best, list);
}

void markov_add(const struct markov *m, const struct absent *absent, const int32_t *history,
                int32_t n, struct list *list)
{
    if (n == 0)
        return;
    int32_t last = history[n - 1];
    struct range range[16];
    int depth = 1;
    if (m->order > 1) {
        range[1] = (struct range){m->offset[last], m->offset[last + 1]};
        while (depth < m->order && depth < n && range[depth].begin < range[depth].end) {
            range[depth + 1] = narrow(m, range[depth], depth + 1, history[n - 1 - depth]);
            depth++;
        }
    }
    for (int level = depth; level > 1; level--)
        add_context(m, absent, level, range[level], list);
    if (absent)
        add_successors_without(m, absent, last, list);
    else
        add_successors(m, last, list);
}
