#include "tests/analysis/model/naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct key {
    int level;
    float score;
    int64_t pop;
    int32_t item;
};

static int better_first(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    if (x->score < y->score || x->score > y->score)
        return x->score > y->score ? -1 : 1;
    if (x->pop != y->pop)
        return x->pop > y->pop ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static bool contains(const int32_t *history, int32_t n, int32_t v)
{
    for (int32_t i = 0; i < n; i++)
        if (history[i] == v)
            return true;
    return false;
}

/* Occurrences of (the last `level` history items, v) in the training sequences. */
static int follows(const struct training *t, int32_t absent, const int32_t *history, int32_t n,
                   int level, int32_t v)
{
    int count = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *s = t->corpus->item + t->corpus->offset[u];
        for (int32_t p = level; u != absent && p < t->end[u]; p++)
            count += s[p] == v &&
                     memcmp(s + p - level, history + n - level, (size_t)level * sizeof *s) == 0;
    }
    return count;
}

static void set_markov(struct key *key, int order, const struct training *t, int32_t absent,
                       const int32_t *history, int32_t n)
{
    for (int level = order < n ? order : n; level > 0 && key->level == 0; level--) {
        int count = follows(t, absent, history, n, level, key->item);
        if (count > 0) {
            key->level = level;
            key->score = (float)count;
        }
    }
}

static int64_t pairs(const struct training *t, int32_t absent, int window, int32_t x, int32_t y)
{
    int64_t count = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *s = t->corpus->item + t->corpus->offset[u];
        for (int32_t i = 0; u != absent && i < t->end[u]; i++)
            for (int32_t j = 0; j < t->end[u]; j++)
                count += s[i] == x && s[j] == y && i != j && abs(i - j) <= window;
    }
    return count;
}

static void set_knn(struct key *key, int window, const struct training *t, int32_t absent,
                    const int64_t *pop, const int32_t *history, int32_t n)
{
    double score = 0;
    for (int32_t i = 0; i < n; i++) {
        int32_t x = history[i];
        if (x == key->item || contains(history, i, x))
            continue;
        int64_t co = pairs(t, absent, window, x, key->item);
        if (co > 0)
            score += (double)co / sqrt((double)pop[x] * (double)pop[key->item]);
    }
    key->level = score > 0;
    key->score = (float)score;
}

int32_t naive_recommend(enum reference_kind kind, const struct reference_options *options,
                        const struct training *t, int32_t absent, const int32_t *history, int32_t n,
                        int32_t *item)
{
    int64_t pop[NAIVE_ITEMS] = {0};
    struct key key[NAIVE_ITEMS];
    for (int32_t u = 0; u < t->corpus->n_users; u++)
        for (int32_t i = 0; u != absent && i < t->end[u]; i++)
            pop[t->corpus->item[t->corpus->offset[u] + i]]++;
    int32_t found = 0;
    for (int32_t v = 0; v < t->corpus->n_items; v++) {
        if (contains(history, n, v))
            continue;
        struct key *k = &key[found++];
        *k = (struct key){.pop = pop[v], .item = v};
        if (kind == REFERENCE_MARKOV)
            set_markov(k, options->order ? options->order : 1, t, absent, history, n);
        else if (kind == REFERENCE_ITEM_KNN)
            set_knn(k, options->window ? options->window : 5, t, absent, pop, history, n);
    }
    qsort(key, (size_t)found, sizeof *key, better_first);
    for (int32_t i = 0; i < found; i++)
        item[i] = key[i].item;
    return found;
}
