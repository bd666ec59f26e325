/* The frontier and the curves of training in a report. */
#include <math.h>
#include <stdlib.h>

#include "analysis/report/curves.h"
#include "analysis/report/frontier.h"
#include "analysis/report/report_private.h"
#include "storage/base/mem.h"

static void add_points(struct report *r, const struct frontier *f)
{
    struct doc_table *t = document_table(r->doc, "Who is on the frontier");
    doc_table_column(t, "point", DOC_TEXT, 0);
    doc_table_column(t, "seeds", DOC_WHOLE, 0);
    doc_table_column(t, f->metric, DOC_REAL, 4);
    doc_table_column(t, "excess, points", DOC_POINTS, 1);
    doc_table_column(t, "on the frontier", DOC_TEXT, 0)->centred = true;
    for (size_t i = 0; i < f->n; i++) {
        const struct frontier_point *p = &f->point[i];
        doc_row(t);
        doc_cell_text(t, p->name);
        doc_cell_int(t, (int64_t)p->n);
        doc_cell_interval(t, p->accuracy.value, p->accuracy.lo, p->accuracy.hi);
        doc_cell_interval(t, p->excess.value, p->excess.lo, p->excess.hi);
        doc_cell_text(t, p->best ? "yes" : "no")->strong = p->best;
    }
    doc_text_addf(&t->note, SPAN_PLAIN,
                  "On the frontier: no other point is as good on both and better on one. Runs that "
                  "differ in their seed only are one point; then seeds and users are resampled. ");
    report_note_under(r, &f->definition, &t->note);
}

bool report_frontier(struct report *r, struct error *err)
{
    const struct report_options *o = r->options;
    struct definition definition = report_definition(r, 0, o->run[0]);
    struct frontier f = {0};
    if (!frontier_make(r->study, o->run, o->n_runs, o->part, &definition, "recall@10", r->progress,
                       &f, err))
        return false;
    document_heading(r->doc, 1, "Accuracy against memorization");
    document_plot(r->doc, frontier_plot(r->study, &f), false);
    add_points(r, &f);
    frontier_release(&f);
    return true;
}

/* A picture per group of seeds; runs whose model has no epochs have none. */
static bool add_group(struct report *r, const struct run_group *g, bool *headed, struct error *err)
{
    struct curve *curve = mem_zalloc(g->n, sizeof *curve);
    size_t n = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < g->n; i++) {
        ok = curve_read(r->study, g->run[i], &curve[n], err);
        if (ok && curve[n].n > 0)
            n++;
        else if (ok)
            curve_release(&curve[n]);
    }
    if (ok && n > 0) {
        if (!*headed)
            document_heading(r->doc, 1, "While they learned");
        *headed = true;
        document_plot(r->doc, curves_plot(r->study, curve, n), true);
    }
    for (size_t i = 0; i < n; i++)
        curve_release(&curve[i]);
    free(curve);
    return ok;
}

bool report_curves(struct report *r, struct error *err)
{
    bool headed = false;
    for (size_t i = 0; i < r->groups.n; i++)
        if (!add_group(r, &r->groups.group[i], &headed, err))
            return false;
    return true;
}
