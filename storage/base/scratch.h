/*
 * Large arrays that live for a while: the order of a sheet of many rows, and what it takes to sort
 * them. From 16 MiB on they lie in a file of their own that has no name any more, below TMPDIR or
 * /var/tmp, so that the system may put them aside when a model that trains needs the memory; it has
 * room on the disk from the start, and goes with the array or the process. Without such a file, and
 * below that size, an array is ordinary memory.
 */
#ifndef STORAGE_BASE_SCRATCH_H
#define STORAGE_BASE_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "storage/base/error.h"

/* count * size bytes of any content, aligned for any type. `what` as for mem_try_array(). NULL on
 * failure; err NULL allowed. Any thread. */
void *scratch_new(size_t count, size_t size, const char *what, struct error *err);
/* The first `bytes` of the array are kept; it may move. Never fails. */
void *scratch_shrink(void *array, size_t bytes);
void scratch_free(void *array); /* NULL allowed */

/* Is it in a file? */
bool scratch_is_mapped(const void *array);

#endif
