/* Cases of a report: the clearest of each kind by the rule of `:find`, with their evidence; and the
 * case studies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/case_study.h"
#include "analysis/report/case_view.h"
#include "analysis/report/report_private.h"
#include "analysis/report/users.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"

enum { HISTORY = 10, RECOMMENDATIONS = 10, EVIDENCE = 4, AROUND = 3 };

static enum plot_role badge_role(const struct case_rec *rec)
{
    switch (rec->badge) {
    case BADGE_VERBATIM:
    case BADGE_LAST:
    case BADGE_ANY:
        return PLOT_MEMORIZED;
    case BADGE_RELATED:
        return PLOT_RELATED;
    case BADGE_ILLEGAL:
    case BADGE_REPEAT:
    case BADGE_NONE:
        break;
    }
    return PLOT_DIM;
}

static void add_history(struct report *r, const struct case_view *v)
{
    struct doc_text *t = document_paragraph(r->doc);
    int32_t from = v->n_history > HISTORY ? v->n_history - HISTORY : 0;
    doc_text_addf(t, SPAN_EMPHASIS, "History");
    doc_text_addf(t, SPAN_PLAIN, " (%d item%s): %s", v->n_history, plural_s(v->n_history),
                  from > 0 ? "… › " : "");
    for (int32_t i = from; i < v->n_history; i++)
        doc_text_addf(t, SPAN_PLAIN, "%s%s", i > from ? " › " : "",
                      report_item_name(r, v->history[i]));
    doc_text_addf(t, SPAN_PLAIN, ". ");
    doc_text_addf(t, SPAN_EMPHASIS, "Target");
    doc_text_addf(t, SPAN_PLAIN, ": %s, %s.", report_item_name(r, v->target),
                  v->target_reachable ? "reachable" : "not reachable");
}

static void add_list(struct report *r, const struct case_run *c,
                     const struct definition *definition)
{
    struct doc_table *t = document_table(r->doc, c->run->name);
    doc_table_column(t, "rank", DOC_WHOLE, 0);
    doc_table_column(t, "item", DOC_TEXT, 0);
    doc_table_column(t, "known from training", DOC_TEXT, 0);
    doc_table_column(t, "times", DOC_WHOLE, 0);
    doc_table_column(t, "users", DOC_WHOLE, 0);
    doc_table_column(t, "lift", DOC_REAL, 1);
    doc_table_column(t, "target", DOC_TEXT, 0)->centred = true;
    for (int32_t i = 0; i < c->n && i < RECOMMENDATIONS; i++) {
        const struct case_rec *rec = &c->rec[i];
        char badge[CASE_BADGE_TEXT];
        case_badge_text(rec, badge);
        doc_row(t);
        doc_cell_int(t, rec->rank);
        doc_cell_text(t, report_item_name(r, rec->item))->role =
            rec->is_target ? PLOT_HELD_OUT : PLOT_INK;
        doc_cell_text(t, badge)->role = badge_role(rec);
        if (rec->shown_count > 0)
            doc_cell_int(t, rec->shown_count);
        else
            doc_cell_none(t);
        if (rec->verbatim >= 2) /* users of the match, not of the item */
            doc_cell_int(t, rec->users);
        else
            doc_cell_none(t);
        if (rec->lift > 0)
            doc_cell_real(t, rec->lift);
        else
            doc_cell_none(t);
        doc_cell_text(t, rec->is_target ? "✓" : NULL);
    }
    doc_text_addf(&t->note, SPAN_PLAIN,
                  "Times: how often training has it; users: distinct ones that have the match with "
                  "the last item; lift: of the step from the last item, 1 by chance. ");
    report_note_under(r, definition, &t->note);
}

/* The target where it is in the list, else the first recommendation that is known from training. */
static const struct case_rec *telling(const struct case_run *c)
{
    for (int32_t i = 0; i < c->n && i < RECOMMENDATIONS; i++)
        if (c->rec[i].is_target)
            return &c->rec[i];
    for (int32_t i = 0; i < c->n && i < RECOMMENDATIONS; i++)
        if (c->rec[i].badge >= BADGE_VERBATIM && c->rec[i].badge <= BADGE_ANY)
            return &c->rec[i];
    return NULL;
}

static void add_line(struct report *r, struct doc_table *t, const struct evidence_line *line)
{
    const struct corpus *corpus = study_corpus(r->study);
    const int32_t *items = corpus_sequence(corpus, line->user);
    int32_t from = line->start - AROUND > 0 ? line->start - AROUND : 0;
    int32_t to = line->start + line->length + 1;
    struct buf text;
    if (to > line->sequence_length)
        to = line->sequence_length;
    buf_init(&text);
    for (int32_t i = from; i < to; i++) {
        buf_adds(&text, i > from ? " › " : from > 0 ? "… " : "");
        if (i == line->start)
            buf_addc(&text, '[');
        buf_adds(&text, report_item_name(r, items[i]));
        if (i == line->start + line->length - 1)
            buf_addc(&text, ']');
    }
    doc_row(t);
    doc_cell_text(t, strtab_get(&study_dataset(r->study)->user_id, line->user));
    doc_cell_bytes(t, text.data, text.len);
    doc_cell_textf(t, "%d of %d", line->start + 1, line->sequence_length);
    doc_cell_real(t, line->lift);
    buf_release(&text);
}

static bool add_evidence(struct report *r, const struct case_view *v, const struct case_run *c,
                         struct error *err)
{
    const struct case_rec *rec = telling(c);
    struct evidence_list list;
    if (!rec)
        return true;
    if (!evidence_make(r->study, c->run->trained_on, v, rec, EVIDENCE, &list, err))
        return false;
    if (list.n > 0) {
        char *caption =
            mem_printf("Evidence for %s's number %d: %lld time%s in %lld user%s", c->run->name,
                       rec->rank, (long long)list.total, plural_s(list.total),
                       (long long)list.total_users, plural_s(list.total_users));
        struct doc_table *t = document_table(r->doc, caption);
        doc_table_column(t, "user", DOC_TEXT, 0);
        doc_table_column(t, "training sequence, the match in brackets", DOC_TEXT, 0);
        doc_table_column(t, "position", DOC_TEXT, 0);
        doc_table_column(t, "lift", DOC_REAL, 1);
        for (size_t i = 0; i < list.n; i++)
            add_line(r, t, &list.line[i]);
        doc_text_addf(&t->note, SPAN_PLAIN,
                      "Of what %s was trained on. The most telling first: lift, then length. ",
                      c->run->name);
        report_data_note(r, &t->note);
        free(caption);
    }
    evidence_release(&list);
    return true;
}

static bool add_case(struct report *r, enum clear_kind kind, int32_t user,
                     const struct study_run *const *runs, size_t n, struct error *err)
{
    struct definition definition = report_definition(r, 0, runs[0]);
    struct case_view v;
    if (!case_view_make(r->study, user, r->options->part, runs, n, &definition, &v, err))
        return false;
    document_heading(r->doc, 3, "%s: user %s", clear_kind_name[kind],
                     strtab_get(&study_dataset(r->study)->user_id, user));
    add_history(r, &v);
    bool ok = true;
    for (size_t i = 0; ok && i < v.n_runs; i++) {
        add_list(r, &v.run[i], &definition);
        ok = add_evidence(r, &v, &v.run[i], err);
    }
    case_view_release(&v);
    return ok;
}

static bool add_kind(struct report *r, const struct user_table *table, enum clear_kind kind,
                     const struct study_run *const *runs, size_t n, struct error *err)
{
    static const char *const rule[CLEAR_KINDS] = {
        [CLEAR_ROTE] = "the target is hit in the top 10, it is reachable, and the most of the list "
                       "is rote",
        [CLEAR_NOVEL] = "the target is hit in the top 10 though it is not reachable, and the least "
                        "of the list is rote",
        [CLEAR_WON] = "the target is in the top 10 of the second run, not of the first; the best "
                      "ranks",
        [CLEAR_LOST] = "the target is in the top 10 of the first run, not of the second; the best "
                       "ranks",
    };
    int32_t *users, found = user_table_clearest(table, kind, &users);
    struct doc_text *t;
    bool ok = true;
    document_heading(r->doc, 2, "Clearest %s cases", clear_kind_name[kind]);
    t = document_paragraph(r->doc);
    doc_text_addf(t, SPAN_PLAIN, "%s", runs[0]->name);
    if (n > 1)
        doc_text_addf(t, SPAN_PLAIN, " and %s", runs[1]->name);
    doc_text_addf(t, SPAN_PLAIN, ": %s. %d user%s.", rule[kind], found, plural_s(found));
    for (int32_t i = 0; ok && i < found && i < r->options->examples; i++)
        ok = add_case(r, kind, users[i], runs, n, err);
    free(users);
    return ok;
}

bool report_examples(struct report *r, struct error *err)
{
    const struct report_options *o = r->options;
    const struct study_run *pair[2] = {o->run[0], o->run[o->n_runs - 1]};
    if (o->examples == 0)
        return true;
    document_heading(r->doc, 1, "Example cases");
    bool ok = true;
    for (int of_two = 0; ok && of_two < 1 + (o->n_runs > 1); of_two++) {
        const struct study_run *const *runs = of_two ? pair : &pair[1];
        size_t n = of_two ? 2 : 1;
        struct definition definition = report_definition(r, 0, runs[0]);
        struct user_table table;
        if (!user_table_make(r->study, o->part, runs, n, &definition, r->progress, &table, err))
            return false;
        ok = add_kind(r, &table, of_two ? CLEAR_WON : CLEAR_ROTE, runs, n, err) &&
             add_kind(r, &table, of_two ? CLEAR_LOST : CLEAR_NOVEL, runs, n, err);
        user_table_release(&table);
    }
    return ok;
}

/* ---- by hand ---- */

static bool add_study(struct report *r, struct workspace *ws, int64_t id, struct error *err)
{
    struct case_study study;
    struct case_pins pins;
    if (!case_get(ws, id, &study, &pins, err))
        return false;
    document_heading(r->doc, 2, "%s", study.title);
    case_to_document(&study, &pins, 3, r->doc);
    case_pins_release(&pins);
    case_study_release(&study);
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct case_study *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

bool report_case_studies(struct report *r, struct error *err)
{
    struct case_studies list;
    struct workspace *ws = study_lock(r->study);
    bool ok = case_studies_read(ws, NULL, &list, err);
    if (ok && list.n > 0) {
        document_heading(r->doc, 1, "Case studies");
        qsort(list.study, list.n, sizeof *list.study, by_number);
        for (size_t i = 0; ok && i < list.n; i++)
            ok = add_study(r, ws, list.study[i].id, err);
        case_studies_release(&list);
    }
    study_unlock(r->study);
    return ok;
}
