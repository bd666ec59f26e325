/*
 * The compact form of one user's sequence in rote.db, and back. Items: LEB128 numbers. Times:
 * zigzag differences, LEB128. Ratings: a byte 0 and one signed byte of half steps each where all
 * fit, else a byte 1 and 4 bytes (IEEE single, little-endian) each.
 *
 * Encoders return the bytes written; `out` has room for SEQUENCE_*_MAX(n). Decoders check
 * everything and return false unless the blob holds exactly n values.
 */
#ifndef STORAGE_DB_SEQUENCE_H
#define STORAGE_DB_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEQUENCE_ITEMS_MAX(n)   ((size_t)(n)*5)
#define SEQUENCE_TIMES_MAX(n)   ((size_t)(n)*10)
#define SEQUENCE_RATINGS_MAX(n) ((size_t)(n)*4 + 1)

size_t sequence_put_items(const int32_t *item, int64_t n, uint8_t *out);
size_t sequence_put_times(const int64_t *time, int64_t n, uint8_t *out);
size_t sequence_put_ratings(const float *rating, int64_t n, uint8_t *out);

bool sequence_get_items(const uint8_t *bytes, size_t size, int32_t n_items, int64_t n,
                        int32_t *item);
bool sequence_get_times(const uint8_t *bytes, size_t size, int64_t n, int64_t *time);
bool sequence_get_ratings(const uint8_t *bytes, size_t size, int64_t n, float *rating);

#endif
