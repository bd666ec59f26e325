/*
 * Semantic ids: each item has one code per level. A table may come from elsewhere (imported), from
 * residual k-means (kmeans.h) or from an RQ-VAE (rqvae.h). Borrowed arrays; read-only.
 */
#ifndef ANALYSIS_SEMID_SEMID_H
#define ANALYSIS_SEMID_SEMID_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/base/error.h"

enum { SEMID_MAX_LEVELS = 16 };

struct semid_table {
    int32_t n_items, levels;
    const int32_t *code; /* [n_items][levels] >= 0, or -1 throughout for an item without an id */
};

static inline const int32_t *semid_of(const struct semid_table *t, int32_t item)
{
    return t->code + (int64_t)item * t->levels;
}
static inline bool semid_has(const struct semid_table *t, int32_t item)
{
    return t->levels > 0 && semid_of(t, item)[0] >= 0;
}

/* False with the item in *err: levels 1 .. SEMID_MAX_LEVELS, codes 0 .. 1,000,000, all or none of
 * an item's codes -1. Sizes: size[l] = 1 + the largest code of level l (size may be NULL). */
bool semid_check(const struct semid_table *t, int32_t size[SEMID_MAX_LEVELS], struct error *err);

/* What makers of ids ask for: an item, a number per embedding, 1 to SEMID_MAX_LEVELS - 1 levels, a
 * code. False with the text in *err. */
bool semid_can_make(int32_t n_items, int32_t width, int32_t levels, int32_t codes,
                    struct error *err);

/* Writes the last of the levels of code[n_items][levels]: 0, 1, … for the items that share all
 * other codes, in index order. So ids are unique. O(n_items log n_items). */
bool semid_make_unique(int32_t *code, int32_t n_items, int32_t levels, struct error *err);

/* How good a table is (shown, and printed with every run on it). */
struct semid_quality {
    int64_t with_id, without_id;
    int32_t size[SEMID_MAX_LEVELS];      /* codes of a level: 1 + the largest in use */
    int32_t used[SEMID_MAX_LEVELS];      /* distinct codes in use; utilisation = used / size */
    double perplexity[SEMID_MAX_LEVELS]; /* e^entropy of the codes of a level */
    int64_t colliding;                   /* items that share their whole id */
    int64_t largest_group;               /* items on the most shared id */
    double neighbourhood;                /* see below; NAN without embeddings */
    double neighbourhood_by_chance;
};

/* neighbourhood: over `sample` seeded items, the share of their 10 nearest by cosine that have the
 * same first code, beside that share for items drawn at random. embedding[n_items][width] or NULL.
 * O(n_items levels + sample n_items width). */
bool semid_measure(const struct semid_table *t, const float *embedding, int32_t width,
                   int32_t sample, uint64_t seed, struct semid_quality *out, struct error *err);

#endif
