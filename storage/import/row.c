#include "storage/import/row.h"

#include <string.h>

#include "storage/base/formula.h"
#include "storage/base/mem.h"

enum { LINES_MAX = 1000 };

void row_reader_init(struct row_reader *r, struct source *source, struct row_rules rules,
                     size_t max)
{
    *r = (struct row_reader){.rules = rules, .source = source, .max = max};
    r->field = mem_zalloc(max, sizeof *r->field);
    buf_init(&r->quoted);
    csv_init(&r->csv, 0);
    csv_set_delim(&r->csv, (unsigned char)rules.delimiter);
    csv_set_realloc_func(&r->csv, mem_realloc);
    csv_set_blk_size(&r->csv, 4096);
}

void row_reader_release(struct row_reader *r)
{
    csv_free(&r->csv);
    buf_release(&r->quoted);
    free(r->end);
    free(r->field);
}

static void add_field(struct row_reader *r, struct span field)
{
    if (r->n < r->max) {
        bool marked = field.n > 1 && *field.text == '\'' && r->rules.apostrophes &&
                      formula_has_apostrophe(field.text, field.n);
        r->field[r->n++] = (struct span){field.text + marked, field.n - marked};
    }
    r->total++;
}

/* Fields of a line without quotes. False if it has a quote and the format knows them. */
static bool split(struct row_reader *r, const struct line *line)
{
    const char *p = line->bytes, *end = p + line->n, *start = p;
    char delimiter = r->rules.delimiter;
    size_t width = delimiter == ':' ? 2 : 1;
    for (; p < end; p++) {
        if (*p == delimiter) {
            if (width == 2 && (p + 1 == end || p[1] != ':'))
                continue;
            add_field(r, span_trim(start, p));
            p += width - 1;
            start = p + 1;
        } else if (*p == '"' && r->rules.quoted) {
            return false;
        }
    }
    add_field(r, span_trim(start, end));
    return true;
}

/* ---- quoted rows ---- */

static void take_field(void *bytes, size_t n, void *context)
{
    struct row_reader *r = context;
    if (n)
        buf_add(&r->quoted, bytes, n);
    MEM_GROW(r->end, r->total + 1, r->end_cap);
    r->end[r->total++] = r->quoted.len;
}

static void take_row(int ending, void *context)
{
    (void)ending;
    ((struct row_reader *)context)->done = true;
}

static void use_fields(struct row_reader *r)
{
    size_t total = r->total, start = 0;
    r->total = 0;
    for (size_t i = 0; i < total; start = r->end[i++])
        add_field(r, (struct span){r->quoted.data + start, r->end[i] - start});
}

/* The row that begins with *first, over as many lines as it takes. */
static enum row_status read_quoted(struct row_reader *r, const struct line *first,
                                   struct error *err)
{
    struct line line = *first;
    size_t bytes = 0;
    enum source_status next = SOURCE_READ;
    buf_clear(&r->quoted);
    r->done = false;
    if (r->source)
        source_mark(r->source);
    for (int lines = 1; next == SOURCE_READ; lines++) {
        bytes += line.n;
        csv_parse(&r->csv, line.bytes, line.n + line.n_end, take_field, take_row, r);
        if (line.n_end == 0)
            csv_parse(&r->csv, "\n", 1, take_field, take_row, r);
        if (r->done) {
            if (r->source)
                source_unmark(r->source);
            use_fields(r);
            return ROW_READ;
        }
        next = SOURCE_END;
        if (r->source && lines < LINES_MAX && bytes <= SOURCE_LINE_MAX)
            next = source_line(r->source, &line, err);
    }
    csv_fini(&r->csv, NULL, NULL, NULL); /* forgets the open field */
    if (next == SOURCE_FAILED)
        return ROW_FAILED;
    if (r->source)
        source_rewind(r->source);
    return ROW_OPEN;
}

enum row_status row_read(struct row_reader *r, const struct line *line, struct error *err)
{
    r->n = r->total = 0;
    r->begin = *line;
    if (split(r, line))
        return ROW_READ;
    /* the source may be read on, and then the line's bytes are gone: keep what is shown of it */
    r->n = r->total = 0;
    r->begin.n = line->n < ROW_SHOWN ? line->n : ROW_SHOWN;
    memcpy(r->shown, line->bytes, r->begin.n);
    r->begin.bytes = r->shown;
    return read_quoted(r, line, err);
}
