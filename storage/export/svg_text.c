#include "storage/export/svg_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/utf8.h"

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void svg_text_escape(struct buf *out, const char *bytes, size_t n)
{
    for (size_t i = 0, len; i < n; i += len) {
        const char *entity = entity_of(bytes[i]);
        if (entity)
            buf_adds(out, entity);
        len = entity ? 1 : utf8_add_shown(out, bytes + i, n - i);
    }
}

/* Shares of the font size; about those of DejaVu Sans, which is wider than most. */
static double advance(uint32_t c)
{
    if (c < 0x80 && strchr("ijlI.,:;'|!", (int)c))
        return 0.34;
    if (c < 0x80 && strchr("frt()[]{}/ -\"", (int)c))
        return 0.42;
    if (c < 0x80 && strchr("mwMW@%", (int)c))
        return 0.95;
    if (c < 0x80 && c >= 'A' && c <= 'Z')
        return 0.7;
    return utf8_columns(c) == 2 ? 1.05 : c < 0x80 || c == 0xb7 ? 0.6 : 0.68;
}

double svg_text_width(const char *s)
{
    double width = 0;
    for (size_t n = strlen(s), i = 0, len; i < n; i += len)
        width += advance(utf8_decode(s + i, n - i, &len));
    return width;
}

char *svg_text_fit(const char *s, double width)
{
    if (svg_text_width(s) <= width)
        return mem_strdup(s);
    double used = 1; /* the ellipsis */
    size_t n = strlen(s), i = 0;
    while (i < n) {
        size_t len;
        double w = advance(utf8_decode(s + i, n - i, &len));
        if (used + w > width)
            break;
        used += w;
        i += len;
    }
    return mem_printf("%.*s\xe2\x80\xa6", (int)i, s);
}

size_t svg_text_line(const char *s, double width, const char **next)
{
    double used = 0;
    size_t n = strlen(s), end = 0, i = 0; /* end: of what fits and may end a line */
    for (size_t len; i < n; i += len) {
        uint32_t c = utf8_decode(s + i, n - i, &len);
        if (c == ' ' || c == '\n' || (utf8_columns(c) == 2 && i > 0))
            end = i;
        if (c == '\n')
            break;
        used += advance(c);
        if (used > width && end > 0)
            break;
    }
    if (i >= n)
        end = n;
    *next = s + end + (s[end] == ' ' || s[end] == '\n');
    return end;
}
