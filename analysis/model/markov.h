/*
 * Markov chains over items: successors of the last item by (T desc, pop desc, index asc). With
 * order k, successors of the last k items as a contiguous context come first, then those of the
 * last k-1, and so on (back-off, each context's candidates before any of a shorter one).
 */
#ifndef ANALYSIS_MODEL_MARKOV_H
#define ANALYSIS_MODEL_MARKOV_H

#include "analysis/corpus/edges.h"
#include "analysis/model/flat.h"
#include "analysis/model/list.h"

struct markov {
    int order;
    const struct edges *edges; /* borrowed */
    int64_t pop_max, count_max;
    /* Only for order > 1: where an item was followed by another, sorted by the context read
     * backwards (last item first), so every context is one range. */
    struct flat flat;
    uint32_t *next;  /* [edges->total] slots of flat that hold the successors */
    int64_t *offset; /* [n_items+1] ranges of `next` by last item */
};

bool markov_build(const struct training *training, const struct edges *edges, int order,
                  struct markov *out, struct error *err);
void markov_release(struct markov *markov);

/* Adds the candidates of a history in order; absent may be NULL. */
void markov_add(const struct markov *markov, const struct absent *absent, const int32_t *history,
                int32_t n, struct list *list);

#endif
