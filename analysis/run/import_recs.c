#include "analysis/run/import_recs.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/run/import_recs_parts.h"
#include "analysis/run/run_lists.h"
#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"

enum { DEPTH_MIN = 20 }; /* figures are at 20 places at most unless asked for more */

static const char *const part_name[] = {"test", "valid"};

/* ---- telling ---- */

/* Ids are anybody's text: nothing in it may act on a terminal. */
static void make_harmless(char *text, bool keep_lines)
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
        make_harmless(text.data, false);
    struct jval *j = jval_new_string(text.data);
    buf_release(&text);
    return j;
}

void import_example(struct importing *m, const char *format, ...)
{
    va_list args;
    if (m->n_examples++ >= LOGGED)
        return;
    va_start(args, format);
    struct jval *text = formatted(format, args);
    va_end(args);
    buf_addf(&m->log, "%s\n", jval_string(text));
    if (m->n_examples <= EXAMPLES)
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
    if (!p->raw)
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

static struct jval *event_of(struct importing *m)
{
    struct jval *o = jval_new_object();
    jval_put_string(o, "file", m->request->path);
    jval_put_string(o, "format", m->report.format);
    jval_put_string(o, "reason", m->report.reason);
    jval_put_int(o, "rows", m->report.rows);
    for (int part = 0; part < 2; part++)
        tell_part(m, part, o);
    jval_put_int(o, "slots", m->slots);
    put_count(o, "unknown_items", m->unknown_items);
    put_count(o, "unknown_item_ids", m->unknown_ids);
    put_count(o, "illegal", m->illegal);
    put_count(o, "no_semantic_id", m->made_up);
    put_count(o, "empty", m->invalid);
    put_count(o, "doubles", m->doubles);
    put_count(o, "shared", m->shared);
    put_count(o, "unknown_users", intern_count(m->unknown_users));
    put_count(o, "rows_of_unknown_users", m->unknown_rows);
    put_count(o, "users_without_case", m->no_case);
    put_count(o, "repeated_lists", m->repeated_lists);
    put_count(o, "beyond_depth", m->deeper);
    put_count(o, "score_conflicts", m->conflicts);
    if (m->id_offset)
        jval_put_int(o, "id_offset", m->id_offset);
    if (m->user_offset)
        jval_put_int(o, "user_offset", m->user_offset);
    put_count(o, "bad_rows", m->report.bad_total);
    if (m->report.bad_total > 0)
        jval_put(o, "bad", bad_rows(&m->report));
    jval_put(o, "notes", m->notes);
    jval_put(o, "examples", m->examples);
    m->notes = m->examples = NULL;
    return o;
}

/* What a count in the event is, in the order of the lines. */
static const struct {
    const char *key, *text;
} counts[] = {
    {"bad_rows", "rows that could not be read were skipped"},
    {"unknown_users", "users are not in the data"},
    {"users_without_case", "rows are of users without such a case"},
    {"repeated_lists", "second lists of a case were left out"},
    {"unknown_items", "slots name items that are not in the data: misses"},
    {"illegal", "slots have a semantic id of no item: misses"},
    {"no_semantic_id", "slots are texts without a semantic id: misses"},
    {"empty", "slots are empty in the file: misses"},
    {"doubles", "slots repeat an item of their list: misses"},
    {"shared", "slots come from semantic ids that several items share"},
    {"beyond_depth", "lists or rows go beyond 50 places and were cut"},
    {"score_conflicts", "places have a higher score than the place before"},
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
    buf_addf(out, "%s: %" PRId64 " of %" PRId64 " cases have a list, %s scores", name, listed,
             cases, jval_bool(jval_get(part, "scores"), false) ? "with" : "without");
    if (same + other > 0)
        buf_addf(out, "; %" PRId64 " of %" PRId64 " targets in the file are the data's", same,
                 same + other);
    if (jval_get(part, "lists_by_order"))
        buf_addf(out, "; %" PRId64 " lists took their user's cases in order",
                 jval_int(jval_get(part, "lists_by_order"), 0));
    buf_addc(out, '\n');
}

static void add_texts(const struct jval *list, const char *before, struct buf *out)
{
    for (size_t i = 0; i < jval_size(list); i++)
        buf_addf(out, "%s%s\n", before, jval_string(jval_at(list, i)));
}

void import_recs_text(const struct jval *event, struct buf *out)
{
    size_t begin = out->len;
    buf_addf(out, "%s: %s, because %s; %" PRId64 " rows\n", jval_string(jval_get(event, "file")),
             jval_string(jval_get(event, "format")), jval_string(jval_get(event, "reason")),
             jval_int(jval_get(event, "rows"), 0));
    add_part(event, "test", out);
    add_part(event, "valid", out);
    buf_addf(out, "%" PRId64 " slots\n", jval_int(jval_get(event, "slots"), 0));
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (jval_get(event, counts[i].key))
            buf_addf(out, "  %" PRId64 " %s\n", jval_int(jval_get(event, counts[i].key), 0),
                     counts[i].text);
    add_texts(jval_get(event, "notes"), "", out);
    const struct jval *bad = jval_get(event, "bad");
    for (size_t i = 0; i < jval_size(bad); i++) {
        const struct jval *row = jval_at(bad, i);
        buf_addf(out, "  line %" PRId64 ": %s: %s\n", jval_int(jval_get(row, "line"), 0),
                 jval_string(jval_get(row, "why")), jval_string(jval_get(row, "text")));
    }
    add_texts(jval_get(event, "examples"), "  ", out);
    make_harmless(out->data + begin, true);
}

/* ---- storing ---- */

/* Rows of RECS_DEPTH slots to rows of `depth`, in place. */
static void narrow(struct intake_part *p, int32_t depth)
{
    for (int64_t c = 1; c < p->cases->n && depth < RECS_DEPTH; c++) {
        memmove(p->raw + c * depth, p->raw + c * RECS_DEPTH, (size_t)depth * sizeof *p->raw);
        if (p->score)
            memmove(p->score + c * depth, p->score + c * RECS_DEPTH,
                    (size_t)depth * sizeof *p->score);
    }
}

static char *settings_of(const struct importing *m)
{
    struct buf text;
    struct jval *o = jval_new_object();
    jval_put_string(o, "file", m->request->path);
    jval_put_string(o, "format", m->report.format);
    if (m->request->n_maps > 0)
        jval_put_string(o, "map", m->request->maps[0]);
    buf_init(&text);
    jval_write(o, false, &text);
    jval_free(o);
    return buf_detach(&text);
}

/* What was found, where the log of a run is looked for: the event's lines and all examples. */
static bool write_log(const struct importing *m, struct workspace *ws, const struct jval *event,
                      int64_t run, struct error *err)
{
    struct buf text;
    char *dir = workspace_run_dir(ws, run), *path = path_join(dir, "worker.log");
    buf_init(&text);
    import_recs_text(event, &text);
    if (m->n_examples > EXAMPLES) {
        buf_addf(&text, "the first %d of %" PRId64 " such lines:\n", LOGGED, m->n_examples);
        buf_add(&text, m->log.data, m->log.len);
    }
    bool ok = file_write(path, text.data, text.len, err);
    buf_release(&text);
    free(path);
    free(dir);
    return ok;
}

static bool store(struct importing *m, struct workspace *ws, double began, const struct jval *event,
                  int64_t *run, struct error *err)
{
    const struct import_recs *r = m->request;
    struct run_lists lists[2] = {{0}};
    int32_t depth = m->longest < DEPTH_MIN ? DEPTH_MIN : m->longest;
    char imported[] = "imported", none[] = "–", train[] = "train", kernel[] = "imported lists";
    char *settings = settings_of(m);
    for (int part = 0; part < 2; part++) {
        struct intake_part *p = &m->part[part];
        if (!p->raw || p->listed == 0)
            continue;
        narrow(p, depth);
        bool scores = p->scored > 0 && p->unscored == 0;
        lists[part] = (struct run_lists){p->raw, scores ? p->score : NULL, depth};
    }
    struct run_info info = {
        .name = (char *)(uintptr_t)r->name,
        .model = r->model ? (char *)(uintptr_t)r->model : imported,
        .strategy = r->strategy ? (char *)(uintptr_t)r->strategy : none,
        .options_json = settings,
        .trained_on = r->trained_on ? (char *)(uintptr_t)r->trained_on : train,
        .trained_on_assumed = r->trained_on == NULL,
        .started = clock_wall_seconds() - (int64_t)(clock_monotonic_seconds() - began),
        .kernel = kernel,
    };
    bool ok = run_lists_store_told(ws, m->split, m->dataset->fingerprint, &info, lists, "import",
                                   event, run, err);
    if (ok && !write_log(m, ws, event, *run, err)) {
        run_delete(ws, *run, NULL);
        ok = false;
    }
    free(settings);
    return ok;
}

/* Looked at first: nobody should wait for a file to be told that the name is taken. */
static bool check_name(struct workspace *ws, const char *name, struct error *err)
{
    struct run_list runs;
    bool taken = false;
    if (!name)
        return true;
    if (!run_name_ok(name, err) || !run_list_read(ws, &runs, err))
        return false;
    for (size_t i = 0; i < runs.n; i++)
        taken = taken || strcmp(runs.run[i].name, name) == 0;
    run_list_release(&runs);
    return !taken || error_set(err, ERROR_USAGE,
                               "there is already a run named %s; choose another --name, or delete "
                               "that one: rote runs delete %s",
                               name, name);
}

/* ---- the whole ---- */

static bool begin(struct importing *m, struct error *err)
{
    for (int part = 0; part < 2; part++)
        m->part[part].cases = &m->split->part[part];
    for (int kind = 0; kind < 2; kind++)
        ids_init(&m->alias[kind]);
    ids_init(&m->ids);
    ids_init(&m->alias_text);
    ids_init(&m->user_lines);
    buf_init(&m->last_user);
    buf_init(&m->log);
    m->last_case = -1;
    m->keys = intern_new();
    m->unknown_users = intern_new();
    m->examples = jval_new_array();
    m->notes = jval_new_array();
    m->users = intern_over(&m->dataset->user_id, err);
    m->items = m->users ? intern_over(&m->dataset->item_id, err) : NULL;
    return m->items != NULL;
}

static void end(struct importing *m)
{
    for (int part = 0; part < 2; part++) {
        struct intake_part *p = &m->part[part];
        free(p->first);
        free(p->raw);
        free(p->score);
        free(p->rank);
        free(p->n);
        free(p->there);
        free(p->target);
    }
    for (int kind = 0; kind < 2; kind++) {
        ids_release(&m->alias[kind]);
        free(m->alias_of[kind]);
    }
    ids_release(&m->ids);
    ids_release(&m->alias_text);
    ids_release(&m->user_lines);
    buf_release(&m->last_user);
    buf_release(&m->log);
    intern_free(m->users);
    intern_free(m->items);
    intern_free(m->keys);
    intern_free(m->unknown_users);
    recs_report_release(&m->report);
    free(m->id_line);
    free(m->meaning);
    free(m->pair_key);
    free(m->pair_item);
    free(m->group_begin);
    free(m->group_item);
    free(m->user_line);
    jval_free(m->examples);
    jval_free(m->notes);
}

bool import_recs(struct workspace *ws, const struct dataset *dataset, const struct corpus *corpus,
                 const struct split *split, const struct import_recs *request,
                 struct progress *progress, int64_t *run, struct jval **event, struct error *err)
{
    struct importing m = {.dataset = dataset,
                          .corpus = corpus,
                          .split = split,
                          .request = request,
                          .progress = progress};
    struct recs_sink sink = {import_take, &m};
    struct error why = {0};
    double began = clock_monotonic_seconds();
    bool ok = check_name(ws, request->name, &why) && begin(&m, &why) &&
              import_read_names(&m, &why) &&
              recs_read(request->path, &request->options, &sink, progress, &m.report, &why) &&
              import_match(&m, &why);
    *event = NULL;
    if (ok) {
        *event = event_of(&m);
        ok = store(&m, ws, began, *event, run, &why);
    }
    if (!ok) {
        jval_free(*event);
        *event = NULL;
        make_harmless(why.text, true);
        error_set(err, why.code, "%s", why.text);
    }
    end(&m);
    return ok;
}
