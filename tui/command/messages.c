#include "tui/command/messages.h"

#include <string.h>

#include "storage/base/clock.h"
#include "storage/base/mem.h"

void messages_init(struct messages *m)
{
    *m = (struct messages){0};
}

void messages_release(struct messages *m)
{
    for (size_t i = 0; i < m->n; i++)
        free(m->items[i].text);
    free(m->items);
    *m = (struct messages){0};
}

void messages_add(struct messages *m, enum message_level level, const char *text)
{
    if (m->n == MESSAGES_KEPT) {
        free(m->items[0].text);
        memmove(m->items, m->items + 1, --m->n * sizeof *m->items);
    }
    MEM_GROW(m->items, m->n + 1, m->cap);
    m->items[m->n++] = (struct message){.number = ++m->said,
                                        .time = clock_wall_seconds(),
                                        .level = level,
                                        .text = mem_strdup(text)};
}
