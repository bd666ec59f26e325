/*
 * Lists in tables: a row a recommendation ("long"), a row a list with a column for each place
 * ("wide"), or a row a list whose items stand in one cell; and TREC runs.
 */
#include <math.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/import/recs_parse.h"
#include "storage/import/row.h"
#include "storage/import/values.h"

/* ---- cells ---- */

static bool missing(struct span f)
{
    return f.n == 0 || (f.n == 1 && f.text[0] == '-');
}

/* Of a list, not in quotes. */
static bool is_nothing(struct span f)
{
    static const char *const words[] = {"null", "None", "nan", "NaN"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (f.n == strlen(words[i]) && memcmp(f.text, words[i], f.n) == 0)
            return true;
    return missing(f);
}

/* Codes "[9, 0]" are a semantic id, "[17]" is item 17. */
static void slot_of(struct recs_reader *r, struct span f, struct recs_slot *slot)
{
    *slot = (struct recs_slot){.score = NAN, .kind = RECS_SLOT_INVALID};
    if (missing(f))
        return;
    slot->kind = RECS_SLOT_ITEM;
    slot->text = f.text;
    slot->n = f.n;
    const struct recs_names *names = r->options->names;
    if (f.text[0] != '[' || f.text[f.n - 1] != ']' ||
        (names && names->known(names->context, f.text, f.n) == RECS_KNOWN_ID))
        return;
    size_t begin = r->keys.len;
    if (!recs_semid_key(f.text, f.n, false, &r->keys)) {
        slot->kind = RECS_SLOT_MADE_UP;
        slot->n = 0;
        return;
    }
    slot->text = r->keys.data + begin;
    slot->n = r->keys.len - begin;
    if (!memchr(slot->text, ',', slot->n) && !memchr(f.text, '_', f.n)) {
        slot->text++; /* without RECS_KEY: the number itself */
        slot->n--;
    }
}

/* ---- rows ---- */

struct table {
    struct recs_reader *r;
    const struct recs_format *format;
    struct row_reader row;
};

static struct span cell_at(const struct table *t, enum recs_column c)
{
    int at = t->format->column[c];
    return at >= 0 && (size_t)at < t->row.n ? t->row.field[at] : (struct span){"", 0};
}

static const char *take_scores(struct table *t, struct recs_list *list)
{
    struct span cell = cell_at(t, RECS_SCORES);
    struct recs_cell scores;
    struct recs_element e;
    const char *why = NULL;
    int32_t n = 0;
    if (cell.n == 0)
        return NULL;
    if (!recs_cell_begin(&scores, cell, NULL, &t->r->decoded, &why))
        return "a score is no number";
    for (; n < list->n && recs_cell_next(&scores, &e, &why); n++)
        if (!value_number(e.text.text, e.text.n, &t->r->slot[n].score) && e.text.n > 0 &&
            !memchr("nN", e.text.text[0], 2))
            return "a score is no number";
    return why || n != list->n ? "the scores are not as many as the items" : NULL;
}

static const char *take_items(struct table *t, struct recs_list *list)
{
    struct span cell = cell_at(t, RECS_ITEMS);
    struct recs_cell items;
    struct recs_element e;
    const char *why = NULL;
    if (cell.n > 0 && !recs_cell_begin(&items, cell, t->r->options->names, &t->r->decoded, &why))
        return why;
    while (cell.n > 0 && list->n < RECS_LIST_MAX && recs_cell_next(&items, &e, &why)) {
        struct recs_slot *slot = &t->r->slot[list->n++];
        slot_of(t->r, e.text, slot);
        if (e.quoted && e.text.n > 0 && slot->kind == RECS_SLOT_INVALID)
            *slot = (struct recs_slot){e.text.text, e.text.n, .score = NAN};
        else if (!e.quoted && items.list && is_nothing(e.text))
            *slot = (struct recs_slot){.score = NAN, .kind = RECS_SLOT_INVALID};
    }
    return why || t->format->column[RECS_SCORES] < 0 ? why : take_scores(t, list);
}

static const char *take_wide(struct table *t, struct recs_list *list)
{
    int end = t->format->wide_from + t->format->wide_n;
    for (int c = t->format->wide_from; c < end && (size_t)c < t->row.n && list->n < RECS_LIST_MAX;
         c++)
        slot_of(t->r, t->row.field[c], &t->r->slot[list->n++]);
    while (list->n > 0 && t->r->slot[list->n - 1].kind == RECS_SLOT_INVALID)
        list->n--; /* a short list */
    return NULL;
}

static const char *take_long(struct table *t, struct recs_list *list)
{
    struct recs_slot *slot = &t->r->slot[0];
    struct span f = cell_at(t, RECS_ITEM);
    int32_t rank = 0;
    if (f.n == 0)
        return "there is no item";
    slot_of(t->r, f, slot);
    f = cell_at(t, RECS_SCORE);
    if (f.n > 0 && !value_number(f.text, f.n, &slot->score) && !memchr("nN", f.text[0], 2))
        return "the score is no number";
    list->ranked = t->format->column[RECS_RANK] >= 0;
    f = cell_at(t, RECS_RANK);
    if (list->ranked && (!num_int32(f.text, f.n, &rank) || rank < 0))
        return "the rank is no number";
    slot->rank = rank;
    list->piece = true;
    list->n = 1;
    return NULL;
}

static const char *take_place(struct table *t, struct recs_list *list)
{
    struct span f = cell_at(t, RECS_USER);
    if (t->format->column[RECS_USER] >= 0 && f.n == 0)
        return "there is no user";
    if (f.n > 0) {
        list->user = f.text;
        list->user_n = f.n;
    }
    f = cell_at(t, RECS_SAMPLE);
    if (t->format->column[RECS_SAMPLE] >= 0 &&
        (!num_int64(f.text, f.n, &list->sample) || !recs_sample_fits(list->sample)))
        return "the number of the sample is no number";
    f = cell_at(t, RECS_POSITION);
    if (f.n > 0 && (!num_int64(f.text, f.n, &list->position) || list->position < 0))
        return "the position is no number";
    f = cell_at(t, RECS_SPLIT);
    return f.n == 0 ? NULL : recs_take_part(f.text, f.n, list);
}

/* Fields that the first line has no column for: a list between commas, without quotes. */
static bool is_too_long(const struct table *t)
{
    bool more = t->row.total > t->row.n && t->format->fields < RECS_FIELDS_MAX;
    for (size_t i = (size_t)t->format->fields; i < t->row.n; i++)
        more = more || t->row.field[i].n > 0;
    return t->format->header && more;
}

static const char *take_row(struct table *t, struct recs_list *list)
{
    const struct recs_format *format = t->format;
    struct span target = cell_at(t, RECS_TARGET);
    if (is_too_long(t))
        return "it has more fields than the first line; a cell that holds separators stands in "
               "quotes";
    const char *why = take_place(t, list);
    if (!why)
        why = format->wide_n > 0                ? take_wide(t, list)
              : format->column[RECS_ITEMS] >= 0 ? take_items(t, list)
                                                : take_long(t, list);
    if (!missing(target)) {
        struct recs_slot slot;
        slot_of(t->r, target, &slot);
        list->target = slot.text;
        list->target_n = slot.n;
    }
    list->slot = t->r->slot;
    for (int32_t i = 0; !list->piece && i < list->n; i++)
        t->r->slot[i].rank = i + 1;
    return why;
}

/* Fields are U Q0 ITEM RANK SCORE TAG. rote writes "(illegal-3)" where a place has no item. */
static const char *take_trec(struct table *t, const char *line, size_t n, struct recs_list *list)
{
    enum { FIELDS = 6 };
    struct recs_cell cell = {line, line + n, ' ', false, NULL, NULL};
    struct recs_element field[FIELDS];
    struct recs_slot *slot = &t->r->slot[0];
    const char *why = NULL;
    int fields = 0;
    while (fields < FIELDS && recs_cell_next(&cell, &field[fields], &why))
        fields++;
    if (fields < FIELDS - 1)
        return "a line is USER Q0 ITEM RANK SCORE TAG";
    struct span user = field[0].text, item = field[2].text, rank = field[3].text,
                score = field[4].text;
    *slot =
        (struct recs_slot){.text = item.text, .n = item.n, .score = NAN, .kind = RECS_SLOT_ITEM};
    if (slot->n > 9 && memcmp(slot->text, "(illegal-", 9) == 0)
        *slot = (struct recs_slot){.score = NAN, .kind = RECS_SLOT_INVALID};
    if (!num_int32(rank.text, rank.n, &slot->rank) || slot->rank < 0)
        return "the rank is no number";
    if (!value_number(score.text, score.n, &slot->score))
        return "the score is no number";
    list->user = user.text;
    list->user_n = user.n;
    list->piece = list->ranked = list->topic = true;
    list->slot = slot;
    list->n = 1;
    return NULL;
}

/* Room for what the row's texts become, which must not move. */
static void make_room(struct table *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->row.n; i++)
        n += t->row.field[i].n;
    buf_clear(&t->r->decoded);
    buf_reserve(&t->r->decoded, n);
    buf_clear(&t->r->keys);
    buf_reserve(&t->r->keys, 2 * n + 4 * RECS_LIST_MAX);
}

static bool take_line(struct table *t, const struct line *line, struct error *err)
{
    struct recs_reader *r = t->r;
    struct recs_list list = {.line = line->number, .sample = -1, .position = -1, .part = -1};
    struct line begin = *line;
    const char *why = "a quoted field is not closed";
    if (t->format->shape == RECS_TREC) {
        why = take_trec(t, line->bytes, line->n, &list);
    } else {
        enum row_status status = row_read(&t->row, line, err);
        begin = t->row.begin;
        if (status == ROW_FAILED)
            return false;
        if (status == ROW_READ) {
            make_room(t);
            why = take_row(t, &list);
        }
    }
    if (!why)
        return r->sink->list(r->sink->context, &list, err);
    recs_report_bad(r->report, begin.number, why, begin.bytes, begin.n);
    return true;
}

static bool parse_rows(struct table *t, struct error *err)
{
    struct recs_reader *r = t->r;
    struct line line;
    bool header = r->format->header;
    for (;;) {
        enum source_status status = source_line(r->source, &line, err);
        if (status == SOURCE_END)
            return true;
        if (status == SOURCE_FAILED)
            return false;
        if (status == SOURCE_READ && line_is_blank(&line))
            continue;
        if (header) {
            header = false;
            if (status == SOURCE_READ && row_read(&t->row, &line, err) == ROW_FAILED)
                return false;
            continue;
        }
        if (!recs_row(r, err))
            return false;
        if (status == SOURCE_LONG)
            recs_report_bad(r->report, line.number, "the line is over 1 MiB", line.bytes, line.n);
        else if (!take_line(t, &line, err))
            return false;
    }
}

bool recs_parse_rows(struct recs_reader *r, struct error *err)
{
    struct table t = {.r = r, .format = r->format};
    struct row_rules rules = {r->format->delimiter, true, r->format->apostrophes};
    row_reader_init(&t.row, r->source, rules, RECS_FIELDS_MAX);
    bool ok = parse_rows(&t, err);
    row_reader_release(&t.row);
    return ok;
}
