/* item-dropout: input items are dropped at random; what comes next stays what is to be predicted,
 * the dropped items included. Targets of multi-hop keep their distance in the sequence, and go
 * where nothing is left before them. */
#include "analysis/strategy/strategist_private.h"
#include "storage/base/mem.h"

enum { STREAM_DROP = 0x6974656d };

bool item_dropout_step(struct strategist *s, int32_t epoch, const struct item_samples *in,
                       struct item_samples *out, struct error *err)
{
    double rate = strategist_real(s, STRATEGY_OPTION_ITEM_DROPOUT_RATE);
    size_t n_max = (size_t)s->data.max_items + 1;
    int32_t *item = mem_try_array(n_max, sizeof *item, "inputs", err);
    int32_t *kept = item ? mem_try_array(n_max, sizeof *kept, "inputs", err) : NULL;
    bool ok = kept != NULL;
    for (int64_t i = 0; ok && i < in->n; i++) {
        struct rng rng = strategist_rng(s, STREAM_DROP, epoch, i);
        int32_t n = 0, length = item_samples_length(in, i);
        kept[0] = 0; /* kept[k]: of the first k inputs */
        for (int32_t k = 0; k < length; k++) {
            if (!(rng_uniform(&rng) < rate))
                item[n++] = in->item[in->offset[i] + k];
            kept[k + 1] = n;
        }
        ok = item_samples_add(out, in->task[i], in->user[i], item, n, err);
        for (int64_t k = in->target_offset[i]; ok && k < in->target_offset[i + 1]; k++) {
            struct item_target target = in->target[k];
            target.after = kept[target.after];
            ok = (target.after == 0 && target.group != TASK_NEXT_ITEM) ||
                 item_samples_target(out, target, err);
        }
    }
    free(item);
    free(kept);
    return ok;
}
