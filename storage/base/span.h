/* A piece of text: bytes that belong to somebody else. */
#ifndef STORAGE_BASE_SPAN_H
#define STORAGE_BASE_SPAN_H

#include <stddef.h>

struct span {
    const char *text;
    size_t n;
};

/* Behind the blanks, tabs and line ends that stand at p. */
static inline const char *span_skip_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
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
