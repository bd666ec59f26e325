/*
 * Stored figures: named values with intervals, a whole set at a time under (run, part, definition
 * key). Run 0 is the data set itself (figures of the targets). A set is replaced in one
 * transaction.
 */
#ifndef STORAGE_DB_METRIC_STORE_H
#define STORAGE_DB_METRIC_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"
#include "storage/db/workspace.h"

/* NAN = there is none. */
struct metric {
    const char *name;
    double value, lo, hi;
};

struct metric_set {
    struct metric *metric; /* [n] in the order they were put */
    size_t n;
    char *names; /* the memory of the names */
};

bool metric_store_put(struct workspace *ws, int64_t run, const char *part, const char *definition,
                      const struct metric *metric, size_t n, struct error *err);
/* n = 0 when that set has not been stored. */
bool metric_store_get(struct workspace *ws, int64_t run, const char *part, const char *definition,
                      struct metric_set *out, struct error *err);
void metric_set_release(struct metric_set *set);

#endif
