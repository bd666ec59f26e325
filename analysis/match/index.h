/*
 * The match index: every training subsequence of every length can be counted and located.
 *
 * Method: per shard (a run of consecutive users) the text of the training prefixes and the array of
 * its item positions, sorted by the items read *backwards* from each position: first the item
 * itself, then the one before it, and so on to the start of the sequence (a shorter context sorts
 * first, equal ones by position). Occurrences of a pattern are one range of that array, and
 * dropping the pattern's first item gives a range around it; so the longest suffix of (history,
 * candidate) that was trained on is found in one descent. Matches never cross users. A suffix array
 * (Manber & Myers 1993) of the reversed sequences, in other words.
 *
 * Cost: 8 bytes per interaction for text and array, half a byte for the directory, 8 bytes per user
 * and 16 per item: 8.8 bytes per interaction for a million users with 50 items each. Building takes
 * 8 bytes per interaction more. The result is the same for any number of threads; what queries
 * return is the same for any number of shards.
 *
 * Read-only once built; safe from many threads.
 */
#ifndef ANALYSIS_MATCH_INDEX_H
#define ANALYSIS_MATCH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/corpus/corpus.h"
#include "storage/base/error.h"
#include "storage/base/progress.h"

enum {
    MATCH_VERSION = 1, /* of the arrays' meaning; a file of another version is rebuilt */
    MATCH_MAX_SHARDS = 256,
    MATCH_SLOT = 8, /* entries per directory slot */
};

/* Users first_user .. first_user+n_users-1. Text places are uint32_t; n_text < 2^31. */
struct match_shard {
    int32_t first_user, n_users;
    uint32_t n_text;    /* n_entries + n_users */
    uint32_t n_entries; /* interactions */
    /* [n_text] per user a separator ~(user - first_user), which is negative, then the items. */
    const int32_t *text;
    const uint32_t *user_start; /* [n_users+1] place of each user's separator; last: n_text */
    /* [n_entries] place << 1 | repeated, in sorted order. repeated = 1 when the pair (item before,
     * item) at this place stands earlier in the same sequence too: distinct users of a pair are the
     * entries without it. */
    const uint32_t *entry;
    const uint32_t *start; /* [n_items+1] item v's entries are start[v] .. start[v+1]-1 */
    /* [n_entries/MATCH_SLOT+1] Item v has start[v+1]/MATCH_SLOT - start[v]/MATCH_SLOT slots from
     * slot[start[v]/MATCH_SLOT] on: its entries cut where the item before them passes quantiles of
     * all items; slot s holds the first entry whose item before belongs to quantile s or later. */
    const uint32_t *slot;
};

struct match_index {
    int32_t n_users, n_items, n_shards;
    int64_t n_entries;         /* interactions of the training corpus */
    int64_t n_pairs;           /* sum of T: adjacent pairs in it */
    struct match_shard *shard; /* [n_shards] by first_user */
    const int32_t *users;      /* [n_items] distinct users whose training items include v */
    const int32_t *begins;     /* [n_items] sequences that begin with v */
    const int32_t *ends;       /* [n_items] sequences that end with v */
    bool owned;                /* release frees the arrays (false: they are a file's) */
};

/* n_shards 0: as few as fit, which is one below 2^31 interactions and users. More shards than
 * users is fine. Threads: parallel_threads(). */
bool match_index_build(const struct training *training, int32_t n_shards, struct progress *progress,
                       struct match_index *out, struct error *err);
void match_index_release(struct match_index *index); /* a zeroed one is fine */

/* Occurrences of one item: pop[v]. v out of range: 0. */
int64_t match_item_count(const struct match_index *index, int32_t v);

/* Bytes of all arrays: what the index takes on disk, but for the file's header. */
size_t match_index_bytes(const struct match_index *index);

#endif
