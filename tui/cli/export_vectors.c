/* rote export embeddings, semids: what is known of the items, with their ids. */
#include <inttypes.h>
#include <string.h>

#include "analysis/run/item_vectors.h"
#include "analysis/semid/semid.h"
#include "storage/base/mem.h"
#include "storage/base/shell.h"
#include "storage/db/dataset.h"
#include "storage/files/npy.h"
#include "storage/files/tensors.h"
#include "storage/import/ids.h"
#include "tui/cli/export_files.h"

/* The form of the file: --format, else the end of its name, else the first one. */
static bool choose_form(const struct export_job *j, const char *const names[2],
                        const char *const endings[2], int *form, struct error *err)
{
    const char *name = cli_value(j->args, "format"), *dot = strrchr(j->path, '.');
    for (*form = 0; *form < 2; ++*form)
        if (name ? strcmp(name, names[*form]) == 0 : dot && strcmp(dot, endings[*form]) == 0)
            return true;
    *form = 0;
    return !name || error_set(err, ERROR_USAGE, "--format %s: %s is written as %s or %s", name,
                              j->args->rest[0], names[0], names[1]);
}

/* Appends the id as a JSON text. */
static void add_id(const struct strtab *ids, int32_t i, struct buf *out)
{
    struct jval *id = jval_new_string_n(strtab_get(ids, i), strtab_len(ids, i));
    jval_write(id, false, out);
    jval_free(id);
}

/* ---- embeddings ---- */

static bool write_ids(const struct dataset *d, FILE *out)
{
    struct buf line;
    buf_init(&line);
    for (int32_t i = 0; i < d->n_items; i++) {
        buf_clear(&line);
        add_id(&d->item_id, i, &line);
        fprintf(out, "%s%s", i ? ",\n" : "[", line.data);
    }
    fputs(d->n_items ? "]\n" : "[]\n", out);
    buf_release(&line);
    return true;
}

/* Ids that are whole numbers stand in the file, too, as rote import and others find them. NULL
 * with *err untouched: they are not. */
static int64_t *whole_ids(const struct dataset *d)
{
    int64_t *id = mem_zalloc((size_t)d->n_items, sizeof *id);
    for (int32_t i = 0; i < d->n_items; i++) {
        id[i] = ids_integer(strtab_get(&d->item_id, i), strtab_len(&d->item_id, i));
        if (id[i] < 0) {
            free(id);
            return NULL;
        }
    }
    return id;
}

static bool write_tensors(const char *path, const struct dataset *d, const struct item_vectors *v,
                          struct error *err)
{
    int64_t *ids = whole_ids(d);
    struct tensor list[] = {
        {.name = "embeddings",
         .dtype = TENSOR_F32,
         .rank = 2,
         .shape = {d->n_items, v->width},
         .data = v->x},
        {.name = "ids", .dtype = TENSOR_I64, .rank = 1, .shape = {d->n_items}, .data = ids}};
    bool ok = tensors_write(path, list, ids ? 2 : 1, NULL, err);
    free(ids);
    return ok;
}

static void tell_embeddings(const struct export_job *j, const struct item_vectors *v,
                            const char *ids_path)
{
    struct buf again;
    struct jval *notes = jval_new_array();
    buf_init(&again);
    char *spec = mem_printf("%s,%s", j->path, ids_path);
    buf_adds(&again, "FILES --embeddings ");
    shell_add_word(&again, spec);
    if (v->own)
        jval_append(notes, jval_new_string("the data set brings no embeddings: these are made from "
                                           "the items' texts, as gr makes them"));
    export_tell(j, NULL, (const char *const[]){j->path, ids_path, NULL}, notes, again.data);
    buf_release(&again);
    free(spec);
}

bool export_embeddings(const struct export_job *j, struct error *err)
{
    static const char *const names[] = {"npy", "safetensors"}, *const endings[] = {".npy",
                                                                                   ".safetensors"};
    const struct dataset *d = study_dataset(j->study);
    const struct item_vectors *v = NULL;
    int form;
    if (!export_needs_output(j, "two files, the matrix and its ids", err) ||
        !choose_form(j, names, endings, &form, err) ||
        !export_ids_fit(&d->item_id, EXPORT_IDS_JSON, "item", "a JSON list of ids", err) ||
        !(v = study_item_vectors(j->study, j->cli->progress, err)))
        return false;
    const char *slash = strrchr(j->path, '/'), *dot = strrchr(slash ? slash : j->path, '.');
    char *ids_path = mem_printf("%.*s.ids.json",
                                (int)(dot ? dot - j->path : (ptrdiff_t)strlen(j->path)), j->path);
    struct file_replace ids;
    /* the ids are put in place once the matrix is: a full disk leaves the old pair */
    bool ok = file_replace_begin(&ids, ids_path, err) && write_ids(d, ids.stream);
    if (ok && (form == 0 ? !npy_write(j->path, v->x, d->n_items, v->width, err)
                         : !write_tensors(j->path, d, v, err))) {
        file_replace_abandon(&ids);
        ok = false;
    }
    ok = ok && file_replace_commit(&ids, err);
    if (ok)
        tell_embeddings(j, v, ids_path);
    free(ids_path);
    return ok;
}

/* ---- semids ---- */

/* The data set's, or those of --run, which made its own or uses the data set's. */
static bool find_table(const struct export_job *j, struct semid_table *out, struct error *err)
{
    const char *name = cli_value(j->args, "run");
    const struct study_run *run = name ? study_run_find(j->study, name, err) : NULL;
    struct study_ids ids;
    if (name && !run)
        return false;
    if (run && !study_run_may_have_ids(run))
        return error_set(err, ERROR_STATE, "%s works on items, not on semantic ids", run->name);
    if (!study_ids_of(j->study, run, &ids, err))
        return false;
    *out = ids.table;
    return out->levels > 0 ||
           error_set(err, ERROR_STATE,
                     "the data set brings no semantic ids; --run R writes those that a run of gr "
                     "made for itself");
}

static void add_tokens(const struct semid_table *t, int32_t item, const char *quote,
                       const char *between, struct buf *out)
{
    for (int32_t l = 0; l < t->levels; l++)
        buf_addf(out, "%s%s<%c_%d>%s", l ? between : "", quote, 'a' + (int)l,
                 (int)semid_of(t, item)[l], quote);
}

/* {"item": ["<a_1>", "<b_2>"], …}, an item a line. */
static void write_letter(const struct dataset *d, const struct semid_table *t, FILE *out)
{
    const char *before = "{";
    struct buf line;
    buf_init(&line);
    for (int32_t i = 0; i < d->n_items; i++) {
        if (!semid_has(t, i))
            continue;
        buf_clear(&line);
        add_id(&d->item_id, i, &line);
        buf_adds(&line, ": [");
        add_tokens(t, i, "\"", ", ", &line);
        fprintf(out, "%s%s]", before, line.data);
        before = ",\n";
    }
    fputs("}\n", out);
    buf_release(&line);
}

/* <a_1><b_2>, title, item: MiniOneRec's info file. */
static void write_info(const struct dataset *d, const struct semid_table *t, FILE *out)
{
    struct buf line;
    buf_init(&line);
    for (int32_t i = 0; i < d->n_items; i++) {
        if (!semid_has(t, i))
            continue;
        buf_clear(&line);
        add_tokens(t, i, "", "", &line);
        buf_addc(&line, '\t');
        export_add_line(&line, strtab_get(&d->title, i), strtab_len(&d->title, i));
        fprintf(out, "%s\t%s\n", line.data, strtab_get(&d->item_id, i));
    }
    buf_release(&line);
}

static void tell_semids(const struct export_job *j)
{
    struct buf again;
    buf_init(&again);
    buf_adds(&again, "FILES --semids ");
    shell_add_word(&again, j->path);
    export_tell(j, NULL, (const char *const[]){j->path, NULL}, NULL, again.data);
    buf_release(&again);
}

bool export_semids(const struct export_job *j, struct error *err)
{
    static const char *const names[] = {"letter", "minionerec"}, *const endings[] = {".json",
                                                                                     ".txt"};
    const struct dataset *d = study_dataset(j->study);
    struct semid_table table;
    struct export_text t;
    int form;
    bool ok =
        choose_form(j, names, endings, &form, err) &&
        export_ids_fit(&d->item_id, form == 0 ? EXPORT_IDS_JSON : EXPORT_IDS_FIELD, "item",
                       form == 0 ? "an index.json of LETTER" : "an info file of MiniOneRec", err) &&
        find_table(j, &table, err) && semid_check(&table, NULL, err) &&
        export_text_begin(&t, j->path, j->cli->out, err);
    if (ok) {
        (form == 0 ? write_letter : write_info)(d, &table, t.stream);
        ok = export_text_commit(&t, err);
    }
    if (ok && strcmp(j->path, "-") != 0)
        tell_semids(j);
    return ok;
}
