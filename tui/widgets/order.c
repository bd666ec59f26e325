#include "tui/widgets/order.h"

#include <string.h>

#include "storage/base/mem.h"

struct order *order_all(int64_t n)
{
    struct order *order = mem_alloc(sizeof *order);
    *order = (struct order){.n = n, .refs = 1};
    return order;
}

struct order *order_ref(struct order *order)
{
    order->refs++;
    return order;
}

void order_unref(struct order *order)
{
    if (order && --order->refs == 0) {
        free(order->row);
        free(order);
    }
}

int64_t order_find(const struct order *order, int64_t row, int64_t near)
{
    if (row < 0)
        return -1;
    if (!order->row)
        return row < order->n ? row : -1;
    if (near >= 0 && near < order->n && order->row[near] == row)
        return near;
    for (int64_t i = 0; i < order->n; i++)
        if (order->row[i] == row)
            return i;
    return -1;
}

struct filter *filter_new_regex(const char *pattern, bool out, struct error *err)
{
    struct regex *regex = regex_new(pattern, err);
    if (!regex)
        return NULL;
    struct filter *f = mem_alloc(sizeof *f);
    *f = (struct filter){.regex = regex,
                         .out = out,
                         .column = -1,
                         .label = mem_printf("&%s%s", out ? "!" : "", pattern),
                         .refs = 1};
    return f;
}

struct filter *filter_new_equal(const struct column *column, int number, const char *text)
{
    struct filter *f = mem_alloc(sizeof *f);
    *f = (struct filter){.column = number,
                         .equal = mem_strdup(text),
                         .label = mem_printf("%s = %s", column->name, text),
                         .refs = 1};
    return f;
}

struct filter *filter_ref(struct filter *filter)
{
    filter->refs++;
    return filter;
}

void filter_unref(struct filter *filter)
{
    if (!filter || --filter->refs > 0)
        return;
    regex_free(filter->regex);
    free(filter->equal);
    free(filter->label);
    free(filter);
}

/* ---- filtering ---- */

enum regex_result row_matches(const struct sheet_source *source, int64_t row, int column,
                              const struct regex *regex, struct regex_scratch *scratch,
                              struct buf *text)
{
    enum regex_result result = REGEX_NO;
    for (int c = 0; c < source->n_columns; c++) {
        if ((column >= 0 && c != column) || !column_has_text(source->columns[c].kind))
            continue;
        struct value v = {0};
        buf_clear(text);
        source->ops->cell(source, row, c, &v, text);
        if (v.missing || !v.text)
            continue;
        enum regex_result found = regex_find(regex, scratch, v.text, v.n, 0, NULL, NULL);
        if (found == REGEX_YES)
            return REGEX_YES;
        if (found == REGEX_LIMIT)
            result = REGEX_LIMIT;
    }
    return result;
}

/* What one pass over the rows needs besides the spec. */
struct pass {
    const struct sheet_source *source;
    const struct order_spec *spec;
    struct regex_scratch *scratch[ORDER_FILTERS];
    struct buf scratch_text, text;
    int64_t expensive;
};

static bool equals(struct pass *p, const struct filter *f, int64_t row)
{
    struct value v = {0};
    buf_clear(&p->scratch_text);
    buf_clear(&p->text);
    p->source->ops->cell(p->source, row, f->column, &v, &p->scratch_text);
    value_format(&p->source->columns[f->column], &v, &glyphs_utf8, &p->text);
    return strcmp(p->text.data, f->equal) == 0;
}

static bool keeps(struct pass *p, size_t i, int64_t row)
{
    const struct filter *f = p->spec->filters[i];
    if (!f->regex)
        return equals(p, f, row) != f->out;
    enum regex_result found =
        row_matches(p->source, row, f->column, f->regex, p->scratch[i], &p->text);
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

static bool row_stays(struct pass *p, int64_t row)
{
    const struct order_spec *spec = p->spec;
    if (spec->only && !is_among(spec->only, spec->n_only, source_id(p->source, row)))
        return false;
    for (size_t i = 0; i < spec->n_filters; i++)
        if (!keeps(p, i, row))
            return false;
    return true;
}

static bool filter_rows(struct pass *p, struct order *order, struct progress *progress,
                        struct error *err)
{
    int64_t n = p->source->n_rows, kept = 0;
    for (int64_t row = 0; row < n; row++) {
        if (row % 8192 == 0 &&
            !progress_at(progress, "filtering", (double)row, (double)n, "rows", err))
            return false;
        if (row_stays(p, row))
            order->row[kept++] = (uint32_t)row;
    }
    order->n = kept;
    return true;
}

static bool filter_pass(const struct sheet_source *source, const struct order_spec *spec,
                        struct order *order, int64_t *expensive, struct progress *progress,
                        struct error *err)
{
    struct pass p = {.source = source, .spec = spec};
    buf_init(&p.scratch_text);
    buf_init(&p.text);
    for (size_t i = 0; i < spec->n_filters; i++)
        if (spec->filters[i]->regex)
            p.scratch[i] = regex_scratch_new(spec->filters[i]->regex);
    bool ok = filter_rows(&p, order, progress, err);
    for (size_t i = 0; i < spec->n_filters; i++)
        regex_scratch_free(p.scratch[i]);
    buf_release(&p.scratch_text);
    buf_release(&p.text);
    *expensive = p.expensive;
    return ok;
}

static void shrink(struct order *order)
{
    size_t size = (size_t)(order->n > 0 ? order->n : 1) * sizeof *order->row;
    uint32_t *smaller = realloc(order->row, size);
    if (smaller)
        order->row = smaller;
}

struct order *order_make(const struct sheet_source *source, const struct order_spec *spec,
                         int64_t *expensive, struct progress *progress, struct error *err)
{
    *expensive = 0;
    struct order *order = order_all(source->n_rows);
    bool limited = spec->n_filters > 0 || spec->only;
    if (!limited && spec->n_keys == 0)
        return order;
    if (source->n_rows > UINT32_MAX) {
        error_set(err, ERROR_INPUT, "a sheet of more than 4,294,967,295 rows cannot be sorted");
        goto failed;
    }
    order->row = mem_try_array((size_t)source->n_rows, sizeof *order->row, "row order", err);
    if (!order->row)
        goto failed;
    if (!limited)
        for (int64_t i = 0; i < order->n; i++)
            order->row[i] = (uint32_t)i;
    else if (!filter_pass(source, spec, order, expensive, progress, err))
        goto failed;
    shrink(order);
    for (size_t i = spec->n_keys; i-- > 0;)
        if (!order_sort(source, order->row, order->n, &spec->keys[i], progress, err))
            goto failed;
    return order;
failed:
    order_unref(order);
    return NULL;
}
