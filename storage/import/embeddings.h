/*
 * A file of item embeddings (.npy or .safetensors) while it is imported: its matrix, and the item
 * ids of its rows where it comes with some.
 *
 * Nothing is copied: rows are converted from the mapped file one at a time.
 */
#ifndef STORAGE_IMPORT_EMBEDDINGS_H
#define STORAGE_IMPORT_EMBEDDINGS_H

#include "storage/base/file.h"
#include "storage/files/npy.h"
#include "storage/files/tensors.h"
#include "storage/import/intake.h"

struct embeddings {
    char *path, *ids_path; /* ids_path NULL: the file comes without ids */
    struct file_map map;   /* of a .npy */
    struct npy npy;
    struct tensors *tensors; /* of a .safetensors, else NULL */
    const struct tensor *tensor, *tensor_ids;
    int64_t rows;
    int32_t width;
    /* after embeddings_read_ids() */
    bool has_ids;
    struct ids ids; /* distinct ids by first appearance */
    int32_t *row;   /* [ids_count(ids)] the row of each */
};

/* `spec` is "FILE" or "FILE,IDS" (a file whose own name holds the comma is taken as one). Checks
 * header and shape, and fills file's path, format and reason (what the matrix is). */
bool embeddings_open(struct embeddings *e, const char *spec, struct import_file *file,
                     struct error *err);
void embeddings_release(struct embeddings *e); /* a zeroed one is fine */

/* The ids of the rows: lines of one id, or a JSON list, of the IDS file; else a list of whole
 * numbers "ids", "item_ids" or "item_id" in the safetensors file; else none. A second row of one id
 * is a bad row of the file in->file. */
bool embeddings_read_ids(struct embeddings *e, struct intake *in, struct error *err);

/* (bytes, n) as a list of ids, in order: lines, or a JSON list of strings and whole numbers. */
bool embeddings_parse_ids(const char *bytes, size_t n, const char *name, struct string_list *out,
                          struct error *err);

void embeddings_row(const struct embeddings *e, int64_t row, float *out); /* out[width] */

#endif
