#include "tui/widgets/order.h"

#include "storage/base/mem.h"
#include "storage/base/scratch.h"

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
        scratch_free(order->row);
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
                         .label = mem_printf("&%s%s", out ? "!" : "", pattern),
                         .refs = 1};
    return f;
}

struct filter *filter_new_where(const struct sheet_source *source, const char *text,
                                struct error *err)
{
    struct expr *where = expr_parse(source->columns, source->n_columns, text, err);
    if (!where)
        return NULL;
    struct filter *f = mem_alloc(sizeof *f);
    *f = (struct filter){.where = where, .label = mem_strdup(text), .refs = 1};
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
    expr_free(filter->where);
    free(filter->equal);
    free(filter->label);
    free(filter);
}

static void shrink(struct order *order)
{
    order->row = scratch_shrink(order->row, (size_t)order->n * sizeof *order->row);
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
    order->row = scratch_new((size_t)source->n_rows, sizeof *order->row, "row order", err);
    if (!order->row)
        goto failed;
    if (!limited)
        for (int64_t i = 0; i < order->n; i++)
            order->row[i] = (uint32_t)i;
    else if (!order_filter(source, spec, order, expensive, progress, err))
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
