/*
 * rote export recbole, sequences: the data set as other programs read it. Importing it again gives
 * the same fingerprint: users in their order, and each one's items in theirs.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/shell.h"
#include "storage/db/dataset.h"
#include "storage/db/query.h"
#include "storage/export/folder.h"
#include "storage/import/columns.h"
#include "tui/cli/export_files.h"

enum { CHECK_EVERY = 4096 };

static bool going_on(const struct export_job *j, int32_t u, int32_t n_users, struct error *err)
{
    return u % CHECK_EVERY != 0 ||
           progress_at(j->cli->progress, "exporting", u, n_users, "users", err);
}

static struct jval *add_note(struct jval *notes, const char *text)
{
    jval_append(notes, jval_new_string(text));
    return notes;
}

/* Do times descend somewhere? Then they cannot order the sequences again. */
static bool is_by_time(const struct dataset *d)
{
    for (int32_t u = 0; d->time && u < d->n_users; u++)
        for (int64_t i = d->offset[u] + 1; i < d->offset[u + 1]; i++)
            if (d->time[i] < d->time[i - 1])
                return false;
    return true;
}

/* ---- recbole: interactions ---- */

static bool write_inter(const struct export_job *j, const char *path, struct error *err)
{
    const struct dataset *d = study_dataset(j->study);
    struct export_text t;
    if (!export_text_begin(&t, path, NULL, err))
        return false;
    fprintf(t.stream, "user_id:token\titem_id:token%s%s\n", d->rating ? "\trating:float" : "",
            d->time ? "\ttimestamp:float" : "");
    bool ok = true;
    for (int32_t u = 0; ok && u < d->n_users; u++) {
        for (int64_t i = d->offset[u]; i < d->offset[u + 1]; i++) {
            fputs(strtab_get(&d->user_id, u), t.stream);
            fprintf(t.stream, "\t%s", strtab_get(&d->item_id, d->item[i]));
            if (d->rating)
                fprintf(t.stream, "\t%.9g", (double)d->rating[i]);
            if (d->time)
                fprintf(t.stream, "\t%" PRId64, d->time[i]);
            fputc('\n', t.stream);
        }
        ok = going_on(j, u, d->n_users, err);
    }
    if (!ok)
        file_replace_abandon(&t.file);
    return ok && export_text_commit(&t, err);
}

/* ---- recbole: items ---- */

/* The other fields of the items, read in the order of the items while the file is written. */
struct item_file {
    const struct dataset *d;
    FILE *out;
    bool tokens;  /* categories as a token_seq: no part has a blank */
    char **field; /* [n_fields] as in the workspace */
    size_t n_fields;
    struct buf *value; /* [n_fields] of the item at hand */
    int32_t at;        /* the next item to be written */
};

/* A field's name in the header: one that import takes for nothing else. */
static void add_field_name(struct buf *out, const char *field)
{
    struct buf name;
    buf_init(&name);
    export_add_line(&name, field, strlen(field));
    for (char *p = name.data; *p; p++)
        if (*p == ':' || *p == '"')
            *p = '_';
    if (name.len == 0)
        buf_adds(&name, "field");
    buf_adds(out, column_meaning(name.data, name.len) == COLUMN_OTHER ? "" : "field_");
    buf_add(out, name.data, name.len);
    buf_release(&name);
}

static bool categories_are_tokens(const struct dataset *d)
{
    for (int32_t i = 0; i < d->n_items; i++) {
        const char *at = strtab_get(&d->category, i);
        for (const char *bar; (bar = strstr(at, " | ")); at = bar + 3)
            if (memchr(at, ' ', (size_t)(bar - at)))
                return false;
        if (strchr(at, ' '))
            return false;
    }
    return true;
}

/* "Action | Sci-Fi" as "Action Sci-Fi" where no part has a blank. */
static void add_category(const struct item_file *f, struct buf *out, int32_t item)
{
    size_t before = out->len;
    export_add_line(out, strtab_get(&f->d->category, item), strtab_len(&f->d->category, item));
    char *bar = out->data + before;
    while (f->tokens && (bar = strstr(bar, " | "))) {
        memmove(bar + 1, bar + 3, strlen(bar + 3) + 1);
        out->len -= 2;
        bar++;
    }
}

/* The items up to `until`, of which only the one at hand has values. */
static void write_items_until(struct item_file *f, int32_t until)
{
    struct buf line;
    buf_init(&line);
    for (; f->at < until; f->at++) {
        buf_clear(&line);
        buf_adds(&line, strtab_get(&f->d->item_id, f->at));
        buf_addc(&line, '\t');
        export_add_line(&line, strtab_get(&f->d->title, f->at), strtab_len(&f->d->title, f->at));
        buf_addc(&line, '\t');
        add_category(f, &line, f->at);
        for (size_t k = 0; k < f->n_fields; k++) {
            buf_addc(&line, '\t');
            buf_add(&line, f->value[k].data, f->value[k].len);
            buf_clear(&f->value[k]);
        }
        buf_addc(&line, '\n');
        fwrite(line.data, 1, line.len, f->out); /* an error shows at the commit */
    }
    buf_release(&line);
}

static bool take_field(void *context, const struct query_value *value, int n)
{
    struct item_file *f = context;
    (void)n;
    f->field = mem_realloc(f->field, (f->n_fields + 1) * sizeof *f->field);
    f->field[f->n_fields++] = mem_strndup(value[0].bytes, value[0].size_bytes);
    return true;
}

static bool take_value(void *context, const struct query_value *value, int n)
{
    struct item_file *f = context;
    (void)n;
    write_items_until(f, (int32_t)value[0].integer);
    for (size_t k = 0; k < f->n_fields; k++)
        if (strlen(f->field[k]) == value[1].size_bytes &&
            memcmp(f->field[k], value[1].bytes, value[1].size_bytes) == 0)
            export_add_line(&f->value[k], value[2].bytes, value[2].size_bytes);
    return true;
}

static void write_item_header(const struct item_file *f)
{
    struct buf line;
    buf_init(&line);
    buf_addf(&line, "item_id:token\ttitle:token_seq\tcategories:%s",
             f->tokens ? "token_seq" : "token");
    for (size_t k = 0; k < f->n_fields; k++) {
        buf_addc(&line, '\t');
        add_field_name(&line, f->field[k]);
        buf_adds(&line, ":token_seq");
    }
    fprintf(f->out, "%s\n", line.data);
    buf_release(&line);
}

static bool write_item(const struct export_job *j, const char *path, struct error *err)
{
    struct item_file f = {.d = study_dataset(j->study)};
    struct export_text t = {0};
    struct query *query = query_open(study_dir(j->study), err);
    bool ok = query &&
              query_run(query, "SELECT DISTINCT name FROM item_field ORDER BY name", NULL,
                        take_field, &f, j->cli->progress, err) &&
              export_text_begin(&t, path, NULL, err);
    if (ok) {
        f.out = t.stream;
        f.tokens = categories_are_tokens(f.d);
        f.value = mem_zalloc(f.n_fields, sizeof *f.value);
        for (size_t k = 0; k < f.n_fields; k++)
            buf_init(&f.value[k]);
        write_item_header(&f);
        ok = query_run(query, "SELECT item, name, value FROM item_field ORDER BY item, name", NULL,
                       take_value, &f, j->cli->progress, err);
        write_items_until(&f, ok ? f.d->n_items : 0);
        if (ok)
            ok = export_text_commit(&t, err);
        else
            file_replace_abandon(&t.file);
    }
    query_close(query);
    for (size_t k = 0; k < f.n_fields; k++) {
        free(f.field[k]);
        if (f.value)
            buf_release(&f.value[k]);
    }
    free(f.field);
    free(f.value);
    return ok;
}

/* ---- recbole ---- */

static bool has_texts(const struct dataset *d)
{
    for (int32_t i = 0; i < d->n_items; i++)
        if (strtab_len(&d->title, i) || strtab_len(&d->category, i) ||
            strtab_len(&d->description, i))
            return true;
    return false;
}

/* The rest of an import command: what the files cannot say. */
static void add_import_options(const struct dataset *d, struct buf *out)
{
    if (!is_by_time(d))
        buf_adds(out, " --order file");
    if (strcmp(d->split, "leave-one-out") != 0 && !d->given_train_end) {
        buf_adds(out, " --split ");
        shell_add_word(out, d->split);
    }
}

static struct jval *data_notes(const struct dataset *d)
{
    struct jval *notes = jval_new_array();
    if (d->given_train_end)
        add_note(notes, "the split that the files came with is not in it");
    return notes;
}

/* RecBole looks for dataset/NAME/NAME.inter: the files have the name of their folder. */
static char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return mem_strdup(slash ? slash + 1 : path);
}

static void tell_recbole(const struct export_job *j, const char *folder, char *const file[2])
{
    const struct dataset *d = study_dataset(j->study);
    struct buf again;
    buf_init(&again);
    for (int i = 0; i < 2 && file[i]; i++) {
        char *path = path_join(folder, file[i]);
        buf_adds(&again, i ? " " : "");
        shell_add_word(&again, path);
        free(path);
    }
    add_import_options(d, &again);
    export_tell(j, folder, (const char *const[]){file[0], file[1], NULL}, data_notes(d),
                again.data);
    buf_release(&again);
}

bool export_recbole(const struct export_job *j, struct error *err)
{
    static const char format[] = "a RecBole file";
    const struct dataset *d = study_dataset(j->study);
    struct new_folder folder;
    if (!export_needs_output(j, "a folder", err) ||
        !export_ids_fit(&d->user_id, EXPORT_IDS_FIELD, "user", format, err) ||
        !export_ids_fit(&d->item_id, EXPORT_IDS_FIELD, "item", format, err) ||
        !new_folder_begin(&folder, j->path, err))
        return false;
    char *at = mem_strdup(folder.path), *name = base_name(at);
    char *file[2] = {mem_printf("%s.inter", name),
                     has_texts(d) ? mem_printf("%s.item", name) : NULL};
    char *inter = new_folder_file(&folder, file[0]);
    char *item = file[1] ? new_folder_file(&folder, file[1]) : NULL;
    bool ok = write_inter(j, inter, err) && (!item || write_item(j, item, err)) &&
              new_folder_commit(&folder, err);
    if (ok)
        tell_recbole(j, at, file);
    else
        new_folder_abandon(&folder);
    free(inter);
    free(item);
    free(file[0]);
    free(file[1]);
    free(name);
    free(at);
    return ok;
}

/* ---- sequences ---- */

static bool is_numbers(const struct strtab *ids)
{
    for (int64_t i = 0; i < ids->n; i++)
        if (strspn(strtab_get(ids, i), "0123456789") != strtab_len(ids, i))
            return false;
    return true;
}

static void tell_sequences(const struct export_job *j)
{
    const struct dataset *d = study_dataset(j->study);
    const char *slash = strrchr(j->path, '/');
    struct buf again;
    buf_init(&again);
    bool numbers = is_numbers(&d->user_id) && is_numbers(&d->item_id);
    bool named = numbers || strstr(slash ? slash : j->path, "sequence");
    shell_add_word(&again, j->path);
    buf_adds(&again, numbers ? " --format s3rec" : " --format idgenrec");
    struct jval *notes = data_notes(d);
    if (d->time || d->rating)
        add_note(notes, "sequences hold no times and ratings; recbole does");
    if (!numbers)
        add_note(notes, "S3-Rec itself wants ids that are numbers");
    if (!named)
        add_note(notes,
                 "rote import knows sequences of such ids by a name with \"sequence\" in it");
    export_tell(j, NULL, (const char *const[]){j->path, NULL}, notes, named ? again.data : NULL);
    buf_release(&again);
}

bool export_sequences(const struct export_job *j, struct error *err)
{
    static const char format[] = "a file of sequences";
    const struct dataset *d = study_dataset(j->study);
    struct export_text t;
    if (!export_ids_fit(&d->user_id, EXPORT_IDS_WORD, "user", format, err) ||
        !export_ids_fit(&d->item_id, EXPORT_IDS_WORD, "item", format, err) ||
        !export_text_begin(&t, j->path, j->cli->out, err))
        return false;
    bool ok = true;
    for (int32_t u = 0; ok && u < d->n_users; u++) {
        if (d->offset[u] == d->offset[u + 1])
            continue;
        fputs(strtab_get(&d->user_id, u), t.stream);
        for (int64_t i = d->offset[u]; i < d->offset[u + 1]; i++)
            fprintf(t.stream, " %s", strtab_get(&d->item_id, d->item[i]));
        fputc('\n', t.stream);
        ok = going_on(j, u, d->n_users, err);
    }
    if (!ok)
        file_replace_abandon(&t.file);
    ok = ok && export_text_commit(&t, err);
    if (ok && strcmp(j->path, "-") != 0)
        tell_sequences(j);
    return ok;
}
