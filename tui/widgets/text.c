#include "tui/widgets/text.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "storage/base/utf8.h"

size_t text_encode(uint32_t cp, char out[4])
{
    return utf8_encode(cp, out);
}

size_t text_decode(const char *bytes, size_t n, uint32_t *cp)
{
    size_t len;
    uint32_t c = n > 0 ? utf8_decode(bytes, n, &len) : 0;
    if (n == 0 || (c == UTF8_REPLACEMENT && len == 1))
        return 0;
    *cp = c;
    return len;
}

/* Joiners and selectors change how wide terminals draw the character before them. */
static bool is_dropped(uint32_t cp)
{
    return (cp >= 0x200b && cp <= 0x200d) || (cp >= 0xfe00 && cp <= 0xfe0f) || cp == 0xfeff ||
           cp == 0x2060;
}

/* Characters that would reorder or break the line. */
static bool is_dangerous(uint32_t cp)
{
    return cp == 0x061c || cp == 0x200e || cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e) ||
           (cp >= 0x2066 && cp <= 0x2069) || (cp >= 0xe0000 && cp <= 0xe007f);
}

static size_t escape(struct text_unit *unit, size_t taken, const char *format, unsigned value)
{
    unit->width = snprintf(unit->escape, sizeof unit->escape, format, value);
    return taken;
}

static int width_of(uint32_t cp)
{
    return cp < 0x7f ? 1 : wcwidth((wchar_t)cp);
}

/* Appends the combining marks that follow; more than fit are dropped. */
static size_t take_marks(const char *bytes, size_t n, size_t at, struct text_unit *unit)
{
    int k = 1;
    uint32_t cp;
    for (size_t len; at < n && (bytes[at] & 0x80) && (len = text_decode(bytes + at, n - at, &cp));
         at += len) {
        if (is_dropped(cp))
            continue;
        if (is_dangerous(cp) || width_of(cp) != 0)
            break;
        if (k < TEXT_CLUSTER)
            unit->cp[k++] = cp;
    }
    return at;
}

size_t text_next(const char *bytes, size_t n, struct text_unit *unit)
{
    *unit = (struct text_unit){.width = 0};
    uint32_t cp;
    size_t len = text_decode(bytes, n, &cp);
    if (len == 0)
        return escape(unit, 1, "\\x%02x", (unsigned char)bytes[0]);
    if (cp < 0x20 || cp == 0x7f)
        return escape(unit, 1, "^%c", cp ^ 0x40);
    if (cp >= 0x80 && cp < 0xa0)
        return escape(unit, len, "\\x%02x", cp);
    if (is_dangerous(cp))
        return escape(unit, len, "\\u%04x", cp);
    if (is_dropped(cp))
        return len;
    int width = width_of(cp);
    if (width == 0) { /* a mark with nothing before it: give it a place of its own */
        unit->cp[0] = ' ';
        unit->cp[1] = cp;
        unit->width = 1;
        return len;
    }
    unit->cp[0] = width < 0 ? '?' : cp;
    unit->width = width < 0 ? 1 : width;
    return take_marks(bytes, n, len, unit);
}

int text_width(const char *bytes, size_t n)
{
    int width = 0;
    struct text_unit unit;
    for (size_t i = 0; i < n;) {
        i += text_next(bytes + i, n - i, &unit);
        width += unit.width;
    }
    return width;
}

size_t text_prefix(const char *bytes, size_t n, int cols, int *width)
{
    int used = 0;
    size_t i = 0;
    struct text_unit unit;
    while (i < n) {
        size_t len = text_next(bytes + i, n - i, &unit);
        if (used + unit.width > cols)
            break;
        used += unit.width;
        i += len;
    }
    if (width)
        *width = used;
    return i;
}

size_t text_suffix(const char *bytes, size_t n, int cols, int *width)
{
    int left = text_width(bytes, n);
    size_t i = 0;
    struct text_unit unit;
    while (i < n && left > cols) {
        i += text_next(bytes + i, n - i, &unit);
        left -= unit.width;
    }
    if (width)
        *width = left;
    return i;
}

size_t text_line(const char *bytes, size_t n, int cols)
{
    size_t fits = text_prefix(bytes, n, cols, NULL);
    if (fits == n)
        return n;
    for (size_t at = fits; at > 0; at--)
        if (bytes[at] == ' ' && !(at + 1 < n && bytes[at + 1] == '%'))
            return at;
    return fits ? fits : n;
}
