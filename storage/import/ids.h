/*
 * External ids while importing: numbered by first appearance, and lists of strings that become a
 * struct strtab.
 *
 * Most public data sets number users and items, so small canonical decimal numbers have a direct
 * table before the hash table: about 3 ns a look-up instead of 30.
 */
#ifndef STORAGE_IMPORT_IDS_H
#define STORAGE_IMPORT_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"
#include "storage/base/intern.h"

enum { IDS_DIRECT_DIGITS = 7, IDS_DIRECT_MAX = 4 << 20 };

struct ids {
    struct intern *intern;
    int32_t *direct; /* [direct_n] number + 1 of the id that reads as this integer, 0: none yet */
    size_t direct_n;
};

void ids_init(struct ids *ids);
void ids_release(struct ids *ids); /* a zeroed one is fine */
int32_t ids_count(const struct ids *ids);

/* The number of the id, a new one at first sight; -1 with *err set when memory runs out. */
int32_t ids_add(struct ids *ids, const char *bytes, size_t n, struct error *err);

/* If (bytes, n) is a canonical non-negative decimal ("0", "17", not "017") below 10^18: its value,
 * else -1. */
static inline int64_t ids_integer(const char *bytes, size_t n)
{
    if (n == 0 || n > 18 || (bytes[0] == '0' && n > 1))
        return -1;
    int64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned char)bytes[i] - (unsigned)'0';
        if (digit > 9)
            return -1;
        value = value * 10 + digit;
    }
    return value;
}

/* Strings in order. */
struct string_list {
    uint64_t *offset; /* [n+1] as in struct strtab */
    char *bytes;
    int64_t n;
    size_t offset_cap, bytes_cap;
};
bool string_list_add(struct string_list *list, const char *bytes, size_t n, struct error *err);
void string_list_release(struct string_list *list);
/* Hands the memory over to *table (released with strtab_release); the list is empty again. */
bool string_list_finish(struct string_list *list, struct strtab *table, struct error *err);
struct strtab string_list_view(const struct string_list *list); /* n > 0; borrowed */
void strtab_release(struct strtab *table); /* of string_list_finish; a zeroed one is fine */

#endif
