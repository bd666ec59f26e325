/* A made-up import result for tests of what stores it: any size, every feature, same bytes per
 * seed. */
#ifndef TESTS_STORAGE_MADE_IMPORT_H
#define TESTS_STORAGE_MADE_IMPORT_H

#include "storage/import/import.h"

struct made {
    int32_t users, items;
    int32_t max_length; /* sequences have 0 .. max_length items */
    bool times, ratings;
    bool given_split;                      /* a third of each sequence per part */
    int32_t semid_levels, embedding_width; /* every seventh item has none of either */
    unsigned seed;
};

/* Release with made_import_release(). */
struct import_result made_import(struct made what);
void made_import_release(struct import_result *r);

#endif
