/* What an import of lists found: counts, examples, lines for people. */
#include <inttypes.h>
#include <stdarg.h>

#include "analysis/run/import_recs_parts.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"

static const char *const part_name[] = {"test", "valid"};

/* Ids are anybody's text: nothing in it may act on a terminal. */
void import_make_harmless(char *text, bool keep_lines)
{
    for (unsigned char *at = (unsigned char *)text; *at; at++) {
        bool c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
        if ((*at < ' ' && !(keep_lines && *at == '\n')) || *at == 0x7f || c1)
            *at = '?';
    }
}

static struct jval *formatted(const char *format, va_list args)
{
    struct buf text;
    buf_init(&text);
    buf_vaddf(&text, format, args);
    if (text.len > 0)
        import_make_harmless(text.data, false);
    struct jval *j = jval_new_string(text.data);
    buf_release(&text);
    return j;
}

void import_example(struct importing *m, enum example kind, const char *format, ...)
{
    va_list args;
    if (m->n_examples[kind]++ >= LOGGED)
        return;
    va_start(args, format);
    struct jval *text = formatted(format, args);
    va_end(args);
    buf_addf(&m->log, "%s\n", jval_string(text));
    if (m->n_examples[kind] <= EXAMPLES)
        jval_append(m->examples, text);
    else
        jval_free(text);
}

void import_note(struct importing *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    jval_append(m->notes, formatted(format, args));
    va_end(args);
}

static void put_count(struct jval *o, const char *key, int64_t n)
{
    if (n > 0)
        jval_put_int(o, key, n);
}

static void tell_part(const struct importing *m, int part, struct jval *event)
{
    const struct intake_part *p = &m->part[part];
    if (!p->first)
        return;
    struct jval *o = jval_object_at(event, part_name[part]);
    jval_put_int(o, "cases", p->cases->n);
    jval_put_int(o, "listed", p->listed);
    jval_put_bool(o, "scores", p->scored > 0 && p->unscored == 0);
    put_count(o, "scores_missing", p->scored > 0 ? p->unscored : 0);
    put_count(o, "targets_same", p->targets_same);
    put_count(o, "targets_other", p->targets_other);
    put_count(o, "lists_by_order", p->by_order);
}

static struct jval *bad_rows(const struct recs_report *report)
{
    struct jval *list = jval_new_array();
    for (int i = 0; i < report->n_bad; i++) {
        struct jval *o = jval_new_object();
        jval_put_int(o, "line", report->bad[i].line);
        jval_put_string(o, "why", report->bad[i].why);
        jval_put_string(o, "text", report->bad[i].text);
        jval_append(list, o);
    }
    return list;
}

static void tell_file(const char *path, const struct recs_report *report, struct jval *o)
{
    jval_put_string(o, "file", path);
    jval_put_string(o, "format", report->format);
    jval_put_string(o, "reason", report->reason);
    jval_put_int(o, "rows", report->rows);
    put_count(o, "bad_rows", report->bad_total);
    if (report->bad_total > 0)
        jval_put(o, "bad", bad_rows(report));
}

struct jval *import_event(struct importing *m)
{
    struct jval *o = jval_new_object();
    tell_file(m->request->path, &m->report[0], o);
    if (m->request->valid)
        tell_file(m->request->valid, &m->report[1], jval_object_at(o, "valid_file"));
    for (int part = 0; part < 2; part++)
        tell_part(m, part, o);
    jval_put_int(o, "slots", m->slots);
    put_count(o, "unknown_items", m->unknown_items);
    put_count(o, "unknown_item_ids", m->unknown_ids);
    put_count(o, "illegal", m->illegal);
    put_count(o, "no_semantic_id", m->made_up);
    put_count(o, "empty", m->invalid);
    put_count(o, "doubles", m->doubles);
    put_count(o, "by_title", m->by_title);
    put_count(o, "shared", m->shared);
    put_count(o, "unknown_users", intern_count(m->unknown_users));
    put_count(o, "rows_of_unknown_users", m->unknown_rows);
    put_count(o, "users_without_case", m->no_case);
    put_count(o, "repeated_lists", m->repeated_lists);
    put_count(o, "beyond_depth", m->deeper);
    put_count(o, "score_conflicts", m->conflicts);
    if (m->id_offset)
        jval_put_int(o, "id_offset", m->id_offset);
    if (m->numbers->offset)
        jval_put_int(o, "user_offset", m->numbers->offset);
    jval_put(o, "notes", m->notes);
    jval_put(o, "examples", m->examples);
    m->notes = m->examples = NULL;
    return o;
}

/* What a count in the event is, in the order of the lines; of one, and of several. */
static const struct {
    const char *key, *one, *more;
} counts[] = {
    {"unknown_users", "user is not in the data", "users are not in the data"},
    {"users_without_case", "row is of a user without such a case",
     "rows are of users without such a case"},
    {"repeated_lists", "second list of a case was left out", "second lists of cases were left out"},
    {"unknown_items", "slot names an item that is not in the data: a miss",
     "slots name items that are not in the data: misses"},
    {"illegal", "slot has a semantic id of no item: a miss",
     "slots have a semantic id of no item: misses"},
    {"no_semantic_id", "slot is a text without a semantic id or title: a miss",
     "slots are texts without a semantic id or title: misses"},
    {"empty", "slot is empty in the file: a miss", "slots are empty in the file: misses"},
    {"doubles", "slot repeats an item of its list: a miss",
     "slots repeat an item of their list: misses"},
    {"by_title", "slot was found by its item's title", "slots were found by their items' titles"},
    {"shared", "slot comes from a semantic id or title that several items share",
     "slots come from semantic ids or titles that several items share"},
    {"beyond_depth", "list or row goes beyond 50 places and was cut",
     "lists or rows go beyond 50 places and were cut"},
    {"score_conflicts", "place has a higher score than the place before",
     "places have a higher score than the place before"},
};

static void add_part(const struct jval *event, const char *name, struct buf *out)
{
    const struct jval *part = jval_get(event, name);
    if (!part)
        return;
    int64_t cases = jval_int(jval_get(part, "cases"), 0);
    int64_t listed = jval_int(jval_get(part, "listed"), 0);
    int64_t same = jval_int(jval_get(part, "targets_same"), 0);
    int64_t other = jval_int(jval_get(part, "targets_other"), 0);
    buf_addf(out, "%s: %" PRId64 " of %" PRId64 " case%s %s a list", name, listed, cases,
             plural_s(cases), plural(listed, "has", "have"));
    if (listed < cases)
        buf_addf(out, ", the other %" PRId64 " %s", cases - listed,
                 plural(cases - listed, "is a miss", "are misses"));
    buf_adds(out,
             jval_bool(jval_get(part, "scores"), false) ? "; with scores" : "; without scores");
    if (same + other > 0)
        buf_addf(out, "; %" PRId64 " of %" PRId64 " target%s in the file %s the data's", same,
                 same + other, plural_s(same + other), plural(same, "is", "are"));
    if (jval_get(part, "lists_by_order"))
        buf_addf(out, "; lists that took their user's cases in order: %" PRId64,
                 jval_int(jval_get(part, "lists_by_order"), 0));
    buf_addc(out, '\n');
}

static void add_texts(const struct jval *list, const char *before, struct buf *out)
{
    for (size_t i = 0; i < jval_size(list); i++)
        buf_addf(out, "%s%s\n", before, jval_string(jval_at(list, i)));
}

static void add_file(const struct jval *file, struct buf *out)
{
    int64_t rows = jval_int(jval_get(file, "rows"), 0);
    int64_t bad = jval_int(jval_get(file, "bad_rows"), 0);
    const struct jval *list = jval_get(file, "bad");
    buf_addf(out, "%s: %s, because %s; %" PRId64 " row%s\n", jval_string(jval_get(file, "file")),
             jval_string(jval_get(file, "format")), jval_string(jval_get(file, "reason")), rows,
             plural_s(rows));
    if (bad > 0)
        buf_addf(out, "  %" PRId64 " row%s that could not be read %s skipped:\n", bad,
                 plural_s(bad), plural(bad, "was", "were"));
    for (size_t i = 0; i < jval_size(list); i++) {
        const struct jval *row = jval_at(list, i);
        buf_addf(out, "    line %" PRId64 ": %s: %s\n", jval_int(jval_get(row, "line"), 0),
                 jval_string(jval_get(row, "why")), jval_string(jval_get(row, "text")));
    }
}

void import_recs_text(const struct jval *event, struct buf *out)
{
    size_t begin = out->len;
    int64_t slots = jval_int(jval_get(event, "slots"), 0);
    add_file(event, out);
    if (jval_get(event, "valid_file"))
        add_file(jval_get(event, "valid_file"), out);
    add_part(event, "test", out);
    add_part(event, "valid", out);
    buf_addf(out, "%" PRId64 " slot%s\n", slots, plural_s(slots));
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        int64_t n = jval_int(jval_get(event, counts[i].key), 0);
        if (n > 0)
            buf_addf(out, "  %" PRId64 " %s\n", n, plural(n, counts[i].one, counts[i].more));
    }
    add_texts(jval_get(event, "notes"), "", out);
    add_texts(jval_get(event, "examples"), "  ", out);
    import_make_harmless(out->data + begin, true);
}
