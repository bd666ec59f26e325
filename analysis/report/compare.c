#include "analysis/report/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/label/onehop.h"
#include "analysis/metric/ranking.h"
#include "analysis/metric/slices.h"
#include "storage/base/mem.h"

enum { BOOTSTRAP_SEED = 1, SIDES = 2, CUT_10 = 2 };

/* One column of values per case and side for each figure. */
struct columns {
    struct compare *out;
    int64_t n_cases;
    double *value[SIDES][COMPARE_FIGURES_MAX];
};

struct work {
    struct study *study;
    struct compare *out;
    const struct case_list *cases;
    struct columns columns;
    int32_t *rank[SIDES];
    uint64_t *mask;
    struct progress *progress;
};

static const struct study_run *side_run(const struct compare *c, int side)
{
    return side == 0 ? c->a : c->b;
}

/* Adds a figure and makes its columns; false for memory. */
static bool add_figure(struct columns *c, const char *name, int *at, struct error *err)
{
    *at = c->out->n++;
    snprintf(c->out->figure[*at].name, sizeof c->out->figure[*at].name, "%s", name);
    for (int side = 0; side < SIDES; side++) {
        c->value[side][*at] =
            mem_try_array((size_t)c->n_cases, sizeof(double), "metrics per case", err);
        if (!c->value[side][*at])
            return false;
    }
    return true;
}

static bool add_ranking(struct work *w, struct error *err)
{
    for (int side = 0; side < SIDES; side++) {
        w->rank[side] = mem_try_array((size_t)w->cases->n, sizeof(int32_t), "ranks", err);
        if (!w->rank[side])
            return false;
        ranking_ranks(&side_run(w->out, side)->recs[w->out->part], study_corpus(w->study), w->cases,
                      w->rank[side]);
    }
    for (int m = 0; m < RANKING_METRICS * RANKING_CUTS; m++) {
        enum ranking_metric metric = (enum ranking_metric)(m / RANKING_CUTS);
        int k = ranking_cut[m % RANKING_CUTS], at;
        char name[32];
        snprintf(name, sizeof name, "%s@%d", ranking_name[metric], k);
        if (!add_figure(&w->columns, name, &at, err))
            return false;
        for (int side = 0; side < SIDES; side++)
            for (int64_t i = 0; i < w->cases->n; i++)
                w->columns.value[side][at][i] = ranking_value(metric, k, w->rank[side][i]);
    }
    return true;
}

/* The one-hop ratio of both runs, and the cases' slices. */
static bool add_onehop(struct work *w, struct error *err)
{
    const struct definition *d = &w->out->definition;
    enum trained_on on = d->train_valid ? TRAINED_ON_TRAIN_VALID : TRAINED_ON_TRAIN;
    const struct onehop *onehop = study_onehop(w->study, d, err);
    const struct edges *edges = onehop ? study_edges(w->study, on, err) : NULL;
    const struct relation_index *relations =
        edges ? study_relations(w->study, on, w->progress, err) : NULL;
    size_t n = (size_t)w->cases->n;
    uint16_t *code = relations ? mem_try_array(n, sizeof *code, "labels", err) : NULL;
    uint8_t *quintile =
        code ? mem_try_array((size_t)edges->n_items, 1, "popularity quintiles", err) : NULL;
    int at;
    bool ok = quintile && (w->mask = mem_try_array(n, sizeof *w->mask, "slices", err)) &&
              add_figure(&w->columns, "one_hop_ratio", &at, err) &&
              slices_quintiles(edges->pop, edges->n_items, quintile, err) &&
              relation_targets(relations, study_corpus(w->study), w->cases, code, w->progress, err);
    for (int side = 0; ok && side < SIDES; side++) {
        struct onehop_scores scores;
        ok = onehop_score(onehop, w->cases, &side_run(w->out, side)->recs[w->out->part], &scores,
                          w->progress, err);
        if (!ok)
            break;
        for (int64_t i = 0; i < w->cases->n; i++)
            w->columns.value[side][at][i] = (double)scores.hits[i] / d->k;
        slices_assign(study_corpus(w->study), w->cases, scores.reachable, code, quintile, w->mask);
        onehop_scores_release(&scores);
    }
    free(quintile);
    free(code);
    return ok;
}

static int column_of(enum ranking_metric metric, int cut)
{
    return (int)metric * RANKING_CUTS + cut;
}

/* recall@10 and ndcg@10 on reachable and unreachable targets. */
static bool add_slices(struct work *w, struct error *err)
{
    for (int slice = SLICE_REACHABLE; slice <= SLICE_UNREACHABLE; slice++)
        for (int metric = RANKING_RECALL; metric <= RANKING_NDCG; metric++) {
            int at, from = column_of((enum ranking_metric)metric, CUT_10);
            char name[40];
            snprintf(name, sizeof name, "%s.%s@10", slice_name(slice), ranking_name[metric]);
            if (!add_figure(&w->columns, name, &at, err))
                return false;
            for (int side = 0; side < SIDES; side++)
                slices_select(w->mask, w->cases->n, slice, w->columns.value[side][from],
                              w->columns.value[side][at]);
        }
    return true;
}

static double mean_of(const double *value, int64_t n)
{
    double sum = 0, count = 0;
    for (int64_t i = 0; i < n; i++) {
        if (isnan(value[i]))
            continue;
        sum += value[i];
        count++;
    }
    return count > 0 ? sum / count : (double)NAN;
}

static bool take_differences(struct work *w, struct error *err)
{
    struct compare *out = w->out;
    struct estimate difference[COMPARE_FIGURES_MAX];
    struct bootstrap_options options = {.seed = BOOTSTRAP_SEED};
    if (!bootstrap_paired(w->cases->user, w->cases->n, (const double *const *)w->columns.value[0],
                          (const double *const *)w->columns.value[1], out->n, &options, difference,
                          w->progress, err))
        return false;
    for (int i = 0; i < out->n; i++) {
        out->figure[i].a = mean_of(w->columns.value[0][i], w->cases->n);
        out->figure[i].b = mean_of(w->columns.value[1][i], w->cases->n);
        out->figure[i].difference = difference[i];
    }
    int ndcg = column_of(RANKING_NDCG, CUT_10);
    for (int by = 0; by < COMPARE_ATTRIBUTIONS; by++)
        attribution_of((enum attribution_by)by, w->mask, w->cases->n, w->columns.value[0][ndcg],
                       w->columns.value[1][ndcg], &out->attribution[by]);
    for (int64_t i = 0; i < w->cases->n; i++) {
        bool a = w->rank[0][i] >= 1 && w->rank[0][i] <= 10;
        bool b = w->rank[1][i] >= 1 && w->rank[1][i] <= 10;
        *(a && b ? &out->both : a ? &out->lost : b ? &out->won : &out->neither) += 1;
    }
    return true;
}

bool compare_make(struct study *study, const struct study_run *a, const struct study_run *b,
                  enum part part, const struct definition *definition, struct progress *progress,
                  struct compare *out, struct error *err)
{
    if (!a->has[part] || !b->has[part])
        return error_set(err, ERROR_STATE, "the run %s has no recommendations for the %s part",
                         a->has[part] ? b->name : a->name, part == PART_TEST ? "test" : "valid");
    *out = (struct compare){.a = a, .b = b, .part = part, .definition = *definition};
    struct work w = {
        .study = study, .out = out, .cases = &study_split(study)->part[part], .progress = progress};
    w.columns = (struct columns){.out = out, .n_cases = w.cases->n};
    bool ok = add_ranking(&w, err) && add_onehop(&w, err) && add_slices(&w, err) &&
              take_differences(&w, err);
    for (int side = 0; side < SIDES; side++) {
        free(w.rank[side]);
        for (int i = 0; i < out->n; i++)
            free(w.columns.value[side][i]);
    }
    free(w.mask);
    return ok;
}

/* ---- JSON ---- */

static struct jval *figures_json(const struct compare *c)
{
    struct jval *o = jval_new_object();
    for (int i = 0; i < c->n; i++) {
        const struct compare_figure *f = &c->figure[i];
        struct jval *one = jval_new_object();
        jval_put_real(one, "a", f->a);
        jval_put_real(one, "b", f->b);
        jval_put_real(one, "difference", f->difference.value);
        jval_put_real(one, "lo", f->difference.lo);
        jval_put_real(one, "hi", f->difference.hi);
        jval_put_bool(one, "distinguishable", estimate_distinguishable(&f->difference));
        jval_put(o, f->name, one);
    }
    return o;
}

static struct jval *attribution_json(const struct attribution *a)
{
    struct jval *list = jval_new_array();
    for (int i = 0; i < a->n; i++) {
        const struct attribution_part *p = &a->part[i];
        struct jval *o = jval_new_object();
        jval_put_string(o, "slice", slice_name(p->slice));
        jval_put_int(o, "cases", p->n);
        jval_put_real(o, "share", p->share);
        jval_put_real(o, "a", p->a);
        jval_put_real(o, "b", p->b);
        jval_put_real(o, "contribution", p->contribution);
        jval_put_real(o, "of_gain", p->of_gain);
        jval_append(list, o);
    }
    return list;
}

struct jval *compare_to_json(const struct compare *c)
{
    static const char *const by[COMPARE_ATTRIBUTIONS] = {"reachable", "label", "popularity",
                                                         "history"};
    char key[DEFINITION_TEXT_MAX];
    struct jval *o = jval_new_object(), *attribution = jval_new_object();
    definition_key(&c->definition, key);
    jval_put_string(o, "a", c->a->name);
    jval_put_string(o, "b", c->b->name);
    jval_put_string(o, "part", c->part == PART_TEST ? "test" : "valid");
    jval_put_string(o, "definition", key);
    jval_put(o, "figures", figures_json(c));
    for (int i = 0; i < COMPARE_ATTRIBUTIONS; i++)
        jval_put(attribution, by[i], attribution_json(&c->attribution[i]));
    jval_put(o, "attribution_of_ndcg@10", attribution);
    jval_put_int(o, "won", c->won);
    jval_put_int(o, "lost", c->lost);
    jval_put_int(o, "both", c->both);
    jval_put_int(o, "neither", c->neither);
    return o;
}
