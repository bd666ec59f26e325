#include "storage/import/fingerprint.h"

#include "storage/base/hash.h"

static void add_structure(struct hash *h, int32_t n_users, const int64_t *offset,
                          const int32_t *item)
{
    hash_add(h, &n_users, sizeof n_users);
    hash_add(h, offset, ((size_t)n_users + 1) * sizeof *offset);
    hash_add(h, item, (size_t)offset[n_users] * sizeof *item);
}

uint64_t fingerprint_structure(int32_t n_users, const int64_t *offset, const int32_t *item)
{
    struct hash *h = hash_new();
    add_structure(h, n_users, offset, item);
    uint64_t value = hash_value(h);
    hash_free(h);
    return value;
}

/* Ids end in a NUL that they do not contain, so their concatenation is unambiguous. */
static void add_ids(struct hash *h, const struct strtab *t)
{
    hash_add(h, &t->n, sizeof t->n);
    hash_add(h, t->bytes, (size_t)t->offset[t->n]);
}

uint64_t fingerprint_dataset(const struct strtab *user_id, const struct strtab *item_id,
                             const int64_t *offset, const int32_t *item)
{
    struct hash *h = hash_new();
    add_ids(h, user_id);
    add_ids(h, item_id);
    add_structure(h, (int32_t)user_id->n, offset, item);
    uint64_t value = hash_value(h);
    hash_free(h);
    return value;
}
