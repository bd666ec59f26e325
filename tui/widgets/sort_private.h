/* The keys that rows are sorted by; private to sort.c and sort_keys.c. */
#ifndef TUI_WIDGETS_SORT_PRIVATE_H
#define TUI_WIDGETS_SORT_PRIVATE_H

#include <stdatomic.h>

#include "tui/widgets/order.h"

/* Largest key: no value. It stays last in both directions. */
static const uint64_t missing_key = SHEET_KEY_MISSING;

/* What can be said of the texts of a range besides their keys. */
struct texts {
    size_t longest;
    bool nul; /* one holds a NUL, which keys cannot tell from its end */
};

struct sort_keys {
    const struct sheet_source *source;
    int column;
    bool descending, text;
    const uint32_t *rank; /* of the column's entries; NULL: it has none */
    /* Kept for all source rows, so that each is made once; NULL: they are not. */
    uint64_t *of_text; /* [source rows] from the texts' first byte on */
    uint32_t *number;  /* [source rows] keys of numbers, as far as 32 bits hold them */
    bool kept;         /* what is kept is whole, and `all` speaks of those texts */
    atomic_bool wide;  /* some number needs more than 32 bits */
    struct texts all;
};

/* Decides what is kept when n rows are sorted; without the memory, nothing is. */
void sort_keys_begin(struct sort_keys *k, size_t n);
/* All rows have been asked for once, their texts are described by *texts. False: keys do not fit
 * what they were to be kept in and are different from now on: read all again. */
bool sort_keys_keep(struct sort_keys *k, const struct texts *texts);
void sort_keys_end(struct sort_keys *k);

/* Keys of n rows, smaller for what comes first; of texts the 8 bytes from `skip` on. Any thread. */
void sort_keys_fill(struct sort_keys *k, const uint32_t *rows, size_t n, size_t skip, uint64_t *key,
                    struct buf *scratch, struct texts *texts);
/* The cell, its text not NULL. */
struct value sort_cell(const struct sort_keys *k, int64_t row, struct buf *scratch);

#endif
