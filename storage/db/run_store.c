#include "storage/db/run_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/buf.h"
#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/case_undo.h"
#include "storage/db/sql.h"

#define COLUMNS                                                                                    \
    "run, name, model, strategy, options, state, trained_on, trained_on_assumed, fingerprint,"     \
    " seed, created, started, ended, seconds, kernel, error"

enum { NAME_MAX_BYTES = 80 };

void run_info_release(struct run_info *info)
{
    free(info->name);
    free(info->model);
    free(info->strategy);
    free(info->options_json);
    free(info->state);
    free(info->trained_on);
    free(info->kernel);
    free(info->error);
    *info = (struct run_info){0};
}

void run_list_release(struct run_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        run_info_release(&list->run[i]);
    free(list->run);
    *list = (struct run_list){0};
}

/* The row a statement over COLUMNS stands on. */
static struct run_info read_run(sqlite3_stmt *stmt)
{
    struct run_info info = {
        .id = sqlite3_column_int64(stmt, 0),
        .name = sql_text(stmt, 1),
        .model = sql_text(stmt, 2),
        .strategy = sql_text(stmt, 3),
        .options_json = sql_text(stmt, 4),
        .state = sql_text(stmt, 5),
        .trained_on = sql_text(stmt, 6),
        .trained_on_assumed = sqlite3_column_int(stmt, 7) != 0,
        .seed = sqlite3_column_int64(stmt, 9),
        .created = sqlite3_column_int64(stmt, 10),
        .started = sqlite3_column_int64(stmt, 11),
        .ended = sqlite3_column_int64(stmt, 12),
        .seconds = sqlite3_column_double(stmt, 13),
        .kernel = sql_text(stmt, 14),
        .error = sql_text(stmt, 15),
    };
    char *fingerprint = sql_text(stmt, 8);
    hash_parse(fingerprint, strlen(fingerprint), &info.fingerprint);
    free(fingerprint);
    return info;
}

/* ---- names ---- */

bool run_name_ok(const char *name, struct error *err)
{
    size_t n = strlen(name);
    int64_t number;
    bool ok = n > 0 && n <= NAME_MAX_BYTES && !num_int64(name, n, &number) && name[0] != '-';
    for (size_t i = 0; i < n; i++)
        ok = ok && (unsigned char)name[i] >= 0x20 && name[i] != 0x7f && name[i] != '/';
    return ok || error_set(err, ERROR_USAGE,
                           "\"%.100s\" cannot be the name of a run: 1 to %d bytes, no number, "
                           "no '/', no control characters, not beginning with '-'",
                           name, NAME_MAX_BYTES);
}

static bool name_exists(struct workspace *ws, const char *name, bool *exists, struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(ws->db, err, "SELECT 1 FROM run WHERE name = ?", "s", name);
    bool ok = stmt && sql_step(stmt, exists, err);
    sqlite3_finalize(stmt);
    return ok;
}

/* `name` itself must be free; NULL: the first free of model, model-2, … The caller frees. */
static char *free_name(struct workspace *ws, const char *name, const char *model, struct error *err)
{
    bool exists;
    if (name) {
        if (!run_name_ok(name, err) || !name_exists(ws, name, &exists, err))
            return NULL;
        if (!exists)
            return mem_strdup(name);
        error_set(err, ERROR_USAGE,
                  "there is already a run named %s; choose another name (--name), or delete that "
                  "one: rote runs delete %s",
                  name, name);
        return NULL;
    }
    for (int i = 1;; i++) {
        char *candidate = i == 1 ? mem_strdup(model) : mem_printf("%s-%d", model, i);
        if (run_name_ok(candidate, err) && name_exists(ws, candidate, &exists, err) && !exists)
            return candidate;
        bool go_on = run_name_ok(candidate, NULL) && exists;
        free(candidate);
        if (!go_on)
            return NULL;
    }
}

/* ---- creating and changing ---- */

static const char *or_default(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

static bool insert_run(struct workspace *ws, const struct run_info *wanted, int64_t *id,
                       struct error *err)
{
    struct workspace_facts facts;
    if (!workspace_facts(ws, &facts, err))
        return false;
    char *name = free_name(ws, wanted->name, wanted->model, err);
    if (!name)
        return false;
    char fingerprint[HASH_TEXT_LEN + 1];
    hash_format(facts.fingerprint, fingerprint);
    bool ok =
        sql_do(ws->db, err,
               "INSERT INTO run (name, model, strategy, options, state, trained_on,"
               " trained_on_assumed, fingerprint, seed, created, started, ended, seconds,"
               " kernel, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               "ssssssisiiiirss", name, wanted->model, or_default(wanted->strategy, "next-item"),
               or_default(wanted->options_json, "{}"), or_default(wanted->state, "queued"),
               or_default(wanted->trained_on, "train"), (int64_t)wanted->trained_on_assumed,
               fingerprint, wanted->seed, clock_wall_seconds(), wanted->started, wanted->ended,
               wanted->seconds, or_default(wanted->kernel, ""), or_default(wanted->error, ""));
    *id = sqlite3_last_insert_rowid(ws->db);
    free(name);
    return ok;
}

static bool make_dir(struct workspace *ws, int64_t id, run_fill_fn fill, void *context,
                     struct error *err)
{
    char *dir = workspace_run_dir(ws, id);
    bool ok = dir_remove(dir, err) && dir_make(dir, err) && (!fill || fill(context, id, dir, err));
    free(dir);
    return ok;
}

bool run_create_filled(struct workspace *ws, const struct run_info *wanted, run_fill_fn fill,
                       void *context, int64_t *id, struct error *err)
{
    if (!workspace_writable(ws, err) || !sql_begin(ws->db, err))
        return false;
    bool ok = insert_run(ws, wanted, id, err) && make_dir(ws, *id, fill, context, err);
    return sql_end(ws->db, ok, err);
}

bool run_create(struct workspace *ws, const struct run_info *wanted, int64_t *id, struct error *err)
{
    return run_create_filled(ws, wanted, NULL, NULL, id, err);
}

/* After an UPDATE or DELETE of one run. */
static bool one_changed(struct workspace *ws, int64_t id, struct error *err)
{
    return sqlite3_changes(ws->db) == 1 ||
           error_set(err, ERROR_NOT_FOUND, "there is no run %" PRId64, id);
}

bool run_update(struct workspace *ws, const struct run_info *info, struct error *err)
{
    return workspace_writable(ws, err) &&
           sql_do(ws->db, err,
                  "UPDATE run SET model = ?, strategy = ?, options = ?, state = ?, trained_on = ?,"
                  " trained_on_assumed = ?, seed = ?, started = ?, ended = ?, seconds = ?,"
                  " kernel = ?, error = ? WHERE run = ?",
                  "sssssiiiirssi", info->model, info->strategy, info->options_json, info->state,
                  info->trained_on, (int64_t)info->trained_on_assumed, info->seed, info->started,
                  info->ended, info->seconds, or_default(info->kernel, ""),
                  or_default(info->error, ""), info->id) &&
           one_changed(ws, info->id, err);
}

bool run_set_state(struct workspace *ws, int64_t id, const char *state, const char *why,
                   struct error *err)
{
    return workspace_writable(ws, err) &&
           sql_do(ws->db, err,
                  "UPDATE run SET state = ?1, error = ?2,"
                  " started = iif(?1 = 'running', ?3, started),"
                  " ended = iif(?1 IN ('done', 'failed', 'cancelled'), ?3, 0) WHERE run = ?4",
                  "ssii", state, or_default(why, ""), clock_wall_seconds(), id) &&
           one_changed(ws, id, err);
}

bool run_rename(struct workspace *ws, int64_t id, const char *name, struct error *err)
{
    if (!workspace_writable(ws, err) || !sql_begin(ws->db, err))
        return false;
    struct case_journal j = {.ws = ws};
    char *free_one = free_name(ws, name, NULL, err), *what = mem_printf("name %s of a run", name);
    bool ok = free_one && case_journal_touch(&j, RUN_NAME_ROW, id, err) &&
              sql_do(ws->db, err, "UPDATE run SET name = ? WHERE run = ?", "si", name, id) &&
              one_changed(ws, id, err) && case_journal_store(&j, what, err);
    case_journal_release(&j);
    free(free_one);
    free(what);
    return sql_end(ws->db, ok, err);
}

bool run_delete(struct workspace *ws, int64_t id, struct error *err)
{
    if (!workspace_writable(ws, err) ||
        !sql_do(ws->db, err, "DELETE FROM run WHERE run = ?", "i", id) || !one_changed(ws, id, err))
        return false;
    char *dir = workspace_run_dir(ws, id);
    bool ok = dir_remove(dir, err);
    free(dir);
    return ok;
}

/* ---- reading ---- */

static bool read_list(struct workspace *ws, struct run_list *out, struct error *err,
                      const char *where, int64_t id)
{
    char *sql = mem_printf("SELECT " COLUMNS " FROM run %s ORDER BY run", where);
    sqlite3_stmt *stmt = sql_prepare(ws->db, err, sql, *where ? "i" : "", id);
    free(sql);
    size_t cap = 0;
    bool row, ok = stmt != NULL;
    *out = (struct run_list){0};
    while (ok && (ok = sql_step(stmt, &row, err)) && row) {
        MEM_GROW(out->run, out->n + 1, cap);
        out->run[out->n++] = read_run(stmt);
    }
    sqlite3_finalize(stmt);
    if (!ok)
        run_list_release(out);
    return ok;
}

bool run_list_read(struct workspace *ws, struct run_list *out, struct error *err)
{
    return read_list(ws, out, err, "", 0);
}

/* Moves one run out of a list and releases the rest. */
static void take_from(struct run_list *list, size_t i, struct run_info *out)
{
    *out = list->run[i];
    list->run[i] = (struct run_info){0};
    run_list_release(list);
}

bool run_get(struct workspace *ws, int64_t id, struct run_info *out, struct error *err)
{
    struct run_list list;
    if (!read_list(ws, &list, err, "WHERE run = ?", id))
        return false;
    if (list.n == 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no run %" PRId64, id);
    take_from(&list, 0, out);
    return true;
}

static void name_runs(const struct run_list *list, const char *prefix, struct buf *out)
{
    size_t shown = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (strncmp(list->run[i].name, prefix, strlen(prefix)) != 0)
            continue;
        if (++shown > 20) {
            buf_adds(out, ", …");
            return;
        }
        buf_addf(out, "%s%s", shown > 1 ? ", " : "", list->run[i].name);
    }
}

/* The index of the run meant by `text`, -1: none, -2: several. */
static int64_t match_run(const struct run_list *list, const char *text)
{
    int64_t id, by_prefix = -1;
    bool number = num_int64(text, strlen(text), &id);
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->run[i].name, text) == 0 || (number && list->run[i].id == id))
            return (int64_t)i;
        if (strncmp(list->run[i].name, text, strlen(text)) == 0)
            by_prefix = by_prefix == -1 ? (int64_t)i : -2;
    }
    return by_prefix;
}

bool run_find(struct workspace *ws, const char *text, struct run_info *out, struct error *err)
{
    struct run_list list;
    if (!run_list_read(ws, &list, err))
        return false;
    int64_t at = match_run(&list, text);
    if (at >= 0) {
        take_from(&list, (size_t)at, out);
        return true;
    }
    struct buf names;
    buf_init(&names);
    name_runs(&list, at == -2 ? text : "", &names);
    if (at == -2)
        error_set(err, ERROR_NOT_FOUND, "\"%.100s\" fits several runs: %s", text, names.data);
    else if (list.n == 0)
        error_set(err, ERROR_NOT_FOUND, "there is no run \"%.100s\": there are no runs yet", text);
    else
        error_set(err, ERROR_NOT_FOUND, "there is no run \"%.100s\"; there are: %s", text,
                  names.data);
    buf_release(&names);
    run_list_release(&list);
    return false;
}

int64_t run_generation(struct workspace *ws)
{
    /* data_version changes with other connections' commits, total_changes with our own. */
    sqlite3_stmt *stmt = sql_prepare(ws->db, NULL, "PRAGMA data_version", "");
    bool row = false;
    int64_t version = 0;
    if (stmt && sql_step(stmt, &row, NULL) && row)
        version = sqlite3_column_int64(stmt, 0) + sqlite3_total_changes64(ws->db);
    sqlite3_finalize(stmt);
    return version;
}

/* ---- events ---- */

static bool insert_events(struct workspace *ws, int64_t run, const struct run_event *list, size_t n,
                          struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(ws->db, err,
                                     "INSERT INTO run_event (run, seq, time, kind, data)"
                                     " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                                     "");
    bool ok = stmt != NULL;
    for (size_t i = 0; ok && i < n; i++)
        ok = sql_bind(stmt, err, "iiiss", run, list[i].seq, list[i].time, list[i].kind,
                      list[i].data) &&
             sql_run(stmt, err);
    sqlite3_finalize(stmt);
    return ok;
}

bool run_events_append(struct workspace *ws, int64_t run, const struct run_event *list, size_t n,
                       struct error *err)
{
    return workspace_writable(ws, err) && sql_begin(ws->db, err) &&
           sql_end(ws->db, insert_events(ws, run, list, n, err), err);
}

bool run_events_take(struct workspace *ws, const struct run_info *info,
                     const struct run_event *list, size_t n, struct error *err)
{
    return workspace_writable(ws, err) && sql_begin(ws->db, err) &&
           sql_end(ws->db, run_update(ws, info, err) && insert_events(ws, info->id, list, n, err),
                   err);
}

bool run_events_last(struct workspace *ws, int64_t run, int64_t *seq, struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(
        ws->db, err, "SELECT coalesce(max(seq), 0) FROM run_event WHERE run = ?", "i", run);
    bool row;
    bool ok = stmt && sql_step(stmt, &row, err);
    if (ok)
        *seq = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return ok;
}

bool run_events_read(struct workspace *ws, int64_t run, int64_t after,
                     bool (*each)(void *context, const struct run_event *event), void *context,
                     struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(ws->db, err,
                                     "SELECT seq, time, kind, data FROM run_event"
                                     " WHERE run = ? AND seq > ? ORDER BY seq",
                                     "ii", run, after);
    bool row, more = true, ok = stmt != NULL;
    while (ok && more && (ok = sql_step(stmt, &row, err)) && row) {
        struct run_event event = {
            .seq = sqlite3_column_int64(stmt, 0),
            .time = sqlite3_column_int64(stmt, 1),
            .kind = (const char *)sqlite3_column_text(stmt, 2),
            .data = (const char *)sqlite3_column_text(stmt, 3),
        };
        more = each(context, &event);
    }
    sqlite3_finalize(stmt);
    return ok;
}
