/*
 * The training sequences as one array with FLAT_END before, between and after them, so that walking
 * left or right from a position stops by itself at its sequence's ends.
 */
#ifndef ANALYSIS_MODEL_FLAT_H
#define ANALYSIS_MODEL_FLAT_H

#include "analysis/corpus/corpus.h"
#include "storage/base/error.h"

enum { FLAT_END = -1 };

struct flat {
    int64_t n;
    int32_t *item;  /* [n] */
    int64_t *start; /* [n_users+1] user u's items are item[start[u]] .. item[start[u+1]-2] */
};

/* 4 bytes per training interaction, 12 per user. At most 2^32 - 1 slots. */
bool flat_build(const struct training *training, struct flat *out, struct error *err);
void flat_release(struct flat *flat);

#endif
