/*
 * One recommendation list being filled, and the scratch memory for it: what the reference models
 * share. One struct scratch serves one thread at a time, any number of lists after one another.
 */
#ifndef ANALYSIS_MODEL_LIST_H
#define ANALYSIS_MODEL_LIST_H

#include <stddef.h>

#include "analysis/math/topk.h"
#include "analysis/model/absent.h"

struct scratch {
    int32_t n_items;
    uint32_t *mark; /* [n_items] == stamp: masked or already in the list */
    uint32_t stamp;
    /* All zero between lists; `touched` names what is not. */
    int32_t *count;   /* [n_items] */
    double *score;    /* [n_items] */
    int32_t *touched; /* [n_items] */
    int32_t n_touched;
    int32_t *distinct;       /* [n_items] a history without its repeats */
    struct topk_entry *best; /* [best_cap] */
    size_t best_cap;
};

bool scratch_init(struct scratch *scratch, int32_t n_items, struct error *err);
void scratch_release(struct scratch *scratch); /* a zeroed one is fine */

struct list {
    int32_t *item; /* [k] */
    float *score;  /* [k] or NULL */
    int32_t k, n;
    struct scratch *scratch;
};

/* Starts a list of k in which the history's items are masked. */
bool list_begin(struct list *list, struct scratch *scratch, const int32_t *history, int32_t n,
                int32_t k, int32_t *item, float *score, struct error *err);

static inline bool list_masks(const struct list *list, int32_t item)
{
    return list->scratch->mark[item] == list->scratch->stamp;
}

/* Appends an item unless it is masked or the list is full. */
static inline void list_add(struct list *list, int32_t item, double score)
{
    if (list->n == list->k || list_masks(list, item))
        return;
    list->scratch->mark[item] = list->scratch->stamp;
    if (list->score)
        list->score[list->n] = (float)score;
    list->item[list->n++] = item;
}

/* Fills up from the popularity order (`order` of all items under `pop`), had `absent` (NULL: no
 * one) not existed; what remains is RECS_NONE. pop_max >= every pop. */
void list_fill(struct list *list, const int32_t *order, const int64_t *pop, int64_t pop_max,
               const struct absent *absent);

#endif
