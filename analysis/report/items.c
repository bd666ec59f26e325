#include "analysis/report/items.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/label/onehop.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

/* What one thread counts with. */
struct counter {
    struct onehop_scratch *candidates;
    int64_t *count; /* [n_runs][2][n_items]: recommended, rote */
};

struct work {
    struct study *study;
    enum part part;
    const struct definition *definition;
    const struct onehop *onehop;
    struct counter counter[PARALLEL_MAX];
    struct item_table *out;
};

double item_self_prediction(const struct edges *edges, int32_t item)
{
    int64_t total = edges->out_total[item];
    return total > 0 ? (double)edges_count(edges, item, item) / (double)total : (double)NAN;
}

double item_rote_share(const struct item_run_columns *run, int32_t item)
{
    int64_t n = run->recommended[item];
    return n > 0 ? (double)run->rote[item] / (double)n : (double)NAN;
}

static bool counter_init(struct counter *c, const struct work *w, struct error *err)
{
    if (c->candidates)
        return true;
    size_t cells = w->out->n_runs * 2 * (size_t)w->out->n_items;
    c->count = mem_try_zarray(cells, sizeof *c->count, "table of items", err);
    c->candidates = c->count ? onehop_scratch_new(w->onehop, err) : NULL;
    return c->candidates != NULL;
}

static bool listed_before(const int32_t *list, int32_t at)
{
    for (int32_t i = 0; i < at; i++)
        if (list[i] == list[at])
            return true;
    return false;
}

static bool count_cases(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct work *w = context;
    struct counter *c = &w->counter[worker];
    const struct case_list *cases = &study_split(w->study)->part[w->part];
    size_t n_items = (size_t)w->out->n_items;
    if (!counter_init(c, w, err))
        return false;
    for (int64_t at = begin; at < end; at++) {
        int32_t user = cases->user[at];
        onehop_load(w->onehop, c->candidates, user, corpus_sequence(study_corpus(w->study), user),
                    cases->position[at]);
        for (size_t r = 0; r < w->out->n_runs; r++) {
            const struct recs *recs = &w->out->run[r].run->recs[w->part];
            const int32_t *list = recs_row(recs, at);
            int32_t k = w->definition->k < recs->depth ? w->definition->k : recs->depth;
            int64_t *recommended = c->count + r * 2 * n_items, *rote = recommended + n_items;
            for (int32_t i = 0; i < k; i++) {
                if (list[i] < 0 || listed_before(list, i))
                    continue;
                recommended[list[i]]++;
                rote[list[i]] += onehop_has(c->candidates, list[i]);
            }
        }
    }
    return true;
}

static bool sum_up(struct work *w, struct error *err)
{
    size_t n = (size_t)w->out->n_items;
    for (size_t r = 0; r < w->out->n_runs; r++) {
        struct item_run_columns *c = &w->out->run[r];
        c->recommended = mem_try_zarray(n, sizeof *c->recommended, "table of items", err);
        c->rote = mem_try_zarray(n, sizeof *c->rote, "table of items", err);
        if (!c->recommended || !c->rote)
            return false;
        for (size_t i = 0; i < PARALLEL_MAX; i++) {
            const int64_t *count = w->counter[i].count;
            for (size_t item = 0; count && item < n; item++) {
                c->recommended[item] += count[r * 2 * n + item];
                c->rote[item] += count[(r * 2 + 1) * n + item];
            }
        }
    }
    return true;
}

bool item_table_make(struct study *study, enum part part, const struct study_run *const *runs,
                     size_t n_runs, const struct definition *definition, struct progress *progress,
                     struct item_table *out, struct error *err)
{
    struct work *w = mem_zalloc(1, sizeof *w);
    *w = (struct work){.study = study, .part = part, .definition = definition, .out = out};
    *out = (struct item_table){.n_items = study_corpus(study)->n_items,
                               .run = mem_zalloc(n_runs, sizeof *out->run)};
    for (size_t i = 0; i < n_runs; i++)
        if (runs[i]->has[part])
            out->run[out->n_runs++].run = runs[i];
    w->onehop = study_onehop(study, definition, err);
    bool ok = w->onehop != NULL;
    if (ok) {
        out->edges = w->onehop->edges;
        out->rank = w->onehop->rank;
        out->by_rank = w->onehop->by_rank;
        int64_t n_cases = out->n_runs > 0 ? study_split(study)->part[part].n : 0;
        ok = parallel_for(n_cases, 1024, count_cases, w, progress, "items", "cases", err) &&
             sum_up(w, err);
    }
    for (size_t i = 0; i < PARALLEL_MAX; i++) {
        onehop_scratch_free(w->counter[i].candidates);
        free(w->counter[i].count);
    }
    free(w);
    if (!ok)
        item_table_release(out);
    return ok;
}

void item_table_release(struct item_table *t)
{
    for (size_t r = 0; r < t->n_runs; r++) {
        free(t->run[r].recommended);
        free(t->run[r].rote);
    }
    free(t->run);
    *t = (struct item_table){0};
}
