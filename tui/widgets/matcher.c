#include "tui/widgets/matcher.h"

#include <ctype.h>

#include "storage/base/mem.h"
#include "tui/widgets/order.h"

enum { UNKNOWN = 0xff, BADGES = 256 };

/* What is known of a column's entries. */
struct verdicts {
    uint8_t *of; /* [entries] a regex_result or UNKNOWN; NULL: cells are looked at */
    bool asked;  /* whether it has entries */
};

/* Badges are few and rows are many. */
struct badge_verdict {
    uint32_t badge; /* glyph and text; 0: none is known here */
    uint8_t verdict;
};

struct matcher {
    const struct sheet_source *source;
    const struct regex *regex;
    struct regex_scratch *scratch;
    struct verdicts *column; /* [n_columns] */
    struct badge_verdict badge[BADGES];
    struct buf text, shown;
};

struct matcher *matcher_new(const struct sheet_source *source, const struct regex *regex)
{
    struct matcher *m = mem_alloc(sizeof *m);
    *m = (struct matcher){.source = source,
                          .regex = regex,
                          .scratch = regex_scratch_new(regex),
                          .column = mem_zalloc((size_t)source->n_columns, sizeof *m->column)};
    buf_init(&m->text);
    buf_init(&m->shown);
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
    buf_release(&m->shown);
    free(m);
}

static enum regex_result match(struct matcher *m, const struct value *v)
{
    if (v->missing || !v->text)
        return REGEX_NO;
    return regex_find(m->regex, m->scratch, v->text, v->n, 0, NULL, NULL);
}

static enum regex_result match_shown(struct matcher *m, const struct value *v,
                                     const struct glyphs *glyphs)
{
    static const struct column badge = {.kind = COLUMN_BADGE};
    buf_clear(&m->shown);
    value_format(&badge, v, glyphs, &m->shown);
    return regex_find(m->regex, m->scratch, m->shown.data, m->shown.len, 0, NULL, NULL);
}

/* As it is shown in either set of glyphs. Letters of the ASCII set stand for badges only where the
 * column is named: else every o would find the related ones. */
static enum regex_result find_badge(struct matcher *m, const struct value *v, bool named)
{
    enum regex_result found = match_shown(m, v, &glyphs_utf8);
    bool letter = isalpha((unsigned char)glyphs_ascii.symbol[v->glyph][0]);
    return found == REGEX_NO && (named || !letter) ? match_shown(m, v, &glyphs_ascii) : found;
}

static enum regex_result match_badge(struct matcher *m, const struct value *v, bool named)
{
    if (v->missing || v->glyph == GLYPH_BLANK || v->n > 2)
        return match(m, v);
    uint32_t badge = (uint32_t)named << 24 | (uint32_t)v->glyph << 16;
    for (size_t i = 0; i < v->n; i++)
        badge |= (uint32_t)(unsigned char)v->text[i] << 8 * i;
    struct badge_verdict *known = &m->badge[(badge * 2654435761U) >> 24];
    if (known->badge != badge)
        *known = (struct badge_verdict){badge, (uint8_t)find_badge(m, v, named)};
    return (enum regex_result)known->verdict;
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

static enum regex_result match_cell(struct matcher *m, int64_t row, int column, bool named)
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
    return m->source->columns[column].kind == COLUMN_BADGE ? match_badge(m, &v, named)
                                                           : match(m, &v);
}

enum regex_result matcher_cell(struct matcher *m, int64_t row, int column)
{
    return match_cell(m, row, column, true);
}

enum regex_result matcher_row(struct matcher *m, int64_t row)
{
    enum regex_result result = REGEX_NO;
    for (int c = 0; c < m->source->n_columns; c++) {
        if (!column_has_text(m->source->columns[c].kind))
            continue;
        enum regex_result found = match_cell(m, row, c, false);
        if (found == REGEX_YES)
            return REGEX_YES;
        if (found == REGEX_LIMIT)
            result = REGEX_LIMIT;
    }
    return result;
}
