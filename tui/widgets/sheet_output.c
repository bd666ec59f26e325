/* A sheet written out as CSV, and the frequency table of a column. */
#include <string.h>

#include "storage/base/intern.h"
#include "storage/base/mem.h"
#include "storage/export/csv.h"
#include "tui/widgets/sheet_private.h"

/* ---- export ---- */

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

static bool write_rows(struct csv_writer *w, const struct sheet_source *s,
                       const struct order *order, struct progress *progress, struct error *err)
{
    struct buf scratch, text;
    buf_init(&scratch);
    buf_init(&text);
    for (int c = 0; c < s->n_columns; c++)
        csv_text(w, s->columns[c].name, strlen(s->columns[c].name));
    bool ok = csv_end_line(w, err);
    for (int64_t at = 0; ok && at < order->n; at++) {
        if (at % 1024 == 0)
            ok = progress_at(progress, "writing", (double)at, (double)order->n, "rows", err);
        for (int c = 0; ok && c < s->n_columns; c++) {
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

static bool export_to(const struct sheet_source *s, const struct order *order, const char *path,
                      FILE *out, struct progress *progress, struct error *err)
{
    size_t n = strlen(path);
    char separator = n > 4 && strcmp(path + n - 4, ".tsv") == 0 ? '\t' : ',';
    struct csv_writer w;
    if (!csv_begin(&w, path, out, separator, err))
        return false;
    if (write_rows(&w, s, order, progress, err))
        return csv_commit(&w, err);
    csv_abandon(&w);
    return false;
}

bool sheet_export(const struct sheet *s, const char *path, FILE *out, struct error *err)
{
    return export_to(s->source, s->order, path, out, NULL, err);
}

struct export_request {
    struct sheet_source *source;
    struct order *order;
    char *path;
    void (*done)(void *context, const char *path, bool ok, const struct error *err);
    void *context;
};

static bool export_work(void *context, struct progress *progress, struct error *err)
{
    struct export_request *r = context;
    return export_to(r->source, r->order, r->path, NULL, progress, err);
}

static void export_done(void *context, bool ok, const struct error *err)
{
    struct export_request *r = context;
    r->done(r->context, r->path, ok, err);
    sheet_source_unref(r->source);
    order_unref(r->order);
    free(r->path);
    free(r);
}

void sheet_export_start(struct sheet *s, const char *path,
                        void (*done)(void *context, const char *path, bool ok,
                                     const struct error *err),
                        void *context)
{
    struct export_request *r = mem_alloc(sizeof *r);
    *r = (struct export_request){.source = sheet_source_ref(s->source),
                                 .order = order_ref(s->order),
                                 .path = mem_strdup(path),
                                 .done = done,
                                 .context = context};
    jobs_start(s->jobs,
               &(struct job_spec){
                   .name = "writing", .work = export_work, .done = export_done, .context = r});
}

/* ---- frequency ---- */

struct frequency_request {
    struct sheet_source *source;
    struct order *order;
    int column;
    struct sheet_source *result;
    void (*done)(void *context, struct sheet_source *source, const struct error *err);
    void *context;
};

struct tally {
    struct intern *values;
    int64_t *count;
    size_t cap;
};

static bool count_values(const struct frequency_request *r, struct tally *t,
                         struct progress *progress, struct error *err)
{
    const struct column *column = &r->source->columns[r->column];
    struct buf scratch, text;
    buf_init(&scratch);
    buf_init(&text);
    bool ok = true;
    for (int64_t at = 0; ok && at < r->order->n; at++) {
        if (at % 8192 == 0)
            ok = progress_at(progress, "counting", (double)at, (double)r->order->n, "rows", err);
        struct value v = {0};
        buf_clear(&scratch);
        buf_clear(&text);
        r->source->ops->cell(r->source, order_row(r->order, at), r->column, &v, &scratch);
        value_format(column, &v, &glyphs_utf8, &text);
        int32_t number = ok ? intern_add(t->values, text.data, text.len, err) : -1;
        size_t had = t->cap;
        ok = number >= 0 && mem_try_grow((void **)&t->count, &t->cap, (size_t)number + 1,
                                         sizeof *t->count, "counts", err);
        if (ok && t->cap > had)
            memset(t->count + had, 0, (t->cap - had) * sizeof *t->count);
        if (ok)
            t->count[number]++;
    }
    buf_release(&scratch);
    buf_release(&text);
    return ok;
}

struct ranked {
    int64_t count;
    int32_t number;
};

static int most_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

/* The table, as a source of its own: a column may have millions of values. */
struct frequency {
    struct sheet_source source;
    struct intern *values;
    struct strtab names;
    struct ranked *ranked;
    int64_t total;
};

static void frequency_cell(const struct sheet_source *s, int64_t row, int column, struct value *v,
                           struct buf *scratch)
{
    (void)scratch;
    const struct frequency *f = (const struct frequency *)s;
    const struct ranked *r = &f->ranked[row];
    double share = (double)r->count / (double)f->total;
    if (column == 0)
        value_text(v, strtab_get(&f->names, r->number), ROLE_NORMAL);
    else if (column == 1)
        value_int(v, r->count, ROLE_NORMAL);
    else
        value_real(v, share, ROLE_NORMAL);
    v->part[0].share = (double)r->count / (double)f->ranked[0].count;
    v->part[0].style = ROLE_RUN_1;
    v->part[0].fill = GLYPH_FULL;
    v->n_parts = 1;
}

static void frequency_release(struct sheet_source *s)
{
    struct frequency *f = (struct frequency *)s;
    intern_free(f->values);
    free(f->ranked);
    free(f);
}

/* Takes the values over. */
static struct sheet_source *frequency_source(struct intern *values, const int64_t *count,
                                             int64_t total)
{
    static const struct sheet_source_ops ops = {.cell = frequency_cell,
                                                .release = frequency_release};
    static const struct column columns[] = {
        {.name = "value", .kind = COLUMN_TEXT, .width = 24, .width_max = 48},
        {.name = "count", .kind = COLUMN_INT, .width = 11},
        {.name = "share", .kind = COLUMN_PERCENT, .width = 8, .decimals = 1},
        {.name = "bar", .kind = COLUMN_BAR, .width = 20, .width_max = 40},
    };
    int32_t n = intern_count(values);
    struct frequency *f = mem_alloc(sizeof *f);
    *f = (struct frequency){.values = values, .names = intern_table(values), .total = total};
    f->source = (struct sheet_source){
        .ops = &ops, .columns = columns, .n_columns = ARRAY_LEN(columns), .n_rows = n, .refs = 1};
    f->ranked = mem_zalloc((size_t)n, sizeof *f->ranked);
    for (int32_t i = 0; i < n; i++)
        f->ranked[i] = (struct ranked){.count = count[i], .number = i};
    qsort(f->ranked, (size_t)n, sizeof *f->ranked, most_first);
    return &f->source;
}

static bool frequency_work(void *context, struct progress *progress, struct error *err)
{
    struct frequency_request *r = context;
    struct tally t = {.values = intern_new()};
    bool ok = count_values(r, &t, progress, err);
    if (ok)
        r->result = frequency_source(t.values, t.count, r->order->n);
    else
        intern_free(t.values);
    free(t.count);
    return ok;
}

static void frequency_done(void *context, bool ok, const struct error *err)
{
    struct frequency_request *r = context;
    r->done(r->context, ok ? r->result : NULL, err);
    sheet_source_unref(r->source);
    order_unref(r->order);
    free(r);
}

void sheet_frequency_start(struct sheet *s, int column,
                           void (*done)(void *context, struct sheet_source *source,
                                        const struct error *err),
                           void *context)
{
    struct frequency_request *r = mem_alloc(sizeof *r);
    *r = (struct frequency_request){.source = sheet_source_ref(s->source),
                                    .order = order_ref(s->order),
                                    .column = column,
                                    .done = done,
                                    .context = context};
    jobs_start(s->jobs, &(struct job_spec){.name = "counting",
                                           .work = frequency_work,
                                           .done = frequency_done,
                                           .context = r});
}
