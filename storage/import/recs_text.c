/* Semantic ids as models and projects write them. */
#include <string.h>

#include "storage/import/recs.h"

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool separates(char c)
{
    return c && strchr("<>,[]()|'\" \t-", c);
}

/* The codes of a run "<a_9><b_0>…" that begins at `at` with level 0; returns how many. Appends them
 * to *key. A run ends where the next token is not of the next level. */
static int add_run(const char *at, const char *end, struct buf *key)
{
    int levels = 0;
    while (at < end) {
        const char *token = at;
        while (token < end && separates(*token))
            token++;
        if (end - token < 3 || token[0] != 'a' + levels || token[1] != '_' || !digit(token[2]))
            break;
        const char *number = token + 2;
        for (at = number; at < end && digit(*at); at++)
            ;
        if (at < end && (letter(*at) || *at == '_'))
            break;
        while (number + 1 < at && *number == '0')
            number++; /* a_07 is a_7 */
        if (levels++ > 0)
            buf_addc(key, ',');
        buf_add(key, number, (size_t)(at - number));
    }
    return levels;
}

/* The first run in the text. */
static bool tokens_key(const char *text, const char *end, struct buf *key)
{
    for (const char *at = text; (at = memchr(at, 'a', (size_t)(end - at))); at++) {
        bool begins = at == text || separates(at[-1]) || at[-1] == ':' || at[-1] == '\n';
        if (begins && add_run(at, end, key) > 0)
            return true;
    }
    return false;
}

/* Words between commas: trimmed of blanks and quotes. Two at least, unless in brackets. */
static bool words_key(const char *at, const char *end, bool one_is_enough, struct buf *key)
{
    size_t before = key->len;
    int words = 0;
    while (at <= end) {
        const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma ? comma : end;
        const char *word = at;
        at = stop + 1;
        while (word < stop && strchr(" \t'\"\n", *word) && *word)
            word++;
        while (stop > word && stop[-1] && strchr(" \t'\"\n", stop[-1]))
            stop--;
        if (word == stop)
            break;
        if (words++ > 0)
            buf_addc(key, ',');
        buf_add(key, word, (size_t)(stop - word));
        if (!comma && words > (one_is_enough ? 0 : 1))
            return true;
    }
    buf_truncate(key, before);
    return false;
}

const char *recs_said(const char *text, size_t *n)
{
    static const char around[] = " \t\r\n\"";
    const char *end = text + *n;
    while (text < end && memchr(around, *text, sizeof around - 1))
        text++;
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    end = newline ? newline : end;
    while (end > text && memchr(around, end[-1], sizeof around - 1))
        end--;
    *n = (size_t)(end - text);
    return text;
}

bool recs_semid_key(const char *text, size_t n, bool generated, struct buf *key)
{
    size_t before = key->len;
    const char *end = text + n;
    if (generated) { /* what follows the first line is another matter */
        text = recs_said(text, &n);
        end = text + n;
    }
    buf_addc(key, RECS_KEY);
    if (tokens_key(text, end, key))
        return true;
    const char *open = memchr(text, '[', (size_t)(end - text));
    const char *close = open ? memchr(open, ']', (size_t)(end - open)) : NULL;
    if (close ? words_key(open + 1, close, true, key)
              : !open && !generated && words_key(text, end, false, key))
        return true;
    buf_truncate(key, before);
    return false;
}
