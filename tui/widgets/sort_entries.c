/* Sorting a column whose texts are from a table: the table is sorted, once, as a source of its own.
 */
#include <string.h>

#include "analysis/math/parallel.h"
#include "storage/base/mem.h"
#include "tui/widgets/order.h"

/* The table as a source: one text column, a row for each entry. */
struct entries {
    struct sheet_source source;
    const struct sheet_source *of;
    int column;
};

static void entry_cell(const struct sheet_source *s, int64_t row, int column, struct value *v,
                       struct buf *scratch)
{
    (void)column;
    const struct entries *e = (const struct entries *)s;
    e->of->ops->entry(e->of, e->column, row, v, scratch);
}

static bool same_text(const struct entries *e, uint32_t x, uint32_t y, struct buf *a, struct buf *b)
{
    struct value v = {0}, w = {0};
    buf_clear(a);
    buf_clear(b);
    entry_cell(&e->source, x, 0, &v, a);
    entry_cell(&e->source, y, 0, &w, b);
    return v.n == w.n && (v.n == 0 || memcmp(v.text, w.text, v.n) == 0);
}

struct ranking {
    const struct entries *entries;
    const uint32_t *sorted; /* [n] entries */
    uint32_t *rank;
};

/* The first of equal texts gives its place to all; it may stand before `begin`. */
static bool rank_range(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker, (void)err;
    const struct ranking *r = context;
    const uint32_t *sorted = r->sorted;
    struct buf a, b;
    buf_init(&a);
    buf_init(&b);
    int64_t first = 0;
    for (int64_t last = begin; first < last;) {
        int64_t middle = first + (last - first) / 2;
        if (same_text(r->entries, sorted[middle], sorted[begin], &a, &b))
            last = middle;
        else
            first = middle + 1;
    }
    for (int64_t i = begin; i < end; i++) {
        if (i > begin && !same_text(r->entries, sorted[i - 1], sorted[i], &a, &b))
            first = i;
        r->rank[sorted[i]] = (uint32_t)first;
    }
    buf_release(&a);
    buf_release(&b);
    return true;
}

uint32_t *order_rank_entries(const struct sheet_source *source, int column, int64_t n,
                             struct progress *progress, struct error *err)
{
    enum { CHUNK = 1 << 14 };
    static const struct sheet_source_ops ops = {.cell = entry_cell};
    struct entries e = {
        .source = {.ops = &ops, .columns = &source->columns[column], .n_columns = 1, .n_rows = n},
        .of = source,
        .column = column};
    uint32_t *rank = mem_try_array((size_t)n, sizeof *rank, "ranks of texts", err);
    uint32_t *sorted = rank ? mem_try_array((size_t)n, sizeof *sorted, "texts", err) : NULL;
    bool ok = sorted != NULL;
    for (int64_t i = 0; ok && i < n; i++)
        sorted[i] = (uint32_t)i;
    struct ranking ranking = {.entries = &e, .sorted = sorted, .rank = rank};
    ok = ok && order_sort(&e.source, sorted, n, &(struct sort_key){0}, progress, err) &&
         parallel_for(n, CHUNK, rank_range, &ranking, progress, "reading", "texts", err);
    free(sorted);
    if (ok)
        return rank;
    free(rank);
    return NULL;
}
