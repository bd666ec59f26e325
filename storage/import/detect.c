#include "storage/import/detect.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "storage/base/mem.h"
#include "storage/base/span.h"
#include "storage/import/header.h"
#include "storage/import/look.h"

enum format {
    FORMAT_S3REC,
    FORMAT_IDGENREC,
    FORMAT_RECBOLE,
    FORMAT_LETTER,
    FORMAT_MOVIELENS,
    FORMAT_JSONL,
    FORMAT_PYTHON,
    FORMAT_TABLES
};

static const struct {
    const char *name;
    char delimiter; /* of tables */
} formats[] = {
    [FORMAT_S3REC] = {"s3rec", 0},
    [FORMAT_IDGENREC] = {"idgenrec", 0},
    [FORMAT_RECBOLE] = {"recbole", 0},
    [FORMAT_LETTER] = {"letter", 0},
    [FORMAT_MOVIELENS] = {"movielens", 0},
    [FORMAT_JSONL] = {"jsonl", 0},
    [FORMAT_PYTHON] = {"python", 0},
    [FORMAT_TABLES] = {"csv", ','},
    {"tsv", '\t'},
    {"dat", ':'},
    {"ssv", ' '},
    {"scsv", ';'},
};

const char *import_format_name(int i)
{
    return i >= 0 && (size_t)i < ARRAY_LEN(formats) ? formats[i].name : NULL;
}

static int format_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (strcmp(formats[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool detect_knows_format(const char *name)
{
    return format_of(name) >= 0;
}

/* ---- JSON ---- */

/* Skips a string at p; its end or `end`. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p + 1 : end;
}

/* The first member's value in the text of a JSON object; `end` if it is not there. */
static const char *first_value(const char *p, const char *end)
{
    p = span_skip_blank(p + 1, end);
    if (p == end || *p != '"')
        return end;
    p = span_skip_blank(skip_string(p, end), end);
    if (p == end || *p != ':')
        return end;
    return span_skip_blank(p + 1, end);
}

/* Does a list begin with a semantic id's token, "<a_183>" or "a_183"? */
static bool begins_with_code(const char *p, const char *end)
{
    p = span_skip_blank(p + 1, end);
    if (p == end || *p != '"')
        return false;
    p++;
    p += p < end && *p == '<';
    const char *letters = p;
    while (p < end && isalpha((unsigned char)*p))
        p++;
    return p > letters && p + 1 < end && *p == '_' && isdigit((unsigned char)p[1]);
}

static bool detect_json(const struct look *l, struct detected *out, struct error *err)
{
    const char *end = l->bytes + l->n, *object = span_skip_blank(l->bytes, end);
    if (object == end || *object != '{')
        return error_set(err, ERROR_INPUT,
                         "%s is not one JSON object, as LETTER and LC-Rec write it "
                         "({\"user\": [items], ...}); convert it to CSV",
                         l->name);
    const char *value = first_value(object, end);
    if (value == end || (*value != '[' && *value != '{'))
        return error_set(err, ERROR_INPUT,
                         "%s: the values of this JSON object are neither lists nor objects "
                         "({\"user\": [items], ...}); lines of JSON are read if "
                         "they name a user and an item: say with --columns user=…,item=… which "
                         "members these are",
                         l->name);
    out->parser = PARSER_JSON;
    bool index = look_name_ends(l, "index.json") || look_name_ends(l, ".sem_ids");
    if (*value == '{') {
        out->role = IMPORT_ITEMS;
        out->format = "LETTER item.json";
        out->reason = mem_strdup("a JSON object of objects: texts by item");
    } else if (index || begins_with_code(value, end) ||
               (l->request->has_role && l->request->role == IMPORT_SEMIDS)) {
        out->role = IMPORT_SEMIDS;
        out->format = look_name_ends(l, ".sem_ids") ? "MemGen .sem_ids" : "LETTER index.json";
        out->reason = mem_strdup("a JSON object of lists of codes: semantic ids by item");
    } else {
        out->role = IMPORT_INTERACTIONS;
        out->format = "LETTER inter.json";
        out->reason = mem_strdup("a JSON object of lists of ids: items by user");
    }
    return true;
}

/* ---- MiniOneRec's info ---- */

/* Is the first line "<a_236><b_231>", a tab, a title, a tab, an item? */
static bool is_info(const struct look *l)
{
    const char *p = l->line[0].bytes, *end = p + l->line[0].n, *tab = memchr(p, '\t', l->line[0].n);
    if (!tab || !memchr(tab + 1, '\t', (size_t)(end - tab - 1)))
        return false;
    while (p < tab && *p == '<') {
        const char *digits = memchr(p, '_', (size_t)(tab - p));
        const char *stop = digits ? memchr(digits, '>', (size_t)(tab - digits)) : NULL;
        if (!stop || stop == digits + 1)
            return false;
        p = stop + 1;
    }
    return p == tab && tab > l->line[0].bytes;
}

/* ---- tables ---- */

static const char *table_format(char delimiter)
{
    switch (delimiter) {
    case ',':
        return "CSV";
    case '\t':
        return "TSV";
    case ':':
        return "table separated by \"::\"";
    case ' ':
        return "space-separated table";
    case ';':
        return "semicolon-separated table";
    default:
        return "bar-separated table";
    }
}

static bool detect_table(const struct look *l, char delimiter, struct detected *out,
                         struct error *err)
{
    struct fields first = {0}, second = {0};
    bool quoted = delimiter == ',' || delimiter == ';' || delimiter == '|';
    fields_split(&first, l->line[0].bytes, l->line[0].n, delimiter, quoted);
    if (l->n_lines > 1)
        fields_split(&second, l->line[1].bytes, l->line[1].n, delimiter, quoted);
    bool ok = header_to_table(l->name, &first, &second, delimiter, l->request, out, err);
    if (ok)
        out->format = out->table.history_list ? "MiniOneRec CSV" : table_format(delimiter);
    fields_release(&first);
    fields_release(&second);
    return ok;
}

/* Does the first line, split so, read as a header? */
static bool header_fits(const struct look *l, char delimiter)
{
    struct fields first;
    fields_split(&first, l->line[0].bytes, l->line[0].n, delimiter, delimiter != '\t');
    bool user = fields_find(&first, COLUMN_USER) >= 0, item = fields_find(&first, COLUMN_ITEM) >= 0;
    /* in a text, single words mean little: a space-separated header must have both */
    bool fits = item && first.n > 1 && (user || delimiter != ' ');
    fields_release(&first);
    return fits;
}

/* The delimiter that stands in the first line, the likeliest first; 0: none. */
static char guess_delimiter(const struct look *l)
{
    static const char likely[] = {'\t', ':', ',', ';', '|', ' '};
    for (size_t i = 0; i < sizeof likely; i++) {
        struct fields first;
        fields_split(&first, l->line[0].bytes, l->line[0].n, likely[i], likely[i] == ',');
        int n = first.n;
        fields_release(&first);
        if (n > 1)
            return likely[i];
    }
    return 0;
}

static bool detect_recbole(const struct look *l, bool *found, struct detected *out,
                           struct error *err)
{
    static const char delimiters[] = {'\t', ',', ' '};
    *found = false;
    for (size_t i = 0; i < sizeof delimiters && !*found; i++) {
        struct fields first;
        fields_split(&first, l->line[0].bytes, l->line[0].n, delimiters[i], false);
        *found = fields_are_recbole(&first);
        bool user = fields_find(&first, COLUMN_USER) >= 0;
        bool item = fields_find(&first, COLUMN_ITEM) >= 0;
        fields_release(&first);
        if (!*found)
            continue;
        if (user && !item && !l->request->has_columns) {
            out->role = IMPORT_UNUSED;
            out->format = "RecBole .user";
            out->reason = mem_strdup("a typed header with users but no items; user features are "
                                     "not used");
            return true;
        }
        if (!detect_table(l, delimiters[i], out, err))
            return false;
        out->table.quoted = out->table.apostrophes = false; /* atomic files have bare texts */
        out->format = out->role == IMPORT_ITEMS ? "RecBole .item"
                      : out->table.history >= 0 ? "RecBole benchmark .inter"
                                                : "RecBole .inter";
    }
    return true;
}

/* ---- a line per user or item ---- */

struct words {
    int64_t n, numbers, with_digit; /* words behind the first of their line */
    bool first_numbers;             /* the first words are all numbers */
};

static struct words count_words(const struct look *l)
{
    struct words w = {.first_numbers = true};
    for (size_t i = 0; i < l->n_lines; i++) {
        const char *p = l->line[i].bytes, *end = p + l->line[i].n;
        int64_t in_line = 0;
        while ((p = span_skip_blank(p, end)) < end) {
            const char *start = p;
            int64_t digits = 0;
            for (; p < end && *p != ' ' && *p != '\t'; p++)
                digits += isdigit((unsigned char)*p) != 0;
            bool number = digits == p - start;
            if (in_line++ == 0) {
                w.first_numbers = w.first_numbers && number;
                continue;
            }
            w.n++;
            w.numbers += number;
            w.with_digit += digits > 0;
        }
    }
    return w;
}

static void as_sequences(struct detected *out, bool numbers, const char *reason)
{
    out->role = IMPORT_INTERACTIONS;
    out->parser = PARSER_SEQUENCES;
    out->format = numbers ? "S3-Rec text" : "IDGenRec sequences";
    out->reason = mem_strdup(reason);
}

static void as_item_text(struct detected *out, const char *reason)
{
    out->role = IMPORT_ITEMS;
    out->parser = PARSER_ITEM_TEXT;
    out->format = "IDGenRec item text";
    out->reason = mem_strdup(reason);
}

static bool detect_lines(const struct look *l, struct detected *out, struct error *err)
{
    struct words w = count_words(l);
    if (w.n == 0)
        return error_set(err, ERROR_INPUT,
                         "%s: nothing separates fields in its first %zu bytes, so it is neither a "
                         "table nor lines of a user and its items",
                         l->name, l->n);
    if (look_name_ends(l, "_sample.txt") && w.first_numbers)
        return error_set(err, ERROR_INPUT,
                         "%s by its name holds sampled negatives, not sequences; import the file "
                         "without _sample (--format s3rec reads it all the same)",
                         l->name);
    if (l->request->has_role && l->request->role == IMPORT_ITEMS)
        as_item_text(out, "given as --items; lines of an item and its text");
    else if (w.first_numbers && w.numbers == w.n)
        as_sequences(out, true, "every line is numbers: a user, then its items");
    else if (look_name_has(l, "sequence") || look_name_has(l, "user"))
        as_sequences(out, false, "its name; lines of a user and its items");
    else if (look_name_has(l, "item"))
        as_item_text(out, "its name; lines of an item and its text");
    else if (w.with_digit * 2 > w.n)
        as_sequences(out, false, "lines of words that look like ids: a user, then its items");
    else
        as_item_text(out, "lines of an id and words: an item and its text");
    return true;
}

/* ---- the decision ---- */

static bool detect_as(const struct look *l, int format, struct detected *out, struct error *err)
{
    bool found;
    switch (format) {
    case FORMAT_LETTER:
        return detect_json(l, out, err);
    case FORMAT_RECBOLE:
        if (!detect_recbole(l, &found, out, err))
            return false;
        if (!found)
            return error_set(err, ERROR_INPUT,
                             "%s: a RecBole file begins with a typed header such as "
                             "\"user_id:token<tab>item_id:token\"",
                             l->name);
        return true;
    case FORMAT_MOVIELENS:
        return detect_movielens(l, out) ||
               error_set(err, ERROR_INPUT,
                         "%s is none of MovieLens' u.data, u.item, ratings.dat and movies.dat; "
                         "--columns user=1,item=2 reads other tables",
                         l->name);
    case FORMAT_JSONL:
    case FORMAT_PYTHON:
        return detect_records(l, &found, out, err) &&
               (found || error_set(err, ERROR_INPUT,
                                   "%s: no line of its first %zu bytes is %s; a line holds one "
                                   "whole object",
                                   l->name, l->n,
                                   format == FORMAT_JSONL ? "a JSON object" : "a Python dict"));
    case FORMAT_S3REC:
        as_sequences(out, true, "--format s3rec");
        return true;
    case FORMAT_IDGENREC:
        return detect_lines(l, out, err);
    default:
        return detect_table(l, formats[format].delimiter, out, err);
    }
}

static bool detect_free(const struct look *l, struct detected *out, struct error *err)
{
    const char *end = l->bytes + l->n, *start = span_skip_blank(l->bytes, end);
    bool found;
    if (*start == '{' && !detect_records(l, &found, out, err))
        return false;
    if (*start == '{' && found)
        return true;
    if (*start == '{' || *start == '[')
        return detect_json(l, out, err);
    if (!l->request->has_columns && detect_movielens(l, out))
        return true;
    if (is_info(l)) {
        out->role = IMPORT_SEMIDS;
        out->parser = PARSER_INFO;
        out->format = "MiniOneRec info";
        out->reason = mem_strdup("lines of a semantic id, a title and an item");
        return true;
    }
    if (!detect_recbole(l, &found, out, err))
        return false;
    if (found)
        return true;
    static const char delimiters[] = {'\t', ':', ',', ';', '|', ' '};
    for (size_t i = 0; i < sizeof delimiters; i++)
        if (header_fits(l, delimiters[i]))
            return detect_table(l, delimiters[i], out, err);
    char delimiter = guess_delimiter(l);
    bool item_file = l->request->has_role && l->request->role == IMPORT_ITEMS;
    bool table_name =
        look_name_ends(l, ".csv") || look_name_ends(l, ".tsv") || look_name_ends(l, ".dat");
    bool fields_only = delimiter && count_words(l).n == 0; /* no blanks: no lines of words */
    if (delimiter && (table_name || fields_only || (l->request->has_columns && !item_file)))
        return detect_table(l, delimiter, out, err);
    if (delimiter == '\t' || delimiter == ':') {
        struct words w = count_words(l);
        if (w.first_numbers && w.numbers == w.n && !item_file)
            return detect_table(l, delimiter, out, err); /* u.data: says how to name columns */
    }
    return detect_lines(l, out, err);
}

bool detect(const char *name, const char *bytes, size_t n, bool whole,
            const struct detect_request *request, struct detected *out, struct error *err)
{
    *out = (struct detected){0};
    size_t skip = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    struct look *l = mem_alloc(sizeof *l);
    look_init(l, name, bytes + skip, n - skip, whole, request);
    bool ok = look_refuse_binary(l, err);
    if (ok && (l->n_lines == 0 || span_skip_blank(l->bytes, l->bytes + l->n) == l->bytes + l->n))
        ok = error_set(err, ERROR_INPUT, "%s is empty", name);
    if (ok)
        ok = request->format && !request->has_role
                 ? detect_as(l, format_of(request->format), out, err)
                 : detect_free(l, out, err);
    if (ok && request->has_role && out->role != request->role)
        ok = error_set(err, ERROR_INPUT,
                       request->role == IMPORT_SEMIDS
                           ? "%s holds no semantic ids; a JSON object {\"item\": [\"<a_1>\", "
                             "\"<b_2>\"], ...} or lines \"<a_1><b_2>\", tab, title, tab, item "
                             "are read"
                           : "%s holds no item texts but interactions or semantic ids",
                       name);
    out->skip = skip;
    if (!ok)
        detected_release(out);
    look_release(l);
    free(l);
    return ok;
}

void detected_release(struct detected *detected)
{
    table_spec_release(&detected->table);
    record_spec_release(&detected->record);
    free(detected->reason);
    *detected = (struct detected){0};
}
