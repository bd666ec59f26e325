/* Neighbours of items. Contract in neighbours.h. */
#include "analysis/strategy/neighbours.h"

#include <math.h>
#include <string.h>

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/math/topk.h"
#include "analysis/model/item_knn.h"
#include "storage/base/mem.h"

static bool rows_new(struct neighbours *n, int32_t n_items, int32_t keep, struct error *err)
{
    size_t cells = (size_t)n_items * (size_t)keep;
    *n = (struct neighbours){.n_items = n_items, .keep = keep};
    n->item = mem_try_array(cells, sizeof *n->item, "neighbours", err);
    for (size_t i = 0; n->item && i < cells; i++)
        n->item[i] = NEIGHBOURS_NONE;
    return n->item != NULL;
}

void neighbours_release(struct neighbours *n)
{
    free(n->item);
    *n = (struct neighbours){0};
}

static void write_row(struct neighbours *n, int32_t x, struct topk *best)
{
    topk_sort(best);
    for (int32_t i = 0; i < best->n; i++)
        n->item[(int64_t)x * n->keep + i] = best->entry[i].index;
}

/* ---- collaborative --------------------------------------------------------------------------- */

bool neighbours_collaborative(const struct training *training, const int64_t *pop, int32_t window,
                              int32_t keep, struct neighbours *out, struct progress *progress,
                              struct error *err)
{
    struct item_knn knn;
    struct topk_entry entry[NEIGHBOURS_MAX];
    *out = (struct neighbours){0};
    if (!item_knn_build(training, pop, window, progress, &knn, err))
        return false;
    bool ok = rows_new(out, knn.n_items, keep, err);
    for (int32_t x = 0; ok && x < knn.n_items; x++) {
        struct topk best = topk_new(entry, keep);
        for (int64_t i = knn.offset[x]; i < knn.offset[x + 1]; i++)
            topk_push_weighted(&best, knn.co[i], pop[knn.item[i]], knn.item[i]);
        write_row(out, x, &best);
    }
    item_knn_release(&knn);
    return ok;
}

/* ---- semantic -------------------------------------------------------------------------------- */

enum { ROWS = 16, COLUMNS = 4096 };

struct semantic {
    const float *unit; /* [n_items][width] rows of length 1, or 0 */
    const bool *zero;  /* [n_items] nothing is known of the item */
    int32_t width;
    struct neighbours *out;
};

/* Items begin .. end-1 against the whole catalogue, COLUMNS at a time. Row-exact products, so that
 * a list does not depend on how the items were dealt to threads. */
static bool semantic_rows(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker;
    const struct semantic *s = context;
    struct neighbours *out = s->out;
    int32_t n = out->n_items, rows = (int32_t)(end - begin), D = s->width;
    float *cosine = mem_try_array((size_t)ROWS * COLUMNS + linalg_rows_scratch(D), sizeof *cosine,
                                  "cosines", err);
    struct topk_entry *entry =
        mem_try_array((size_t)ROWS * (size_t)out->keep, sizeof *entry, "cosines", err);
    struct topk best[ROWS];
    bool ok = cosine && entry;
    for (int32_t r = 0; ok && r < rows; r++)
        best[r] = topk_new(entry + (size_t)r * (size_t)out->keep, out->keep);
    for (int32_t from = 0; ok && from < n; from += COLUMNS) {
        int32_t count = n - from < COLUMNS ? n - from : COLUMNS;
        linalg_rows_nt(rows, count, D, s->unit + (size_t)begin * (size_t)D, D,
                       s->unit + (size_t)from * (size_t)D, D, cosine, COLUMNS,
                       cosine + (size_t)ROWS * COLUMNS);
        for (int32_t r = 0; r < rows; r++) {
            for (int32_t j = 0; j < count; j++) {
                if (from + j != (int32_t)begin + r && !s->zero[from + j])
                    topk_push(&best[r], (double)cosine[(size_t)r * COLUMNS + (size_t)j], from + j);
            }
        }
    }
    for (int32_t r = 0; ok && r < rows; r++) {
        if (!s->zero[begin + r])
            write_row(out, (int32_t)begin + r, &best[r]);
    }
    free(cosine);
    free(entry);
    return ok;
}

static float *unit_rows(const float *embedding, int32_t n_items, int32_t width, bool *zero,
                        struct error *err)
{
    size_t D = (size_t)width;
    float *unit = mem_try_array((size_t)n_items * D, sizeof *unit, "embeddings", err);
    for (size_t x = 0; unit && x < (size_t)n_items; x++) {
        double sum = 0;
        for (size_t j = 0; j < D; j++)
            sum += (double)embedding[x * D + j] * (double)embedding[x * D + j];
        zero[x] = !(sum > 0);
        float scale = sum > 0 ? (float)(1 / sqrt(sum)) : 0.0f;
        for (size_t j = 0; j < D; j++)
            unit[x * D + j] = embedding[x * D + j] * scale;
    }
    return unit;
}

bool neighbours_semantic(const float *embedding, int32_t n_items, int32_t width, int32_t keep,
                         struct neighbours *out, struct progress *progress, struct error *err)
{
    *out = (struct neighbours){0};
    bool *zero = mem_try_array((size_t)n_items, sizeof *zero, "embeddings", err);
    float *unit = zero ? unit_rows(embedding, n_items, width, zero, err) : NULL;
    struct semantic s = {unit, zero, width, out};
    bool ok = unit && rows_new(out, n_items, keep, err) &&
              parallel_for(n_items, ROWS, semantic_rows, &s, progress, "semantic neighbours",
                           "items", err);
    if (!ok)
        neighbours_release(out);
    free(unit);
    free(zero);
    return ok;
}

/* Cosines of a unit row with the rows from .. from+count-1, whose unit rows are made for it. */
static bool push_block(const float *x, const float *embedding, int32_t width, int32_t from,
                       int32_t count, int32_t item, struct topk *best, struct error *err)
{
    bool *zero = mem_try_array((size_t)count, sizeof *zero, "embeddings", err);
    float *unit =
        zero ? unit_rows(embedding + (size_t)from * (size_t)width, count, width, zero, err) : NULL;
    float *cosine =
        mem_try_array((size_t)count + linalg_rows_scratch(width), sizeof *cosine, "cosines", err);
    bool ok = unit && cosine;
    if (ok)
        linalg_rows_nt(1, count, width, x, width, unit, width, cosine, count, cosine + count);
    for (int32_t j = 0; ok && j < count; j++) {
        if (from + j != item && !zero[j])
            topk_push(best, (double)cosine[j], from + j);
    }
    free(cosine);
    free(unit);
    free(zero);
    return ok;
}

bool neighbours_semantic_of(const float *embedding, int32_t n_items, int32_t width, int32_t item,
                            struct topk *best, struct progress *progress, struct error *err)
{
    bool nothing;
    float *x = unit_rows(embedding + (size_t)item * (size_t)width, 1, width, &nothing, err);
    bool ok = x != NULL;
    for (int32_t from = 0; ok && !nothing && from < n_items; from += COLUMNS) {
        int32_t count = n_items - from < COLUMNS ? n_items - from : COLUMNS;
        ok = progress_ok(progress, err) &&
             push_block(x, embedding, width, from, count, item, best, err);
    }
    topk_sort(best);
    free(x);
    return ok;
}

/* ---- backfill -------------------------------------------------------------------------------- */

static bool holds(const int32_t *row, int32_t n, int32_t item)
{
    for (int32_t i = 0; i < n; i++) {
        if (row[i] == item)
            return true;
    }
    return false;
}

static int32_t row_length(const int32_t *row, int32_t keep)
{
    int32_t n = 0;
    while (n < keep && row[n] != NEIGHBOURS_NONE)
        n++;
    return n;
}

void neighbours_backfill(struct neighbours *c, const struct neighbours *semantic)
{
    /* The lengths before anything is filled: a row that was filled already must not be passed on.
     */
    int32_t *length = mem_zalloc((size_t)c->n_items + 1, sizeof *length);
    for (int32_t x = 0; x < c->n_items; x++)
        length[x] = row_length(neighbours_of(c, x), c->keep);
    for (int32_t x = 0; x < c->n_items; x++) {
        int32_t *row = c->item + (int64_t)x * c->keep, n = length[x];
        const int32_t *near = neighbours_of(semantic, x);
        for (int32_t i = 0; i < semantic->keep && near[i] != NEIGHBOURS_NONE && n < c->keep; i++) {
            const int32_t *from = neighbours_of(c, near[i]);
            for (int32_t j = 0; j < length[near[i]] && n < c->keep; j++) {
                if (from[j] != x && !holds(row, n, from[j]))
                    row[n++] = from[j];
            }
        }
    }
    free(length);
}
