/* `rote sql`: one read-only statement, shown as a table or written as CSV, TSV or JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/mem.h"
#include "storage/db/query.h"
#include "storage/db/workspace.h"
#include "storage/export/csv.h"
#include "tui/cli/commands.h"
#include "tui/widgets/text.h"
#include "tui/widgets/text_out.h"

const struct cli_option cli_sql_options[] = {
    {"format", 'f', "F", "table, csv, tsv, json, jsonl; default: table on a terminal, else tsv"},
    {"schema", 0, NULL,
     "list the tables and columns there are; with -f md as the page docs/sql.md"},
    {0},
};

const char cli_sql_details[] =
    "Reads only: nothing can be changed. Interactions, recommendations and labels are plain rows.\n"
    "  rote sql \"SELECT title, count(*) FROM interaction GROUP BY item ORDER BY 2 DESC LIMIT 5\"\n"
    "  rote sql \"SELECT rank, title FROM recommendation WHERE run = 1 AND user_id = 'A1'\"";

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_TSV, FORMAT_JSON, FORMAT_JSONL, FORMAT_MD };
static const char *const format_names[] = {"table", "csv", "tsv", "json", "jsonl", "md"};

enum {
    MEASURED_ROWS = 2000, /* the first rows decide the widths of a table, so that it can stream */
    MAX_CELL_COLUMNS = 60,
};

struct cell {
    char *text; /* escaped already */
    int width;
    bool right; /* numbers */
};

struct output {
    enum format format;
    FILE *out;
    char **name; /* [n] unique */
    int n;
    int64_t rows;
    /* table */
    struct cell *cell; /* the first rows, while widths are measured */
    size_t n_cells, cap_cells;
    int *width;
    bool measured;
    /* csv, tsv */
    struct csv_writer csv;
    bool failed;
    struct error err;
};

/* ---- text of a value ---- */

static void add_blob(struct buf *out, const struct query_value *v)
{
    buf_adds(out, "x'");
    for (size_t i = 0; i < v->size_bytes; i++)
        buf_addf(out, "%02x", (unsigned)(unsigned char)v->bytes[i]);
    buf_addc(out, '\'');
}

static struct jval *value_json(const struct query_value *v)
{
    struct buf text;
    struct jval *j = NULL;
    switch (v->type) {
    case QUERY_NULL:
        return jval_new_null();
    case QUERY_INT:
        return jval_new_int(v->integer);
    case QUERY_REAL:
        return jval_new_real(v->real);
    case QUERY_TEXT:
        return jval_new_string_n(v->bytes, v->size_bytes);
    case QUERY_BLOB:
        buf_init(&text);
        add_blob(&text, v);
        j = jval_new_string_n(text.data, text.len);
        buf_release(&text);
    }
    return j;
}

/* ---- tables ---- */

/* At most MAX_CELL_COLUMNS of the text, with everything harmless to a terminal. */
static int add_shown(struct buf *out, const char *bytes, size_t n)
{
    int width = 0;
    for (size_t at = 0; at < n;) {
        struct text_unit unit;
        at += text_next(bytes + at, n - at, &unit);
        if (width + unit.width > MAX_CELL_COLUMNS - 1 && at < n) {
            buf_addc(out, '~');
            return width + 1;
        }
        width += unit.width;
        if (unit.escape[0])
            buf_adds(out, unit.escape);
        for (int i = 0; !unit.escape[0] && i < TEXT_CLUSTER && unit.cp[i]; i++) {
            char utf8[4];
            buf_add(out, utf8, text_encode(unit.cp[i], utf8));
        }
    }
    return width;
}

static struct cell cell_of(const struct query_value *v)
{
    struct buf text, raw;
    buf_init(&text);
    buf_init(&raw);
    if (v->type == QUERY_INT)
        buf_addf(&raw, "%lld", (long long)v->integer);
    else if (v->type == QUERY_REAL)
        buf_addf(&raw, "%.9g", v->real);
    else if (v->type == QUERY_BLOB)
        add_blob(&raw, v);
    bool ours = v->type != QUERY_TEXT;
    struct cell cell = {.right = v->type == QUERY_INT || v->type == QUERY_REAL};
    cell.width = add_shown(&text, ours ? raw.data : v->bytes, ours ? raw.len : v->size_bytes);
    cell.text = buf_detach(&text);
    buf_release(&raw);
    return cell;
}

static void print_cell(const struct output *o, int column, const char *text, int width, bool right)
{
    int pad = o->width[column] > width ? o->width[column] - width : 0;
    bool last = column + 1 == o->n;
    text_printf(o->out, "%*s%s%*s", right ? pad : 0, "", text, right || last ? 0 : pad, "");
    fputs(last ? "\n" : "  ", o->out);
}

static void print_head(const struct output *o)
{
    for (int i = 0; i < o->n; i++)
        print_cell(o, i, o->name[i], text_width(o->name[i], strlen(o->name[i])), false);
    for (int i = 0; i < o->n; i++) {
        for (int c = 0; c < o->width[i]; c++)
            fputc('-', o->out);
        fputs(i + 1 == o->n ? "\n" : "  ", o->out);
    }
}

/* The widths are known: prints what was kept back. */
static void print_measured(struct output *o)
{
    o->measured = true;
    if (o->n == 0)
        return;
    print_head(o);
    for (size_t i = 0; i < o->n_cells; i++) {
        const struct cell *c = &o->cell[i];
        print_cell(o, (int)(i % (size_t)o->n), c->text, c->width, c->right);
        free(c->text);
    }
    o->n_cells = 0;
}

static void table_row(struct output *o, const struct query_value *value)
{
    for (int i = 0; i < o->n; i++) {
        struct cell c = cell_of(&value[i]);
        if (o->measured) {
            print_cell(o, i, c.text, c.width, c.right);
            free(c.text);
            continue;
        }
        MEM_GROW(o->cell, o->n_cells + 1, o->cap_cells);
        o->cell[o->n_cells++] = c;
        if (c.width > o->width[i])
            o->width[i] = c.width;
    }
    if (!o->measured && o->rows + 1 >= MEASURED_ROWS)
        print_measured(o);
}

/* ---- the other formats ---- */

static void csv_row(struct output *o, const struct query_value *value)
{
    for (int i = 0; i < o->n; i++) {
        struct buf blob;
        switch (value[i].type) {
        case QUERY_NULL:
            csv_empty(&o->csv);
            break;
        case QUERY_INT:
            csv_int(&o->csv, value[i].integer);
            break;
        case QUERY_REAL:
            csv_real(&o->csv, value[i].real);
            break;
        case QUERY_TEXT:
            csv_text(&o->csv, value[i].bytes, value[i].size_bytes);
            break;
        case QUERY_BLOB:
            buf_init(&blob);
            add_blob(&blob, &value[i]);
            csv_text(&o->csv, blob.data, blob.len);
            buf_release(&blob);
        }
    }
    o->failed = !csv_end_line(&o->csv, &o->err);
}

static void json_row(struct output *o, const struct query_value *value)
{
    struct jval *object = jval_new_object();
    struct buf text;
    buf_init(&text);
    for (int i = 0; i < o->n; i++)
        jval_put(object, o->name[i], value_json(&value[i]));
    jval_write(object, false, &text);
    jval_free(object);
    if (o->format == FORMAT_JSON)
        fprintf(o->out, "%s%s", o->rows ? ",\n " : "[", text.data);
    else
        fprintf(o->out, "%s\n", text.data);
    buf_release(&text);
}

/* ---- callbacks ---- */

static bool take_columns(void *context, const char *const *name, int n)
{
    struct output *o = context;
    o->name = mem_zalloc((size_t)n, sizeof *o->name);
    o->width = mem_zalloc((size_t)n, sizeof *o->width);
    o->n = n;
    for (int i = 0; i < n; i++) {
        struct buf shown;
        buf_init(&shown);
        if (o->format == FORMAT_TABLE)
            o->width[i] = add_shown(&shown, name[i], strlen(name[i]));
        else
            buf_adds(&shown, name[i]);
        o->name[i] = buf_detach(&shown);
    }
    if (o->format == FORMAT_CSV || o->format == FORMAT_TSV) {
        for (int i = 0; i < n; i++)
            csv_text(&o->csv, o->name[i], strlen(o->name[i]));
        o->failed = !csv_end_line(&o->csv, &o->err);
    }
    return !o->failed;
}

static bool take_row(void *context, const struct query_value *value, int n)
{
    (void)n;
    struct output *o = context;
    if (o->format == FORMAT_TABLE)
        table_row(o, value);
    else if (o->format == FORMAT_JSON || o->format == FORMAT_JSONL)
        json_row(o, value);
    else
        csv_row(o, value);
    o->rows++;
    return !o->failed && !ferror(o->out); /* the reader may have gone: `| head` */
}

static bool begin_output(struct output *o, struct error *err)
{
    bool csv = o->format == FORMAT_CSV || o->format == FORMAT_TSV;
    return !csv || csv_begin(&o->csv, "-", o->out, o->format == FORMAT_CSV ? ',' : '\t', err);
}

static bool end_output(struct output *o, bool ok, struct error *err)
{
    if (o->format == FORMAT_TABLE && !o->measured && o->name && (ok || o->rows))
        print_measured(o);
    if (o->format == FORMAT_JSON && o->name)
        fputs(o->rows ? "]\n" : "[]\n", o->out);
    if (o->format == FORMAT_CSV || o->format == FORMAT_TSV) {
        if (o->failed)
            ok = error_set(err, o->err.code, "%s", o->err.text);
        ok = (ok && csv_commit(&o->csv, err)) && ok;
        csv_abandon(&o->csv);
    }
    for (int i = 0; i < o->n; i++)
        free(o->name[i]);
    free(o->name);
    free(o->width);
    free(o->cell);
    return ok;
}

/* ---- the command ---- */

static bool choose_format(const struct cli *cli, const struct cli_args *args, enum format *out,
                          struct error *err)
{
    const char *name = cli_value(args, "format");
    if (!name) {
        *out = cli->json                                     ? FORMAT_JSON
               : cli->out == stdout && isatty(STDOUT_FILENO) ? FORMAT_TABLE
                                                             : FORMAT_TSV;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(format_names); i++)
        if (strcmp(name, format_names[i]) == 0) {
            *out = (enum format)i;
            return true;
        }
    return error_set(err, ERROR_USAGE, "--format %s: table, csv, tsv, json or jsonl is needed",
                     name);
}

static bool run_statement(struct cli *cli, const char *sql, struct output *o, struct error *err)
{
    workspace_update(cli->workspace);
    struct query *q = query_open(cli->workspace, err);
    bool ok = q && begin_output(o, err);
    if (ok) {
        ok = query_run(q, sql, take_columns, take_row, o, cli->progress, err);
        ok = end_output(o, ok, err);
    }
    query_close(q);
    return ok;
}

static struct query_value text_value(const char *text)
{
    return (struct query_value){
        .type = *text ? QUERY_TEXT : QUERY_NULL, .bytes = text, .size_bytes = strlen(text)};
}

static bool print_document(const struct output *o)
{
    struct buf text;
    buf_init(&text);
    query_document(&text);
    fputs(text.data, o->out);
    buf_release(&text);
    return true;
}

static bool print_schema(struct output *o, struct error *err)
{
    if (o->format == FORMAT_MD)
        return print_document(o);
    static const char *const names[] = {"table", "column", "type", "meaning"};
    bool ok = begin_output(o, err) && take_columns(o, names, ARRAY_LEN(names));
    for (const struct query_schema *s = query_schema; ok && s->table; s++) {
        struct query_value row[] = {text_value(s->table), text_value(s->column),
                                    text_value(s->type), text_value(s->meaning)};
        ok = take_row(o, row, ARRAY_LEN(row));
    }
    return end_output(o, ok, err);
}

int cli_sql(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct output o = {.out = cli->out};
    bool schema = cli_flag(args, "schema"), ok = choose_format(cli, args, &o.format, err);
    if (ok && args->n_rest != (schema ? 0 : 1))
        ok = error_set(err, ERROR_USAGE,
                       "one statement in quotes is needed, for example: "
                       "rote sql \"SELECT * FROM run\"");
    if (ok && !schema && o.format == FORMAT_MD)
        ok = error_set(err, ERROR_USAGE, "--format md: only the schema can be written as a page");
    if (ok)
        ok = schema ? print_schema(&o, err) : run_statement(cli, args->rest[0], &o, err);
    return ok ? CLI_OK : cli_status(err);
}
