/*
 * Memory, with two policies under two names.
 *
 * mem_*      small allocations that must succeed. When they do not, the out-of-memory handler runs
 *            (main installs one that restores the terminal) and the process ends.
 * mem_try_*  anything whose size comes from data: overflow-checked, may fail, and then says how
 *            much was wanted and for what.
 * Everything is released with free().
 */
#ifndef STORAGE_BASE_MEM_H
#define STORAGE_BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

#include "storage/base/error.h"

void mem_set_oom_handler(void (*handler)(size_t wanted_bytes));

void *mem_alloc(size_t size);
void *mem_zalloc(size_t count, size_t size);
void *mem_realloc(void *p, size_t size);
void *mem_aligned(size_t alignment, size_t size); /* a power of two, at least sizeof(void *) */
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t n);
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* count * size bytes, zeroed where named so. `what` names the array in the error ("edge table").
 * count 0 gives a valid pointer. NULL on failure. */
void *mem_try_array(size_t count, size_t size, const char *what, struct error *err);
void *mem_try_zarray(size_t count, size_t size, const char *what, struct error *err);

/* The array with room for count * size bytes; what is new in it is not zeroed. On failure NULL, and
 * the array stays as it was. */
void *mem_try_resize(void *array, size_t count, size_t size, const char *what, struct error *err);

/* Makes *array (elements of `size` bytes, room for *cap) hold at least `need` elements, growing by
 * half. On failure *array and *cap stay as they were. */
bool mem_try_grow(void **array, size_t *cap, size_t need, size_t size, const char *what,
                  struct error *err);

/* Must-succeed growth for small vectors: MEM_GROW(v->items, v->count + 1, v->cap). */
#define MEM_GROW(array, need, cap)                                                                 \
    do {                                                                                           \
        if ((size_t)(need) > (size_t)(cap)) {                                                      \
            (cap) = (size_t)(need) + (size_t)(need) / 2 + 8;                                       \
            (array) = mem_realloc((array), (cap) * sizeof *(array));                               \
        }                                                                                          \
    } while (0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
