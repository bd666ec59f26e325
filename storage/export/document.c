#include "storage/export/document.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"

/* ---- text ---- */

static char *copy(const char *bytes, size_t n)
{
    char *text = mem_alloc(n + 1);
    if (n > 0)
        memcpy(text, bytes, n);
    text[n] = '\0';
    return text;
}

void doc_text_add(struct doc_text *text, enum span_kind kind, const char *bytes, size_t n)
{
    MEM_GROW(text->span, text->n + 1, text->cap);
    text->span[text->n++] = (struct doc_span){.kind = kind, .text = copy(bytes, n), .n = n};
}

static char *vprint(const char *format, va_list args, size_t *n)
{
    struct buf buf;
    buf_init(&buf);
    buf_vaddf(&buf, format, args);
    *n = buf.len;
    return buf_detach(&buf);
}

void doc_text_addf(struct doc_text *text, enum span_kind kind, const char *format, ...)
{
    size_t n;
    va_list args;
    va_start(args, format);
    char *bytes = vprint(format, args, &n);
    va_end(args);
    MEM_GROW(text->span, text->n + 1, text->cap);
    text->span[text->n++] = (struct doc_span){.kind = kind, .text = bytes, .n = n};
}

void doc_text_plain(const struct doc_text *text, struct buf *out)
{
    for (size_t i = 0; i < text->n; i++)
        buf_add(out, text->span[i].text, text->span[i].n);
}

void doc_text_release(struct doc_text *text)
{
    for (size_t i = 0; i < text->n; i++)
        free(text->span[i].text);
    free(text->span);
    *text = (struct doc_text){0};
}

/* ---- blocks ---- */

struct document *document_new(const char *title)
{
    struct document *d = mem_zalloc(1, sizeof *d);
    d->title = mem_strdup(title);
    return d;
}

static void table_free(struct doc_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n_columns; i++)
        free(t->column[i].name);
    for (size_t i = 0; i < t->n_cells; i++)
        free((char *)(uintptr_t)t->cell[i].text);
    free(t->column);
    free(t->cell);
    doc_text_release(&t->note);
    free(t->caption);
    free(t);
}

static void block_free(struct doc_block *b)
{
    for (size_t i = 0; i < b->n_items; i++) {
        free(b->item[i]->term);
        doc_text_release(&b->item[i]->text);
        free(b->item[i]);
    }
    free(b->item);
    doc_text_release(&b->text);
    table_free(b->table);
    plot_free(b->plot);
    free(b);
}

void document_free(struct document *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->n; i++)
        block_free(d->block[i]);
    free(d->block);
    free(d->title);
    free(d);
}

static struct doc_block *add_block(struct document *d, enum block_kind kind)
{
    struct doc_block *b = mem_zalloc(1, sizeof *b);
    b->kind = kind;
    MEM_GROW(d->block, d->n + 1, d->cap);
    d->block[d->n++] = b;
    return b;
}

void document_heading(struct document *d, int level, const char *format, ...)
{
    size_t n;
    va_list args;
    va_start(args, format);
    char *text = vprint(format, args, &n);
    va_end(args);
    struct doc_block *b = add_block(d, BLOCK_HEADING);
    b->level = level;
    doc_text_add(&b->text, SPAN_PLAIN, text, n);
    free(text);
}

struct doc_text *document_paragraph(struct document *d)
{
    return &add_block(d, BLOCK_PARAGRAPH)->text;
}

/* Paragraphs end at empty lines. */
void document_words(struct document *d, const char *bytes, size_t n)
{
    for (size_t at = 0; at < n;) {
        const char *end = memmem(bytes + at, n - at, "\n\n", 2);
        size_t length = end ? (size_t)(end - bytes) - at : n - at;
        if (length > 0) {
            struct doc_block *b = add_block(d, BLOCK_PARAGRAPH);
            b->own_words = true;
            doc_text_add(&b->text, SPAN_PLAIN, bytes + at, length);
        }
        at += length;
        while (at < n && bytes[at] == '\n')
            at++;
    }
}

static struct doc_item *add_item(struct document *d, enum block_kind kind)
{
    struct doc_block *b = d->n > 0 ? d->block[d->n - 1] : NULL;
    if (!b || b->kind != kind)
        b = add_block(d, kind);
    MEM_GROW(b->item, b->n_items + 1, b->items_cap);
    return b->item[b->n_items++] = mem_zalloc(1, sizeof *b->item[0]);
}

struct doc_text *document_item(struct document *d)
{
    return &add_item(d, BLOCK_LIST)->text;
}

struct doc_text *document_term(struct document *d, const char *term)
{
    struct doc_item *item = add_item(d, BLOCK_DEFINITIONS);
    item->term = mem_strdup(term);
    return &item->text;
}

void document_code(struct document *d, const char *bytes, size_t n)
{
    doc_text_add(&add_block(d, BLOCK_CODE)->text, SPAN_CODE, bytes, n);
}

/* ---- tables ---- */

static struct doc_table *table_new(const char *caption)
{
    struct doc_table *t = mem_zalloc(1, sizeof *t);
    t->caption = mem_strdup(caption);
    return t;
}

struct doc_table *document_table(struct document *d, const char *caption)
{
    return add_block(d, BLOCK_TABLE)->table = table_new(caption);
}

struct doc_column *doc_table_column(struct doc_table *t, const char *name, enum doc_number number,
                                    int decimals)
{
    MEM_GROW(t->column, t->n_columns + 1, t->columns_cap);
    struct doc_column *c = &t->column[t->n_columns++];
    *c = (struct doc_column){.name = mem_strdup(name), .number = number, .decimals = decimals};
    return c;
}

void doc_table_source(struct doc_table *t, int64_t n_rows, struct doc_source source)
{
    t->n_rows = n_rows;
    t->source = source;
}

static struct doc_cell *add_cell(struct doc_table *t, struct doc_cell cell)
{
    MEM_GROW(t->cell, t->n_cells + 1, t->cells_cap);
    t->cell[t->n_cells] = cell;
    return &t->cell[t->n_cells++];
}

void doc_row(struct doc_table *t)
{
    while (t->n_cells < (size_t)t->n_rows * t->n_columns)
        doc_cell_none(t);
    t->n_rows++;
}

struct doc_cell *doc_cell_bytes(struct doc_table *t, const char *bytes, size_t n)
{
    return add_cell(t, (struct doc_cell){.kind = CELL_TEXT, .text = copy(bytes, n), .n = n});
}

struct doc_cell *doc_cell_text(struct doc_table *t, const char *text)
{
    return text ? doc_cell_bytes(t, text, strlen(text)) : doc_cell_none(t);
}

struct doc_cell *doc_cell_textf(struct doc_table *t, const char *format, ...)
{
    size_t n;
    va_list args;
    va_start(args, format);
    char *text = vprint(format, args, &n);
    va_end(args);
    return add_cell(t, (struct doc_cell){.kind = CELL_TEXT, .text = text, .n = n});
}

struct doc_cell *doc_cell_int(struct doc_table *t, int64_t value)
{
    return add_cell(t, (struct doc_cell){.kind = CELL_INT, .i = value});
}

struct doc_cell *doc_cell_real(struct doc_table *t, double value)
{
    return doc_cell_interval(t, value, (double)NAN, (double)NAN);
}

struct doc_cell *doc_cell_interval(struct doc_table *t, double value, double lo, double hi)
{
    if (isfinite(lo) && isfinite(hi))
        t->column[t->n_cells % t->n_columns].interval = true;
    return add_cell(t, (struct doc_cell){.kind = isfinite(value) ? CELL_REAL : CELL_MISSING,
                                         .value = value,
                                         .lo = lo,
                                         .hi = hi});
}

struct doc_cell *doc_cell_none(struct doc_table *t)
{
    return add_cell(t, (struct doc_cell){0});
}

/* ---- plots ---- */

static bool id_is_taken(const struct document *d, const char *id)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->block[i]->plot && strcmp(d->block[i]->plot->id, id) == 0)
            return true;
    return false;
}

static void name_columns(struct doc_table *t, const struct plot *plot)
{
    static const enum doc_number number[] = {
        [PLOT_NUMBER] = DOC_REAL,
        [PLOT_PERCENT] = DOC_PERCENT,
        [PLOT_DIFFERENCE] = DOC_POINTS,
        [PLOT_WHOLE] = DOC_WHOLE,
    };
    const struct plot_axis *x = &plot->panel[0]->x, *y = &plot->panel[0]->y;
    bool percent = x->numbers == PLOT_PERCENT || x->numbers == PLOT_DIFFERENCE;
    doc_table_column(t, "panel", DOC_TEXT, 0);
    doc_table_column(t, "series", DOC_TEXT, 0);
    doc_table_column(t, "label", DOC_TEXT, 0);
    doc_table_column(t, "x", number[x->numbers], percent ? 1 : 4);
    doc_table_column(t, "y", plot->n_panels > 1 ? DOC_REAL : number[y->numbers],
                     y->numbers == PLOT_PERCENT && plot->n_panels == 1 ? 1 : 4);
}

static void add_point_row(struct doc_table *t, const struct plot_panel *panel,
                          const struct plot_series *s, const struct plot_point *p)
{
    bool row = s->mark == PLOT_BARS && p->y >= 0 && p->y < (double)panel->y.n_categories;
    doc_row(t);
    doc_cell_text(t, panel->y.title[0] ? panel->y.title : NULL);
    doc_cell_text(t, s->name);
    doc_cell_text(t, row ? panel->y.category[(size_t)p->y] : p->label);
    doc_cell_interval(t, p->x, p->x_lo, p->x_hi);
    if (row)
        doc_cell_none(t);
    else
        doc_cell_interval(t, p->y, p->y_lo, p->y_hi);
}

static struct doc_table *points_of(const struct plot *plot)
{
    struct doc_table *t = table_new(plot->title);
    if (plot->n_panels == 0)
        return t;
    name_columns(t, plot);
    for (size_t p = 0; p < plot->n_panels; p++)
        for (size_t s = 0; s < plot->panel[p]->n_series; s++) {
            const struct plot_series *series = plot->panel[p]->series[s];
            for (size_t i = 0; i < series->n; i++)
                add_point_row(t, plot->panel[p], series, &series->point[i]);
        }
    return t;
}

void document_plot(struct document *d, struct plot *plot, bool points)
{
    for (int i = 2; id_is_taken(d, plot->id); i++) {
        char *id = mem_printf("%s-%d", plot->id, i);
        if (!id_is_taken(d, id)) {
            free(plot->id);
            plot->id = id;
        } else {
            free(id);
        }
    }
    struct doc_block *b = add_block(d, BLOCK_PLOT);
    b->plot = plot;
    b->table = points ? points_of(plot) : NULL;
}
