/* Residual k-means. Contract in kmeans.h. */
#include "analysis/semid/kmeans.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "storage/base/mem.h"

enum { CHUNK = 256, UNASSIGNED = -1 };

struct kmeans {
    int32_t n, width, codes;
    float *x;         /* [n][width] residuals, the caller's */
    float *centroid;  /* [codes][width] the caller's */
    double *length;   /* [codes] squared lengths of the centroids, halved */
    double *sum;      /* [codes][width] */
    int64_t *count;   /* [codes] */
    int32_t *code;    /* [n] the caller's */
    int32_t *before;  /* [n] codes of the iteration before */
    double *distance; /* [n] squared, to the nearest centroid */
    float *product;   /* [workers][CHUNK][codes] */
    float *scratch;   /* [workers] of linalg_rows_nt */
    size_t scratch_size;
};

struct kmeans_options kmeans_defaults(void)
{
    return (struct kmeans_options){.levels = 3, .codes = 256, .iterations = 50, .seed = 1};
}

int32_t kmeans_codes(int32_t codes, int32_t n_items)
{
    int32_t fit = n_items / 16;
    return fit < 2 ? 2 : fit < codes ? fit : codes;
}

static const float *row(const struct kmeans *k, int64_t i)
{
    return k->x + i * k->width;
}

static double squared_distance(const float *a, const float *b, int32_t width)
{
    double sum = 0;
    for (int32_t j = 0; j < width; j++) {
        double d = (double)a[j] - (double)b[j];
        sum += d * d;
    }
    return sum;
}

/* ---- Seeding: each centroid is an item drawn by its squared distance to those before it ---------
 */

struct nearer {
    struct kmeans *k;
    int32_t latest;
};

static bool update_nearest(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker, (void)err;
    struct nearer *n = context;
    struct kmeans *k = n->k;
    const float *c = k->centroid + (size_t)n->latest * (size_t)k->width;
    for (int64_t i = begin; i < end; i++) {
        double d = squared_distance(row(k, i), c, k->width);
        if (n->latest == 0 || d < k->distance[i])
            k->distance[i] = d;
    }
    return true;
}

static int64_t draw_by_distance(const struct kmeans *k, struct rng *rng)
{
    double total = 0;
    for (int64_t i = 0; i < k->n; i++)
        total += k->distance[i];
    double u = rng_uniform(rng) * total;
    for (int64_t i = 0; i < k->n; i++) {
        u -= k->distance[i];
        if (u < 0)
            return i;
    }
    return (int64_t)rng_below(rng, (uint64_t)k->n); /* every item is a centroid already */
}

static bool seed_centroids(struct kmeans *k, struct rng *rng, struct error *err)
{
    size_t bytes = (size_t)k->width * sizeof *k->x;
    for (int32_t c = 0; c < k->codes; c++) {
        int64_t item = c ? draw_by_distance(k, rng) : (int64_t)rng_below(rng, (uint64_t)k->n);
        memcpy(k->centroid + (size_t)c * (size_t)k->width, row(k, item), bytes);
        struct nearer n = {k, c};
        if (!parallel_for(k->n, 4096, update_nearest, &n, NULL, "", "", err))
            return false;
    }
    return true;
}

/* ---- Lloyd's iterations -------------------------------------------------------------------------
 */

/* The nearest centroid c has the largest x.c - |c|^2 / 2; ties go to the lowest. */
static bool assign_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)err;
    struct kmeans *k = context;
    float *product = k->product + (size_t)worker * CHUNK * (size_t)k->codes;
    linalg_rows_nt((int)(end - begin), k->codes, k->width, row(k, begin), k->width, k->centroid,
                   k->width, product, k->codes, k->scratch + (size_t)worker * k->scratch_size);
    for (int64_t i = begin; i < end; i++) {
        const float *p = product + (size_t)(i - begin) * (size_t)k->codes;
        int32_t best = 0;
        for (int32_t c = 1; c < k->codes; c++) {
            if ((double)p[c] - k->length[c] > (double)p[best] - k->length[best])
                best = c;
        }
        k->code[i] = best;
        k->distance[i] =
            squared_distance(row(k, i), k->centroid + (size_t)best * (size_t)k->width, k->width);
    }
    return true;
}

static bool assign(struct kmeans *k, struct error *err)
{
    for (int32_t c = 0; c < k->codes; c++) {
        const float *x = k->centroid + (size_t)c * (size_t)k->width;
        k->length[c] = 0;
        for (int32_t j = 0; j < k->width; j++)
            k->length[c] += 0.5 * (double)x[j] * (double)x[j];
    }
    return parallel_for(k->n, CHUNK, assign_chunk, k, NULL, "", "", err);
}

/* An item in the middle of nowhere becomes the centroid of an empty cluster. */
static void restart(struct kmeans *k, int32_t code)
{
    int64_t farthest = 0;
    for (int64_t i = 1; i < k->n; i++) {
        if (k->distance[i] > k->distance[farthest])
            farthest = i;
    }
    memcpy(k->centroid + (size_t)code * (size_t)k->width, row(k, farthest),
           (size_t)k->width * sizeof *k->x);
    k->distance[farthest] = 0;
}

static void move_centroids(struct kmeans *k)
{
    size_t width = (size_t)k->width;
    memset(k->sum, 0, (size_t)k->codes * width * sizeof *k->sum);
    memset(k->count, 0, (size_t)k->codes * sizeof *k->count);
    for (int64_t i = 0; i < k->n; i++) {
        double *sum = k->sum + (size_t)k->code[i] * width;
        k->count[k->code[i]]++;
        for (size_t j = 0; j < width; j++)
            sum[j] += (double)row(k, i)[j];
    }
    for (int32_t c = 0; c < k->codes; c++) {
        for (size_t j = 0; j < width && k->count[c]; j++)
            k->centroid[(size_t)c * width + j] =
                (float)(k->sum[(size_t)c * width + j] / (double)k->count[c]);
        if (k->count[c] == 0)
            restart(k, c);
    }
}

static bool cluster(struct kmeans *k, int32_t iterations, struct error *err)
{
    size_t bytes = (size_t)k->n * sizeof *k->before;
    for (int32_t i = 0; i < iterations; i++) {
        memcpy(k->before, k->code, bytes);
        if (!assign(k, err))
            return false;
        if (i > 0 && memcmp(k->before, k->code, bytes) == 0)
            return true;
        move_centroids(k);
    }
    return assign(k, err);
}

static void subtract_centroids(struct kmeans *k)
{
    for (int64_t i = 0; i < k->n; i++) {
        const float *c = k->centroid + (size_t)k->code[i] * (size_t)k->width;
        for (int32_t j = 0; j < k->width; j++)
            k->x[i * k->width + j] -= c[j];
    }
}

/* ---- One level, all levels ----------------------------------------------------------------------
 */

static bool allocate(struct kmeans *k, struct error *err)
{
    static const char what[] = "semantic ids";
    size_t n = (size_t)k->n, width = (size_t)k->width, codes = (size_t)k->codes;
    size_t workers = (size_t)parallel_threads();
    k->scratch_size = linalg_rows_scratch(k->width);
    k->length = mem_try_array(codes, sizeof *k->length, what, err);
    k->sum = mem_try_array(codes * width, sizeof *k->sum, what, err);
    k->count = mem_try_array(codes, sizeof *k->count, what, err);
    k->before = mem_try_array(n, sizeof *k->before, what, err);
    k->distance = mem_try_array(n, sizeof *k->distance, what, err);
    k->product = mem_try_array(workers * CHUNK, codes * sizeof *k->product, what, err);
    k->scratch = mem_try_array(workers, k->scratch_size * sizeof *k->scratch, what, err);
    return k->length && k->sum && k->count && k->before && k->distance && k->product && k->scratch;
}

static void release(struct kmeans *k)
{
    free(k->length);
    free(k->sum);
    free(k->count);
    free(k->before);
    free(k->distance);
    free(k->product);
    free(k->scratch);
}

bool kmeans_level(float *x, int32_t n, int32_t width, const struct kmeans_options *o, int32_t level,
                  float *centroid, int32_t *code, struct error *err)
{
    struct kmeans k = {
        .n = n, .width = width, .codes = o->codes, .x = x, .centroid = centroid, .code = code};
    struct rng rng = rng_new(o->seed, rng_stream(0x6b6d6e73, (uint64_t)level));
    for (int64_t i = 0; i < n; i++)
        code[i] = UNASSIGNED;
    bool ok = allocate(&k, err) && seed_centroids(&k, &rng, err) && cluster(&k, o->iterations, err);
    if (ok)
        subtract_centroids(&k);
    release(&k);
    return ok;
}

static bool all_levels(float *x, int32_t n, int32_t width, const struct kmeans_options *o,
                       float *centroid, int32_t *level_code, int32_t *code,
                       struct progress *progress, struct error *err)
{
    int32_t levels = o->levels + 1;
    for (int32_t l = 0; l < o->levels; l++) {
        if (!progress_at(progress, "semantic ids", l, o->levels, "levels", err) ||
            !kmeans_level(x, n, width, o, l, centroid, level_code, err))
            return false;
        for (int64_t i = 0; i < n; i++)
            code[i * levels + l] = level_code[i];
    }
    return semid_make_unique(code, n, levels, err);
}

bool kmeans_semids(const float *embedding, int32_t n_items, int32_t width,
                   const struct kmeans_options *options, int32_t **code, struct progress *progress,
                   struct error *err)
{
    static const char what[] = "semantic ids";
    struct kmeans_options o = *options;
    *code = NULL;
    if (!semid_can_make(n_items, width, o.levels, o.codes, err))
        return false;
    o.codes = kmeans_codes(o.codes, n_items);
    size_t n = (size_t)n_items, w = (size_t)width;
    float *x = mem_try_array(n * w, sizeof *x, what, err);
    float *centroid = mem_try_array((size_t)o.codes * w, sizeof *centroid, what, err);
    int32_t *level_code = mem_try_array(n, sizeof *level_code, what, err);
    *code = mem_try_array(n, (size_t)(o.levels + 1) * sizeof **code, what, err);
    bool ok = x && centroid && level_code && *code;
    if (ok) {
        memcpy(x, embedding, n * w * sizeof *x);
        ok = all_levels(x, n_items, width, &o, centroid, level_code, *code, progress, err);
    }
    if (!ok) {
        free(*code);
        *code = NULL;
    }
    free(x);
    free(centroid);
    free(level_code);
    return ok;
}
