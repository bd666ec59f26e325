#include "analysis/corpus/popularity.h"

#include <string.h>

#include "storage/base/mem.h"

struct ranked {
    int64_t pop;
    int32_t item;
};

void popularity_count(const struct training *training, int64_t *pop)
{
    const struct corpus *c = training->corpus;
    memset(pop, 0, (size_t)c->n_items * sizeof *pop);
    for (int32_t u = 0; u < c->n_users; u++) {
        const int32_t *s = corpus_sequence(c, u);
        for (int32_t i = 0; i < training->end[u]; i++)
            pop[s[i]]++;
    }
}

static int compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->pop != y->pop)
        return x->pop > y->pop ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

int32_t *popularity_order(const int64_t *pop, int32_t n_items, struct error *err)
{
    size_t n = (size_t)n_items;
    struct ranked *ranked = mem_try_array(n, sizeof *ranked, "popularity order", err);
    int32_t *order = ranked ? mem_try_array(n, sizeof *order, "popularity order", err) : NULL;
    if (order) {
        for (size_t i = 0; i < n; i++)
            ranked[i] = (struct ranked){pop[i], (int32_t)i};
        qsort(ranked, n, sizeof *ranked, compare);
        for (size_t i = 0; i < n; i++)
            order[i] = ranked[i].item;
    }
    free(ranked);
    return order;
}
