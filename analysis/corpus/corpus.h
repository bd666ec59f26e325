/*
 * Sequences as arrays (compressed sparse rows), and the prefix of each that was trained on.
 * Everything here is borrowed and read-only; safe from many threads.
 */
#ifndef ANALYSIS_CORPUS_CORPUS_H
#define ANALYSIS_CORPUS_CORPUS_H

#include <stdint.h>

struct corpus {
    int32_t n_users, n_items;
    const int64_t *offset; /* [n_users+1] */
    const int32_t *item;   /* [offset[n_users]] item indices 0 .. n_items-1 in time order */
};

static inline int32_t corpus_length(const struct corpus *c, int32_t user)
{
    return (int32_t)(c->offset[user + 1] - c->offset[user]);
}
static inline const int32_t *corpus_sequence(const struct corpus *c, int32_t user)
{
    return c->item + c->offset[user];
}

/* The training corpus of a run: the first end[u] items of every user u. */
struct training {
    const struct corpus *corpus;
    const int32_t *end; /* [n_users], 0 <= end[u] <= corpus_length(u) */
};

#endif
