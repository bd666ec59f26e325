/* A case study as JSON and as a document. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/case_study.h"
#include "storage/base/num.h"
#include "storage/export/document.h"
#include "storage/export/plot_json.h"

static void put_text(struct jval *o, const char *key, const char *text)
{
    if (text && *text)
        jval_put_string(o, key, text);
}

static struct jval *pin_json(const struct case_pin *pin)
{
    struct jval *o = jval_new_object();
    jval_put_int(o, "pin", pin->id);
    jval_put_string(o, "kind", pin->kind);
    jval_put_string(o, "summary", pin->summary);
    put_text(o, "note", pin->note);
    put_text(o, "user", pin->user_id);
    put_text(o, "item", pin->item_id);
    put_text(o, "run", pin->run);
    if (pin->rank > 0)
        jval_put_int(o, "rank", pin->rank);
    put_text(o, "definition", pin->definition);
    put_text(o, "fingerprint", pin->fingerprint);
    struct jval *seen = jval_parse(pin->seen, strlen(pin->seen), NULL);
    jval_put(o, "seen", seen ? seen : jval_new_null());
    struct jval *runs = pin->runs ? jval_parse(pin->runs, strlen(pin->runs), NULL) : NULL;
    if (jval_size(runs) > 0)
        jval_put(o, "runs", runs);
    else
        jval_free(runs);
    put_text(o, "link", pin->link);
    jval_put_int(o, "created", pin->created);
    return o;
}

struct jval *case_to_json(const struct case_study *study, const struct case_pins *pins)
{
    struct jval *o = jval_new_object(), *list = jval_new_array();
    jval_put_int(o, "id", study->id);
    jval_put_string(o, "title", study->title);
    jval_put_string(o, "tags", study->tags);
    jval_put_string(o, "text", study->text);
    jval_put_int(o, "created", study->created);
    jval_put_int(o, "changed", study->changed);
    for (size_t i = 0; i < pins->n; i++)
        jval_append(list, pin_json(&pins->pin[i]));
    jval_put(o, "pins", list);
    return o;
}

/* ---- as a part of a document ---- */

/* Reals in as many digits as are read; all of them are in the JSON. */
static void add_value(struct doc_table *t, const struct jval *value)
{
    struct buf number;
    buf_init(&number);
    jval_write(value, false, &number);
    double real = jval_real(value, 0);
    if (jval_string(value))
        doc_cell_text(t, jval_string(value));
    else if (strpbrk(number.data, ".e") && isfinite(real) &&
             isdigit((unsigned char)number.data[number.len - 1]))
        doc_cell_textf(t, "%.*f", fabs(real) < 10 ? 4 : 1, real);
    else if (strcmp(number.data, "true") == 0 || strcmp(number.data, "false") == 0)
        doc_cell_text(t, number.data[0] == 't' ? "yes" : "no");
    else if (strcmp(number.data, "null") == 0)
        doc_cell_none(t);
    else
        doc_cell_text(t, number.data);
    buf_release(&number);
}

/* Numbers as they were seen, and the definition and data that they hold for. */
static void add_figures(struct document *d, const struct case_pin *pin, const struct jval *seen)
{
    const char *name;
    const struct jval *value, *figures = seen ? jval_get(seen, "figures") : NULL;
    if (!figures || jval_size(figures) == 0)
        return;
    struct doc_table *t = document_table(d, "As it was seen");
    doc_table_column(t, "figure", DOC_TEXT, 0);
    doc_table_column(t, "value", DOC_TEXT, 0);
    for (void *it = NULL; (it = jval_next(figures, it, &name, &value));) {
        doc_row(t);
        doc_cell_text(t, name);
        add_value(t, value);
    }
    if (!pin->definition[0])
        return;
    doc_text_addf(&t->note, SPAN_PLAIN, "Definition ");
    doc_text_addf(&t->note, SPAN_CODE, "%s", pin->definition);
    doc_text_addf(&t->note, SPAN_PLAIN, ", data ");
    doc_text_addf(&t->note, SPAN_CODE, "%s", pin->fingerprint);
    doc_text_addf(&t->note, SPAN_PLAIN, ".");
}

/* The training sequences that were seen to hold a recommendation. */
static void add_evidence(struct document *d, const struct jval *seen)
{
    const struct jval *lines = seen ? jval_get(seen, "evidence") : NULL;
    if (!lines || jval_size(lines) == 0)
        return;
    struct doc_table *t = document_table(d, "Training sequences that it repeats, the most telling "
                                            "first");
    doc_table_column(t, "user", DOC_TEXT, 0);
    doc_table_column(t, "from position", DOC_WHOLE, 0);
    doc_table_column(t, "items alike", DOC_WHOLE, 0);
    doc_table_column(t, "lift", DOC_REAL, 1);
    for (size_t i = 0; i < jval_size(lines); i++) {
        const struct jval *line = jval_at(lines, i);
        doc_row(t);
        doc_cell_text(t, jval_string(jval_get(line, "user")));
        doc_cell_int(t, jval_int(jval_get(line, "position"), 0));
        doc_cell_int(t, jval_int(jval_get(line, "length"), 0));
        doc_cell_real(t, jval_real(jval_get(line, "lift"), (double)NAN));
    }
    doc_text_addf(&t->note, SPAN_PLAIN, "A match shows overlap, not cause.");
}

/* The picture as it was seen. The frontier's numbers are the figures; of curves there are none. */
static void add_plot(struct document *d, const struct case_pin *pin, const struct jval *seen)
{
    struct plot *plot = seen ? plot_of_json(jval_get(seen, "plot")) : NULL;
    if (plot)
        document_plot(d, plot, strcmp(pin->kind, case_kind_name[CASE_PLOT]) != 0);
}

static void add_query(struct document *d, const struct jval *seen)
{
    const char *sql = seen ? jval_string(jval_get(seen, "sql")) : NULL;
    if (sql)
        document_code(d, sql, strlen(sql));
}

static void add_commands(struct document *d, const char *link)
{
    struct buf commands;
    buf_init(&commands);
    for (const char *line = link; *line;) {
        size_t n = strcspn(line, "\n");
        buf_addf(&commands, ":%.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    document_code(d, commands.data, commands.len);
    buf_release(&commands);
}

/* The summary begins with what it is about; of a query that is how many rows it gave. */
static void add_heading(struct document *d, int level, size_t number, const struct case_pin *pin,
                        const struct jval *seen)
{
    const char *about = strstr(pin->summary, ": ");
    if (seen && jval_get(seen, "sql")) {
        int64_t rows = jval_int(jval_get(jval_get(seen, "figures"), "rows"), 0);
        document_heading(d, level, "%zu. %lld row%s of a query", number, (long long)rows,
                         plural_s(rows));
    } else if (about) {
        document_heading(d, level, "%zu. %.*s", number, (int)(about - pin->summary), pin->summary);
        doc_text_addf(document_paragraph(d), SPAN_PLAIN, "%s.", about + 2);
    } else {
        document_heading(d, level, "%zu. %s", number, pin->summary);
    }
}

static void add_pin(struct document *d, int level, size_t number, const struct case_pin *pin)
{
    struct jval *seen = jval_parse(pin->seen, strlen(pin->seen), NULL);
    add_heading(d, level, number, pin, seen);
    if (pin->note[0])
        doc_text_addf(document_paragraph(d), SPAN_PLAIN, "%s", pin->note);
    add_query(d, seen);
    add_plot(d, pin, seen);
    add_figures(d, pin, seen);
    add_evidence(d, seen);
    if (pin->link[0]) {
        char *link = case_pin_link(pin);
        doc_text_addf(document_paragraph(d), SPAN_PLAIN, "In the screens of rote:");
        add_commands(d, link);
        free(link);
    }
    jval_free(seen);
}

void case_to_document(const struct case_study *study, const struct case_pins *pins, int level,
                      struct document *d)
{
    if (study->tags[0])
        doc_text_addf(document_paragraph(d), SPAN_PLAIN, "Tags: %s", study->tags);
    document_words(d, study->text, strlen(study->text));
    for (size_t i = 0; i < pins->n; i++)
        add_pin(d, level, i + 1, &pins->pin[i]);
}
