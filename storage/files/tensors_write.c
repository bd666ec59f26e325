/*
 * Writing tensor files. Tensors are laid out by element size, largest first, so that each is
 * aligned without gaps (the format allows none). The header is written first with zeros for the
 * hashes and once more, equally long, when they are known.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/files/tensors.h"
#include "storage/files/tensors_format.h"

struct pending {
    struct tensor tensor; /* its name is owned */
    size_t begin;         /* in the data */
    size_t written;
    struct hash *hash; /* of the current block */
    struct buf hashes; /* of the finished ones */
    bool impossible;   /* shape */
};

struct tensors_writer {
    struct pending *list; /* by handle */
    size_t n, cap;
    struct jval *meta;
    struct file_replace file;
    size_t header_size; /* with the 8 bytes before it */
    size_t position;    /* in the data */
};

struct tensors_writer *tensors_writer_new(void)
{
    struct tensors_writer *w = mem_zalloc(1, sizeof *w);
    w->meta = jval_new_object();
    jval_put_string(w->meta, "xxh3.header", TENSORS_NO_HASH);
    return w;
}

void tensors_writer_free(struct tensors_writer *w)
{
    if (!w)
        return;
    file_replace_abandon(&w->file);
    for (size_t i = 0; i < w->n; i++) {
        free((char *)(uintptr_t)w->list[i].tensor.name);
        hash_free(w->list[i].hash);
        buf_release(&w->list[i].hashes);
    }
    free(w->list);
    jval_free(w->meta);
    free(w);
}

void tensors_writer_meta(struct tensors_writer *w, const char *key, const char *value)
{
    jval_put_string(w->meta, key, value);
}

int tensors_writer_declare(struct tensors_writer *w, const char *name, enum tensor_dtype dtype,
                           int32_t rank, const int64_t *shape)
{
    MEM_GROW(w->list, w->n + 1, w->cap);
    struct pending *p = &w->list[w->n];
    *p = (struct pending){.tensor = {.name = mem_strdup(name), .dtype = dtype, .rank = rank}};
    for (int32_t d = 0; d < rank; d++)
        p->tensor.shape[d] = shape[d];
    p->impossible = !tensor_sizes(&p->tensor);
    p->hash = hash_new();
    buf_init(&p->hashes);
    return (int)w->n++;
}

/* Gives every tensor its place: by element size descending, then in declaration order. */
static bool lay_out(struct tensors_writer *w, const char *path, struct error *err)
{
    size_t at = 0;
    for (size_t size = 8; size > 0; size /= 2)
        for (size_t i = 0; i < w->n; i++) {
            struct pending *p = &w->list[i];
            if (tensor_dtype_size(p->tensor.dtype) != size)
                continue;
            p->begin = at;
            if (p->impossible || __builtin_add_overflow(at, p->tensor.size_bytes, &at))
                return error_set(err, ERROR_INPUT, "cannot write %s: tensor %s is too large", path,
                                 p->tensor.name);
        }
    return true;
}

static struct jval *describe(const struct pending *p)
{
    struct jval *entry = jval_new_object(), *shape = jval_new_array(), *place = jval_new_array();
    jval_put_string(entry, "dtype", tensor_dtype_name(p->tensor.dtype));
    for (int32_t d = 0; d < p->tensor.rank; d++)
        jval_append(shape, jval_new_int(p->tensor.shape[d]));
    jval_put(entry, "shape", shape);
    jval_append(place, jval_new_int((int64_t)p->begin));
    jval_append(place, jval_new_int((int64_t)(p->begin + p->tensor.size_bytes)));
    jval_put(entry, "data_offsets", place);
    return entry;
}

/* The header with its length before it. Block hashes not known yet are zeros. */
static void make_header(struct tensors_writer *w, struct buf *out)
{
    struct jval *header = jval_new_object();
    for (size_t i = 0; i < w->n; i++) {
        struct pending *p = &w->list[i];
        size_t digits = tensors_blocks(p->tensor.size_bytes) * HASH_TEXT_LEN;
        struct buf text;
        buf_init(&text);
        buf_add(&text, p->hashes.data, p->hashes.len);
        while (text.len < digits)
            buf_addc(&text, '0');
        char *key = mem_printf(TENSORS_HASH_KEY "%s", p->tensor.name);
        jval_put_string(w->meta, key, text.data);
        free(key);
        buf_release(&text);
    }
    struct buf meta, rest;
    buf_init(&meta);
    buf_init(&rest);
    jval_write(w->meta, false, &meta);
    for (size_t i = 0; i < w->n; i++)
        jval_put(header, w->list[i].tensor.name, describe(&w->list[i]));
    jval_write(header, false, &rest);
    buf_clear(out);
    buf_add(out, "\0\0\0\0\0\0\0\0", 8);
    buf_addf(out, "{\"__metadata__\": %s%s%s", meta.data, w->n ? ", " : "", rest.data + 1);
    while (out->len % 8 != 0)
        buf_addc(out, ' ');
    uint64_t size = htole64((uint64_t)out->len - 8);
    memcpy(out->data, &size, sizeof size);
    buf_release(&rest);
    buf_release(&meta);
    jval_free(header);
}

bool tensors_writer_begin(struct tensors_writer *w, const char *path, struct error *err)
{
    if (!lay_out(w, path, err) || !file_replace_begin(&w->file, path, err))
        return false;
    struct buf header;
    buf_init(&header);
    make_header(w, &header);
    w->header_size = header.len;
    bool ok = fwrite(header.data, 1, header.len, w->file.stream) == header.len;
    buf_release(&header);
    return ok || error_set_errno(err, errno, "cannot write %s", path);
}

void tensors_writer_rebuildable(struct tensors_writer *w)
{
    w->file.rebuildable = true;
}

static void add_block_hash(struct pending *p)
{
    char text[HASH_TEXT_LEN + 1];
    hash_format(hash_value(p->hash), text);
    buf_adds(&p->hashes, text);
    hash_reset(p->hash);
}

/* Up to the end of the block: hashed while it is in the processor's cache, then written. (Linux
 * takes several times as long for one write of 80 MB as for 80 of 1 MB.) */
static bool put_piece(struct tensors_writer *w, struct pending *p, const unsigned char *bytes,
                      size_t size, struct error *err)
{
    hash_add(p->hash, bytes, size);
    if (fwrite(bytes, 1, size, w->file.stream) != size)
        return error_set_errno(err, errno, "cannot write %s", w->file.path);
    p->written += size;
    w->position += size;
    if (p->written % TENSORS_BLOCK == 0 || p->written == p->tensor.size_bytes)
        add_block_hash(p);
    return true;
}

bool tensors_writer_put(struct tensors_writer *w, int handle, const void *bytes, size_t size,
                        struct error *err)
{
    struct pending *p = &w->list[handle];
    size_t at = p->begin + p->written;
    if (size > p->tensor.size_bytes - p->written)
        return error_set(err, ERROR_STATE, "cannot write %s: more than %zu bytes for tensor %s",
                         w->file.path, p->tensor.size_bytes, p->tensor.name);
    if (size > 0 && at != w->position) {
        if (fseeko(w->file.stream, (off_t)(w->header_size + at), SEEK_SET) != 0)
            return error_set_errno(err, errno, "cannot write %s", w->file.path);
        w->position = at;
    }
    for (const unsigned char *from = bytes; size > 0;) {
        size_t room = TENSORS_BLOCK - p->written % TENSORS_BLOCK;
        size_t n = size < room ? size : room;
        if (!put_piece(w, p, from, n, err))
            return false;
        from += n;
        size -= n;
    }
    return true;
}

bool tensors_writer_commit(struct tensors_writer *w, struct error *err)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->list[i].written != w->list[i].tensor.size_bytes)
            return error_set(err, ERROR_STATE, "cannot write %s: tensor %s is incomplete",
                             w->file.path, w->list[i].tensor.name);
    struct buf header;
    buf_init(&header);
    make_header(w, &header);
    char text[HASH_TEXT_LEN + 1];
    hash_format(hash_bytes(header.data + 8, header.len - 8), text);
    memcpy(header.data + 8 + sizeof TENSORS_HEADER_BEGIN - 1, text, HASH_TEXT_LEN);
    bool ok = fseeko(w->file.stream, 0, SEEK_SET) == 0 &&
              fwrite(header.data, 1, header.len, w->file.stream) == header.len;
    if (!ok)
        error_set_errno(err, errno, "cannot write %s", w->file.path);
    buf_release(&header);
    return ok && file_replace_commit(&w->file, err);
}

static bool write_all(struct tensors_writer *w, const char *path, const struct tensor *list,
                      size_t n, struct error *err)
{
    for (size_t i = 0; i < n; i++)
        tensors_writer_declare(w, list[i].name, list[i].dtype, list[i].rank, list[i].shape);
    if (!tensors_writer_begin(w, path, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!tensors_writer_put(w, (int)i, list[i].data, w->list[i].tensor.size_bytes, err))
            return false;
    return tensors_writer_commit(w, err);
}

bool tensors_write(const char *path, const struct tensor *list, size_t n, const char *const *meta,
                   struct error *err)
{
    struct tensors_writer *w = tensors_writer_new();
    for (size_t i = 0; meta && meta[i]; i += 2)
        tensors_writer_meta(w, meta[i], meta[i + 1]);
    bool ok = write_all(w, path, list, n, err);
    tensors_writer_free(w);
    return ok;
}
