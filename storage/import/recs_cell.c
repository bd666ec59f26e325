/* Cells of a table that hold several items or scores. */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/ids.h"
#include "storage/import/literal.h"
#include "storage/import/recs_parse.h"

static const char broken[] = "the list of items is broken";
static const char unclear[] =
    "it is not clear what separates the items: write [\"a\", \"b c\"], or a "
    "row for each item";
static const char words_unclear[] = "ids of the data hold blanks, so it is not clear where an item "
                                    "ends: write [\"a b\", \"c\"], or a row for each item";

static const char *skip_word(const char *p, const char *end)
{
    while (p < end && !span_is_blank(*p))
        p++;
    return p;
}

/* ---- one element ---- */

/* A quoted string with escapes, as JSON or Python has it. */
static bool decode(const char *p, size_t n, struct buf *decoded, struct span *out)
{
    struct literal_doc doc;
    size_t begin = decoded->len;
    literal_init(&doc);
    bool ok = (*p == '"' && literal_read(&doc, p, n, LITERAL_JSON, NULL, NULL)) ||
              literal_read(&doc, p, n, LITERAL_PYTHON, NULL, NULL);
    ok = ok && literal_is(&doc.node[0], LITERAL_STRING) && doc.node[0].n <= n;
    if (ok)
        buf_add(decoded, doc.node[0].text, doc.node[0].n);
    *out = (struct span){decoded->data + begin, decoded->len - begin};
    literal_release(&doc);
    return ok;
}

static bool take_quoted(struct recs_cell *c, struct span *out)
{
    const char *open = c->at, *p = open + 1;
    bool escapes = false;
    for (; p < c->end && *p != *open; p++)
        if (*p == '\\') {
            escapes = true;
            p++;
        }
    if (p >= c->end)
        return false;
    c->at = p + 1;
    *out = (struct span){open + 1, (size_t)(p - open) - 1};
    return !escapes || decode(open, (size_t)(p - open) + 1, c->decoded, out);
}

/* Codes: "[9, 0]", "('a_1', 'b_2')". */
static bool take_nested(struct recs_cell *c, struct span *out)
{
    const char *open = c->at;
    const char *close = memchr(open, *open == '[' ? ']' : ')', (size_t)(c->end - open));
    if (!close)
        return false;
    c->at = close + 1;
    *out = (struct span){open, (size_t)(c->at - open)};
    return true;
}

/* The words up to the next blank, or those that are an id. */
static bool take_words(struct recs_cell *c, struct span *out, const char **why)
{
    const struct recs_names *names = c->names;
    const char *stop = skip_word(c->at, c->end), *found = NULL;
    int n = 0;
    if (names && names->words > 1) {
        const char *p = stop;
        for (int w = 0; w < names->words; w++, p = skip_word(span_skip_blank(p, c->end), c->end)) {
            if (names->known(names->context, c->at, (size_t)(p - c->at)) == RECS_KNOWN_ID) {
                found = p;
                n++;
            }
            if (p == c->end)
                break;
        }
    }
    if (n > 1) {
        *why = words_unclear;
        return false;
    }
    stop = found ? found : stop;
    *out = (struct span){c->at, (size_t)(stop - c->at)};
    c->at = stop;
    return true;
}

static bool take_plain(struct recs_cell *c, struct span *out, const char **why)
{
    if (c->separator == ' ')
        return take_words(c, out, why);
    const char *stop = c->separator ? memchr(c->at, c->separator, (size_t)(c->end - c->at)) : NULL;
    stop = stop ? stop : c->end;
    *out = span_trim(c->at, stop);
    c->at = stop;
    return true;
}

/* Behind an element: its separator, the end, or where elements need none the next one. */
static bool take_separator(struct recs_cell *c)
{
    c->at = span_skip_blank(c->at, c->end);
    if (c->at == c->end || c->separator == ' ')
        return true;
    if (*c->at == c->separator) {
        c->at++;
        return true;
    }
    return c->list && strchr("'\"[(", *c->at);
}

bool recs_cell_next(struct recs_cell *c, struct recs_element *out, const char **why)
{
    c->at = span_skip_blank(c->at, c->end);
    if (c->at == c->end)
        return false;
    out->quoted = c->list && (*c->at == '\'' || *c->at == '"');
    bool nested = c->list && (*c->at == '[' || *c->at == '(');
    bool ok = out->quoted ? take_quoted(c, &out->text)
              : nested    ? take_nested(c, &out->text)
                          : take_plain(c, &out->text, why);
    ok = ok && take_separator(c);
    if (!ok && !*why)
        *why = broken;
    return ok;
}

/* ---- what separates them ---- */

static enum recs_known known(const struct recs_names *names, struct span s)
{
    return names->known(names->context, s.text, s.n);
}

static bool is_one_of(char c, const char *set, int n)
{
    return memchr(set, c, (size_t)n) != NULL;
}

/* A blank that does not merely follow or precede a separator. */
static bool has_blank(struct span cell, const char *separators, int n)
{
    const char *end = cell.text + cell.n;
    for (const char *p = cell.text; p < end; p++) {
        if (!span_is_blank(*p))
            continue;
        const char *next = span_skip_blank(p, end);
        bool beside = p == cell.text || next == end || is_one_of(p[-1], separators, n) ||
                      is_one_of(*next, separators, n);
        if (!beside)
            return true;
        p = next - 1;
    }
    return false;
}

/* Elements, were they separated so: the share that is known, and whether all are whole numbers. */
struct reading {
    double known;
    bool numbers, unclear;
    bool one; /* it is the whole */
};

static struct reading reading_of(struct span cell, char separator, const struct recs_names *names)
{
    struct recs_cell c = {cell.text, cell.text + cell.n, separator, false, names, NULL};
    struct recs_element e;
    struct reading out = {.numbers = true};
    const char *why = NULL;
    int64_t n = 0, there = 0;
    while (recs_cell_next(&c, &e, &why)) {
        if (e.text.n == 0 || (e.text.n == 1 && *e.text.text == '-'))
            continue;
        n++;
        there += known(names, e.text) != RECS_UNKNOWN;
        out.numbers = out.numbers && ids_integer(e.text.text, e.text.n) >= 0;
    }
    out.known = n > 0 ? (double)there / (double)n : 0;
    out.unclear = why != NULL;
    out.one = n == 1;
    return out;
}

/* Of several possible separators the one that gives the most known ids; '\0' where the whole cell
 * is an id and not all of its parts are. */
static bool by_names(struct span cell, const char *found, int n, const struct recs_names *names,
                     char *out, const char **why)
{
    struct reading best = {.known = -1};
    bool tie = false;
    for (int i = 0; i < n; i++) {
        struct reading r = reading_of(cell, found[i], names);
        if (r.known > best.known) {
            best = r;
            *out = found[i];
            tie = false;
        } else {
            tie = tie || r.known >= best.known;
        }
    }
    enum recs_known whole = best.one ? RECS_UNKNOWN : known(names, cell);
    /* a cell that begins with a semantic id is one where its parts are none */
    if (whole == RECS_KNOWN_ID ? best.known < 1 : whole == RECS_KNOWN_CODE && best.known <= 0) {
        *out = '\0';
        return true;
    }
    *why = best.unclear                               ? words_unclear
           : tie || whole == RECS_KNOWN_ID            ? unclear
           : whole == RECS_KNOWN_CODE && best.numbers ? unclear
                                                      : NULL;
    return !*why;
}

static bool choose(struct span cell, const struct recs_names *names, char *out, const char **why)
{
    static const char signs[] = {',', ';', '|'};
    char found[sizeof signs + 1];
    int n = 0;
    for (size_t i = 0; i < sizeof signs; i++)
        if (memchr(cell.text, signs[i], cell.n))
            found[n++] = signs[i];
    if (has_blank(cell, found, n))
        found[n++] = ' ';
    *out = n > 0 ? found[0] : '\0';
    if (n == 0 || (n == 1 && (!names || (found[0] == ' ' && names->words <= 1))))
        return true;
    if (names)
        return by_names(cell, found, n, names, out, why);
    *why = unclear;
    return false;
}

/* "'a', 'b'": a list without its brackets, unless it is an id with quotes around. */
static bool is_quoted(struct span cell, const struct recs_names *names)
{
    char quote = cell.n >= 2 ? *cell.text : '\0';
    return (quote == '\'' || quote == '"') && cell.text[cell.n - 1] == quote &&
           !(names && known(names, cell) == RECS_KNOWN_ID);
}

bool recs_cell_begin(struct recs_cell *c, struct span cell, const struct recs_names *names,
                     struct buf *decoded, const char **why)
{
    cell = span_trim(cell.text, cell.text + cell.n);
    bool brackets = cell.n >= 2 && *cell.text == '[' && cell.text[cell.n - 1] == ']';
    bool list = brackets || is_quoted(cell, names);
    if (brackets)
        cell = span_trim(cell.text + 1, cell.text + cell.n - 1);
    *c = (struct recs_cell){cell.text, cell.text + cell.n, ' ', list, NULL, decoded};
    if (list && memchr(cell.text, ',', cell.n)) {
        c->separator = ',';
        return true;
    }
    for (size_t i = 0; list && i < cell.n; i++)
        if (strchr("'\"[(", cell.text[i]) && cell.text[i])
            return true;
    c->names = names;
    return choose(cell, names, &c->separator, why);
}
