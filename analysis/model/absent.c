#include "analysis/model/absent.h"

#include <string.h>

#include "storage/base/mem.h"

static int compare_items(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

struct left {
    int64_t pop; /* without the user */
    int32_t item;
};

static int compare_left(const void *a, const void *b)
{
    const struct left *x = a, *y = b;
    if (x->pop != y->pop)
        return x->pop > y->pop ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static void count_distinct(struct absent *absent)
{
    int32_t n = 0;
    for (int32_t i = 0; i < absent->n; i++) {
        if (n > 0 && absent->item[n - 1] == absent->item[i]) {
            absent->count[n - 1]++;
            continue;
        }
        absent->item[n] = absent->item[i];
        absent->count[n++] = 1;
    }
    absent->n_distinct = n;
}

static bool rank(struct absent *absent, const int64_t *pop, struct error *err)
{
    size_t n = (size_t)absent->n_distinct;
    struct left *left = mem_try_array(n, sizeof *left, "absent user", err);
    if (!left)
        return false;
    for (size_t i = 0; i < n; i++)
        left[i] = (struct left){pop[absent->item[i]] - absent->count[i], absent->item[i]};
    qsort(left, n, sizeof *left, compare_left);
    for (size_t i = 0; i < n; i++)
        absent->order[i] = left[i].item;
    free(left);
    return true;
}

bool absent_make(const struct training *training, int32_t user, const int64_t *pop,
                 struct absent *out, struct error *err)
{
    size_t n = (size_t)training->end[user];
    *out = (struct absent){.user = user,
                           .n = training->end[user],
                           .sequence = corpus_sequence(training->corpus, user)};
    out->item = mem_try_array(n, sizeof *out->item, "absent user", err);
    out->count = out->item ? mem_try_array(n, sizeof *out->count, "absent user", err) : NULL;
    out->order = out->count ? mem_try_array(n, sizeof *out->order, "absent user", err) : NULL;
    bool done = out->order != NULL;
    if (done) {
        if (n > 0)
            memcpy(out->item, out->sequence, n * sizeof *out->item);
        qsort(out->item, n, sizeof *out->item, compare_items);
        count_distinct(out);
        done = rank(out, pop, err);
    }
    if (!done)
        absent_release(out);
    return done;
}

void absent_release(struct absent *absent)
{
    free(absent->item);
    free(absent->count);
    free(absent->order);
    *absent = (struct absent){0};
}

int32_t absent_count(const struct absent *absent, int32_t v)
{
    if (!absent)
        return 0;
    int32_t lo = 0, hi = absent->n_distinct;
    while (lo < hi) {
        int32_t middle = lo + (hi - lo) / 2;
        if (absent->item[middle] < v)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo < absent->n_distinct && absent->item[lo] == v ? absent->count[lo] : 0;
}
