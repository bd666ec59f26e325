#include "storage/base/hash.h"

#include <stdio.h>

#define XXH_STATIC_LINKING_ONLY /* the size of XXH3_state_t */
#include <xxhash.h>

#include "storage/base/mem.h"

struct hash {
    XXH3_state_t state;
};

uint64_t hash_bytes(const void *bytes, size_t n)
{
    return XXH3_64bits(bytes, n);
}

struct hash *hash_new(void)
{
    /* XXH3_state_t wants 64-byte alignment, which malloc does not promise. */
    struct hash *hash = mem_aligned(64, sizeof *hash);
    hash_reset(hash);
    return hash;
}

void hash_free(struct hash *hash)
{
    free(hash);
}

void hash_reset(struct hash *hash)
{
    XXH3_64bits_reset(&hash->state);
}

void hash_add(struct hash *hash, const void *bytes, size_t n)
{
    XXH3_64bits_update(&hash->state, bytes, n);
}

uint64_t hash_value(const struct hash *hash)
{
    return XXH3_64bits_digest(&hash->state);
}

void hash_format(uint64_t value, char text[HASH_TEXT_LEN + 1])
{
    snprintf(text, HASH_TEXT_LEN + 1, "%016llx", (unsigned long long)value);
}

bool hash_parse(const char *text, size_t n, uint64_t *value)
{
    uint64_t v = 0;
    if (n != HASH_TEXT_LEN)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            return false;
        v = v << 4 | (uint64_t)digit;
    }
    *value = v;
    return true;
}
