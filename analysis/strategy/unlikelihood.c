/* unlikelihood (Welleck et al. 2020, arXiv 1908.04319): - alpha sum log(1 - p(c)) over the most
 * frequent successors c of the last item in training, the target apart. The loss is nn/loss.h's;
 * models look the successors up when they write samples in their tokens. */
#include "analysis/strategy/strategist_private.h"
#include "storage/base/mem.h"

bool unlikelihood_prepare(struct strategist *s, struct error *err)
{
    const struct edges *e = s->data.edges;
    int32_t keep = strategist_int(s, STRATEGY_OPTION_UNLIKELIHOOD_NEGATIVES);
    if (!(strategist_real(s, STRATEGY_OPTION_UNLIKELIHOOD_ALPHA) > 0))
        return true;
    s->successor =
        mem_try_array((size_t)e->n_items * (size_t)keep, sizeof *s->successor, "successors", err);
    for (int32_t x = 0; s->successor && x < e->n_items; x++) {
        int64_t n = e->out_offset[x + 1] - e->out_offset[x];
        for (int32_t i = 0; i < keep; i++)
            s->successor[(int64_t)x * keep + i] =
                i < n ? e->out_item[e->out_offset[x] + i] : ITEM_NONE;
    }
    return s->successor != NULL;
}
