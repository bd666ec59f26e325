/*
 * Evaluation of one run under one definition (docs/definitions.md, sections 2, 4, 6 and 8).
 *
 * Everything is arrays over the cases of the part: ranks give the ranking metrics, the one-hop
 * scores give ratio and reachable targets, the relation codes give label shares, and one bootstrap
 * call gives the intervals of all means, resampled alike.
 */
#include "analysis/report/eval_compute.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/label/nulls.h"
#include "analysis/label/onehop.h"
#include "analysis/label/relation.h"
#include "analysis/metric/attribution.h"
#include "analysis/metric/beyond.h"
#include "analysis/metric/bootstrap.h"
#include "analysis/metric/ranking.h"
#include "analysis/metric/slices.h"
#include "analysis/model/reference.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"

/* Fixed, so that a figure is the same whenever and wherever it is computed. */
enum { NULL_SEED = 1, BOOTSTRAP_SEED = 1 };

/* Columns of ranking metrics: metric * RANKING_CUTS + cut. */
enum { RANKING_COLUMNS = RANKING_METRICS * RANKING_CUTS };

/* The ranking metrics that are printed per slice: metric and cut. The first INTERVAL_SLICES slices
 * (reachable, unreachable) get intervals. */
static const struct {
    enum ranking_metric metric;
    int cut;
} slice_metric[] = {{RANKING_RECALL, 1}, {RANKING_RECALL, 2}, {RANKING_NDCG, 2}};
enum { SLICE_METRICS = 3, INTERVAL_SLICES = 2 };

static int slice_column(int m)
{
    return (int)slice_metric[m].metric * RANKING_CUTS + slice_metric[m].cut;
}

void figure_add(struct figure_list *list, double value, double lo, double hi, const char *name, ...)
{
    MEM_GROW(list->figure, list->n + 1, list->cap);
    struct figure *f = &list->figure[list->n++];
    *f = (struct figure){.value = value, .lo = lo, .hi = hi};
    va_list args;
    va_start(args, name);
    vsnprintf(f->name, sizeof f->name, name, args);
    va_end(args);
}

static void add_plain(struct figure_list *list, const char *name, double value)
{
    figure_add(list, value, (double)NAN, (double)NAN, "%s", name);
}

/* What one evaluation works with. Arrays are over the cases of the part. */
struct work {
    struct study *study;
    const struct study_run *run;
    const struct definition *definition;
    const struct case_list *cases;
    struct recs recs;
    int32_t *rank; /* [n] of the target, 0 = miss */
    const struct edges *edges;
    const struct relation_index *relations;
    struct training training;
    const struct onehop *onehop;
    struct onehop_scores scores;
    double *value[RANKING_COLUMNS]; /* [n] a metric per case */
    double *hit_share;              /* [n] |top-k and C| / k */
    uint16_t *target_code;          /* [n] relation code of the target */
    uint16_t *rec_code;             /* [n * k] of the first k recommendations */
    uint64_t *mask;                 /* [n] slices */
    double *selected[INTERVAL_SLICES * SLICE_METRICS];
    struct progress *progress;
};

static void work_release(struct work *w)
{
    for (int m = 0; m < RANKING_COLUMNS; m++)
        free(w->value[m]);
    for (size_t i = 0; i < ARRAY_LEN(w->selected); i++)
        free(w->selected[i]);
    free(w->rank);
    free(w->hit_share);
    free(w->target_code);
    free(w->rec_code);
    free(w->mask);
    onehop_scores_release(&w->scores);
}

static double *try_column(const struct work *w, struct error *err)
{
    return mem_try_array((size_t)w->cases->n, sizeof(double), "metrics per case", err);
}

static bool rank_targets(struct work *w, struct error *err)
{
    int64_t n = w->cases->n;
    w->rank = mem_try_array((size_t)n, sizeof *w->rank, "ranks", err);
    if (!w->rank)
        return false;
    ranking_ranks(&w->recs, study_corpus(w->study), w->cases, w->rank);
    for (int m = 0; m < RANKING_COLUMNS; m++) {
        w->value[m] = try_column(w, err);
        if (!w->value[m])
            return false;
        enum ranking_metric metric = (enum ranking_metric)(m / RANKING_CUTS);
        int k = ranking_cut[m % RANKING_CUTS];
        for (int64_t i = 0; i < n; i++)
            w->value[m][i] = ranking_value(metric, k, w->rank[i]);
    }
    return true;
}

static bool score_onehop(struct work *w, struct error *err)
{
    w->onehop = study_onehop(w->study, w->definition, err);
    if (!w->onehop || !onehop_score(w->onehop, w->cases, &w->recs, &w->scores, w->progress, err))
        return false;
    w->hit_share = try_column(w, err);
    if (!w->hit_share)
        return false;
    for (int64_t i = 0; i < w->cases->n; i++)
        w->hit_share[i] = (double)w->scores.hits[i] / w->definition->k;
    return true;
}

static int list_depth(const struct work *w)
{
    return w->definition->k < w->recs.depth ? w->definition->k : w->recs.depth;
}

static bool label_all(struct work *w, struct error *err)
{
    size_t n = (size_t)w->cases->n, k = (size_t)list_depth(w);
    const struct corpus *corpus = study_corpus(w->study);
    w->target_code = mem_try_array(n, sizeof(uint16_t), "labels", err);
    w->rec_code = w->target_code ? mem_try_array(n * k, sizeof(uint16_t), "labels", err) : NULL;
    return w->rec_code &&
           relation_targets(w->relations, corpus, w->cases, w->target_code, w->progress, err) &&
           relation_label(w->relations, corpus, w->cases, w->recs.item, w->recs.depth, (int32_t)k,
                          w->rec_code, w->progress, err);
}

static bool slice_cases(struct work *w, struct error *err)
{
    w->mask = mem_try_array((size_t)w->cases->n, sizeof *w->mask, "slices", err);
    uint8_t *quintile = mem_try_array((size_t)w->edges->n_items, 1, "popularity quintiles", err);
    bool ok =
        w->mask && quintile && slices_quintiles(w->edges->pop, w->edges->n_items, quintile, err);
    if (ok)
        slices_assign(study_corpus(w->study), w->cases, w->scores.reachable, w->target_code,
                      quintile, w->mask);
    free(quintile);
    for (int s = 0; ok && s < INTERVAL_SLICES; s++)
        for (int m = 0; ok && m < SLICE_METRICS; m++) {
            double *column = try_column(w, err);
            w->selected[s * SLICE_METRICS + m] = column;
            ok = column != NULL;
            if (ok)
                slices_select(w->mask, w->cases->n, s, w->value[slice_column(m)], column);
        }
    return ok;
}

/* ---- figures ---- */

static void add_slices(const struct work *w, const struct estimate *interval,
                       struct figure_list *out)
{
    for (int m = 0; m < SLICE_METRICS; m++) {
        struct slice_figure slice[SLICES];
        slices_mean(w->mask, w->cases->n, w->value[slice_column(m)], slice);
        for (int s = 0; s < SLICES; s++) {
            if (slice[s].n == 0)
                continue;
            if (m == 0) {
                figure_add(out, slice[s].share, (double)NAN, (double)NAN, "slices.%s.share",
                           slice_name(s));
                figure_add(out, (double)slice[s].n, (double)NAN, (double)NAN, "slices.%s.cases",
                           slice_name(s));
            }
            bool has = s < INTERVAL_SLICES;
            const struct estimate *e = &interval[s * SLICE_METRICS + m];
            figure_add(out, slice[s].mean, has ? e->lo : (double)NAN, has ? e->hi : (double)NAN,
                       "slices.%s.%s@%d", slice_name(s), ranking_name[slice_metric[m].metric],
                       ranking_cut[slice_metric[m].cut]);
        }
    }
}

/* One bootstrap for the ranking metrics, the one-hop ratio and the two reachable slices. */
static bool add_means(struct work *w, struct figure_list *out, struct error *err)
{
    enum { N = RANKING_COLUMNS + 1 + INTERVAL_SLICES * SLICE_METRICS };
    const double *column[N];
    for (int m = 0; m < RANKING_COLUMNS; m++)
        column[m] = w->value[m];
    column[RANKING_COLUMNS] = w->hit_share;
    for (int i = 0; i < INTERVAL_SLICES * SLICE_METRICS; i++)
        column[RANKING_COLUMNS + 1 + i] = w->selected[i];
    struct estimate e[N];
    struct bootstrap_options options = {.seed = BOOTSTRAP_SEED};
    if (!bootstrap_means(w->cases->user, w->cases->n, column, N, &options, e, w->progress, err))
        return false;
    for (int c = 0; c < RANKING_CUTS; c++)
        for (int m = 0; m < RANKING_METRICS; m++) {
            const struct estimate *x = &e[m * RANKING_CUTS + c];
            figure_add(out, x->value, x->lo, x->hi, "metrics.%s@%d", ranking_name[m],
                       ranking_cut[c]);
        }
    add_plain(out, "metrics.tie_rate", ranking_tie_rate(&w->recs, w->rank));
    figure_add(out, e[RANKING_COLUMNS].value, e[RANKING_COLUMNS].lo, e[RANKING_COLUMNS].hi,
               "one_hop_ratio.observed");
    add_slices(w, e + RANKING_COLUMNS + 1, out);
    return true;
}

static bool add_beyond(const struct work *w, struct figure_list *out, struct error *err)
{
    const struct dataset *dataset = study_dataset(w->study);
    struct categories categories;
    struct beyond b;
    int k = list_depth(w);
    if (!categories_build(&dataset->category, &categories, err))
        return false;
    bool ok = beyond_compute(&w->recs, k, w->edges->pop, dataset->n_items, &categories, &b, err);
    categories_release(&categories);
    if (!ok)
        return false;
    add_plain(out, "beyond.coverage", b.coverage);
    add_plain(out, "beyond.gini", b.gini);
    add_plain(out, "beyond.novelty", b.novelty);
    add_plain(out, "beyond.top1_share", b.top1_share);
    add_plain(out, "beyond.categories", b.categories);
    struct ranking_slots slots = ranking_count_slots(&w->recs, k);
    add_plain(out, "slots.all", (double)slots.slots);
    add_plain(out, "slots.illegal", (double)slots.illegal);
    add_plain(out, "slots.empty", (double)slots.empty);
    return true;
}

static void add_null(struct figure_list *out, const char *of, const char *null,
                     const struct interval *i)
{
    figure_add(out, i->mean, i->lo, i->hi, "%s.null.%s", of, null);
}

static bool add_onehop_nulls(struct work *w, struct figure_list *out, struct error *err)
{
    struct null_options options = {.seed = NULL_SEED};
    struct onehop_nulls nulls;
    if (!onehop_nulls(w->onehop, w->cases, &w->recs, &options, &nulls, w->progress, err))
        return false;
    add_null(out, "one_hop_ratio", "shuffle", &nulls.ratio_shuffle);
    add_null(out, "one_hop_ratio", "popularity", &nulls.ratio_popularity);
    add_null(out, "one_hop_ratio", "degree", &nulls.ratio_degree);
    add_plain(out, "one_hop_ratio.excess", null_excess(w->scores.ratio, &nulls.ratio_shuffle));
    add_plain(out, "one_hop_ratio.lift", null_lift(w->scores.ratio, &nulls.ratio_shuffle));
    add_plain(out, "reachable_target.value", w->scores.reachable_share);
    add_plain(out, "reachable_target.band.pessimistic", w->scores.band.pessimistic);
    add_plain(out, "reachable_target.band.expected", w->scores.band.expected);
    add_plain(out, "reachable_target.band.optimistic", w->scores.band.optimistic);
    add_null(out, "reachable_target", "shuffle", &nulls.reachable_shuffle);
    add_null(out, "reachable_target", "popularity", &nulls.reachable_popularity);
    add_null(out, "reachable_target", "degree", &nulls.reachable_degree);
    return true;
}

static bool add_label_shares(struct work *w, bool targets, struct figure_list *out,
                             struct error *err)
{
    int64_t n = w->cases->n;
    int32_t k = targets ? 1 : list_depth(w);
    const struct corpus *corpus = study_corpus(w->study);
    const char *of = targets ? "targets" : "recommendations";
    int32_t *target = NULL;
    if (targets) {
        target = mem_try_array((size_t)n, sizeof *target, "targets", err);
        if (!target)
            return false;
        for (int64_t i = 0; i < n; i++)
            target[i] = corpus_sequence(corpus, w->cases->user[i])[w->cases->position[i]];
    }
    struct relation_shares shares;
    relation_shares(targets ? w->target_code : w->rec_code, n * k, &shares);
    struct interval null[RELATION_LABELS];
    struct null_options options = {.seed = NULL_SEED};
    bool ok = relation_nulls(w->relations, corpus, w->cases, targets ? target : w->recs.item,
                             targets ? 1 : w->recs.depth, k, &options, null, w->progress, err);
    for (int l = 0; ok && l < RELATION_LABELS; l++) {
        const char *name = relation_label_name(l);
        double share = shares.share[l];
        figure_add(out, share, (double)NAN, (double)NAN, "labels.%s.%s", name, of);
        figure_add(out, null[l].mean, null[l].lo, null[l].hi, "labels.%s.%s_null", name, of);
        figure_add(out, null_lift(share, &null[l]), (double)NAN, (double)NAN, "labels.%s.%s", name,
                   targets ? "targets_lift" : "lift");
    }
    free(target);
    return ok;
}

/* Markov's score on the reachable slice: what a pure memorizer reaches there. */
static bool add_ceiling(struct work *w, struct figure_list *out, struct error *err)
{
    enum { DEPTH = 10 };
    int64_t n = w->cases->n;
    struct reference *markov = NULL;
    int32_t *item = mem_try_array((size_t)n * DEPTH, sizeof *item, "ceiling line", err);
    int32_t *rank = item ? mem_try_array((size_t)n, sizeof *rank, "ceiling line", err) : NULL;
    double *value = rank ? try_column(w, err) : NULL;
    const struct corpus *corpus = study_corpus(w->study);
    bool ok =
        value &&
        reference_build(REFERENCE_MARKOV, &(struct reference_options){0}, &w->training, w->edges,
                        w->progress, &markov, err) &&
        reference_recommend_all(markov, corpus, w->cases, DEPTH, w->progress, item, NULL, err);
    if (ok) {
        struct recs recs = {.n_cases = n, .depth = DEPTH, .item = item};
        ranking_ranks(&recs, corpus, w->cases, rank);
        for (int m = RANKING_RECALL; m <= RANKING_NDCG; m++) {
            for (int64_t i = 0; i < n; i++)
                value[i] = ranking_value((enum ranking_metric)m, DEPTH, rank[i]);
            figure_add(out, attribution_ceiling(w->mask, n, value), (double)NAN, (double)NAN,
                       "ceiling.%s@%d", ranking_name[m], DEPTH);
        }
    }
    reference_free(markov);
    free(value);
    free(rank);
    free(item);
    return ok;
}

bool eval_compute(struct study *study, const struct study_run *run, enum part part,
                  const struct definition *definition, struct progress *progress,
                  struct figure_list *out, struct error *err)
{
    enum trained_on on = definition->train_valid ? TRAINED_ON_TRAIN_VALID : TRAINED_ON_TRAIN;
    if (!run->has[part])
        return error_set(err, ERROR_STATE, "the run %s has no recommendations for the %s part",
                         run->name, part == PART_TEST ? "test" : "valid");
    struct work w = {.study = study,
                     .run = run,
                     .definition = definition,
                     .cases = &study_split(study)->part[part],
                     .recs = run->recs[part],
                     .edges = study_edges(study, on, err),
                     .training = split_training(study_split(study), study_corpus(study), on),
                     .progress = progress};
    if (!w.edges || !(w.relations = study_relations(study, on, progress, err)))
        return false;
    bool ok = rank_targets(&w, err) && score_onehop(&w, err) && label_all(&w, err) &&
              slice_cases(&w, err) && add_means(&w, out, err) && add_onehop_nulls(&w, out, err) &&
              add_label_shares(&w, true, out, err) && add_label_shares(&w, false, out, err) &&
              add_ceiling(&w, out, err) && add_beyond(&w, out, err);
    work_release(&w);
    return ok;
}
