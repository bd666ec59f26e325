#include "analysis/run/import_recs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/run/import_recs_parts.h"
#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"

enum { DEPTH_MIN = 20 }; /* figures are at 20 places at most unless asked for more */

/* ---- reading ---- */

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
    buf_init(&m->unnamed);
    buf_init(&m->scratch);
    m->last_case = -1;
    m->user_high = -1;
    m->keys = intern_new();
    m->unknown_users = intern_new();
    m->examples = jval_new_array();
    m->notes = jval_new_array();
    if (m->numbers->note)
        import_note(m, "%s", m->numbers->note);
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
    recs_report_release(&m->report[0]);
    recs_report_release(&m->report[1]);
    buf_release(&m->unnamed);
    buf_release(&m->scratch);
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

static bool read_file(struct importing *m, int which, struct error *err)
{
    struct recs_options options = m->request->options;
    struct recs_sink sink = {import_take, m};
    m->path = which ? m->request->valid : m->request->path;
    m->now = &m->report[which];
    m->part_now = which ? PART_VALID : m->request->part;
    options.valid = m->part_now == PART_VALID;
    options.names = &m->names;
    return recs_read(m->path, &options, &sink, m->progress, m->now, err);
}

/* Cases that the file leaves out. */
static void note_missing(struct importing *m)
{
    const struct strtab *id = &m->dataset->user_id;
    for (int part = 0; part < 2; part++) {
        const struct intake_part *p = &m->part[part];
        for (int64_t c = 0; p->first && p->listed < p->cases->n && c < p->cases->n; c++)
            if (!p->there[c])
                import_example(m, EXAMPLE_MISSING, "no list for the %s case of user %.100s",
                               part == PART_VALID ? "validation" : "test",
                               strtab_get(id, p->cases->user[c]));
    }
}

/* Lists that name no user are somebody's nevertheless: whose is said. */
static void note_unnamed(struct importing *m)
{
    if (m->named == 0 && m->n_user_lines == 0 && ids_count(&m->alias[1]) == 0)
        import_note(m,
                    "the lists name no users: taken as those of the cases in order; --users FILE "
                    "names them");
}

static bool read_all(struct importing *m, struct error *err)
{
    bool ok = begin(m, err) && import_read_names(m, err) && read_file(m, 0, err) &&
              (!m->request->valid || read_file(m, 1, err));
    if (ok)
        note_unnamed(m);
    return ok && import_prepare(m, err);
}

/* Rows of `depth` slots; what follows a list in its row is nothing. */
static bool finish_part(struct intake_part *p, int32_t depth, struct run_lists *out,
                        struct error *err)
{
    if (!p->first || p->listed == 0)
        return true;
    if (!import_set_width(p, depth, err))
        return false;
    for (int64_t c = 0; c < p->cases->n; c++)
        for (int32_t i = p->n[c]; i < depth; i++) {
            p->raw[c * depth + i] = RECS_NONE;
            if (p->score)
                p->score[c * depth + i] = 0;
        }
    bool scores = p->scored > 0 && p->unscored == 0;
    *out = (struct run_lists){p->raw, scores ? p->score : NULL, depth};
    p->raw = NULL;
    p->score = scores ? NULL : p->score;
    return true;
}

static char *log_of(const struct importing *m, const struct jval *event)
{
    struct buf text;
    buf_init(&text);
    import_recs_text(event, &text);
    bool more = false;
    for (int kind = 0; kind < EXAMPLE_KINDS; kind++)
        more = more || m->n_examples[kind] > EXAMPLES;
    if (more) {
        buf_addf(&text, "all of the first %d of each kind:\n", LOGGED);
        buf_add(&text, m->log.data, m->log.len);
    }
    return buf_detach(&text);
}

/* The file, once as it stands, and once more where its users turn out to be other numbers. */
static bool read_twice(struct importing *m, struct user_numbers *numbers, struct error *err)
{
    struct importing again = *m;
    bool ok = read_all(m, err);
    if (!ok || !import_other_users(m, numbers))
        return ok;
    if (strcmp(m->request->path, "-") == 0)
        return error_set(err, ERROR_INPUT,
                         "standard input: %s. It cannot be read a second time: save it to a file",
                         numbers->note);
    end(m);
    *m = again;
    return read_all(m, err);
}

bool import_recs_read(const struct dataset *dataset, const struct corpus *corpus,
                      const struct split *split, const struct import_recs *request,
                      struct progress *progress, struct import_recs_lists *out, struct error *err)
{
    struct user_numbers numbers = {request->users_are, request->user_offset, NULL};
    struct importing m = {.dataset = dataset,
                          .corpus = corpus,
                          .split = split,
                          .request = request,
                          .progress = progress,
                          .numbers = &numbers};
    struct error why = {0};
    *out = (struct import_recs_lists){.event = NULL};
    bool ok = read_twice(&m, &numbers, &why) && import_match(&m, &why);
    if (ok)
        note_missing(&m);
    int32_t depth = m.longest < DEPTH_MIN ? DEPTH_MIN : m.longest;
    for (int part = 0; ok && part < 2; part++)
        ok = finish_part(&m.part[part], depth, &out->part[part], &why);
    if (ok) {
        out->event = import_event(&m);
        out->log = log_of(&m, out->event);
    } else {
        import_recs_release(out);
        import_make_harmless(why.text, true);
        error_set(err, why.code, "%s", why.text);
    }
    end(&m);
    free(numbers.note);
    return ok;
}

void import_recs_release(struct import_recs_lists *lists)
{
    run_lists_release(lists->part);
    jval_free(lists->event);
    free(lists->log);
    *lists = (struct import_recs_lists){.event = NULL};
}

/* ---- storing ---- */

static void put_text(struct jval *o, const char *name, const char *text)
{
    if (text)
        jval_put_string(o, name, text);
}

/* "file", "format" in words, "format-given" where one was asked for, and what else was asked for,
 * by the names of the options of `rote import-recs`: a report tells how to do it again. */
static char *settings_of(const struct import_recs *r, const struct jval *event)
{
    static const char *const order[] = {
        [IMPORT_RECS_BY_SCORE] = "score", [IMPORT_RECS_BY_FILE] = "file"};
    static const char *const users[] = {
        [IMPORT_RECS_USERS_ID] = "id", [IMPORT_RECS_USERS_ORDER] = "order"};
    struct buf text;
    struct jval *o = jval_new_object();
    jval_put_string(o, "file", r->path);
    put_text(o, "valid", r->valid);
    jval_put_string(o, "format", jval_string(jval_get(event, "format")));
    put_text(o, "format-given", r->options.format);
    put_text(o, "columns", r->options.columns);
    struct jval *maps = jval_new_array();
    for (size_t i = 0; i < r->n_maps; i++)
        jval_append(maps, jval_new_string(r->maps[i]));
    if (r->n_maps > 0)
        jval_put(o, "map", maps);
    else
        jval_free(maps);
    if (r->users_are != IMPORT_RECS_USERS_SEEN)
        jval_put_string(o, "users", users[r->users_are]);
    put_text(o, "users", r->users);
    if (r->order != IMPORT_RECS_AS_SAID)
        jval_put_string(o, "order", order[r->order]);
    if (r->has_id_offset)
        jval_put_int(o, "id-offset", r->id_offset);
    if (r->has_user_offset)
        jval_put_int(o, "user-offset", r->user_offset);
    if (r->part == PART_VALID)
        jval_put_string(o, "split", "valid");
    if (r->options.allow_bad)
        jval_put_bool(o, "allow-bad", true);
    buf_init(&text);
    jval_write(o, false, &text);
    jval_free(o);
    return buf_detach(&text);
}

/* What was found, where the log of a run is looked for. */
static bool write_log(struct workspace *ws, const char *text, int64_t run, struct error *err)
{
    char *dir = workspace_run_dir(ws, run), *path = path_join(dir, "worker.log");
    bool ok = file_write(path, text, strlen(text), err);
    free(path);
    free(dir);
    return ok;
}

static bool store(const struct import_recs *r, struct workspace *ws, const struct split *split,
                  uint64_t fingerprint, double began, struct import_recs_lists *lists, int64_t *run,
                  struct error *err)
{
    char imported[] = "imported", none[] = "–", train[] = "train", kernel[] = "imported lists";
    char *settings = settings_of(r, lists->event);
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
    bool ok = run_lists_store_told(ws, split, fingerprint, &info, lists->part, "import",
                                   lists->event, run, err);
    if (ok && !write_log(ws, lists->log, *run, err)) {
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

bool import_recs(struct workspace *ws, const struct dataset *dataset, const struct corpus *corpus,
                 const struct split *split, const struct import_recs *request,
                 struct progress *progress, int64_t *run, struct jval **event, struct error *err)
{
    struct import_recs_lists lists;
    double began = clock_monotonic_seconds();
    *event = NULL;
    if (!check_name(ws, request->name, err) ||
        !import_recs_read(dataset, corpus, split, request, progress, &lists, err))
        return false;
    bool ok = store(request, ws, split, dataset->fingerprint, began, &lists, run, err);
    if (ok) {
        *event = lists.event;
        lists.event = NULL;
    }
    import_recs_release(&lists);
    return ok;
}
