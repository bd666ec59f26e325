/*
 * The match index of a training corpus as a mapped file, cache/index-train.safetensors or
 * cache/index-train+valid.safetensors of a workspace: built and written once, mapped afterwards.
 *
 * The file says which index version, item sequences (structure fingerprint), training prefixes and
 * corpus it is of. One that is missing, damaged in its header or of another corpus is replaced.
 * Where the folder cannot be written the index stays in memory.
 */
#ifndef ANALYSIS_RUN_INDEX_CACHE_H
#define ANALYSIS_RUN_INDEX_CACHE_H

#include "analysis/corpus/split.h"
#include "analysis/match/index.h"

struct dataset;
struct tensors;
struct workspace;

struct index_cache {
    struct match_index index; /* read-only; lives until index_cache_close() */
    struct tensors *file;     /* what it is mapped from; NULL: it is in memory */
    bool built;               /* this call had to build it */
};

/* `training` is the split's prefixes for `on`. Opening an existing file costs milliseconds for any
 * size (plus a hash of one number per user). */
bool index_cache_open(struct workspace *ws, const struct dataset *dataset,
                      const struct training *training, enum trained_on on,
                      struct progress *progress, struct index_cache *out, struct error *err);

/* The same on a path: `fingerprint` stands for the item sequences. n_shards as for
 * match_index_build(); a file with another number of shards is as good. writable false: an index
 * that has to be built is not written. */
bool index_cache_open_file(const char *path, bool writable, uint64_t fingerprint,
                           const struct training *training, int32_t n_shards,
                           struct progress *progress, struct index_cache *out, struct error *err);

/* Compares all mapped bytes with the hashes written with them: before the first figure of a session
 * is stored. A damaged file is removed, so that opening again builds it anew. */
bool index_cache_verify(const struct index_cache *cache, struct progress *progress,
                        struct error *err);
void index_cache_close(struct index_cache *cache); /* a zeroed or closed one is fine */

/* What a cached table of a training corpus must be of to be used: the kind and version of the
 * table, the item sequences, the prefixes that are trained on. */
enum { INDEX_CACHE_KEY = 96 };
void index_cache_key(const char *what, uint64_t fingerprint, const struct training *training,
                     char key[INDEX_CACHE_KEY]);

#endif
