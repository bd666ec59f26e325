#include "storage/import/look.h"

#include <ctype.h>
#include <string.h>

#include "storage/base/mem.h"

void look_init(struct look *l, const char *name, const char *bytes, size_t n, bool whole,
               const struct detect_request *request)
{
    *l = (struct look){.name = name, .bytes = bytes, .n = n, .whole = whole, .request = request};
    const char *slash = strrchr(name, '/');
    l->base = mem_strdup(slash ? slash + 1 : name);
    size_t length = strlen(l->base);
    if (length > 3 && strcmp(l->base + length - 3, ".gz") == 0)
        l->base[length - 3] = '\0';
    for (char *p = l->base; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    char end_of_line = source_newline(bytes, n);
    for (const char *p = bytes, *end = bytes + n; p < end && l->n_lines < LOOK_LINES;) {
        const char *newline = memchr(p, end_of_line, (size_t)(end - p));
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

void look_release(struct look *l)
{
    free(l->base);
}

bool look_name_has(const struct look *l, const char *part)
{
    return strstr(l->base, part) != NULL;
}

bool look_name_ends(const struct look *l, const char *ending)
{
    size_t n = strlen(l->base), m = strlen(ending);
    return n >= m && strcmp(l->base + n - m, ending) == 0;
}

/* ---- things that are not text ---- */

#define PICKLE                                                                                     \
    "a Python pickle, which can run code when read; docs/formats.md shows how to "                 \
    "convert it to CSV"
#define UNPACK "unpack it, or compress it with gzip"

static const struct {
    const char *magic;
    size_t n;
    const char *what;
} known[] = {
    {"PK\3\4", 4, "a ZIP archive (PyTorch's .pt is one, too); unpack it"},
    {"PAR1", 4,
     "a Parquet file; python3 -c \"import pandas, sys; pandas.read_parquet(sys.argv[1])"
     ".to_csv(sys.argv[2], index=False)\" FILE FILE.csv converts it (docs/formats.md)"},
    {"ARROW1", 6, "an Arrow file; convert it to CSV"},
    {"ORC", 3, "an ORC file; convert it to CSV"},
    {"Obj\1", 4, "an Avro file; convert it to CSV"},
    {"\x89HDF", 4, "an HDF5 file; convert it to CSV"},
    {"\x93NUMPY", 6, "a NumPy array; item embeddings go to --embeddings"},
    {"\x28\xb5\x2f\xfd", 4, "compressed with zstd; " UNPACK},
    {"\x04\x22\x4d\x18", 4, "compressed with lz4; " UNPACK},
    {"BZh", 3, "compressed with bzip2; " UNPACK},
    {"\xfd"
     "7zXZ",
     5, "compressed with xz; " UNPACK},
    {"7z\xbc\xaf", 4, "a 7z archive; unpack it"},
    {"Rar!", 4, "a RAR archive; unpack it"},
    {"SQLite format 3", 15, "a SQLite database; export a table of it as CSV"},
    {"\xff\xfe", 2, "UTF-16 text; convert it to UTF-8"},
    {"\xfe\xff", 2, "UTF-16 text; convert it to UTF-8"},
    {"\x80\x02", 2, PICKLE},
    {"\x80\x03", 2, PICKLE},
    {"\x80\x04", 2, PICKLE},
    {"\x80\x05", 2, PICKLE},
};

static bool is_tar(const struct look *l)
{
    enum { MAGIC_AT = 257 };
    return l->n > MAGIC_AT + 5 && memcmp(l->bytes + MAGIC_AT, "ustar", 5) == 0;
}

bool look_refuse_binary(const struct look *l, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (l->n >= known[i].n && memcmp(l->bytes, known[i].magic, known[i].n) == 0)
            return error_set(err, ERROR_INPUT, "%s is %s", l->name, known[i].what);
    if (is_tar(l))
        return error_set(err, ERROR_INPUT, "%s is a tar archive; unpack it", l->name);
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
