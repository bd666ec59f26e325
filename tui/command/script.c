#include "tui/command/script.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/line.h"
#include "storage/base/mem.h"

static bool add_line(struct script *script, const char *name, size_t number, const char *text,
                     size_t n, struct error *err)
{
    if (n > 0 && text[n - 1] == '\r')
        n--;
    if (n > SCRIPT_LINE_MAX)
        return error_set(err, ERROR_INPUT, "%s:%zu: the line is longer than %d bytes", name, number,
                         SCRIPT_LINE_MAX);
    for (size_t i = 0; i < n; i++)
        if (((unsigned char)text[i] < 32 && text[i] != '\t') || text[i] == 127)
            return error_set(err, ERROR_INPUT, "%s:%zu: a control character (%d) in the line", name,
                             number, text[i]);
    size_t blank = strspn(text, " \t");
    if (blank >= n || text[blank] == '#')
        return true;
    MEM_GROW(script->line, script->n + 1, script->cap);
    script->line[script->n++] = (struct script_line){.text = mem_strndup(text + blank, n - blank),
                                                     .where = mem_printf("%s:%zu", name, number)};
    return true;
}

bool script_read(const char *path, struct script *out, struct error *err)
{
    *out = (struct script){0};
    struct buf text, name;
    buf_init(&text);
    buf_init(&name);
    line_escape(path, &name);
    bool ok = file_read(path, SCRIPT_MAX_BYTES, &text, err);
    size_t number = 1;
    for (size_t at = 0; ok && at < text.len; number++) {
        const char *newline = memchr(text.data + at, '\n', text.len - at);
        size_t n = newline ? (size_t)(newline - text.data) - at : text.len - at;
        ok = add_line(out, name.data, number, text.data + at, n, err);
        at += n + 1;
    }
    if (!ok)
        script_release(out);
    buf_release(&text);
    buf_release(&name);
    return ok;
}

void script_release(struct script *script)
{
    for (size_t i = 0; i < script->n; i++) {
        free(script->line[i].text);
        free(script->line[i].where);
    }
    free(script->line);
    *script = (struct script){0};
}
