/* Which rows stay: patterns, conditions and exact texts over one row, and a pass over all rows on
 * several threads. */
#include <string.h>

#include "analysis/math/parallel.h"
#include "storage/base/mem.h"
#include "tui/widgets/matcher.h"
#include "tui/widgets/order.h"

struct filter_pass {
    const struct sheet_source *source;
    const struct order_spec *spec;
    struct matcher *regex[ORDER_FILTERS];
    struct expr_scratch *where[ORDER_FILTERS];
    struct buf scratch, text;
    int64_t expensive;
};

struct filter_pass *filter_pass_new(const struct sheet_source *source,
                                    const struct order_spec *spec)
{
    struct filter_pass *p = mem_zalloc(1, sizeof *p);
    p->source = source;
    p->spec = spec;
    buf_init(&p->scratch);
    buf_init(&p->text);
    for (size_t i = 0; i < spec->n_filters; i++) {
        const struct filter *f = spec->filters[i];
        p->regex[i] = f->regex ? matcher_new(source, f->regex) : NULL;
        p->where[i] = f->where ? expr_scratch_new(f->where, source) : NULL;
    }
    return p;
}

int64_t filter_pass_free(struct filter_pass *p)
{
    if (!p)
        return 0;
    int64_t expensive = p->expensive;
    for (size_t i = 0; i < ORDER_FILTERS; i++) {
        expensive += p->where[i] ? expr_expensive(p->where[i]) : 0;
        matcher_free(p->regex[i]);
        expr_scratch_free(p->where[i]);
    }
    buf_release(&p->scratch);
    buf_release(&p->text);
    free(p);
    return expensive;
}

static bool equals(struct filter_pass *p, const struct filter *f, int64_t row)
{
    struct value v = {0};
    buf_clear(&p->scratch);
    buf_clear(&p->text);
    p->source->ops->cell(p->source, row, f->column, &v, &p->scratch);
    value_format(&p->source->columns[f->column], &v, &glyphs_utf8, &p->text);
    return strcmp(p->text.data, f->equal) == 0;
}

static bool keeps(struct filter_pass *p, size_t i, int64_t row)
{
    const struct filter *f = p->spec->filters[i];
    if (f->where)
        return expr_matches(f->where, row, p->where[i]) != f->out;
    if (!f->regex)
        return equals(p, f, row) != f->out;
    enum regex_result found = matcher_row(p->regex[i], row);
    p->expensive += found == REGEX_LIMIT;
    return (found == REGEX_YES) != f->out;
}

static bool is_among(const int64_t *ids, size_t n, int64_t id)
{
    size_t low = 0;
    for (size_t high = n; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && ids[low] == id;
}

bool filter_pass_keeps(struct filter_pass *p, int64_t row)
{
    const struct order_spec *spec = p->spec;
    if (spec->only && !is_among(spec->only, spec->n_only, source_id(p->source, row)))
        return false;
    for (size_t i = 0; i < spec->n_filters; i++)
        if (!keeps(p, i, row))
            return false;
    return true;
}

/* ---- all rows ---- */

enum { CHUNK = 16384 };

struct filtering {
    const struct sheet_source *source;
    const struct order_spec *spec;
    uint32_t *row;                          /* chunks write their rows at their own places */
    int32_t *kept;                          /* [chunks] */
    struct filter_pass *pass[PARALLEL_MAX]; /* of the workers, made when they begin */
};

static bool filter_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)err;
    struct filtering *f = context;
    if (!f->pass[worker])
        f->pass[worker] = filter_pass_new(f->source, f->spec);
    int32_t kept = 0;
    for (int64_t row = begin; row < end; row++)
        if (filter_pass_keeps(f->pass[worker], row))
            f->row[begin + kept++] = (uint32_t)row;
    f->kept[begin / CHUNK] = kept;
    return true;
}

bool order_filter(const struct sheet_source *source, const struct order_spec *spec,
                  struct order *order, int64_t *expensive, struct progress *progress,
                  struct error *err)
{
    int64_t n = source->n_rows, chunks = (n + CHUNK - 1) / CHUNK;
    struct filtering *f = mem_zalloc(1, sizeof *f);
    *f = (struct filtering){.source = source, .spec = spec, .row = order->row};
    f->kept = mem_try_array((size_t)chunks, sizeof *f->kept, "filtered rows", err);
    bool ok =
        f->kept && parallel_for(n, CHUNK, filter_chunk, f, progress, "filtering", "rows", err);
    order->n = 0;
    for (int64_t c = 0; ok && c < chunks; c++) {
        memmove(order->row + order->n, order->row + c * CHUNK,
                (size_t)f->kept[c] * sizeof *order->row);
        order->n += f->kept[c];
    }
    *expensive = 0;
    for (int i = 0; i < PARALLEL_MAX; i++)
        *expensive += filter_pass_free(f->pass[i]);
    free(f->kept);
    free(f);
    return ok;
}
