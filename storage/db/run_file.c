#include "storage/db/run_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/db/metric_store.h"
#include "storage/db/sql.h"

#define RECS_FORMAT   "rote-recs-1"
#define LABELS_FORMAT "rote-labels-1"

/* ---- lists ---- */

static char *recs_path(const char *run_dir, const char *part)
{
    return mem_printf("%s/recs-%s.safetensors", run_dir, part);
}

bool run_recs_write(const char *run_dir, const char *part, uint64_t fingerprint,
                    const struct run_recs *recs, struct error *err)
{
    char text[HASH_TEXT_LEN + 1];
    hash_format(fingerprint, text);
    const char *meta[] = {"format", RECS_FORMAT, "part", part, "fingerprint", text, NULL};
    const struct tensor list[] = {
        {"user", TENSOR_I32, 1, {recs->n_cases}, 0, recs->user, 0},
        {"position", TENSOR_I32, 1, {recs->n_cases}, 0, recs->position, 0},
        {"item", TENSOR_I32, 2, {recs->n_cases, recs->depth}, 0, recs->item, 0},
        {"score", TENSOR_F32, 2, {recs->n_cases, recs->depth}, 0, recs->score, 0},
    };
    char *path = recs_path(run_dir, part);
    bool ok = tensors_write(path, list, ARRAY_LEN(list) - (recs->score == NULL), meta, err);
    free(path);
    return ok;
}

/* A file of ours with this format whose tensor `name` is [rows, depth]. */
static bool check_table(const struct tensors *t, const char *format, const char *name,
                        int64_t *rows, int32_t *depth, struct error *err)
{
    const char *is = tensors_meta(t, "format");
    const struct tensor *x = tensors_find(t, name);
    if (!is || strcmp(is, format) != 0 || !x || x->rank != 2 || x->shape[1] < 1 ||
        x->shape[1] > INT32_MAX)
        return error_set(err, ERROR_INPUT, "%s is not a file of this kind (%s)", tensors_path(t),
                         format);
    *rows = x->shape[0];
    *depth = (int32_t)x->shape[1];
    return true;
}

static bool open_recs(const char *path, struct run_recs *out, struct error *err)
{
    struct run_recs r = {.file = tensors_open(path, err)};
    bool ok = r.file && check_table(r.file, RECS_FORMAT, "item", &r.n_cases, &r.depth, err) &&
              (r.user = tensors_array(r.file, "user", TENSOR_I32, r.n_cases, err)) &&
              (r.position = tensors_array(r.file, "position", TENSOR_I32, r.n_cases, err)) &&
              (r.item = tensors_array(r.file, "item", TENSOR_I32, r.n_cases * r.depth, err)) &&
              (!tensors_find(r.file, "score") ||
               (r.score = tensors_array(r.file, "score", TENSOR_F32, r.n_cases * r.depth, err)));
    if (ok)
        *out = r;
    else
        tensors_close(r.file);
    return ok;
}

void run_recs_close(struct run_recs *recs)
{
    tensors_close(recs->file);
    *recs = (struct run_recs){0};
}

/* ---- the registry ---- */

static bool file_known(struct workspace *ws, int64_t run, const char *kind, const char *part,
                       const char *edges, bool *known, struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(ws->db, err,
                                     "SELECT 1 FROM run_file WHERE run = ? AND kind = ?"
                                     " AND part = ? AND edges = ?",
                                     "isss", run, kind, part, edges);
    bool ok = stmt && sql_step(stmt, known, err);
    sqlite3_finalize(stmt);
    return ok;
}

static bool insert_file(struct workspace *ws, int64_t run, const char *kind, const char *part,
                        const char *edges, const char *path, struct error *err)
{
    return sql_do(ws->db, err,
                  "INSERT OR REPLACE INTO run_file (run, kind, part, edges, name)"
                  " VALUES (?, ?, ?, ?, ?)",
                  "issss", run, kind, part, edges, strrchr(path, '/') + 1);
}

bool run_recs_exist(struct workspace *ws, int64_t run, const char *part)
{
    bool known = false;
    return file_known(ws, run, "recs", part, "", &known, NULL) && known;
}

bool run_labels_exist(struct workspace *ws, int64_t run, const char *part, const char *edges)
{
    bool known = false;
    return file_known(ws, run, "labels", part, edges, &known, NULL) && known;
}

bool run_recs_open(struct workspace *ws, int64_t run, const char *part, struct run_recs *out,
                   struct error *err)
{
    bool known;
    if (!file_known(ws, run, "recs", part, "", &known, err))
        return false;
    if (!known)
        return error_set(err, ERROR_NOT_FOUND,
                         "run %" PRId64 " has no recommendations for the %s part", run, part);
    char *dir = workspace_run_dir(ws, run), *path = recs_path(dir, part);
    bool ok = open_recs(path, out, err);
    free(path);
    free(dir);
    return ok;
}

/* Every index within the data set: what a worker or another program wrote is not trusted. */
static bool check_recs(const struct run_recs *r, const struct workspace_facts *facts,
                       const char *fingerprint, struct error *err)
{
    const char *path = tensors_path(r->file), *theirs = tensors_meta(r->file, "fingerprint");
    if (!theirs || strcmp(theirs, fingerprint) != 0)
        return error_set(err, ERROR_INPUT, "%s was made for another data set (fingerprint %s)",
                         path, theirs ? theirs : "missing");
    for (int64_t i = 0; i < r->n_cases; i++)
        if (r->user[i] < 0 || r->user[i] >= facts->users || r->position[i] < 0 ||
            (i > 0 && r->user[i] < r->user[i - 1]))
            return error_set(err, ERROR_INPUT, "%s: case %" PRId64 " is of no user in order", path,
                             i);
    for (int64_t i = 0; i < r->n_cases * r->depth; i++)
        if (r->item[i] < -2 || r->item[i] >= facts->items)
            return error_set(err, ERROR_INPUT, "%s: slot %" PRId64 " holds no item", path, i);
    return true;
}

static bool register_recs(struct workspace *ws, int64_t run, const char *part, const char *path,
                          struct error *err)
{
    return sql_do(ws->db, err,
                  "DELETE FROM run_file WHERE run = ? AND kind = 'labels' AND part = ?", "is", run,
                  part) &&
           sql_do(ws->db, err, "DELETE FROM metric WHERE run = ? AND part = ?", "is", run, part) &&
           insert_file(ws, run, "recs", part, "", path, err);
}

bool run_recs_register(struct workspace *ws, int64_t run, const char *part, struct error *err)
{
    struct workspace_facts facts;
    struct run_recs recs;
    char fingerprint[HASH_TEXT_LEN + 1], *dir = workspace_run_dir(ws, run);
    char *path = recs_path(dir, part);
    bool ok = workspace_writable(ws, err) && workspace_facts(ws, &facts, err) &&
              open_recs(path, &recs, err);
    if (ok) {
        hash_format(facts.fingerprint, fingerprint);
        ok = check_recs(&recs, &facts, fingerprint, err);
        run_recs_close(&recs);
    }
    ok = ok && sql_begin(ws->db, err) &&
         sql_end(ws->db, register_recs(ws, run, part, path, err), err);
    free(path);
    free(dir);
    return ok;
}

/* ---- labels ---- */

static char *labels_path(struct workspace *ws, int64_t run, const char *part, const char *edges)
{
    return mem_printf("%s/runs/%" PRId64 "/labels-%s-%s.safetensors", ws->dir, run, part, edges);
}

/* The texts of the codes that occur, as metadata "code.<number>". */
static void put_codes(struct tensors_writer *w, const struct run_labels *labels,
                      void (*format)(uint16_t code, char text[RUN_LABEL_TEXT_MAX]))
{
    bool *seen = mem_zalloc(UINT16_MAX + 1, sizeof *seen);
    char text[RUN_LABEL_TEXT_MAX], key[16];
    for (int64_t i = 0; i < labels->n_cases * labels->depth; i++)
        seen[labels->relation[i]] = true;
    for (unsigned code = 0; code <= UINT16_MAX; code++) {
        if (!seen[code])
            continue;
        format((uint16_t)code, text);
        snprintf(key, sizeof key, "code.%u", code);
        tensors_writer_meta(w, key, text);
    }
    free(seen);
}

static bool write_labels(struct tensors_writer *w, const char *path,
                         const struct run_labels *labels, const struct tensor *more, size_t n_more,
                         struct error *err)
{
    int64_t shape[2] = {labels->n_cases, labels->depth};
    size_t n = (size_t)shape[0] * (size_t)shape[1];
    int relation = tensors_writer_declare(w, "relation", TENSOR_U16, 2, shape);
    int verbatim = tensors_writer_declare(w, "verbatim", TENSOR_U8, 2, shape);
    int one_hop =
        labels->one_hop ? tensors_writer_declare(w, "one_hop", TENSOR_U8, 2, shape) : verbatim;
    for (size_t i = 0; i < n_more; i++)
        tensors_writer_declare(w, more[i].name, more[i].dtype, 2, shape);
    bool ok =
        tensors_writer_begin(w, path, err) &&
        tensors_writer_put(w, relation, labels->relation, n * sizeof *labels->relation, err) &&
        tensors_writer_put(w, verbatim, labels->verbatim, n, err) &&
        (!labels->one_hop || tensors_writer_put(w, one_hop, labels->one_hop, n, err));
    for (size_t i = 0; ok && i < n_more; i++)
        ok = tensors_writer_put(w, one_hop + 1 + (int)i, more[i].data,
                                n * tensor_dtype_size(more[i].dtype), err);
    return ok && tensors_writer_commit(w, err);
}

bool run_labels_write(struct workspace *ws, int64_t run, const char *part, const char *edges,
                      const struct run_labels *labels,
                      void (*format)(uint16_t code, char text[RUN_LABEL_TEXT_MAX]),
                      const struct tensor *more, size_t n_more, struct error *err)
{
    if (!workspace_writable(ws, err))
        return false;
    char *path = labels_path(ws, run, part, edges);
    struct tensors_writer *w = tensors_writer_new();
    tensors_writer_meta(w, "format", LABELS_FORMAT);
    tensors_writer_meta(w, "part", part);
    tensors_writer_meta(w, "edges", edges);
    put_codes(w, labels, format);
    bool ok = write_labels(w, path, labels, more, n_more, err) &&
              insert_file(ws, run, "labels", part, edges, path, err);
    tensors_writer_free(w);
    free(path);
    return ok;
}

static bool open_labels(const char *path, struct run_labels *out, struct error *err)
{
    struct run_labels l = {.file = tensors_open(path, err)};
    bool ok =
        l.file && check_table(l.file, LABELS_FORMAT, "relation", &l.n_cases, &l.depth, err) &&
        (l.relation = tensors_array(l.file, "relation", TENSOR_U16, l.n_cases * l.depth, err)) &&
        (l.verbatim = tensors_array(l.file, "verbatim", TENSOR_U8, l.n_cases * l.depth, err)) &&
        (!tensors_find(l.file, "one_hop") ||
         (l.one_hop = tensors_array(l.file, "one_hop", TENSOR_U8, l.n_cases * l.depth, err)));
    if (ok)
        *out = l;
    else
        tensors_close(l.file);
    return ok;
}

bool run_labels_open(struct workspace *ws, int64_t run, const char *part, const char *edges,
                     struct run_labels *out, struct error *err)
{
    bool known;
    if (!file_known(ws, run, "labels", part, edges, &known, err))
        return false;
    if (!known)
        return error_set(err, ERROR_NOT_FOUND,
                         "run %" PRId64 " has no labels for the %s part against %s", run, part,
                         edges);
    char *path = labels_path(ws, run, part, edges);
    bool ok = open_labels(path, out, err);
    free(path);
    return ok;
}

void run_labels_close(struct run_labels *labels)
{
    tensors_close(labels->file);
    *labels = (struct run_labels){0};
}
