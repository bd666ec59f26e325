#include "tui/screens/case_editor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tui/screens/case_desk.h"

static const char *editor(void)
{
    static const char *const names[] = {"VISUAL", "EDITOR"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return value;
    }
    return "vi";
}

/* An editor ends the last line; the text that is stored has no need of it. */
static void drop_line_ends(struct buf *text)
{
    while (text->len > 0 && text->data[text->len - 1] == '\n')
        buf_truncate(text, text->len - 1);
}

static bool write_text(const char *path, const char *before, struct error *err)
{
    char *lines = mem_printf("%s%s", before, *before ? "\n" : "");
    bool ok = file_write(path, lines, strlen(lines), err);
    free(lines);
    return ok;
}

/* Runs the editor over `path`. False with *err, which names the file unless nothing was written. */
static bool run_editor(const char *path, const char *before, struct buf *text, struct error *err)
{
    int status;
    bool ok = term_run(editor(), path, &status, err);
    bool read = file_read(path, 4 * CASE_TEXT_MAX, text, ok ? err : NULL);
    drop_line_ends(text);
    if (ok && read && status == 0)
        return true;
    if (read && strcmp(text->data, before) == 0)
        unlink(path);
    if (ok && status == 127)
        return error_set(err, ERROR_USAGE,
                         "there is no editor \"%s\"; set EDITOR to the one you use", editor());
    if (!ok || !read)
        return false;
    bool left = file_exists(path);
    return error_set(err, ERROR_CANCELLED,
                     "nothing was stored: the editor ended with status %d%s%s", status,
                     left ? "; its text is in " : "", left ? path : "");
}

unsigned case_editor_edit(struct app *app, const struct case_study *study, struct error *err)
{
    if (app_batch(app)) {
        error_set(err, ERROR_USAGE,
                  "edit needs a terminal; without one: rote case edit %lld --text-file FILE",
                  (long long)study->id);
        return REACT_ERROR;
    }
    char *path =
        mem_printf("%s/case-%lld.edit.md", study_dir(host_of(app)->study), (long long)study->id);
    struct buf text;
    buf_init(&text);
    bool left = file_exists(path); /* by an edit that was never stored */
    bool ok =
        (left || write_text(path, study->text, err)) && run_editor(path, study->text, &text, err);
    if (ok && strcmp(text.data, study->text) == 0) {
        unlink(path);
        app_say(app, MESSAGE_INFO, "the text is as it was");
    } else if (ok) {
        case_desk_do(app, &(struct desk_change){.kind = DESK_TEXT,
                                                .study = study->id,
                                                .text = mem_strdup(text.data),
                                                .before = mem_strdup(study->text),
                                                .path = mem_strdup(path)});
    }
    buf_release(&text);
    free(path);
    app_redraw(app);
    return ok ? REACT_DRAW : REACT_ERROR;
}
