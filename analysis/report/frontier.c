#include "analysis/report/frontier.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/label/onehop.h"
#include "analysis/model/reference.h"
#include "analysis/report/eval.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/export/plot.h"

enum { BOOTSTRAP_SEED = 1 }; /* as in an evaluation */

static struct estimate unknown(double value)
{
    return (struct estimate){value, NAN, NAN};
}

/* ---- points and the frontier ---- */

static bool is_reference(const struct study_run *run)
{
    enum reference_kind kind;
    return reference_find(run->model, &kind);
}

static void take_group(const struct run_group *group, const struct frontier_run *runs, size_t n,
                       struct frontier_point *out)
{
    double accuracy = 0, excess = 0;
    *out = (struct frontier_point){.name = mem_strdup(group->name),
                                   .n = group->n,
                                   .run = mem_zalloc(group->n, sizeof *out->run),
                                   .reference = is_reference(group->run[0])};
    for (size_t i = 0; i < group->n; i++) {
        size_t at = 0;
        while (at < n && runs[at].run != group->run[i])
            at++;
        out->run[i] = runs[at];
        accuracy += runs[at].accuracy;
        excess += runs[at].excess;
    }
    out->accuracy = unknown(accuracy / (double)group->n);
    out->excess = unknown(excess / (double)group->n);
}

static bool beats(const struct frontier_point *a, const struct frontier_point *b)
{
    return a->accuracy.value >= b->accuracy.value && a->excess.value <= b->excess.value &&
           (a->accuracy.value > b->accuracy.value || a->excess.value < b->excess.value);
}

void frontier_of(const struct study *study, const struct frontier_run *runs, size_t n,
                 const char *metric, struct frontier *out)
{
    const struct study_run **known = mem_zalloc(n, sizeof *known);
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(runs[i].accuracy) && isfinite(runs[i].excess))
            known[n_known++] = runs[i].run;
    struct run_groups groups;
    run_groups_make(study, known, n_known, &groups);
    *out = (struct frontier){.n = groups.n, .point = mem_zalloc(groups.n, sizeof *out->point)};
    for (size_t g = 0; g < groups.n; g++)
        take_group(&groups.group[g], runs, n, &out->point[g]);
    run_groups_release(&groups);
    free(known);
    snprintf(out->metric, sizeof out->metric, "%s", metric);
    for (size_t i = 0; i < out->n; i++) {
        out->point[i].best = true;
        for (size_t other = 0; other < out->n; other++)
            if (beats(&out->point[other], &out->point[i]))
                out->point[i].best = false;
    }
}

void frontier_release(struct frontier *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->point[i].name);
        free(f->point[i].run);
    }
    free(f->point);
    *f = (struct frontier){0};
}

/* ---- figures and intervals ---- */

static bool parse_metric(const char *text, enum ranking_metric *metric, int *k, struct error *err)
{
    for (int m = 0; m < RANKING_METRICS; m++)
        for (int c = 0; c < RANKING_CUTS; c++) {
            char name[FRONTIER_METRIC_MAX];
            snprintf(name, sizeof name, "%s@%d", ranking_name[m], ranking_cut[c]);
            if (strcmp(name, text) != 0)
                continue;
            *metric = (enum ranking_metric)m;
            *k = ranking_cut[c];
            return true;
        }
    return error_set(err, ERROR_USAGE,
                     "%s is no metric: recall, ndcg or mrr at 1, 5, 10 or 20, such as ndcg@10",
                     text);
}

struct making {
    struct study *study;
    enum part part;
    const struct definition *definition;
    enum ranking_metric metric;
    int k;
    struct progress *progress;
};

/* Of one run, with the stored intervals. */
struct evaluated {
    struct frontier_run run;
    struct estimate accuracy, excess;
};

static bool evaluate(const struct making *m, const struct study_run *run, struct evaluated *out,
                     struct error *err)
{
    struct eval e;
    char name[FRONTIER_METRIC_MAX + 16];
    if (!eval_get(m->study, run, m->part, m->definition, m->progress, &e, err))
        return false;
    snprintf(name, sizeof name, "metrics.%s@%d", ranking_name[m->metric], m->k);
    const struct figure *accuracy = eval_find(&e, name);
    const struct figure *ratio = eval_find(&e, "one_hop_ratio.observed");
    double null = eval_value(&e, "one_hop_ratio.null.shuffle");
    bool ok = (accuracy && ratio) ||
              error_set(err, ERROR_STATE, "the figures of %s lack %s", run->name, name);
    if (ok) {
        out->run = (struct frontier_run){.run = run,
                                         .accuracy = accuracy->value,
                                         .observed = ratio->value,
                                         .null = null,
                                         .excess = eval_value(&e, "one_hop_ratio.excess")};
        out->accuracy = (struct estimate){accuracy->value, accuracy->lo, accuracy->hi};
        out->excess = (struct estimate){out->run.excess, ratio->lo - null, ratio->hi - null};
    }
    eval_release(&e);
    return ok;
}

/* The metric and the excess of one run in every case. */
static bool per_case(const struct making *m, const struct frontier_run *run, double *accuracy,
                     double *excess, struct error *err)
{
    const struct case_list *cases = &study_split(m->study)->part[m->part];
    const struct recs *recs = &run->run->recs[m->part];
    const struct onehop *onehop = study_onehop(m->study, m->definition, err);
    int32_t *rank = mem_try_array((size_t)cases->n, sizeof *rank, "ranks", err);
    struct onehop_scores scores = {0};
    bool ok = onehop && rank && onehop_score(onehop, cases, recs, &scores, m->progress, err);
    if (ok)
        ranking_ranks(recs, study_corpus(m->study), cases, rank);
    for (int64_t i = 0; ok && i < cases->n; i++) {
        accuracy[i] = ranking_value(m->metric, m->k, rank[i]);
        excess[i] = (double)scores.hits[i] / m->definition->k - run->null;
    }
    onehop_scores_release(&scores);
    free(rank);
    return ok;
}

/* Resamples seeds and users. */
static bool group_intervals(const struct making *m, struct frontier_point *p, struct error *err)
{
    const struct case_list *cases = &study_split(m->study)->part[m->part];
    double **value = mem_zalloc(2 * p->n, sizeof *value);
    bool ok = true;
    for (size_t i = 0; ok && i < p->n; i++) {
        for (int v = 0; v < 2; v++)
            value[2 * i + v] =
                mem_try_array((size_t)cases->n, sizeof(double), "metrics per case", err);
        ok = value[2 * i] && value[2 * i + 1] &&
             per_case(m, &p->run[i], value[2 * i], value[2 * i + 1], err);
    }
    struct estimate e[2];
    struct bootstrap_options options = {.seed = BOOTSTRAP_SEED};
    ok = ok && bootstrap_seeds(cases->user, cases->n, (const double *const *)value, (int32_t)p->n,
                               2, &options, e, m->progress, err);
    if (ok) {
        p->accuracy = e[0];
        p->excess = e[1];
    }
    for (size_t i = 0; i < 2 * p->n; i++)
        free(value[i]);
    free(value);
    return ok;
}

static bool add_intervals(const struct making *m, const struct evaluated *evaluated, size_t n,
                          struct frontier *f, struct error *err)
{
    for (size_t i = 0; i < f->n; i++) {
        struct frontier_point *p = &f->point[i];
        if (p->n > 1) {
            if (!group_intervals(m, p, err))
                return false;
            continue;
        }
        for (size_t at = 0; at < n; at++)
            if (evaluated[at].run.run == p->run[0].run) {
                p->accuracy = evaluated[at].accuracy;
                p->excess = evaluated[at].excess;
            }
    }
    return true;
}

bool frontier_make(struct study *study, const struct study_run *const *runs, size_t n,
                   enum part part, const struct definition *definition, const char *metric,
                   struct progress *progress, struct frontier *out, struct error *err)
{
    struct making m = {
        .study = study, .part = part, .definition = definition, .progress = progress};
    if (!parse_metric(metric, &m.metric, &m.k, err))
        return false;
    struct evaluated *evaluated = mem_zalloc(n, sizeof *evaluated);
    struct frontier_run *figures = mem_zalloc(n, sizeof *figures);
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        ok = evaluate(&m, runs[i], &evaluated[i], err);
        figures[i] = evaluated[i].run;
    }
    if (ok) {
        frontier_of(study, figures, n, metric, out);
        out->part = part;
        out->definition = *definition;
        ok = add_intervals(&m, evaluated, n, out, err);
        if (!ok)
            frontier_release(out);
    }
    free(figures);
    free(evaluated);
    return ok;
}

/* ---- the picture ---- */

/* One series per model, told apart by symbol and colour; the reference models together. */
struct family {
    const char *name;
    struct plot_series *seeds, *points;
};

static struct plot_series *model_series(struct plot_panel *panel, size_t nth, bool reference,
                                        bool faint, const char *name)
{
    static const enum plot_symbol symbol[] = {PLOT_DISC, PLOT_DIAMOND, PLOT_SQUARE};
    struct plot_series *s = plot_add_series(
        panel, PLOT_POINTS,
        reference ? PLOT_DIM : (enum plot_role)(PLOT_RUN_1 + (int)(nth % PLOT_RUNS)),
        faint ? NULL : name);
    s->symbol = reference ? PLOT_RING : symbol[nth % ARRAY_LEN(symbol)];
    s->faint = faint;
    return s;
}

static struct family *family_of(struct family *list, size_t *n, size_t *n_trained,
                                struct plot_panel *panel, const struct frontier_point *p)
{
    const char *name = p->reference ? "reference" : p->run[0].run->model;
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    size_t nth = p->reference ? 0 : (*n_trained)++;
    list[*n] = (struct family){.name = name,
                               .seeds = model_series(panel, nth, p->reference, true, name),
                               .points = model_series(panel, nth, p->reference, false, name)};
    return &list[(*n)++];
}

static void add_note(struct plot_point *at, const struct frontier *f,
                     const struct frontier_point *p)
{
    struct buf text;
    buf_init(&text);
    buf_addf(&text, "%s: %s %.4f", p->name, f->metric, p->accuracy.value);
    if (isfinite(p->accuracy.lo))
        buf_addf(&text, " (%.4f to %.4f)", p->accuracy.lo, p->accuracy.hi);
    buf_addf(&text, ", excess %+.1f points", p->excess.value * 100);
    if (isfinite(p->excess.lo))
        buf_addf(&text, " (%+.1f to %+.1f)", p->excess.lo * 100, p->excess.hi * 100);
    if (p->n > 1)
        buf_addf(&text, ", mean of %zu seeds", p->n);
    plot_point_note(at, "%s", text.data);
    buf_release(&text);
}

static void add_point(const struct frontier *f, const struct frontier_point *p,
                      const struct family *family)
{
    struct plot_point *at = plot_add_point(family->points, p->excess.value, p->accuracy.value);
    at->x_lo = p->excess.lo;
    at->x_hi = p->excess.hi;
    at->y_lo = p->accuracy.lo;
    at->y_hi = p->accuracy.hi;
    at->strong = p->best;
    plot_point_label(at, p->name);
    add_note(at, f, p);
    for (size_t i = 0; p->n > 1 && i < p->n; i++) {
        at = plot_add_point(family->seeds, p->run[i].excess, p->run[i].accuracy);
        plot_point_note(at, "%s: %s %.4f, excess %+.1f points", p->run[i].run->name, f->metric,
                        p->run[i].accuracy, p->run[i].excess * 100);
    }
}

static int from_the_left(const void *a, const void *b)
{
    const struct frontier_point *const *one = a, *const *other = b;
    double x = (*one)->excess.value, y = (*other)->excess.value;
    return x < y ? -1 : x > y;
}

/* Steps through the best ones: a point right of and below them is beaten. */
static void add_steps(const struct frontier *f, struct plot_panel *panel)
{
    const struct frontier_point **best = mem_zalloc(f->n, sizeof *best);
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->point[i].best)
            best[n++] = &f->point[i];
    qsort(best, n, sizeof(const struct frontier_point *), from_the_left);
    struct plot_series *steps = plot_add_series(panel, PLOT_STEPS, PLOT_DIM, NULL);
    steps->faint = true;
    for (size_t i = 0; n > 1 && i < n; i++)
        plot_add_point(steps, best[i]->excess.value, best[i]->accuracy.value);
    free(best);
}

static void add_words(const struct study *study, const struct frontier *f, struct plot *plot)
{
    char name[DEFINITION_TEXT_MAX], key[DEFINITION_TEXT_MAX];
    bool seeds = false, intervals = false;
    for (size_t i = 0; i < f->n; i++) {
        seeds = seeds || f->point[i].n > 1;
        intervals = intervals || isfinite(f->point[i].accuracy.lo);
    }
    definition_short(&f->definition, false, name);
    definition_key(&f->definition, key);
    plot_set_subtitle(plot, "%s, %s. Up and left is better; the steps are the frontier.",
                      study_name(study), f->part == PART_TEST ? "test" : "validation");
    plot_set_footnote(plot, "One-hop ratio under %s less its shuffle null. %s%s%sData %016llx; %s.",
                      name, intervals ? "Bars: 95 % bootstrap intervals over users" : "",
                      !seeds      ? ""
                      : intervals ? ", and over seeds where there are several (small marks)"
                                  : "Small marks: seeds",
                      seeds || intervals ? ". " : "",
                      (unsigned long long)study_dataset(study)->fingerprint, key);
}

struct plot *frontier_plot(const struct study *study, const struct frontier *f)
{
    struct plot *plot = plot_new("frontier", "Accuracy against excess memorization");
    struct plot_panel *panel = plot_add_panel(
        plot, "excess one-hop ratio over the shuffle null, percentage points", f->metric);
    panel->x.numbers = PLOT_DIFFERENCE;
    panel->x.least_span = FRONTIER_LEAST_EXCESS;
    panel->y.least_span = FRONTIER_LEAST_ACCURACY;
    add_words(study, f, plot);
    add_steps(f, panel);
    struct family *family = mem_zalloc(f->n, sizeof *family);
    size_t n = 0, n_trained = 0;
    double low, high;
    for (size_t i = 0; i < f->n; i++)
        add_point(f, &f->point[i], family_of(family, &n, &n_trained, panel, &f->point[i]));
    if (plot_panel_range(panel, true, &low, &high) && low <= 0.25 * high)
        plot_add_reference(panel, true, 0, PLOT_DIM, "chance");
    free(family);
    return plot;
}
