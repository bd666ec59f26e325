/* Lines of one object each: JSON Lines, or Python literals. */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/span.h"
#include "storage/import/parse.h"
#include "storage/import/values.h"

enum { ROWS_PER_PROGRESS = 8192 };

struct records {
    const struct record_spec *spec;
    struct intake *in;
    struct literal_doc doc;
    struct buf *text; /* [text_cap] the values of an item's fields */
    struct item_field *field;
    size_t text_cap, field_cap;
};

void record_spec_release(struct record_spec *spec)
{
    for (int m = 0; m < COLUMN_MEANINGS; m++)
        free(spec->key[m]);
    *spec = (struct record_spec){0};
}

static void bad(struct records *r, enum import_bad_reason reason, const struct line *line)
{
    intake_bad(r->in, reason, line->number, line->bytes, line->n);
}

static const struct literal *member(const struct records *r, enum column_meaning meaning)
{
    const char *key = r->spec->key[meaning];
    return key ? literal_get(&r->doc, &r->doc.node[0], key) : NULL;
}

/* A text or a number that is there; ids of the "U1 " kind lose their white space, as in tables. */
static bool scalar(const struct literal *v, const char **bytes, size_t *n)
{
    if (!literal_is(v, LITERAL_STRING) && !literal_is(v, LITERAL_NUMBER))
        return false;
    *bytes = v->text;
    *n = v->n;
    while (*n > 0 && ((*bytes)[0] == ' ' || (*bytes)[0] == '\t')) {
        (*bytes)++;
        (*n)--;
    }
    while (*n > 0 && ((*bytes)[*n - 1] == ' ' || (*bytes)[*n - 1] == '\t'))
        (*n)--;
    return *n > 0;
}

static bool take_interaction(struct records *r, const struct line *line, struct error *err)
{
    const char *user, *item, *text;
    size_t user_n, item_n, n;
    if (!scalar(member(r, COLUMN_USER), &user, &user_n) ||
        !scalar(member(r, COLUMN_ITEM), &item, &item_n))
        return bad(r, IMPORT_BAD_EMPTY_ID, line), true;
    if (memchr(user, '\0', user_n) || memchr(item, '\0', item_n))
        return bad(r, IMPORT_BAD_NUL, line), true;
    int64_t time = 0;
    if (r->spec->key[COLUMN_TIME] &&
        (!scalar(member(r, COLUMN_TIME), &text, &n) || !value_time(text, n, &time)))
        return bad(r, IMPORT_BAD_TIME, line), true;
    double rating = 0;
    if (r->spec->key[COLUMN_RATING] &&
        (!scalar(member(r, COLUMN_RATING), &text, &n) || !value_number(text, n, &rating)))
        return bad(r, IMPORT_BAD_RATING, line), true;
    if (!intake_passes(r->in, rating))
        return true;
    int32_t u = ids_add(&r->in->rows->user_ids, user, user_n, err);
    return u >= 0 && intake_interaction(r->in, u, item, item_n, time, (float)rating, err);
}

/* ---- items ---- */

/* Links to other items and pictures: no text of the item, and most of some files. */
static bool is_link(const struct literal *key)
{
    static const char *const names[] = {
        "also_buy",        "also_view", "also_bought",     "also_viewed",  "images",   "image",
        "bought_together", "videos",    "imageURLHighRes", "similar_item", "imageURL", "imUrl"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i]) == key->n && memcmp(names[i], key->text, key->n) == 0)
            return true;
    return false;
}

static void add_part(struct buf *out, const char *bytes, size_t n)
{
    if (out->len > 0 && n > 0)
        buf_adds(out, " | ");
    buf_add(out, bytes, n);
}

/* The value as text: lists, also nested ones, are joined by " | "; objects are left out. */
static void add_text(const struct records *r, const struct literal *v, struct buf *out)
{
    const char *bytes;
    size_t n;
    int32_t at = (int32_t)(v - r->doc.node) + 1;
    switch (v->kind) {
    case LITERAL_LIST:
        for (int32_t i = 0; i < v->children; i++, at = r->doc.node[at].next)
            add_text(r, &r->doc.node[at], out);
        break;
    case LITERAL_TRUE:
        add_part(out, "true", 4);
        break;
    case LITERAL_FALSE:
        add_part(out, "false", 5);
        break;
    default:
        if (scalar(v, &bytes, &n))
            add_part(out, bytes, n);
    }
}

/* "Food, Bars" as "Food | Bars". */
static void split_commas(struct buf *text)
{
    struct buf out;
    buf_init(&out);
    for (const char *p = text->data, *end = p + text->len; p < end;) {
        const char *comma = memchr(p, ',', (size_t)(end - p)), *stop = comma ? comma : end;
        struct span part = span_trim(p, stop);
        add_part(&out, part.text, part.n);
        p = stop + 1;
    }
    buf_release(text);
    *text = out;
}

static const char *field_name(const struct records *r, const struct literal *key)
{
    for (int m = COLUMN_TITLE; m <= COLUMN_CATEGORY; m++)
        if (r->spec->key[m] && strlen(r->spec->key[m]) == key->n &&
            memcmp(r->spec->key[m], key->text, key->n) == 0)
            return column_meaning_names[m];
    return key->text;
}

static void reserve_fields(struct records *r, size_t n)
{
    size_t before = r->text_cap;
    MEM_GROW(r->text, n, r->text_cap);
    MEM_GROW(r->field, n, r->field_cap);
    for (size_t i = before; i < r->text_cap; i++)
        buf_init(&r->text[i]);
}

static bool take_item(struct records *r, const struct line *line, struct error *err)
{
    const char *id, *item_key = r->spec->key[COLUMN_ITEM];
    size_t id_n, n = 0;
    const struct literal *object = &r->doc.node[0];
    if (!scalar(member(r, COLUMN_ITEM), &id, &id_n))
        return bad(r, IMPORT_BAD_EMPTY_ID, line), true;
    if (memchr(id, '\0', id_n))
        return bad(r, IMPORT_BAD_NUL, line), true;
    reserve_fields(r, (size_t)object->children / 2 + 1);
    for (int32_t i = 0, at = 1; i < object->children; i += 2) {
        const struct literal *key = &r->doc.node[at], *value = &r->doc.node[key->next];
        at = value->next;
        if (key->kind != LITERAL_STRING || key->n == 0 || memchr(key->text, '\0', key->n) ||
            strcmp(key->text, item_key) == 0 || is_link(key))
            continue;
        struct buf *text = &r->text[n];
        buf_clear(text);
        add_text(r, value, text);
        const char *name = field_name(r, key);
        if (r->spec->comma_categories && strcmp(name, "category") == 0)
            split_commas(text);
        r->field[n++] = (struct item_field){name, strlen(name), text->data, text->len};
    }
    return intake_item(r->in, line->number, id, id_n, r->field, n, err);
}

static bool take_line(struct records *r, const struct line *line,
                      bool (*take)(struct records *, const struct line *, struct error *),
                      struct error *err)
{
    if (line->has_nul && memchr(line->bytes, '\0', line->n))
        return bad(r, IMPORT_BAD_NUL, line), true;
    if (!literal_read(&r->doc, line->bytes, line->n, r->spec->dialect, NULL, NULL) ||
        r->doc.node[0].kind != LITERAL_OBJECT)
        return bad(r, IMPORT_BAD_JSON, line), true;
    return take(r, line, err);
}

static bool parse_records(struct source *s, const struct record_spec *spec, struct intake *in,
                          bool (*take)(struct records *, const struct line *, struct error *),
                          struct error *err)
{
    struct records r = {.spec = spec, .in = in};
    struct line line;
    bool ok = true;
    int64_t *rows = &in->report->files[in->file].rows;
    literal_init(&r.doc);
    while (ok) {
        enum source_status status = source_line(s, &line, err);
        if (status == SOURCE_END)
            break;
        ok = status != SOURCE_FAILED;
        if (!ok || (status == SOURCE_READ && line_is_blank(&line)))
            continue;
        ok = ++*rows % ROWS_PER_PROGRESS != 0 || intake_progress(in, s, err);
        if (ok && status == SOURCE_LONG)
            bad(&r, IMPORT_BAD_LONG_LINE, &line);
        else
            ok = ok && take_line(&r, &line, take, err);
    }
    for (size_t i = 0; i < r.text_cap; i++)
        buf_release(&r.text[i]);
    free(r.text);
    free(r.field);
    literal_release(&r.doc);
    return ok;
}

bool parse_interaction_records(struct source *s, const struct record_spec *spec, struct intake *in,
                               struct error *err)
{
    return parse_records(s, spec, in, take_interaction, err);
}

bool parse_item_records(struct source *s, const struct record_spec *spec, struct intake *in,
                        struct error *err)
{
    return parse_records(s, spec, in, take_item, err);
}
