/*
 * Reading and shared tables of the safetensors container; the writer is tensors_write.c.
 *
 * Hashes live in the metadata. "xxh3.header" is the hash of the header with its own 16 digits
 * written as zeros, and always stands first, so its place is known. "xxh3:NAME" are the hashes of
 * tensor NAME's blocks of TENSORS_BLOCK bytes, 16 digits each. The header hash covers them.
 */
#include "storage/files/tensors.h"

#include <endian.h>
#include <math.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/files/tensors_format.h"

enum { MAX_HEADER = 100 * 1000 * 1000 }; /* the reference implementation's limit */

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [TENSOR_I64] = {"I64", 8},   [TENSOR_U64] = {"U64", 8}, [TENSOR_F64] = {"F64", 8},
    [TENSOR_I32] = {"I32", 4},   [TENSOR_U32] = {"U32", 4}, [TENSOR_F32] = {"F32", 4},
    [TENSOR_I16] = {"I16", 2},   [TENSOR_U16] = {"U16", 2}, [TENSOR_F16] = {"F16", 2},
    [TENSOR_BF16] = {"BF16", 2}, [TENSOR_I8] = {"I8", 1},   [TENSOR_U8] = {"U8", 1},
    [TENSOR_BOOL] = {"BOOL", 1},
};

struct tensors {
    char *path;
    struct file_map map;
    struct jval *header;
    const struct jval *meta; /* in header; NULL if there is none */
    bool ours;
    struct tensor *list; /* by name */
    size_t n;
};

const char *tensor_dtype_name(enum tensor_dtype dtype)
{
    return dtypes[dtype].name;
}

size_t tensor_dtype_size(enum tensor_dtype dtype)
{
    return dtypes[dtype].size;
}

bool tensor_sizes(struct tensor *t)
{
    t->count = 1;
    for (int32_t d = 0; d < t->rank; d++)
        if (t->shape[d] < 0 || __builtin_mul_overflow(t->count, t->shape[d], &t->count))
            return false;
    return !__builtin_mul_overflow((size_t)t->count, dtypes[t->dtype].size, &t->size_bytes);
}

static bool dtype_find(const char *name, enum tensor_dtype *out)
{
    for (size_t i = 0; name && i < ARRAY_LEN(dtypes); i++)
        if (strcmp(name, dtypes[i].name) == 0) {
            *out = (enum tensor_dtype)i;
            return true;
        }
    return false;
}

static bool damaged(const struct tensors *t, struct error *err, const char *why)
{
    return error_set(err, ERROR_INPUT, "%s is not a whole safetensors file: %s", t->path, why);
}

static bool read_shape(const struct tensors *t, const struct jval *shape, struct tensor *out,
                       struct error *err)
{
    size_t rank = shape ? jval_size(shape) : TENSOR_MAX_RANK + 1;
    if (rank > TENSOR_MAX_RANK)
        return error_set(err, ERROR_INPUT, "%s: tensor %s has no shape of at most %d dimensions",
                         t->path, out->name, TENSOR_MAX_RANK);
    out->rank = (int32_t)rank;
    for (size_t d = 0; d < rank; d++)
        out->shape[d] = jval_int(jval_at(shape, d), -1);
    if (!tensor_sizes(out))
        return error_set(err, ERROR_INPUT, "%s: tensor %s has an impossible shape", t->path,
                         out->name);
    return true;
}

static bool read_tensor(const struct tensors *t, const struct jval *entry,
                        const unsigned char *data, size_t data_size, struct tensor *out,
                        struct error *err)
{
    const char *dtype = jval_string(jval_get(entry, "dtype"));
    if (!dtype_find(dtype, &out->dtype))
        return error_set(err, ERROR_INPUT, "%s: tensor %s has the type %s, which rote cannot read",
                         t->path, out->name, dtype ? dtype : "(none)");
    if (!read_shape(t, jval_get(entry, "shape"), out, err))
        return false;
    const struct jval *place = jval_get(entry, "data_offsets");
    int64_t begin = jval_int(place ? jval_at(place, 0) : NULL, -1);
    int64_t end = jval_int(place ? jval_at(place, 1) : NULL, -1);
    if (begin < 0 || end < begin || (uint64_t)end > data_size)
        return error_set(err, ERROR_INPUT, "%s: tensor %s lies outside the file (it is cut off?)",
                         t->path, out->name);
    if ((uint64_t)(end - begin) != out->size_bytes)
        return error_set(err, ERROR_INPUT, "%s: tensor %s has %lld bytes, its shape needs %zu",
                         t->path, out->name, (long long)(end - begin), out->size_bytes);
    out->data = data + begin;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tensor *)a)->name, ((const struct tensor *)b)->name);
}

static bool read_entries(struct tensors *t, const unsigned char *data, size_t data_size,
                         struct error *err)
{
    t->list = mem_try_zarray(jval_size(t->header), sizeof *t->list, "tensor list", err);
    if (!t->list)
        return false;
    const char *key;
    const struct jval *value;
    for (void *it = NULL; (it = jval_next(t->header, it, &key, &value));) {
        if (strcmp(key, "__metadata__") == 0) {
            t->meta = value;
            continue;
        }
        t->list[t->n].name = key;
        if (!read_tensor(t, value, data, data_size, &t->list[t->n], err))
            return false;
        t->n++;
    }
    qsort(t->list, t->n, sizeof *t->list, by_name);
    return true;
}

static const char *block_hashes(const struct tensors *t, const struct tensor *x)
{
    char *key = mem_printf(TENSORS_HASH_KEY "%s", x->name);
    const char *hashes = tensors_meta(t, key);
    free(key);
    return hashes;
}

/* Compares the header with its own hash, and the file's length with what the header says. */
static bool check_ours(struct tensors *t, const unsigned char *header, size_t size,
                       size_t data_size, struct error *err)
{
    const size_t at = sizeof TENSORS_HEADER_BEGIN - 1;
    if (size < at + HASH_TEXT_LEN || memcmp(header, TENSORS_HEADER_BEGIN, at) != 0)
        return t->n == 0 || !block_hashes(t, &t->list[0]) ||
               damaged(t, err, "its header was changed");
    t->ours = true;
    struct hash *hash = hash_new();
    hash_add(hash, header, at);
    hash_add(hash, TENSORS_NO_HASH, HASH_TEXT_LEN);
    hash_add(hash, header + at + HASH_TEXT_LEN, size - at - HASH_TEXT_LEN);
    uint64_t said = 0, is = hash_value(hash);
    hash_free(hash);
    if (!hash_parse((const char *)header + at, HASH_TEXT_LEN, &said) || said != is)
        return damaged(t, err, "its header was changed");
    size_t wanted = 0;
    for (size_t i = 0; i < t->n; i++)
        wanted += t->list[i].size_bytes;
    return wanted == data_size || damaged(t, err, "its length does not fit its header");
}

static bool read_header(struct tensors *t, struct error *err)
{
    uint64_t size;
    if (t->map.size < sizeof size)
        return damaged(t, err, "it has fewer than 8 bytes");
    memcpy(&size, t->map.data, sizeof size);
    size = le64toh(size);
    const unsigned char *header = t->map.data + sizeof size;
    if (size > MAX_HEADER || size > t->map.size - sizeof size || size < 2 || header[0] != '{')
        return damaged(t, err, "it does not begin with a header");
    struct error why;
    t->header = jval_parse((const char *)header, size, &why);
    if (!t->header)
        return damaged(t, err, why.text);
    size_t data_size = t->map.size - sizeof size - size;
    return read_entries(t, header + size, data_size, err) &&
           check_ours(t, header, size, data_size, err);
}

struct tensors *tensors_open(const char *path, struct error *err)
{
    struct tensors *t = mem_zalloc(1, sizeof *t);
    t->path = mem_strdup(path);
    if (file_map_open(path, &t->map, err) && read_header(t, err))
        return t;
    tensors_close(t);
    return NULL;
}

void tensors_close(struct tensors *t)
{
    if (!t)
        return;
    file_map_close(&t->map);
    jval_free(t->header);
    free(t->list);
    free(t->path);
    free(t);
}

const char *tensors_path(const struct tensors *t)
{
    return t->path;
}

bool tensors_is_ours(const struct tensors *t)
{
    return t->ours;
}

size_t tensors_count(const struct tensors *t)
{
    return t->n;
}

const struct tensor *tensors_at(const struct tensors *t, size_t i)
{
    return &t->list[i];
}

const struct tensor *tensors_find(const struct tensors *t, const char *name)
{
    struct tensor key = {.name = name};
    return t->n ? bsearch(&key, t->list, t->n, sizeof key, by_name) : NULL;
}

const char *tensors_meta(const struct tensors *t, const char *key)
{
    return t->meta ? jval_string(jval_get(t->meta, key)) : NULL;
}

const void *tensors_array(const struct tensors *t, const char *name, enum tensor_dtype dtype,
                          int64_t count, struct error *err)
{
    const struct tensor *x = tensors_find(t, name);
    if (!x)
        return error_set(err, ERROR_INPUT, "%s has no tensor %s", t->path, name), NULL;
    if (x->dtype != dtype)
        return error_set(err, ERROR_INPUT, "%s: tensor %s is %s, not %s", t->path, name,
                         dtypes[x->dtype].name, dtypes[dtype].name),
               NULL;
    if (count >= 0 && x->count != count)
        return error_set(err, ERROR_INPUT, "%s: tensor %s has %lld elements, not %lld", t->path,
                         name, (long long)x->count, (long long)count),
               NULL;
    if ((uintptr_t)x->data % dtypes[dtype].size != 0)
        return error_set(err, ERROR_INPUT, "%s: tensor %s is not aligned to its elements", t->path,
                         name),
               NULL;
    return x->data;
}

/* ---- block hashes ---- */

static bool verify_tensor(const struct tensors *t, const struct tensor *x, const char *hashes,
                          struct progress *progress, struct error *err)
{
    size_t blocks = tensors_blocks(x->size_bytes);
    if (!hashes || strlen(hashes) != blocks * HASH_TEXT_LEN)
        return error_set(err, ERROR_INPUT, "%s: tensor %s has no block hashes", t->path, x->name);
    const unsigned char *data = x->data;
    for (size_t b = 0; b < blocks; b++) {
        size_t at = b * TENSORS_BLOCK;
        size_t n = x->size_bytes - at < TENSORS_BLOCK ? x->size_bytes - at : TENSORS_BLOCK;
        uint64_t said = 0;
        if (!hash_parse(hashes + b * HASH_TEXT_LEN, HASH_TEXT_LEN, &said) ||
            said != hash_bytes(data + at, n))
            return error_set(
                err, ERROR_INPUT,
                "%s is damaged: bytes %zu to %zu of tensor %s are not what was written", t->path,
                at, at + n - 1, x->name);
        if (!progress_at(progress, "checking", (double)(at + n), (double)x->size_bytes, "bytes",
                         err))
            return false;
    }
    return true;
}

bool tensors_verify(const struct tensors *t, struct progress *progress, struct error *err)
{
    if (!t->ours)
        return true;
    for (size_t i = 0; i < t->n; i++)
        if (!verify_tensor(t, &t->list[i], block_hashes(t, &t->list[i]), progress, err))
            return false;
    return true;
}

/* ---- conversion ---- */

float tensor_half(uint16_t h)
{
    int exponent = h >> 10 & 31, fraction = h & 1023;
    float v = exponent == 31  ? (fraction ? NAN : INFINITY)
              : exponent == 0 ? ldexpf((float)fraction, -24)
                              : ldexpf((float)(fraction + 1024), exponent - 25);
    return h & 0x8000 ? -v : v;
}

static float bfloat_to_float(uint16_t h)
{
    uint32_t bits = (uint32_t)h << 16;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

#define CONVERT(type, expression)                                                                  \
    for (int64_t i = 0; i < t->count; i++) {                                                       \
        type v;                                                                                    \
        memcpy(&v, bytes + (size_t)i * sizeof v, sizeof v);                                        \
        out[i] = (float)(expression);                                                              \
    }                                                                                              \
    break

void tensor_to_float(const struct tensor *t, float *out)
{
    const unsigned char *bytes = t->data;
    switch (t->dtype) {
    case TENSOR_F32:
        memcpy(out, bytes, t->size_bytes);
        break;
    case TENSOR_F64:
        CONVERT(double, v);
    case TENSOR_F16:
        CONVERT(uint16_t, tensor_half(v));
    case TENSOR_BF16:
        CONVERT(uint16_t, bfloat_to_float(v));
    case TENSOR_I64:
        CONVERT(int64_t, v);
    case TENSOR_U64:
        CONVERT(uint64_t, v);
    case TENSOR_I32:
        CONVERT(int32_t, v);
    case TENSOR_U32:
        CONVERT(uint32_t, v);
    case TENSOR_I16:
        CONVERT(int16_t, v);
    case TENSOR_U16:
        CONVERT(uint16_t, v);
    case TENSOR_I8:
        CONVERT(int8_t, v);
    case TENSOR_U8:
        CONVERT(uint8_t, v);
    case TENSOR_BOOL:
        CONVERT(uint8_t, v != 0);
    }
}
