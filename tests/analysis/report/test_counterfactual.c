/* Counterfactual memorization from scores: by hand, and against naive code on random data. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/math/rng.h"
#include "analysis/report/counterfactual.h"
#include "analysis/strategy/strategist.h"

enum { USERS = 30, ITEMS = 7, M = 4, MOST = USERS * 10 };

struct data {
    int64_t offset[USERS + 1];
    int32_t item[MOST], end[USERS];
    struct corpus corpus;
    struct training training;
    struct edges edges;
    float logp[M][MOST];
    const float *score[M];
};

/* Sequences of 1 .. 9 items, the last of which is held out where there are more than 2. */
static void make(struct data *d)
{
    struct rng rng = rng_new(9, 1);
    *d = (struct data){.corpus = {USERS, ITEMS, d->offset, d->item}};
    for (int u = 0; u < USERS; u++) {
        int32_t n = 1 + u % 9;
        d->offset[u + 1] = d->offset[u] + n;
        d->end[u] = n > 2 ? n - 1 : n;
        for (int64_t i = d->offset[u]; i < d->offset[u + 1]; i++)
            d->item[i] = (int32_t)rng_below(&rng, ITEMS);
    }
    for (int k = 0; k < M; k++) {
        d->score[k] = d->logp[k];
        for (int i = 0; i < MOST; i++)
            d->logp[k][i] = -(float)rng_uniform(&rng) * 3;
        for (int u = 0; u < USERS; u++)
            d->logp[k][d->offset[u]] = NAN; /* as sasrec: the first item is no target */
    }
    d->training = (struct training){&d->corpus, d->end};
    assert_true(edges_build(&d->training, &d->edges, NULL));
}

/* Do the training sequences of other users make the step? Looked for one by one. */
static bool made_by_others(const struct data *d, int user, int32_t x, int32_t v)
{
    for (int u = 0; u < USERS; u++)
        for (int i = 1; i < d->end[u] && u != user; i++)
            if (d->item[d->offset[u] + i - 1] == x && d->item[d->offset[u] + i] == v)
                return true;
    return false;
}

static void equals_naive(void **state)
{
    (void)state;
    struct data d;
    struct counterfactual c;
    make(&d);
    assert_true(counterfactual_compute(&d.training, &d.edges, M, d.score, &c, NULL));
    int64_t at = 0;
    int kinds[3] = {0};
    for (int u = 0; u < USERS; u++) {
        for (int i = 1; i < d.end[u]; i++, at++) {
            double with = 0, without = 0;
            int64_t place = d.offset[u] + i;
            for (int k = 0; k < M; k++)
                *(strategist_in_half(M, k + 1, u) ? &with : &without) +=
                    exp((double)d.logp[k][place]) / (M / 2);
            bool shared = made_by_others(&d, u, d.item[place - 1], d.item[place]);
            assert_true(at < c.n && c.user[at] == u && c.position[at] == i);
            assert_int_equal(c.item[at], d.item[place]);
            assert_int_equal(c.before[at], d.item[place - 1]);
            assert_true(fabs(c.with[at] - with) < 1e-12 && fabs(c.without[at] - without) < 1e-12);
            assert_true(fabs(c.mem[at] - (with - without)) < 1e-12);
            assert_int_equal(c.edge[at], shared ? EDGE_SHARED : EDGE_OWN);
            kinds[c.edge[at]]++;
        }
    }
    assert_int_equal(at, c.n);
    assert_true(kinds[EDGE_SHARED] > 5 && kinds[EDGE_OWN] > 5);
    for (int64_t i = 1; i < c.n; i++) {
        int64_t a = c.order[i - 1], b = c.order[i];
        assert_true(c.mem[a] > c.mem[b] || (!(c.mem[a] < c.mem[b]) && a < b));
    }
    counterfactual_release(&c);
    edges_release(&d.edges);
}

/* One user who repeats a step: nobody else makes it. The first item is scored, as by gr. */
static void own_repeats_are_not_shared(void **state)
{
    (void)state;
    static const int64_t offset[] = {0, 5};
    static const int32_t item[] = {0, 1, 0, 1, 1}, end[] = {5};
    static const float p[2][5] = {{0, 0, 0, 0, 0}, {-1, -1, -1, -1, -1}};
    const float *const logp[2] = {p[0], p[1]};
    struct corpus corpus = {1, 2, offset, item};
    struct training training = {&corpus, end};
    struct edges edges;
    struct counterfactual c;
    assert_true(edges_build(&training, &edges, NULL));
    assert_true(counterfactual_compute(&training, &edges, 2, logp, &c, NULL));
    double mem = strategist_in_half(2, 1, 0) ? 1 - exp(-1) : exp(-1) - 1;
    assert_int_equal(c.n, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(c.edge[i], i == 0 ? EDGE_NONE : EDGE_OWN);
        assert_int_equal(c.before[i], i == 0 ? -1 : item[i - 1]);
        assert_true(fabs(c.mem[i] - mem) < 1e-12);
        assert_int_equal(c.order[i], i); /* ties stay in order */
    }
    counterfactual_release(&c);
    edges_release(&edges);
}

static double mean_where(const struct counterfactual *c, int edge)
{
    double sum = 0;
    int n = 0;
    for (int64_t i = 0; i < c->n; i++) {
        sum += edge < 0 || c->edge[i] == edge ? c->mem[i] : 0;
        n += edge < 0 || c->edge[i] == edge;
    }
    return sum / n;
}

static void summary(void **state)
{
    (void)state;
    struct data d;
    struct counterfactual c;
    struct counterfactual_summary s;
    struct counterfactual_figure figure[COUNTERFACTUAL_FIGURES];
    make(&d);
    assert_true(counterfactual_compute(&d.training, &d.edges, M, d.score, &c, NULL));
    assert_true(counterfactual_summarise(&c, &s, NULL, NULL));
    assert_true(s.n == c.n && s.n_shared + s.n_own == c.n && s.n_none == 0);
    assert_true(fabs(s.mem.value - mean_where(&c, -1)) < 1e-12);
    assert_true(fabs(s.shared.value - mean_where(&c, EDGE_SHARED)) < 1e-12);
    assert_true(fabs(s.own.value - mean_where(&c, EDGE_OWN)) < 1e-12);
    assert_true(fabs(s.with.value - s.without.value - s.mem.value) < 1e-12);
    assert_true(s.mem.lo < s.mem.value && s.mem.value < s.mem.hi);
    int over = 0, below = 0;
    for (int64_t i = 0; i < c.n; i++) {
        over += c.mem[i] > 0.1;
        below += c.mem[i] < s.percentile[3];
    }
    assert_true(fabs(s.over_tenth - (double)over / (double)c.n) < 1e-12 && over > 0);
    assert_int_equal(below, c.n / 2); /* the median */
    counterfactual_figures(&s, figure);
    for (int i = 0; i < COUNTERFACTUAL_FIGURES; i++)
        assert_true(figure[i].name && !isnan(figure[i].value.value));
    assert_string_equal(figure[3].name, "mem");
    counterfactual_release(&c);
    edges_release(&d.edges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_naive),
        cmocka_unit_test(own_repeats_are_not_shared),
        cmocka_unit_test(summary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
