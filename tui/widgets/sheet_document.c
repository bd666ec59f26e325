/* A sheet as a table of a document: HTML, Markdown, LaTeX, JSON and plain text. */
#include <math.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/export/document.h"
#include "tui/widgets/sheet_private.h"

struct rows {
    const struct sheet_source *source;
    const struct order *order;
    const int *column;
    int n_columns;
    struct buf *text, scratch; /* [n_columns] */
};

static enum plot_role role_of(unsigned style)
{
    switch (style & STYLE_ROLE) {
    case ROLE_DIM:
        return PLOT_DIM;
    case ROLE_MEMORIZED:
        return PLOT_MEMORIZED;
    case ROLE_RELATED:
        return PLOT_RELATED;
    case ROLE_UNCATEGORIZED:
        return PLOT_UNCATEGORIZED;
    case ROLE_TARGET:
        return PLOT_HELD_OUT;
    default:
        return PLOT_INK;
    }
}

static void fill(void *context, int64_t row, struct doc_cell *cell)
{
    struct rows *r = context;
    for (int i = 0; i < r->n_columns; i++) {
        const struct column *column = &r->source->columns[r->column[i]];
        struct value v = {0};
        buf_clear(&r->scratch);
        r->source->ops->cell(r->source, order_row(r->order, row), r->column[i], &v, &r->scratch);
        if (v.missing)
            continue;
        cell[i].role = role_of(v.style);
        if (column->kind == COLUMN_INT) {
            cell[i].kind = CELL_INT;
            cell[i].i = v.i;
        } else if (column_has_text(column->kind)) {
            buf_clear(&r->text[i]);
            value_format(column, &v, &glyphs_utf8, &r->text[i]);
            cell[i].kind = CELL_TEXT;
            cell[i].text = r->text[i].data;
            cell[i].n = r->text[i].len;
        } else if (isfinite(v.r)) {
            cell[i].kind = CELL_REAL;
            cell[i].value = v.r;
        }
    }
}

static void add_columns(struct doc_table *t, const struct rows *r)
{
    for (int i = 0; i < r->n_columns; i++) {
        const struct column *c = &r->source->columns[r->column[i]];
        enum doc_number number = column_has_text(c->kind)    ? DOC_TEXT
                                 : c->kind == COLUMN_PERCENT ? DOC_PERCENT
                                 : c->kind == COLUMN_REAL    ? (c->sign ? DOC_SIGNED : DOC_REAL)
                                                             : DOC_EXACT;
        doc_table_column(t, c->name, number, c->decimals);
    }
}

bool sheet_write_document(const struct sheet_source *source, const struct order *order,
                          const int *column, int n_columns, const struct sheet_words *words,
                          enum document_format format, const char *path, struct progress *progress,
                          struct error *err)
{
    struct rows r = {.source = source,
                     .order = order,
                     .column = column,
                     .n_columns = n_columns,
                     .text = mem_zalloc((size_t)n_columns, sizeof *r.text)};
    buf_init(&r.scratch);
    for (int i = 0; i < n_columns; i++)
        buf_init(&r.text[i]);
    struct document *d = document_new(words->title ? words->title : "");
    struct doc_table *t = document_table(d, "");
    if (words->note)
        doc_text_addf(&t->note, SPAN_PLAIN, "%s", words->note);
    add_columns(t, &r);
    doc_table_source(t, order->n, (struct doc_source){.fill = fill, .context = &r});
    bool ok = document_save(d, format, path, NULL, progress, err);
    document_free(d);
    for (int i = 0; i < n_columns; i++)
        buf_release(&r.text[i]);
    buf_release(&r.scratch);
    free(r.text);
    return ok;
}
