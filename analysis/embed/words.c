/* Words of UTF-8 text. Contract in words.h. */
#include "analysis/embed/words.h"

#include <stdint.h>

#include "storage/base/mem.h"
#include "storage/base/regex.h"

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

/* Decodes the character at *p (valid UTF-8: the regex matched it) and moves behind it. */
static uint32_t decode(const unsigned char **p)
{
    uint32_t c = *(*p)++;
    int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    c &= more ? 0x3Fu >> more : 0x7Fu;
    for (; more > 0; more--)
        c = c << 6 | (*(*p)++ & 0x3Fu);
    return c;
}

static void encode(uint32_t c, struct buf *out)
{
    if (c < 0x80) {
        buf_addc(out, (char)c);
    } else if (c < 0x800) {
        buf_addc(out, (char)(0xC0 | c >> 6));
        buf_addc(out, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        buf_addc(out, (char)(0xE0 | c >> 12));
        buf_addc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_addc(out, (char)(0x80 | (c & 0x3F)));
    } else {
        buf_addc(out, (char)(0xF0 | c >> 18));
        buf_addc(out, (char)(0x80 | (c >> 12 & 0x3F)));
        buf_addc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_addc(out, (char)(0x80 | (c & 0x3F)));
    }
}

bool words_next(struct words *w, const char *text, size_t n, size_t *at, struct buf *word)
{
    size_t start, end;
    if (!w->scratch || *at > n ||
        regex_find(w->regex, w->scratch, text, n, *at, &start, &end) != REGEX_YES)
        return false;
    buf_clear(word);
    const unsigned char *p = (const unsigned char *)text + start;
    while (p < (const unsigned char *)text + end)
        encode(lower(decode(&p)), word);
    *at = end;
    return true;
}
