/*
 * Users' sequences put together from rows of "history → next item", as MiniOneRec and RecBole's
 * benchmark files have them: one row per target, the history whole or cut to its last items.
 *
 * Rows come part by part: training, then validation, then test. A row either repeats what is known,
 * or continues its user's sequence; anything else cannot be one sequence per user and is told to
 * the caller. The first history of a user may hold items that no row has as its target: they are
 * training, which only a training row (or a history of one item, which adds no transition) can say.
 */
#ifndef STORAGE_IMPORT_PREFIXES_H
#define STORAGE_IMPORT_PREFIXES_H

#include "storage/import/intake.h"

enum prefix_status {
    PREFIX_ADDED,
    PREFIX_REPEATED, /* an earlier row says the same */
    /* The history is not the end, nor the beginning, of the sequence so far; or the row holds out
     * what an earlier part already has. */
    PREFIX_CONFLICT,
    PREFIX_UNSEEN, /* a held-out row whose history holds items that no training row has */
    PREFIX_FAILED  /* out of memory, *err is set */
};

struct prefix_user {
    int32_t *item; /* [n] */
    size_t cap;
    int32_t n, end[2]; /* end of the training part, end of the validation part */
};

struct prefixes {
    struct prefix_user *user; /* [n_users] by number; those never added have n = 0 */
    size_t user_cap;
    int32_t n_users;
    int32_t longest; /* history seen so far: shorter ones are not cut */
    int64_t repeated;
};
void prefixes_release(struct prefixes *p); /* a zeroed one is fine */

/* One row; part is IMPORT_PART_TRAIN for data without a split. */
enum prefix_status prefixes_add(struct prefixes *p, int32_t user, const int32_t *history, int32_t n,
                                int32_t target, enum import_part part, struct error *err);

/* Appends every sequence to rows: all training items user by user, then validation, then test, and
 * sets where these begin. */
bool prefixes_finish(const struct prefixes *p, struct rows *rows, struct error *err);

#endif
