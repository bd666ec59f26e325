/* Accuracy and memorization of a report's runs, as they were evaluated. */
#include <math.h>
#include <stdio.h>

#include "analysis/report/report_private.h"

static struct doc_cell *add_figure(struct doc_table *t, const struct eval *e, const char *name)
{
    const struct figure *f = eval_find(e, name);
    return f ? doc_cell_interval(t, f->value, f->lo, f->hi) : doc_cell_none(t);
}

/* ---- accuracy ---- */

static void add_ranking(struct report *r)
{
    static const char *const metric[] = {"recall@5", "recall@10", "recall@20",
                                         "ndcg@5",   "ndcg@10",   "mrr@10"};
    struct doc_table *t = document_table(r->doc, "Ranking metrics");
    doc_table_column(t, "run", DOC_TEXT, 0);
    for (size_t m = 0; m < sizeof metric / sizeof metric[0]; m++)
        doc_table_column(t, metric[m], DOC_REAL, 4);
    doc_table_column(t, "tie rate", DOC_PERCENT, 1);
    for (size_t i = 0; i < r->options->n_runs; i++) {
        doc_row(t);
        doc_cell_text(t, r->options->run[i]->name);
        for (size_t m = 0; m < sizeof metric / sizeof metric[0]; m++) {
            char name[32];
            snprintf(name, sizeof name, "metrics.%s", metric[m]);
            add_figure(t, report_eval(r, 0, i), name);
        }
        add_figure(t, report_eval(r, 0, i), "metrics.tie_rate");
    }
    doc_text_addf(&t->note, SPAN_PLAIN,
                  "Full ranking over the catalogue; in brackets 95 %% percentile bootstrap "
                  "intervals over users, 2,000 resamples. Tie rate: targets whose score another "
                  "item of the list has, too. ");
    report_note(r, 0, &t->note);
}

/* Data without categories have no figure of them. */
static bool some_run_has(const struct report *r, const char *name)
{
    for (size_t i = 0; i < r->options->n_runs; i++)
        if (isfinite(eval_value(report_eval(r, 0, i), name)))
            return true;
    return false;
}

static void add_beyond(struct report *r)
{
    static const struct {
        const char *figure, *title;
        enum doc_number number;
        int decimals;
    } column[] = {
        {"beyond.coverage", "coverage", DOC_PERCENT, 1},
        {"beyond.gini", "Gini", DOC_REAL, 3},
        {"beyond.novelty", "novelty, bits", DOC_REAL, 2},
        {"beyond.top1_share", "from the top 1 % items", DOC_PERCENT, 1},
        {"beyond.categories", "categories in a list", DOC_REAL, 2},
        {"slots.all", "slots", DOC_WHOLE, 0},
        {"slots.illegal", "illegal", DOC_WHOLE, 0},
        {"slots.empty", "missing", DOC_WHOLE, 0},
    };
    enum { N = sizeof column / sizeof column[0] };
    struct doc_table *t = document_table(r->doc, "Beyond accuracy");
    bool shown[N];
    doc_table_column(t, "run", DOC_TEXT, 0);
    for (int c = 0; c < N; c++)
        if ((shown[c] = some_run_has(r, column[c].figure)))
            doc_table_column(t, column[c].title, column[c].number, column[c].decimals);
    for (size_t i = 0; i < r->options->n_runs; i++) {
        doc_row(t);
        doc_cell_text(t, r->options->run[i]->name);
        for (int c = 0; c < N; c++)
            if (shown[c])
                add_figure(t, report_eval(r, 0, i), column[c].figure);
    }
    doc_text_addf(&t->note, SPAN_PLAIN,
                  "Of the first K recommendations. Coverage: share of the catalogue that is "
                  "recommended at all; Gini: 0 if all items are recommended equally often, 1 if "
                  "one is; novelty: mean -log2 of an item's share of the training interactions; "
                  "slots: places in lists, of which illegal and missing ones hold no item. ");
    report_note(r, 0, &t->note);
}

void report_accuracy(struct report *r)
{
    document_heading(r->doc, 1, "Accuracy");
    add_ranking(r);
    add_beyond(r);
}

/* ---- memorization ---- */

static void add_ratios(struct report *r, size_t definition)
{
    static const char *const null[] = {"shuffle", "popularity", "degree"};
    struct doc_table *t = document_table(r->doc, "One-hop ratio beside its nulls");
    doc_table_column(t, "run", DOC_TEXT, 0);
    doc_table_column(t, "one-hop ratio", DOC_PERCENT, 2);
    for (int n = 0; n < 3; n++) {
        char name[32];
        snprintf(name, sizeof name, "null: %s", null[n]);
        doc_table_column(t, name, DOC_PERCENT, 2);
    }
    doc_table_column(t, "excess, points", DOC_POINTS, 1);
    doc_table_column(t, "lift", DOC_REAL, 2);
    for (size_t i = 0; i < r->options->n_runs; i++) {
        const struct eval *e = report_eval(r, definition, i);
        doc_row(t);
        doc_cell_text(t, r->options->run[i]->name);
        add_figure(t, e, "one_hop_ratio.observed")->role = PLOT_MEMORIZED;
        for (int n = 0; n < 3; n++) {
            char name[48];
            snprintf(name, sizeof name, "one_hop_ratio.null.%s", null[n]);
            add_figure(t, e, name)->role = PLOT_DIM;
        }
        add_figure(t, e, "one_hop_ratio.excess")->strong = true;
        add_figure(t, e, "one_hop_ratio.lift");
    }
    doc_text_addf(
        &t->note, SPAN_PLAIN,
        "Share of the first K recommendations that are in the candidate set; excess and "
        "lift are over the shuffle null. Nulls: 100 replicates, in brackets their 2.5 and "
        "97.5 percentiles. ");
    report_note(r, definition, &t->note);
}

/* The same for all runs with the same edges: the first run's. */
static void add_reachable(struct report *r)
{
    static const char *const figure[] = {
        "reachable_target.value",         "reachable_target.band.pessimistic",
        "reachable_target.band.expected", "reachable_target.band.optimistic",
        "reachable_target.null.shuffle",  "reachable_target.null.popularity",
        "reachable_target.null.degree",
    };
    static const char *const title[] = {"reachable",   "pessimistic",   "expected",
                                        "optimistic",  "null: shuffle", "null: popularity",
                                        "null: degree"};
    struct doc_table *t = document_table(r->doc, "Reachable targets");
    doc_table_column(t, "definition", DOC_TEXT, 0);
    for (int c = 0; c < 7; c++)
        doc_table_column(t, title[c], DOC_PERCENT, 2);
    for (size_t d = 0; d < r->n_definitions; d++) {
        char name[DEFINITION_TEXT_MAX];
        definition_format(&r->definition[d], name);
        doc_row(t);
        doc_cell_text(t, name);
        for (int c = 0; c < 7; c++)
            add_figure(t, report_eval(r, d, 0), figure[c]);
    }
    doc_text_addf(&t->note, SPAN_PLAIN,
                  "Share of targets that are in the candidate set: what could be hit by rote. The "
                  "band is for a cap that cuts through ties. ");
    for (size_t d = 0; d < r->n_definitions; d++)
        if (!r->edges_named[d]) {
            report_note_first(r, d, "Definitions that name no edges", &t->note);
            break;
        }
    report_data_note(r, &t->note);
}

void report_memorization(struct report *r)
{
    document_heading(r->doc, 1, "Memorization");
    add_reachable(r);
    for (size_t d = 0; d < r->n_definitions; d++) {
        char name[DEFINITION_TEXT_MAX];
        definition_format(&r->definition[d], name);
        document_heading(r->doc, 2, "Under the definition %s", name);
        add_ratios(r, d);
    }
}
