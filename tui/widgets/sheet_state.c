/* A sheet's state as lines of text, and back: for sessions, links, pins and scripts. */
#include <string.h>

#include "storage/base/line.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/widgets/sheet_private.h"

/* ---- writing ---- */

static void add_line(struct buf *out, const char *kind, const char *text)
{
    buf_addf(out, "%s ", kind);
    line_escape(text, out);
    buf_addc(out, '\n');
}

static void add_filters(const struct sheet *s, struct buf *out)
{
    for (size_t i = 0; i < s->spec.n_filters; i++) {
        const struct filter *f = s->spec.filters[i];
        if (f->regex) {
            add_line(out, "filter", f->label + 1); /* behind the "&" */
        } else if (f->where) {
            add_line(out, "where", f->label);
        } else {
            char *text = mem_printf("%s\t%s", s->wanted->columns[f->column].name, f->equal);
            add_line(out, "equal", text);
            free(text);
        }
    }
}

/* The least important first: each key that is set goes before those that are there. */
static void add_order(const struct sheet *s, struct buf *out)
{
    for (size_t i = s->spec.n_keys; i-- > 0;)
        add_line(out, s->spec.keys[i].descending ? "sort-down" : "sort",
                 s->wanted->columns[s->spec.keys[i].column].name);
}

/* What is wanted of the columns there are. */
static void add_columns(const struct sheet *s, struct buf *out)
{
    for (int c = 0; c < s->source->n_columns; c++) {
        const struct column_wish *wish = s->wish[c];
        if (sheet_is_hidden(s, c))
            add_line(out, "hide", wish->name);
        if (wish && wish->width > 0) {
            buf_addf(out, "width %d ", wish->width);
            line_escape(wish->name, out);
            buf_addc(out, '\n');
        }
    }
}

/* "marks 3 7-9", several lines of them when there are many. */
static void add_marks(const struct sheet *s, struct buf *out)
{
    enum { PER_LINE = 4000 /* bytes */ };
    int64_t *id = idset_sorted(&s->marks);
    size_t n = s->marks.n < SHEET_STATE_MARKS ? s->marks.n : SHEET_STATE_MARKS, line = 0;
    for (size_t i = 0; i < n;) {
        size_t to = i;
        while (to + 1 < n && id[to + 1] == id[to] + 1)
            to++;
        if (line == 0 || out->len - line > PER_LINE) {
            buf_adds(out, line ? "\nmarks" : "marks");
            line = out->len;
        }
        buf_addf(out, " %lld", (long long)id[i]);
        if (to > i)
            buf_addf(out, "-%lld", (long long)id[to]);
        i = to + 1;
    }
    if (line)
        buf_addc(out, '\n');
    free(id);
}

void sheet_state(const struct sheet *s, unsigned parts, struct buf *out)
{
    bool only_marked = s->only_marked && (parts & SHEET_ONLY_MARKED);
    if (parts & SHEET_FILTERS)
        add_filters(s, out);
    if (parts & SHEET_ORDER)
        add_order(s, out);
    if (parts & SHEET_COLUMNS_SHOWN)
        add_columns(s, out);
    if ((parts & SHEET_MARKS) || only_marked)
        add_marks(s, out);
    if (only_marked)
        buf_adds(out, "only-marked\n");
    if ((parts & SHEET_CURSOR) && s->column > 0 && s->column < s->source->n_columns)
        add_line(out, "column", s->source->columns[s->column].name);
    if ((parts & SHEET_CURSOR) && s->anchored && s->position >= 0)
        buf_addf(out, "go @%lld\n", (long long)sheet_id(s));
}

void sheet_state_words(const struct sheet *s, struct buf *out)
{
    struct buf lines, line;
    buf_init(&lines);
    buf_init(&line);
    sheet_state(s, SHEET_FILTERS | SHEET_ORDER, &lines);
    buf_add_grouped(out, sheet_count(s));
    buf_adds(out, " of ");
    buf_add_grouped(out, s->source->n_rows);
    char *save = NULL;
    for (char *at = strtok_r(lines.data, "\n", &save); at; at = strtok_r(NULL, "\n", &save)) {
        buf_clear(&line);
        line_unescape(at, &line);
        char *tab = strncmp(at, "equal ", 6) == 0 ? strchr(line.data, '\t') : NULL;
        if (tab)
            buf_addf(out, ", where %.*s = %s", (int)(tab - line.data) - 6, line.data + 6, tab + 1);
        else
            buf_addf(out, ", %s", line.data);
    }
    if (s->only_marked)
        buf_adds(out, ", only-marked");
    buf_release(&lines);
    buf_release(&line);
}

/* ---- reading ---- */

static bool no_column(const char *name, struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "there is no column \"%s\" here", name);
}

static int exact_column(const struct sheet *s, const char *name)
{
    int column = sheet_find_column(s, name);
    return column >= 0 && strcmp(s->source->columns[column].name, name) == 0 ? column : -1;
}

static bool restore_sort(struct sheet *s, const char *name, bool down, struct error *err)
{
    int column = exact_column(s, name);
    if (column < 0)
        return no_column(name, err);
    sheet_sort_first(s, column, down);
    return true;
}

static bool restore_equal(struct sheet *s, char *text, struct error *err)
{
    char *tab = strchr(text, '\t');
    if (!tab)
        return error_set(err, ERROR_USAGE, "equal needs: column, tab, text");
    *tab = '\0';
    int column = exact_column(s, text);
    if (column < 0)
        return no_column(text, err);
    sheet_filter_equal(s, column, tab + 1);
    return true;
}

static bool restore_marks(struct sheet *s, const char *text, struct error *err)
{
    while (*text) {
        size_t n = strcspn(text, " "), first = strcspn(text + 1, " -") + 1;
        first = first < n ? first : n;
        int64_t from, to;
        bool range = first < n && text[first] == '-';
        if (n == 0 || !num_int64(text, first, &from) ||
            !num_int64(range ? text + first + 1 : text, range ? n - first - 1 : first, &to) ||
            from < 0 || to < from || to - from >= SHEET_STATE_MARKS)
            return error_set(err, ERROR_USAGE, "marks needs numbers and ranges, not \"%s\"", text);
        if ((int64_t)s->marks.n + (to - from) >= SHEET_STATE_MARKS)
            return error_set(err, ERROR_INPUT, "more than %d marks", SHEET_STATE_MARKS);
        for (int64_t i = 0; i <= to - from; i++) /* `to` may be the largest number there is */
            idset_add(&s->marks, from + i);
        text += n + (text[n] == ' ');
    }
    return true;
}

static bool restore_hidden(struct sheet *s, const char *name, struct error *err)
{
    int column = exact_column(s, name);
    return column < 0 ? no_column(name, err) : sheet_hide(s, column, err);
}

static bool restore_width(struct sheet *s, const char *text, struct error *err)
{
    size_t n = strcspn(text, " ");
    int32_t width;
    if (!text[n] || !num_int32(text, n, &width) || width < 1)
        return error_set(err, ERROR_USAGE, "width needs a number and a column, not \"%s\"", text);
    int column = exact_column(s, text + n + 1);
    if (column < 0)
        return no_column(text + n + 1, err);
    sheet_set_width(s, column, width);
    return true;
}

/* The identity is chosen even where it is not visible yet: rows that come bring the cursor there.
 */
static bool restore_cursor(struct sheet *s, const char *text, struct error *err)
{
    int64_t id;
    if (*text != '@' || !num_int64(text + 1, strlen(text + 1), &id))
        return error_set(err, ERROR_USAGE, "go needs @identity, not \"%s\"", text);
    s->anchored = true;
    s->anchor = id;
    return sheet_select(s, id) ||
           error_set(err, ERROR_NOT_FOUND, "the row with identity %lld is not here", (long long)id);
}

static bool restore(struct sheet *s, const char *kind, char *text, struct error *err)
{
    int column;
    if (strcmp(kind, "filter") == 0 && *text)
        return sheet_filter(s, text, err);
    if (strcmp(kind, "where") == 0 && *text)
        return sheet_where(s, text, err);
    if (strcmp(kind, "equal") == 0)
        return restore_equal(s, text, err);
    if (strcmp(kind, "sort") == 0 || strcmp(kind, "sort-down") == 0)
        return restore_sort(s, text, kind[4] == '-', err);
    if (strcmp(kind, "hide") == 0)
        return restore_hidden(s, text, err);
    if (strcmp(kind, "width") == 0)
        return restore_width(s, text, err);
    if (strcmp(kind, "marks") == 0)
        return restore_marks(s, text, err);
    if (strcmp(kind, "only-marked") == 0 && !*text) {
        sheet_only_marked(s, true);
        return true;
    }
    if (strcmp(kind, "column") == 0) {
        column = exact_column(s, text);
        if (column >= 0)
            sheet_go_column(s, column);
        return column >= 0 || no_column(text, err);
    }
    if (strcmp(kind, "go") == 0)
        return restore_cursor(s, text, err);
    return error_set(err, ERROR_USAGE, "a sheet has no state \"%s\"", kind);
}

bool sheet_restore(struct sheet *s, const char *line, struct error *err)
{
    struct buf text;
    buf_init(&text);
    size_t n = strcspn(line, " ");
    char *kind = mem_strndup(line, n);
    line_unescape(line + n + (line[n] == ' '), &text);
    bool ok = restore(s, kind, text.data, err);
    free(kind);
    buf_release(&text);
    return ok;
}
