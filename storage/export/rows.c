#include "storage/export/rows.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "storage/export/document_private.h"

static const char *const format_name[] = {"csv", "tsv",  "json", "jsonl",
                                          "md",  "html", "tex",  "txt"};

bool rows_format_find(const char *name, enum rows_format *out, struct error *err)
{
    for (int i = 0; i <= ROWS_TXT; i++)
        if (strcmp(name, format_name[i]) == 0) {
            *out = (enum rows_format)i;
            return true;
        }
    return error_set(err, ERROR_USAGE,
                     "the format %s is not one of csv, tsv, json, jsonl, md, html, tex, txt", name);
}

bool rows_format_of(const char *path, enum rows_format *out, struct error *err)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    *out = ROWS_CSV;
    return !dot || strcmp(path, "-") == 0 || rows_format_find(dot + 1, out, NULL) ||
           error_set(err, ERROR_USAGE,
                     "%s: a name ends in .csv .tsv .json .jsonl .md .html .tex or .txt", path);
}

static bool is_json(const struct rows_writer *w)
{
    return w->format == ROWS_JSON || w->format == ROWS_JSONL;
}

static bool is_table(const struct rows_writer *w)
{
    return w->format == ROWS_CSV || w->format == ROWS_TSV;
}

static bool is_page(const struct rows_writer *w)
{
    return w->format >= ROWS_HTML;
}

static bool put(struct rows_writer *w, const char *bytes, size_t n, struct error *err)
{
    if (fwrite(bytes, 1, n, w->csv.stream) != n)
        return error_set_errno(err, errno, "cannot write %s",
                               w->csv.own ? w->csv.file.path : "the output");
    return true;
}

static void add_markdown(struct rows_writer *w, const char *s)
{
    buf_adds(&w->line, w->at == 0 ? "| " : " | ");
    doc_cut(&w->line, md_escape_cell, s, strlen(s));
}

static bool put_header(struct rows_writer *w, struct error *err)
{
    if (w->format == ROWS_JSON)
        return put(w, "[", 1, err);
    if (w->format == ROWS_JSONL)
        return true;
    for (int i = 0; is_page(w) && i < w->n_columns; i++)
        doc_table_column(w->table, w->column[i], DOC_TEXT, 0);
    if (is_page(w))
        return true;
    for (int i = 0; i < w->n_columns; i++)
        rows_text(w, w->column[i]);
    if (!rows_end(w, err))
        return false;
    if (w->format == ROWS_MD) {
        for (int i = 0; i < w->n_columns; i++)
            buf_adds(&w->line, i == 0 ? "| ---" : " | ---");
        w->at = w->n_columns;
        return rows_end(w, err);
    }
    return true;
}

bool rows_begin(struct rows_writer *w, enum rows_format format, const char *path, FILE *out,
                const char *const *columns, int n_columns, struct error *err)
{
    *w = (struct rows_writer){
        .format = format, .column = columns, .n_columns = n_columns, .first = true};
    buf_init(&w->line);
    if (!csv_begin(&w->csv, path, out, format == ROWS_TSV ? '\t' : ',', err))
        return false;
    if (is_json(w))
        w->object = jval_new_object();
    if (is_page(w)) {
        w->document = document_new("");
        w->table = document_table(w->document, "");
    }
    if (put_header(w, err))
        return true;
    rows_abandon(w);
    return false;
}

/* A page's row begins with its first cell. */
static void page_cell(struct rows_writer *w, bool number)
{
    if (w->at == 0)
        doc_row(w->table);
    if (number)
        w->table->column[w->at].number = DOC_EXACT;
}

void rows_text(struct rows_writer *w, const char *s)
{
    if (is_page(w)) {
        page_cell(w, false);
        doc_cell_text(w->table, s);
        w->at++;
        return;
    }
    if (is_json(w))
        jval_put_string(w->object, w->column[w->at], s);
    else if (!is_table(w))
        add_markdown(w, s ? s : "");
    else if (s)
        csv_text(&w->csv, s, strlen(s));
    else
        csv_empty(&w->csv);
    w->at++;
}

void rows_int(struct rows_writer *w, int64_t value)
{
    if (is_page(w)) {
        page_cell(w, true);
        doc_cell_int(w->table, value);
    } else if (is_json(w)) {
        jval_put_int(w->object, w->column[w->at], value);
    } else if (is_table(w)) {
        csv_int(&w->csv, value);
    } else {
        char text[32];
        snprintf(text, sizeof text, "%lld", (long long)value);
        add_markdown(w, text);
    }
    w->at++;
}

void rows_real(struct rows_writer *w, double value)
{
    if (is_page(w)) {
        page_cell(w, true);
        doc_cell_real(w->table, value);
    } else if (is_json(w)) {
        jval_put_real(w->object, w->column[w->at], value);
    } else if (is_table(w)) {
        csv_real(&w->csv, value);
    } else {
        char text[32] = "";
        if (isfinite(value))
            snprintf(text, sizeof text, "%.9g", value);
        add_markdown(w, text);
    }
    w->at++;
}

void rows_json(struct rows_writer *w, struct jval *value, const char *text)
{
    if (is_json(w)) {
        jval_put(w->object, w->column[w->at], value);
        w->at++;
    } else {
        jval_free(value);
        rows_text(w, text);
    }
}

bool rows_end(struct rows_writer *w, struct error *err)
{
    w->at = 0;
    if (is_page(w))
        return true;
    if (is_table(w))
        return csv_end_line(&w->csv, err);
    if (is_json(w)) {
        if (w->format == ROWS_JSON)
            buf_adds(&w->line, w->first ? "\n" : ",\n");
        jval_write(w->object, false, &w->line);
        jval_free(w->object);
        w->object = jval_new_object();
        w->first = false;
    } else {
        buf_adds(&w->line, " |");
    }
    if (w->format != ROWS_JSON)
        buf_addc(&w->line, '\n');
    bool ok = put(w, w->line.data, w->line.len, err);
    buf_clear(&w->line);
    return ok;
}

static void release(struct rows_writer *w)
{
    jval_free(w->object);
    w->object = NULL;
    document_free(w->document);
    w->document = NULL;
    buf_release(&w->line);
}

bool rows_commit(struct rows_writer *w, struct error *err)
{
    if (w->format == ROWS_JSON && !put(w, "\n]\n", 3, err)) {
        rows_abandon(w);
        return false;
    }
    static const enum document_format page[] = {DOCUMENT_HTML, DOCUMENT_TEX_PART, DOCUMENT_TXT};
    if (is_page(w) &&
        !document_save(w->document, page[w->format - ROWS_HTML], "-", w->csv.stream, NULL, err)) {
        rows_abandon(w);
        return false;
    }
    release(w);
    return csv_commit(&w->csv, err);
}

void rows_abandon(struct rows_writer *w)
{
    release(w);
    csv_abandon(&w->csv);
}
