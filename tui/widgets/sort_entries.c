/* Sorting a column whose texts are from a table: the table is sorted, once, as a source of its own.
 */
#include <string.h>

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

static bool same_text(struct entries *e, uint32_t x, uint32_t y, struct buf *a, struct buf *b)
{
    struct value v = {0}, w = {0};
    buf_clear(a);
    buf_clear(b);
    entry_cell(&e->source, x, 0, &v, a);
    entry_cell(&e->source, y, 0, &w, b);
    return v.n == w.n && (v.n == 0 || memcmp(v.text, w.text, v.n) == 0);
}

uint32_t *order_rank_entries(const struct sheet_source *source, int column, int64_t n,
                             struct progress *progress, struct error *err)
{
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
    ok = ok && order_sort(&e.source, sorted, n, &(struct sort_key){0}, progress, err);
    struct buf a, b;
    buf_init(&a);
    buf_init(&b);
    for (int64_t i = 0; ok && i < n; i++)
        rank[sorted[i]] = i > 0 && same_text(&e, sorted[i - 1], sorted[i], &a, &b)
                              ? rank[sorted[i - 1]]
                              : (uint32_t)i;
    buf_release(&a);
    buf_release(&b);
    free(sorted);
    if (ok)
        return rank;
    free(rank);
    return NULL;
}
