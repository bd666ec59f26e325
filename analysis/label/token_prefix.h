/*
 * Token-level memorization for semantic ids (docs/definitions.md, section 5): the largest n such
 * that some training adjacent pair (j, j') shares the first n tokens with (last history item,
 * candidate).
 *
 * Source: MemGen-GR, arXiv 2603.19809. Method: prefixes are numbered per length; the counted pairs
 * of prefix numbers are sorted rows, searched by bisection, longest prefix first.
 * Cost: a label is O(levels * log(row)). Memory: at most 8 bytes per distinct edge and level.
 */
#ifndef ANALYSIS_LABEL_TOKEN_PREFIX_H
#define ANALYSIS_LABEL_TOKEN_PREFIX_H

#include <stdint.h>

#include "analysis/corpus/edges.h"
#include "storage/base/error.h"

/* Read-only after building; safe from many threads. Borrows nothing. */
struct token_index;

/* semid: [n_items * levels] code per level, -1 throughout where an item has no id. */
bool token_index_build(const struct edges *edges, const int32_t *semid, int32_t levels,
                       struct token_index **out, struct error *err);
void token_index_free(struct token_index *index); /* NULL allowed */

/* Ids that belong to several items; on those, n = levels does not imply item-level memorization. */
int32_t token_index_levels(const struct token_index *index);
int32_t token_index_shared_ids(const struct token_index *index);   /* distinct ids with > 1 item */
int32_t token_index_shared_items(const struct token_index *index); /* items with such an id */
int32_t token_index_without(const struct token_index *index);      /* items without an id */
bool token_index_is_shared(const struct token_index *index, int32_t item);

struct token_label {
    int32_t n;       /* 0 .. levels; 0: not even the first token, or an item has no id */
    int64_t support; /* training pairs with that prefix pair; 0 when n is 0 */
};
/* last or item < 0: n = 0. */
struct token_label token_label(const struct token_index *index, int32_t last, int32_t item);

#endif
