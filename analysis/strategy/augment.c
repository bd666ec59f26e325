/*
 * augment: instead of a sequence, with a chance of p, one of CL4SRec's views of it (Xie et al.
 * 2020, arXiv 2010.14395), trained on like any sequence:
 *
 *   crop     a random part of it, `crop` of its length
 *   mask     `mask` of its items are hidden; a hidden item is no target
 *   reorder  a random part, `reorder` of its length, is shuffled
 */
#include <math.h>

#include "analysis/strategy/strategist_private.h"
#include "storage/base/mem.h"

enum { STREAM_AUGMENT = 0x6175676d };

static int32_t share_of(double share, int32_t n)
{
    return (int32_t)ceil(share * n - 1e-9);
}

static void mask(struct rng *rng, double share, int32_t *item, int32_t n)
{
    int32_t left = share_of(share, n);
    for (int32_t i = 0; i < n; i++) { /* each set of `left` places is equally likely */
        if ((int32_t)rng_below(rng, (uint64_t)(n - i)) >= left)
            continue;
        item[i] = ITEM_MASK;
        left--;
    }
}

/* Turns item[0 .. *n-1] into a view; *from_start: it still begins where the sequence does. */
static void view(const struct strategist *s, struct rng *rng, int32_t **item, int32_t *n,
                 bool *from_start)
{
    double share[3] = {strategist_real(s, STRATEGY_OPTION_AUGMENT_CROP),
                       strategist_real(s, STRATEGY_OPTION_AUGMENT_MASK),
                       strategist_real(s, STRATEGY_OPTION_AUGMENT_REORDER)};
    int kind;
    do
        kind = (int)rng_below(rng, 3);
    while (!(share[kind] > 0));
    if (kind == 1) {
        mask(rng, share[kind], *item, *n);
        return;
    }
    int32_t length = share_of(share[kind], *n);
    int32_t begin = (int32_t)rng_below(rng, (uint64_t)(*n - length) + 1);
    if (kind == 2) {
        rng_shuffle(rng, *item + begin, length);
        return;
    }
    *item += begin;
    *n = length;
    *from_start = *from_start && begin == 0;
}

bool augment_step(struct strategist *s, int32_t epoch, const struct item_samples *in,
                  struct item_samples *out, struct error *err)
{
    int32_t *room = mem_try_array((size_t)s->data.max_items + 1, sizeof *room, "view", err);
    bool ok = room != NULL;
    for (int64_t i = 0; ok && i < in->n; i++) {
        struct rng rng = strategist_rng(s, STREAM_AUGMENT, epoch, i);
        int64_t first = in->target_offset[i], last = in->target_offset[i + 1];
        int32_t n = item_samples_length(in, i);
        if (first == last || !(rng_uniform(&rng) < strategist_real(s, STRATEGY_OPTION_AUGMENT_P))) {
            ok = strategist_copy(in, i, out, err);
            continue;
        }
        for (int32_t k = 0; k < n; k++)
            room[k] = in->item[in->offset[i] + k];
        room[n++] = in->target[last - 1].item; /* the end of the sequence is no input */
        bool from_start = in->target[first].after == 0;
        int32_t *item = room;
        view(s, &rng, &item, &n, &from_start);
        ok = strategist_add_sequence(out, in->user[i], item, n, from_start, err);
    }
    free(room);
    return ok;
}
