#include "storage/import/scan.h"

#include <stdint.h>
#include <string.h>

#include "storage/base/utf8.h"

void scan_begin(struct scan *s, const char *bytes, size_t n, struct buf *decoded)
{
    *s = (struct scan){bytes, bytes + n, decoded};
    buf_clear(decoded);
    buf_reserve(decoded, n);
}

char scan_peek(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
        s->at++;
    return s->at < s->end ? *s->at : '\0';
}

bool scan_take(struct scan *s, char c)
{
    if (scan_peek(s) != c || s->at == s->end)
        return false;
    s->at++;
    return true;
}

/* ---- strings ---- */

static bool hex4(struct scan *s, uint32_t *out)
{
    uint32_t value = 0;
    if (s->end - s->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)*s->at++;
        unsigned digit = c >= '0' && c <= '9'   ? c - (unsigned)'0'
                         : c >= 'a' && c <= 'f' ? c - (unsigned)'a' + 10
                         : c >= 'A' && c <= 'F' ? c - (unsigned)'A' + 10
                                                : 16;
        if (digit > 15)
            return false;
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

/* Behind "\u": one character, of two escapes where they are a pair. Halves become U+FFFD. */
static bool unicode(struct scan *s)
{
    uint32_t c, low;
    if (!hex4(s, &c))
        return false;
    if (c >= 0xd800 && c < 0xdc00 && s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u') {
        const char *before = s->at;
        s->at += 2;
        if (!hex4(s, &low))
            return false;
        if (low >= 0xdc00 && low < 0xe000)
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        else
            s->at = before;
    }
    utf8_add(s->decoded, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    return true;
}

static bool escape(struct scan *s)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (s->at == s->end)
        return false;
    char c = *s->at++;
    if (c == 'u')
        return unicode(s);
    const char *which = c ? strchr(from, c) : NULL;
    if (which)
        buf_addc(s->decoded, to[which - from]);
    return which != NULL;
}

/* The rest of a string that has an escape; [start, s->at) is what came before it. */
static bool decode(struct scan *s, const char *start, const char **bytes, size_t *n)
{
    size_t begin = s->decoded->len;
    buf_add(s->decoded, start, (size_t)(s->at - start));
    while (s->at < s->end) {
        char c = *s->at++;
        if (c == '"') {
            *bytes = s->decoded->data + begin;
            *n = s->decoded->len - begin;
            return true;
        }
        if (c != '\\')
            buf_addc(s->decoded, c);
        else if (!escape(s))
            return false;
    }
    return false;
}

bool scan_string(struct scan *s, const char **bytes, size_t *n)
{
    if (!scan_take(s, '"'))
        return false;
    const char *start = s->at;
    for (; s->at < s->end; s->at++) {
        if (*s->at == '"') {
            *bytes = start;
            *n = (size_t)(s->at++ - start);
            return true;
        }
        if (*s->at == '\\')
            return decode(s, start, bytes, n);
    }
    return false;
}

/* ---- values ---- */

bool scan_literal(struct scan *s, const char **bytes, size_t *n)
{
    scan_peek(s);
    *bytes = s->at;
    while (s->at < s->end &&
           ((*s->at >= '0' && *s->at <= '9') || *s->at == '-' || *s->at == '+' || *s->at == '.' ||
            (*s->at >= 'a' && *s->at <= 'z') || (*s->at >= 'A' && *s->at <= 'Z')))
        s->at++;
    *n = (size_t)(s->at - *bytes);
    return *n > 0;
}

bool scan_next(struct scan *s, char close, bool *first, bool *ok)
{
    bool begins = *first;
    *first = false;
    *ok = true;
    if (scan_take(s, close))
        return false;
    *ok = begins ? scan_peek(s) != '\0' : scan_take(s, ',');
    return *ok;
}

bool scan_key(struct scan *s, const char **bytes, size_t *n)
{
    return scan_string(s, bytes, n) && scan_take(s, ':');
}

/* Strings are not decoded on the way. */
static bool skip_string(struct scan *s)
{
    s->at++;
    while (s->at < s->end) {
        const char *quote = memchr(s->at, '"', (size_t)(s->end - s->at));
        const char *stop = quote ? quote : s->end;
        const char *slash = memchr(s->at, '\\', (size_t)(stop - s->at));
        if (!slash) {
            s->at = quote ? quote + 1 : s->end;
            return quote != NULL;
        }
        s->at = s->end - slash > 2 ? slash + 2 : s->end;
    }
    return false;
}

static bool skip(struct scan *s, int depth)
{
    char c = scan_peek(s), close = c == '{' ? '}' : ']';
    const char *bytes;
    size_t n;
    bool ok = true;
    if (c == '"')
        return skip_string(s);
    if (c != '{' && c != '[')
        return scan_literal(s, &bytes, &n);
    if (depth == SCAN_DEPTH_MAX)
        return false;
    s->at++;
    for (bool first = true; scan_next(s, close, &first, &ok);) {
        if (c == '{' && (scan_peek(s) != '"' || !skip_string(s) || !scan_take(s, ':')))
            return false;
        if (!skip(s, depth + 1))
            return false;
    }
    return ok;
}

bool scan_skip(struct scan *s)
{
    return skip(s, 0);
}
