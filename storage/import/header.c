#include "storage/import/header.h"

#include <string.h>
#include <strings.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/base/span.h"
#include "storage/import/values.h"

static void add_field(struct fields *f, const char *p, const char *end)
{
    struct span s = span_trim(p, end);
    if (s.n >= 2 && s.text[0] == '"' && s.text[s.n - 1] == '"')
        s = (struct span){s.text + 1, s.n - 2};
    f->field = mem_realloc(f->field, ((size_t)f->n + 1) * sizeof *f->field);
    f->field[f->n++] = mem_strndup(s.text, s.n);
}

void fields_split(struct fields *out, const char *line, size_t n, char delimiter, bool quoted)
{
    *out = (struct fields){0};
    bool inside = false;
    const char *start = line, *end = line + n;
    for (const char *p = line; p < end; p++) {
        inside = inside != (*p == '"' && quoted);
        if (*p != delimiter || inside || (delimiter == ':' && (p + 1 == end || p[1] != ':')))
            continue;
        add_field(out, start, p);
        p += delimiter == ':';
        start = p + 1;
    }
    if (n > 0)
        add_field(out, start, end);
}

void fields_release(struct fields *fields)
{
    for (int i = 0; i < fields->n; i++)
        free(fields->field[i]);
    free(fields->field);
    *fields = (struct fields){0};
}

const char *delimiter_name(char delimiter)
{
    switch (delimiter) {
    case ',':
        return "comma";
    case ';':
        return "semicolon";
    case '|':
        return "bar";
    case '\t':
        return "tab";
    case ':':
        return "\"::\"";
    default:
        return "space";
    }
}

bool fields_are_recbole(const struct fields *header)
{
    static const char *const types[] = {":token", ":token_seq", ":float", ":float_seq"};
    for (int i = 0; i < header->n; i++) {
        const char *colon = strrchr(header->field[i], ':');
        bool typed = false;
        for (size_t t = 0; colon && t < ARRAY_LEN(types); t++)
            typed = typed || strcmp(colon, types[t]) == 0;
        if (!typed)
            return false;
    }
    return header->n > 0;
}

int fields_find(const struct fields *header, enum column_meaning meaning)
{
    for (int i = 0; i < header->n; i++)
        if (column_meaning(header->field[i], strlen(header->field[i])) == meaning)
            return i;
    return -1;
}

static void list_names(struct buf *out, const struct fields *header)
{
    for (int i = 0; i < header->n && i < 20; i++)
        buf_addf(out, "%s%.60s", i > 0 ? ", " : "", header->field[i]);
    buf_adds(out, header->n > 20 ? ", ..." : "");
}

static bool no_column(const char *name, const struct fields *header, const char *wanted,
                      struct error *err)
{
    struct buf names;
    buf_init(&names);
    list_names(&names, header);
    error_set(err, ERROR_USAGE,
              "%s: --columns asks for the column %s, but its first line has %d: %s", name, wanted,
              header->n, names.data);
    buf_release(&names);
    return false;
}

/* The column that --columns names for this meaning: its index, -1 when there is none. */
static int requested_column(const struct fields *header, const char *wanted)
{
    int32_t number;
    if (num_int32(wanted, strlen(wanted), &number))
        return number >= 1 && number <= header->n ? number - 1 : -1;
    for (int i = 0; i < header->n; i++)
        if (strcmp(header->field[i], wanted) == 0)
            return i;
    for (int i = 0; i < header->n; i++) {
        size_t n = strcspn(header->field[i], ":");
        if (n == strlen(wanted) && strncasecmp(header->field[i], wanted, n) == 0)
            return i;
    }
    return -1;
}

static bool is_name(const char *wanted)
{
    int32_t number;
    return wanted && !num_int32(wanted, strlen(wanted), &number);
}

/* Are the first line's values of this column names, where the second line's are values? */
static bool column_is_titled(const struct fields *first, const struct fields *second, int column,
                             bool time)
{
    if (column < 0 || column >= second->n)
        return false;
    double value;
    int64_t seconds;
    const char *a = first->field[column], *b = second->field[column];
    bool a_ok = time ? value_time(a, strlen(a), &seconds) : value_number(a, strlen(a), &value);
    bool b_ok = time ? value_time(b, strlen(b), &seconds) : value_number(b, strlen(b), &value);
    return !a_ok && b_ok;
}

static bool has_header(const struct fields *first, const struct fields *second,
                       const struct detect_request *request, const int column[COLUMN_MEANINGS])
{
    if (fields_find(first, COLUMN_ITEM) >= 0 || fields_find(first, COLUMN_USER) >= 0)
        return true;
    for (int m = 0; m < COLUMN_MEANINGS; m++)
        if (is_name(request->columns->column[m]))
            return true;
    return column_is_titled(first, second, column[COLUMN_TIME], true) ||
           column_is_titled(first, second, column[COLUMN_RATING], false);
}

/* Which column has which meaning: as asked, else by the header's names. */
static bool find_columns(const char *name, const struct fields *first,
                         const struct detect_request *request, bool lenient,
                         int column[COLUMN_MEANINGS], struct error *err)
{
    for (int m = 0; m < COLUMN_MEANINGS; m++) {
        const char *wanted = request->columns->column[m];
        column[m] = wanted ? requested_column(first, wanted) : fields_find(first, m);
        if (wanted && column[m] < 0 && lenient)
            column[m] = fields_find(first, m);
        else if (wanted && column[m] < 0)
            return no_column(name, first, wanted, err);
    }
    return true;
}

static void name_columns(struct table_spec *spec, const struct fields *first,
                         const int column[COLUMN_MEANINGS])
{
    spec->n_columns = first->n;
    spec->columns = mem_zalloc((size_t)first->n, sizeof *spec->columns);
    for (int i = 0; i < first->n; i++) {
        const char *field = first->field[i], *colon = strchr(field, ':');
        struct table_column *c = &spec->columns[i];
        c->tokens = colon && strcmp(colon, ":token_seq") == 0;
        if (i == column[COLUMN_TITLE])
            c->name = mem_strdup("title");
        else if (i == column[COLUMN_CATEGORY])
            c->name = mem_strdup("category");
        else if (spec->header && field[0])
            c->name = mem_strndup(field,
                                  colon && colon > field ? (size_t)(colon - field) : strlen(field));
        else
            c->name = mem_printf("column %d", i + 1);
    }
}

static char *explain(const struct table_spec *spec, const struct fields *first, char delimiter,
                     bool asked)
{
    struct buf reason;
    buf_init(&reason);
    if (spec->header) {
        buf_addf(&reason, "%s-separated header: ", delimiter_name(delimiter));
        list_names(&reason, first);
        buf_adds(&reason, asked ? "; --columns" : "");
    } else {
        buf_addf(&reason, "%s-separated, no header; --columns", delimiter_name(delimiter));
    }
    return buf_detach(&reason);
}

/* The column of the items before the target: RecBole's "item_id_list:token_seq", MiniOneRec's
 * "history_item_id"; -1: none. */
static int find_history(const struct fields *first, bool *is_list)
{
    for (int i = 0; i < first->n; i++) {
        *is_list = strcmp(first->field[i], "history_item_id") == 0;
        if (*is_list || strcmp(first->field[i], "item_id_list:token_seq") == 0)
            return i;
    }
    return -1;
}

static bool unclear(const char *name, const struct fields *first, struct error *err)
{
    struct buf names;
    buf_init(&names);
    list_names(&names, first);
    error_set(err, ERROR_INPUT,
              "%s: it is not clear which column is the user and which the item (first line: %s). "
              "Names such as user_id, item_id, rating, timestamp are known; name others, for "
              "example --columns user=1,item=2,rating=3,time=4",
              name, names.data);
    buf_release(&names);
    return false;
}

bool header_to_table(const char *name, const struct fields *first, const struct fields *second,
                     char delimiter, const struct detect_request *request, struct detected *out,
                     struct error *err)
{
    int column[COLUMN_MEANINGS];
    /* by its own header an item table, so --columns is about the other files */
    bool items = request->has_role ? request->role == IMPORT_ITEMS
                                   : fields_find(first, COLUMN_ITEM) >= 0 &&
                                         fields_find(first, COLUMN_USER) < 0 &&
                                         (fields_find(first, COLUMN_TITLE) >= 0 ||
                                          fields_find(first, COLUMN_CATEGORY) >= 0) &&
                                         !is_name(request->columns->column[COLUMN_USER]);
    if (!find_columns(name, first, request, items, column, err))
        return false;
    if (items && column[COLUMN_ITEM] < 0)
        column[COLUMN_ITEM] = 0;
    bool interactions = !items && column[COLUMN_USER] >= 0 && column[COLUMN_ITEM] >= 0;
    bool header = has_header(first, second, request, column);
    if (!items && !interactions && column[COLUMN_ITEM] >= 0 && header && first->n > 1)
        items = true;
    if (!items && !interactions)
        return unclear(name, first, err);
    out->role = items ? IMPORT_ITEMS : IMPORT_INTERACTIONS;
    out->parser = PARSER_TABLE;
    out->table =
        (struct table_spec){.delimiter = delimiter,
                            .quoted = delimiter == ',' || delimiter == ';' || delimiter == '|',
                            .apostrophes = delimiter != ':' && delimiter != ' ',
                            .header = header,
                            .user = column[COLUMN_USER],
                            .item = column[COLUMN_ITEM],
                            .time = column[COLUMN_TIME],
                            .rating = column[COLUMN_RATING],
                            .history = -1};
    if (interactions && header && !request->has_columns)
        out->table.history = find_history(first, &out->table.history_list);
    if (out->table.history >= 0)
        out->table.time = out->table.rating = -1;
    name_columns(&out->table, first, column);
    out->reason = explain(&out->table, first, delimiter, request->has_columns && interactions);
    return true;
}
