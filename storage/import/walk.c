#include "storage/import/walk.h"

void walk_init(struct walk *w, struct source *s)
{
    *w = (struct walk){.source = s, .at_line = 1};
    buf_init(&w->key);
    buf_init(&w->value);
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
                  "%s ends at line %lld inside its JSON object: the file is truncated; copy or "
                  "download it again",
                  name, (long long)w->at_line);
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

/* The bytes of one value up to (not including) the ',' or '}' that ends it. */
static bool copy_value(struct walk *w, int *c, struct error *err)
{
    int64_t depth = 0;
    bool in_string = false, escaped = false;
    for (;;) {
        *c = peek(w, err);
        if (*c < 0)
            return false;
        if (in_string) {
            in_string = escaped || *c != '"';
            escaped = !escaped && *c == '\\';
        } else if (*c == '"') {
            in_string = true;
        } else if (*c == '{' || *c == '[') {
            depth++;
        } else if (depth == 0 && (*c == ',' || *c == '}')) {
            return true;
        } else if (*c == '}' || *c == ']') {
            depth--;
        }
        if (w->value.len >= WALK_VALUE_MAX) {
            w->too_long = true;
            buf_clear(&w->value);
        }
        if (!w->too_long)
            buf_addc(&w->value, (char)*c);
        take(w);
    }
}

static enum walk_status walk_end(struct walk *w, struct error *err)
{
    take(w);
    int c = skip_space(w, err);
    if (c == -1)
        return WALK_END;
    if (c >= 0)
        error_set(err, ERROR_INPUT,
                  "%s line %lld: something follows the JSON object; one object a line (JSON Lines) "
                  "is not read, convert it to CSV",
                  source_name(w->source), (long long)w->at_line);
    return WALK_FAILED;
}

enum walk_status walk_next(struct walk *w, struct error *err)
{
    int c = skip_space(w, err);
    if (!w->begun) {
        if (c != '{')
            return broken(w, c, "'{'", err);
        take(w);
        w->begun = true;
        c = skip_space(w, err);
        if (c == '}')
            return walk_end(w, err);
    } else if (c == '}') {
        return walk_end(w, err);
    } else if (c == ',') {
        take(w);
        c = skip_space(w, err);
    } else {
        return broken(w, c, "',' or '}'", err);
    }
    w->line = w->at_line;
    w->too_long = false;
    buf_clear(&w->key);
    buf_clear(&w->value);
    if (c != '"' || !copy_string(w, &w->key, WALK_KEY_MAX, &c, err))
        return broken(w, c, "a key in quotes", err);
    if ((c = skip_space(w, err)) != ':')
        return broken(w, c, "':' after a key", err);
    take(w);
    if ((c = skip_space(w, err)) < 0 || !copy_value(w, &c, err))
        return broken(w, c, "a value", err);
    return WALK_MEMBER;
}
