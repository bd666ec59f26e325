/* What a report says about the data: sizes, split, fingerprints, and what the audit has found. */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/audit_report.h"
#include "analysis/report/report_private.h"
#include "storage/base/hash.h"
#include "storage/db/dataset.h"

static void fact(struct doc_table *t, const char *name, int64_t value)
{
    doc_row(t);
    doc_cell_text(t, name);
    doc_cell_int(t, value);
}

static void add_sizes(struct report *r)
{
    const struct dataset *d = study_dataset(r->study);
    const struct split *split = study_split(r->study);
    struct doc_table *t = document_table(r->doc, "The data set");
    int64_t train = 0, titled = 0;
    for (int32_t u = 0; u < split->n_users; u++)
        train += split->train_end[u];
    for (int32_t i = 0; i < d->n_items; i++)
        titled += strtab_len(&d->title, i) > 0;
    doc_table_column(t, "", DOC_TEXT, 0);
    doc_table_column(t, "number", DOC_WHOLE, 0);
    fact(t, "users", d->n_users);
    fact(t, "items", d->n_items);
    fact(t, "items with a title", titled);
    fact(t, "interactions", d->n_interactions);
    fact(t, "training interactions", train);
    fact(t, "validation cases", split->part[PART_VALID].n);
    fact(t, "test cases", split->part[PART_TEST].n);
    if (d->semid_levels > 0)
        fact(t, "levels of semantic ids", d->semid_levels);
    char print[HASH_TEXT_LEN + 1];
    doc_text_addf(&t->note, SPAN_PLAIN, "Split: %s. Fingerprint of ids and sequences ", d->split);
    hash_format(d->fingerprint, print);
    doc_text_addf(&t->note, SPAN_CODE, "%s", print);
    doc_text_addf(&t->note, SPAN_PLAIN, ", of the structure alone ");
    hash_format(d->structure_fingerprint, print);
    doc_text_addf(&t->note, SPAN_CODE, "%s", print);
    doc_text_addf(&t->note, SPAN_PLAIN, ".");
}

static void add_finding(struct report *r, const struct finding *f)
{
    struct doc_text *t = document_term(r->doc, f->id);
    doc_text_addf(t, SPAN_PLAIN, "%s %s", f->text, f->effect);
    for (size_t i = 0; i < f->n_examples; i++)
        doc_text_addf(t, SPAN_PLAIN, "%s%s", i ? "; " : " For example: ", f->example[i]);
}

static void add_findings(struct report *r, const struct audit *audit)
{
    document_heading(r->doc, 2, "Audit");
    if (audit->n > 0) {
        struct doc_table *t = document_table(r->doc, "What the audit found");
        doc_table_column(t, "finding", DOC_TEXT, 0);
        doc_table_column(t, "share", DOC_PERCENT, 2);
        doc_table_column(t, "count", DOC_WHOLE, 0);
        for (size_t i = 0; i < audit->n; i++) {
            doc_row(t);
            doc_cell_text(t, audit->finding[i].id);
            doc_cell_real(t, audit->finding[i].share);
            doc_cell_int(t, audit->finding[i].count);
        }
        report_fingerprint_note(r, &t->note);
    }
    for (size_t i = 0; i < audit->n; i++)
        add_finding(r, &audit->finding[i]);
    struct doc_text *text = document_paragraph(r->doc);
    doc_text_addf(text, SPAN_PLAIN,
                  audit->n > 0 ? "Checked without a finding: " : "No findings. Checked: ");
    for (size_t i = 0; i < audit->n_clean; i++)
        doc_text_addf(text, SPAN_PLAIN, "%s%s", i ? ", " : "", audit->clean[i]);
    doc_text_addf(text, SPAN_PLAIN, audit->n_clean > 0 ? "." : "nothing.");
}

bool report_data(struct report *r, struct error *err)
{
    struct audit audit;
    document_heading(r->doc, 1, "Data");
    add_sizes(r);
    if (!audit_get(r->study, r->progress, &audit, err))
        return false;
    add_findings(r, &audit);
    audit_release(&audit);
    return true;
}
