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
