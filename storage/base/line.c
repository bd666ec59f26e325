#include "storage/base/line.h"

#include <stdbool.h>

void line_escape(const char *text, struct buf *out)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 32 || c == 127 || c == '\\')
            buf_addf(out, "\\x%02x", c);
        else
            buf_addc(out, *text);
    }
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void line_unescape(const char *text, struct buf *out)
{
    while (*text) {
        bool escape = text[0] == '\\' && text[1] == 'x' && hex(text[2]) >= 0 && hex(text[3]) >= 0;
        int value = escape ? hex(text[2]) * 16 + hex(text[3]) : 0;
        buf_addc(out, value ? (char)value : *text);
        text += value ? 4 : 1;
    }
}
