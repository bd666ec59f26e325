#include "analysis/metric/slices.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"

_Static_assert(SLICES <= 64, "a case's slices are one word");

static const char *const names[SLICES] = {
    "reachable",
    "unreachable",
    "label:2nd-symmetry_1",
    "label:2nd-symmetry_2",
    "label:2nd-symmetry_3",
    "label:2nd-symmetry_4",
    "label:generalization",
    "label:memorization",
    "label:substitutability_2",
    "label:substitutability_3",
    "label:substitutability_4",
    "label:symmetry_1",
    "label:symmetry_2",
    "label:symmetry_3",
    "label:symmetry_4",
    "label:transitivity_1",
    "label:transitivity_2",
    "label:transitivity_3",
    "label:transitivity_4",
    "label:uncategorized",
    "popularity:1",
    "popularity:2",
    "popularity:3",
    "popularity:4",
    "popularity:5",
    "history:0-3",
    "history:4-5",
    "history:6-9",
    "history:10-19",
    "history:20-49",
    "history:50+",
};

/* The shortest history of each length slice after the first. */
static const int32_t length_from[SLICE_LENGTHS - 1] = {4, 6, 10, 20, 50};

const char *slice_name(int slice)
{
    return names[slice];
}

int slice_find(const char *name)
{
    for (int s = 0; s < SLICES; s++)
        if (strcmp(names[s], name) == 0)
            return s;
    return -1;
}

struct popular {
    int64_t pop;
    int32_t item;
};

static int more_popular(const void *a, const void *b)
{
    const struct popular *x = a, *y = b;
    if (x->pop != y->pop)
        return x->pop > y->pop ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

bool slices_quintiles(const int64_t *pop, int32_t n_items, uint8_t *quintile, struct error *err)
{
    struct popular *order = mem_try_array((size_t)n_items, sizeof *order, "item order", err);
    if (!order)
        return false;
    int64_t total = 0, before = 0;
    for (int32_t i = 0; i < n_items; i++) {
        order[i] = (struct popular){pop[i], i};
        total += pop[i];
    }
    qsort(order, (size_t)n_items, sizeof *order, more_popular);
    for (int32_t i = 0; i < n_items; i++) {
        int64_t fifths = total > 0 ? 5 * before / total : 4;
        quintile[order[i].item] = (uint8_t)(fifths < 4 ? fifths : 4);
        before += order[i].pop;
    }
    free(order);
    return true;
}

static int length_slice(int32_t n_history)
{
    int bin = 0;
    while (bin < SLICE_LENGTHS - 1 && n_history >= length_from[bin])
        bin++;
    return SLICE_LENGTH + bin;
}

void slices_assign(const struct corpus *corpus, const struct case_list *cases,
                   const uint8_t *reachable, const uint16_t *label, const uint8_t *quintile,
                   uint64_t *mask)
{
    for (int64_t c = 0; c < cases->n; c++) {
        int32_t position = cases->position[c];
        mask[c] = (uint64_t)1 << length_slice(position);
        if (reachable)
            mask[c] |= (uint64_t)1 << (reachable[c] ? SLICE_REACHABLE : SLICE_UNREACHABLE);
        if (label)
            mask[c] |= (uint64_t)relation_label_set(label[c]) << SLICE_LABEL;
        if (quintile) {
            int32_t target = corpus_sequence(corpus, cases->user[c])[position];
            mask[c] |= (uint64_t)1 << (SLICE_QUINTILE + quintile[target]);
        }
    }
}

void slices_mean(const uint64_t *mask, int64_t n, const double *value,
                 struct slice_figure out[SLICES])
{
    double sum[SLICES] = {0};
    int64_t cases[SLICES] = {0};
    for (int64_t c = 0; c < n; c++) {
        for (uint64_t left = mask[c]; left != 0; left &= left - 1) {
            int slice = __builtin_ctzll(left);
            sum[slice] += value[c];
            cases[slice]++;
        }
    }
    for (int s = 0; s < SLICES; s++) {
        out[s].n = cases[s];
        out[s].share = n > 0 ? (double)cases[s] / (double)n : 0;
        out[s].mean = cases[s] > 0 ? sum[s] / (double)cases[s] : (double)NAN;
    }
}

void slices_select(const uint64_t *mask, int64_t n, int slice, const double *value, double *out)
{
    for (int64_t c = 0; c < n; c++)
        out[c] = mask[c] >> slice & 1 ? value[c] : (double)NAN;
}
