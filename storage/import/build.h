/*
 * From rows in file order to sequences: filters, grouping by user, order, numbering
 * (docs/definitions.md, section 1).
 */
#ifndef STORAGE_IMPORT_BUILD_H
#define STORAGE_IMPORT_BUILD_H

#include "storage/import/intake.h"

/*
 * Fills n_users … rating, user_id, item_id and the report's counts of *out; consumes *rows column
 * by column (what is no longer needed is freed on the way, ids stay). raw_item [out->n_items],
 * owned by the caller, is the raw number of each item. False with ERROR_INPUT when nothing is left.
 * O(rows + rows in disorder * log(longest sequence)).
 */
bool build_sequences(struct rows *rows, const struct import_options *options,
                     struct progress *progress, struct import_result *out, int32_t **raw_item,
                     struct error *err);

#endif
