/*
 * Growable text. Invariant: data is always a valid NUL-terminated string of `len` bytes (which may
 * contain NULs of their own), so it can be passed to printf at any time. Must-succeed allocation.
 */
#ifndef STORAGE_BASE_BUF_H
#define STORAGE_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data;
    size_t len;
    size_t cap; /* bytes at data, 0 while data is the shared empty string */
};

void buf_init(struct buf *buf);
void buf_release(struct buf *buf);
void buf_clear(struct buf *buf);                 /* len 0, keeps the memory */
void buf_reserve(struct buf *buf, size_t extra); /* room for `extra` more bytes */
void buf_add(struct buf *buf, const char *bytes, size_t n);
void buf_adds(struct buf *buf, const char *s);
void buf_addc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* With a comma between thousands: 12,101. */
void buf_add_grouped(struct buf *buf, int64_t n);
void buf_vaddf(struct buf *buf, const char *format, va_list args);
void buf_truncate(struct buf *buf, size_t len);
char *buf_detach(struct buf *buf); /* the caller owns the string; buf is empty again */

#endif
