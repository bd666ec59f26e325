#include "storage/base/utf8.h"

uint32_t utf8_decode(const char *bytes, size_t n, size_t *len)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)bytes;
    *len = 1;
    if (s[0] < 0x80)
        return s[0];
    size_t want = s[0] >= 0xf5 ? 0 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
    if (want == 0 || want > n)
        return 0xfffd;
    uint32_t c = s[0] & (0xffu >> (want + 1));
    for (size_t i = 1; i < want; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0xfffd;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c < smallest[want] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0xfffd;
    *len = want;
    return c;
}

size_t utf8_length(const char *bytes, size_t n)
{
    size_t len;
    uint32_t c = utf8_decode(bytes, n, &len);
    return c == UTF8_REPLACEMENT && len == 1 ? 0 : len;
}

bool utf8_is_valid(const char *bytes, size_t n)
{
    for (size_t i = 0, len; i < n; i += len)
        if ((len = utf8_length(bytes + i, n - i)) == 0)
            return false;
    return true;
}

size_t utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

void utf8_add(struct buf *out, uint32_t c)
{
    char bytes[4];
    buf_add(out, bytes, utf8_encode(c, bytes));
}

bool utf8_is_harmful(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xfffe || c == 0xffff ||
           (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x061c;
}

uint32_t utf8_shown(const char *bytes, size_t n, size_t *len)
{
    uint32_t c = utf8_decode(bytes, n, len);
    if (c == '\t' || c == '\n' || c == '\r')
        return ' ';
    return utf8_is_harmful(c) ? UTF8_REPLACEMENT : c;
}

size_t utf8_add_shown(struct buf *out, const char *bytes, size_t n)
{
    size_t len;
    uint32_t c = utf8_shown(bytes, n, &len);
    if (c == ' ')
        buf_addc(out, ' ');
    else if (c == UTF8_REPLACEMENT)
        buf_adds(out, "\xef\xbf\xbd");
    else
        buf_add(out, bytes, len);
    return len;
}

static bool is_wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
           (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) || c >= 0x1f000;
}

int utf8_columns(uint32_t c)
{
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200d) ||
        (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff)
        return 0;
    return is_wide(c) ? 2 : 1;
}
