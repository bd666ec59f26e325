/*
 * The transition table T[x][v] = number of positions of the training corpus where v directly
 * follows x, and the popularity pop[v] (definitions 1).
 *
 * Both directions are compressed sparse rows. Out-lists are ranked as the definitions rank
 * successors: count descending, then pop descending, then item index ascending. A second copy of
 * the rows ordered by item index serves look-ups. Memory: 24 bytes per distinct edge and 40 per
 * item. Read-only after building; safe from many threads.
 */
#ifndef ANALYSIS_CORPUS_EDGES_H
#define ANALYSIS_CORPUS_EDGES_H

#include <stddef.h>

#include "analysis/corpus/corpus.h"
#include "storage/base/error.h"

struct edges {
    int32_t n_items;
    int64_t n_distinct;    /* distinct edges */
    int64_t total;         /* sum of T */
    int64_t pop_total;     /* N = sum of pop */
    int64_t *pop;          /* [n_items] count of each item in the training corpus */
    int64_t *out_offset;   /* [n_items+1] */
    int32_t *out_item;     /* [n_distinct] successors of x, ranked */
    int32_t *out_count;    /* [n_distinct] T[x][out_item] */
    int32_t *sorted_item;  /* [n_distinct] the same rows by item index ascending */
    int32_t *sorted_count; /* [n_distinct] */
    int64_t *in_offset;    /* [n_items+1] */
    int32_t *in_item;      /* [n_distinct] predecessors of v, by index ascending */
    int32_t *in_count;     /* [n_distinct] */
    int64_t *out_total;    /* [n_items] sum_y T[x][y] */
    int64_t *in_total;     /* [n_items] sum_y T[y][v] */
};

/* O(interactions + items log items), on all cores; two 4-byte slots per interaction are held on the
 * way. */
bool edges_build(const struct training *training, struct edges *out, struct error *err);
void edges_release(struct edges *edges);

/* T[x][v]; O(log of x's out-degree). */
int32_t edges_count(const struct edges *edges, int32_t x, int32_t v);
/* The same for n pairs: x[n], v[n] to count[n]. Several look-ups go on at once, which takes about a
 * third of the time where the edges are larger than the processor's cache. */
void edges_counts(const struct edges *edges, size_t n, const int32_t *x, const int32_t *v,
                  int32_t *count);
/* How often the user's own training sequence makes the step x -> v: T[x][v] without it is what the
 * others make. O(length). */
int32_t edges_own(const struct training *training, int32_t user, int32_t x, int32_t v);
/* lift of the edge x -> v = T[x][v] * total / (out_total[x] * in_total[v]); 0 if T is 0. */
double edges_lift(const struct edges *edges, int32_t x, int32_t v);

#endif
