/* A document as plain text in lines of about 100 columns, for terminals and mails. */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/export/document_private.h"
#include "storage/base/utf8.h"

enum { COLUMNS = 100, MOST_CELL = 90 };

static void escape(struct buf *out, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n;)
        i += utf8_add_shown(out, bytes + i, n - i);
}

static size_t width_of(const char *s, size_t n)
{
    size_t width = 0;
    for (size_t i = 0, len; i < n; i += len)
        width += (size_t)utf8_columns(utf8_decode(s + i, n - i, &len));
    return width;
}

/* ---- paragraphs ---- */

/* Breaks at blanks; the first line begins with `first`, the others with as many blanks. */
static void wrapped(struct doc_out *out, const char *first, const char *text)
{
    size_t indent = strlen(first), at = indent;
    bool begun = false;
    buf_adds(&out->buf, first);
    while (*text) {
        size_t n = strcspn(text, " "), width = width_of(text, n);
        if (begun && at + 1 + width > COLUMNS) {
            buf_addf(&out->buf, "\n%*s", (int)indent, "");
            at = indent;
        } else if (begun) {
            buf_addc(&out->buf, ' ');
            at++;
        }
        buf_add(&out->buf, text, n);
        at += width;
        begun = true;
        text += n + strspn(text + n, " ");
    }
    buf_addc(&out->buf, '\n');
}

static void spans(struct doc_out *out, const char *first, const struct doc_text *text)
{
    struct buf plain;
    buf_init(&plain);
    for (size_t i = 0; i < text->n; i++)
        doc_cut(&plain, escape, text->span[i].text, text->span[i].n);
    wrapped(out, first, plain.data);
    buf_release(&plain);
}

static void line(struct doc_out *out, const char *s, const char *under)
{
    size_t from = out->buf.len;
    doc_cut(&out->buf, escape, s, strlen(s));
    size_t width = width_of(out->buf.data + from, out->buf.len - from);
    buf_addc(&out->buf, '\n');
    for (size_t i = 0; i < width; i++)
        buf_adds(&out->buf, under);
    if (*under)
        buf_addc(&out->buf, '\n');
}

/* ---- tables ---- */

struct table_rows {
    struct doc_out *out;
    struct buf text;
    size_t *width;
};

/* The beginning of a text that fits a cell. */
static void fit(struct buf *text)
{
    size_t width = 0;
    for (size_t i = 0, len; i < text->len; i += len) {
        width += (size_t)utf8_columns(utf8_decode(text->data + i, text->len - i, &len));
        if (width > MOST_CELL) {
            buf_truncate(text, i);
            buf_adds(text, "\xe2\x80\xa6");
            return;
        }
    }
}

static void shown(struct table_rows *r, const struct doc_column *column,
                  const struct doc_cell *cell)
{
    buf_clear(&r->text);
    doc_cell_shown(&r->text, escape, column, cell);
    fit(&r->text);
}

static void measure(void *context, const struct doc_table *t, const struct doc_cell *cell)
{
    struct table_rows *r = context;
    for (size_t c = 0; c < t->n_columns; c++) {
        shown(r, &t->column[c], &cell[c]);
        size_t width = width_of(r->text.data, r->text.len);
        if (width > r->width[c])
            r->width[c] = width;
    }
}

static void padded(struct table_rows *r, size_t c, const struct doc_table *t)
{
    size_t width = width_of(r->text.data, r->text.len);
    int blanks = width < r->width[c] ? (int)(r->width[c] - width) : 0;
    bool right = doc_is_number(&t->column[c]), last = c + 1 == t->n_columns;
    buf_addf(&r->out->buf, "%s%*s", c ? "  " : "", right ? blanks : 0, "");
    buf_add(&r->out->buf, r->text.data, r->text.len);
    if (!right && !last)
        buf_addf(&r->out->buf, "%*s", blanks, "");
}

static void row(void *context, const struct doc_table *t, const struct doc_cell *cell)
{
    struct table_rows *r = context;
    for (size_t c = 0; c < t->n_columns; c++) {
        shown(r, &t->column[c], &cell[c]);
        padded(r, c, t);
    }
    buf_addc(&r->out->buf, '\n');
}

static void header(struct table_rows *r, const struct doc_table *t, bool write)
{
    for (size_t c = 0; c < t->n_columns; c++) {
        buf_clear(&r->text);
        doc_cut(&r->text, escape, t->column[c].name, strlen(t->column[c].name));
        fit(&r->text);
        if (write)
            padded(r, c, t);
        else
            r->width[c] = width_of(r->text.data, r->text.len);
    }
}

static void table(const struct doc_table *t, struct doc_out *out)
{
    struct table_rows r = {.out = out, .width = mem_zalloc(t->n_columns, sizeof *r.width)};
    buf_init(&r.text);
    header(&r, t, false);
    doc_rows(t, out, measure, &r);
    if (t->caption[0])
        line(out, t->caption, "");
    header(&r, t, true);
    buf_addc(&out->buf, '\n');
    for (size_t c = 0; c < t->n_columns; c++) {
        buf_adds(&out->buf, c ? "  " : "");
        for (size_t i = 0; i < r.width[c]; i++)
            buf_addc(&out->buf, '-');
    }
    buf_addc(&out->buf, '\n');
    doc_rows(t, out, row, &r);
    if (t->note.n > 0)
        spans(out, "", &t->note);
    buf_release(&r.text);
    free(r.width);
}

/* ---- blocks ---- */

static void code(const struct doc_text *text, struct doc_out *out)
{
    for (size_t i = 0; i < text->n; i++) {
        const char *s = text->span[i].text, *end = s + text->span[i].n;
        while (s < end) {
            const char *stop = memchr(s, '\n', (size_t)(end - s));
            size_t n = (size_t)((stop ? stop : end) - s);
            buf_adds(&out->buf, "    ");
            doc_cut(&out->buf, escape, s, n);
            buf_addc(&out->buf, '\n');
            s += n + (stop != NULL);
        }
    }
}

static void list(const struct doc_block *b, struct doc_out *out)
{
    for (size_t i = 0; i < b->n_items; i++) {
        if (b->item[i]->term)
            line(out, b->item[i]->term, "");
        spans(out, b->item[i]->term ? "    " : "  - ", &b->item[i]->text);
    }
}

static void picture(const struct doc_block *b, struct doc_out *out)
{
    struct doc_text about = {0};
    if (b->table)
        table(b->table, out);
    else
        line(out, b->plot->title, "");
    if (b->plot->subtitle)
        doc_text_addf(&about, SPAN_PLAIN, "%s ", b->plot->subtitle);
    if (b->plot->footnote)
        doc_text_addf(&about, SPAN_PLAIN, "%s", b->plot->footnote);
    spans(out, "", &about);
    doc_text_release(&about);
}

static void block(const struct doc_block *b, struct doc_out *out)
{
    struct buf text;
    switch (b->kind) {
    case BLOCK_HEADING:
        buf_init(&text);
        doc_text_plain(&b->text, &text);
        line(out, text.data, b->level == 1 ? "=" : b->level == 2 ? "-" : "");
        buf_release(&text);
        return;
    case BLOCK_PARAGRAPH:
        spans(out, "", &b->text);
        return;
    case BLOCK_LIST:
    case BLOCK_DEFINITIONS:
        list(b, out);
        return;
    case BLOCK_CODE:
        code(&b->text, out);
        return;
    case BLOCK_TABLE:
        table(b->table, out);
        return;
    case BLOCK_PLOT:
        picture(b, out);
    }
}

void doc_plain(const struct document *d, struct doc_out *out)
{
    if (d->title[0])
        line(out, d->title, "=");
    for (size_t i = 0; i < d->n && !out->failed; i++) {
        if (i > 0 || d->title[0])
            buf_addc(&out->buf, '\n');
        block(d->block[i], out);
    }
}
