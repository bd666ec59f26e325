/* A piece of text: bytes that belong to somebody else. */
#ifndef STORAGE_BASE_SPAN_H
#define STORAGE_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct span {
    const char *text;
    size_t n;
};

static inline bool span_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind the blanks, tabs and line ends that stand at p. */
static inline const char *span_skip_blank(const char *p, const char *end)
{
    while (p < end && span_is_blank(*p))
        p++;
    return p;
}

/* [p, end) without the blanks and tabs at its ends. */
static inline struct span span_trim(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct span){p, (size_t)(end - p)};
}

#endif
