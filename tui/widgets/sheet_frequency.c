/* How often the values of a column occur: every text, or numbers in bins (bins.h). */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "analysis/math/parallel.h"
#include "storage/base/intern.h"
#include "storage/base/mem.h"
#include "tui/widgets/bins.h"
#include "tui/widgets/sheet_private.h"

enum { CHUNK = 65536 };

/* ---- the table, as a source of its own: a column may have millions of values ---- */

struct ranked {
    int64_t count;
    int32_t number; /* of the text or of the bin */
};

struct frequency {
    struct sheet_source source;
    char *column;          /* whose values these are */
    struct intern *values; /* NULL: bins */
    struct strtab names;
    struct bins bins;
    struct ranked *ranked;
    int64_t total, most;
};

static void frequency_cell(const struct sheet_source *s, int64_t row, int column, struct value *v,
                           struct buf *scratch)
{
    const struct frequency *f = (const struct frequency *)s;
    const struct ranked *r = &f->ranked[row];
    if (column == 0 && f->values) {
        value_text(v, strtab_get(&f->names, r->number), ROLE_NORMAL);
    } else if (column == 0) {
        bins_label(&f->bins, r->number, scratch);
        value_text(v, scratch->data, r->number == f->bins.n ? ROLE_DIM : ROLE_NORMAL);
        v->r = r->number;
    } else if (column == 1) {
        value_int(v, r->count, ROLE_NORMAL);
    } else {
        value_real(v, f->total > 0 ? (double)r->count / (double)f->total : 0, ROLE_NORMAL);
    }
    v->part[0].share = f->most > 0 ? (double)r->count / (double)f->most : 0;
    v->part[0].style = ROLE_RUN_1;
    v->part[0].fill = GLYPH_FULL;
    v->n_parts = 1;
}

static void frequency_release(struct sheet_source *s)
{
    struct frequency *f = (struct frequency *)s;
    intern_free(f->values);
    free(f->column);
    free(f->ranked);
    free(f);
}

static const struct sheet_source_ops frequency_ops = {.cell = frequency_cell,
                                                      .release = frequency_release};

/* Takes the values over (NULL: bins). `count` is by number, n of them. NULL with *err. */
static struct frequency *frequency_new(const char *column, struct intern *values, int32_t n,
                                       const int64_t *count, struct error *err)
{
    enum { COLUMNS = 4 };
    static const struct column texts[COLUMNS] = {
        {.name = "value", .kind = COLUMN_TEXT, .width = 24, .width_max = 48},
        {.name = "count", .kind = COLUMN_INT, .width = 11, .help = "rows that have the value"},
        {.name = "share",
         .kind = COLUMN_PERCENT,
         .width = 8,
         .decimals = 1,
         .help = "of the rows that are shown"},
        {.name = "bar", .kind = COLUMN_BAR, .width = 20, .width_max = 40},
    };
    static const struct column numbers[COLUMNS] = {
        {.name = "value",
         .kind = COLUMN_BADGE,
         .width = 24,
         .width_max = 32,
         .right = true,
         .help = "a number, or a bin with its edges: the lower one belongs to it"},
        {.name = "count", .kind = COLUMN_INT, .width = 11, .help = "rows that have the value"},
        {.name = "share",
         .kind = COLUMN_PERCENT,
         .width = 8,
         .decimals = 1,
         .help = "of the rows that are shown"},
        {.name = "bar", .kind = COLUMN_BAR, .width = 20, .width_max = 40},
    };
    struct frequency *f = mem_zalloc(1, sizeof *f);
    f->values = values;
    f->column = mem_strdup(column);
    if (values)
        f->names = intern_table(values);
    f->source = (struct sheet_source){.ops = &frequency_ops,
                                      .columns = values ? texts : numbers,
                                      .n_columns = COLUMNS,
                                      .n_rows = n,
                                      .refs = 1};
    f->ranked = mem_try_array((size_t)n, sizeof *f->ranked, "frequency table", err);
    if (!f->ranked) {
        frequency_release(&f->source);
        return NULL;
    }
    for (int32_t i = 0; i < n; i++) {
        f->ranked[i] = (struct ranked){.count = count[i], .number = i};
        f->total += count[i];
        f->most = count[i] > f->most ? count[i] : f->most;
    }
    return f;
}

struct frequency_request {
    struct sheet_source *source;
    struct order *order;
    int column;
    struct frequency *result;
    void (*done)(void *context, struct sheet_source *source, const struct error *err);
    void *context;
};

/* ---- texts ---- */

struct tally {
    struct intern *values;
    int64_t *count;
    size_t cap;
};

static bool count_texts(const struct frequency_request *r, struct tally *t,
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

static int most_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

static bool frequency_of_texts(struct frequency_request *r, struct progress *progress,
                               struct error *err)
{
    struct tally t = {.values = intern_new()};
    if (count_texts(r, &t, progress, err))
        r->result = frequency_new(r->source->columns[r->column].name, t.values,
                                  intern_count(t.values), t.count, err);
    else
        intern_free(t.values);
    free(t.count);
    if (r->result)
        qsort(r->result->ranked, (size_t)r->result->source.n_rows, sizeof *r->result->ranked,
              most_first);
    return r->result != NULL;
}

/* ---- numbers ---- */

/* What one thread has met and counted. */
struct count_part {
    struct numbers_met met;
    int64_t count[BINS + 1];
};

struct number_count {
    const struct frequency_request *r;
    const struct bins *bins; /* NULL: looking for the smallest and the largest */
    struct count_part part[PARALLEL_MAX];
};

static double number_of(const struct frequency_request *r, int64_t at, struct buf *scratch)
{
    struct value v = {0};
    buf_clear(scratch);
    r->source->ops->cell(r->source, order_row(r->order, at), r->column, &v, scratch);
    if (v.missing)
        return NAN;
    return r->source->columns[r->column].kind == COLUMN_INT ? (double)v.i : (double)(float)v.r;
}

static bool count_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)err;
    struct number_count *c = context;
    struct count_part *part = &c->part[worker];
    struct buf scratch;
    buf_init(&scratch);
    for (int64_t at = begin; at < end; at++) {
        double x = number_of(c->r, at, &scratch);
        if (c->bins)
            part->count[bins_find(c->bins, x)]++;
        else
            numbers_meet(&part->met, x);
    }
    buf_release(&scratch);
    return true;
}

/* All parts in the first one. */
static void join_parts(struct number_count *c)
{
    struct count_part *sum = &c->part[0];
    for (int i = 1; i < PARALLEL_MAX; i++) {
        const struct count_part *p = &c->part[i];
        numbers_join(&sum->met, &p->met);
        for (int k = 0; k <= BINS; k++)
            sum->count[k] += p->count[k];
    }
}

static bool count_numbers(struct number_count *c, struct progress *progress, struct error *err)
{
    bool ok =
        parallel_for(c->r->order->n, CHUNK, count_chunk, c, progress, "counting", "rows", err);
    join_parts(c);
    return ok;
}

static bool frequency_of_numbers(struct frequency_request *r, struct progress *progress,
                                 struct error *err)
{
    const struct column *column = &r->source->columns[r->column];
    struct bins b = {0};
    struct number_count *c = mem_zalloc(1, sizeof *c);
    c->r = r;
    bool ok = count_numbers(c, progress, err);
    const struct numbers_met met = c->part[0].met;
    if (ok && (met.n > 0 || met.below || met.above))
        bins_choose(&b, column->kind, &met);
    memset(c->part, 0, sizeof c->part);
    c->bins = &b;
    ok = ok && count_numbers(c, progress, err);
    int64_t missing = c->part[0].count[b.n];
    if (ok)
        r->result = frequency_new(column->name, NULL, b.n + (missing > 0), c->part[0].count, err);
    if (r->result)
        r->result->bins = b;
    free(c);
    return r->result != NULL;
}

/* ---- the job ---- */

static bool frequency_work(void *context, struct progress *progress, struct error *err)
{
    struct frequency_request *r = context;
    return column_has_text(r->source->columns[r->column].kind)
               ? frequency_of_texts(r, progress, err)
               : frequency_of_numbers(r, progress, err);
}

static void frequency_done(void *context, bool ok, const struct error *err)
{
    struct frequency_request *r = context;
    r->done(r->context, ok ? &r->result->source : NULL, err);
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

bool sheet_filter_counted(struct sheet *s, const struct sheet_source *table, int64_t row,
                          struct error *err)
{
    assert(table->ops == &frequency_ops);
    const struct frequency *f = (const struct frequency *)table;
    int32_t number = f->ranked[row].number;
    struct buf condition;
    buf_init(&condition);
    bool ok = true;
    if (f->values) {
        int column = -1;
        for (int c = 0; c < s->source->n_columns; c++)
            column = strcmp(s->source->columns[c].name, f->column) == 0 ? c : column;
        ok = column >= 0 || error_set(err, ERROR_STATE, "the column %s is gone", f->column);
        if (ok)
            sheet_filter_equal(s, column, strtab_get(&f->names, number));
    } else {
        bins_condition(&f->bins, f->column, number, &condition);
        ok = sheet_where(s, condition.data, err);
    }
    buf_release(&condition);
    return ok;
}
