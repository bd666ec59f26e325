/*
 * XXH3, 64 bits: content hashes of files and fingerprints. Not cryptographic. The same value on
 * every machine of the same byte order.
 */
#ifndef STORAGE_BASE_HASH_H
#define STORAGE_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t n);

/* The hash of a stream: equal to hash_bytes() over everything added since the last reset. */
struct hash;
struct hash *hash_new(void);       /* must-succeed */
void hash_free(struct hash *hash); /* NULL allowed */
void hash_reset(struct hash *hash);
void hash_add(struct hash *hash, const void *bytes, size_t n);
uint64_t hash_value(const struct hash *hash); /* adding may go on afterwards */

/* 16 lower-case hexadecimal digits, and back (false unless exactly 16 digits stand at text). */
enum { HASH_TEXT_LEN = 16 };
void hash_format(uint64_t value, char text[HASH_TEXT_LEN + 1]);
bool hash_parse(const char *text, size_t n, uint64_t *value);

#endif
