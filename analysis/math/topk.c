#include "analysis/math/topk.h"

/* Moves `e` down from `at` in a heap of n whose top is the worst entry. */
static void sift_down(struct topk_entry *heap, int32_t n, int32_t at, struct topk_entry e)
{
    for (;;) {
        int32_t child = 2 * at + 1;
        if (child >= n)
            break;
        if (child + 1 < n && topk_better(heap[child], heap[child + 1]))
            child++;
        if (!topk_better(e, heap[child]))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = e;
}

void topk_insert(struct topk *t, struct topk_entry e)
{
    if (t->n == t->k) {
        sift_down(t->entry, t->n, 0, e);
        return;
    }
    int32_t at = t->n++;
    while (at > 0 && topk_better(t->entry[(at - 1) / 2], e)) {
        t->entry[at] = t->entry[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    t->entry[at] = e;
}

void topk_sort(struct topk *t)
{
    for (int32_t n = t->n; n > 1; n--) {
        struct topk_entry worst = t->entry[0];
        sift_down(t->entry, n - 1, 0, t->entry[n - 1]);
        t->entry[n - 1] = worst;
    }
}
