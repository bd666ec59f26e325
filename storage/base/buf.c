#include "storage/base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"

static char empty[1] = "";

void buf_init(struct buf *buf)
{
    buf->data = empty;
    buf->len = 0;
    buf->cap = 0;
}

void buf_release(struct buf *buf)
{
    if (buf->cap)
        free(buf->data);
    buf_init(buf);
}

void buf_clear(struct buf *buf)
{
    buf_truncate(buf, 0);
}

void buf_reserve(struct buf *buf, size_t extra)
{
    size_t need = buf->len + extra + 1;
    if (need <= buf->cap)
        return;
    size_t cap = need + need / 2 + 32;
    char *data = mem_realloc(buf->cap ? buf->data : NULL, cap);
    data[buf->len] = '\0';
    buf->data = data;
    buf->cap = cap;
}

void buf_add(struct buf *buf, const char *bytes, size_t n)
{
    if (n == 0)
        return;
    buf_reserve(buf, n);
    memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
    buf->data[buf->len] = '\0';
}

void buf_adds(struct buf *buf, const char *s)
{
    buf_add(buf, s, strlen(s));
}

void buf_addc(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_vaddf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n > 0) {
        buf_reserve(buf, (size_t)n);
        vsnprintf(buf->data + buf->len, (size_t)n + 1, format, again);
        buf->len += (size_t)n;
    }
    va_end(again);
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vaddf(buf, format, args);
    va_end(args);
}

void buf_add_grouped(struct buf *buf, int64_t n)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64,
                          n < 0 ? UINT64_C(0) - (uint64_t)n : (uint64_t)n);
    if (n < 0)
        buf_addc(buf, '-');
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            buf_addc(buf, ',');
        buf_addc(buf, digits[i]);
    }
}

void buf_truncate(struct buf *buf, size_t len)
{
    if (len < buf->len) {
        buf->len = len;
        buf->data[len] = '\0';
    }
}

char *buf_detach(struct buf *buf)
{
    char *s = buf->cap ? buf->data : mem_strdup("");
    buf_init(buf);
    return s;
}
