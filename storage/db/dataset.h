/*
 * The data set of a workspace as arrays: what import wrote, mapped read-only from
 * cache/dataset.safetensors (rebuilt from rote.db when missing or stale).
 *
 * Users are numbered 0.. by their first surviving row, items by first appearance walking users in
 * that order. All pointers are borrowed from the map and live until dataset_close().
 */
#ifndef STORAGE_DB_DATASET_H
#define STORAGE_DB_DATASET_H

#include <stdint.h>

#include "storage/base/error.h"
#include "storage/base/intern.h"
#include "storage/base/progress.h"

struct tensors;
struct workspace;

struct dataset {
    int32_t n_users, n_items;
    int64_t n_interactions;
    const int64_t *offset; /* [n_users+1] user u's interactions are offset[u] .. offset[u+1]-1 */
    const int32_t *item;   /* [n_interactions] item index, in sequence order */
    const int64_t *time;   /* [n_interactions] as in the file (seconds, or ms); NULL: no times */
    const float *rating;   /* [n_interactions]; NULL: no ratings */

    struct strtab user_id;     /* [n_users] external ids */
    struct strtab item_id;     /* [n_items] external ids */
    struct strtab title;       /* [n_items] "" where unknown */
    struct strtab category;    /* [n_items] "" where unknown; several are joined by " | " */
    struct strtab description; /* [n_items] the item file's field "description", "" where unknown */

    int32_t semid_levels; /* 0: the data set has no semantic ids */
    const int32_t *semid; /* [n_items * semid_levels] code per level, -1 where an item has none */

    int32_t embedding_width; /* 0: no item embeddings were imported */
    const float *embedding;  /* [n_items * embedding_width] as imported; zeros: the item has none */

    /* NULL unless the files were already split (then definitions of train, valid and test follow
     * these prefixes instead of leave-one-out): per user the number of leading items. */
    const int32_t *given_train_end; /* [n_users] */
    const int32_t *given_valid_end; /* [n_users] */

    uint64_t fingerprint;           /* external user ids, external item ids, ordered sequences */
    uint64_t structure_fingerprint; /* item indices only: renaming users and items keeps it */
    const char *split;              /* "leave-one-out", "temporal:0.8,0.9" or "given" */

    struct tensors *file; /* the map behind all of this */
};

/* Maps the cache; where it is missing, damaged or of another import, it is made again from rote.db
 * first (a second for 20 million interactions; in a workspace that cannot be written, as a
 * temporary file). Otherwise milliseconds for any size. */
bool dataset_open(struct workspace *ws, struct dataset *out, struct error *err);
void dataset_close(struct dataset *dataset); /* a zeroed or closed one is fine */
/* Compares the mapped bytes with the hashes written with them: before the first figure of a session
 * is stored. */
bool dataset_verify(const struct dataset *dataset, struct progress *progress, struct error *err);

#endif
