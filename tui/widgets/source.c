/* Sources and their values. */
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

/* The bits of a double, so that comparing them as integers compares the numbers. */
uint64_t sheet_key_real(double r)
{
    if (isnan(r))
        return SHEET_KEY_MISSING;
    uint64_t bits;
    r += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &r, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

void source_keys(const struct sheet_source *source, int column, const uint32_t *rows, size_t n,
                 uint64_t *key, struct buf *scratch)
{
    if (source->ops->keys && source->ops->keys(source, column, rows, n, key))
        return;
    bool whole = source->columns[column].kind == COLUMN_INT;
    for (size_t i = 0; i < n; i++) {
        struct value v = {0};
        buf_clear(scratch);
        source->ops->cell(source, rows[i], column, &v, scratch);
        key[i] = v.missing ? SHEET_KEY_MISSING : whole ? sheet_key_int(v.i) : sheet_key_real(v.r);
    }
}

int64_t source_entries(const struct sheet_source *source, int column)
{
    return source->ops->entries ? source->ops->entries(source, column) : 0;
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
        buf_add_grouped(out, v->i);
        break;
    case COLUMN_REAL:
    case COLUMN_PERCENT:
        if (v->whole) {
            buf_add_grouped(out, llround(v->r));
            break;
        }
        /* what rounds to zero has no minus */
        if (r < 0 && r * pow(10, column->decimals) > -0.5)
            r = 0;
        buf_addf(out, format, column->decimals, r);
        if (column->kind == COLUMN_PERCENT)
            buf_adds(out, " %");
        break;
    case COLUMN_BAR:
    case COLUMN_INTERVAL:
        buf_addf(out, "%.6g", v->r);
        break;
    }
}
