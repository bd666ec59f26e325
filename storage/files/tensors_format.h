/* What the reader and the writer of tensor files share; private to storage/files. */
#ifndef STORAGE_FILES_TENSORS_FORMAT_H
#define STORAGE_FILES_TENSORS_FORMAT_H

#include "storage/files/tensors.h"

#define TENSORS_HEADER_BEGIN "{\"__metadata__\": {\"xxh3.header\": \""
#define TENSORS_NO_HASH      "0000000000000000"
#define TENSORS_HASH_KEY     "xxh3:"
#define TENSORS_BLOCK        ((size_t)1 << 20)

static inline size_t tensors_blocks(size_t size_bytes)
{
    return size_bytes / TENSORS_BLOCK + (size_bytes % TENSORS_BLOCK != 0);
}

/* Sets count and size_bytes from dtype and shape; false when they overflow or are negative. */
bool tensor_sizes(struct tensor *t);

#endif
