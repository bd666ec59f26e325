/* The columns of a table of recommendations, from the names in its first line or as asked. */
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/base/utf8.h"
#include "storage/import/recs_parse.h"
#include "storage/import/row.h"

enum { NAME_MAX_BYTES = 63, NAMES_SHOWN = 12 };

static const char *const column_names[RECS_COLUMNS] = {
    "user", "sample", "item", "items", "rank", "score", "scores", "target", "split", "position"};

/* Names as they are compared: small letters, without '_', '-', blanks and a RecBole type. */
static const struct {
    const char *name;
    enum recs_column column;
} known[] = {
    {"user", RECS_USER},
    {"userid", RECS_USER},
    {"uid", RECS_USER},
    {"reviewerid", RECS_USER},
    {"sampleid", RECS_SAMPLE},
    {"sampleidx", RECS_SAMPLE},
    {"sample", RECS_SAMPLE},
    {"item", RECS_ITEM},
    {"itemid", RECS_ITEM},
    {"iid", RECS_ITEM},
    {"asin", RECS_ITEM},
    {"parentasin", RECS_ITEM},
    {"movieid", RECS_ITEM},
    {"prediction", RECS_ITEM},
    {"preditem", RECS_ITEM},
    {"recommendation", RECS_ITEM},
    {"items", RECS_ITEMS},
    {"topitems", RECS_ITEMS},
    {"itemidlist", RECS_ITEMS},
    {"itemlist", RECS_ITEMS},
    {"itemids", RECS_ITEMS},
    {"semanticids", RECS_ITEMS},
    {"recommendations", RECS_ITEMS},
    {"predictions", RECS_ITEMS},
    {"topk", RECS_ITEMS},
    {"rank", RECS_RANK},
    {"rankid", RECS_RANK},
    {"beamrank", RECS_RANK},
    {"score", RECS_SCORE},
    {"beamscore", RECS_SCORE},
    {"predictionscore", RECS_SCORE},
    {"scores", RECS_SCORES},
    {"topscores", RECS_SCORES},
    {"scorelist", RECS_SCORES},
    {"target", RECS_TARGET},
    {"targetitem", RECS_TARGET},
    {"label", RECS_TARGET},
    {"testitem", RECS_TARGET},
    {"split", RECS_SPLIT},
    {"position", RECS_POSITION},
};

static void plain_name(struct span f, char out[NAME_MAX_BYTES + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < f.n && f.text[i] != ':' && n < NAME_MAX_BYTES; i++) {
        char c = f.text[i];
        if (c != '_' && c != '-' && c != ' ')
            out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
    }
    out[n] = '\0';
}

static int column_of(struct span f)
{
    char name[NAME_MAX_BYTES + 1];
    plain_name(f, name);
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].column;
    return -1;
}

static char delimiter_of(const char *line, size_t n, const struct recs_options *options)
{
    if (options->format && strcmp(options->format, "tsv") == 0)
        return '\t';
    return memchr(line, '\t', n)  ? '\t'
           : memchr(line, ',', n) ? ','
           : memchr(line, ';', n) ? ';'
           : memchr(line, '|', n) ? '|'
                                  : ' ';
}

/* ---- as asked ---- */

static bool ask_one(const char *path, const char *part, size_t n, const struct span *header,
                    int fields, struct recs_format *out, struct error *err)
{
    const char *equals = memchr(part, '=', n);
    size_t name_n = equals ? (size_t)(equals - part) : n;
    int column = 0;
    while (column < RECS_COLUMNS && (strlen(column_names[column]) != name_n ||
                                     memcmp(column_names[column], part, name_n) != 0))
        column++;
    if (!equals || column == RECS_COLUMNS)
        return error_set(
            err, ERROR_USAGE,
            "--columns %.*s: it is NAME=COLUMN, NAME one of user, sample, item, items, "
            "rank, score, scores, target, split, position",
            (int)(n < 100 ? n : 100), part);
    const char *value = equals + 1;
    size_t value_n = n - name_n - 1;
    int32_t number;
    if (num_int32(value, value_n, &number) && number >= 1 && number <= fields) {
        out->column[column] = number - 1;
        return true;
    }
    for (int i = 0; i < fields; i++)
        if (header[i].n == value_n && memcmp(header[i].text, value, value_n) == 0) {
            out->column[column] = i;
            out->header = true;
            return true;
        }
    return error_set(err, ERROR_USAGE, "--columns %.*s: %s has no such column in its first line",
                     (int)(n < 100 ? n : 100), part, path);
}

static bool ask(const char *path, const char *text, const struct span *header, int fields,
                struct recs_format *out, struct error *err)
{
    for (const char *part = text; *part;) {
        size_t n = strcspn(part, ",");
        if (!ask_one(path, part, n, header, fields, out, err))
            return false;
        part += n + (part[n] == ',');
    }
    return true;
}

/* ---- by names ---- */

/* The number that the name of a place ends with, "i3", "rec_10", "0"; -1: it has none. */
static int place_of(struct span f)
{
    char name[NAME_MAX_BYTES + 1];
    plain_name(f, name);
    size_t digits = 0, n = strlen(name);
    while (digits < n && name[n - digits - 1] >= '0' && name[n - digits - 1] <= '9')
        digits++;
    int32_t number;
    return num_int32(name + n - digits, digits, &number) ? number : -1;
}

/* The columns behind the user that are numbered one after the other are an item each: i1, i2, … */
static void find_wide(const struct span *header, int fields, struct recs_format *out)
{
    int from = out->column[RECS_USER] + 1;
    while (from < fields && column_of(header[from]) >= 0)
        from++;
    int first = from < fields ? place_of(header[from]) : -1, to = from;
    while (first >= 0 && to < fields && column_of(header[to]) < 0 &&
           place_of(header[to]) == first + to - from)
        to++;
    if (to > from) {
        out->wide_from = from;
        out->wide_n = to - from;
    }
}

static bool usable(const struct recs_format *f)
{
    return f->wide_n > 0 || f->column[RECS_ITEMS] >= 0 ||
           (f->column[RECS_ITEM] >= 0 &&
            (f->column[RECS_USER] >= 0 || f->column[RECS_SAMPLE] >= 0));
}

static bool is_used(const struct recs_format *f, int column)
{
    bool used = column >= f->wide_from && column < f->wide_from + f->wide_n;
    for (int c = 0; c < RECS_COLUMNS; c++)
        used = used || f->column[c] == column;
    return used;
}

/* Names of the first line: all, those that are not known, or those that are not used. */
enum listed { LISTED_ALL, LISTED_UNKNOWN, LISTED_UNUSED };
static int list_names(struct buf *out, const char *before, const struct span *header,
                      const struct recs_format *f, enum listed which)
{
    int n = 0;
    for (int i = 0; i < f->fields; i++) {
        if ((which == LISTED_UNKNOWN && column_of(header[i]) >= 0) ||
            (which == LISTED_UNUSED && is_used(f, i)))
            continue;
        buf_adds(out, n == 0 ? before : n <= NAMES_SHOWN ? ", " : "");
        if (n++ == NAMES_SHOWN)
            buf_adds(out, "…");
        for (size_t at = 0; n <= NAMES_SHOWN && at < header[i].n && at < NAME_MAX_BYTES;)
            at += utf8_add_shown(out, header[i].text + at, header[i].n - at);
    }
    return n;
}

static void describe(const struct span *header, struct recs_format *out,
                     const struct recs_options *options)
{
    struct buf why;
    buf_init(&why);
    buf_adds(&why, options->columns ? "columns as asked:" : "its first line names");
    for (int c = 0, n = 0; c < RECS_COLUMNS; c++)
        if (out->column[c] >= 0)
            buf_addf(&why, "%s %s in column %d", n++ ? "," : "", column_names[c],
                     out->column[c] + 1);
    if (out->wide_n > 0)
        buf_addf(&why, ", an item in each of columns %d to %d", out->wide_from + 1,
                 out->wide_from + out->wide_n);
    if (out->header)
        list_names(&why, "; not used: ", header, out, LISTED_UNUSED);
    out->reason = buf_detach(&why);
    bool list = out->column[RECS_ITEMS] >= 0;
    out->name = out->column[RECS_SAMPLE] >= 0 ? "MemGen CSV"
                : out->wide_n > 0             ? "table, a column for each place"
                : list                        ? "table, a row for each list"
                                              : "table, a row for each recommendation";
}

static bool not_usable(const char *path, const struct span *header, const struct recs_format *f,
                       struct error *err)
{
    struct buf names, unknown;
    buf_init(&names);
    buf_init(&unknown);
    list_names(&names, "", header, f, LISTED_ALL);
    list_names(&unknown, "; not known: ", header, f, LISTED_UNKNOWN);
    error_set(err, ERROR_INPUT,
              "%s: it is not clear which column holds what: its first line is %s%s. A table of "
              "recommendations has a first line such as user,item,rank,score or user,items or "
              "user,i1,i2,…; else say --columns user=1,item=2,score=3 or user=1,items=2",
              path, names.data, unknown.data);
    buf_release(&names);
    buf_release(&unknown);
    return false;
}

/* RecBole's "name:type" in every column: such files hold bare texts. */
static bool is_typed(const struct span *header, int fields)
{
    for (int i = 0; i < fields; i++)
        if (!memchr(header[i].text, ':', header[i].n))
            return false;
    return true;
}

static bool find_columns(const char *path, const struct span *header,
                         const struct recs_options *options, struct recs_format *out,
                         struct error *err)
{
    for (int i = 0; i < out->fields; i++) {
        int c = column_of(header[i]);
        out->header = out->header || c >= 0;
        if (c >= 0 && !options->columns && out->column[c] < 0)
            out->column[c] = i;
    }
    if (options->columns && !ask(path, options->columns, header, out->fields, out, err))
        return false;
    if (!options->columns && out->column[RECS_USER] >= 0 && out->column[RECS_ITEM] < 0 &&
        out->column[RECS_ITEMS] < 0)
        find_wide(header, out->fields, out);
    if (!usable(out))
        return not_usable(path, header, out, err);
    out->apostrophes = !(out->header && is_typed(header, out->fields));
    describe(header, out, options);
    return true;
}

bool recs_detect_table(const char *path, struct source *head, const struct line *line,
                       const struct recs_options *options, struct recs_format *out,
                       struct error *err)
{
    struct row_reader first;
    out->shape = RECS_TABLE;
    out->delimiter = delimiter_of(line->bytes, line->n, options);
    for (int c = 0; c < RECS_COLUMNS; c++)
        out->column[c] = -1;
    row_reader_init(&first, head, (struct row_rules){out->delimiter, true, true}, RECS_FIELDS_MAX);
    bool ok = row_read(&first, line, err) != ROW_FAILED;
    out->fields = (int)first.n;
    ok = ok && find_columns(path, first.field, options, out, err);
    row_reader_release(&first);
    return ok;
}
