/* The columns of a table of recommendations, from the names in its first line or as asked. */
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/import/recs_parse.h"

enum { HEADER_MAX = 1200, NAME_MAX_BYTES = 63 };

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

static void plain_name(struct recs_field f, char out[NAME_MAX_BYTES + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < f.n && f.text[i] != ':' && n < NAME_MAX_BYTES; i++) {
        char c = f.text[i];
        if (c != '_' && c != '-' && c != ' ')
            out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
    }
    out[n] = '\0';
}

static int column_of(struct recs_field f)
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

static bool ask_one(const char *path, const char *part, size_t n, const struct recs_field *header,
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

static bool ask(const char *path, const char *text, const struct recs_field *header, int fields,
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

/* Every column behind the user that is not known by name is one item: i1, i2, … */
static void find_wide(const struct recs_field *header, int fields, struct recs_format *out)
{
    int from = out->column[RECS_USER] + 1, to = from;
    while (to < fields && column_of(header[to]) < 0)
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

static void describe(struct recs_format *out, const struct recs_options *options)
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
    out->reason = buf_detach(&why);
    bool list = out->column[RECS_ITEMS] >= 0;
    out->name = out->column[RECS_SAMPLE] >= 0 ? "MemGen CSV"
                : out->wide_n > 0             ? "table, a column for each place"
                : list                        ? "table, a row for each list"
                                              : "table, a row for each recommendation";
}

bool recs_detect_table(const char *path, const char *line, size_t n,
                       const struct recs_options *options, struct recs_format *out,
                       struct error *err)
{
    struct recs_field *header = mem_zalloc(HEADER_MAX, sizeof *header);
    struct buf scratch;
    buf_init(&scratch);
    buf_reserve(&scratch, n);
    out->shape = RECS_TABLE;
    out->delimiter = delimiter_of(line, n, options);
    int fields = recs_fields(line, n, out->delimiter, header, HEADER_MAX, &scratch);
    fields = fields < HEADER_MAX ? fields : HEADER_MAX;
    for (int c = 0; c < RECS_COLUMNS; c++)
        out->column[c] = -1;
    bool ok = true;
    for (int i = 0; i < fields; i++) {
        int c = column_of(header[i]);
        out->header = out->header || c >= 0;
        if (c >= 0 && !options->columns && out->column[c] < 0)
            out->column[c] = i;
    }
    if (options->columns)
        ok = ask(path, options->columns, header, fields, out, err);
    else if (out->column[RECS_USER] >= 0 && out->column[RECS_ITEM] < 0 &&
             out->column[RECS_ITEMS] < 0)
        find_wide(header, fields, out);
    if (ok && !usable(out))
        ok = error_set(err, ERROR_INPUT,
                       "%s: it is not clear which column holds what: a table of recommendations "
                       "has a first line such as user,item,rank,score or user,items or "
                       "user,i1,i2,…; else say --columns user=1,item=2,score=3",
                       path);
    if (ok)
        describe(out, options);
    free(header);
    buf_release(&scratch);
    return ok;
}
