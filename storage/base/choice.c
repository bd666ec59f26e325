#include "storage/base/choice.h"

#include <stdbool.h>
#include <string.h>

const char *choice_name(const char *choices, int i, size_t *n)
{
    for (; i > 0; i--) {
        choices += strcspn(choices, "|");
        if (*choices++ == '\0')
            return NULL;
    }
    *n = strcspn(choices, "|");
    return choices;
}

int choice_find(const char *choices, const char *text, size_t n)
{
    const char *name;
    size_t length;
    for (int i = 0; (name = choice_name(choices, i, &length)); i++) {
        if (length == n && memcmp(name, text, n) == 0)
            return i;
    }
    return -1;
}

void choice_list(const char *choices, struct buf *out)
{
    const char *name;
    size_t n, after;
    for (int i = 0; (name = choice_name(choices, i, &n)); i++) {
        bool last = !choice_name(choices, i + 1, &after);
        buf_addf(out, "%s%.*s", i == 0 ? "" : last ? " or " : ", ", (int)n, name);
    }
}
