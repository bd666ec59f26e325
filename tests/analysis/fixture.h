/* Corpora for tests: random ones with every awkward corner, and a text file of item numbers. */
#ifndef TESTS_ANALYSIS_FIXTURE_H
#define TESTS_ANALYSIS_FIXTURE_H

#include <stdbool.h>

#include "analysis/corpus/corpus.h"
#include "analysis/math/rng.h"

struct fixture {
    struct corpus corpus;
    int64_t *offset;
    int32_t *item;
    int32_t *end; /* [n_users] a random training prefix of each user */
};

/* Up to `users` users with up to `length` items (often 0, 1 or 2) out of at most `items` items,
 * drawn unevenly, so ties, repeats and unused items all occur. */
void fixture_random(struct rng *rng, int users, int items, int length, struct fixture *out);

/* "user item item …" per line, items numbered from 1. False when the file cannot be read. */
bool fixture_read(const char *path, struct fixture *out);
void fixture_release(struct fixture *fixture);

/* A random history: sometimes empty, sometimes a user's, with repeats. Returns its length. */
int32_t fixture_history(struct rng *rng, const struct fixture *fixture, int32_t max,
                        int32_t *history);

#endif
