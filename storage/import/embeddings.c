#include "storage/import/embeddings.h"

#include <inttypes.h>
#include <string.h>

#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/base/shell.h"

enum { MAX_WIDTH = 1 << 16, MAX_IDS_BYTES = 1 << 30, HEAD = 1 << 12 };

/* ---- the matrix ---- */

/* With the command that converts it, where it is one tensor. */
static bool refuse_torch(const struct embeddings *e, struct error *err)
{
    enum { NAME_SHOWN = 400 }; /* a longer one is left to be filled in */
    struct buf name;
    buf_init(&name);
    shell_add_word(&name, strlen(e->path) <= NAME_SHOWN ? e->path : "FILE");
    error_set(err, ERROR_INPUT,
              "%.*s is a PyTorch file, a pickle inside, which can run code when read. Where it is "
              "one tensor, this makes vectors.npy of it:\npython3 -c \"import numpy, sys, torch; "
              "numpy.save(sys.argv[2], torch.load(sys.argv[1], map_location='cpu', "
              "weights_only=True).float().numpy())\" %s vectors.npy",
              (int)NAME_SHOWN, e->path, name.data);
    buf_release(&name);
    return false;
}

static bool refuse_kind(const struct embeddings *e, struct error *err)
{
    const unsigned char *b = e->map.data;
    size_t n = e->map.size;
    const char *what = "neither a .npy nor a .safetensors file";
    if (n >= 4 && memcmp(b, "PK\3\4", 4) == 0 && memmem(b, n < HEAD ? n : HEAD, "data.pkl", 8))
        return refuse_torch(e, err);
    if (n >= 4 && memcmp(b, "PK\3\4", 4) == 0)
        what = "a ZIP archive (.npz of NumPy)";
    else if (n >= 2 && b[0] == 0x80 && b[1] >= 2 && b[1] <= 5)
        what = "a Python pickle, which can run code when read";
    else if (n >= 2 && b[0] == 0x1f && b[1] == 0x8b)
        what = "compressed with gzip";
    return error_set(err, ERROR_INPUT,
                     "%s is %s; save the one matrix with numpy.save(file, array) or "
                     "safetensors.numpy.save_file",
                     e->path, what);
}

static const char *npy_type(const struct npy *x)
{
    return x->size == 2 ? "float16" : x->size == 4 ? "float32" : "float64";
}

static bool open_npy(struct embeddings *e, struct import_file *file, struct error *err)
{
    struct npy *x = &e->npy;
    if (!npy_parse(e->map.data, e->map.size, e->path, x, err))
        return false;
    if (x->rank != 2)
        return error_set(err, ERROR_INPUT,
                         "%s is an array of %d dimensions; item embeddings have two: items and "
                         "width",
                         e->path, (int)x->rank);
    e->rows = x->shape[0];
    e->width = x->shape[1] <= MAX_WIDTH ? (int32_t)x->shape[1] : MAX_WIDTH + 1;
    file->format = "NumPy .npy";
    file->reason = mem_printf("%s, %s-endian, %s order", npy_type(x),
                              x->big_endian ? "big" : "little", x->fortran ? "Fortran" : "C");
    return true;
}

static bool is_real(enum tensor_dtype dtype)
{
    return dtype == TENSOR_F16 || dtype == TENSOR_BF16 || dtype == TENSOR_F32 ||
           dtype == TENSOR_F64;
}

static bool is_matrix(const struct tensor *t)
{
    return t->rank == 2 && is_real(t->dtype);
}

/* What the file holds, in words, at most the first few. */
static char *list_tensors(const struct tensors *file)
{
    enum { SHOWN = 6 };
    struct buf text;
    buf_init(&text);
    for (size_t i = 0; i < tensors_count(file) && i < SHOWN; i++) {
        const struct tensor *t = tensors_at(file, i);
        buf_addf(&text, "%s%s %s [", i ? "; " : "", t->name, tensor_dtype_name(t->dtype));
        for (int32_t d = 0; d < t->rank; d++)
            buf_addf(&text, "%s%" PRId64, d ? ", " : "", t->shape[d]);
        buf_addc(&text, ']');
    }
    buf_adds(&text, tensors_count(file) > SHOWN ? "; ..." : "");
    return buf_detach(&text);
}

static const struct tensor *find_ids(const struct embeddings *e)
{
    static const char *const names[] = {"ids", "item_ids", "item_id"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct tensor *t = tensors_find(e->tensors, names[i]);
        if (t && t->rank == 1 && (t->dtype == TENSOR_I64 || t->dtype == TENSOR_I32))
            return t;
    }
    return NULL;
}

static bool open_tensors(struct embeddings *e, struct import_file *file, struct error *err)
{
    e->tensors = tensors_open(e->path, err);
    if (!e->tensors)
        return false;
    size_t found = 0;
    for (size_t i = 0; i < tensors_count(e->tensors); i++) {
        const struct tensor *t = tensors_at(e->tensors, i);
        if (is_matrix(t) && found++ == 0)
            e->tensor = t;
    }
    if (found != 1) {
        char *list = list_tensors(e->tensors);
        error_set(err, ERROR_INPUT,
                  "%s holds %zu matrices of real numbers (%s); item embeddings are one tensor "
                  "[items, width] of F16, BF16, F32 or F64: save it alone",
                  e->path, found, list);
        free(list);
        return false;
    }
    e->tensor_ids = find_ids(e);
    e->rows = e->tensor->shape[0];
    e->width = e->tensor->shape[1] <= MAX_WIDTH ? (int32_t)e->tensor->shape[1] : MAX_WIDTH + 1;
    file->format = "safetensors";
    file->reason =
        mem_printf("tensor %s, %s", e->tensor->name, tensor_dtype_name(e->tensor->dtype));
    return true;
}

/* A safetensors file begins with the length of its header, then '{'. */
static bool looks_like_tensors(const struct file_map *map)
{
    return map->size > 8 && map->data[8] == '{' && map->data[7] == 0 && map->data[6] == 0;
}

static bool open_matrix(struct embeddings *e, struct import_file *file, struct error *err)
{
    if (!file_map_open(e->path, &e->map, err))
        return false;
    if (npy_is(e->map.data, e->map.size))
        return open_npy(e, file, err);
    if (!looks_like_tensors(&e->map))
        return refuse_kind(e, err);
    file_map_close(&e->map);
    return open_tensors(e, file, err);
}

static void split_spec(struct embeddings *e, const char *spec)
{
    const char *comma = strrchr(spec, ',');
    if (!comma || comma == spec || !comma[1] || file_exists(spec)) {
        e->path = mem_strdup(spec);
        return;
    }
    e->path = mem_printf("%.*s", (int)(comma - spec), spec);
    e->ids_path = mem_strdup(comma + 1);
}

bool embeddings_open(struct embeddings *e, const char *spec, struct import_file *file,
                     struct error *err)
{
    *e = (struct embeddings){0};
    split_spec(e, spec);
    *file = (struct import_file){.path = mem_strdup(e->path), .role = IMPORT_EMBEDDINGS};
    if (strcmp(e->path, "-") == 0 || (e->ids_path && strcmp(e->ids_path, "-") == 0))
        return error_set(err, ERROR_USAGE, "--embeddings takes files, not standard input (-)");
    if (!open_matrix(e, file, err))
        return false;
    file->rows = e->rows;
    if (e->rows < 1 || e->rows > INT32_MAX || e->width < 1 || e->width > MAX_WIDTH)
        return error_set(err, ERROR_INPUT,
                         "%s: a matrix of %" PRId64 " rows; 1 to 2,147,483,647 rows (items) of 1 "
                         "to %d numbers are read",
                         e->path, e->rows, MAX_WIDTH);
    return true;
}

void embeddings_release(struct embeddings *e)
{
    file_map_close(&e->map);
    tensors_close(e->tensors);
    ids_release(&e->ids);
    free(e->row);
    free(e->path);
    free(e->ids_path);
    *e = (struct embeddings){0};
}

void embeddings_row(const struct embeddings *e, int64_t row, float *out)
{
    if (!e->tensor) {
        npy_row(&e->npy, row, out);
        return;
    }
    struct tensor one = *e->tensor;
    one.size_bytes = (size_t)e->width * tensor_dtype_size(one.dtype);
    one.data = (const unsigned char *)one.data + (size_t)row * one.size_bytes;
    one.count = e->width;
    tensor_to_float(&one, out);
}

/* ---- ids ---- */

static bool parse_json_ids(const char *bytes, size_t n, const char *name, struct string_list *out,
                           struct error *err)
{
    struct error why = {0};
    struct jval *list = jval_parse(bytes, n, &why);
    bool ok = list || error_set(err, ERROR_INPUT, "%s: %s", name, why.text);
    for (size_t i = 0; ok && i < jval_size(list); i++) {
        const struct jval *j = jval_at(list, i);
        const char *s = jval_string(j);
        char digits[32];
        int64_t value = s ? 0 : jval_int(j, INT64_MIN);
        snprintf(digits, sizeof digits, "%" PRId64, value);
        ok = (s ? *s != '\0' : value != INT64_MIN) ||
             error_set(err, ERROR_INPUT,
                       "%s: element %zu of the list is no item id (a string or a whole number)",
                       name, i + 1);
        s = s ? s : digits;
        ok = ok && string_list_add(out, s, strlen(s), err);
    }
    jval_free(list);
    return ok;
}

static bool parse_line_ids(const char *bytes, size_t n, const char *name, struct string_list *out,
                           struct error *err)
{
    const char *end = bytes + n;
    int64_t line = 1;
    for (const char *p = bytes; p < end; line++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline ? newline : end;
        size_t id_n = (size_t)(stop - p);
        id_n -= id_n > 0 && p[id_n - 1] == '\r';
        if (id_n == 0 || memchr(p, '\0', id_n))
            return error_set(err, ERROR_INPUT,
                             "%s line %" PRId64 ": one item id a line is needed, as many as the "
                             "matrix has rows",
                             name, line);
        if (!string_list_add(out, p, id_n, err))
            return false;
        p = stop + 1;
    }
    return true;
}

bool embeddings_parse_ids(const char *bytes, size_t n, const char *name, struct string_list *out,
                          struct error *err)
{
    size_t skip = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (skip < n && (bytes[skip] == ' ' || bytes[skip] == '\n' || bytes[skip] == '\r'))
        skip++;
    if (skip < n && bytes[skip] == '[')
        return parse_json_ids(bytes + skip, n - skip, name, out, err);
    return parse_line_ids(bytes, n, name, out, err);
}

/* The whole file, unpacked. */
static bool read_all(const char *path, struct buf *out, struct error *err)
{
    struct source *s = source_open(path, err);
    bool ok = s != NULL;
    for (size_t n = 1; ok && n > 0;) {
        const char *block;
        ok = source_block(s, &block, &n, err);
        if (ok && out->len + n > MAX_IDS_BYTES)
            ok = error_set(err, ERROR_INPUT, "%s is larger than 1 GiB; a list of ids is needed",
                           path);
        if (ok) {
            buf_add(out, block, n);
            source_skip(s, n);
        }
    }
    source_close(s);
    return ok;
}

static bool read_ids_file(const struct embeddings *e, struct string_list *out, struct error *err)
{
    struct buf bytes;
    buf_init(&bytes);
    bool ok = read_all(e->ids_path, &bytes, err) &&
              embeddings_parse_ids(bytes.data, bytes.len, e->ids_path, out, err);
    buf_release(&bytes);
    return ok;
}

static bool read_ids_tensor(const struct embeddings *e, struct string_list *out, struct error *err)
{
    const struct tensor *t = e->tensor_ids;
    bool wide = t->dtype == TENSOR_I64;
    for (int64_t i = 0; i < t->count; i++) {
        int64_t value = 0;
        int32_t small;
        const char *at = (const char *)t->data + (size_t)i * (wide ? sizeof value : sizeof small);
        if (wide)
            memcpy(&value, at, sizeof value);
        else
            memcpy(&small, at, sizeof small), value = small;
        char digits[32];
        int n = snprintf(digits, sizeof digits, "%" PRId64, value);
        if (!string_list_add(out, digits, (size_t)n, err))
            return false;
    }
    return true;
}

static bool number_ids(struct embeddings *e, const struct string_list *list, struct intake *in,
                       struct error *err)
{
    e->row = mem_try_array((size_t)e->rows, sizeof *e->row, "item ids", err);
    if (!e->row)
        return false;
    struct strtab all = string_list_view(list);
    for (int64_t r = 0; r < all.n; r++) {
        const char *id = strtab_get(&all, r);
        size_t n = strtab_len(&all, r);
        int32_t before = ids_count(&e->ids), at = ids_add(&e->ids, id, n, err);
        if (at < 0)
            return false;
        if (at < before)
            intake_bad(in, IMPORT_BAD_DUPLICATE_ITEM, r + 1, id, n);
        else
            e->row[at] = (int32_t)r;
    }
    return true;
}

bool embeddings_read_ids(struct embeddings *e, struct intake *in, struct error *err)
{
    if (!e->ids_path && !e->tensor_ids)
        return true;
    const char *name = e->ids_path ? e->ids_path : e->tensor_ids->name;
    struct string_list list = {0};
    ids_init(&e->ids);
    e->has_ids = true;
    bool ok = e->ids_path ? read_ids_file(e, &list, err) : read_ids_tensor(e, &list, err);
    if (ok && list.n != e->rows)
        ok = error_set(err, ERROR_INPUT,
                       "%s holds %" PRId64 " item ids, but the matrix of %s has %" PRId64
                       " rows; give one id a row, in the order of the rows",
                       name, list.n, e->path, e->rows);
    ok = ok && number_ids(e, &list, in, err);
    string_list_release(&list);
    return ok;
}
