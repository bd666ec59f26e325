/* Sources and their values. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/widgets/order.h"

void value_text(struct value *v, const char *s, unsigned style)
{
    v->text = s;
    v->n = strlen(s);
    v->style = style;
}

void value_int(struct value *v, int64_t i, unsigned style)
{
    v->i = i;
    v->style = style;
}

void value_real(struct value *v, double r, unsigned style)
{
    v->r = r;
    v->missing = isnan(r);
    v->style = style;
}

struct sheet_source *sheet_source_ref(struct sheet_source *s)
{
    s->refs++;
    return s;
}

void sheet_source_unref(struct sheet_source *s)
{
    if (s && --s->refs == 0 && s->ops->release)
        s->ops->release(s);
}

int64_t source_id(const struct sheet_source *source, int64_t row)
{
    return source->ops->id ? source->ops->id(source, row) : row;
}

int64_t source_row(const struct sheet_source *source, int64_t id)
{
    if (source->ops->row)
        return source->ops->row(source, id);
    if (!source->ops->id)
        return id >= 0 && id < source->n_rows ? id : -1;
    for (int64_t row = 0; row < source->n_rows; row++)
        if (source->ops->id(source, row) == id)
            return row;
    return -1;
}

bool column_has_text(enum column_kind kind)
{
    return kind == COLUMN_TEXT || kind == COLUMN_TITLE || kind == COLUMN_BADGE;
}

static void add_grouped(int64_t value, struct buf *out)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64,
                     value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    if (value < 0)
        buf_addc(out, '-');
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            buf_addc(out, ',');
        buf_addc(out, digits[i]);
    }
}

void value_format(const struct column *column, const struct value *v, const struct glyphs *glyphs,
                  struct buf *out)
{
    if (v->missing)
        return;
    double r = column->kind == COLUMN_PERCENT ? v->r * 100 : v->r;
    const char *format = column->sign ? "%+.*f" : "%.*f";
    switch (column->kind) {
    case COLUMN_TEXT:
    case COLUMN_TITLE:
    case COLUMN_BADGE:
        if (v->glyph != GLYPH_BLANK)
            buf_adds(out, glyphs->symbol[v->glyph]);
        buf_add(out, v->text ? v->text : "", v->n);
        break;
    case COLUMN_INT:
        add_grouped(v->i, out);
        break;
    case COLUMN_REAL:
    case COLUMN_PERCENT:
        /* what rounds to zero has no minus */
        if (r < 0 && r * pow(10, column->decimals) > -0.5)
            r = 0;
        buf_addf(out, format, column->decimals, r);
        if (column->kind == COLUMN_PERCENT)
            buf_adds(out, " %");
        break;
    case COLUMN_BAR:
        buf_addf(out, "%.6g", v->r);
        break;
    }
}
