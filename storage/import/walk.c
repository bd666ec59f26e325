#include "storage/import/walk.h"

#include <string.h>

void walk_init(struct walk *w, struct source *s)
{
    *w = (struct walk){.source = s, .at_line = 1, .value_max = WALK_VALUE_MAX};
    buf_init(&w->key);
    buf_init(&w->value);
}

void walk_init_list(struct walk *w, struct source *s)
{
    walk_init(w, s);
    w->list = true;
}

void walk_init_within(struct walk *w, struct source *s, const char *within)
{
    walk_init(w, s);
    w->within = within;
}

void walk_release(struct walk *w)
{
    buf_release(&w->key);
    buf_release(&w->value);
}

/* The next byte without taking it, -1 at the end, -2 with *err when reading fails. */
static int peek(struct walk *w, struct error *err)
{
    if (w->left == 0) {
        source_skip(w->source, w->taken);
        w->taken = 0;
        if (!source_block(w->source, &w->block, &w->left, err))
            return -2;
        if (w->left == 0)
            return -1;
    }
    return (unsigned char)*w->block;
}

static void take(struct walk *w)
{
    w->at_line += *w->block == '\n';
    w->block++;
    w->left--;
    w->taken++;
}

static int skip_space(struct walk *w, struct error *err)
{
    int c;
    while ((c = peek(w, err)) == ' ' || c == '\t' || c == '\n' || c == '\r')
        take(w);
    return c;
}

/* c is what peek() gave instead of what the grammar asks for. */
static enum walk_status broken(struct walk *w, int c, const char *wanted, struct error *err)
{
    const char *name = source_name(w->source);
    if (c == -1)
        error_set(err, ERROR_INPUT,
                  "%s ends at line %lld inside its JSON %s: the file is truncated; copy or "
                  "download it again",
                  name, (long long)w->at_line, w->list ? "array" : "object");
    else if (c >= 0 && (w->list || w->within))
        error_set(err, ERROR_INPUT, "%s line %lld: %s is missing: this is not one JSON %s", name,
                  (long long)w->at_line, wanted, w->list ? "array" : "object");
    else if (c >= 0)
        error_set(err, ERROR_INPUT,
                  "%s line %lld: %s is missing, so this is not the single JSON object that LETTER "
                  "and LC-Rec files are; choose another --format or repair the file",
                  name, (long long)w->at_line, wanted);
    return WALK_FAILED;
}

/* A string with its quotes into *out; false at the end of input or when it is over `max`. */
static bool copy_string(struct walk *w, struct buf *out, size_t max, int *c, struct error *err)
{
    bool escaped = false, first = true;
    for (;; first = false) {
        *c = peek(w, err);
        if (*c < 0 || out->len >= max)
            return false;
        buf_addc(out, (char)*c);
        take(w);
        if (!first && *c == '"' && !escaped)
            return true;
        escaped = !escaped && *c == '\\';
    }
}

static void add_value(struct walk *w, const char *bytes, size_t n)
{
    if (!w->too_long && w->value.len + n > w->value_max) {
        w->too_long = true;
        buf_clear(&w->value);
    }
    if (!w->too_long)
        buf_add(&w->value, bytes, n);
}

struct copying {
    int64_t depth;
    bool in_string, escaped, done;
};

/* How many bytes of (bytes, n) belong to the value. */
static size_t value_bytes(struct copying *v, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = bytes[i];
        if (v->in_string) {
            v->in_string = v->escaped || c != '"';
            v->escaped = !v->escaped && c == '\\';
        } else if (c == '"') {
            v->in_string = true;
        } else if (c == '{' || c == '[') {
            v->depth++;
        } else if (v->depth == 0 && (c == ',' || c == '}' || c == ']')) {
            v->done = true;
            return i;
        } else if (c == '}' || c == ']') {
            v->depth--;
        }
    }
    return n;
}

/* The bytes of one value up to (not including) the ',', '}' or ']' that ends it. */
static bool copy_value(struct walk *w, int *c, struct error *err)
{
    struct copying v = {0};
    while (!v.done) {
        *c = peek(w, err);
        if (*c < 0)
            return false;
        size_t n = value_bytes(&v, w->block, w->left);
        add_value(w, w->block, n);
        for (const char *at = w->block, *end = at + n; (at = memchr(at, '\n', (size_t)(end - at)));
             at++)
            w->at_line++;
        w->block += n;
        w->left -= n;
        w->taken += n;
    }
    *c = (unsigned char)*w->block;
    return true;
}

static enum walk_status walk_end(struct walk *w, struct error *err)
{
    take(w);
    int c = skip_space(w, err);
    if (c == -1)
        return WALK_END;
    if (c >= 0 && (w->list || w->within))
        error_set(err, ERROR_INPUT, "%s line %lld: something follows the JSON %s",
                  source_name(w->source), (long long)w->at_line, w->list ? "array" : "object");
    else if (c >= 0)
        error_set(err, ERROR_INPUT,
                  "%s line %lld: something follows the JSON object; lines of one object each are "
                  "read where the first names a user and an item (--columns user=…,item=…)",
                  source_name(w->source), (long long)w->at_line);
    return WALK_FAILED;
}

/* Up to the next member or element, over the ',' between two: the byte it begins with, or `close`.
 * False when the document is broken there, which *status then says. */
static bool go_on(struct walk *w, int *c, char open, char close, bool *begun,
                  enum walk_status *status, struct error *err)
{
    bool first = !*begun;
    char wanted[] = {'\'', open, '\'', '\0'}, next[] = "',' or ' '";
    next[sizeof next - 3] = close;
    *c = skip_space(w, err);
    if (!first && *c == close)
        return true;
    if (*c != (first ? open : ',')) {
        *status = broken(w, *c, first ? wanted : next, err);
        return false;
    }
    take(w);
    *begun = true;
    *c = skip_space(w, err);
    if (*c == close && !first) { /* a comma before the end */
        *status = broken(w, *c, "a value", err);
        return false;
    }
    return true;
}

static enum walk_status next_element(struct walk *w, bool *begun, struct error *err)
{
    enum walk_status status;
    int c;
    w->too_long = false;
    buf_clear(&w->key);
    buf_clear(&w->value);
    if (!go_on(w, &c, '[', ']', begun, &status, err))
        return status;
    if (c == ']')
        return WALK_END;
    w->line = w->at_line;
    if (c < 0 || !copy_value(w, &c, err))
        return broken(w, c, "a value", err);
    if (w->value.len == 0 && !w->too_long)
        return broken(w, c, "a value", err);
    return WALK_ELEMENT;
}

/* Is it the member whose array is to be walked? */
static bool is_within(const struct walk *w, int c)
{
    return w->within && c == '[' && w->key.len == strlen(w->within) + 2 &&
           memcmp(w->key.data + 1, w->within, w->key.len - 2) == 0;
}

static enum walk_status next_member(struct walk *w, struct error *err)
{
    enum walk_status status;
    int c;
    w->too_long = false;
    buf_clear(&w->key);
    buf_clear(&w->value);
    if (!go_on(w, &c, '{', '}', &w->begun, &status, err))
        return status;
    if (c == '}')
        return walk_end(w, err);
    w->line = w->at_line;
    if (c != '"' || !copy_string(w, &w->key, WALK_KEY_MAX, &c, err))
        return broken(w, c, "a key in quotes", err);
    if ((c = skip_space(w, err)) != ':')
        return broken(w, c, "':' after a key", err);
    take(w);
    c = skip_space(w, err);
    if (is_within(w, c)) {
        w->in_list = true;
        return WALK_MEMBER;
    }
    if (c < 0 || !copy_value(w, &c, err))
        return broken(w, c, "a value", err);
    return WALK_MEMBER;
}

enum walk_status walk_next(struct walk *w, struct error *err)
{
    if (w->list) {
        enum walk_status status = next_element(w, &w->begun, err);
        return status == WALK_END ? walk_end(w, err) : status;
    }
    for (;;) {
        if (w->in_list) {
            enum walk_status status = next_element(w, &w->list_begun, err);
            if (status != WALK_END)
                return status;
            take(w); /* the ']' */
            w->in_list = w->list_begun = false;
        }
        enum walk_status status = next_member(w, err);
        if (!w->in_list)
            return status;
    }
}
