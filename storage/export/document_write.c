/* What all renderers need, and the way from a document to a file. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/export/document_private.h"
#include "storage/base/utf8.h"

enum { FLUSH_AT = 1 << 16 };

static const struct {
    const char *name;
    doc_renderer *render;
} formats[DOCUMENT_FORMATS] = {
    [DOCUMENT_HTML] = {"html", doc_html}, [DOCUMENT_MD] = {"md", doc_markdown},
    [DOCUMENT_TEX] = {"tex", doc_tex},    [DOCUMENT_TEX_PART] = {"tex-part", doc_tex_part},
    [DOCUMENT_JSON] = {"json", doc_json}, [DOCUMENT_JSONL] = {"jsonl", doc_jsonl},
    [DOCUMENT_CSV] = {"csv", doc_csv},    [DOCUMENT_TSV] = {"tsv", doc_tsv},
    [DOCUMENT_TXT] = {"txt", doc_plain},
};

bool document_format_find(const char *name, enum document_format *out)
{
    for (int i = 0; i < DOCUMENT_FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0) {
            *out = (enum document_format)i;
            return true;
        }
    return false;
}

/* ---- rows ---- */

void doc_out_flush(struct doc_out *out)
{
    if (!out->stream || out->failed || out->buf.len == 0)
        return;
    if (fwrite(out->buf.data, 1, out->buf.len, out->stream) != out->buf.len)
        out->failed = !error_set_errno(out->err, errno, "cannot write %s", out->path);
    buf_clear(&out->buf);
}

static void row_of(const struct doc_table *t, int64_t row, struct doc_cell *cell)
{
    for (size_t c = 0; c < t->n_columns; c++) {
        size_t at = (size_t)row * t->n_columns + c;
        bool stored = !t->source.fill && at < t->n_cells;
        cell[c] = stored ? t->cell[at] : (struct doc_cell){.lo = (double)NAN, .hi = (double)NAN};
    }
    if (t->source.fill)
        t->source.fill(t->source.context, row, cell);
}

void doc_rows(const struct doc_table *t, struct doc_out *out, doc_each_row *each, void *context)
{
    struct doc_cell *cell = mem_zalloc(t->n_columns, sizeof *cell);
    for (int64_t row = 0; row < t->n_rows && !out->failed; row++) {
        row_of(t, row, cell);
        each(context, t, cell);
        if (out->buf.len > FLUSH_AT)
            doc_out_flush(out);
        if (row % 1024 == 1023)
            out->failed = out->failed || !progress_at(out->progress, "writing", (double)row,
                                                      (double)t->n_rows, "rows", out->err);
    }
    free(cell);
}

/* ---- cells ---- */

bool doc_is_number(const struct doc_column *column)
{
    return column->number != DOC_TEXT;
}

bool doc_has_interval(const struct doc_cell *cell)
{
    return cell->kind == CELL_REAL && isfinite(cell->lo) && isfinite(cell->hi);
}

/* Of numbers that round to zero the sign would say nothing. */
static void add_rounded(struct buf *out, bool sign, int decimals, double v)
{
    size_t from = out->len;
    buf_addf(out, sign ? "%+.*f" : "%.*f", decimals, v);
    const char *text = out->data + from;
    if (strspn(text, "+-0.") < strlen(text) || (*text != '+' && *text != '-'))
        return;
    buf_truncate(out, from);
    buf_addf(out, "%.*f", decimals, 0.0);
}

static void add_value(const struct doc_column *column, double v, struct buf *out)
{
    int d = column->decimals;
    switch (column->number) {
    case DOC_TEXT:
    case DOC_EXACT:
        buf_addf(out, "%.9g", v);
        return;
    case DOC_WHOLE:
        if (fabs(v) < 9e15)
            buf_add_grouped(out, llround(v));
        else
            buf_addf(out, "%.9g", v);
        return;
    case DOC_REAL:
        add_rounded(out, false, d, v);
        return;
    case DOC_SIGNED:
        add_rounded(out, true, d, v);
        return;
    case DOC_PERCENT:
        add_rounded(out, false, d, v * 100);
        buf_adds(out, " %");
        return;
    case DOC_POINTS:
        add_rounded(out, true, d, v * 100);
    }
}

void doc_number(const struct doc_column *column, const struct doc_cell *cell, struct buf *out)
{
    if (cell->kind == CELL_INT && column->number == DOC_WHOLE)
        buf_add_grouped(out, cell->i);
    else if (cell->kind == CELL_INT && column->number <= DOC_EXACT)
        buf_addf(out, "%lld", (long long)cell->i);
    else if (cell->kind == CELL_INT)
        add_value(column, (double)cell->i, out);
    else if (cell->kind == CELL_REAL && isfinite(cell->value))
        add_value(column, cell->value, out);
}

void doc_interval(const struct doc_column *column, const struct doc_cell *cell, struct buf *out)
{
    struct doc_column bare = *column;
    if (!doc_has_interval(cell))
        return;
    buf_addc(out, '[');
    add_value(&bare, cell->lo, out);
    if (column->number == DOC_PERCENT) /* one sign for both */
        buf_truncate(out, out->len - 2);
    buf_adds(out, ", ");
    add_value(&bare, cell->hi, out);
    buf_addc(out, ']');
}

void doc_cut(struct buf *out, doc_escape *escape, const char *bytes, size_t n)
{
    if (n <= DOCUMENT_TEXT_SHOWN) {
        escape(out, bytes, n);
        return;
    }
    size_t at = 0, len;
    while (utf8_decode(bytes + at, n - at, &len), at + len <= DOCUMENT_TEXT_SHOWN)
        at += len;
    escape(out, bytes, at);
    escape(out, "\xe2\x80\xa6", 3);
}

void doc_cell_shown(struct buf *out, doc_escape *escape, const struct doc_column *column,
                    const struct doc_cell *cell)
{
    if (cell->kind == CELL_TEXT) {
        doc_cut(out, escape, cell->text, cell->n);
        return;
    }
    struct buf text;
    buf_init(&text);
    doc_number(column, cell, &text);
    if (doc_has_interval(cell))
        buf_addc(&text, ' ');
    doc_interval(column, cell, &text);
    escape(out, text.data, text.len);
    buf_release(&text);
}

/* ---- to a file ---- */

void document_write(const struct document *d, enum document_format format, struct buf *out)
{
    struct doc_out to = {.stream = NULL};
    buf_init(&to.buf);
    formats[format].render(d, &to);
    buf_add(out, to.buf.data, to.buf.len);
    buf_release(&to.buf);
}

static bool render_to(const struct document *d, enum document_format format, FILE *stream,
                      const char *path, struct progress *progress, struct error *err)
{
    struct doc_out to = {.stream = stream, .path = path, .progress = progress, .err = err};
    buf_init(&to.buf);
    formats[format].render(d, &to);
    doc_out_flush(&to);
    buf_release(&to.buf);
    return !to.failed;
}

bool document_save(const struct document *d, enum document_format format, const char *path,
                   FILE *stream, struct progress *progress, struct error *err)
{
    if (strcmp(path, "-") == 0)
        return render_to(d, format, stream, "the output", progress, err) &&
               (fflush(stream) == 0 || error_set_errno(err, errno, "cannot write the output"));
    struct file_replace file;
    if (!file_replace_begin(&file, path, err))
        return false;
    if (render_to(d, format, file.stream, path, progress, err))
        return file_replace_commit(&file, err);
    file_replace_abandon(&file);
    return false;
}
