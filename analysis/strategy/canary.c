/*
 * canary: random sequences among the training samples, some once, some four times, sixteen times
 * and so on, to measure afterwards how much better than chance the model ranks their ends
 * ("exposure", Carlini et al. 2019, arXiv 1802.08232). A canary's items are drawn uniformly from
 * the catalogue, distinct where the catalogue allows.
 */
#include "analysis/strategy/strategist_private.h"

enum { STREAM_CANARY = 0x63616e61 };

int32_t strategist_canaries(const struct strategist *s)
{
    int32_t kinds = 0;
    for (int64_t copies = 1; copies <= strategist_int(s, STRATEGY_OPTION_CANARY_COPIES);
         copies *= 4)
        kinds++;
    return s->strategy.has[STRATEGY_CANARY]
               ? kinds * strategist_int(s, STRATEGY_OPTION_CANARY_COUNT)
               : 0;
}

int32_t strategist_canary(const struct strategist *s, int32_t canary, int32_t *item,
                          int32_t *copies)
{
    int32_t n_items = s->data.training->corpus->n_items;
    int32_t n = strategist_int(s, STRATEGY_OPTION_CANARY_LENGTH);
    struct rng rng = strategist_rng(s, STREAM_CANARY, 0, canary);
    *copies = canary < strategist_canaries(s);
    for (int32_t kind = canary / strategist_int(s, STRATEGY_OPTION_CANARY_COUNT);
         kind > 0 && *copies; kind--)
        *copies *= 4;
    for (int32_t i = 0; i < n; i++) {
        bool again;
        do {
            item[i] = (int32_t)rng_below(&rng, (uint64_t)n_items);
            again = false;
            for (int32_t j = 0; j < i && n <= n_items; j++)
                again = again || item[j] == item[i];
        } while (again);
    }
    return n;
}

bool canary_step(struct strategist *s, int32_t epoch, const struct item_samples *in,
                 struct item_samples *out, struct error *err)
{
    (void)epoch;
    int32_t item[STRATEGIST_CANARY_MAX], copies;
    for (int64_t i = 0; i < in->n; i++) {
        if (!strategist_copy(in, i, out, err))
            return false;
    }
    for (int32_t c = 0; c < strategist_canaries(s); c++) {
        int32_t n = strategist_canary(s, c, item, &copies);
        n = n > s->data.max_items + 1 ? s->data.max_items + 1 : n;
        for (int32_t k = 0; k < copies; k++) {
            if (!strategist_add_sequence(out, ITEM_NO_USER, item, n, true, err))
                return false;
        }
    }
    return true;
}
