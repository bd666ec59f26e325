/* Tables with one row a line: CSV, TSV, "::", RecBole's atomic files. */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/parse.h"
#include "storage/import/prefixes.h"
#include "storage/import/row.h"
#include "storage/import/values.h"

enum { ROWS_PER_PROGRESS = 32768, LAST_USER_MAX = 64 };

struct table {
    const struct table_spec *spec;
    struct intake *in;
    struct source *source;
    struct row_reader row;
    size_t needed; /* fields up to the last column that is read */

    char last_user[LAST_USER_MAX]; /* files are often grouped by user */
    size_t last_user_n;
    int32_t last_user_number;

    struct literal_doc list; /* a history in a Python list */
    int32_t *history;        /* [history_cap] items of one row */
    size_t history_cap;

    struct buf scratch;             /* a category rewritten */
    struct buf flags;               /* a category put together from flags */
    struct item_field *item_fields; /* [n_columns] */
};

void table_spec_release(struct table_spec *spec)
{
    for (int i = 0; i < spec->n_columns; i++)
        free(spec->columns[i].name);
    free(spec->columns);
    *spec = (struct table_spec){0};
}

/* ---- rows ---- */

static void bad(struct table *t, enum import_bad_reason reason, const struct line *line)
{
    intake_bad(t->in, reason, line->number, line->bytes, line->n);
}

static int32_t user_number(struct table *t, struct span user, struct error *err)
{
    if (user.n == t->last_user_n && memcmp(user.text, t->last_user, user.n) == 0)
        return t->last_user_number;
    int32_t u = ids_add(&t->in->rows->user_ids, user.text, user.n, err);
    if (u >= 0 && user.n <= LAST_USER_MAX) {
        memcpy(t->last_user, user.text, user.n);
        t->last_user_n = user.n;
        t->last_user_number = u;
    }
    return u;
}

static bool take_interaction(struct table *t, const struct line *line, struct error *err)
{
    const struct table_spec *spec = t->spec;
    if (t->row.n < t->needed)
        return bad(t, IMPORT_BAD_COLUMNS, line), true;
    struct span user = t->row.field[spec->user], item = t->row.field[spec->item];
    if (user.n == 0 || item.n == 0)
        return bad(t, IMPORT_BAD_EMPTY_ID, line), true;
    int64_t time = 0;
    if (spec->time >= 0 &&
        !value_time(t->row.field[spec->time].text, t->row.field[spec->time].n, &time))
        return bad(t, IMPORT_BAD_TIME, line), true;
    double rating = 0;
    if (spec->rating >= 0 &&
        !value_number(t->row.field[spec->rating].text, t->row.field[spec->rating].n, &rating))
        return bad(t, IMPORT_BAD_RATING, line), true;
    if (!intake_passes(t->in, rating))
        return true;
    int32_t u = user_number(t, user, err);
    return u >= 0 && intake_interaction(t->in, u, item.text, item.n, time, (float)rating, err);
}

/* ---- rows of a history and its next item ---- */

static bool add_history(struct table *t, size_t *n, const char *bytes, size_t length,
                        struct error *err)
{
    int32_t item = ids_add(&t->in->rows->item_ids, bytes, length, err);
    if (item < 0 || !mem_try_grow((void **)&t->history, &t->history_cap, *n + 1, sizeof *t->history,
                                  "a history", err))
        return false;
    t->history[(*n)++] = item;
    return true;
}

/* Items split at spaces. */
static bool read_tokens(struct table *t, struct span cell, size_t *n, struct error *err)
{
    for (const char *p = cell.text, *end = p + cell.n; p < end;) {
        const char *stop = memchr(p, ' ', (size_t)(end - p));
        stop = stop ? stop : end;
        if (stop > p && !add_history(t, n, p, (size_t)(stop - p), err))
            return false;
        p = stop + 1;
    }
    return true;
}

/* "['12', '7']" or "[12, 7]"; *fine: it is such a list. */
static bool read_list(struct table *t, struct span cell, size_t *n, bool *fine, struct error *err)
{
    *fine = literal_read(&t->list, cell.text, cell.n, LITERAL_PYTHON, NULL, NULL) &&
            t->list.node[0].kind == LITERAL_LIST;
    for (int32_t i = 1; *fine && i < t->list.n_nodes; i++) {
        const struct literal *v = &t->list.node[i];
        *fine = (v->kind == LITERAL_STRING || v->kind == LITERAL_NUMBER) && v->n > 0 &&
                !memchr(v->text, '\0', v->n);
    }
    for (int32_t i = 1; *fine && i < t->list.n_nodes; i++)
        if (!add_history(t, n, t->list.node[i].text, t->list.node[i].n, err))
            return false;
    return true;
}

static bool take_prefix(struct table *t, const struct line *line, struct error *err)
{
    const struct table_spec *spec = t->spec;
    struct intake *in = t->in;
    if (t->row.n < t->needed)
        return bad(t, IMPORT_BAD_COLUMNS, line), true;
    struct span user = t->row.field[spec->user], item = t->row.field[spec->item];
    struct span cell = t->row.field[spec->history];
    if (user.n == 0 || item.n == 0)
        return bad(t, IMPORT_BAD_EMPTY_ID, line), true;
    size_t n = 0;
    bool fine = true;
    if (!(spec->history_list ? read_list(t, cell, &n, &fine, err) : read_tokens(t, cell, &n, err)))
        return false;
    if (!fine || n >= INT32_MAX)
        return bad(t, IMPORT_BAD_JSON, line), true;
    int32_t u = user_number(t, user, err);
    int32_t target = u < 0 ? -1 : ids_add(&in->rows->item_ids, item.text, item.n, err);
    if (target < 0)
        return false;
    switch (prefixes_add(in->prefixes, u, t->history, (int32_t)n, target, in->part, err)) {
    case PREFIX_CONFLICT:
        return bad(t, IMPORT_BAD_PREFIX, line), true;
    case PREFIX_UNSEEN:
        return bad(t, IMPORT_BAD_UNSEEN, line), true;
    case PREFIX_FAILED:
        return false;
    default:
        return true;
    }
}

/* "Action|Sci-Fi" (MovieLens) or "Action Sci-Fi" (token_seq) as "Action | Sci-Fi". */
static struct span category_of(struct table *t, struct span value, bool tokens)
{
    char separator = tokens ? ' ' : '|';
    if (!memchr(value.text, separator, value.n))
        return value;
    buf_clear(&t->scratch);
    for (const char *p = value.text, *end = p + value.n; p < end;) {
        const char *stop = memchr(p, separator, (size_t)(end - p));
        stop = stop ? stop : end;
        struct span part = span_trim(p, stop);
        if (part.n > 0 && t->scratch.len > 0)
            buf_adds(&t->scratch, " | ");
        buf_add(&t->scratch, part.text, part.n);
        p = stop + 1;
    }
    return (struct span){t->scratch.data, t->scratch.len};
}

/* The names of the columns that say "1", joined by " | ". */
static struct span flags_of(struct table *t)
{
    buf_clear(&t->flags);
    for (int c = 0; c < t->spec->n_columns && (size_t)c < t->row.n; c++)
        if (t->spec->columns[c].flag && t->row.field[c].n == 1 && t->row.field[c].text[0] == '1')
            buf_addf(&t->flags, "%s%s", t->flags.len ? " | " : "", t->spec->columns[c].name);
    return (struct span){t->flags.data, t->flags.len};
}

static bool take_item(struct table *t, const struct line *line, struct error *err)
{
    const struct table_spec *spec = t->spec;
    if (t->row.n <= (size_t)spec->item)
        return bad(t, IMPORT_BAD_COLUMNS, line), true;
    struct span id = t->row.field[spec->item];
    if (id.n == 0)
        return bad(t, IMPORT_BAD_EMPTY_ID, line), true;
    size_t n = 0;
    for (int c = 0; c < spec->n_columns && (size_t)c < t->row.n; c++) {
        if (c == spec->item)
            continue;
        if (spec->columns[c].flag)
            continue;
        const char *name = spec->columns[c].name;
        struct span value = t->row.field[c];
        if (strcmp(name, "category") == 0)
            value = category_of(t, value, spec->columns[c].tokens);
        t->item_fields[n++] = (struct item_field){name, strlen(name), value.text, value.n};
    }
    struct span flags = flags_of(t);
    if (flags.n > 0)
        t->item_fields[n++] = (struct item_field){"category", 8, flags.text, flags.n};
    return intake_item(t->in, line->number, id.text, id.n, t->item_fields, n, err);
}

static bool take_line(struct table *t, const struct line *line,
                      bool (*take)(struct table *, const struct line *, struct error *),
                      struct error *err)
{
    if (line->has_nul && memchr(line->bytes, '\0', line->n))
        return bad(t, IMPORT_BAD_NUL, line), true;
    switch (row_read(&t->row, line, err)) {
    case ROW_READ:
        return take(t, &t->row.begin, err);
    case ROW_OPEN:
        return bad(t, IMPORT_BAD_QUOTE, &t->row.begin), true;
    default:
        return false;
    }
}

static bool parse_rows(struct table *t,
                       bool (*take)(struct table *, const struct line *, struct error *),
                       struct error *err)
{
    struct line line;
    bool skip_header = t->spec->header;
    int64_t *rows = &t->in->report->files[t->in->file].rows;
    for (;;) {
        enum source_status status = source_line(t->source, &line, err);
        if (status == SOURCE_END)
            return true;
        if (status == SOURCE_FAILED)
            return false;
        if (status == SOURCE_READ && line_is_blank(&line))
            continue;
        if (skip_header) {
            skip_header = false;
            if (status == SOURCE_READ && row_read(&t->row, &line, err) == ROW_FAILED)
                return false;
            continue;
        }
        if (++*rows % ROWS_PER_PROGRESS == 0 && !intake_progress(t->in, t->source, err))
            return false;
        if (status == SOURCE_LONG)
            bad(t, IMPORT_BAD_LONG_LINE, &line);
        else if (!take_line(t, &line, take, err))
            return false;
    }
}

static bool table_parse(struct source *s, const struct table_spec *spec, int last_column,
                        struct intake *in,
                        bool (*take)(struct table *, const struct line *, struct error *),
                        struct error *err)
{
    struct table t = {.spec = spec, .in = in, .source = s, .needed = (size_t)last_column + 1};
    t.last_user_n = SIZE_MAX;
    struct row_rules rules = {spec->delimiter, spec->quoted, spec->apostrophes};
    row_reader_init(&t.row, s, rules, t.needed);
    t.item_fields = mem_zalloc((size_t)spec->n_columns, sizeof *t.item_fields);
    buf_init(&t.scratch);
    buf_init(&t.flags);
    literal_init(&t.list);
    bool ok = parse_rows(&t, take, err);
    row_reader_release(&t.row);
    buf_release(&t.scratch);
    buf_release(&t.flags);
    literal_release(&t.list);
    free(t.history);
    free(t.item_fields);
    return ok;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

bool parse_interaction_table(struct source *s, const struct table_spec *spec, struct intake *in,
                             struct error *err)
{
    int last = max_int(max_int(spec->user, spec->item), max_int(spec->time, spec->rating));
    if (spec->history >= 0)
        return table_parse(s, spec, max_int(last, spec->history), in, take_prefix, err);
    return table_parse(s, spec, last, in, take_interaction, err);
}

bool parse_item_table(struct source *s, const struct table_spec *spec, struct intake *in,
                      struct error *err)
{
    return table_parse(s, spec, max_int(spec->n_columns - 1, spec->item), in, take_item, err);
}
