/* A sheet written out, by the ending of the file's name. */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/export/csv.h"
#include "storage/export/rows.h"
#include "tui/widgets/sheet_private.h"

static void write_value(struct csv_writer *w, const struct column *column, const struct value *v,
                        struct buf *text)
{
    if (v->missing) {
        csv_empty(w);
    } else if (column->kind == COLUMN_INT) {
        csv_int(w, v->i);
    } else if (column_has_text(column->kind)) {
        buf_clear(text);
        value_format(column, v, &glyphs_utf8, text);
        csv_text(w, text->data, text->len);
    } else {
        csv_real(w, v->r);
    }
}

/* The columns that are written. */
struct choice {
    int n, column[SHEET_COLUMNS];
};

static struct choice columns_of(const struct sheet *s)
{
    struct choice chosen = {0};
    for (int c = 0; c < s->source->n_columns; c++)
        if (!sheet_is_hidden(s, c))
            chosen.column[chosen.n++] = c;
    return chosen;
}

static bool write_rows(struct csv_writer *w, const struct sheet_source *s,
                       const struct order *order, const struct choice *chosen,
                       struct progress *progress, struct error *err)
{
    struct buf scratch, text;
    buf_init(&scratch);
    buf_init(&text);
    for (int i = 0; i < chosen->n; i++) {
        const char *name = s->columns[chosen->column[i]].name;
        csv_text(w, name, strlen(name));
    }
    bool ok = csv_end_line(w, err);
    for (int64_t at = 0; ok && at < order->n; at++) {
        if (at % 1024 == 0)
            ok = progress_at(progress, "writing", (double)at, (double)order->n, "rows", err);
        for (int i = 0; ok && i < chosen->n; i++) {
            int c = chosen->column[i];
            struct value v = {0};
            buf_clear(&scratch);
            s->ops->cell(s, order_row(order, at), c, &v, &scratch);
            write_value(w, &s->columns[c], &v, &text);
        }
        ok = ok && csv_end_line(w, err);
    }
    buf_release(&scratch);
    buf_release(&text);
    return ok;
}

static bool export_to(const struct sheet_source *s, const struct order *order,
                      const struct choice *chosen, const struct sheet_words *words,
                      const char *path, FILE *out, struct progress *progress, struct error *err)
{
    static const enum document_format page[] = {
        [ROWS_JSON] = DOCUMENT_JSON, [ROWS_JSONL] = DOCUMENT_JSONL, [ROWS_MD] = DOCUMENT_MD,
        [ROWS_HTML] = DOCUMENT_HTML, [ROWS_TEX] = DOCUMENT_TEX,     [ROWS_TXT] = DOCUMENT_TXT};
    enum rows_format format;
    struct csv_writer w;
    if (!rows_format_of(path, &format, err))
        return false;
    if (format != ROWS_CSV && format != ROWS_TSV)
        return sheet_write_document(s, order, chosen->column, chosen->n, words, page[format], path,
                                    progress, err);
    if (!csv_begin(&w, path, out, format == ROWS_TSV ? '\t' : ',', err))
        return false;
    if (write_rows(&w, s, order, chosen, progress, err))
        return csv_commit(&w, err);
    csv_abandon(&w);
    return false;
}

bool sheet_export(const struct sheet *s, const char *path, FILE *out, struct error *err)
{
    struct choice chosen = columns_of(s);
    return export_to(s->source, s->order, &chosen, &(struct sheet_words){0}, path, out, NULL, err);
}

struct export_request {
    struct sheet_source *source;
    struct order *order;
    struct choice chosen;
    char *path, *title, *note;
    void (*done)(void *context, const char *path, bool ok, const struct error *err);
    void *context;
};

static bool export_work(void *context, struct progress *progress, struct error *err)
{
    struct export_request *r = context;
    struct sheet_words words = {.title = r->title, .note = r->note};
    return export_to(r->source, r->order, &r->chosen, &words, r->path, NULL, progress, err);
}

static void export_done(void *context, bool ok, const struct error *err)
{
    struct export_request *r = context;
    r->done(r->context, r->path, ok, err);
    sheet_source_unref(r->source);
    order_unref(r->order);
    free(r->path);
    free(r->title);
    free(r->note);
    free(r);
}

void sheet_export_start(struct sheet *s, const char *path, const struct sheet_words *words,
                        void (*done)(void *context, const char *path, bool ok,
                                     const struct error *err),
                        void *context)
{
    struct export_request *r = mem_alloc(sizeof *r);
    *r = (struct export_request){.source = sheet_source_ref(s->source),
                                 .order = order_ref(s->order),
                                 .chosen = columns_of(s),
                                 .path = mem_strdup(path),
                                 .title = words->title ? mem_strdup(words->title) : NULL,
                                 .note = words->note ? mem_strdup(words->note) : NULL,
                                 .done = done,
                                 .context = context};
    jobs_start(s->jobs, &(struct job_spec){.name = "writing",
                                           .flags = JOB_WRITES,
                                           .work = export_work,
                                           .done = export_done,
                                           .context = r});
}
