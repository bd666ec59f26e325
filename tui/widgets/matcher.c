#include "tui/widgets/matcher.h"

#include "storage/base/mem.h"
#include "tui/widgets/order.h"

enum { UNKNOWN = 0xff };

/* What is known of a column's entries. */
struct verdicts {
    uint8_t *of; /* [entries] a regex_result or UNKNOWN; NULL: cells are looked at */
    bool asked;  /* whether it has entries */
};

struct matcher {
    const struct sheet_source *source;
    const struct regex *regex;
    struct regex_scratch *scratch;
    struct verdicts *column; /* [n_columns] */
    struct buf text;
};

struct matcher *matcher_new(const struct sheet_source *source, const struct regex *regex)
{
    struct matcher *m = mem_alloc(sizeof *m);
    *m = (struct matcher){.source = source,
                          .regex = regex,
                          .scratch = regex_scratch_new(regex),
                          .column = mem_zalloc((size_t)source->n_columns, sizeof *m->column)};
    buf_init(&m->text);
    return m;
}

void matcher_free(struct matcher *m)
{
    if (!m)
        return;
    for (int c = 0; c < m->source->n_columns; c++)
        free(m->column[c].of);
    free(m->column);
    regex_scratch_free(m->scratch);
    buf_release(&m->text);
    free(m);
}

static enum regex_result match(struct matcher *m, const struct value *v)
{
    if (v->missing || !v->text)
        return REGEX_NO;
    return regex_find(m->regex, m->scratch, v->text, v->n, 0, NULL, NULL);
}

/* A table that is larger than the sheet would not be worth its memory. */
static void ask_for_entries(struct matcher *m, int column)
{
    struct verdicts *known = &m->column[column];
    int64_t n = source_entries(m->source, column);
    known->asked = true;
    if (n > 0 && n <= m->source->n_rows)
        known->of = mem_try_array((size_t)n, 1, "texts", NULL);
    for (int64_t i = 0; known->of && i < n; i++)
        known->of[i] = UNKNOWN;
}

static enum regex_result match_entry(struct matcher *m, int column, uint64_t key)
{
    int64_t entry = sheet_int_of_key(key);
    uint8_t *verdict = &m->column[column].of[entry];
    if (*verdict == UNKNOWN) {
        struct value v = {0};
        buf_clear(&m->text);
        m->source->ops->entry(m->source, column, entry, &v, &m->text);
        *verdict = (uint8_t)match(m, &v);
    }
    return (enum regex_result) * verdict;
}

enum regex_result matcher_cell(struct matcher *m, int64_t row, int column)
{
    if (!m->column[column].asked)
        ask_for_entries(m, column);
    uint64_t key;
    if (m->column[column].of &&
        m->source->ops->keys(m->source, column, &(uint32_t){(uint32_t)row}, 1, &key))
        return key == SHEET_KEY_MISSING ? REGEX_NO : match_entry(m, column, key);
    struct value v = {0};
    buf_clear(&m->text);
    m->source->ops->cell(m->source, row, column, &v, &m->text);
    return match(m, &v);
}

enum regex_result matcher_row(struct matcher *m, int64_t row)
{
    enum regex_result result = REGEX_NO;
    for (int c = 0; c < m->source->n_columns; c++) {
        if (!column_has_text(m->source->columns[c].kind))
            continue;
        enum regex_result found = matcher_cell(m, row, c);
        if (found == REGEX_YES)
            return REGEX_YES;
        if (found == REGEX_LIMIT)
            result = REGEX_LIMIT;
    }
    return result;
}
