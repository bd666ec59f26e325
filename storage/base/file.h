/* Files: whole reads, read-only maps, atomic replacement, folders. Paths are bytes. */
#ifndef STORAGE_BASE_FILE_H
#define STORAGE_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"

char *path_join(const char *dir, const char *name); /* the caller frees */
bool file_exists(const char *path);
bool dir_make(const char *path, struct error *err);   /* with its parents; existing is fine */
bool dir_remove(const char *path, struct error *err); /* with all inside; missing is fine */
bool file_read(const char *path, size_t max_bytes, struct buf *out, struct error *err);

/* A file mapped read-only. An empty file gives data "" and size 0. */
struct file_map {
    const unsigned char *data;
    size_t size;
};
bool file_map_open(const char *path, struct file_map *map, struct error *err);
void file_map_close(struct file_map *map); /* closing twice, or a zeroed one, is fine */

/* Atomic replacement: write to `stream`, then commit (flush, fsync, rename, fsync of the folder) or
 * abandon. Readers see the old file or the whole new one. A link is followed; what is no regular
 * file (a device, a pipe) is written in place, never replaced. */
struct file_replace {
    FILE *stream;
    char *path, *temporary; /* temporary is NULL when writing in place */
    bool rebuildable;       /* set after begin: commit does not wait for the disk */
};
bool file_replace_begin(struct file_replace *r, const char *path, struct error *err);
bool file_replace_commit(struct file_replace *r, struct error *err); /* abandons on failure */
void file_replace_abandon(struct file_replace *r); /* after commit or a failure: does nothing */

/* file_replace for bytes that are already there. */
bool file_write(const char *path, const void *data, size_t size, struct error *err);

#endif
