/* Words of UTF-8 text. Contract in words.h. */
#include "analysis/embed/words.h"

#include <stdint.h>

#include "storage/base/mem.h"
#include "storage/base/regex.h"
#include "storage/base/utf8.h"

struct words {
    struct regex *regex;
    struct regex_scratch *scratch;
};

struct words *words_new(void)
{
    struct words *w = mem_zalloc(1, sizeof *w);
    w->regex = regex_new("[\\p{L}\\p{M}\\p{N}]+", NULL);
    w->scratch = w->regex ? regex_scratch_new(w->regex) : NULL;
    return w;
}

void words_free(struct words *w)
{
    if (!w)
        return;
    regex_scratch_free(w->scratch);
    regex_free(w->regex);
    free(w);
}

/* Capitals at low .. high are `shift` below their small letters; with step 2, every other one. */
struct case_range {
    uint32_t low, high;
    int32_t shift;
    uint32_t step;
};

static uint32_t lower(uint32_t c)
{
    static const struct case_range ranges[] = {
        {'A', 'Z', 32, 1},      {0xC0, 0xD6, 32, 1},     {0xD8, 0xDE, 32, 1},
        {0x100, 0x12E, 1, 2},   {0x132, 0x136, 1, 2},    {0x139, 0x147, 1, 2},
        {0x14A, 0x176, 1, 2},   {0x178, 0x178, -121, 1}, {0x179, 0x17D, 1, 2},
        {0x386, 0x386, 38, 1},  {0x388, 0x38A, 37, 1},   {0x38C, 0x38C, 64, 1},
        {0x38E, 0x38F, 63, 1},  {0x391, 0x3A1, 32, 1},   {0x3A3, 0x3AB, 32, 1},
        {0x400, 0x40F, 80, 1},  {0x410, 0x42F, 32, 1},   {0x460, 0x480, 1, 2},
        {0x48A, 0x4BE, 1, 2},   {0x4D0, 0x52E, 1, 2},    {0x531, 0x556, 48, 1},
        {0x1E00, 0x1E94, 1, 2}, {0x1EA0, 0x1EFE, 1, 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        const struct case_range *r = &ranges[i];
        if (c >= r->low && c <= r->high && (c - r->low) % r->step == 0)
            return (uint32_t)((int32_t)c + r->shift);
    }
    return c;
}

bool words_next(struct words *w, const char *text, size_t n, size_t *at, struct buf *word)
{
    size_t start, end;
    if (!w->scratch || *at > n ||
        regex_find(w->regex, w->scratch, text, n, *at, &start, &end) != REGEX_YES)
        return false;
    buf_clear(word);
    for (size_t i = start, len; i < end; i += len) /* valid UTF-8: the regex matched it */
        utf8_add(word, lower(utf8_decode(text + i, end - i, &len)));
    *at = end;
    return true;
}
