/*
 * A vector per item, for whatever needs to know which items are alike: the imported embeddings
 * where the data set has some, else vectors of its texts (analysis/embed/tfidf.h over titles,
 * categories and descriptions).
 */
#ifndef ANALYSIS_RUN_ITEM_VECTORS_H
#define ANALYSIS_RUN_ITEM_VECTORS_H

#include "storage/base/progress.h"
#include "storage/db/dataset.h"

struct item_vectors {
    const float *x; /* [n_items][width]; zeros: nothing is known of the item */
    int32_t width;
    float *own; /* NULL: x is borrowed from the data set */
};

/* text_width: of vectors of texts; imported embeddings have their own. False with what to do when
 * there are neither embeddings nor texts. Texts: about a second for 10,000 items; else nothing. */
bool item_vectors_init(struct item_vectors *v, const struct dataset *dataset, int32_t text_width,
                       uint64_t seed, struct progress *progress, struct error *err);
/* Has the data set what item_vectors_init() needs? Embeddings, or a text of some item. Looks at
 * lengths alone. */
bool item_vectors_possible(const struct dataset *dataset);
void item_vectors_release(struct item_vectors *v); /* a zeroed one is fine */

#endif
