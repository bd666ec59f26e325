/* The runs of a report against the first of them, paired by user. */
#include <math.h>

#include "analysis/metric/slices.h"
#include "analysis/report/compare.h"
#include "analysis/report/report_private.h"

static const struct {
    const char *name, *words;
} figures[] = {
    {"recall@10", "recall@10"},
    {"ndcg@10", "ndcg@10"},
    {"reachable.recall@10", "recall@10, reachable targets"},
    {"unreachable.recall@10", "recall@10, other targets"},
    {"one_hop_ratio", "one-hop ratio"},
    {"one_hop_excess", "one-hop excess"},
};

static void add_rows(struct doc_table *t, const struct compare *c)
{
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        const struct compare_figure *f = compare_find(c, figures[i].name);
        if (!f || !isfinite(f->difference.value))
            continue;
        bool sure = estimate_distinguishable(&f->difference);
        doc_row(t);
        doc_cell_text(t, c->b.name);
        doc_cell_text(t, figures[i].words);
        doc_cell_real(t, f->a);
        doc_cell_real(t, f->b);
        doc_cell_interval(t, f->difference.value, f->difference.lo, f->difference.hi)->strong =
            sure;
        doc_cell_text(t, sure ? "yes" : "not distinguishable")->role = sure ? PLOT_INK : PLOT_DIM;
    }
}

static struct doc_table *difference_table(struct report *r, const char *base,
                                          const struct definition *definition)
{
    struct doc_table *t = document_table(r->doc, "Differences, paired by user");
    doc_table_column(t, "run", DOC_TEXT, 0);
    doc_table_column(t, "figure", DOC_TEXT, 0);
    doc_table_column(t, base, DOC_REAL, 4);
    doc_table_column(t, "run's", DOC_REAL, 4);
    doc_table_column(t, "difference", DOC_SIGNED, 4);
    doc_table_column(t, "distinguishable", DOC_TEXT, 0);
    doc_text_addf(
        &t->note, SPAN_PLAIN,
        "In brackets 95 %% intervals, users (and seeds, where there are several) "
        "resampled. A difference whose interval contains 0 is not distinguishable. Ratio and "
        "excess are shares of 1. ");
    report_note_under(r, definition, &t->note);
    return t;
}

static void add_attribution(struct doc_table *t, const struct compare *c)
{
    for (int by = 0; by < COMPARE_ATTRIBUTIONS; by++)
        for (int i = 0; i < c->attribution[by].n; i++) {
            const struct attribution_part *p = &c->attribution[by].part[i];
            if (p->n == 0)
                continue;
            doc_row(t);
            doc_cell_text(t, c->b.name);
            doc_cell_text(t, slice_name(p->slice));
            doc_cell_real(t, p->share);
            doc_cell_real(t, p->a);
            doc_cell_real(t, p->b);
            doc_cell_real(t, p->contribution);
            doc_cell_real(t, p->of_gain);
        }
}

static struct doc_table *attribution_table(struct report *r, const char *base,
                                           const struct definition *definition)
{
    struct doc_table *t = document_table(r->doc, "Where the difference in ndcg@10 comes from");
    doc_table_column(t, "run", DOC_TEXT, 0);
    doc_table_column(t, "slice", DOC_TEXT, 0);
    doc_table_column(t, "share of cases", DOC_PERCENT, 1);
    doc_table_column(t, base, DOC_REAL, 4);
    doc_table_column(t, "run's", DOC_REAL, 4);
    doc_table_column(t, "contribution", DOC_SIGNED, 4);
    doc_table_column(t, "of the difference", DOC_PERCENT, 1);
    doc_text_addf(&t->note, SPAN_PLAIN,
                  "The contributions of the slices of one kind add up to the difference. ");
    report_note_under(r, definition, &t->note);
    return t;
}

static struct doc_table *outcome_table(struct report *r, const char *base)
{
    struct doc_table *t = document_table(r->doc, "Cases won and lost");
    doc_table_column(t, "run", DOC_TEXT, 0);
    for (int i = 0; i < COMPARE_OUTCOMES; i++)
        doc_table_column(t, compare_outcome_name[i], DOC_WHOLE, 0);
    doc_text_addf(&t->note, SPAN_PLAIN,
                  "Won: the target is in the run's top 10 and not in %s's; lost: the other way "
                  "round. ",
                  base);
    report_data_note(r, &t->note);
    return t;
}

static void add_outcomes(struct doc_table *t, const struct compare *c)
{
    doc_row(t);
    doc_cell_text(t, c->b.name);
    for (int i = 0; i < COMPARE_OUTCOMES; i++)
        doc_cell_int(t, c->count[i]);
}

bool report_comparison(struct report *r, struct error *err)
{
    if (r->groups.n < 2)
        return true;
    const struct run_group *base = &r->groups.group[0];
    struct definition definition = report_definition(r, 0, r->options->run[0]);
    document_heading(r->doc, 1, "Against %s", base->name);
    struct doc_table *differences = difference_table(r, base->name, &definition);
    struct doc_table *outcomes = outcome_table(r, base->name);
    struct doc_table *attribution = attribution_table(r, base->name, &definition);
    for (size_t i = 1; i < r->groups.n; i++) {
        const struct run_group *g = &r->groups.group[i];
        struct compare c = {0};
        if (!compare_make(r->study, base->run, base->n, g->run, g->n, r->options->part, &definition,
                          r->progress, &c, err))
            return false;
        add_rows(differences, &c);
        add_attribution(attribution, &c);
        add_outcomes(outcomes, &c);
        compare_release(&c);
    }
    return true;
}
