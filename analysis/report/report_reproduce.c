/* The end of a report: the commands that make all of it again, each word as a shell reads it. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/report_private.h"
#include "analysis/run/folder.h"
#include "storage/base/hash.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/base/shell.h"
#include "storage/db/dataset.h"
#include "storage/db/workspace.h"

struct commands {
    struct report *r;
    struct buf out;
    int64_t *said; /* [n] numbers of the runs whose command stands there */
    size_t n, cap;
};

static void add_option(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, " --%s", name);
    if (value)
        shell_add_next(out, value);
}

/* ---- files ---- */

/* Files are named as they were, but for what is of this machine: the folder that all with an
 * absolute path have in common is left out. */
struct folder {
    const char *path; /* of the first file; NULL: none was absolute */
    size_t n;         /* bytes of it */
};

static void share_folder(struct folder *f, const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!slash || *path != '/')
        return;
    size_t n = (size_t)(slash - path) + 1, same = 0;
    if (!f->path)
        *f = (struct folder){path, n};
    for (size_t i = 0; i < f->n && i < n && f->path[i] == path[i]; i++)
        if (path[i] == '/')
            same = i + 1;
    f->n = same;
}

static const char *without(const struct folder *f, const char *path)
{
    return f->n > 1 && strncmp(path, f->path, f->n) == 0 ? path + f->n : path;
}

/* "FILE" or, of embeddings, "FILE,IDS". The caller frees. */
static char *files_without(const struct folder *f, const char *value)
{
    const char *comma = strstr(value, ",/");
    if (!comma)
        return mem_strdup(without(f, value));
    char *first = mem_strndup(value, (size_t)(comma - value));
    char *both = mem_printf("%s,%s", without(f, first), without(f, comma + 1));
    free(first);
    return both;
}

static bool is_file_option(const char *name)
{
    return strcmp(name, "items") == 0 || strcmp(name, "semids") == 0 ||
           strcmp(name, "embeddings") == 0;
}

/* ---- the data ---- */

static struct jval *import_request(struct report *r)
{
    struct workspace *ws = study_lock(r->study);
    char *text = workspace_get(ws, "import.request");
    study_unlock(r->study);
    struct jval *request = text ? jval_parse(text, strlen(text), NULL) : NULL;
    free(text);
    return request;
}

static void add_import(struct commands *c)
{
    struct jval *request = import_request(c->r);
    const struct jval *files = jval_get(request, "files"), *options = jval_get(request, "options");
    struct folder folder = {0};
    if (!request)
        buf_adds(&c->out, "# the data were imported by a rote that did not keep how\n");
    for (size_t i = 0; i < jval_size(files); i++)
        share_folder(&folder, jval_string(jval_at(files, i)));
    for (size_t i = 0; i < jval_size(options); i++) {
        const char *value = jval_string(jval_at(jval_at(options, i), 1));
        if (value && is_file_option(jval_string(jval_at(jval_at(options, i), 0)))) {
            share_folder(&folder, value);
            share_folder(&folder, strstr(value, ",/") ? strstr(value, ",/") + 1 : NULL);
        }
    }
    buf_adds(&c->out, request ? "rote import" : "");
    for (size_t i = 0; i < jval_size(files); i++)
        shell_add_next(&c->out, without(&folder, jval_string(jval_at(files, i))));
    for (size_t i = 0; i < jval_size(options); i++) {
        const char *name = jval_string(jval_at(jval_at(options, i), 0));
        const char *value = jval_string(jval_at(jval_at(options, i), 1));
        char *file = value && is_file_option(name) ? files_without(&folder, value) : NULL;
        add_option(&c->out, name, file ? file : value);
        free(file);
    }
    buf_adds(&c->out, request ? "\n" : "");
    jval_free(request);
}

/* ---- runs of rote's own models ---- */

static void add_setting(struct buf *out, const char *name, const struct jval *value)
{
    struct buf text;
    buf_init(&text);
    buf_addf(&text, "%s=", name);
    if (jval_string(value))
        buf_adds(&text, jval_string(value));
    else
        jval_write(value, false, &text);
    add_option(out, "set", text.data);
    buf_release(&text);
}

/* An option of the model that has not its default, or the seed; what the run itself found is none.
 */
static bool is_setting(enum run_model model, const char *name, const struct jval *value)
{
    for (int i = 0; i < RUN_OPTIONS; i++) {
        const struct run_option *o = run_option((enum run_option_id)i);
        char usual[RUN_OPTION_TEXT], is[RUN_OPTION_TEXT];
        if (strcmp(o->name, name) != 0)
            continue;
        if (isnan(o->otherwise[model]))
            return false;
        run_option_text((enum run_option_id)i, o->otherwise[model], usual);
        run_option_text((enum run_option_id)i, jval_real(value, 0), is);
        return strcmp(name, "seed") == 0 ||
               strcmp(usual, jval_string(value) ? jval_string(value) : is) != 0;
    }
    return false;
}

static void end_train(struct commands *c, const struct study_run *run)
{
    if (run->trained_on == TRAINED_ON_TRAIN_VALID && strcmp(run->model, "ensemble") != 0)
        add_option(&c->out, "trained-on", "train+valid");
    add_option(&c->out, "name", run->name);
    buf_addc(&c->out, '\n');
}

static void add_train(struct commands *c, const struct study_run *run, enum run_model model,
                      const struct jval *options)
{
    const char *name;
    const struct jval *value;
    buf_adds(&c->out, "rote train");
    add_option(&c->out, "model", run->model);
    if (run_model_is_trained(model) && strcmp(run->strategy, "next-item") != 0)
        add_option(&c->out, "strategy", run->strategy);
    for (void *it = NULL; (it = jval_next(options, it, &name, &value));)
        if (is_setting(model, name, value))
            add_setting(&c->out, name, value);
    end_train(c, run);
}

/* Of other programs' models names and values are theirs. */
static void add_external(struct commands *c, const struct study_run *run, const struct run_job *job,
                         const struct jval *options)
{
    const char *name;
    const struct jval *value;
    buf_adds(&c->out, "rote train --launcher command");
    add_option(&c->out, "command", job->command);
    add_option(&c->out, "model", run->model);
    if (strcmp(run->strategy, "next-item") != 0)
        add_option(&c->out, "strategy", run->strategy);
    for (void *it = NULL; (it = jval_next(options, it, &name, &value));)
        if (strcmp(name, "seed") != 0)
            add_setting(&c->out, name, value);
    buf_addf(&c->out, " --seed %" PRId64, run->seed);
    end_train(c, run);
}

static void add_run(struct commands *c, const struct study_run *run);

/* Behind the two runs that it combines, whether the report is about them or not. */
static void add_ensemble(struct commands *c, const struct study_run *run,
                         const struct jval *options)
{
    static const char *const role[2] = {"memorizer", "generalizer"};
    const char *name[2];
    for (int i = 0; i < 2; i++) {
        const struct study_run *of = run_member(c->r->study, options, role[i]);
        const char *was = jval_string(jval_get(options, role[i]));
        name[i] = of ? of->name : was ? was : "?";
        if (of && of != run)
            add_run(c, of);
        else
            buf_addf(&c->out, "# the run %s is not there any more\n", name[i]);
    }
    struct buf of;
    buf_init(&of);
    run_name_add(name[0], &of);
    buf_addc(&of, ',');
    run_name_add(name[1], &of);
    buf_adds(&c->out, "rote train --model ensemble");
    add_option(&c->out, "of", of.data);
    end_train(c, run);
    buf_release(&of);
}

/* ---- other programs' lists ---- */

static void add_import_recs(struct commands *c, const struct study_run *run,
                            const struct jval *options)
{
    static const char *const files[] = {"file", "valid", "users"};
    const struct jval *maps = jval_get(options, "map"), *value;
    const char *file = jval_string(jval_get(options, "file")), *name;
    struct folder folder = {0};
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        share_folder(&folder, jval_string(jval_get(options, files[i])));
    for (size_t i = 0; i < jval_size(maps); i++)
        share_folder(&folder, jval_string(jval_at(maps, i)));
    if (!file) {
        buf_addf(&c->out, "# %s was made by another program\n", run->name);
        return;
    }
    buf_adds(&c->out, "rote import-recs");
    shell_add_next(&c->out, without(&folder, file));
    for (void *it = NULL; (it = jval_next(options, it, &name, &value));) {
        char number[24];
        snprintf(number, sizeof number, "%" PRId64, jval_int(value, 0));
        if (strcmp(name, "file") == 0 || strcmp(name, "format") == 0)
            continue; /* what was seen is seen again */
        name = strcmp(name, "format-given") == 0 ? "format" : name;
        for (size_t i = 0; value == maps && i < jval_size(maps); i++)
            add_option(&c->out, name, without(&folder, jval_string(jval_at(maps, i))));
        if (jval_string(value))
            add_option(&c->out, name, without(&folder, jval_string(value)));
        else if (value != maps)
            add_option(&c->out, name, jval_bool(value, false) ? NULL : number);
    }
    if (strcmp(run->model, "imported") != 0)
        add_option(&c->out, "model", run->model);
    if (strcmp(run->strategy, "–") != 0) /* none was named */
        add_option(&c->out, "strategy", run->strategy);
    if (!run->trained_on_assumed)
        add_option(&c->out, "trained-on",
                   run->trained_on == TRAINED_ON_TRAIN_VALID ? "train+valid" : "train");
    add_option(&c->out, "name", run->name);
    buf_addc(&c->out, '\n');
}

/* ---- all ---- */

static bool is_said(const struct commands *c, int64_t run)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->said[i] == run)
            return true;
    return false;
}

/* What a worker was told; false: no worker made the run. */
static bool read_job(const struct commands *c, int64_t run, struct run_job *out)
{
    struct workspace *ws = study_lock(c->r->study);
    char *dir = workspace_run_dir(ws, run);
    study_unlock(c->r->study);
    bool ok = run_job_read(dir, out, NULL);
    free(dir);
    return ok;
}

static void add_run(struct commands *c, const struct study_run *run)
{
    enum run_model model;
    struct run_job job = {0};
    struct jval *options = jval_parse(run->options_json, strlen(run->options_json), NULL);
    if (is_said(c, run->id)) {
        jval_free(options);
        return;
    }
    MEM_GROW(c->said, c->n + 1, c->cap);
    c->said[c->n++] = run->id;
    bool has_job = read_job(c, run->id, &job);
    if (has_job && launcher_get(job.launcher)->is_external)
        add_external(c, run, &job, options);
    else if (!has_job && jval_get(options, "file"))
        add_import_recs(c, run, options);
    else if (!run_model_find(run->model, &model, NULL))
        buf_addf(&c->out, "# %s was made by another program\n", run->name);
    else if (model == RUN_ENSEMBLE)
        add_ensemble(c, run, options);
    else
        add_train(c, run, model, options);
    run_job_release(&job);
    jval_free(options);
}

void report_reproduce(struct report *r)
{
    char print[HASH_TEXT_LEN + 1];
    hash_format(study_dataset(r->study)->fingerprint, print);
    document_heading(r->doc, 1, "How to make this again");
    struct doc_text *t = document_paragraph(r->doc);
    doc_text_addf(t, SPAN_PLAIN,
                  "With rote " ROTE_VERSION ", in the folder of the files; the data are then ");
    doc_text_addf(t, SPAN_CODE, "%s", print);
    doc_text_addf(t, SPAN_PLAIN, " (");
    doc_text_addf(t, SPAN_CODE, "rote dataset");
    doc_text_addf(t, SPAN_PLAIN,
                  " tells). Seeds are among the options; nulls and intervals have fixed ones, so "
                  "that a figure is the same whenever it is computed.");
    struct commands c = {.r = r};
    buf_init(&c.out);
    add_import(&c);
    for (size_t i = 0; i < r->options->n_runs; i++)
        add_run(&c, r->options->run[i]);
    buf_addf(&c.out, "%s\n", r->options->command);
    document_code(r->doc, c.out.data, c.out.len);
    free(c.said);
    buf_release(&c.out);
}
