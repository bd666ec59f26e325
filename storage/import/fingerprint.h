/*
 * The two fingerprints of a data set (docs/definitions.md, section 1), printed beside every figure.
 * Shapes: offset [n_users+1], item [offset[n_users]]. Cost: about 10 GB/s.
 */
#ifndef STORAGE_IMPORT_FINGERPRINT_H
#define STORAGE_IMPORT_FINGERPRINT_H

#include <stdint.h>

#include "storage/base/intern.h"

/* The number of users, their lengths and the item indices: renaming users and items keeps it. */
uint64_t fingerprint_structure(int32_t n_users, const int64_t *offset, const int32_t *item);

/* External user ids, external item ids, and all that the structure fingerprint covers. */
uint64_t fingerprint_dataset(const struct strtab *user_id, const struct strtab *item_id,
                             const int64_t *offset, const int32_t *item);

#endif
