#include "storage/base/intern.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "storage/base/mem.h"

struct intern {
    uint64_t *offset; /* [count+1], owned unless `borrowed` */
    char *bytes;
    size_t offset_cap, bytes_cap;
    int64_t count;
    uint32_t *slot;      /* [mask+1]: number + 1, 0 = free */
    uint32_t *slot_hash; /* [mask+1]: upper half of the hash, spares most string compares */
    size_t mask;
    bool borrowed;
};

static bool resize_slots(struct intern *in, size_t slots, struct error *err)
{
    uint32_t *slot = mem_try_zarray(slots, sizeof *slot, "string index", err);
    uint32_t *hash = slot ? mem_try_array(slots, sizeof *hash, "string index", err) : NULL;
    if (!hash) {
        free(slot);
        return false;
    }
    size_t mask = slots - 1;
    struct strtab t = intern_table(in);
    for (int64_t i = 0; i < in->count; i++) {
        uint64_t h = XXH3_64bits(strtab_get(&t, i), strtab_len(&t, i));
        size_t at = (size_t)h & mask;
        while (slot[at])
            at = (at + 1) & mask;
        slot[at] = (uint32_t)i + 1;
        hash[at] = (uint32_t)(h >> 32);
    }
    free(in->slot);
    free(in->slot_hash);
    in->slot = slot;
    in->slot_hash = hash;
    in->mask = mask;
    return true;
}

struct intern *intern_new(void)
{
    struct intern *in = mem_zalloc(1, sizeof *in);
    in->offset_cap = 64;
    in->offset = mem_zalloc(in->offset_cap, sizeof *in->offset);
    in->bytes_cap = 256;
    in->bytes = mem_zalloc(in->bytes_cap, 1);
    in->slot = mem_zalloc(128, sizeof *in->slot);
    in->slot_hash = mem_zalloc(128, sizeof *in->slot_hash);
    in->mask = 127;
    return in;
}

void intern_free(struct intern *in)
{
    if (!in)
        return;
    if (!in->borrowed) {
        free(in->offset);
        free(in->bytes);
    }
    free(in->slot);
    free(in->slot_hash);
    free(in);
}

int32_t intern_count(const struct intern *in)
{
    return (int32_t)in->count;
}

struct strtab intern_table(const struct intern *in)
{
    return (struct strtab){.n = in->count, .offset = in->offset, .bytes = in->bytes};
}

static size_t find_slot(const struct intern *in, uint64_t h, const char *bytes, size_t n)
{
    size_t at = (size_t)h & in->mask;
    uint32_t upper = (uint32_t)(h >> 32);
    while (in->slot[at]) {
        if (in->slot_hash[at] == upper) {
            int64_t i = in->slot[at] - 1;
            const uint64_t *o = in->offset + i;
            if (o[1] - o[0] - 1 == n && memcmp(in->bytes + o[0], bytes, n) == 0)
                break;
        }
        at = (at + 1) & in->mask;
    }
    return at;
}

int32_t intern_find(const struct intern *in, const char *bytes, size_t n)
{
    size_t at = find_slot(in, XXH3_64bits(bytes, n), bytes, n);
    return in->slot[at] ? (int32_t)(in->slot[at] - 1) : -1;
}

int32_t intern_add(struct intern *in, const char *bytes, size_t n, struct error *err)
{
    uint64_t h = XXH3_64bits(bytes, n);
    size_t at = find_slot(in, h, bytes, n);
    if (in->slot[at])
        return (int32_t)(in->slot[at] - 1);
    if (in->count >= INT32_MAX - 1) {
        error_set(err, ERROR_INPUT,
                  "more than 2,147,483,646 different ids; rote numbers them in 32 bits");
        return -1;
    }
    size_t used = (size_t)in->offset[in->count];
    if (!mem_try_grow((void **)&in->bytes, &in->bytes_cap, used + n + 1, 1, "ids", err) ||
        !mem_try_grow((void **)&in->offset, &in->offset_cap, (size_t)in->count + 2,
                      sizeof *in->offset, "ids", err))
        return -1;
    if ((size_t)in->count * 2 > in->mask) { /* at most half full */
        if (!resize_slots(in, (in->mask + 1) * 2, err))
            return -1;
        at = find_slot(in, h, bytes, n);
    }
    memcpy(in->bytes + used, bytes, n);
    in->bytes[used + n] = '\0';
    in->offset[in->count + 1] = used + n + 1;
    in->slot[at] = (uint32_t)in->count + 1;
    in->slot_hash[at] = (uint32_t)(h >> 32);
    return (int32_t)in->count++;
}

struct intern *intern_over(const struct strtab *table, struct error *err)
{
    struct intern *in = mem_zalloc(1, sizeof *in);
    in->borrowed = true;
    in->offset = (uint64_t *)(uintptr_t)table->offset; /* never written while borrowed */
    in->bytes = (char *)(uintptr_t)table->bytes;
    in->count = table->n;
    size_t slots = 128;
    while (slots < (size_t)table->n * 2)
        slots *= 2;
    if (!resize_slots(in, slots, err)) {
        intern_free(in);
        return NULL;
    }
    return in;
}

/* ---- tables in order ---- */

/* The first bytes beside the number: most comparisons do not touch the string. */
struct sort_entry {
    uint64_t head;
    int32_t at;
};

static uint64_t head_of(const char *bytes, size_t n)
{
    unsigned char head[8] = {0};
    memcpy(head, bytes, n < sizeof head ? n : sizeof head);
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof head; i++)
        value = value << 8 | head[i];
    return value;
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int by = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return by ? by : (a_len > b_len) - (a_len < b_len);
}

static int by_bytes(const void *a, const void *b, void *table)
{
    const struct sort_entry *x = a, *y = b;
    const struct strtab *t = table;
    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    int by = compare_bytes(strtab_get(t, x->at), strtab_len(t, x->at), strtab_get(t, y->at),
                           strtab_len(t, y->at));
    return by ? by : (x->at > y->at) - (x->at < y->at);
}

int32_t *strtab_sort(const struct strtab *t, struct error *err)
{
    struct sort_entry *entry = mem_try_array((size_t)t->n, sizeof *entry, "sorted ids", err);
    int32_t *sorted = entry ? mem_try_array((size_t)t->n, sizeof *sorted, "sorted ids", err) : NULL;
    for (int64_t i = 0; sorted && i < t->n; i++)
        entry[i] = (struct sort_entry){head_of(strtab_get(t, i), strtab_len(t, i)), (int32_t)i};
    if (sorted)
        qsort_r(entry, (size_t)t->n, sizeof *entry, by_bytes, (void *)(uintptr_t)t);
    for (int64_t i = 0; sorted && i < t->n; i++)
        sorted[i] = entry[i].at;
    free(entry);
    return sorted;
}

/* The first place whose string is not before the prefix; `after`: that does not begin with it. */
static int64_t bound(const struct strtab *t, const int32_t *sorted, const char *prefix, size_t n,
                     bool after)
{
    int64_t low = 0, high = t->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        size_t len = strtab_len(t, sorted[middle]);
        int by = compare_bytes(strtab_get(t, sorted[middle]), len < n ? len : n, prefix, n);
        if (by < 0 || (after && by == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct strtab_range strtab_with_prefix(const struct strtab *t, const int32_t *sorted,
                                       const char *prefix, size_t n)
{
    return (struct strtab_range){.from = bound(t, sorted, prefix, n, false),
                                 .to = bound(t, sorted, prefix, n, true)};
}

int32_t strtab_find(const struct strtab *t, const int32_t *sorted, const char *bytes, size_t n)
{
    if (sorted) { /* the string itself is before all longer ones */
        int64_t at = bound(t, sorted, bytes, n, false);
        bool found = at < t->n && strtab_len(t, sorted[at]) == n &&
                     memcmp(strtab_get(t, sorted[at]), bytes, n) == 0;
        return found ? sorted[at] : -1;
    }
    for (int64_t i = 0; i < t->n; i++)
        if (strtab_len(t, i) == n && memcmp(strtab_get(t, i), bytes, n) == 0)
            return (int32_t)i;
    return -1;
}
