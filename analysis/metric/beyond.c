#include "analysis/metric/beyond.h"

#include <math.h>
#include <string.h>

#include "analysis/corpus/popularity.h"
#include "storage/base/mem.h"

static const char joint[] = " | ";

/* The next part of a text joined by " | ", without blanks around it; false at the end. */
static bool next_part(const char **at, const char *end, const char **part, size_t *n)
{
    size_t join = sizeof joint - 1;
    while (*at < end) {
        const char *stop = memmem(*at, (size_t)(end - *at), joint, join);
        const char *begin = *at, *last = stop ? stop : end;
        *at = stop ? stop + join : end;
        if (last > begin) {
            *part = begin;
            *n = (size_t)(last - begin);
            return true;
        }
    }
    return false;
}

static bool has(const int32_t *values, int64_t n, int32_t value)
{
    for (int64_t i = 0; i < n; i++)
        if (values[i] == value)
            return true;
    return false;
}

static bool add_categories(const struct strtab *text, int64_t item, struct intern *names,
                           size_t *cap, struct categories *out, struct error *err)
{
    const char *at = strtab_get(text, item), *end = at + strtab_len(text, item), *part;
    size_t n;
    int64_t first = out->offset[item], used = first;
    while (next_part(&at, end, &part, &n)) {
        int32_t number = intern_add(names, part, n, err);
        if (number < 0 || !mem_try_grow((void **)&out->category, cap, (size_t)used + 1,
                                        sizeof *out->category, "categories", err))
            return false;
        if (!has(out->category + first, used - first, number))
            out->category[used++] = number;
    }
    out->offset[item + 1] = used;
    return true;
}

bool categories_build(const struct strtab *text, struct categories *out, struct error *err)
{
    *out = (struct categories){.n_items = (int32_t)text->n};
    out->offset = mem_try_zarray((size_t)text->n + 1, sizeof *out->offset, "categories", err);
    struct intern *names = intern_new();
    size_t cap = 0;
    bool done = out->offset != NULL;
    for (int64_t i = 0; done && i < text->n; i++)
        done = add_categories(text, i, names, &cap, out, err);
    out->n_categories = intern_count(names);
    intern_free(names);
    if (!done)
        categories_release(out);
    return done;
}

void categories_release(struct categories *categories)
{
    free(categories->offset);
    free(categories->category);
    *categories = (struct categories){0};
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* 2 sum(i * count_i) / (n sum(count)) - (n+1)/n over counts sorted ascending, i from 1. */
static double gini_of(int64_t *count, int32_t n)
{
    qsort(count, (size_t)n, sizeof *count, compare);
    double weighted = 0, sum = 0;
    for (int32_t i = 0; i < n; i++) {
        weighted += (i + 1.0) * (double)count[i];
        sum += (double)count[i];
    }
    return sum > 0 ? 2 * weighted / (n * sum) - (n + 1.0) / n : (double)NAN;
}

static double mean_categories(const struct recs *recs, int32_t k, const struct categories *c,
                              int64_t *seen_at)
{
    int64_t distinct = 0;
    for (int32_t i = 0; i < c->n_categories; i++)
        seen_at[i] = -1;
    for (int64_t l = 0; l < recs->n_cases; l++)
        for (int32_t i = 0; i < k; i++) {
            int32_t v = recs_row(recs, l)[i];
            for (int64_t j = v < 0 ? 0 : c->offset[v]; v >= 0 && j < c->offset[v + 1]; j++) {
                distinct += seen_at[c->category[j]] != l;
                seen_at[c->category[j]] = l;
            }
        }
    return c->n_categories > 0 && recs->n_cases > 0 ? (double)distinct / (double)recs->n_cases
                                                    : (double)NAN;
}

/* Marks the most popular 1 % of the items, at least one. */
static bool mark_top(const int64_t *pop, int32_t n_items, bool *top, struct error *err)
{
    int32_t *order = popularity_order(pop, n_items, err);
    if (!order)
        return false;
    int32_t n = (int32_t)(((int64_t)n_items + 99) / 100);
    for (int32_t i = 0; i < n; i++)
        top[order[i]] = true;
    free(order);
    return true;
}

static void compute(const struct recs *recs, int32_t k, const int64_t *pop, int32_t n_items,
                    const bool *top, int64_t *count, struct beyond *out)
{
    double total = n_items; /* N + |I| */
    for (int32_t v = 0; v < n_items; v++)
        total += (double)pop[v];
    int64_t slots = 0, at_top = 0;
    for (int64_t c = 0; c < recs->n_cases; c++)
        for (int32_t i = 0; i < k; i++) {
            int32_t v = recs_row(recs, c)[i];
            if (v < 0)
                continue;
            slots++;
            count[v]++;
            at_top += top[v];
        }
    int32_t distinct = 0;
    double novelty = 0;
    for (int32_t v = 0; v < n_items; v++) {
        distinct += count[v] > 0;
        novelty -= (double)count[v] * log2(((double)pop[v] + 1) / total);
    }
    double n = slots > 0 ? (double)slots : (double)NAN;
    out->coverage = n_items > 0 ? (double)distinct / n_items : (double)NAN;
    out->novelty = novelty / n;
    out->top1_share = (double)at_top / n;
    out->gini = gini_of(count, n_items);
}

bool beyond_compute(const struct recs *recs, int32_t k, const int64_t *pop, int32_t n_items,
                    const struct categories *categories, struct beyond *out, struct error *err)
{
    if (k > recs->depth)
        k = recs->depth;
    size_t n = (size_t)n_items, n_categories = categories ? (size_t)categories->n_categories : 0;
    bool *top = mem_try_zarray(n, sizeof *top, "list statistics", err);
    int64_t *count =
        mem_try_zarray(n > n_categories ? n : n_categories, sizeof *count, "list statistics", err);
    bool done = top && count && mark_top(pop, n_items, top, err);
    if (done) {
        compute(recs, k, pop, n_items, top, count, out);
        out->categories = categories ? mean_categories(recs, k, categories, count) : (double)NAN;
    }
    free(top);
    free(count);
    return done;
}
