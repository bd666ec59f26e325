/*
 * Item embeddings from text: TF-IDF over words, then its leading singular vectors (latent semantic
 * analysis, Deerwester et al. 1990).
 *
 *   x[item][word] = (1 + ln count) (1 + ln((1 + n) / (1 + df))), rows scaled to length 1;
 *   words of a single item are left out
 *   embedding = U S of the `width` largest singular values, rows scaled to length 1
 */
#ifndef ANALYSIS_EMBED_TFIDF_H
#define ANALYSIS_EMBED_TFIDF_H

#include <stdint.h>

#include "analysis/math/linalg.h"
#include "storage/base/intern.h"
#include "storage/base/progress.h"

struct tfidf {
    struct intern *word;         /* the vocabulary; words of a single item have no column */
    struct linalg_sparse matrix; /* [n_items][columns]; borrows the arrays below */
    int64_t *offset;
    int32_t *col;
    float *value;
};

/* text: n_texts tables of n_items strings each (title, category, …), read one after another. */
bool tfidf_build(const struct strtab *const *text, int32_t n_texts, int32_t n_items,
                 struct tfidf *out, struct progress *progress, struct error *err);
void tfidf_release(struct tfidf *tfidf); /* a zeroed one is fine */

/* Both steps: embedding[n_items][width]. An item without known words has a zero row. Fails with
 * what to do when no item has any. */
bool embed_text(const struct strtab *const *text, int32_t n_texts, int32_t n_items, int32_t width,
                uint64_t seed, float *embedding, struct progress *progress, struct error *err);

#endif
