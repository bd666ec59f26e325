/*
 * The transition table of a training corpus as a mapped file, cache/edges-train.safetensors or
 * cache/edges-train+valid.safetensors of a workspace: built and written once, mapped afterwards, so
 * that opening costs milliseconds and its memory is the system's to drop. Made anew when the file
 * is missing, damaged in its header or of another corpus; where the folder cannot be written the
 * table stays in memory.
 */
#ifndef ANALYSIS_RUN_EDGES_CACHE_H
#define ANALYSIS_RUN_EDGES_CACHE_H

#include "analysis/corpus/edges.h"
#include "analysis/corpus/split.h"
#include "storage/base/progress.h"

struct dataset;
struct tensors;
struct workspace;

struct edges_cache {
    struct edges edges;   /* read-only; lives until edges_cache_close() */
    struct tensors *file; /* what it is mapped from; NULL: it is in memory */
};

/* `training` is the split's prefixes for `on`. */
bool edges_cache_open(struct workspace *ws, const struct dataset *dataset,
                      const struct training *training, enum trained_on on, struct edges_cache *out,
                      struct error *err);
/* The same on a path: `fingerprint` stands for the item sequences. writable false: a table that has
 * to be built is not written. */
bool edges_cache_open_file(const char *path, bool writable, uint64_t fingerprint,
                           const struct training *training, struct edges_cache *out,
                           struct error *err);
/* Compares all mapped bytes with the hashes written with them. A damaged file is removed, so that
 * opening again builds it anew. */
bool edges_cache_verify(const struct edges_cache *cache, struct progress *progress,
                        struct error *err);
void edges_cache_close(struct edges_cache *cache); /* a zeroed or closed one is fine */

#endif
