/* The header is read by a small parser of the Python literals that NumPy writes. */
#include "storage/files/npy.h"

#include <endian.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/files/tensors.h"

static const char magic[] = "\x93NUMPY";
enum { MAGIC = 6, SHOWN = 40 };

bool npy_is(const void *bytes, size_t n)
{
    return n >= MAGIC && memcmp(bytes, magic, MAGIC) == 0;
}

/* ---- Python literals ---- */

struct text {
    const char *at, *end;
    const char *name; /* of the file */
    struct error *err;
};

static bool bad_header(struct text *t, const char *what)
{
    return error_set(t->err, ERROR_INPUT,
                     "%s: the header of this .npy file %s; save it again with "
                     "numpy.save",
                     t->name, what);
}

static void skip_blank(struct text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n'))
        t->at++;
}

/* Is the next thing behind blanks this character? Then it is taken. */
static bool take(struct text *t, char c)
{
    skip_blank(t);
    if (t->at == t->end || *t->at != c)
        return false;
    t->at++;
    return true;
}

static bool take_word(struct text *t, const char *word)
{
    size_t n = strlen(word);
    if (!take(t, word[0]))
        return false;
    if ((size_t)(t->end - t->at) < n - 1 || memcmp(t->at, word + 1, n - 1) != 0) {
        t->at--;
        return false;
    }
    t->at += n - 1;
    return true;
}

/* A string without escapes, between either quote. */
static bool take_string(struct text *t, const char **out, size_t *n)
{
    char quote = take(t, '\'') ? '\'' : take(t, '"') ? '"' : '\0';
    const char *stop = quote ? memchr(t->at, quote, (size_t)(t->end - t->at)) : NULL;
    if (!stop || memchr(t->at, '\\', (size_t)(stop - t->at)))
        return false;
    *out = t->at;
    *n = (size_t)(stop - t->at);
    t->at = stop + 1;
    return true;
}

static bool take_size(struct text *t, int64_t *out)
{
    skip_blank(t);
    const char *start = t->at;
    *out = 0;
    for (; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++)
        if (__builtin_mul_overflow(*out, 10, out) ||
            __builtin_add_overflow(*out, *t->at - '0', out))
            return false;
    bool any = t->at > start;
    if (any && t->at < t->end && *t->at == 'L') /* Python 2 wrote 3L */
        t->at++;
    return any;
}

/* (), (3,) or (3, 4) */
static bool take_shape(struct text *t, struct npy *out)
{
    if (!take(t, '('))
        return bad_header(t, "has no shape");
    while (!take(t, ')')) {
        if (out->rank == NPY_MAX_RANK)
            return error_set(t->err, ERROR_INPUT, "%s: an array of more than %d dimensions",
                             t->name, NPY_MAX_RANK);
        if (!take_size(t, &out->shape[out->rank]))
            return bad_header(t, "has an impossible shape");
        out->rank++;
        if (!take(t, ',')) {
            if (!take(t, ')'))
                return bad_header(t, "has an impossible shape");
            break;
        }
    }
    return true;
}

static const char *kind_of(char kind)
{
    switch (kind) {
    case 'i':
    case 'u':
        return "whole numbers";
    case 'b':
    case '?':
        return "truth values";
    case 'c':
        return "complex numbers";
    case 'S':
    case 'U':
    case 'a':
        return "text";
    case 'O':
        return "Python objects (a pickle, which can run code when read)";
    case 'M':
    case 'm':
        return "times";
    default:
        return "elements of a type that is not read";
    }
}

static bool take_type(struct text *t, struct npy *out)
{
    const char *s;
    size_t n;
    if (take(t, '['))
        return error_set(t->err, ERROR_INPUT,
                         "%s holds records of several fields; save one array "
                         "of real numbers: numpy.save(file, array.astype('float32'))",
                         t->name);
    if (!take_string(t, &s, &n))
        return bad_header(t, "has no element type");
    bool order = n > 0 && (s[0] == '<' || s[0] == '>');
    if (order && n == 3 && s[1] == 'f' && (s[2] == '2' || s[2] == '4' || s[2] == '8')) {
        out->big_endian = s[0] == '>';
        out->size = s[2] - '0';
        return true;
    }
    char kind = n > 1 && (order || s[0] == '|' || s[0] == '=') ? s[1] : n > 0 ? s[0] : '\0';
    return error_set(t->err, ERROR_INPUT,
                     "%s holds %s (%.*s), not real numbers of 2, 4 or 8 bytes; "
                     "save numpy.save(file, array.astype('float32'))",
                     t->name, kind == 'f' ? "real numbers of an unusual size" : kind_of(kind),
                     (int)(n < SHOWN ? n : SHOWN), s);
}

enum { HAS_TYPE = 1, HAS_ORDER = 2, HAS_SHAPE = 4, HAS_ALL = 7 };

static bool take_member(struct text *t, struct npy *out, int *seen)
{
    const char *key;
    size_t n;
    if (!take_string(t, &key, &n) || !take(t, ':'))
        return bad_header(t, "is no Python dictionary");
    int which = n == 5 && memcmp(key, "descr", 5) == 0             ? HAS_TYPE
                : n == 13 && memcmp(key, "fortran_order", 13) == 0 ? HAS_ORDER
                : n == 5 && memcmp(key, "shape", 5) == 0           ? HAS_SHAPE
                                                                   : 0;
    if (!which || *seen & which)
        return bad_header(t, "has a key that does not belong there");
    *seen |= which;
    if (which == HAS_TYPE)
        return take_type(t, out);
    if (which == HAS_SHAPE)
        return take_shape(t, out);
    out->fortran = take_word(t, "True");
    return out->fortran || take_word(t, "False") || bad_header(t, "has no memory order");
}

static bool read_header(struct text *t, struct npy *out)
{
    int seen = 0;
    if (!take(t, '{'))
        return bad_header(t, "is no Python dictionary");
    while (!take(t, '}')) {
        if (!take_member(t, out, &seen))
            return false;
        if (!take(t, ',')) {
            if (!take(t, '}'))
                return bad_header(t, "is no Python dictionary");
            break;
        }
    }
    skip_blank(t);
    return (seen == HAS_ALL && t->at == t->end) || bad_header(t, "is not whole");
}

/* ---- the file ---- */

/* Where header and data begin: offset and length of the header. */
static bool find_header(const unsigned char *b, size_t n, const char *name, struct npy *out,
                        size_t *at, size_t *length, struct error *err)
{
    if (!npy_is(b, n))
        return error_set(err, ERROR_INPUT,
                         "%s is no .npy file: it does not begin with "
                         "\"\\x93NUMPY\"",
                         name);
    out->major = n > MAGIC ? b[MAGIC] : 0;
    if (n > MAGIC && (out->major < 1 || out->major > 3))
        return error_set(err, ERROR_INPUT, "%s is a .npy file of version %d; 1 to 3 are read", name,
                         (int)out->major);
    size_t wide = out->major == 1 ? 2 : 4;
    *at = MAGIC + 2 + wide;
    *length = 0;
    for (size_t i = 0; i < wide && *at <= n; i++)
        *length |= (size_t)b[MAGIC + 2 + i] << 8 * i;
    return (*at <= n && *length <= n - *at) ||
           error_set(err, ERROR_INPUT, "%s is cut off within its header; copy it again", name);
}

bool npy_parse(const void *bytes, size_t n, const char *name, struct npy *out, struct error *err)
{
    const unsigned char *b = bytes;
    size_t at = 0, length = 0;
    *out = (struct npy){0};
    if (!find_header(b, n, name, out, &at, &length, err))
        return false;
    struct text t = {(const char *)b + at, (const char *)b + at + length, name, err};
    if (!read_header(&t, out))
        return false;
    out->count = 1;
    bool fits = true;
    for (int32_t d = 0; d < out->rank; d++)
        fits = fits && !__builtin_mul_overflow(out->count, out->shape[d], &out->count);
    size_t size = 0, rest = n - at - length;
    if (!fits || __builtin_mul_overflow((size_t)out->count, (size_t)out->size, &size))
        return error_set(err, ERROR_INPUT, "%s: an array of an impossible size", name);
    if (size != rest)
        return error_set(err, ERROR_INPUT, "%s holds %zu bytes of data, its shape needs %zu%s",
                         name, rest, size, rest < size ? "; it is cut off: copy it again" : "");
    out->data = b + at + length;
    return true;
}

static float element(const struct npy *npy, int64_t i)
{
    const unsigned char *p = npy->data + (size_t)i * (size_t)npy->size;
    if (npy->size == 2) {
        uint16_t v;
        memcpy(&v, p, sizeof v);
        return tensor_half(npy->big_endian ? be16toh(v) : le16toh(v));
    }
    if (npy->size == 4) {
        uint32_t v;
        float f;
        memcpy(&v, p, sizeof v);
        v = npy->big_endian ? be32toh(v) : le32toh(v);
        memcpy(&f, &v, sizeof f);
        return f;
    }
    uint64_t v;
    double d;
    memcpy(&v, p, sizeof v);
    v = npy->big_endian ? be64toh(v) : le64toh(v);
    memcpy(&d, &v, sizeof d);
    return (float)d;
}

void npy_row(const struct npy *npy, int64_t row, float *out)
{
    int64_t rows = npy->shape[0], width = npy->shape[1];
    for (int64_t j = 0; j < width; j++)
        out[j] = element(npy, npy->fortran ? row + j * rows : row * width + j);
}

/* ---- writing ---- */

/* Magic, version and header are a multiple of 64 bytes long, so that the data can be mapped. */
static void write_header(FILE *out, int64_t rows, int64_t columns)
{
    enum { ALIGNMENT = 64, BEFORE = MAGIC + 2 + 2 };
    char header[2 * ALIGNMENT + 1];
    int n = snprintf(header, sizeof header,
                     "{'descr': '<f4', 'fortran_order': False, 'shape': (%lld, %lld), }",
                     (long long)rows, (long long)columns);
    int total = (BEFORE + n + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT, length = total - BEFORE;
    fwrite(magic, 1, MAGIC, out);
    fputc(1, out);
    fputc(0, out);
    fputc(length & 0xff, out);
    fputc(length >> 8, out);
    fprintf(out, "%-*s\n", length - 1, header);
}

bool npy_write(const char *path, const float *x, int64_t rows, int64_t columns, struct error *err)
{
    struct file_replace file;
    if (!file_replace_begin(&file, path, err))
        return false;
    write_header(file.stream, rows, columns);
    for (int64_t i = 0; i < rows * columns; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits = htole32(bits);
        fwrite(&bits, sizeof bits, 1, file.stream); /* an error shows at the commit */
    }
    return file_replace_commit(&file, err);
}
