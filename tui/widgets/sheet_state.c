/* A sheet's state as lines of text, and back: for sessions and scripts. */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/command/script.h"
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
        if (f->regex)
            add_line(out, "filter", f->label + 1); /* behind the "&" */
        else if (f->where)
            add_line(out, "where", f->label);
        else if (f->equal) {
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

void sheet_state(const struct sheet *s, struct buf *out)
{
    add_filters(s, out);
    add_order(s, out);
    add_marks(s, out);
    if (s->only_marked)
        buf_adds(out, "only-marked\n");
    if (s->column > 0 && s->column < s->source->n_columns)
        add_line(out, "column", s->source->columns[s->column].name);
    if (s->anchored && s->position >= 0)
        buf_addf(out, "go @%lld\n", (long long)sheet_id(s));
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
    const struct sort_key *key = s->spec.keys;
    if (s->spec.n_keys == 0 || key->column != column || key->descending != down)
        sheet_sort(s, column, down); /* the same again would drop it */
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
        if ((int64_t)s->marks.n + to - from >= SHEET_STATE_MARKS)
            return error_set(err, ERROR_INPUT, "more than %d marks", SHEET_STATE_MARKS);
        for (int64_t id = from; id <= to; id++)
            idset_add(&s->marks, id);
        text += n + (text[n] == ' ');
    }
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
    if (strcmp(kind, "where") == 0)
        return sheet_where(s, text, err);
    if (strcmp(kind, "equal") == 0)
        return restore_equal(s, text, err);
    if (strcmp(kind, "sort") == 0 || strcmp(kind, "sort-down") == 0)
        return restore_sort(s, text, kind[4] == '-', err);
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
