/*
 * Semantic ids by residual k-means: the codes of level 1 are clusters of the embeddings, those of
 * level 2 clusters of what the first leaves (x - centroid), and so on; then a level that numbers
 * the items which share all codes, so that ids are unique.
 *
 * Method per level: k-means++ (Arthur, Vassilvitskii 2007), Lloyd's iterations until no item moves
 * or `iterations`, an empty cluster restarted at the item farthest from its centroid. Same bits for
 * the same seed and any number of threads. O(levels iterations n codes width).
 */
#ifndef ANALYSIS_SEMID_KMEANS_H
#define ANALYSIS_SEMID_KMEANS_H

#include "analysis/semid/semid.h"
#include "storage/base/progress.h"

struct kmeans_options {
    int32_t levels; /* without the one that makes ids unique */
    int32_t codes;  /* of a level; fewer for a small catalogue: kmeans_codes() */
    int32_t iterations;
    uint64_t seed;
};
struct kmeans_options kmeans_defaults(void); /* 3 levels of 256, 50 iterations */

/* At most `codes`, and about one for every 16 items, but no fewer than 2. */
int32_t kmeans_codes(int32_t codes, int32_t n_items);

/* One level: clusters x[n][width] into options->codes (levels is not read) and leaves in x what the
 * centroids do not explain. centroid[codes][width] and code[n] are written. `level` numbers the
 * random stream. */
bool kmeans_level(float *x, int32_t n, int32_t width, const struct kmeans_options *options,
                  int32_t level, float *centroid, int32_t *code, struct error *err);

/* All levels, then the one that makes ids unique. embedding[n_items][width]. *code is
 * [n_items][levels + 1], the caller's to free. */
bool kmeans_semids(const float *embedding, int32_t n_items, int32_t width,
                   const struct kmeans_options *options, int32_t **code, struct progress *progress,
                   struct error *err);

#endif
