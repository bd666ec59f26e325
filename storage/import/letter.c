/* The JSON files of LETTER and LC-Rec: {"user": [items]}, {"item": {texts}}, {"item": [codes]}. */
#include <string.h>

#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/import/columns.h"
#include "storage/import/parse.h"
#include "storage/import/walk.h"

enum { ROWS_PER_PROGRESS = 4096, LEVELS_MAX = 64 };

struct letter {
    struct intake *in;
    struct walk walk;
    struct buf id; /* the member's key, unescaped */
};

static void bad(struct letter *l, enum import_bad_reason reason)
{
    struct buf shown;
    buf_init(&shown);
    buf_add(&shown, l->walk.key.data, l->walk.key.len);
    buf_adds(&shown, ": ");
    buf_add(&shown, l->walk.value.data, l->walk.value.len < 128 ? l->walk.value.len : 128);
    intake_bad(l->in, reason, l->walk.line, shown.data, shown.len);
    buf_release(&shown);
}

/* The id as text: a string as it is, an integer in decimal. NULL: neither, or with a NUL. */
static const char *id_text(const struct jval *j, char digits[32], size_t *n)
{
    const char *s = jval_string(j);
    if (s) {
        *n = strlen(s);
        return *n > 0 ? s : NULL;
    }
    int64_t value = jval_int(j, INT64_MIN);
    if (value == INT64_MIN)
        return NULL;
    *n = (size_t)snprintf(digits, 32, "%lld", (long long)value);
    return digits;
}

static bool add_sequence(struct letter *l, const struct jval *list, struct error *err)
{
    struct rows *rows = l->in->rows;
    size_t n = jval_size(list), id_n;
    char digits[32];
    if (n == 0)
        return bad(l, IMPORT_BAD_NO_ITEMS), true;
    for (size_t i = 0; i < n; i++)
        if (!id_text(jval_at(list, i), digits, &id_n))
            return bad(l, IMPORT_BAD_JSON), true;
    int32_t before = ids_count(&rows->user_ids);
    int32_t u = ids_add(&rows->user_ids, l->id.data, l->id.len, err);
    if (u < 0)
        return false;
    if (u < before)
        return bad(l, IMPORT_BAD_DUPLICATE_USER), true;
    for (size_t i = 0; i < n; i++) {
        const char *id = id_text(jval_at(list, i), digits, &id_n);
        int32_t item = ids_add(&rows->item_ids, id, id_n, err);
        if (item < 0 || !rows_reserve(rows, err))
            return false;
        rows->user[rows->n] = u;
        rows->item[rows->n++] = item;
    }
    l->in->report->interactions_read += (int64_t)n;
    return true;
}

/* A field's value as text: lists, also nested ones, are joined by " | ". */
static void add_field_text(struct buf *out, const struct jval *j)
{
    const char *s = jval_string(j);
    if (s) {
        buf_adds(out, s);
        return;
    }
    struct buf json;
    buf_init(&json);
    jval_write(j, false, &json);
    if (json.data[0] == '[') {
        for (size_t i = 0; i < jval_size(j); i++) {
            buf_adds(out, i > 0 ? " | " : "");
            add_field_text(out, jval_at(j, i));
        }
    } else if (strcmp(json.data, "null") != 0) {
        buf_add(out, json.data, json.len);
    }
    buf_release(&json);
}

static bool add_item(struct letter *l, const struct jval *object, struct error *err)
{
    size_t n = jval_size(object), at = 0;
    struct item_field *fields = mem_zalloc(n, sizeof *fields);
    struct buf *texts = mem_zalloc(n, sizeof *texts);
    const char *key;
    const struct jval *value;
    for (void *it = NULL; (it = jval_next(object, it, &key, &value)); at++) {
        buf_init(&texts[at]);
        add_field_text(&texts[at], value);
        enum column_meaning meaning = column_meaning(key, strlen(key));
        const char *name = meaning == COLUMN_TITLE      ? "title"
                           : meaning == COLUMN_CATEGORY ? "category"
                                                        : key;
        fields[at] = (struct item_field){name, strlen(name), texts[at].data, texts[at].len};
    }
    bool ok = intake_item(l->in, l->walk.line, l->id.data, l->id.len, fields, n, err);
    for (size_t i = 0; i < n; i++)
        buf_release(&texts[i]);
    free(texts);
    free(fields);
    return ok;
}

/* "<a_183>", "a_183", "183" or 183. */
static bool read_code(const struct jval *j, int32_t *code)
{
    const char *s = jval_string(j);
    if (!s) {
        int64_t value = jval_int(j, -1);
        *code = value >= 0 && value <= INT32_MAX ? (int32_t)value : -1;
        return *code >= 0;
    }
    size_t n = strlen(s);
    if (n >= 2 && s[0] == '<' && s[n - 1] == '>') {
        s++;
        n -= 2;
    }
    const char *underscore = memrchr(s, '_', n);
    if (underscore) {
        n -= (size_t)(underscore + 1 - s);
        s = underscore + 1;
    }
    return num_int32(s, n, code) && *code >= 0;
}

static bool add_semid(struct letter *l, const struct jval *list, struct error *err)
{
    int32_t codes[LEVELS_MAX];
    size_t n = jval_size(list);
    if (n == 0 || n > LEVELS_MAX)
        return bad(l, IMPORT_BAD_SEMID), true;
    for (size_t i = 0; i < n; i++)
        if (!read_code(jval_at(list, i), &codes[i]))
            return bad(l, IMPORT_BAD_SEMID), true;
    return intake_semid(l->in, l->walk.line, l->id.data, l->id.len, codes, (int32_t)n, err);
}

/* The member's key without quotes and escapes; false if it is no usable id. */
static bool unescape_key(struct letter *l)
{
    const struct buf *key = &l->walk.key;
    buf_clear(&l->id);
    if (!memchr(key->data, '\\', key->len)) {
        buf_add(&l->id, key->data + 1, key->len - 2);
    } else {
        struct jval *j = jval_parse(key->data, key->len, NULL);
        if (j && jval_string(j))
            buf_adds(&l->id, jval_string(j));
        jval_free(j);
    }
    return l->id.len > 0 && !memchr(l->id.data, '\0', l->id.len);
}

static bool add_member(struct letter *l, char opening,
                       bool (*add)(struct letter *, const struct jval *, struct error *),
                       struct error *err)
{
    const struct walk *w = &l->walk;
    if (w->too_long)
        return bad(l, IMPORT_BAD_LONG_LINE), true;
    if (!unescape_key(l))
        return bad(l, IMPORT_BAD_EMPTY_ID), true;
    struct jval *value =
        w->value.data[0] == opening ? jval_parse(w->value.data, w->value.len, NULL) : NULL;
    bool ok = true;
    if (value)
        ok = add(l, value, err);
    else
        bad(l, IMPORT_BAD_JSON);
    jval_free(value);
    return ok;
}

static bool parse_members(struct source *s, struct intake *in, char opening,
                          bool (*add)(struct letter *, const struct jval *, struct error *),
                          struct error *err)
{
    struct letter l = {.in = in};
    walk_init(&l.walk, s);
    buf_init(&l.id);
    bool ok = true;
    int64_t *rows = &in->report->files[in->file].rows;
    while (ok) {
        enum walk_status status = walk_next(&l.walk, err);
        if (status == WALK_END)
            break;
        ok = status == WALK_MEMBER &&
             (++*rows % ROWS_PER_PROGRESS != 0 || intake_progress(in, s, err)) &&
             add_member(&l, opening, add, err);
    }
    walk_release(&l.walk);
    buf_release(&l.id);
    return ok;
}

bool parse_json_sequences(struct source *s, struct intake *in, struct error *err)
{
    return parse_members(s, in, '[', add_sequence, err);
}

bool parse_json_items(struct source *s, struct intake *in, struct error *err)
{
    return parse_members(s, in, '{', add_item, err);
}

bool parse_json_semids(struct source *s, struct intake *in, struct error *err)
{
    return parse_members(s, in, '[', add_semid, err);
}
