/* A data set's sequences as a corpus, and the split it was imported with. */
#ifndef ANALYSIS_RUN_DATASET_SPLIT_H
#define ANALYSIS_RUN_DATASET_SPLIT_H

#include "analysis/corpus/split.h"
#include "storage/db/dataset.h"

/* Borrows from the data set. */
static inline struct corpus dataset_corpus(const struct dataset *d)
{
    return (struct corpus){
        .n_users = d->n_users, .n_items = d->n_items, .offset = d->offset, .item = d->item};
}

/* Leave-one-out, temporal or as the files had it. `corpus` is the data set's. */
bool dataset_split(const struct dataset *dataset, const struct corpus *corpus, struct split *out,
                   struct error *err);

#endif
