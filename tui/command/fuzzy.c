#include "tui/command/fuzzy.h"

#include <stdbool.h>
#include <string.h>

enum {
    NAME_MAX_BYTES = 64,
    LETTER = 16, /* a letter of the word found in the name */
    START = 10,  /* … at the start of one of the name's words */
    NEXT = 12,   /* … right after the letter before */
    WHOLE = 40,  /* the word is the whole name */
    IN_HELP = 4, /* a letter found in the explanation */
    IN_HELP_START = 8,
    NO_FIT = -1,
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_letter(char c)
{
    c = lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static bool starts_word(const char *text, size_t at)
{
    return at == 0 || !is_letter(text[at - 1]);
}

/* best[j]: of the word's letters so far, the last of them at name[j]. */
static int score_name(const char *word, size_t n, const char *name)
{
    size_t m = strlen(name);
    if (n > m || m > NAME_MAX_BYTES)
        return NO_FIT;
    int best[NAME_MAX_BYTES] = {0}, before[NAME_MAX_BYTES];
    for (size_t i = 0; i < n; i++) {
        int reach = NO_FIT; /* the best of the letter before, with a gap to here */
        memcpy(before, best, sizeof before);
        for (size_t j = 0; j < m; j++) {
            if (i > 0 && j > 1 && before[j - 2] > reach)
                reach = before[j - 2];
            reach = reach > 0 ? reach - 1 : reach;
            best[j] = NO_FIT;
            if (lower(word[i]) != lower(name[j]))
                continue;
            int here = LETTER + (starts_word(name, j) ? START : 0);
            if (i == 0)
                best[j] = here;
            else if (j > 0 && before[j - 1] >= 0)
                best[j] = here + NEXT + before[j - 1];
            if (i > 0 && reach >= 0 && here + reach > best[j])
                best[j] = here + reach;
        }
    }
    int most = NO_FIT;
    for (size_t j = 0; j < m; j++)
        most = best[j] > most ? best[j] : most;
    return most >= 0 && n == m ? most + WHOLE : most;
}

static int score_help(const char *word, size_t n, const char *help)
{
    int most = NO_FIT;
    for (size_t at = 0; help[at]; at++) {
        size_t k = 0;
        while (k < n && lower(help[at + k]) == lower(word[k]))
            k++;
        if (k < n)
            continue;
        int score = (int)(n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES) * IN_HELP +
                    (starts_word(help, at) ? IN_HELP_START : 0);
        most = score > most ? score : most;
    }
    return most;
}

int fuzzy_score(const char *query, const char *name, const char *help)
{
    int sum = 0;
    bool any = false;
    for (query += strspn(query, " "); *query; query += strspn(query, " ")) {
        size_t n = strcspn(query, " ");
        int in_name = score_name(query, n, name), in_help = score_help(query, n, help);
        int best = in_name > in_help ? in_name : in_help;
        if (best < 0)
            return NO_FIT;
        sum += best;
        query += n;
        any = true;
    }
    int length = (int)(strlen(name) / 4); /* of two that fit alike, the shorter name */
    return !any ? 0 : sum > length ? sum - length : 0;
}
