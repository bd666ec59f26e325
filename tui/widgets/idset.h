/* A set of identities (marks). Open addressing; about 10 ns a look-up. Must-succeed allocation. */
#ifndef TUI_WIDGETS_IDSET_H
#define TUI_WIDGETS_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idset {
    int64_t *slot;
    uint8_t *used;
    size_t n, cap; /* cap: a power of two, or 0 */
};

void idset_release(struct idset *set);
bool idset_has(const struct idset *set, int64_t id);
void idset_add(struct idset *set, int64_t id);    /* there already: nothing */
void idset_remove(struct idset *set, int64_t id); /* not there: nothing */
void idset_clear(struct idset *set);
/* All of them in ascending order; the caller frees. NULL when empty. */
int64_t *idset_sorted(const struct idset *set);

#endif
