/* Leaving one user out on Amazon Beauty: 200 random users against retraining, and carriers against
 * trying everyone. Needs ROTE_TEST_DATA; returns 77 (skipped) without it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/corpus/recs.h"
#include "analysis/model/without.h"
#include "storage/base/clock.h"
#include "tests/analysis/fixture.h"

enum { USERS = 200, CASES = 12, K = RECS_DEPTH };

static struct fixture f;
static struct split split;
static struct training training;
static int failures;

static struct reference *build(enum reference_kind kind, int order)
{
    struct reference *r;
    struct error err;
    if (!reference_build(kind, &(struct reference_options){.order = order}, &training, NULL, NULL,
                         &r, &err)) {
        puts(err.text);
        exit(1);
    }
    return r;
}

/* For the user's own case and another: the list without the user = the retrained model's. */
static void check_user(const struct reference *r, enum reference_kind kind, int order,
                       struct rng *rng, double *seconds)
{
    int32_t user = (int32_t)rng_below(rng, (uint64_t)f.corpus.n_users);
    int32_t other = (int32_t)rng_below(rng, (uint64_t)f.corpus.n_users);
    int32_t kept = training.end[user], item[2][K], want[K];
    float score[K];
    int32_t users[2] = {user, other};
    for (int i = 0; i < 2; i++) {
        double begin = clock_monotonic_seconds();
        if (!without_recommend(r, user, corpus_sequence(&f.corpus, users[i]),
                               corpus_length(&f.corpus, users[i]) - 1, K, item[i], score, NULL))
            exit(1);
        *seconds += clock_monotonic_seconds() - begin;
    }
    split.train_end[user] = 0;
    struct reference *retrained = build(kind, order);
    for (int i = 0; i < 2; i++) {
        if (!reference_recommend(retrained, corpus_sequence(&f.corpus, users[i]),
                                 corpus_length(&f.corpus, users[i]) - 1, K, want, score, NULL))
            exit(1);
        failures += memcmp(item[i], want, sizeof want) != 0;
    }
    reference_free(retrained);
    split.train_end[user] = kept;
}

static bool carries(const struct reference *r, int32_t user, const int32_t *history, int32_t n,
                    int32_t k, int32_t v)
{
    int32_t item[K];
    if (!without_recommend(r, user, history, n, k, item, NULL, NULL))
        exit(1);
    for (int i = 0; i < k; i++)
        if (item[i] == v)
            return false;
    return true;
}

static void check_carriers(const struct reference *r, struct rng *rng, int64_t found[2],
                           double *seconds)
{
    int32_t user = (int32_t)rng_below(rng, (uint64_t)f.corpus.n_users), item[K];
    int32_t n = corpus_length(&f.corpus, user) - 1, k = rng_below(rng, 2) ? 10 : K;
    const int32_t *history = corpus_sequence(&f.corpus, user);
    struct carriers c;
    if (!reference_recommend(r, history, n, k, item, NULL, NULL))
        exit(1);
    int32_t v = item[rng_below(rng, (uint64_t)k)];
    double begin = clock_monotonic_seconds();
    if (!without_carriers(r, history, n, k, v, NULL, &c, NULL))
        exit(1);
    *seconds += clock_monotonic_seconds() - begin;
    int64_t at = 0;
    for (int32_t u = 0; u < f.corpus.n_users; u++) {
        bool got = at < c.n && c.user[at] == u;
        at += got;
        failures += got != carries(r, u, history, n, k, v);
    }
    found[0] += c.n;
    found[1] += c.n_recomputed;
    carriers_release(&c);
}

int main(void)
{
    static const struct {
        enum reference_kind kind;
        int order;
    } model[] = {{REFERENCE_MARKOV, 1}, {REFERENCE_MARKOV, 3}, {REFERENCE_ITEM_KNN, 0}};
    const char *data = getenv("ROTE_TEST_DATA");
    char path[4096];
    snprintf(path, sizeof path, "%s/data/amazon-beauty/Beauty.txt", data ? data : "");
    if (!data || !fixture_read(path, &f)) {
        puts("skipped: ROTE_TEST_DATA is not set");
        return 77;
    }
    if (!split_leave_one_out(&f.corpus, &split, NULL))
        return 1;
    training = split_training(&split, &f.corpus, TRAINED_ON_TRAIN);
    for (int m = 0; m < 3; m++) {
        struct rng rng = rng_new(1, (uint64_t)m);
        struct reference *r = build(model[m].kind, model[m].order);
        double leaving = 0, carrying = 0;
        int64_t found[2] = {0, 0};
        for (int i = 0; i < USERS; i++)
            check_user(r, model[m].kind, model[m].order, &rng, &leaving);
        for (int i = 0; i < CASES; i++)
            check_carriers(r, &rng, found, &carrying);
        printf("%s order %d: %d users, %.0f us a list; %d recommendations, %.1f ms each, %lld "
               "carriers among %lld recomputed of %d users; %d failures\n",
               reference_name(model[m].kind), model[m].order, USERS, leaving / USERS / 2 * 1e6,
               CASES, carrying / CASES * 1e3, (long long)found[0], (long long)found[1],
               CASES * f.corpus.n_users, failures);
        reference_free(r);
    }
    split_release(&split);
    fixture_release(&f);
    return failures ? 1 : 0;
}
