#include "storage/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void (*oom_handler)(size_t);

void mem_set_oom_handler(void (*handler)(size_t wanted_bytes))
{
    oom_handler = handler;
}

static _Noreturn void out_of_memory(size_t wanted_bytes)
{
    if (oom_handler)
        oom_handler(wanted_bytes);
    fprintf(stderr, "rote: out of memory (%zu bytes wanted)\n", wanted_bytes);
    _Exit(1);
}

void *mem_alloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

void *mem_zalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        out_of_memory(count * size);
    return p;
}

void *mem_realloc(void *p, size_t size)
{
    void *q = realloc(p, size ? size : 1);
    if (!q)
        out_of_memory(size);
    return q;
}

void *mem_aligned(size_t alignment, size_t size)
{
    void *p;
    if (posix_memalign(&p, alignment, size ? size : 1) != 0)
        out_of_memory(size);
    return p;
}

char *mem_strdup(const char *s)
{
    return mem_strndup(s, strlen(s));
}

char *mem_strndup(const char *s, size_t n)
{
    char *copy = mem_alloc(n + 1);
    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        out_of_memory(0);
    return text;
}

static bool too_much(size_t count, size_t size, const char *what, struct error *err)
{
    double mib = (double)count * (double)size / (1024.0 * 1024.0);
    return error_set(err, ERROR_MEMORY,
                     "not enough memory for the %s: %.1f MiB are needed; close other programs or "
                     "use a smaller data set",
                     what, mib);
}

static void *try_array(size_t count, size_t size, bool zero, const char *what, struct error *err)
{
    size_t bytes;
    void *p = NULL;
    if (!__builtin_mul_overflow(count, size, &bytes) && bytes <= PTRDIFF_MAX)
        p = zero ? calloc(bytes ? bytes : 1, 1) : malloc(bytes ? bytes : 1);
    if (!p)
        too_much(count, size, what, err);
    return p;
}

void *mem_try_array(size_t count, size_t size, const char *what, struct error *err)
{
    return try_array(count, size, false, what, err);
}

void *mem_try_zarray(size_t count, size_t size, const char *what, struct error *err)
{
    return try_array(count, size, true, what, err);
}

void *mem_try_resize(void *array, size_t count, size_t size, const char *what, struct error *err)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX) {
        too_much(count, size, what, err);
        return NULL;
    }
    void *p = realloc(array, bytes ? bytes : 1);
    if (!p)
        too_much(count, size, what, err);
    return p;
}

bool mem_try_grow(void **array, size_t *cap, size_t need, size_t size, const char *what,
                  struct error *err)
{
    if (need <= *cap)
        return true;
    size_t room, bytes;
    if (__builtin_add_overflow(need, need / 2 + 16, &room) ||
        __builtin_mul_overflow(room, size, &bytes) || bytes > PTRDIFF_MAX)
        return too_much(need, size, what, err);
    void *p = realloc(*array, bytes);
    if (!p)
        return too_much(room, size, what, err);
    *array = p;
    *cap = room;
    return true;
}
