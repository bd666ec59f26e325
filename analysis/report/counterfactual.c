#include "analysis/report/counterfactual.h"

#include <math.h>
#include <string.h>

#include "analysis/math/stats.h"
#include "analysis/strategy/strategist.h"
#include "storage/base/mem.h"

static const char WHAT[] = "counterfactual memorization";

const double counterfactual_percentile[COUNTERFACTUAL_PERCENTILES] = {1, 5, 25, 50, 75, 95, 99};

void counterfactual_release(struct counterfactual *c)
{
    free(c->user);
    free(c->position);
    free(c->item);
    free(c->before);
    free(c->with);
    free(c->without);
    free(c->mem);
    free(c->edge);
    free(c->order);
    *c = (struct counterfactual){0};
}

static bool make_room(struct counterfactual *c, int64_t most, struct error *err)
{
    size_t n = (size_t)most;
    *c = (struct counterfactual){0};
    c->user = mem_try_array(n, sizeof *c->user, WHAT, err);
    c->position = mem_try_array(n, sizeof *c->position, WHAT, err);
    c->item = mem_try_array(n, sizeof *c->item, WHAT, err);
    c->before = mem_try_array(n, sizeof *c->before, WHAT, err);
    c->with = mem_try_array(n, sizeof *c->with, WHAT, err);
    c->without = mem_try_array(n, sizeof *c->without, WHAT, err);
    c->mem = mem_try_array(n, sizeof *c->mem, WHAT, err);
    c->edge = mem_try_array(n, sizeof *c->edge, WHAT, err);
    c->order = mem_try_array(n, sizeof *c->order, WHAT, err);
    return c->user && c->position && c->item && c->before && c->with && c->without && c->mem &&
           c->edge && c->order;
}

/* ---- one position ---- */

static enum counterfactual_edge edge_of(const struct training *training, const struct edges *edges,
                                        int32_t user, int32_t position)
{
    const int32_t *s = corpus_sequence(training->corpus, user);
    if (position == 0)
        return EDGE_NONE;
    int32_t x = s[position - 1], v = s[position], all = edges_count(edges, x, v);
    /* A step that is made once is made here. */
    bool shared = all > 1 && all > edges_own(training, user, x, v);
    return shared ? EDGE_SHARED : EDGE_OWN;
}

/* False: a run has no score for it. */
static bool compare(int32_t m, const float *const *logp, int64_t at, int32_t user, double *with,
                    double *without)
{
    double sum[2] = {0, 0};
    int32_t n[2] = {0, 0};
    for (int32_t k = 0; k < m; k++) {
        bool seen = strategist_in_half(m, k + 1, user);
        if (isnan(logp[k][at]))
            return false;
        sum[seen] += exp((double)logp[k][at]);
        n[seen]++;
    }
    *with = sum[true] / n[true];
    *without = sum[false] / n[false];
    return true;
}

/* ---- all of them ---- */

static int by_mem(const void *a, const void *b, void *context)
{
    const double *mem = context;
    int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    if (mem[i] > mem[j] || mem[i] < mem[j])
        return mem[i] > mem[j] ? -1 : 1;
    return i < j ? -1 : i > j;
}

bool counterfactual_compute(const struct training *training, const struct edges *edges, int32_t m,
                            const float *const *logp, struct counterfactual *out, struct error *err)
{
    const struct corpus *corpus = training->corpus;
    struct counterfactual *c = out;
    if (!make_room(c, corpus->offset[corpus->n_users], err)) {
        counterfactual_release(c);
        return false;
    }
    for (int32_t u = 0; u < corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(corpus, u);
        for (int32_t i = 0; i < training->end[u]; i++) {
            int64_t n = c->n;
            if (!compare(m, logp, corpus->offset[u] + i, u, &c->with[n], &c->without[n]))
                continue;
            c->user[n] = u;
            c->position[n] = i;
            c->item[n] = s[i];
            c->before[n] = i > 0 ? s[i - 1] : -1;
            c->mem[n] = c->with[n] - c->without[n];
            c->edge[n] = (uint8_t)edge_of(training, edges, u, i);
            c->order[n] = n;
            c->n++;
        }
    }
    qsort_r(c->order, (size_t)c->n, sizeof *c->order, by_mem, c->mem);
    return true;
}

/* ---- in short ---- */

enum { MEM, WITH, WITHOUT, SHARED, OWN, MEANS };

static bool estimate_means(const struct counterfactual *c, struct counterfactual_summary *s,
                           struct progress *progress, struct error *err)
{
    size_t n = (size_t)c->n;
    double *shared = mem_try_array(n, sizeof *shared, WHAT, err);
    double *own = mem_try_array(n, sizeof *own, WHAT, err);
    struct bootstrap_options options = {.seed = 1};
    struct estimate mean[MEANS];
    bool ok = shared && own;
    for (size_t i = 0; ok && i < n; i++) {
        shared[i] = c->edge[i] == EDGE_SHARED ? c->mem[i] : (double)NAN;
        own[i] = c->edge[i] == EDGE_OWN ? c->mem[i] : (double)NAN;
    }
    ok = ok &&
         bootstrap_means(c->user, c->n,
                         (const double *const[MEANS]){c->mem, c->with, c->without, shared, own},
                         MEANS, &options, mean, progress, err);
    if (ok) {
        s->mem = mean[MEM];
        s->with = mean[WITH];
        s->without = mean[WITHOUT];
        s->shared = mean[SHARED];
        s->own = mean[OWN];
    }
    free(shared);
    free(own);
    return ok;
}

bool counterfactual_summarise(const struct counterfactual *c, struct counterfactual_summary *out,
                              struct progress *progress, struct error *err)
{
    *out = (struct counterfactual_summary){.n = c->n};
    double *sorted = mem_try_array((size_t)c->n, sizeof *sorted, WHAT, err);
    if (!sorted || !estimate_means(c, out, progress, err)) {
        free(sorted);
        return false;
    }
    int64_t over = 0;
    for (int64_t i = 0; i < c->n; i++) {
        sorted[c->n - 1 - i] = c->mem[c->order[i]];
        over += c->mem[i] > 0.1;
        out->n_shared += c->edge[i] == EDGE_SHARED;
        out->n_own += c->edge[i] == EDGE_OWN;
        out->n_none += c->edge[i] == EDGE_NONE;
    }
    out->over_tenth = c->n ? (double)over / (double)c->n : (double)NAN;
    for (int i = 0; i < COUNTERFACTUAL_PERCENTILES; i++)
        out->percentile[i] = stats_percentile(sorted, c->n, counterfactual_percentile[i]);
    free(sorted);
    return true;
}

static struct estimate plain(double value)
{
    return (struct estimate){value, (double)NAN, (double)NAN};
}

void counterfactual_figures(const struct counterfactual_summary *s,
                            struct counterfactual_figure out[COUNTERFACTUAL_FIGURES])
{
    static const char *const names[COUNTERFACTUAL_PERCENTILES] = {
        "mem.p1", "mem.p5", "mem.p25", "mem.p50", "mem.p75", "mem.p95", "mem.p99"};
    const struct counterfactual_figure first[COUNTERFACTUAL_FIGURES] = {
        {"positions", plain((double)s->n)},
        {"with", s->with},
        {"without", s->without},
        {"mem", s->mem},
        {"mem.over_0.1", plain(s->over_tenth)},
        {"edge.shared.positions", plain((double)s->n_shared)},
        {"edge.shared.mem", s->shared},
        {"edge.own.positions", plain((double)s->n_own)},
        {"edge.own.mem", s->own},
    };
    memcpy(out, first, sizeof first);
    for (int i = 0; i < COUNTERFACTUAL_PERCENTILES; i++)
        out[COUNTERFACTUAL_FIGURES - COUNTERFACTUAL_PERCENTILES + i] =
            (struct counterfactual_figure){names[i], plain(s->percentile[i])};
}
