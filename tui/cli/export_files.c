#include "tui/cli/export_files.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/span.h"
#include "storage/base/utf8.h"
#include "storage/import/values.h"
#include "tui/widgets/text_out.h"

/* ---- where ---- */

bool export_needs_output(const struct export_job *j, const char *what, struct error *err)
{
    return strcmp(j->path, "-") != 0 ||
           error_set(err, ERROR_USAGE, "%s is written as %s: say where with -o", j->args->rest[0],
                     what);
}

bool export_text_begin(struct export_text *t, const char *path, FILE *out, struct error *err)
{
    *t = (struct export_text){.stream = out};
    if (strcmp(path, "-") == 0)
        return true;
    bool ok = file_replace_begin(&t->file, path, err);
    t->stream = t->file.stream;
    return ok;
}

bool export_text_commit(struct export_text *t, struct error *err)
{
    if (t->file.stream)
        return file_replace_commit(&t->file, err);
    return fflush(t->stream) == 0 || error_set_errno(err, errno, "cannot write the output");
}

/* ---- texts ---- */

static bool id_fits(const char *id, size_t n, enum export_ids rule)
{
    if (n == 0 || memchr(id, '\0', n))
        return false;
    if (rule == EXPORT_IDS_JSON)
        return utf8_is_valid(id, n);
    if (id[0] == ' ' || id[n - 1] == ' ')
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)id[i];
        if (c == '\t' || c == '\n' || c == '\r')
            return false;
        if (rule == EXPORT_IDS_WORD && (c <= ' ' || c == 0x7f))
            return false;
    }
    return true;
}

bool export_ids_fit(const struct strtab *ids, enum export_ids rule, const char *what,
                    const char *format, struct error *err)
{
    static const char *const without[] = {
        [EXPORT_IDS_FIELD] = "tabs, line ends or blanks at an end",
        [EXPORT_IDS_WORD] = "blanks or control characters",
        [EXPORT_IDS_JSON] = "bytes that are not UTF-8",
    };
    for (int64_t i = 0; i < ids->n; i++) {
        size_t n = strtab_len(ids, i);
        if (id_fits(strtab_get(ids, i), n, rule))
            continue;
        struct jval *shown = jval_new_string_n(strtab_get(ids, i), n < 60 ? n : 60);
        struct buf text;
        buf_init(&text);
        jval_write(shown, false, &text); /* escaped, in quotes */
        error_set(err, ERROR_INPUT,
                  "%s cannot hold the id of the %s %s: its ids are without %s, and rote changes no "
                  "id; `rote export --help` names formats that can",
                  format, what, text.data, without[rule]);
        buf_release(&text);
        jval_free(shown);
        return false;
    }
    return true;
}

void export_add_line(struct buf *out, const char *bytes, size_t n)
{
    struct buf text;
    buf_init(&text);
    value_add_text(&text, bytes, n);
    struct span s = span_trim(text.data, text.data + text.len);
    buf_add(out, s.text, s.n);
    buf_release(&text);
}

/* ---- what is said ---- */

static void tell_json(const struct export_job *j, const char *folder, const char *const *files,
                      struct jval *notes, const char *again)
{
    struct jval *o = jval_new_object(), *list = jval_new_array();
    for (; *files; files++) {
        char *path = folder ? path_join(folder, *files) : mem_strdup(*files);
        jval_append(list, jval_new_string(path));
        free(path);
    }
    jval_put(o, "files", list);
    jval_put(o, "notes", notes);
    jval_put_string(o, "import", again);
    jval_print(o, true, j->cli->out);
    jval_free(o);
}

void export_tell(const struct export_job *j, const char *folder, const char *const *files,
                 struct jval *notes, const char *again)
{
    notes = notes ? notes : jval_new_array();
    if (j->cli->json) {
        tell_json(j, folder, files, notes, again);
        return;
    }
    for (; *files; files++) {
        char *path = folder ? path_join(folder, *files) : mem_strdup(*files);
        text_printf(j->cli->out, "%s\n", path);
        free(path);
    }
    for (size_t i = 0; i < jval_size(notes); i++)
        text_printf(j->cli->out, "note: %s\n", jval_string(jval_at(notes, i)));
    if (again)
        text_printf(j->cli->out, "again: rote -w NEW import %s\n", again);
    jval_free(notes);
}
