/*
 * A new folder of files that are made whole or not at all: they are written into a folder beside
 * it, which is renamed at the end.
 */
#ifndef STORAGE_EXPORT_FOLDER_H
#define STORAGE_EXPORT_FOLDER_H

#include "storage/base/error.h"

struct new_folder {
    char *path;      /* where it will be, without a slash at the end */
    char *temporary; /* where it is until then */
};

/* `path` must not be there yet, or be an empty folder; its parents are made. */
bool new_folder_begin(struct new_folder *f, const char *path, struct error *err);
/* Where to write the file `name` of the folder. The caller frees. */
char *new_folder_file(const struct new_folder *f, const char *name);
/* Puts it in place; abandons it on failure. */
bool new_folder_commit(struct new_folder *f, struct error *err);
void new_folder_abandon(struct new_folder *f); /* after commit or a failure: does nothing */

#endif
