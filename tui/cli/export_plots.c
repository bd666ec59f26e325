/* rote export frontier, curves: what can be rows or a picture. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/curves.h"
#include "analysis/report/frontier.h"
#include "analysis/report/groups.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/export/png.h"
#include "storage/export/svg.h"
#include "tui/cli/export.h"

/* Takes the plot. */
static bool draw(const struct export_job *j, struct plot *plot, struct error *err)
{
    bool ok = j->png ? png_save(plot, (int)j->scale, j->path, j->cli->out, err)
                     : svg_save(plot, j->path, j->cli->out, err);
    plot_free(plot);
    return ok;
}

/* The runs of the words after WHAT. The caller frees. */
static bool runs_named(const struct export_job *j, const struct study_run ***runs, size_t *n,
                       struct error *err)
{
    *runs = NULL;
    *n = 0;
    for (size_t i = 1; i < j->args->n_rest; i++)
        if (!runs_of_word(j->study, j->args->rest[i], runs, n, err))
            return false;
    return true;
}

static bool all_finished(const struct export_job *j, const struct study_run ***runs, size_t *n,
                         struct error *err)
{
    *runs = study_runs_with_lists(j->study, j->part, n);
    return *n > 0 || error_set(err, ERROR_NOT_FOUND,
                               "there are no finished runs in %s; make one with `rote train "
                               "--model markov`",
                               study_dir(j->study));
}

bool export_runs_named(const struct export_job *j, const struct study_run ***runs, size_t *n,
                       struct error *err)
{
    return j->args->n_rest > 1 ? runs_named(j, runs, n, err) : all_finished(j, runs, n, err);
}

/* ---- frontier ---- */

static void point_row(struct rows_writer *w, const struct export_job *j, const struct frontier *f,
                      const struct frontier_point *p, const struct frontier_run *one)
{
    const struct study_run *run = one ? one->run : p->run[0].run;
    char key[DEFINITION_TEXT_MAX], print[20];
    definition_key(&f->definition, key);
    snprintf(print, sizeof print, "%016llx",
             (unsigned long long)study_dataset(j->study)->fingerprint);
    double observed = 0, null = 0;
    for (size_t i = 0; i < p->n; i++) {
        observed += p->run[i].observed / (double)p->n;
        null += p->run[i].null / (double)p->n;
    }
    bool single = p->n == 1;
    rows_text(w, p->name);
    rows_text(w, one || single ? run->name : NULL);
    rows_text(w, run->model);
    rows_text(w, run->strategy);
    rows_int(w, one ? 1 : (int64_t)p->n);
    if (one || single)
        rows_int(w, run->seed);
    else
        rows_text(w, NULL);
    rows_real(w, one ? one->accuracy : p->accuracy.value);
    rows_real(w, one ? (double)NAN : p->accuracy.lo);
    rows_real(w, one ? (double)NAN : p->accuracy.hi);
    rows_real(w, one ? one->observed : observed);
    rows_real(w, one ? one->null : null);
    rows_real(w, one ? one->excess : p->excess.value);
    rows_real(w, one ? (double)NAN : p->excess.lo);
    rows_real(w, one ? (double)NAN : p->excess.hi);
    rows_text(w, one ? NULL : p->best ? "yes" : "no");
    rows_text(w, cli_part_name(f->part));
    rows_text(w, key);
    rows_text(w, print);
}

/* A row per point, and after a point of several seeds one per run. */
static bool write_points(const struct export_job *j, const struct frontier *f, struct error *err)
{
    enum { COLUMNS = 18 };
    char lo[FRONTIER_METRIC_MAX + 4], hi[FRONTIER_METRIC_MAX + 4];
    snprintf(lo, sizeof lo, "%s.lo", f->metric);
    snprintf(hi, sizeof hi, "%s.hi", f->metric);
    const char *const column[COLUMNS] = {"point",      "run",        "model",       "strategy",
                                         "seeds",      "seed",       f->metric,     lo,
                                         hi,           "one_hop",    "null",        "excess",
                                         "excess.lo",  "excess.hi",  "on_frontier", "part",
                                         "definition", "fingerprint"};
    struct rows_writer w;
    bool ok = rows_begin(&w, j->format, j->path, j->cli->out, column, COLUMNS, err), begun = ok;
    for (size_t i = 0; ok && i < f->n; i++) {
        const struct frontier_point *p = &f->point[i];
        point_row(&w, j, f, p, NULL);
        ok = rows_end(&w, err);
        for (size_t r = 0; ok && p->n > 1 && r < p->n; r++) {
            point_row(&w, j, f, p, &p->run[r]);
            ok = rows_end(&w, err);
        }
    }
    if (begun && !ok)
        rows_abandon(&w);
    return ok && rows_commit(&w, err);
}

bool export_frontier(const struct export_job *j, struct error *err)
{
    const struct study_run **runs;
    size_t n;
    struct definition definition;
    struct frontier f = {0};
    const char *metric = cli_value(j->args, "metric");
    bool ok = runs_named(j, &runs, &n, err) && (n > 0 || all_finished(j, &runs, &n, err)) &&
              cli_definition(cli_value(j->args, "definition"), 0, runs[0], &definition, err) &&
              frontier_make(j->study, runs, n, j->part, &definition, metric ? metric : "recall@10",
                            j->cli->progress, &f, err);
    if (ok)
        ok = j->picture ? draw(j, frontier_plot(j->study, &f), err) : write_points(j, &f, err);
    frontier_release(&f);
    free(runs);
    return ok;
}

/* ---- curves ---- */

static bool write_epochs(const struct export_job *j, const struct curve *curve, size_t n,
                         struct error *err)
{
    static const char *const column[] = {"run",        "epoch",         "step",
                                         "loss",       "learning_rate", "recall@10",
                                         "ndcg@10",    "one_hop",       "one_hop_shuffle",
                                         "extraction", "seconds",       "tokens_per_second",
                                         "best"};
    struct rows_writer w;
    bool ok = rows_begin(&w, j->format, j->path, j->cli->out, column, ARRAY_LEN(column), err);
    bool begun = ok;
    for (size_t c = 0; ok && c < n; c++)
        for (size_t i = 0; ok && i < curve[c].n; i++) {
            const struct curve_epoch *e = &curve[c].epoch[i];
            rows_text(&w, curve[c].run->name);
            rows_int(&w, e->epoch);
            rows_int(&w, e->step);
            const double figure[] = {e->loss,       e->learning_rate, e->recall10,
                                     e->ndcg10,     e->one_hop,       e->one_hop_shuffle,
                                     e->extraction, e->seconds,       e->tokens_per_second};
            for (size_t f = 0; f < ARRAY_LEN(figure); f++)
                rows_real(&w, figure[f]);
            rows_text(&w, e->best ? "yes" : "no");
            ok = rows_end(&w, err);
        }
    if (begun && !ok)
        rows_abandon(&w);
    return ok && rows_commit(&w, err);
}

static bool read_curve(const struct export_job *j, const struct study_run *run, struct curve *out,
                       struct error *err)
{
    return curve_read(j->study, run, out, err) &&
           (out->n > 0 ||
            error_set(err, ERROR_STATE,
                      "no epoch of %s is known: none has ended yet, or its model is counted, not "
                      "trained",
                      run->name));
}

bool export_curves(const struct export_job *j, struct error *err)
{
    const struct study_run **runs;
    size_t n;
    bool ok = runs_named(j, &runs, &n, err);
    if (ok && n == 0)
        ok = error_set(err, ERROR_USAGE, "name the runs; `rote runs` lists them");
    struct curve *curve = mem_zalloc(n, sizeof *curve);
    for (size_t i = 0; ok && i < n; i++)
        ok = read_curve(j, runs[i], &curve[i], err);
    if (ok)
        ok = j->picture ? draw(j, curves_plot(j->study, curve, n), err)
                        : write_epochs(j, curve, n, err);
    for (size_t i = 0; i < n; i++)
        curve_release(&curve[i]);
    free(curve);
    free(runs);
    return ok;
}
