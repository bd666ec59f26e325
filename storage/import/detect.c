#include "storage/import/detect.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "storage/base/mem.h"
#include "storage/import/header.h"

enum format { FORMAT_S3REC, FORMAT_IDGENREC, FORMAT_RECBOLE, FORMAT_LETTER, FORMAT_TABLES };

static const struct {
    const char *name, *summary;
    char delimiter; /* of tables */
} formats[] = {
    [FORMAT_S3REC] = {"s3rec", "a line per user: user number, item numbers in order", 0},
    [FORMAT_IDGENREC] = {"idgenrec", "a line per user: user, items in order; items: item, text", 0},
    [FORMAT_RECBOLE] = {"recbole", "atomic files .inter and .item with a typed header", 0},
    [FORMAT_LETTER] = {"letter", "LETTER and LC-Rec: inter.json, item.json, index.json", 0},
    [FORMAT_TABLES] = {"csv", "comma-separated table, with a header or --columns", ','},
    {"tsv", "tab-separated table, unquoted", '\t'},
    {"dat", "table separated by \"::\", unquoted", ':'},
    {"ssv", "space-separated table, unquoted", ' '},
    {"scsv", "semicolon-separated table", ';'},
};

const char *import_format_name(int i)
{
    return i >= 0 && (size_t)i < ARRAY_LEN(formats) ? formats[i].name : NULL;
}

const char *import_format_summary(int i)
{
    return i >= 0 && (size_t)i < ARRAY_LEN(formats) ? formats[i].summary : NULL;
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

/* ---- what is seen of the file ---- */

enum { SAMPLE_LINES = 200 };

struct look {
    const char *name; /* for messages */
    char *base;       /* without folder and ".gz", lower case */
    const char *bytes;
    size_t n;
    struct line line[SAMPLE_LINES]; /* the first complete, non-empty lines */
    size_t n_lines;
    const struct detect_request *request;
};

static void look_init(struct look *l, const char *name, const char *bytes, size_t n, bool whole,
                      const struct detect_request *request)
{
    *l = (struct look){.name = name, .bytes = bytes, .n = n, .request = request};
    const char *slash = strrchr(name, '/');
    l->base = mem_strdup(slash ? slash + 1 : name);
    size_t length = strlen(l->base);
    if (length > 3 && strcmp(l->base + length - 3, ".gz") == 0)
        l->base[length - 3] = '\0';
    for (char *p = l->base; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    for (const char *p = bytes, *end = bytes + n; p < end && l->n_lines < SAMPLE_LINES;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (!newline && !whole && l->n_lines > 0)
            break;
        const char *stop = newline ? newline : end;
        size_t line_n = (size_t)(stop - p);
        if (line_n > 0 && p[line_n - 1] == '\r')
            line_n--;
        if (line_n > 0)
            l->line[l->n_lines++] = (struct line){.bytes = p, .n = line_n};
        p = stop + 1;
    }
}

static bool name_has(const struct look *l, const char *part)
{
    return strstr(l->base, part) != NULL;
}

static bool name_ends(const struct look *l, const char *ending)
{
    size_t n = strlen(l->base), m = strlen(ending);
    return n >= m && strcmp(l->base + n - m, ending) == 0;
}

/* ---- things that are not text ---- */

static bool refuse_binary(const struct look *l, struct error *err)
{
    static const struct {
        const char *magic;
        size_t n;
        const char *what;
    } known[] = {
        {"PK\3\4", 4, "a ZIP archive; unpack it"},
        {"PAR1", 4, "a Parquet file; convert it to CSV"},
        {"\x28\xb5\x2f\xfd", 4, "compressed with zstd; unpack it, or compress it with gzip"},
        {"BZh", 3, "compressed with bzip2; unpack it, or compress it with gzip"},
        {"\xfd"
         "7zXZ",
         5, "compressed with xz; unpack it, or compress it with gzip"},
        {"SQLite format 3", 15, "a SQLite database; export a table of it as CSV"},
        {"\xff\xfe", 2, "UTF-16 text; convert it to UTF-8"},
        {"\xfe\xff", 2, "UTF-16 text; convert it to UTF-8"},
        {"\x80\x02", 2, "a Python pickle, which can run code when read; convert it to CSV"},
        {"\x80\x03", 2, "a Python pickle, which can run code when read; convert it to CSV"},
        {"\x80\x04", 2, "a Python pickle, which can run code when read; convert it to CSV"},
        {"\x80\x05", 2, "a Python pickle, which can run code when read; convert it to CSV"},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (l->n >= known[i].n && memcmp(l->bytes, known[i].magic, known[i].n) == 0)
            return error_set(err, ERROR_INPUT, "%s is %s", l->name, known[i].what);
    size_t control = 0;
    for (size_t i = 0; i < l->n; i++) {
        unsigned char c = (unsigned char)l->bytes[i];
        control += c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    }
    if (control * 20 > l->n)
        return error_set(err, ERROR_INPUT,
                         "%s is a binary file (%zu of its first %zu bytes are control characters); "
                         "rote reads text and gzip of it",
                         l->name, control, l->n);
    return true;
}

/* ---- JSON ---- */

/* Skips a string at p; its end or `end`. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p + 1 : end;
}

static const char *skip_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

/* The first member's value in the text of a JSON object; `end` if it is not there. */
static const char *first_value(const char *p, const char *end)
{
    p = skip_blank(p + 1, end);
    if (p == end || *p != '"')
        return end;
    p = skip_blank(skip_string(p, end), end);
    if (p == end || *p != ':')
        return end;
    return skip_blank(p + 1, end);
}

/* Does a list begin with a semantic id's token, "<a_183>" or "a_183"? */
static bool begins_with_code(const char *p, const char *end)
{
    p = skip_blank(p + 1, end);
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
    const char *end = l->bytes + l->n, *object = skip_blank(l->bytes, end);
    if (object == end || *object != '{')
        return error_set(err, ERROR_INPUT,
                         "%s is not one JSON object, as LETTER and LC-Rec write it "
                         "({\"user\": [items], ...}); convert it to CSV",
                         l->name);
    const char *value = first_value(object, end);
    if (value == end || (*value != '[' && *value != '{'))
        return error_set(err, ERROR_INPUT,
                         "%s: the values of this JSON object are neither lists nor objects "
                         "({\"user\": [items], ...}); JSON Lines are not read, convert them to CSV",
                         l->name);
    out->parser = PARSER_JSON;
    bool index = name_ends(l, "index.json") || name_ends(l, ".sem_ids");
    if (*value == '{') {
        out->role = IMPORT_ITEMS;
        out->format = "LETTER item.json";
        out->reason = mem_strdup("a JSON object of objects: texts by item");
    } else if (index || begins_with_code(value, end) ||
               (l->request->has_role && l->request->role == IMPORT_SEMIDS)) {
        out->role = IMPORT_SEMIDS;
        out->format = "LETTER index.json";
        out->reason = mem_strdup("a JSON object of lists of codes: semantic ids by item");
    } else {
        out->role = IMPORT_INTERACTIONS;
        out->format = "LETTER inter.json";
        out->reason = mem_strdup("a JSON object of lists of ids: items by user");
    }
    return true;
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
        out->format = table_format(delimiter);
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
        bool list = memmem(l->line[0].bytes, l->line[0].n, "item_id_list:", 13) != NULL;
        fields_release(&first);
        if (!*found)
            continue;
        if (list)
            return error_set(err, ERROR_INPUT,
                             "%s is a RecBole benchmark file that is already split "
                             "(item_id_list); import the .inter file it was made from",
                             l->name);
        if (user && !item && !l->request->has_columns) {
            out->role = IMPORT_UNUSED;
            out->format = "RecBole .user";
            out->reason = mem_strdup("a typed header with users but no items; user features are "
                                     "not used");
            return true;
        }
        if (!detect_table(l, delimiters[i], out, err))
            return false;
        out->table.quoted = false; /* atomic files know no quotes */
        out->format = out->role == IMPORT_ITEMS ? "RecBole .item" : "RecBole .inter";
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
        while ((p = skip_blank(p, end)) < end) {
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
    if (name_ends(l, "_sample.txt") && w.first_numbers)
        return error_set(err, ERROR_INPUT,
                         "%s by its name holds sampled negatives, not sequences; import the file "
                         "without _sample (--format s3rec reads it all the same)",
                         l->name);
    if (l->request->has_role && l->request->role == IMPORT_ITEMS)
        as_item_text(out, "given as --items; lines of an item and its text");
    else if (w.first_numbers && w.numbers == w.n)
        as_sequences(out, true, "every line is numbers: a user, then its items");
    else if (name_has(l, "sequence") || name_has(l, "user"))
        as_sequences(out, false, "its name; lines of a user and its items");
    else if (name_has(l, "item"))
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
    const char *end = l->bytes + l->n, *start = skip_blank(l->bytes, end);
    if (*start == '{' || *start == '[')
        return detect_json(l, out, err);
    bool found;
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
    bool table_name = name_ends(l, ".csv") || name_ends(l, ".tsv") || name_ends(l, ".dat");
    if (delimiter && (table_name || (l->request->has_columns && !item_file)))
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
    bool ok = refuse_binary(l, err);
    if (ok && (l->n_lines == 0 || skip_blank(l->bytes, l->bytes + l->n) == l->bytes + l->n))
        ok = error_set(err, ERROR_INPUT, "%s is empty", name);
    if (ok)
        ok = request->format && !request->has_role
                 ? detect_as(l, format_of(request->format), out, err)
                 : detect_free(l, out, err);
    if (ok && request->has_role && out->role != request->role)
        ok = error_set(err, ERROR_INPUT,
                       request->role == IMPORT_SEMIDS
                           ? "%s holds no semantic ids; a JSON object {\"item\": [\"<a_1>\", "
                             "\"<b_2>\"], ...} is read"
                           : "%s holds no item texts but interactions or semantic ids",
                       name);
    out->skip = skip;
    if (!ok)
        detected_release(out);
    free(l->base);
    free(l);
    return ok;
}

void detected_release(struct detected *detected)
{
    table_spec_release(&detected->table);
    free(detected->reason);
    *detected = (struct detected){0};
}
