/*
 * The definitions of matching written down naively, over plain sequences; shares nothing with
 * analysis/match. And random small corpora of every awkward kind.
 */
#ifndef TESTS_ANALYSIS_MATCH_NAIVE_H
#define TESTS_ANALYSIS_MATCH_NAIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "analysis/corpus/corpus.h"

struct world {
    struct corpus corpus;
    struct training training;
    int64_t offset[64];
    int32_t end[64];
    int32_t item[64 * 256];
};

static inline uint64_t naive_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
static inline int32_t naive_below(uint64_t *state, int32_t n)
{
    return (int32_t)(naive_random(state) % (uint64_t)n);
}

/* Kinds: 0 random short, 1 few items, 2 copies of one sequence, 3 periodic and long, 4 one item. */
static inline void world_make(struct world *w, uint64_t seed)
{
    uint64_t rng = seed;
    int kind = naive_below(&rng, 5);
    int32_t n_users = naive_below(&rng, kind == 3 ? 4 : 12);
    int32_t n_items = kind == 4   ? 1
                      : kind == 1 ? 1 + naive_below(&rng, 3)
                                  : 1 + naive_below(&rng, 9);
    int32_t longest = kind == 3 ? 150 : kind == 4 ? 60 : 12, period = 1 + naive_below(&rng, 4);
    w->offset[0] = 0;
    for (int32_t u = 0; u < n_users; u++) {
        int32_t n = naive_below(&rng, 6) == 0 ? 0 : naive_below(&rng, longest);
        int32_t *s = w->item + w->offset[u];
        for (int32_t i = 0; i < n; i++) {
            s[i] = naive_below(&rng, n_items);
            if (kind == 3 && i >= period && naive_below(&rng, 300))
                s[i] = s[i - period];
            if (kind == 2 && u > 0 && i < w->offset[1] && naive_below(&rng, 20))
                s[i] = w->item[i];
        }
        w->offset[u + 1] = w->offset[u] + n;
        w->end[u] = naive_below(&rng, 4) == 0 ? naive_below(&rng, n + 1) : n;
    }
    w->corpus = (struct corpus){n_users, n_items, w->offset, w->item};
    w->training = (struct training){&w->corpus, w->end};
}

/* Does the pattern end at position p of user u's training sequence? */
static inline bool naive_ends_at(const struct world *w, int32_t u, int32_t p,
                                 const int32_t *pattern, int32_t n)
{
    if (p >= w->end[u] || p - n + 1 < 0)
        return false;
    for (int32_t i = 0; i < n; i++)
        if (w->item[w->offset[u] + p - n + 1 + i] != pattern[i])
            return false;
    return true;
}

static inline int64_t naive_count_user(const struct world *w, int32_t u, const int32_t *pattern,
                                       int32_t n)
{
    int64_t count = 0;
    for (int32_t p = 0; p < w->end[u]; p++)
        count += naive_ends_at(w, u, p, pattern, n);
    return count;
}

static inline int64_t naive_count(const struct world *w, const int32_t *pattern, int32_t n,
                                  int64_t *users)
{
    int64_t count = 0, distinct = 0;
    for (int32_t u = 0; u < w->corpus.n_users; u++) {
        int64_t here = naive_count_user(w, u, pattern, n);
        count += here;
        distinct += here > 0;
    }
    if (users)
        *users = distinct;
    return count;
}

/* pattern = history, then v in an array of n+1; the longest suffix that occurs. */
static inline int32_t naive_longest(const struct world *w, const int32_t *pattern, int32_t n)
{
    for (int32_t m = n + 1; m > 0; m--)
        if (naive_count(w, pattern + n + 1 - m, m, NULL) > 0)
            return m;
    return 0;
}

static inline double naive_lift(const struct world *w, int32_t x, int32_t v)
{
    int64_t both = 0, out = 0, in = 0, all = 0;
    for (int32_t u = 0; u < w->corpus.n_users; u++)
        for (int32_t p = 1; p < w->end[u]; p++) {
            int32_t a = w->item[w->offset[u] + p - 1], b = w->item[w->offset[u] + p];
            both += a == x && b == v;
            out += a == x;
            in += b == v;
            all++;
        }
    return both == 0 ? 0 : (double)both * (double)all / ((double)out * (double)in);
}

/* Do all of pattern[0 .. n-1], in order, and then v at p stand in the `window` positions up to p?
 */
static inline bool naive_gapped_at(const struct world *w, int32_t u, int32_t p, int32_t window,
                                   const int32_t *pattern, int32_t n, int32_t v)
{
    const int32_t *s = w->item + w->offset[u];
    int32_t next = 0;
    if (s[p] != v)
        return false;
    for (int32_t q = p - window + 1 < 0 ? 0 : p - window + 1; q < p && next < n; q++)
        next += s[q] == pattern[next];
    return next == n;
}

#endif
