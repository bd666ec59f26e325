/* Files of names: which item a semantic id means, and how a project numbers users and items. */
#include <stdio.h>
#include <string.h>

#include "storage/base/span.h"
#include "storage/import/recs.h"
#include "storage/import/scan.h"
#include "storage/import/walk.h"

struct map {
    const struct recs_map_sink *sink;
    const char *path;
    struct buf name, decoded, key;
    int64_t used;
};

static bool is(const struct map *m, const char *name)
{
    return m->name.len == strlen(name) && memcmp(m->name.data, name, m->name.len) == 0;
}

static bool text_of(struct scan *s, const char **text, size_t *n)
{
    return scan_peek(s) == '"' ? scan_string(s, text, n) : scan_literal(s, text, n);
}

/* id2item, id2user: a list in which the place is the number. */
static bool take_numbered(struct map *m, struct scan *s, bool user, struct error *err)
{
    const char *text;
    char number[32];
    size_t n;
    bool ok;
    int64_t at = 0;
    if (!scan_take(s, '['))
        return false;
    for (bool first = true; scan_next(s, ']', &first, &ok); at++) {
        if (!text_of(s, &text, &n))
            return false;
        int digits = snprintf(number, sizeof number, "%lld", (long long)at);
        if (!m->sink->alias(m->sink->context, user, number, (size_t)digits, text, n, err))
            return false;
        m->used++;
    }
    return ok;
}

/* item2id, user2id: {"ours": number}. */
static bool take_numbers(struct map *m, struct scan *s, bool user, struct error *err)
{
    const char *ours, *theirs;
    size_t ours_n, theirs_n;
    bool ok;
    if (!scan_take(s, '{'))
        return false;
    for (bool first = true; scan_next(s, '}', &first, &ok);) {
        if (!scan_key(s, &ours, &ours_n) || !text_of(s, &theirs, &theirs_n))
            return false;
        if (!m->sink->alias(m->sink->context, user, theirs, theirs_n, ours, ours_n, err))
            return false;
        m->used++;
    }
    return ok;
}

/* {"1": ["a_42", …]}: the codes of item 1. {"a_42,b_817": ["1"]}: the items of an id. */
static bool take_list(struct map *m, struct scan *s, struct error *err)
{
    const char *text;
    size_t n;
    bool ok, is_key;
    buf_clear(&m->key);
    is_key = recs_semid_key(m->name.data, m->name.len, false, &m->key);
    size_t key_n = m->key.len;
    if (!scan_take(s, '['))
        return false;
    buf_addc(&m->key, '[');
    for (bool first = true; scan_next(s, ']', &first, &ok);) {
        if (!text_of(s, &text, &n))
            return false;
        if (is_key && !m->sink->code(m->sink->context, text, n, m->key.data, key_n, err))
            return false;
        if (m->key.len > key_n + 1)
            buf_addc(&m->key, ',');
        buf_add(&m->key, text, n);
        m->used++;
    }
    buf_addc(&m->key, ']');
    if (!ok || is_key)
        return ok;
    size_t list = m->key.len;
    buf_reserve(&m->key, list + 2); /* the key is read from what it is appended to */
    return recs_semid_key(m->key.data, list, false, &m->key) &&
           m->sink->code(m->sink->context, m->name.data, m->name.len, m->key.data + list,
                         m->key.len - list, err);
}

/* {"1": {"title": …}}: an item file of MiniOneRec or LETTER. */
static bool take_features(struct map *m, struct scan *s, struct error *err)
{
    const char *key, *title;
    size_t key_n, n;
    bool ok;
    if (!scan_take(s, '{'))
        return false;
    for (bool first = true; scan_next(s, '}', &first, &ok);) {
        if (!scan_key(s, &key, &key_n))
            return false;
        bool is_title = key_n == 5 && memcmp(key, "title", 5) == 0 && scan_peek(s) == '"';
        if (!is_title ? !scan_skip(s) : !scan_string(s, &title, &n))
            return false;
        if (is_title && !m->sink->title(m->sink->context, m->name.data, m->name.len, title, n, err))
            return false;
        m->used += is_title;
    }
    return ok;
}

static bool take_member(struct map *m, struct scan *s, struct error *err)
{
    const char *text;
    size_t n;
    if (is(m, "id2item") || is(m, "id2user"))
        return take_numbered(m, s, is(m, "id2user"), err);
    if (is(m, "item2id") || is(m, "user2id"))
        return take_numbers(m, s, is(m, "user2id"), err);
    if (scan_peek(s) == '[')
        return take_list(m, s, err);
    if (scan_peek(s) == '{')
        return take_features(m, s, err);
    if (!text_of(s, &text, &n))
        return false;
    m->used++;
    return m->sink->alias(m->sink->context, false, m->name.data, m->name.len, text, n, err);
}

static bool read_object(struct map *m, struct source *source, struct error *err)
{
    struct walk w;
    struct error why = {0};
    enum walk_status status = WALK_END;
    bool ok = true;
    walk_init(&w, source);
    w.value_max = WALK_WHOLE_MAX; /* id_mapping.json has all users in one member */
    while (ok && (status = walk_next(&w, err)) == WALK_MEMBER) {
        struct scan key, s;
        const char *name;
        size_t n;
        scan_begin(&key, w.key.data, w.key.len, &m->decoded);
        if (w.too_long)
            error_set(&why, ERROR_INPUT, "%s line %lld: the member %.60s is over 1 GiB", m->path,
                      (long long)w.line, w.key.data);
        ok = !w.too_long && scan_string(&key, &name, &n);
        if (!ok)
            break;
        buf_clear(&m->name);
        buf_add(&m->name, name, n);
        scan_begin(&s, w.value.data, w.value.len, &m->decoded);
        ok = take_member(m, &s, &why);
    }
    if (!ok && why.code != ERROR_NONE)
        error_set(err, why.code, "%s", why.text);
    else if (!ok)
        error_set(err, ERROR_INPUT, "%s line %lld: this member is no map of names", m->path,
                  (long long)w.line);
    walk_release(&w);
    return ok && status == WALK_END;
}

/* "<a_236><b_231>\ttitle\titem" */
static bool read_lines(struct map *m, struct source *source, struct error *err)
{
    struct line line;
    for (;;) {
        enum source_status status = source_line(source, &line, err);
        if (status == SOURCE_END)
            return true;
        if (status == SOURCE_FAILED)
            return false;
        if (line_is_blank(&line))
            continue;
        const char *tab = memchr(line.bytes, '\t', line.n),
                   *last = memrchr(line.bytes, '\t', line.n);
        buf_clear(&m->key);
        if (!tab || !recs_semid_key(line.bytes, (size_t)(tab - line.bytes), false, &m->key))
            return error_set(
                err, ERROR_INPUT,
                "%s line %lld: it is no semantic id, a tab, a title, a tab and an item", m->path,
                (long long)line.number);
        last++;
        if (!m->sink->code(m->sink->context, last, line.n - (size_t)(last - line.bytes),
                           m->key.data, m->key.len, err) ||
            (last - tab > 2 &&
             !m->sink->title(m->sink->context, last, line.n - (size_t)(last - line.bytes), tab + 1,
                             (size_t)(last - tab) - 2, err)))
            return false;
        m->used++;
    }
}

bool recs_map_read_source(struct source *s, const struct recs_map_sink *sink, struct error *err)
{
    const char *bytes;
    size_t n;
    struct map m = {.sink = sink, .path = source_name(s)};
    if (!source_head(s, &bytes, &n, err))
        return false;
    const char *end = bytes + n;
    bytes = span_skip_blank(bytes, end);
    buf_init(&m.name);
    buf_init(&m.decoded);
    buf_init(&m.key);
    bool ok = bytes < end && *bytes == '{' ? read_object(&m, s, err)
              : bytes < end && *bytes == '<'
                  ? read_lines(&m, s, err)
                  : error_set(err, ERROR_INPUT,
                              "%s is no map of ids: one JSON object, or lines "
                              "\"<a_1><b_2>\\ttitle\\titem\"",
                              m.path);
    if (ok && m.used == 0)
        ok = error_set(err, ERROR_INPUT, "%s names nothing", m.path);
    buf_release(&m.name);
    buf_release(&m.decoded);
    buf_release(&m.key);
    return ok;
}

bool recs_map_read(const char *path, const struct recs_map_sink *sink, struct error *err)
{
    struct source *s = source_open(path, err);
    bool ok = s && recs_map_read_source(s, sink, err);
    source_close(s);
    return ok;
}
