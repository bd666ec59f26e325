/* The first page of a report: what came out; then the words and definitions of all that follows,
 * for readers who have not met them. */
#include <stdio.h>
#include <string.h>

#include "analysis/report/report_private.h"
#include "storage/db/dataset.h"

static void add_count(struct doc_text *t, int64_t n, const char *what)
{
    struct buf number;
    buf_init(&number);
    buf_add_grouped(&number, n);
    doc_text_addf(t, SPAN_PLAIN, "%s %s%s", number.data, what, n == 1 ? "" : "s");
    buf_release(&number);
}

static void introduce(struct report *r)
{
    const struct dataset *d = study_dataset(r->study);
    size_t n = r->options->n_runs;
    struct doc_text *t = document_paragraph(r->doc);
    doc_text_addf(t, SPAN_PLAIN, "How much of what ");
    add_count(t, (int64_t)n, "run");
    doc_text_addf(t, SPAN_PLAIN,
                  " recommend%s is a repetition of training subsequences, measured on ",
                  n == 1 ? "s" : "");
    add_count(t, d->n_interactions, "interaction");
    doc_text_addf(t, SPAN_PLAIN, " of ");
    add_count(t, d->n_users, "user");
    doc_text_addf(t, SPAN_PLAIN, " with ");
    add_count(t, d->n_items, "item");
    doc_text_addf(t, SPAN_PLAIN,
                  ". Each figure stands with the definition and the data that it was computed "
                  "with, and beside what chance gives. ");
    doc_text_addf(t, SPAN_EMPHASIS, "A match shows overlap, not cause.");
}

/* ---- in short ---- */

static const struct {
    const char *figure, *title;
    enum doc_number number;
    int decimals;
    enum plot_role role;
} column[] = {
    {"metrics.recall@10", "recall@10", DOC_REAL, 4, PLOT_INK},
    {"metrics.ndcg@10", "ndcg@10", DOC_REAL, 4, PLOT_INK},
    {"one_hop_ratio.observed", "one-hop ratio", DOC_PERCENT, 1, PLOT_MEMORIZED},
    {"one_hop_ratio.null.shuffle", "by chance", DOC_PERCENT, 1, PLOT_DIM},
    {"one_hop_ratio.excess", "excess, points", DOC_POINTS, 1, PLOT_INK},
};
enum { COLUMNS = sizeof column / sizeof column[0], RECALL = 0, RATIO = 2, CHANCE = 3 };

/* The run with the highest figure, the first of equals. */
static size_t highest(const struct report *r, const char *figure)
{
    size_t best = 0;
    for (size_t i = 1; i < r->options->n_runs; i++)
        if (eval_value(report_eval(r, 0, i), figure) > eval_value(report_eval(r, 0, best), figure))
            best = i;
    return best;
}

static void add_ratio(const struct report *r, size_t run, struct doc_text *t)
{
    const struct eval *e = report_eval(r, 0, run);
    doc_text_addf(t, SPAN_PLAIN, "%.1f %% of its recommendations are one-hop, by chance %.1f %%",
                  100 * eval_value(e, column[RATIO].figure),
                  100 * eval_value(e, column[CHANCE].figure));
}

static void add_sentence(struct report *r)
{
    size_t best = highest(r, column[RECALL].figure), most = highest(r, column[RATIO].figure);
    struct doc_text *t = document_paragraph(r->doc);
    doc_text_addf(t, SPAN_PLAIN, "The highest recall@10 is %s's, %.4f; ",
                  r->options->run[best]->name,
                  eval_value(report_eval(r, 0, best), column[RECALL].figure));
    add_ratio(r, best, t);
    if (most != best) {
        doc_text_addf(t, SPAN_PLAIN, ". The most rote is %s: ", r->options->run[most]->name);
        add_ratio(r, most, t);
    }
    doc_text_addf(t, SPAN_PLAIN, ". %.1f %% of the targets could be hit by rote alone.",
                  100 * eval_value(report_eval(r, 0, 0), "reachable_target.value"));
}

static void add_table(struct report *r)
{
    struct doc_table *t = document_table(r->doc, "Accuracy and memorization");
    doc_table_column(t, "run", DOC_TEXT, 0);
    for (int c = 0; c < COLUMNS; c++)
        doc_table_column(t, column[c].title, column[c].number, column[c].decimals);
    for (size_t i = 0; i < r->options->n_runs; i++) {
        doc_row(t);
        doc_cell_text(t, r->options->run[i]->name);
        for (int c = 0; c < COLUMNS; c++) {
            const struct figure *f = eval_find(report_eval(r, 0, i), column[c].figure);
            if (f)
                doc_cell_real(t, f->value)->role = column[c].role;
            else
                doc_cell_none(t);
        }
    }
    report_note(r, 0, &t->note);
}

/* ---- words ---- */

static void term(struct report *r, const char *word, const char *meaning)
{
    doc_text_addf(document_term(r->doc, word), SPAN_PLAIN, "%s", meaning);
}

/* "An item is a candidate if it directly followed …" */
static void add_words(const struct report *r, size_t definition, struct doc_text *t)
{
    const struct definition *d = &r->definition[definition];
    doc_text_addf(t, SPAN_PLAIN, "An item is a candidate if in training%s%s it directly followed ",
                  !r->edges_named[definition] ? ""
                  : d->train_valid            ? " or validation"
                                              : "",
                  d->own_leave ? ", the user's own sequence left out," : "");
    if (d->pred_last == 1)
        doc_text_addf(t, SPAN_PLAIN, "the last item of the history");
    else if (d->pred_last > 1)
        doc_text_addf(t, SPAN_PLAIN, "one of the last %d items of the history", d->pred_last);
    else
        doc_text_addf(t, SPAN_PLAIN, "some item of the history");
    if (d->history_remove)
        doc_text_addf(t, SPAN_PLAIN, " and is not in the history itself");
    if (d->cap > 0)
        doc_text_addf(t, SPAN_PLAIN, "; the %d most frequent ones", d->cap);
    doc_text_addf(t, SPAN_PLAIN, ". K is %d. ", d->k);
}

static void add_definition(struct report *r, size_t definition)
{
    static const char *const source[][2] = {{"last", "memorization in MemGen-GR, arXiv 2603.19809"},
                                            {"iirg", "arXiv 2606.17276"}};
    const struct definition *d = &r->definition[definition];
    char name[DEFINITION_TEXT_MAX], key[DEFINITION_TEXT_MAX];
    definition_format(d, name);
    definition_key(d, key);
    char title[DEFINITION_TEXT_MAX + 16];
    snprintf(title, sizeof title, "definition %s", name);
    struct doc_text *t = document_term(r->doc, title);
    add_words(r, definition, t);
    doc_text_addf(t, SPAN_CODE, "%s", key);
    if (!r->edges_named[definition])
        doc_text_addf(t, SPAN_PLAIN, ", edges: those that a run was trained on");
    for (size_t i = 0; i < sizeof source / sizeof source[0]; i++)
        if (strcmp(name, source[i][0]) == 0)
            doc_text_addf(t, SPAN_PLAIN, " [%s]", source[i][1]);
    doc_text_addf(t, SPAN_PLAIN, ".");
}

static void add_glossary(struct report *r)
{
    document_heading(r->doc, 1, "How to read this");
    term(r, "case", "a user's history and the target, the item that the user really took next.");
    term(r, "recall@k, ndcg@k, mrr@k",
         "is the target among the first k of the ranked catalogue (1 or 0), 1 / log2(rank + 1) and "
         "1 / rank if it is; means over cases. In brackets 95 % intervals.");
    term(r, "one-hop ratio",
         "the share of the first K recommendations that are candidates under a definition: items "
         "that training has already shown one step after the history.");
    for (size_t d = 0; d < r->n_definitions; d++)
        add_definition(r, d);
    term(r, "reachable",
         "a target that is a candidate: a model that only repeats training can hit it.");
    term(r, "null, by chance",
         "the same figure without any memory of this user. shuffle (the headline) permutes the "
         "lists between users, popularity draws items as often as they occur, degree rewires the "
         "transitions and keeps how many each item has; 100 times each. A ratio alone says "
         "nothing: popular items follow almost everything.");
    term(r, "excess, lift",
         "the figure less its shuffle null, in percentage points; divided by it.");
    term(r, "labels",
         "memorization: the item followed the last item in training. generalization: it is related "
         "over up to four hops, by substitutability, symmetry, transitivity or 2nd-symmetry. "
         "uncategorized: neither [MemGen-GR, arXiv 2603.19809].");
    term(r, "verbatim n, one-hop, related",
         "of a recommendation: with the user's last n - 1 items it completes a run of n items that "
         "stands in a training sequence; it followed the last, or any, item of the history; it has "
         "the relation of that letter (s, y, t, d) over so many hops.");
}

void report_summary(struct report *r)
{
    introduce(r);
    if (r->options->n_runs == 0)
        return;
    document_heading(r->doc, 1, "In short");
    add_sentence(r);
    add_table(r);
    add_glossary(r);
}
