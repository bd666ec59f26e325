#include "storage/import/ids.h"

#include <string.h>

#include "storage/base/mem.h"

void ids_init(struct ids *ids)
{
    *ids = (struct ids){.intern = intern_new()};
}

void ids_release(struct ids *ids)
{
    intern_free(ids->intern);
    free(ids->direct);
    *ids = (struct ids){0};
}

int32_t ids_count(const struct ids *ids)
{
    return intern_count(ids->intern);
}

static bool grow_direct(struct ids *ids, size_t value, struct error *err)
{
    size_t before = ids->direct_n;
    size_t room = before ? before : 1024;
    while (room <= value)
        room *= 2;
    size_t cap = before;
    if (!mem_try_grow((void **)&ids->direct, &cap, room, sizeof *ids->direct, "id table", err))
        return false;
    memset(ids->direct + before, 0, (room - before) * sizeof *ids->direct);
    ids->direct_n = room;
    return true;
}

int32_t ids_add(struct ids *ids, const char *bytes, size_t n, struct error *err)
{
    int64_t value = n <= IDS_DIRECT_DIGITS ? ids_integer(bytes, n) : -1;
    if (value < 0 || value >= IDS_DIRECT_MAX)
        return intern_add(ids->intern, bytes, n, err);
    if ((size_t)value >= ids->direct_n && !grow_direct(ids, (size_t)value, err))
        return -1;
    if (!ids->direct[value])
        ids->direct[value] = intern_add(ids->intern, bytes, n, err) + 1;
    return ids->direct[value] - 1;
}

bool string_list_add(struct string_list *list, const char *bytes, size_t n, struct error *err)
{
    size_t used = list->n ? (size_t)list->offset[list->n] : 0;
    if (!mem_try_grow((void **)&list->bytes, &list->bytes_cap, used + n + 1, 1, "texts", err) ||
        !mem_try_grow((void **)&list->offset, &list->offset_cap, (size_t)list->n + 2,
                      sizeof *list->offset, "texts", err))
        return false;
    list->offset[0] = 0;
    if (n)
        memcpy(list->bytes + used, bytes, n);
    list->bytes[used + n] = '\0';
    list->offset[++list->n] = used + n + 1;
    return true;
}

void string_list_release(struct string_list *list)
{
    free(list->offset);
    free(list->bytes);
    *list = (struct string_list){0};
}

struct strtab string_list_view(const struct string_list *list)
{
    return (struct strtab){.n = list->n, .offset = list->offset, .bytes = list->bytes};
}

bool string_list_finish(struct string_list *list, struct strtab *table, struct error *err)
{
    if (list->n == 0) { /* a table of nothing still has its offset[0] and a byte to point at */
        if (!mem_try_grow((void **)&list->bytes, &list->bytes_cap, 1, 1, "texts", err) ||
            !mem_try_grow((void **)&list->offset, &list->offset_cap, 1, sizeof *list->offset,
                          "texts", err))
            return false;
        list->offset[0] = 0;
        list->bytes[0] = '\0';
    }
    *table = string_list_view(list);
    *list = (struct string_list){0};
    return true;
}

void strtab_release(struct strtab *table)
{
    free((void *)(uintptr_t)table->offset);
    free((void *)(uintptr_t)table->bytes);
    *table = (struct strtab){0};
}
