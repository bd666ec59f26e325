/* Checks and measures of semantic-id tables. Contract in semid.h. */
#include "analysis/semid/semid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/math/rng.h"
#include "analysis/math/topk.h"
#include "storage/base/mem.h"

enum { MAX_CODE = 1000000, NEIGHBOURS = 10 };

static bool check_item(const struct semid_table *t, int32_t item, struct error *err)
{
    const int32_t *code = semid_of(t, item);
    for (int32_t l = 0; l < t->levels; l++) {
        bool absent = code[0] == -1;
        if (absent ? code[l] != -1 : code[l] < 0 || code[l] > MAX_CODE)
            return error_set(err, ERROR_INPUT,
                             "semantic ids: item %d has code %d at level %d; codes are 0 to %d, or "
                             "-1 at every level for an item without an id",
                             (int)item, (int)code[l], (int)l + 1, MAX_CODE);
    }
    return true;
}

bool semid_check(const struct semid_table *t, int32_t size[SEMID_MAX_LEVELS], struct error *err)
{
    if (t->levels < 1 || t->levels > SEMID_MAX_LEVELS)
        return error_set(err, ERROR_INPUT, "semantic ids: %d levels; 1 to %d are possible",
                         (int)t->levels, SEMID_MAX_LEVELS);
    if (size)
        memset(size, 0, SEMID_MAX_LEVELS * sizeof *size);
    for (int32_t i = 0; i < t->n_items; i++) {
        if (!check_item(t, i, err))
            return false;
        for (int32_t l = 0; l < t->levels && size; l++)
            size[l] = semid_of(t, i)[l] >= size[l] ? semid_of(t, i)[l] + 1 : size[l];
    }
    return true;
}

bool semid_can_make(int32_t n_items, int32_t width, int32_t levels, int32_t codes,
                    struct error *err)
{
    return (n_items >= 1 && width >= 1 && levels >= 1 && levels < SEMID_MAX_LEVELS && codes >= 1) ||
           error_set(err, ERROR_USAGE,
                     "semantic ids: %d items, %d levels of %d codes; it takes an item, 1 to %d "
                     "levels and a code",
                     (int)n_items, (int)levels, (int)codes, SEMID_MAX_LEVELS - 1);
}

/* ---- The level that makes ids unique ----------------------------------------------------------
 */

static int compare_but_last(const void *a, const void *b, void *context)
{
    const struct semid_table *t = context;
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    int order = memcmp(semid_of(t, x), semid_of(t, y), (size_t)(t->levels - 1) * sizeof *t->code);
    return order ? order : (x > y) - (x < y);
}

bool semid_make_unique(int32_t *code, int32_t n_items, int32_t levels, struct error *err)
{
    struct semid_table t = {n_items, levels, code};
    int32_t *order = mem_try_array((size_t)n_items, sizeof *order, "semantic ids", err);
    if (!order)
        return false;
    for (int32_t i = 0; i < n_items; i++)
        order[i] = i;
    qsort_r(order, (size_t)n_items, sizeof *order, compare_but_last, &t);
    for (int32_t i = 0, number = 0; i < n_items; i++) {
        bool same = i > 0 && memcmp(semid_of(&t, order[i]), semid_of(&t, order[i - 1]),
                                    (size_t)(levels - 1) * sizeof *code) == 0;
        number = same ? number + 1 : 0;
        code[(int64_t)order[i] * levels + levels - 1] = number;
    }
    free(order);
    return true;
}

/* ---- Measures ---------------------------------------------------------------------------------
 */

/* used and perplexity of one level; count has size[l] zeros and is left dirty. */
static void measure_level(const struct semid_table *t, int32_t level, int64_t *count,
                          struct semid_quality *q)
{
    double entropy = 0;
    for (int32_t i = 0; i < t->n_items; i++) {
        if (semid_has(t, i))
            count[semid_of(t, i)[level]]++;
    }
    for (int32_t c = 0; c < q->size[level]; c++) {
        double p = (double)count[c] / (double)q->with_id;
        q->used[level] += count[c] > 0;
        entropy -= p > 0 ? p * log(p) : 0;
    }
    q->perplexity[level] = exp(entropy);
}

static int compare_ids(const void *a, const void *b, void *context)
{
    const struct semid_table *t = context;
    return memcmp(semid_of(t, *(const int32_t *)a), semid_of(t, *(const int32_t *)b),
                  (size_t)t->levels * sizeof *t->code);
}

static void measure_collisions(const struct semid_table *t, int32_t *order, struct semid_quality *q)
{
    int64_t n = 0, run = 0;
    for (int32_t i = 0; i < t->n_items; i++) {
        if (semid_has(t, i))
            order[n++] = i;
    }
    qsort_r(order, (size_t)n, sizeof *order, compare_ids, (void *)t);
    for (int64_t i = 0; i < n; i++) {
        run++;
        if (i + 1 < n && compare_ids(&order[i], &order[i + 1], (void *)t) == 0)
            continue;
        q->colliding += run > 1 ? run : 0;
        q->largest_group = run > q->largest_group ? run : q->largest_group;
        run = 0;
    }
}

/* In eight interleaved sums, which the compiler computes at once. */
static double dot(const float *a, const float *b, int32_t width)
{
    double sum[8] = {0};
    int32_t j = 0;
    for (; j + 8 <= width; j += 8)
        for (int32_t k = 0; k < 8; k++)
            sum[k] += (double)a[j + k] * (double)b[j + k];
    for (; j < width; j++)
        sum[0] += (double)a[j] * (double)b[j];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/* 1 / length of every row; 0 of zeros, so that its cosine with any is 0. */
static double *inverse_lengths(const float *embedding, int32_t n, int32_t width, struct error *err)
{
    double *inverse = mem_try_array((size_t)n, sizeof *inverse, "embeddings", err);
    for (int32_t i = 0; inverse && i < n; i++) {
        const float *x = embedding + (int64_t)i * width;
        double square = dot(x, x, width);
        inverse[i] = square > 0 ? 1 / sqrt(square) : 0;
    }
    return inverse;
}

/* Of the 10 nearest to `item`, and of 10 drawn at random, how many have its first code. */
static void count_neighbours(const struct semid_table *t, const float *embedding,
                             const double *inverse, int32_t width, int32_t item, struct rng *rng,
                             int64_t *same, int64_t *chance, int64_t *total)
{
    struct topk_entry best[NEIGHBOURS];
    struct topk top = topk_new(best, NEIGHBOURS);
    const float *x = embedding + (int64_t)item * width;
    for (int32_t i = 0; i < t->n_items; i++) {
        if (i != item && semid_has(t, i))
            topk_push(&top, dot(x, embedding + (int64_t)i * width, width) * inverse[i], i);
    }
    for (int32_t k = 0; k < top.n; k++) {
        int32_t other = (int32_t)rng_below(rng, (uint64_t)t->n_items);
        *same += semid_of(t, best[k].index)[0] == semid_of(t, item)[0];
        *chance += semid_of(t, other)[0] == semid_of(t, item)[0];
        ++*total;
    }
}

bool semid_measure(const struct semid_table *t, const float *embedding, int32_t width,
                   int32_t sample, uint64_t seed, struct semid_quality *out, struct error *err)
{
    *out = (struct semid_quality){.neighbourhood = (double)NAN,
                                  .neighbourhood_by_chance = (double)NAN};
    if (!semid_check(t, out->size, err))
        return false;
    for (int32_t i = 0; i < t->n_items; i++)
        out->with_id += semid_has(t, i);
    out->without_id = t->n_items - out->with_id;
    int32_t *order = mem_try_array((size_t)t->n_items, sizeof *order, "semantic ids", err);
    bool ok = order != NULL;
    for (int32_t l = 0; l < t->levels && ok; l++) {
        int64_t *count = mem_try_zarray((size_t)out->size[l], sizeof *count, "semantic ids", err);
        ok = count != NULL;
        if (ok)
            measure_level(t, l, count, out);
        free(count);
    }
    if (ok)
        measure_collisions(t, order, out);
    free(order);
    if (!ok || !embedding || out->with_id < 2)
        return ok;
    double *inverse = inverse_lengths(embedding, t->n_items, width, err);
    struct rng rng = rng_new(seed, rng_stream(0x6e656967, 0));
    int64_t same = 0, chance = 0, total = 0;
    for (int32_t i = 0; inverse && i < sample; i++) {
        int32_t item = (int32_t)rng_below(&rng, (uint64_t)t->n_items);
        if (semid_has(t, item) && inverse[item] > 0)
            count_neighbours(t, embedding, inverse, width, item, &rng, &same, &chance, &total);
    }
    if (total) {
        out->neighbourhood = (double)same / (double)total;
        out->neighbourhood_by_chance = (double)chance / (double)total;
    }
    free(inverse);
    return inverse != NULL;
}
