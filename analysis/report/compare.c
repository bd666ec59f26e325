/*
 * Method: every figure is the mean over cases of a number that follows from a few facts about a
 * run's list there (the target's rank, one-hop hits, labels). The facts are kept, the numbers made
 * when they are resampled, a few figures at a time, so that memory stays small with many seeds.
 */
#include "analysis/report/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/label/onehop.h"
#include "analysis/metric/ranking.h"
#include "analysis/metric/slices.h"
#include "analysis/report/eval.h"
#include "analysis/report/groups.h"
#include "storage/base/mem.h"

enum { BOOTSTRAP_SEED = 1, SIDES = 2, CLASSES = 3, BATCH = 8 };

static const char *const class_name[CLASSES] = {"memorization", "generalization", "uncategorized"};
static const enum relation_class class_code[CLASSES] = {
    RELATION_MEMORIZATION, RELATION_GENERALIZATION, RELATION_UNCATEGORIZED};

const char *const compare_outcome_name[COMPARE_OUTCOMES] = {"won", "lost", "both", "neither"};

/* What is known about a run's list in every case. */
struct facts {
    int32_t *rank;           /* [n] of the target, 0: not in the list */
    int32_t *hits;           /* [n] |top-k and C| */
    uint8_t *label[CLASSES]; /* [n] slots of the first k with the label */
    double null;             /* shuffle null of the one-hop ratio */
};

/* How a figure follows from the facts. */
struct spec {
    enum { RANKING, ONE_HOP, EXCESS, LABEL } kind;
    enum ranking_metric metric;
    int k;
    int class;
    int slice; /* -1: all cases */
};

struct work {
    struct study *study;
    struct compare *out;
    const struct case_list *cases;
    struct facts *facts[SIDES]; /* [n] runs of the side */
    struct spec spec[COMPARE_FIGURES_MAX];
    const struct onehop *onehop;
    const struct relation_index *relations;
    struct progress *progress;
};

static struct compare_side *side_of(struct compare *c, int side)
{
    return side == 0 ? &c->a : &c->b;
}

/* ---- facts ---- */

static bool label_facts(const struct work *w, const struct study_run *run, struct facts *f,
                        struct error *err)
{
    int64_t n = w->cases->n;
    const struct recs *recs = &run->recs[w->out->part];
    int32_t k = w->out->definition.k < recs->depth ? w->out->definition.k : recs->depth;
    uint16_t *code = mem_try_array((size_t)n * (size_t)k, sizeof *code, "labels", err);
    bool ok = code && relation_label(w->relations, study_corpus(w->study), w->cases, recs->item,
                                     recs->depth, k, code, w->progress, err);
    for (int c = 0; ok && c < CLASSES; c++) {
        f->label[c] = mem_try_zarray((size_t)n, 1, "labels", err);
        ok = f->label[c] != NULL;
        for (int64_t i = 0; ok && i < n * k; i++)
            f->label[c][i / k] += relation_class(code[i]) == class_code[c];
    }
    free(code);
    return ok;
}

static void take_share(const struct eval *e, const char *share, const char *null, size_t n,
                       struct compare_share *out)
{
    out->share += eval_value(e, share) / (double)n;
    out->null += eval_value(e, null) / (double)n;
    out->lift = out->null > 0 ? out->share / out->null : (double)NAN;
}

/* Nulls are drawn once per run, by its evaluation. */
static bool evaluated_facts(const struct work *w, const struct study_run *run,
                            struct compare_side *side, struct facts *f, struct error *err)
{
    struct eval e;
    if (!eval_get(w->study, run, w->out->part, &w->out->definition, w->progress, &e, err))
        return false;
    f->null = eval_value(&e, "one_hop_ratio.null.shuffle");
    take_share(&e, "one_hop_ratio.observed", "one_hop_ratio.null.shuffle", side->n, &side->one_hop);
    for (int l = 0; l < RELATION_LABELS; l++) {
        char share[64], null[64];
        snprintf(share, sizeof share, "labels.%s.recommendations", relation_label_name(l));
        snprintf(null, sizeof null, "labels.%s.recommendations_null", relation_label_name(l));
        take_share(&e, share, null, side->n, &side->label[l]);
    }
    eval_release(&e);
    return true;
}

static bool run_facts(struct work *w, const struct study_run *run, struct compare_side *side,
                      struct facts *f, struct error *err)
{
    size_t n = (size_t)w->cases->n;
    const struct recs *recs = &run->recs[w->out->part];
    struct onehop_scores scores;
    f->rank = mem_try_array(n, sizeof *f->rank, "ranks", err);
    if (!f->rank || !evaluated_facts(w, run, side, f, err) || !label_facts(w, run, f, err) ||
        !onehop_score(w->onehop, w->cases, recs, &scores, w->progress, err))
        return false;
    ranking_ranks(recs, study_corpus(w->study), w->cases, f->rank);
    f->hits = scores.hits;
    scores.hits = NULL;
    onehop_scores_release(&scores);
    return true;
}

static bool make_slices(struct work *w, const struct edges *edges, struct error *err)
{
    size_t n = (size_t)w->cases->n;
    const struct corpus *corpus = study_corpus(w->study);
    struct onehop_scores scores = {0};
    uint16_t *code = mem_try_array(n, sizeof *code, "labels", err);
    uint8_t *quintile =
        code ? mem_try_array((size_t)edges->n_items, 1, "popularity quintiles", err) : NULL;
    bool ok = quintile &&
              (w->out->slices = mem_try_array(n, sizeof *w->out->slices, "slices", err)) &&
              slices_quintiles(edges->pop, edges->n_items, quintile, err) &&
              relation_targets(w->relations, corpus, w->cases, code, w->progress, err) &&
              onehop_score(w->onehop, w->cases, NULL, &scores, w->progress, err);
    if (ok)
        slices_assign(corpus, w->cases, scores.reachable, code, quintile, w->out->slices);
    onehop_scores_release(&scores);
    free(quintile);
    free(code);
    return ok;
}

static bool make_facts(struct work *w, struct error *err)
{
    const struct definition *d = &w->out->definition;
    enum trained_on on = d->train_valid ? TRAINED_ON_TRAIN_VALID : TRAINED_ON_TRAIN;
    w->onehop = study_onehop(w->study, d, err);
    const struct edges *edges = w->onehop ? study_edges(w->study, on, err) : NULL;
    w->relations = edges ? study_relations(w->study, on, w->progress, err) : NULL;
    if (!w->relations || !make_slices(w, edges, err))
        return false;
    for (int side = 0; side < SIDES; side++) {
        struct compare_side *s = side_of(w->out, side);
        w->facts[side] = mem_zalloc(s->n, sizeof **w->facts);
        for (size_t i = 0; i < s->n; i++)
            if (!run_facts(w, s->run[i], s, &w->facts[side][i], err))
                return false;
    }
    return true;
}

/* ---- figures ---- */

static double value_of(const struct work *w, const struct spec *s, const struct facts *f, int64_t i)
{
    double k = w->out->definition.k;
    if (s->slice >= 0 && !(w->out->slices[i] >> s->slice & 1))
        return (double)NAN;
    switch (s->kind) {
    case RANKING:
        return ranking_value(s->metric, s->k, f->rank[i]);
    case ONE_HOP:
        return f->hits[i] / k;
    case EXCESS:
        return f->hits[i] / k - f->null;
    case LABEL:
        return f->label[s->class][i] / k;
    }
    return (double)NAN;
}

static void add_figure(struct work *w, const struct spec *spec, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add_figure(struct work *w, const struct spec *spec, const char *format, ...)
{
    if (w->out->n == COMPARE_FIGURES_MAX)
        return;
    struct compare_figure *f = &w->out->figure[w->out->n];
    f->slice = spec->slice;
    w->spec[w->out->n++] = *spec;
    va_list args;
    va_start(args, format);
    vsnprintf(f->name, sizeof f->name, format, args);
    va_end(args);
}

static void choose_slice_figures(struct work *w, const struct compare_slice *slice)
{
    struct spec s = {.metric = RANKING_RECALL, .k = 10, .slice = slice->slice};
    if (s.slice <= SLICE_UNREACHABLE) {
        struct spec five = {.metric = RANKING_RECALL, .k = 5, .slice = s.slice};
        add_figure(w, &five, "%s.recall@5", slice_name(s.slice));
        add_figure(w, &s, "%s.recall@10", slice_name(s.slice));
    }
    s.metric = RANKING_NDCG;
    add_figure(w, &s, "%s.ndcg@10", slice_name(s.slice));
}

static void choose_figures(struct work *w)
{
    for (int m = 0; m < RANKING_METRICS; m++)
        for (int c = 0; c < RANKING_CUTS; c++) {
            struct spec s = {.metric = (enum ranking_metric)m, .k = ranking_cut[c], .slice = -1};
            add_figure(w, &s, "%s@%d", ranking_name[m], ranking_cut[c]);
        }
    add_figure(w, &(struct spec){.kind = ONE_HOP, .slice = -1}, "one_hop_ratio");
    add_figure(w, &(struct spec){.kind = EXCESS, .slice = -1}, "one_hop_excess");
    for (int c = 0; c < CLASSES; c++)
        add_figure(w, &(struct spec){.kind = LABEL, .class = c, .slice = -1}, "labels.%s",
                   class_name[c]);
    for (int i = 0; i < w->out->n_slices; i++)
        choose_slice_figures(w, &w->out->slice[i]);
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

/* Columns of one side for figures from .. from + n - 1: [run * n + figure]. */
static double **columns_of(const struct work *w, int side, int from, int n, double *mean,
                           struct error *err)
{
    size_t runs = side_of(w->out, side)->n;
    double **column = mem_zalloc(runs * (size_t)n, sizeof *column);
    for (size_t r = 0; r < runs; r++)
        for (int f = 0; f < n; f++) {
            double *c = mem_try_array((size_t)w->cases->n, sizeof *c, "metrics per case", err);
            column[r * (size_t)n + (size_t)f] = c;
            if (!c)
                return column;
            for (int64_t i = 0; i < w->cases->n; i++)
                c[i] = value_of(w, &w->spec[from + f], &w->facts[side][r], i);
            mean[f] += mean_of(c, w->cases->n) / (double)runs;
        }
    return column;
}

static void columns_free(double **column, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(column[i]);
    free(column);
}

/* How far a batch is, as the progress of all of them. */
struct batch_progress {
    struct progress progress;
    struct progress *whole;
    int from, n, of; /* figures */
};

static void report_batch(void *context, const char *what, double done, double total,
                         const char *unit)
{
    struct batch_progress *b = context;
    double part = total > 0 ? done / total : 0;
    (void)what, (void)unit;
    if (!progress_at(b->whole, "intervals", b->from + part * b->n, b->of, "figures", NULL))
        atomic_store(&b->progress.cancel, true);
}

static bool take_batch(struct work *w, int from, int n, struct error *err)
{
    struct batch_progress progress = {
        .progress = {.report = report_batch}, .whole = w->progress, .from = from, .n = n};
    progress.progress.context = &progress;
    progress.of = w->out->n;
    double mean[SIDES][BATCH] = {{0}};
    double **column[SIDES];
    size_t runs[SIDES] = {w->out->a.n, w->out->b.n};
    struct estimate difference[BATCH];
    struct bootstrap_options options = {.seed = BOOTSTRAP_SEED};
    bool ok = true;
    for (int side = 0; side < SIDES; side++) {
        column[side] = columns_of(w, side, from, n, mean[side], err);
        ok = ok && column[side][runs[side] * (size_t)n - 1];
    }
    ok = ok && bootstrap_groups(w->cases->user, w->cases->n, (const double *const *)column[0],
                                (int32_t)runs[0], (const double *const *)column[1],
                                (int32_t)runs[1], n, &options, difference, &progress.progress, err);
    for (int f = 0; ok && f < n; f++) {
        w->out->figure[from + f].a = mean[0][f];
        w->out->figure[from + f].b = mean[1][f];
        w->out->figure[from + f].difference = difference[f];
    }
    for (int side = 0; side < SIDES; side++)
        columns_free(column[side], runs[side] * (size_t)n);
    return ok;
}

/* ndcg@10 per case, the mean over the runs of each side. */
static bool attribute(struct work *w, struct error *err)
{
    double *value[SIDES] = {NULL, NULL};
    bool ok = true;
    for (int side = 0; side < SIDES; side++) {
        size_t runs = side_of(w->out, side)->n;
        value[side] = mem_try_zarray((size_t)w->cases->n, sizeof(double), "metrics per case", err);
        ok = ok && value[side];
        for (size_t r = 0; ok && r < runs; r++)
            for (int64_t i = 0; i < w->cases->n; i++)
                value[side][i] +=
                    ranking_value(RANKING_NDCG, 10, w->facts[side][r].rank[i]) / (double)runs;
    }
    for (int by = 0; ok && by < COMPARE_ATTRIBUTIONS; by++)
        attribution_of((enum attribution_by)by, w->out->slices, w->cases->n, value[0], value[1],
                       &w->out->attribution[by]);
    free(value[0]);
    free(value[1]);
    return ok;
}

/* ---- users won and lost ---- */

static bool count_side(struct work *w, int side, struct error *err)
{
    struct compare_side *s = side_of(w->out, side);
    size_t n = (size_t)w->cases->n;
    s->rank = mem_try_zarray(n, sizeof *s->rank, "ranks", err);
    s->hits = s->rank ? mem_try_zarray(n, sizeof *s->hits, "hits", err) : NULL;
    if (!s->hits)
        return false;
    for (size_t r = 0; r < s->n; r++)
        for (size_t i = 0; i < n; i++) {
            int32_t rank = w->facts[side][r].rank[i];
            s->hits[i] += rank >= 1 && rank <= COMPARE_TOP;
            if (rank >= 1 && (s->rank[i] == 0 || rank < s->rank[i]))
                s->rank[i] = rank;
        }
    return true;
}

static bool count_outcomes(struct work *w, struct error *err)
{
    struct compare *c = w->out;
    c->n_cases = w->cases->n;
    c->outcome = mem_try_array((size_t)c->n_cases, 1, "outcomes", err);
    if (!c->outcome || !count_side(w, 0, err) || !count_side(w, 1, err))
        return false;
    for (int64_t i = 0; i < c->n_cases; i++) {
        bool a = (size_t)c->a.hits[i] * 2 > c->a.n, b = (size_t)c->b.hits[i] * 2 > c->b.n;
        c->outcome[i] = a && b ? COMPARE_BOTH
                        : a    ? COMPARE_LOST
                        : b    ? COMPARE_WON
                               : COMPARE_NEITHER;
        c->count[c->outcome[i]]++;
    }
    return true;
}

/* ---- slices ---- */

static void add_slice(struct compare *c, const struct compare_slice counted[SLICES], int slice)
{
    for (int i = 0; i < c->n_slices; i++)
        if (c->slice[i].slice == slice)
            return;
    if (counted[slice].n > 0 || slice <= SLICE_UNREACHABLE)
        c->slice[c->n_slices++] = counted[slice];
}

static void count_slices(struct compare *c)
{
    struct compare_slice counted[SLICES] = {{0}};
    for (int64_t i = 0; i < c->n_cases; i++)
        for (uint64_t left = c->slices[i]; left != 0; left &= left - 1) {
            struct compare_slice *s = &counted[__builtin_ctzll(left)];
            s->n++;
            s->count[c->outcome[i]]++;
        }
    for (int s = 0; s < SLICES; s++) {
        counted[s].slice = s;
        counted[s].share = c->n_cases > 0 ? (double)counted[s].n / (double)c->n_cases : 0;
    }
    for (int by = ATTRIBUTION_REACHABLE; by <= ATTRIBUTION_LABEL; by++)
        for (int i = 0; i < c->attribution[by].n; i++)
            add_slice(c, counted, c->attribution[by].part[i].slice);
    for (int s = 0; s < SLICES; s++)
        add_slice(c, counted, s);
}

int64_t compare_count(const struct compare *c, enum compare_outcome outcome, int slice)
{
    if (slice < 0)
        return outcome == COMPARE_OUTCOMES ? c->n_cases : c->count[outcome];
    for (int i = 0; i < c->n_slices; i++)
        if (c->slice[i].slice == slice)
            return outcome == COMPARE_OUTCOMES ? c->slice[i].n : c->slice[i].count[outcome];
    return 0;
}

struct ranked_case {
    double lead;
    int32_t rank;
    int64_t at;
};

static int clearest_first(const void *a, const void *b)
{
    const struct ranked_case *x = a, *y = b;
    if (x->lead > y->lead || x->lead < y->lead)
        return x->lead > y->lead ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static struct ranked_case rank_case(const struct compare *c, enum compare_outcome asked, int64_t at)
{
    enum compare_outcome is = c->outcome[at];
    double lead = c->b.hits[at] / (double)c->b.n - c->a.hits[at] / (double)c->a.n;
    int32_t a = c->a.rank[at] ? c->a.rank[at] : INT32_MAX;
    int32_t b = c->b.rank[at] ? c->b.rank[at] : INT32_MAX;
    int32_t best = a < b ? a : b;
    struct ranked_case r = {.at = at,
                            .rank = is == COMPARE_LOST  ? a
                                    : is == COMPARE_WON ? b
                                                        : best};
    if (asked == COMPARE_OUTCOMES || asked == COMPARE_WON)
        r.lead = lead;
    else if (asked == COMPARE_LOST)
        r.lead = -lead;
    return r;
}

int64_t compare_cases(const struct compare *c, enum compare_outcome outcome, int slice,
                      int64_t **list)
{
    int64_t most = compare_count(c, outcome, slice), n = 0;
    struct ranked_case *found = mem_alloc(((size_t)most + 1) * sizeof *found);
    for (int64_t i = 0; i < c->n_cases && n < most; i++)
        if ((outcome == COMPARE_OUTCOMES || c->outcome[i] == outcome) &&
            (slice < 0 || (c->slices[i] >> slice & 1)))
            found[n++] = rank_case(c, outcome, i);
    qsort(found, (size_t)n, sizeof *found, clearest_first);
    *list = mem_alloc(((size_t)n + 1) * sizeof **list);
    for (int64_t i = 0; i < n; i++)
        (*list)[i] = found[i].at;
    free(found);
    return n;
}

struct compare_case compare_case_at(const struct study *study, const struct compare *c, int64_t at)
{
    const struct case_list *cases = &study_split(study)->part[c->part];
    const struct attribution *labels = &c->attribution[ATTRIBUTION_LABEL];
    struct compare_case out = {.user = cases->user[at],
                               .position = cases->position[at],
                               .reachable = c->slices[at] >> SLICE_REACHABLE & 1};
    out.target = corpus_sequence(study_corpus(study), out.user)[out.position];
    for (int i = 0; i < labels->n && !out.label; i++)
        if (c->slices[at] >> labels->part[i].slice & 1)
            out.label = strchr(slice_name(labels->part[i].slice), ':') + 1;
    return out;
}

/* ---- all of it ---- */

static void facts_free(struct facts *facts, size_t n)
{
    for (size_t i = 0; facts && i < n; i++) {
        free(facts[i].rank);
        free(facts[i].hits);
        for (int c = 0; c < CLASSES; c++)
            free(facts[i].label[c]);
    }
    free(facts);
}

static bool take_side(const struct study *study, const struct study_run *const *runs, size_t n,
                      struct compare *c, struct compare_side *out, struct error *err)
{
    *out = (struct compare_side){
        .name = run_group_name(runs, n), .run = mem_alloc(n * sizeof *out->run), .n = n};
    memcpy(out->run, runs, n * sizeof *out->run);
    for (size_t i = 0; i < n; i++) {
        if (!runs[i]->has[c->part])
            return error_set(err, ERROR_STATE, "the run %s has no recommendations for the %s part",
                             runs[i]->name, c->part == PART_TEST ? "test" : "valid");
        c->only_seeds = c->only_seeds && (i == 0 || run_same_but_seed(study, runs[0], runs[i]));
    }
    return true;
}

bool compare_make(struct study *study, const struct study_run *const *a, size_t n_a,
                  const struct study_run *const *b, size_t n_b, enum part part,
                  const struct definition *definition, struct progress *progress,
                  struct compare *out, struct error *err)
{
    *out = (struct compare){.part = part, .definition = *definition, .only_seeds = true};
    struct work w = {
        .study = study, .out = out, .cases = &study_split(study)->part[part], .progress = progress};
    bool ok = take_side(study, a, n_a, out, &out->a, err) &&
              take_side(study, b, n_b, out, &out->b, err) && make_facts(&w, err) &&
              attribute(&w, err) && count_outcomes(&w, err);
    if (ok) {
        count_slices(out);
        choose_figures(&w);
    }
    for (int from = 0; ok && from < out->n; from += BATCH)
        ok = take_batch(&w, from, out->n - from < BATCH ? out->n - from : BATCH, err);
    facts_free(w.facts[0], n_a);
    facts_free(w.facts[1], n_b);
    if (!ok)
        compare_release(out);
    return ok;
}

void compare_release(struct compare *c)
{
    for (int side = 0; side < SIDES; side++) {
        struct compare_side *s = side_of(c, side);
        free(s->name);
        free(s->run);
        free(s->rank);
        free(s->hits);
        *s = (struct compare_side){0};
    }
    free(c->outcome);
    free(c->slices);
    c->outcome = NULL;
    c->slices = NULL;
}

const struct compare_figure *compare_find(const struct compare *c, const char *name)
{
    for (int i = 0; i < c->n; i++)
        if (strcmp(c->figure[i].name, name) == 0)
            return &c->figure[i];
    return NULL;
}

const struct compare_figure *compare_of_slice(const struct compare *c, int slice)
{
    char name[sizeof c->figure[0].name];
    snprintf(name, sizeof name, "%s.ndcg@10", slice_name(slice));
    return compare_find(c, name);
}
