/*
 * Lists in tables: a row a recommendation ("long"), a row a list with a column for each place
 * ("wide"), or a row a list whose items stand in one cell; and TREC runs.
 */
#include <math.h>
#include <string.h>

#include "storage/base/num.h"
#include "storage/import/recs_parse.h"
#include "storage/import/values.h"

enum { FIELDS_MAX = 1200 };

/* ---- fields ---- */

static struct recs_field trimmed(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct recs_field){p, (size_t)(end - p)};
}

/* A field in quotes, which begins at *at; *at is behind its delimiter afterwards. */
static bool quoted(const char **at, const char *end, char delimiter, struct buf *scratch,
                   struct recs_field *out)
{
    size_t begin = scratch->len;
    const char *p = *at + 1;
    for (;;) {
        const char *quote = p < end ? memchr(p, '"', (size_t)(end - p)) : NULL;
        if (!quote)
            return false;
        buf_add(scratch, p, (size_t)(quote - p));
        p = quote + 1;
        if (p == end || *p != '"')
            break;
        buf_addc(scratch, '"');
        p++;
    }
    *out = (struct recs_field){scratch->data + begin, scratch->len - begin};
    while (p < end && *p != delimiter)
        p++;
    *at = p < end ? p + 1 : NULL;
    return true;
}

int recs_fields(const char *line, size_t n, char delimiter, struct recs_field *out, int max,
                struct buf *scratch)
{
    const char *at = line, *end = line + n;
    int count = 0;
    while (at) {
        struct recs_field field;
        if (at < end && *at == '"') {
            if (!quoted(&at, end, delimiter, scratch, &field))
                return -1;
        } else {
            const char *stop = at < end ? memchr(at, delimiter, (size_t)(end - at)) : NULL;
            field = trimmed(at, stop ? stop : end);
            at = stop ? stop + 1 : NULL;
        }
        /* what exports put before cells that a spreadsheet would run */
        if (field.n > 1 && field.text[0] == '\'' && strchr("=+-@\t\r", field.text[1]))
            field = (struct recs_field){field.text + 1, field.n - 1};
        if (count < max)
            out[count] = field;
        count++;
    }
    return count;
}

/* ---- cells ---- */

static bool missing(struct recs_field f)
{
    return f.n == 0 || (f.n == 1 && f.text[0] == '-');
}

/* Codes "[9, 0]" are a semantic id, "[17]" is item 17. */
static void slot_of(struct recs_reader *r, struct recs_field f, struct recs_slot *slot)
{
    *slot = (struct recs_slot){.score = NAN, .kind = RECS_SLOT_INVALID};
    if (missing(f))
        return;
    slot->kind = RECS_SLOT_ITEM;
    slot->text = f.text;
    slot->n = f.n;
    if (f.text[0] != '[' || f.text[f.n - 1] != ']')
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

/* The elements of a cell: "[1, 'a', \"b\"]" as Python writes lists, or "1 a b". */
struct cell {
    const char *at, *end;
    bool list;  /* in brackets: elements may be quoted */
    bool comma; /* elements are separated by commas, else by blanks */
};

static struct cell cell_begin(struct recs_field f)
{
    bool list = f.n >= 2 && f.text[0] == '[' && f.text[f.n - 1] == ']';
    bool comma = list && memchr(f.text, ',', f.n);
    return (struct cell){f.text + list, f.text + f.n - list, list, comma};
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* False at the end; *ok is false when the cell is broken. */
static bool cell_next(struct cell *c, struct recs_field *out, bool *ok)
{
    while (c->at < c->end && (blank(*c->at) || (c->comma && *c->at == ',')))
        c->at++;
    if (c->at == c->end)
        return false;
    char quote = c->list && (*c->at == '\'' || *c->at == '"') ? *c->at : '\0';
    char close = c->list && (*c->at == '[' || *c->at == '(') ? (*c->at == '[' ? ']' : ')') : '\0';
    const char *start = c->at + (quote != '\0'), *stop;
    if (quote || close) {
        stop = memchr(start, quote ? quote : close, (size_t)(c->end - start));
        *ok = *ok && stop;
        if (!stop)
            return false;
        stop += close != '\0';
        c->at = stop + (quote != '\0');
    } else {
        for (stop = start; stop < c->end && (c->comma ? *stop != ',' : !blank(*stop)); stop++)
            ;
        c->at = stop;
    }
    *out = trimmed(start, stop);
    return true;
}

/* ---- rows ---- */

struct table {
    struct recs_reader *r;
    const struct recs_format *format;
    struct recs_field field[FIELDS_MAX];
    int n; /* of the row */
};

static struct recs_field cell_at(const struct table *t, enum recs_column c)
{
    int at = t->format->column[c];
    return at >= 0 && at < t->n ? t->field[at] : (struct recs_field){"", 0};
}

static const char *take_items(struct table *t, struct recs_list *list)
{
    struct cell items = cell_begin(cell_at(t, RECS_ITEMS));
    struct recs_field f;
    bool ok = true;
    while (list->n < RECS_LIST_MAX && cell_next(&items, &f, &ok))
        slot_of(t->r, f, &t->r->slot[list->n++]);
    if (!ok)
        return "the list of items is broken";
    if (t->format->column[RECS_SCORES] < 0)
        return NULL;
    struct recs_field cell = cell_at(t, RECS_SCORES);
    struct cell scores = cell_begin(cell);
    int32_t n = 0;
    for (; n < list->n && cell_next(&scores, &f, &ok); n++)
        if (!value_number(f.text, f.n, &t->r->slot[n].score) && f.n > 0 &&
            !memchr("nN", f.text[0], 2))
            return "a score is no number";
    return !ok || (n != list->n && cell.n > 0) ? "the scores are not as many as the items" : NULL;
}

static const char *take_wide(struct table *t, struct recs_list *list)
{
    int end = t->format->wide_from + t->format->wide_n;
    for (int c = t->format->wide_from; c < end && c < t->n && list->n < RECS_LIST_MAX; c++)
        slot_of(t->r, t->field[c], &t->r->slot[list->n++]);
    while (list->n > 0 && t->r->slot[list->n - 1].kind == RECS_SLOT_INVALID)
        list->n--; /* a short list */
    return NULL;
}

static const char *take_long(struct table *t, struct recs_list *list)
{
    struct recs_slot *slot = &t->r->slot[0];
    struct recs_field f = cell_at(t, RECS_ITEM);
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
    struct recs_field f = cell_at(t, RECS_USER);
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

static const char *take_row(struct table *t, struct recs_list *list)
{
    const struct recs_format *format = t->format;
    struct recs_field target = cell_at(t, RECS_TARGET);
    if (t->n < 0)
        return "a quoted field is not closed";
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
    struct cell cell = {line, line + n, false, false};
    struct recs_slot *slot = &t->r->slot[0];
    bool ok = true;
    for (t->n = 0; t->n < 6 && cell_next(&cell, &t->field[t->n], &ok);)
        t->n++;
    if (t->n < 5)
        return "a line is USER Q0 ITEM RANK SCORE TAG";
    *slot = (struct recs_slot){
        .text = t->field[2].text, .n = t->field[2].n, .score = NAN, .kind = RECS_SLOT_ITEM};
    if (slot->n > 9 && memcmp(slot->text, "(illegal-", 9) == 0)
        *slot = (struct recs_slot){.score = NAN, .kind = RECS_SLOT_INVALID};
    if (!num_int32(t->field[3].text, t->field[3].n, &slot->rank) || slot->rank < 0)
        return "the rank is no number";
    if (!value_number(t->field[4].text, t->field[4].n, &slot->score))
        return "the score is no number";
    list->user = t->field[0].text;
    list->user_n = t->field[0].n;
    list->piece = list->ranked = list->topic = true;
    list->slot = slot;
    list->n = 1;
    return NULL;
}

static bool take_line(struct table *t, const struct line *line, struct error *err)
{
    struct recs_reader *r = t->r;
    struct recs_list list = {.line = line->number, .sample = -1, .position = -1, .part = -1};
    const char *why;
    if (t->format->shape == RECS_TREC) {
        why = take_trec(t, line->bytes, line->n, &list);
    } else {
        buf_clear(&r->decoded);
        buf_reserve(&r->decoded, line->n);
        buf_clear(&r->keys);
        buf_reserve(&r->keys, 2 * line->n + 4 * RECS_LIST_MAX);
        t->n = recs_fields(line->bytes, line->n, t->format->delimiter, t->field, FIELDS_MAX,
                           &r->decoded);
        t->n = t->n < FIELDS_MAX ? t->n : FIELDS_MAX;
        why = take_row(t, &list);
    }
    if (!why)
        return r->sink->list(r->sink->context, &list, err);
    recs_report_bad(r->report, line->number, why, line->bytes, line->n);
    return true;
}

bool recs_parse_rows(struct recs_reader *r, struct error *err)
{
    struct table t = {.r = r, .format = r->format};
    struct line line;
    bool header = r->format->header;
    for (;;) {
        enum source_status status = source_line(r->source, &line, err);
        if (status == SOURCE_END)
            return true;
        if (status == SOURCE_FAILED)
            return false;
        if (status == SOURCE_READ && line.n == 0)
            continue;
        if (header) {
            header = false;
            continue;
        }
        if (!recs_row(r, err))
            return false;
        if (status == SOURCE_LONG)
            recs_report_bad(r->report, line.number, "the line is over 1 MiB", line.bytes, line.n);
        else if (!take_line(&t, &line, err))
            return false;
    }
}
