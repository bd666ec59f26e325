/* Named choices of an option: one of several names, written "uniform|popularity", numbered from 0.
 */
#ifndef STORAGE_BASE_CHOICE_H
#define STORAGE_BASE_CHOICE_H

#include "storage/base/buf.h"

/* Name number i and its length *n; NULL after the last. Not ended by a zero. */
const char *choice_name(const char *choices, int i, size_t *n);
/* The number of the name text[0 .. n-1]; -1: it is none of them. */
int choice_find(const char *choices, const char *text, size_t n);
/* "uniform or popularity", for errors. Appends. */
void choice_list(const char *choices, struct buf *out);

#endif
