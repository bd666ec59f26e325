/*
 * Item texts and semantic ids find their items: by id as text, or shifted where both sides are
 * dense integer sets that differ by an offset (docs/definitions.md, section 11).
 */
#ifndef STORAGE_IMPORT_MATCH_H
#define STORAGE_IMPORT_MATCH_H

#include "storage/import/intake.h"

/* What to add to the integers of `other` to get those of `items`: 0 when they match as text. Both
 * must be sets. *padded: they share their largest id but `other` begins lower, as where a padding
 * item 0 has a text; then nothing is shifted. */
int64_t match_offset(const struct strtab *items, const struct strtab *other, bool *padded);

/*
 * Fills title, category, the other fields and the semantic ids of *out, whose items are numbered,
 * and the report's counts. texts, semids: NULL when no such file was read. `items` are all ids of
 * the interactions before filters. False with ERROR_INPUT when a file matches not a single item.
 */
bool match_metadata(const struct ids *items, struct texts *texts, const struct semids *semids,
                    const struct import_options *options, struct import_result *out,
                    struct error *err);

#endif
