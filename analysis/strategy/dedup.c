/* dedup: each step x -> v trains for its first r occurrences in import order, every epoch (after
 * Lee et al. 2021, arXiv 2107.06499, with edges for documents). Steps that the training corpus does
 * not hold (made by views) and targets that nothing stands before stay. */
#include <string.h>

#include "analysis/strategy/strategist_private.h"

/* The number of the edge x -> v among edges->sorted_item; -1: there is none. */
static int64_t edge_number(const struct edges *e, int32_t x, int32_t v)
{
    int64_t low = e->out_offset[x], high = e->out_offset[x + 1];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (e->sorted_item[middle] < v)
            low = middle + 1;
        else
            high = middle;
    }
    return low < e->out_offset[x + 1] && e->sorted_item[low] == v ? low : -1;
}

static bool stays(struct strategist *s, const struct item_samples *samples, int64_t sample,
                  const struct item_target *t)
{
    int32_t x = item_samples_before(samples, sample, t);
    if (t->group != TASK_NEXT_ITEM || x < 0)
        return true;
    int64_t edge = edge_number(s->data.edges, x, t->item);
    return edge < 0 || s->seen[edge]++ < strategist_int(s, STRATEGY_OPTION_DEDUP_R);
}

bool dedup_apply(struct strategist *s, struct item_samples *samples, struct error *err)
{
    (void)err;
    memset(s->seen, 0, (size_t)s->data.edges->n_distinct * sizeof *s->seen);
    strategist_keep(s, samples, stays);
    return true;
}
