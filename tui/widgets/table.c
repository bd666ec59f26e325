#include "tui/widgets/table.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/widgets/order.h"

struct table {
    struct sheet_source source;
    struct column *columns;
    struct value *cells; /* [n_rows * n_columns]; text is an offset into `text` until asked for */
    size_t *text_at;
    size_t cap, text_cap;
    int64_t *ids;
    size_t ids_cap;
    struct buf text;
    int column; /* next one of the last row */
};

static void table_cell(const struct sheet_source *s, int64_t row, int column, struct value *v,
                       struct buf *scratch)
{
    (void)scratch;
    const struct table *t = (const struct table *)s;
    size_t i = (size_t)row * (size_t)s->n_columns + (size_t)column;
    *v = t->cells[i];
    v->text = t->text.data + t->text_at[i];
}

static int64_t table_id(const struct sheet_source *s, int64_t row)
{
    return ((const struct table *)s)->ids[row];
}

static void table_release(struct sheet_source *s)
{
    struct table *t = (struct table *)s;
    free(t->columns);
    free(t->cells);
    free(t->text_at);
    free(t->ids);
    buf_release(&t->text);
    free(t);
}

struct table *table_new(const struct column *columns, int n_columns)
{
    static const struct sheet_source_ops ops = {
        .cell = table_cell, .id = table_id, .release = table_release};
    struct table *t = mem_zalloc(1, sizeof *t);
    t->columns = mem_alloc((size_t)n_columns * sizeof *columns);
    memcpy(t->columns, columns, (size_t)n_columns * sizeof *columns);
    t->source = (struct sheet_source){
        .ops = &ops, .columns = t->columns, .n_columns = n_columns, .refs = 1};
    buf_init(&t->text);
    return t;
}

void table_row(struct table *t, int64_t id)
{
    size_t row = (size_t)t->source.n_rows++, n = (size_t)t->source.n_columns;
    MEM_GROW(t->ids, row + 1, t->ids_cap);
    MEM_GROW(t->cells, (row + 1) * n, t->cap);
    MEM_GROW(t->text_at, (row + 1) * n, t->text_cap);
    t->ids[row] = id;
    for (size_t i = row * n; i < (row + 1) * n; i++) {
        t->cells[i] = (struct value){.missing = true};
        t->text_at[i] = 0;
    }
    t->column = 0;
}

/* The next cell of the row. */
static struct value *next(struct table *t, unsigned style, size_t **text_at)
{
    assert(t->source.n_rows > 0 && t->column < t->source.n_columns);
    size_t row = (size_t)t->source.n_rows - 1;
    size_t i = row * (size_t)t->source.n_columns + (size_t)t->column++;
    if (text_at)
        *text_at = &t->text_at[i];
    t->cells[i] = (struct value){.style = style};
    return &t->cells[i];
}

static struct value *add_text(struct table *t, const char *s, unsigned style)
{
    size_t *at;
    struct value *v = next(t, style, &at);
    *at = t->text.len;
    v->n = strlen(s);
    buf_add(&t->text, s, v->n + 1); /* with its NUL */
    return v;
}

void table_text(struct table *t, const char *text, unsigned style)
{
    add_text(t, text, style);
}

void table_textf(struct table *t, unsigned style, const char *format, ...)
{
    struct buf text;
    buf_init(&text);
    va_list args;
    va_start(args, format);
    buf_vaddf(&text, format, args);
    va_end(args);
    add_text(t, text.data, style);
    buf_release(&text);
}

void table_badge(struct table *t, enum glyph glyph, const char *text, double sort, unsigned style)
{
    struct value *v = add_text(t, text, style);
    v->glyph = glyph;
    v->r = sort;
}

void table_int(struct table *t, int64_t value, unsigned style)
{
    next(t, style, NULL)->i = value;
}

void table_real(struct table *t, double value, unsigned style)
{
    struct value *v = next(t, style, NULL);
    v->r = value;
    v->missing = isnan(value);
}

void table_count(struct table *t, double value, unsigned style)
{
    struct value *v = next(t, style, NULL);
    v->r = value;
    v->whole = true;
    v->missing = isnan(value);
}

void table_bar(struct table *t, const struct bar_part *parts, int n, double sort)
{
    struct value *v = next(t, ROLE_NORMAL, NULL);
    v->n_parts = n < VALUE_PARTS ? n : VALUE_PARTS;
    memcpy(v->part, parts, (size_t)v->n_parts * sizeof *parts);
    v->r = sort;
}

void table_interval(struct table *t, double value, double lo, double hi, double scale,
                    unsigned style)
{
    struct value *v = next(t, style, NULL);
    v->r = value;
    v->lo = lo;
    v->hi = hi;
    v->scale = scale;
    v->missing = isnan(value) || isnan(lo) || isnan(hi);
}

void table_missing(struct table *t)
{
    next(t, ROLE_NORMAL, NULL)->missing = true;
}

/* The widest cell of a column as it is shown. */
static int widest(const struct table *t, int column)
{
    struct buf scratch, text;
    buf_init(&scratch);
    buf_init(&text);
    int most = 1;
    for (int64_t row = 0; row < t->source.n_rows; row++) {
        struct value v;
        table_cell(&t->source, row, column, &v, &scratch);
        buf_clear(&text);
        value_format(&t->columns[column], &v, &glyphs_utf8, &text);
        int width = text_width(text.data, text.len);
        most = width > most ? width : most;
    }
    buf_release(&scratch);
    buf_release(&text);
    return most;
}

/* Numbers are never cut; what is to fit takes no more room than it needs. */
static void fit_columns(struct table *t)
{
    for (int i = 0; i < t->source.n_columns; i++) {
        struct column *c = &t->columns[i];
        bool number = c->kind == COLUMN_INT || c->kind == COLUMN_REAL || c->kind == COLUMN_PERCENT;
        if (!c->fit && !number)
            continue;
        int width = widest(t, i);
        if (number ? width > c->width || c->fit : width < c->width)
            c->width = width;
    }
}

struct sheet_source *table_source(struct table *t)
{
    fit_columns(t);
    return &t->source;
}
