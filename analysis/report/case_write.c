/* A case study as JSON and as a document. */
#include <string.h>

#include "analysis/report/case_study.h"
#include "storage/export/document.h"

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

/* Numbers as they were seen. */
static void add_figures(struct document *d, const struct jval *seen)
{
    const char *name;
    const struct jval *value, *figures = seen ? jval_get(seen, "figures") : NULL;
    for (void *it = NULL; figures && (it = jval_next(figures, it, &name, &value));) {
        struct buf number;
        buf_init(&number);
        if (!jval_string(value))
            jval_write(value, false, &number);
        doc_text_addf(document_item(d), SPAN_PLAIN, "%s: %s", name,
                      jval_string(value) ? jval_string(value) : number.data);
        buf_release(&number);
    }
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

static void add_pin(struct document *d, int level, size_t number, const struct case_pin *pin)
{
    struct jval *seen = jval_parse(pin->seen, strlen(pin->seen), NULL);
    document_heading(d, level, "%zu. %s", number, pin->summary);
    if (pin->note[0])
        doc_text_addf(document_paragraph(d), SPAN_PLAIN, "%s", pin->note);
    add_figures(d, seen);
    if (pin->definition[0]) {
        struct doc_text *t = document_paragraph(d);
        doc_text_addf(t, SPAN_PLAIN, "Definition ");
        doc_text_addf(t, SPAN_CODE, "%s", pin->definition);
        doc_text_addf(t, SPAN_PLAIN, ", data ");
        doc_text_addf(t, SPAN_CODE, "%s", pin->fingerprint);
        doc_text_addf(t, SPAN_PLAIN, ".");
    }
    if (pin->link[0])
        add_commands(d, pin->link);
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
