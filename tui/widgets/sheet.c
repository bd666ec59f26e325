#include "tui/widgets/sheet.h"

#include <stdarg.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/widgets/sheet_private.h"

/* ---- life ---- */

struct sheet *sheet_new(struct sheet_source *source, struct jobs *jobs)
{
    struct sheet *s = mem_zalloc(1, sizeof *s);
    s->source = source;
    s->wanted = sheet_source_ref(source);
    s->order = order_all(source->n_rows);
    s->jobs = jobs;
    s->tie = mem_alloc(sizeof *s->tie);
    *s->tie = (struct sheet_tie){.sheet = s, .refs = 1};
    s->header = true;
    s->position = source->n_rows > 0 ? 0 : -1;
    return s;
}

struct sheet_tie *sheet_tie_ref(struct sheet *sheet)
{
    sheet->tie->refs++;
    return sheet->tie;
}

struct sheet *sheet_untie(struct sheet_tie *tie)
{
    struct sheet *sheet = tie->sheet;
    if (--tie->refs == 0)
        free(tie);
    return sheet;
}

static void drop_filters(struct order_spec *spec)
{
    for (size_t i = 0; i < spec->n_filters; i++)
        filter_unref(spec->filters[i]);
    spec->n_filters = 0;
}

void sheet_copy_spec(struct order_spec *to, const struct order_spec *from)
{
    struct order_spec old = *to;
    *to = *from;
    to->only = NULL;
    to->n_only = 0;
    for (size_t i = 0; i < to->n_filters; i++)
        filter_ref(to->filters[i]);
    drop_filters(&old);
}

void sheet_free(struct sheet *s)
{
    if (!s)
        return;
    if (s->arranging)
        jobs_cancel(s->jobs, s->arrange_job);
    sheet_search_clear(s);
    drop_filters(&s->spec);
    drop_filters(&s->shown);
    idset_release(&s->marks);
    for (size_t i = 0; i < s->n_wishes; i++)
        free(s->wishes[i].name);
    free(s->wishes);
    order_unref(s->order);
    sheet_source_unref(s->source);
    sheet_source_unref(s->wanted);
    s->tie->sheet = NULL;
    sheet_untie(s->tie);
    free(s->notice);
    free(s->taken);
    free(s);
}

void sheet_set_source(struct sheet *sheet, struct sheet_source *source)
{
    sheet_follow_columns(sheet, source);
    sheet_source_unref(sheet->wanted);
    sheet->wanted = sheet_source_ref(source);
    sheet_arrange(sheet, source);
}

const struct sheet_source *sheet_source(const struct sheet *sheet)
{
    return sheet->source;
}

void sheet_set_header(struct sheet *sheet, bool shown)
{
    sheet->header = shown;
}

void sheet_set_idle_cursor(struct sheet *sheet, bool shown)
{
    sheet->no_idle_cursor = !shown;
}

/* ---- the cursor ---- */

int64_t sheet_count(const struct sheet *s)
{
    return s->order->n;
}

int64_t sheet_position(const struct sheet *s)
{
    return s->position;
}

int64_t sheet_row_at(const struct sheet *s, int64_t position)
{
    return position >= 0 && position < s->order->n ? order_row(s->order, position) : -1;
}

int64_t sheet_row(const struct sheet *s)
{
    return sheet_row_at(s, s->position);
}

int64_t sheet_id(const struct sheet *s)
{
    int64_t row = sheet_row(s);
    return row < 0 ? -1 : source_id(s->source, row);
}

int sheet_column(const struct sheet *s)
{
    return s->column;
}

int64_t sheet_height(const struct sheet *s)
{
    int height = s->rows - s->header_rows;
    return height > 0 ? height : 1;
}

void sheet_place(struct sheet *s, int64_t position)
{
    int64_t last = s->order->n - 1;
    s->position = position > last ? last : position < 0 && last >= 0 ? 0 : position;
}

void sheet_anchor(struct sheet *s)
{
    if (s->position < 0)
        return;
    s->anchored = true;
    s->anchor = sheet_id(s);
}

void sheet_go(struct sheet *s, int64_t position)
{
    sheet_place(s, position);
    sheet_anchor(s);
}

void sheet_move(struct sheet *s, int64_t by)
{
    int64_t position = s->position < 0 ? 0 : s->position;
    if (by > 0 && by > s->order->n - position)
        by = s->order->n - position;
    sheet_go(s, by < 0 && -by > position ? 0 : position + by);
}

void sheet_move_column(struct sheet *s, int by)
{
    int column = s->column, last = s->source->n_columns - 1, step = by < 0 ? -1 : 1;
    for (int left = by * step; left > 0; left--) {
        int next = column + step;
        while (next > 0 && next <= last && !sheet_column_shown(s, next))
            next += step;
        if (next < 0 || next > last)
            break;
        column = next;
    }
    s->column = column;
}

void sheet_go_column(struct sheet *s, int column)
{
    int last = s->source->n_columns - 1;
    s->column = column > last ? last : column < 0 ? 0 : column;
}

bool sheet_select(struct sheet *s, int64_t id)
{
    int64_t position = order_find(s->order, source_row(s->source, id), s->position);
    if (position < 0)
        return false;
    sheet_go(s, position);
    return true;
}

/* ---- cells ---- */

void sheet_value(const struct sheet *s, int64_t row, int column, struct value *v,
                 struct buf *scratch)
{
    *v = (struct value){0};
    buf_clear(scratch);
    s->source->ops->cell(s->source, row, column, v, scratch);
}

void sheet_cell_text(const struct sheet *s, int64_t row, int column, struct buf *out)
{
    struct value v;
    struct buf scratch;
    buf_init(&scratch);
    sheet_value(s, row, column, &v, &scratch);
    value_format(&s->source->columns[column], &v, &glyphs_utf8, out);
    buf_release(&scratch);
}

int sheet_find_column(const struct sheet *s, const char *name)
{
    size_t n = strlen(name);
    int found = -1;
    for (int c = s->source->n_columns; c-- > 0;)
        if (strncmp(s->source->columns[c].name, name, n) == 0) {
            found = c;
            if (s->source->columns[c].name[n] == '\0')
                return c;
        }
    return found;
}

/* ---- order and filters ---- */

static int column_named(const struct sheet_source *s, const char *name)
{
    for (int c = 0; c < s->n_columns; c++)
        if (strcmp(s->columns[c].name, name) == 0)
            return c;
    return -1;
}

/* A filter in terms of other columns; NULL: one that it speaks of is gone. */
static struct filter *follow_filter(struct filter *f, const struct column *old,
                                    const struct sheet_source *next)
{
    if (f->where)
        return filter_new_where(next, f->label, NULL);
    if (!f->equal)
        return filter_ref(f);
    int column = column_named(next, old[f->column].name);
    return column < 0 ? NULL : filter_new_equal(&next->columns[column], column, f->equal);
}

static void follow_filters(struct sheet *s, const struct sheet_source *next)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->spec.n_filters; i++) {
        struct filter *f = s->spec.filters[i];
        struct filter *followed = follow_filter(f, s->wanted->columns, next);
        if (followed)
            s->spec.filters[kept++] = followed;
        else
            sheet_notice(s, "its column is gone: no filter %s any more", f->label);
        filter_unref(f);
    }
    s->spec.n_filters = kept;
}

/* Sorting by a column that is gone ends; so does a filter on its values. */
void sheet_follow_columns(struct sheet *s, const struct sheet_source *next)
{
    const struct column *old = s->wanted->columns;
    if (old == next->columns)
        return;
    follow_filters(s, next);
    size_t kept = 0;
    for (size_t i = 0; i < s->spec.n_keys; i++) {
        struct sort_key key = s->spec.keys[i];
        key.column = column_named(next, old[key.column].name);
        if (key.column >= 0)
            s->spec.keys[kept++] = key;
    }
    s->spec.n_keys = kept;
}

void sheet_follow_cursor(struct sheet *s, const struct sheet_source *next)
{
    const struct column *old = s->source->columns;
    if (old == next->columns)
        return;
    int cursor = s->column < s->source->n_columns ? column_named(next, old[s->column].name) : -1;
    s->column = cursor >= 0 ? cursor : 0;
}

/* A column of what is shown among those of what is wanted; -1: gone. */
static int wanted_column(const struct sheet *s, int column)
{
    return s->wanted == s->source ? column
                                  : column_named(s->wanted, s->source->columns[column].name);
}

static void set_keys(struct sheet *s, const struct sort_key *keys, size_t n)
{
    memcpy(s->spec.keys, keys, n * sizeof *keys);
    s->spec.n_keys = n;
    sheet_arrange(s, NULL);
}

void sheet_sort(struct sheet *s, int column, bool descending)
{
    enum { TIES = 2 }; /* earlier keys that go on deciding, unless more were asked for */
    const struct sort_key *keys = s->spec.keys;
    size_t n = s->spec.n_keys, kept = 0, most = n > TIES + 1 ? n : TIES + 1;
    column = wanted_column(s, column);
    if (column < 0)
        return;
    bool same = n > 0 && keys[0].column == column && keys[0].descending == descending;
    struct sort_key next[ORDER_KEYS + 1];
    if (!same)
        next[kept++] = (struct sort_key){.column = column, .descending = descending};
    for (size_t i = 0; i < n && kept < most; i++)
        if (keys[i].column != column)
            next[kept++] = keys[i];
    set_keys(s, next, kept);
}

void sheet_sort_first(struct sheet *s, int column, bool descending)
{
    struct sort_key next[ORDER_KEYS + 1];
    size_t kept = 0;
    column = wanted_column(s, column);
    if (column < 0)
        return;
    next[kept++] = (struct sort_key){.column = column, .descending = descending};
    for (size_t i = 0; i < s->spec.n_keys && kept < ORDER_KEYS; i++)
        if (s->spec.keys[i].column != column)
            next[kept++] = s->spec.keys[i];
    set_keys(s, next, kept);
}

bool sheet_sort_add(struct sheet *s, int column, bool descending, struct error *err)
{
    struct sort_key next[ORDER_KEYS + 1];
    const struct sort_key *keys = s->spec.keys;
    size_t n = s->spec.n_keys, kept = 0, i = 0;
    column = wanted_column(s, column);
    if (column < 0)
        return error_set(err, ERROR_STATE, "this column is gone");
    while (i < n && keys[i].column != column)
        next[kept++] = keys[i++];
    if (i == ORDER_KEYS)
        return error_set(err, ERROR_USAGE, "at most %d columns sort at once; gs drops them all",
                         ORDER_KEYS);
    if (i == n || keys[i].descending != descending)
        next[kept++] = (struct sort_key){.column = column, .descending = descending};
    while (++i < n)
        next[kept++] = keys[i];
    set_keys(s, next, kept);
    return true;
}

int sheet_sorted_by(const struct sheet *s, bool *descending)
{
    *descending = s->shown.n_keys > 0 && s->shown.keys[0].descending;
    return s->shown.n_keys > 0 ? s->shown.keys[0].column : -1;
}

void sheet_unsort(struct sheet *s)
{
    if (s->spec.n_keys == 0)
        return;
    s->spec.n_keys = 0;
    sheet_arrange(s, NULL);
}

static void add_filter(struct sheet *s, struct filter *f)
{
    if (s->spec.n_filters == ORDER_FILTERS) {
        sheet_notice(s, "at most %d filters at once; & alone clears them", ORDER_FILTERS);
        filter_unref(f);
        return;
    }
    s->spec.filters[s->spec.n_filters++] = f;
    sheet_arrange(s, NULL);
}

bool sheet_filter(struct sheet *s, const char *pattern, struct error *err)
{
    bool out = pattern[0] == '!';
    struct filter *f = filter_new_regex(pattern + out, out, err);
    if (f)
        add_filter(s, f);
    return f != NULL;
}

bool sheet_where(struct sheet *s, const char *condition, struct error *err)
{
    struct filter *f = filter_new_where(s->wanted, condition, err);
    if (f)
        add_filter(s, f);
    return f != NULL;
}

void sheet_filter_equal(struct sheet *s, int column, const char *text)
{
    column = wanted_column(s, column);
    if (column >= 0)
        add_filter(s, filter_new_equal(&s->wanted->columns[column], column, text));
}

void sheet_clear_filters(struct sheet *s)
{
    if (s->spec.n_filters == 0 && !s->only_marked)
        return;
    drop_filters(&s->spec);
    s->only_marked = false;
    sheet_arrange(s, NULL);
}

bool sheet_unfilter(struct sheet *s)
{
    if (s->spec.n_filters == 0)
        return false;
    filter_unref(s->spec.filters[--s->spec.n_filters]);
    sheet_arrange(s, NULL);
    return true;
}

void sheet_only_marked(struct sheet *s, bool on)
{
    if (s->only_marked == on)
        return;
    s->only_marked = on;
    sheet_arrange(s, NULL);
}

bool sheet_is_only_marked(const struct sheet *s)
{
    return s->only_marked;
}

/* ---- what it says ---- */

void sheet_notice(struct sheet *s, const char *format, ...)
{
    struct buf text;
    buf_init(&text);
    va_list args;
    va_start(args, format);
    buf_vaddf(&text, format, args);
    va_end(args);
    free(s->notice);
    s->notice = buf_detach(&text);
}

const char *sheet_take_notice(struct sheet *s)
{
    free(s->taken);
    s->taken = s->notice;
    s->notice = NULL;
    return s->taken;
}

static void add_count(struct buf *out, int64_t n)
{
    static const struct column count = {.kind = COLUMN_INT};
    value_format(&count, &(struct value){.i = n}, &glyphs_utf8, out);
}

static void add_search(const struct sheet *s, struct buf *out)
{
    const struct search *q = &s->search;
    if (!q->complete) {
        buf_addf(out, "/%s searching", q->filter->label);
        return;
    }
    int64_t low = 0;
    for (int64_t high = q->n_hits; low < high;) {
        int64_t middle = low + (high - low) / 2;
        if (q->hits[middle] < s->position)
            low = middle + 1;
        else
            high = middle;
    }
    buf_addf(out, "/%s ", q->filter->label);
    if (low < q->n_hits && q->hits[low] == s->position) {
        buf_adds(out, "hit ");
        add_count(out, low + 1);
        buf_adds(out, " of ");
    }
    add_count(out, q->n_hits);
    if (!(low < q->n_hits && q->hits[low] == s->position))
        buf_adds(out, plural(q->n_hits, " hit", " hits"));
}

/* Long filters give way to what stands behind them. */
static void add_filter_label(const char *label, int most, const struct glyphs *glyphs,
                             struct buf *out)
{
    size_t n = strlen(label);
    if (text_width(label, n) <= most) {
        buf_add(out, label, n);
        return;
    }
    buf_add(out, label, text_prefix(label, n, most - 1, NULL));
    buf_adds(out, glyphs->symbol[GLYPH_ELLIPSIS]);
}

void sheet_status(const struct sheet *s, const struct glyphs *glyphs, struct buf *out)
{
    const char *dot = glyphs->symbol[GLYPH_DOT];
    add_count(out, s->order->n);
    buf_adds(out, " of ");
    add_count(out, s->source->n_rows);
    for (size_t i = 0; i < s->shown.n_filters; i++) {
        buf_addf(out, " %s ", dot);
        add_filter_label(s->shown.filters[i]->label, s->shown.n_filters > 1 ? 20 : 40, glyphs, out);
    }
    if (s->shown_only_marked)
        buf_addf(out, " %s marked only", dot);
    for (size_t i = 0; i < s->shown.n_keys; i++)
        buf_addf(out, "%s%s%s", i ? ", " : (buf_addf(out, " %s sort ", dot), ""),
                 s->source->columns[s->shown.keys[i].column].name,
                 glyphs->symbol[s->shown.keys[i].descending ? GLYPH_DESCENDING : GLYPH_ASCENDING]);
    if (s->marks.n > 0) {
        buf_addf(out, " %s ", dot);
        add_count(out, (int64_t)s->marks.n);
        buf_adds(out, " marked");
    }
    if (sheet_n_hidden(s) > 0)
        buf_addf(out, " %s %d hidden", dot, sheet_n_hidden(s));
    if (s->search.filter) {
        buf_addf(out, " %s ", dot);
        add_search(s, out);
    }
}
