/* What a column is, from its name in a header or from --columns. */
#ifndef STORAGE_IMPORT_COLUMNS_H
#define STORAGE_IMPORT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "storage/base/error.h"

enum column_meaning {
    COLUMN_USER,
    COLUMN_ITEM,
    COLUMN_TIME,
    COLUMN_RATING,
    COLUMN_TITLE,
    COLUMN_CATEGORY,
    COLUMN_MEANINGS,
    COLUMN_OTHER = COLUMN_MEANINGS
};

extern const char *const column_meaning_names[COLUMN_MEANINGS]; /* "user", "item", … */

/* By the usual names of public data sets ("userId", "reviewerID", "asin", "unixReviewTime", …),
 * without regard to case, '_', '-' or a RecBole type (":token"). */
enum column_meaning column_meaning(const char *name, size_t n);

/* --columns "user=uid,item=3,…": per meaning the name or number asked for, NULL: not named. */
struct column_request {
    char *column[COLUMN_MEANINGS];
};
bool column_request_parse(const char *text, struct column_request *out, struct error *err);
void column_request_release(struct column_request *request);

#endif
