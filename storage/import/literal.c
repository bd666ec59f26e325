#include "storage/import/literal.h"

#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/utf8.h"

struct reader {
    struct literal_doc *doc;
    const char *begin, *p, *end;
    bool python;
    const char *problem;
};

void literal_init(struct literal_doc *doc)
{
    *doc = (struct literal_doc){0};
    buf_init(&doc->text);
}

void literal_release(struct literal_doc *doc)
{
    free(doc->node);
    buf_release(&doc->text);
    *doc = (struct literal_doc){0};
}

static bool fail(struct reader *r, const char *problem)
{
    r->problem = problem;
    return false;
}

static void skip_blank(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
        r->p++;
}

static bool next_is(const struct reader *r, char c)
{
    return r->p < r->end && *r->p == c;
}

static int32_t add_node(struct reader *r, enum literal_kind kind, const char *text, size_t n)
{
    struct literal_doc *d = r->doc;
    MEM_GROW(d->node, (size_t)d->n_nodes + 1, d->node_cap);
    d->node[d->n_nodes] =
        (struct literal){.kind = kind, .text = text, .n = n, .next = d->n_nodes + 1};
    return d->n_nodes++;
}

/* ---- strings ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Exactly `digits` hexadecimal digits at *p. */
static bool take_hex(struct reader *r, int digits, uint32_t *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++, r->p++) {
        int digit = r->p < r->end ? hex_digit(*r->p) : -1;
        if (digit < 0)
            return fail(r, "an escape lacks hexadecimal digits");
        *value = *value << 4 | (uint32_t)digit;
    }
    return true;
}

static bool is_high(uint32_t c)
{
    return c >= 0xd800 && c < 0xdc00;
}

static bool is_low(uint32_t c)
{
    return c >= 0xdc00 && c < 0xe000;
}

/* Behind "\u" (4 digits) or "\U" (8): a code point; two halves of a pair become one. */
static bool take_point(struct reader *r, int digits, struct buf *out)
{
    uint32_t c, low;
    if (!take_hex(r, digits, &c))
        return false;
    if (is_high(c) && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u') {
        const char *back = r->p;
        r->p += 2;
        if (!take_hex(r, 4, &low))
            return false;
        if (is_low(low))
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        else
            r->p = back;
    }
    if (c > 0x10ffff)
        return fail(r, "an escape is beyond U+10FFFF");
    utf8_add(out, is_high(c) || is_low(c) ? 0xfffd : c);
    return true;
}

/* How a string treats what stands in it. */
struct quoting {
    char quote;
    bool raw;   /* r'…': a backslash stays */
    bool bytes; /* '…', b'…': \xe9 is a byte, as Python 2 writes text of any encoding */
    bool mixed; /* the other reading of that: \xe9 is the code point */
};

/* "\x41" or "\101": a byte or a code point. */
static void add_number(struct buf *out, uint32_t c, const struct quoting *q)
{
    if (q->bytes && !q->mixed)
        buf_addc(out, (char)c);
    else
        utf8_add(out, c);
}

static uint32_t take_octal(struct reader *r)
{
    uint32_t c = 0;
    for (int i = 0; i < 3 && r->p < r->end && *r->p >= '0' && *r->p <= '7'; i++, r->p++)
        c = c * 8 + (uint32_t)(*r->p - '0');
    return c & 0xff;
}

static bool take_python_escape(struct reader *r, char c, const struct quoting *q, struct buf *out)
{
    uint32_t value;
    switch (c) {
    case '\n': /* the line goes on */
        return true;
    case 'a':
        return buf_addc(out, '\a'), true;
    case 'v':
        return buf_addc(out, '\v'), true;
    case '\'':
        return buf_addc(out, '\''), true;
    case 'x':
        return take_hex(r, 2, &value) && (add_number(out, value, q), true);
    case 'U':
        return take_point(r, 8, out);
    case 'N':
        return fail(r, "\\N{…} is not read");
    default:
        if (c >= '0' && c <= '7') {
            r->p--;
            return add_number(out, take_octal(r), q), true;
        }
        buf_addc(out, '\\'); /* no escape: Python keeps both */
        return buf_addc(out, c), true;
    }
}

/* p is behind the backslash. */
static bool take_escape(struct reader *r, const struct quoting *q, struct buf *out)
{
    static const char plain[] = "\\\"nrtbf", means[] = "\\\"\n\r\t\b\f";
    if (r->p == r->end)
        return fail(r, "a string is not closed");
    char c = *r->p++;
    const char *known = c ? strchr(plain, c) : NULL;
    if (known)
        return buf_addc(out, means[known - plain]), true;
    if (c == 'u')
        return take_point(r, 4, out);
    if (r->python)
        return take_python_escape(r, c, q, out);
    if (c == '/')
        return buf_addc(out, c), true;
    return fail(r, "an unknown escape");
}

/* From behind the opening quote to behind the closing one. */
static bool take_text(struct reader *r, const struct quoting *q, struct buf *out)
{
    while (r->p < r->end) {
        const char *run = r->p;
        while (r->p < r->end && *r->p != q->quote && *r->p != '\\')
            r->p++;
        buf_add(out, run, (size_t)(r->p - run));
        if (r->p == r->end)
            break;
        if (*r->p++ == q->quote)
            return true;
        if (q->raw) {
            buf_addc(out, '\\');
            if (r->p < r->end)
                buf_addc(out, *r->p++);
        } else if (!take_escape(r, q, out)) {
            return false;
        }
    }
    return fail(r, "a string is not closed");
}

/* p is at the opening quote. The room for all text was made before, so addresses stay. */
static bool take_string(struct reader *r, struct quoting q)
{
    struct buf *out = &r->doc->text;
    size_t start = out->len;
    q.quote = *r->p++;
    const char *body = r->p;
    if (!take_text(r, &q, out))
        return false;
    /* bytes that are no UTF-8 were code points: Python 3 writes '\xa0' so */
    if (q.bytes && memchr(body, '\\', (size_t)(r->p - body)) &&
        !utf8_is_valid(out->data + start, out->len - start)) {
        buf_truncate(out, start);
        r->p = body;
        q.mixed = true;
        if (!take_text(r, &q, out))
            return false;
    }
    add_node(r, LITERAL_STRING, out->data + start, out->len - start);
    buf_addc(out, '\0');
    return true;
}

static bool at_quote(const struct reader *r, const char *p)
{
    return p < r->end && (*p == '"' || (r->python && *p == '\''));
}

/* A string with its prefix (u, b, r, br, ur); false without a problem: none stands here. */
static bool try_string(struct reader *r)
{
    struct quoting q = {.bytes = r->python};
    const char *p = r->p;
    for (int i = 0; r->python && i < 2 && p < r->end && !at_quote(r, p); i++, p++) {
        char c = *p | 0x20;
        if (c != 'u' && c != 'b' && c != 'r')
            return false;
        q.raw = q.raw || c == 'r';
        q.bytes = q.bytes && c != 'u';
    }
    if (!at_quote(r, p))
        return false;
    r->p = p;
    return take_string(r, q);
}

/* ---- numbers and words ---- */

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '+' || c == '-';
}

static size_t skip_digits(const char **p, const char *end)
{
    const char *start = *p;
    while (*p < end && **p >= '0' && **p <= '9')
        (*p)++;
    return (size_t)(*p - start);
}

/* Is it [+-]digits[.digits][e[+-]digits][L]? *n becomes its length without the L. */
static bool is_number(const char *p, size_t *n, bool python)
{
    const char *start = p, *end = p + *n;
    p += p < end && (*p == '-' || (*p == '+' && python));
    size_t digits = skip_digits(&p, end);
    bool whole = true;
    if (p < end && *p == '.') {
        p++;
        size_t decimals = skip_digits(&p, end);
        if (!python && (digits == 0 || decimals == 0))
            return false;
        digits += decimals;
        whole = false;
    }
    if (digits > 0 && p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '-' || *p == '+');
        if (skip_digits(&p, end) == 0)
            return false;
        whole = false;
    }
    *n = (size_t)(p - start);
    p += python && whole && p < end && *p == 'L';
    return digits > 0 && p == end;
}

static bool take_word(struct reader *r)
{
    static const struct {
        const char *name;
        enum literal_kind kind;
        bool json, python;
    } words[] = {
        {"true", LITERAL_TRUE, true, false},       {"false", LITERAL_FALSE, true, false},
        {"null", LITERAL_NULL, true, false},       {"True", LITERAL_TRUE, false, true},
        {"False", LITERAL_FALSE, false, true},     {"None", LITERAL_NULL, false, true},
        {"NaN", LITERAL_NUMBER, true, false},      {"nan", LITERAL_NUMBER, false, true},
        {"Infinity", LITERAL_NUMBER, true, false}, {"-Infinity", LITERAL_NUMBER, true, false},
        {"inf", LITERAL_NUMBER, false, true},      {"-inf", LITERAL_NUMBER, false, true},
    };
    const char *start = r->p, *p = start;
    while (p < r->end && is_word_byte(*p))
        p++;
    size_t n = (size_t)(p - start);
    enum literal_kind kind = LITERAL_NUMBER;
    bool known = n > 0 && is_number(start, &n, r->python);
    for (size_t i = 0; !known && i < ARRAY_LEN(words); i++)
        if (strlen(words[i].name) == (size_t)(p - start) &&
            memcmp(words[i].name, start, (size_t)(p - start)) == 0 &&
            (r->python ? words[i].python : words[i].json)) {
            known = true;
            n = (size_t)(p - start);
            kind = words[i].kind;
        }
    if (!known)
        return fail(r, p > start ? "a word that is no value" : "a value is missing");
    add_node(r, kind, start, n);
    r->p = p;
    return true;
}

/* ---- containers ---- */

static bool take_value(struct reader *r, int depth);

/* Elements up to the closing bracket. A brace holds members, or in Python the elements of a set,
 * which the ':' behind its first element tells. */
static bool take_elements(struct reader *r, char close, int depth)
{
    int32_t self = add_node(r, close == '}' ? LITERAL_OBJECT : LITERAL_LIST, "", 0);
    int32_t children = 0;
    r->p++;
    skip_blank(r);
    while (!next_is(r, close)) {
        bool object = r->doc->node[self].kind == LITERAL_OBJECT;
        if (object && !r->python && !at_quote(r, r->p))
            return fail(r, "a name in quotes is missing");
        if (!take_value(r, depth))
            return false;
        skip_blank(r);
        if (object && children == 0 && r->python && !next_is(r, ':'))
            r->doc->node[self].kind = LITERAL_LIST;
        else if (object) {
            if (!next_is(r, ':'))
                return fail(r, "':' is missing");
            r->p++;
            if (!take_value(r, depth))
                return false;
            children++;
        }
        children++;
        skip_blank(r);
        if (next_is(r, close))
            break;
        if (!next_is(r, ','))
            return fail(r, "',' or a closing bracket is missing");
        r->p++;
        skip_blank(r);
        if (next_is(r, close) && !r->python)
            return fail(r, "a value is missing");
    }
    r->p++;
    r->doc->node[self].children = children;
    r->doc->node[self].next = r->doc->n_nodes;
    return true;
}

static bool take_value(struct reader *r, int depth)
{
    skip_blank(r);
    if (depth == LITERAL_DEPTH_MAX)
        return fail(r, "nested too deeply");
    if (next_is(r, '{'))
        return take_elements(r, '}', depth + 1);
    if (next_is(r, '['))
        return take_elements(r, ']', depth + 1);
    if (next_is(r, '(') && r->python)
        return take_elements(r, ')', depth + 1);
    return try_string(r) || (!r->problem && take_word(r));
}

bool literal_read(struct literal_doc *doc, const char *bytes, size_t n,
                  enum literal_dialect dialect, const char **problem, size_t *at)
{
    struct reader r = {.doc = doc,
                       .begin = bytes,
                       .p = bytes,
                       .end = bytes + n,
                       .python = dialect == LITERAL_PYTHON};
    doc->n_nodes = 0;
    buf_clear(&doc->text);
    /* no text becomes longer by reading it, and each string's end takes less than its quotes */
    buf_reserve(&doc->text, n + 1);
    bool ok = take_value(&r, 0);
    skip_blank(&r);
    if (ok && r.p < r.end)
        ok = fail(&r, "something follows the value");
    if (!ok && problem)
        *problem = r.problem;
    if (!ok && at)
        *at = (size_t)(r.p - r.begin);
    return ok;
}

const struct literal *literal_get(const struct literal_doc *doc, const struct literal *object,
                                  const char *name)
{
    const struct literal *found = NULL;
    size_t n = strlen(name);
    int32_t at = (int32_t)(object - doc->node) + 1;
    if (object->kind != LITERAL_OBJECT)
        return NULL;
    for (int32_t i = 0; i < object->children; i += 2) {
        const struct literal *key = &doc->node[at], *value = &doc->node[key->next];
        if (key->kind == LITERAL_STRING && key->n == n && memcmp(key->text, name, n) == 0)
            found = value;
        at = value->next;
    }
    return found;
}
