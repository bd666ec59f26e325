/*
 * Named arrays in a file: the safetensors format, the one container for everything that rote maps
 * (dataset cache, match index, recommendations, labels, checkpoints).
 *
 * Format (https://huggingface.co/docs/safetensors): u64 little-endian length of the header, the
 * header (JSON: name -> {dtype, shape, data_offsets}, and "__metadata__": string -> string), then
 * the data, without gaps. Files written here additionally carry in their metadata the xxh3 of the
 * header and of every block of every tensor, so that damage is noticed; Python's safetensors reads
 * them like any other. Files by others open too (tensors_is_ours() is then false).
 *
 * Every tensor of a file written here is aligned to its element size (larger elements are stored
 * first); in foreign files it may not be: `data` is then still valid bytes, tensors_array()
 * refuses.
 */
#ifndef STORAGE_FILES_TENSORS_H
#define STORAGE_FILES_TENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"
#include "storage/base/progress.h"

enum tensor_dtype {
    TENSOR_I64,
    TENSOR_U64,
    TENSOR_F64,
    TENSOR_I32,
    TENSOR_U32,
    TENSOR_F32,
    TENSOR_I16,
    TENSOR_U16,
    TENSOR_F16,
    TENSOR_BF16,
    TENSOR_I8,
    TENSOR_U8,
    TENSOR_BOOL,
};
enum { TENSOR_MAX_RANK = 8 };

const char *tensor_dtype_name(enum tensor_dtype dtype); /* as in the file: "F32" */
size_t tensor_dtype_size(enum tensor_dtype dtype);      /* bytes an element */

struct tensor {
    const char *name;
    enum tensor_dtype dtype;
    int32_t rank; /* 0: a scalar, count 1 */
    int64_t shape[TENSOR_MAX_RANK];
    int64_t count;    /* elements */
    const void *data; /* mapped, read-only; size_bytes of it */
    size_t size_bytes;
};

/* ---- reading ---- */

struct tensors; /* an open file; everything borrowed from it lives until tensors_close() */

/* Maps the file and checks the header: its size, every tensor's place against the bytes that there
 * are, and the header's own hash if it has one. The data is not touched: milliseconds for any size.
 * NULL with *err set on failure. Safe to use from many threads once open. */
struct tensors *tensors_open(const char *path, struct error *err);
void tensors_close(struct tensors *t); /* NULL allowed */

const char *tensors_path(const struct tensors *t);
bool tensors_is_ours(const struct tensors *t);
size_t tensors_count(const struct tensors *t);
const struct tensor *tensors_at(const struct tensors *t, size_t i);           /* in name order */
const struct tensor *tensors_find(const struct tensors *t, const char *name); /* NULL if absent */
/* Metadata written with tensors_writer_meta(); NULL if absent. */
const char *tensors_meta(const struct tensors *t, const char *key);

/* The data of tensor `name`, which must be of this dtype and hold exactly `count` elements (-1: any
 * number). NULL with *err naming file and tensor otherwise. */
const void *tensors_array(const struct tensors *t, const char *name, enum tensor_dtype dtype,
                          int64_t count, struct error *err);

/* Any float or integer dtype as floats, out[tensor->count]; no alignment needed. */
void tensor_to_float(const struct tensor *tensor, float *out);
float tensor_half(uint16_t bits); /* IEEE 754 binary16 */

/* Reads all data and compares the block hashes; true for files without hashes. About 5 GB/s when
 * the file is in the page cache. */
bool tensors_verify(const struct tensors *t, struct progress *progress, struct error *err);

/* ---- writing ---- */

/* new, declare all tensors, begin, put each tensor's data, commit. Readers of `path` see the old
 * file or the whole new one. */
struct tensors_writer;
struct tensors_writer *tensors_writer_new(void);
/* Without commit: leaves nothing behind. NULL allowed. */
void tensors_writer_free(struct tensors_writer *w);

/* Strings, copied; any time before begin. Keys beginning with "xxh3" are the writer's own. */
void tensors_writer_meta(struct tensors_writer *w, const char *key, const char *value);
/* A tensor of shape[rank]; names are unique. The result is its handle for tensors_writer_put(). */
int tensors_writer_declare(struct tensors_writer *w, const char *name, enum tensor_dtype dtype,
                           int32_t rank, const int64_t *shape);
bool tensors_writer_begin(struct tensors_writer *w, const char *path, struct error *err);
/* Appends bytes to the tensor's data; tensors may be written in any order and in pieces (going
 * back and forth between tensors costs a seek each time). */
bool tensors_writer_put(struct tensors_writer *w, int handle, const void *bytes, size_t size,
                        struct error *err);
/* After begin, for caches: commit does not wait for the disk. A crash of the machine may then leave
 * a damaged file, which tensors_open() or tensors_verify() notices. */
void tensors_writer_rebuildable(struct tensors_writer *w);
/* Every tensor must be complete. On failure nothing is left and `path` is as it was. */
bool tensors_writer_commit(struct tensors_writer *w, struct error *err);

/* All at once, for arrays in memory: the tensors' `data` is written (shape, dtype and name as
 * given; count and size_bytes are ignored). meta: key, value, …, NULL; NULL allowed. */
bool tensors_write(const char *path, const struct tensor *list, size_t n, const char *const *meta,
                   struct error *err);

#endif
