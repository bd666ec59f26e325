#include "storage/export/csv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/formula.h"
#include "storage/base/utf8.h"

bool csv_begin(struct csv_writer *w, const char *path, FILE *out, char separator, struct error *err)
{
    *w = (struct csv_writer){.separator = separator};
    buf_init(&w->line);
    if (strcmp(path, "-") == 0) {
        w->stream = out;
        w->terminal = isatty(fileno(out)) == 1;
        return true;
    }
    if (!file_replace_begin(&w->file, path, err))
        return false;
    w->own = true;
    w->stream = w->file.stream;
    return true;
}

static void next_cell(struct csv_writer *w)
{
    if (w->started)
        buf_addc(&w->line, w->separator);
    w->started = true;
}

void csv_text(struct csv_writer *w, const char *bytes, size_t n)
{
    next_cell(w);
    if (n == 0)
        return;
    bool quote = memchr(bytes, '"', n) || memchr(bytes, '\n', n) || memchr(bytes, '\r', n) ||
                 memchr(bytes, w->separator, n) || bytes[0] == ' ' || bytes[n - 1] == ' ' ||
                 bytes[n - 1] == '\t'; /* an apostrophe goes before a tab */
    if (quote)
        buf_addc(&w->line, '"');
    if (formula_needs_apostrophe(bytes, n))
        buf_addc(&w->line, '\'');
    for (size_t i = 0, len = 1; i < n; i += len) {
        if (bytes[i] == '"')
            buf_addc(&w->line, '"');
        if (w->terminal && utf8_shown(bytes + i, n - i, &len) == UTF8_REPLACEMENT)
            buf_adds(&w->line, "\xef\xbf\xbd");
        else
            buf_add(&w->line, bytes + i, len);
    }
    if (quote)
        buf_addc(&w->line, '"');
}

void csv_int(struct csv_writer *w, int64_t value)
{
    next_cell(w);
    buf_addf(&w->line, "%lld", (long long)value);
}

void csv_real(struct csv_writer *w, double value)
{
    next_cell(w);
    if (isfinite(value))
        buf_addf(&w->line, "%.9g", value);
}

void csv_empty(struct csv_writer *w)
{
    next_cell(w);
}

bool csv_end_line(struct csv_writer *w, struct error *err)
{
    buf_addc(&w->line, '\n');
    w->started = false;
    size_t n = w->line.len;
    bool ok = fwrite(w->line.data, 1, n, w->stream) == n;
    buf_clear(&w->line);
    if (!ok)
        error_set_errno(err, errno, "cannot write %s", w->own ? w->file.path : "the output");
    return ok;
}

bool csv_commit(struct csv_writer *w, struct error *err)
{
    bool ok;
    if (w->own)
        ok = file_replace_commit(&w->file, err);
    else if (!(ok = fflush(w->stream) == 0))
        error_set_errno(err, errno, "cannot write the output");
    w->own = false;
    w->stream = NULL;
    buf_release(&w->line);
    return ok;
}

void csv_abandon(struct csv_writer *w)
{
    if (w->own)
        file_replace_abandon(&w->file);
    w->own = false;
    w->stream = NULL;
    buf_release(&w->line);
}
