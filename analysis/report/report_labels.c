/* Label shares beside their nulls, token-level memorization, and accuracy slice by slice. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/label/relation.h"
#include "analysis/metric/slices.h"
#include "analysis/report/report_private.h"
#include "analysis/report/tokens.h"
#include "storage/base/mem.h"

static const char *const class_name[] = {"memorization", "generalization", "uncategorized"};
static const enum plot_role class_role[] = {PLOT_MEMORIZED, PLOT_RELATED, PLOT_UNCATEGORIZED};
enum { CLASSES = 3 };

static double label_figure(const struct eval *e, const char *label, const char *which)
{
    char name[64];
    snprintf(name, sizeof name, "labels.%s.%s", label, which);
    return eval_value(e, name);
}

static void label_cells(struct doc_table *t, const struct eval *e, const char *label,
                        const char *share, const char *null, const char *lift)
{
    char name[64];
    doc_cell_real(t, label_figure(e, label, share));
    snprintf(name, sizeof name, "labels.%s.%s", label, null);
    const struct figure *f = eval_find(e, name);
    if (f)
        doc_cell_interval(t, f->value, f->lo, f->hi)->role = PLOT_DIM;
    else
        doc_cell_none(t);
    doc_cell_real(t, label_figure(e, label, lift));
}

static struct doc_table *label_table(struct report *r, const char *caption, const char *first)
{
    struct doc_table *t = document_table(r->doc, caption);
    doc_table_column(t, first, DOC_TEXT, 0);
    doc_table_column(t, "label", DOC_TEXT, 0);
    doc_table_column(t, "share", DOC_PERCENT, 1);
    doc_table_column(t, "null: shuffle", DOC_PERCENT, 1);
    doc_table_column(t, "lift", DOC_REAL, 2);
    return t;
}

static void label_row(struct doc_table *t, const char *of, const char *label)
{
    int role = -1;
    for (int c = 0; c < CLASSES; c++)
        role = strcmp(label, class_name[c]) == 0 ? (int)class_role[c] : role;
    doc_row(t);
    doc_cell_text(t, of);
    struct doc_cell *cell = doc_cell_text(t, label);
    if (role >= 0)
        cell->role = (enum plot_role)role;
}

static void add_shares(struct report *r)
{
    struct doc_table *t = label_table(r, "Labels of recommendations, and of the targets", "of");
    for (int c = 0; c < CLASSES; c++) {
        label_row(t, "targets", class_name[c]);
        label_cells(t, report_eval(r, 0, 0), class_name[c], "targets", "targets_null",
                    "targets_lift");
    }
    for (size_t i = 0; i < r->options->n_runs; i++)
        for (int c = 0; c < CLASSES; c++) {
            label_row(t, r->options->run[i]->name, class_name[c]);
            label_cells(t, report_eval(r, 0, i), class_name[c], "recommendations",
                        "recommendations_null", "lift");
        }
    doc_text_addf(
        &t->note, SPAN_PLAIN,
        "Of the first K recommendations. The labels are loose: read each share beside its "
        "null. ");
    report_note_first(r, 0, "Targets", &t->note);
    report_note(r, 0, &t->note);
}

/* Every label of some recommendation of the last run, which is what the report is about. */
static void add_all_labels(struct report *r)
{
    size_t last = r->options->n_runs - 1;
    const struct eval *e = report_eval(r, 0, last);
    struct doc_table *t = label_table(r, "All labels of the last run's recommendations", "of");
    for (int l = 0; l < RELATION_LABELS; l++) {
        const char *label = relation_label_name(l);
        if (!(label_figure(e, label, "recommendations") > 0))
            continue;
        label_row(t, r->options->run[last]->name, label);
        label_cells(t, e, label, "recommendations", "recommendations_null", "lift");
    }
    doc_text_addf(&t->note, SPAN_PLAIN,
                  "An item has several labels, but memorization and "
                  "uncategorized exclude the others. ");
    report_note_under(r, &e->definition, &t->note);
}

static void add_bars(struct report *r)
{
    struct plot *plot = plot_new("labels", "What the recommendations repeat");
    struct plot_panel *panel = plot_add_panel(plot, "share of the first K recommendations", "");
    panel->x.numbers = PLOT_PERCENT;
    panel->x.from_zero = true;
    plot_add_category(&panel->y, "targets");
    for (size_t i = 0; i < r->options->n_runs; i++)
        plot_add_category(&panel->y, r->options->run[i]->name);
    for (int c = 0; c < CLASSES; c++) {
        struct plot_series *s = plot_add_series(panel, PLOT_BARS, class_role[c], class_name[c]);
        plot_add_point(s, label_figure(report_eval(r, 0, 0), class_name[c], "targets"), 0);
        for (size_t i = 0; i < r->options->n_runs; i++)
            plot_add_point(s, label_figure(report_eval(r, 0, i), class_name[c], "recommendations"),
                           (double)(i + 1));
    }
    struct doc_text note = {0};
    report_note_first(r, 0, "Targets", &note);
    report_note(r, 0, &note);
    struct buf text;
    buf_init(&text);
    doc_text_plain(&note, &text);
    doc_text_release(&note);
    plot_set_footnote(plot, "%s", text.data);
    buf_release(&text);
    document_plot(r->doc, plot, false);
}

/* ---- tokens ---- */

static void add_side(struct doc_table *t, const char *of, const struct token_side *side,
                     int32_t levels)
{
    for (int32_t n = levels; n >= 0; n--) {
        doc_row(t);
        doc_cell_text(t, of);
        doc_cell_textf(t, "%d of %d", n, levels);
        doc_cell_real(t, token_share(side, n));
        doc_cell_real(t, token_mean_support(side, n));
    }
}

/* The targets, once for each kind of ids, and the run. */
static void add_tokens_of(struct doc_table *t, const struct token_report *tokens, const char *run,
                          bool *data_shown)
{
    if (tokens->ids_of) {
        char *of = mem_printf("targets, ids of %s", tokens->ids_of);
        add_side(t, of, &tokens->target, tokens->levels);
        free(of);
    } else if (!*data_shown) {
        add_side(t, "targets", &tokens->target, tokens->levels);
        *data_shown = true;
    }
    add_side(t, run, &tokens->recommended, tokens->levels);
}

static struct doc_table *tokens_table(struct report *r)
{
    struct doc_table *t = document_table(r->doc, "First tokens that a training pair shares");
    doc_table_column(t, "of", DOC_TEXT, 0);
    doc_table_column(t, "tokens", DOC_TEXT, 0);
    doc_table_column(t, "share", DOC_PERCENT, 1);
    doc_table_column(t, "mean support", DOC_REAL, 1);
    return t;
}

/* Of the runs that work on semantic ids, and where the data have some of all of them. */
static bool add_tokens(struct report *r, struct error *err)
{
    struct doc_table *t = NULL;
    bool data_shown = false;
    for (size_t i = 0; i < r->options->n_runs; i++) {
        const struct study_run *run = r->options->run[i];
        struct token_report tokens;
        struct study_ids ids;
        if (!study_ids_of(r->study, run, &ids, err))
            return false;
        if (ids.table.levels == 0)
            continue;
        if (!token_report_make(r->study, run, r->options->part, r->definition[0].k, &tokens, err))
            return false;
        t = t ? t : tokens_table(r);
        add_tokens_of(t, &tokens, run->name, &data_shown);
        token_report_release(&tokens);
    }
    if (!t)
        return true;
    doc_text_addf(&t->note, SPAN_PLAIN,
                  "Semantic ids: the longest prefix of last item and "
                  "recommendation that some training pair has. ");
    report_note(r, 0, &t->note);
    return true;
}

bool report_labels(struct report *r, struct error *err)
{
    document_heading(r->doc, 1, "Labels");
    add_bars(r);
    add_shares(r);
    add_all_labels(r);
    return add_tokens(r, err);
}

/* ---- slices ---- */

static bool is_shown(int slice)
{
    const char *name = slice_name(slice);
    if (strncmp(name, "label:", 6) != 0)
        return true;
    for (int c = 0; c < CLASSES; c++)
        if (strcmp(name + 6, class_name[c]) == 0)
            return true;
    return false;
}

static void add_slice(struct report *r, struct doc_table *t, int slice, const char *metric)
{
    char name[64];
    snprintf(name, sizeof name, "slices.%s.cases", slice_name(slice));
    double cases = eval_value(report_eval(r, 0, 0), name);
    if (!is_shown(slice) || !(cases > 0))
        return;
    doc_row(t);
    doc_cell_text(t, slice_name(slice));
    doc_cell_int(t, (int64_t)cases);
    snprintf(name, sizeof name, "slices.%s.share", slice_name(slice));
    doc_cell_real(t, eval_value(report_eval(r, 0, 0), name));
    snprintf(name, sizeof name, "slices.%s.%s", slice_name(slice), metric);
    for (size_t i = 0; i < r->options->n_runs; i++) {
        const struct figure *f = eval_find(report_eval(r, 0, i), name);
        if (f)
            doc_cell_interval(t, f->value, f->lo, f->hi);
        else
            doc_cell_none(t);
    }
}

void report_slices(struct report *r)
{
    static const char metric[] = "ndcg@10";
    document_heading(r->doc, 1, "Slices");
    struct doc_table *t = document_table(r->doc, "ndcg@10 by what is asked for");
    doc_table_column(t, "slice", DOC_TEXT, 0);
    doc_table_column(t, "cases", DOC_WHOLE, 0);
    doc_table_column(t, "share", DOC_PERCENT, 1);
    for (size_t i = 0; i < r->options->n_runs; i++)
        doc_table_column(t, r->options->run[i]->name, DOC_REAL, 4);
    for (int s = 0; s < SLICES; s++)
        add_slice(r, t, s, metric);
    doc_text_addf(
        &t->note, SPAN_PLAIN,
        "Slices of the target: reachable or not under the definition; its label; "
        "popularity, from 1 (head) to 5 (tail); and of the history: its length. Intervals "
        "are over users. ");
    report_note_first(r, 0, "Cases and shares", &t->note);
    report_note(r, 0, &t->note);
    double ceiling = eval_value(report_eval(r, 0, 0), "ceiling.ndcg@10");
    if (isfinite(ceiling))
        doc_text_addf(document_paragraph(r->doc), SPAN_PLAIN,
                      "Ceiling line: the markov model, which does nothing but repeat, has ndcg@10 "
                      "%.4f on the reachable cases.",
                      ceiling);
}
