/* The tables of a document as CSV or TSV, and a document as JSON: with all digits, nothing cut. */
#include <math.h>
#include <string.h>

#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/export/csv.h"
#include "storage/export/document_private.h"

/* ---- CSV ---- */

static void csv_flush(struct csv_writer *w, struct doc_out *out)
{
    buf_add(&out->buf, w->line.data, w->line.len);
    buf_addc(&out->buf, '\n');
    buf_clear(&w->line);
    w->started = false;
}

static void csv_header(struct csv_writer *w, const struct doc_table *t)
{
    static const char *const suffix[] = {".lo", ".hi"};
    for (size_t c = 0; c < t->n_columns; c++) {
        csv_text(w, t->column[c].name, strlen(t->column[c].name));
        for (int i = 0; t->column[c].interval && i < 2; i++) {
            char *name = mem_printf("%s%s", t->column[c].name, suffix[i]);
            csv_text(w, name, strlen(name));
            free(name);
        }
    }
}

static void csv_cell(struct csv_writer *w, const struct doc_column *column,
                     const struct doc_cell *cell)
{
    bool real = cell->kind == CELL_REAL;
    if (cell->kind == CELL_TEXT)
        csv_text(w, cell->text, cell->n);
    else if (cell->kind == CELL_INT)
        csv_int(w, cell->i);
    else
        csv_real(w, real ? cell->value : (double)NAN);
    if (!column->interval)
        return;
    csv_real(w, real ? cell->lo : (double)NAN);
    csv_real(w, real ? cell->hi : (double)NAN);
}

struct csv_rows {
    struct csv_writer writer;
    struct doc_out *out;
};

static void csv_row(void *context, const struct doc_table *t, const struct doc_cell *cell)
{
    struct csv_rows *r = context;
    for (size_t c = 0; c < t->n_columns; c++)
        csv_cell(&r->writer, &t->column[c], &cell[c]);
    csv_flush(&r->writer, r->out);
}

static void tables_as_csv(const struct document *d, struct doc_out *out, char separator)
{
    struct csv_rows r = {.writer = {.separator = separator}, .out = out};
    size_t n = 0, written = 0;
    buf_init(&r.writer.line);
    for (size_t i = 0; i < d->n; i++)
        n += d->block[i]->table != NULL;
    for (size_t i = 0; i < d->n; i++) {
        const struct doc_table *t = d->block[i]->table;
        if (!t)
            continue;
        if (written++ > 0)
            buf_addc(&out->buf, '\n');
        if (n > 1) {
            csv_text(&r.writer, t->caption, strlen(t->caption));
            csv_flush(&r.writer, out);
        }
        csv_header(&r.writer, t);
        csv_flush(&r.writer, out);
        doc_rows(t, out, csv_row, &r);
    }
    buf_release(&r.writer.line);
}

void doc_csv(const struct document *d, struct doc_out *out)
{
    tables_as_csv(d, out, ',');
}

void doc_tsv(const struct document *d, struct doc_out *out)
{
    tables_as_csv(d, out, '\t');
}

/* ---- JSON ---- */

static struct jval *cell_json(const struct doc_cell *cell)
{
    if (cell->kind == CELL_MISSING)
        return jval_new_null();
    if (cell->kind == CELL_TEXT)
        return jval_new_string_n(cell->text, cell->n);
    if (cell->kind == CELL_INT)
        return jval_new_int(cell->i);
    return jval_new_real(cell->value);
}

struct json_rows {
    struct doc_out *out;
    const char *between; /* rows */
    bool first;
};

static void json_row(void *context, const struct doc_table *t, const struct doc_cell *cell)
{
    struct json_rows *r = context;
    struct jval *o = jval_new_object();
    for (size_t c = 0; c < t->n_columns; c++) {
        const struct doc_column *column = &t->column[c];
        jval_put(o, column->name, cell_json(&cell[c]));
        if (!column->interval)
            continue;
        char *lo = mem_printf("%s.lo", column->name), *hi = mem_printf("%s.hi", column->name);
        bool has = doc_has_interval(&cell[c]);
        jval_put(o, lo, has ? jval_new_real(cell[c].lo) : jval_new_null());
        jval_put(o, hi, has ? jval_new_real(cell[c].hi) : jval_new_null());
        free(lo);
        free(hi);
    }
    buf_adds(&r->out->buf, r->first ? "" : r->between);
    r->first = false;
    jval_write(o, false, &r->out->buf);
    jval_free(o);
}

/* An array of objects, as `rote export` writes them. */
static void json_table_rows(const struct doc_table *t, struct doc_out *out)
{
    struct json_rows r = {.out = out, .between = ",\n", .first = true};
    buf_adds(&out->buf, t->n_rows > 0 ? "[\n" : "[");
    doc_rows(t, out, json_row, &r);
    buf_adds(&out->buf, "\n]");
}

/* An object a line. */
void doc_jsonl(const struct document *d, struct doc_out *out)
{
    for (size_t i = 0; i < d->n; i++) {
        struct json_rows r = {.out = out, .between = "\n", .first = true};
        if (!d->block[i]->table)
            continue;
        doc_rows(d->block[i]->table, out, json_row, &r);
        buf_adds(&out->buf, r.first ? "" : "\n");
    }
}

static struct jval *text_json(const struct doc_text *text)
{
    struct buf plain;
    buf_init(&plain);
    doc_text_plain(text, &plain);
    struct jval *o = jval_new_string_n(plain.data, plain.len);
    buf_release(&plain);
    return o;
}

static struct jval *items_json(const struct doc_block *b)
{
    struct jval *list = jval_new_array();
    for (size_t i = 0; i < b->n_items; i++) {
        struct jval *text = text_json(&b->item[i]->text);
        if (b->kind == BLOCK_LIST) {
            jval_append(list, text);
            continue;
        }
        struct jval *o = jval_new_object();
        jval_put_string(o, "term", b->item[i]->term);
        jval_put(o, "text", text);
        jval_append(list, o);
    }
    return list;
}

static struct jval *block_json(const struct doc_block *b)
{
    static const char *const name[] = {
        [BLOCK_HEADING] = "heading", [BLOCK_PARAGRAPH] = "paragraph",
        [BLOCK_LIST] = "list",       [BLOCK_DEFINITIONS] = "definitions",
        [BLOCK_CODE] = "code",       [BLOCK_TABLE] = "table",
        [BLOCK_PLOT] = "plot",
    };
    struct jval *o = jval_new_object();
    jval_put_string(o, "kind", name[b->kind]);
    if (b->kind == BLOCK_HEADING)
        jval_put_int(o, "level", b->level);
    if (b->text.n > 0)
        jval_put(o, "text", text_json(&b->text));
    if (b->n_items > 0)
        jval_put(o, "items", items_json(b));
    if (b->plot) {
        jval_put_string(o, "caption", b->plot->title);
        jval_put_string(o, "about", b->plot->subtitle);
        jval_put_string(o, "note", b->plot->footnote);
    } else if (b->table) {
        jval_put_string(o, "caption", b->table->caption);
        jval_put(o, "note", b->table->note.n ? text_json(&b->table->note) : jval_new_null());
    }
    return o;
}

/* A line per block and row; a document of one table and nothing else is its rows alone. */
void doc_json(const struct document *d, struct doc_out *out)
{
    if (d->n == 1 && d->block[0]->kind == BLOCK_TABLE) {
        json_table_rows(d->block[0]->table, out);
        buf_addc(&out->buf, '\n');
        return;
    }
    struct jval *title = jval_new_string(d->title);
    buf_adds(&out->buf, "{\"title\":");
    jval_write(title, false, &out->buf);
    jval_free(title);
    buf_adds(&out->buf, ",\"blocks\":[");
    for (size_t i = 0; i < d->n; i++) {
        struct jval *o = block_json(d->block[i]);
        buf_adds(&out->buf, i ? ",\n" : "\n");
        jval_write(o, false, &out->buf);
        jval_free(o);
        if (d->block[i]->table) {
            buf_truncate(&out->buf, out->buf.len - 1);
            buf_adds(&out->buf, ",\"rows\":");
            json_table_rows(d->block[i]->table, out);
            buf_addc(&out->buf, '}');
        }
    }
    buf_adds(&out->buf, "\n]}\n");
}
