#include "analysis/model/list.h"

#include <math.h>
#include <string.h>

#include "analysis/corpus/recs.h"
#include "storage/base/mem.h"

bool scratch_init(struct scratch *s, int32_t n_items, struct error *err)
{
    size_t n = (size_t)n_items;
    *s = (struct scratch){.n_items = n_items};
    if ((s->mark = mem_try_zarray(n, sizeof *s->mark, "model scratch", err)) &&
        (s->count = mem_try_zarray(n, sizeof *s->count, "model scratch", err)) &&
        (s->score = mem_try_zarray(n, sizeof *s->score, "model scratch", err)) &&
        (s->touched = mem_try_array(n, sizeof *s->touched, "model scratch", err)) &&
        (s->distinct = mem_try_array(n, sizeof *s->distinct, "model scratch", err)))
        return true;
    scratch_release(s);
    return false;
}

void scratch_release(struct scratch *s)
{
    free(s->mark);
    free(s->count);
    free(s->score);
    free(s->touched);
    free(s->distinct);
    free(s->best);
    *s = (struct scratch){0};
}

bool list_begin(struct list *list, struct scratch *scratch, const int32_t *history, int32_t n,
                int32_t k, int32_t *item, float *score, struct error *err)
{
    *list = (struct list){.item = item, .score = score, .k = k, .scratch = scratch};
    if (!mem_try_grow((void **)&scratch->best, &scratch->best_cap, (size_t)k, sizeof *scratch->best,
                      "model scratch", err))
        return false;
    if (++scratch->stamp == 0) {
        memset(scratch->mark, 0, (size_t)scratch->n_items * sizeof *scratch->mark);
        scratch->stamp = 1;
    }
    for (int32_t i = 0; i < n; i++)
        scratch->mark[history[i]] = scratch->stamp;
    return true;
}

static double filling_score(int64_t pop, int64_t pop_max)
{
    return (double)pop / (double)(pop_max + 1) - 1;
}

/* A merge: the absent user's items come in the order of their reduced counts, all others as they
 * were. */
void list_fill(struct list *list, const int32_t *order, const int64_t *pop, int64_t pop_max,
               const struct absent *absent)
{
    int32_t n_items = list->scratch->n_items, at = 0;
    int32_t moved = 0, n_moved = absent ? absent->n_distinct : 0;
    while (list->n < list->k && (at < n_items || moved < n_moved)) {
        if (at < n_items && absent_count(absent, order[at]) > 0) {
            at++;
            continue;
        }
        bool from_moved = at == n_items;
        int64_t reduced = 0;
        if (moved < n_moved) {
            int32_t v = absent->order[moved];
            reduced = pop[v] - absent_count(absent, v);
            from_moved = from_moved || reduced > pop[order[at]] ||
                         (reduced == pop[order[at]] && v < order[at]);
        }
        int32_t next = from_moved ? absent->order[moved++] : order[at++];
        list_add(list, next, filling_score(from_moved ? reduced : pop[next], pop_max));
    }
    for (int32_t i = list->n; i < list->k; i++) {
        list->item[i] = RECS_NONE;
        if (list->score)
            list->score[i] = -INFINITY;
    }
}
