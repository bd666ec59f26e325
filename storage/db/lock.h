/*
 * Advisory locks between rote processes (flock). Every open workspace holds dir/lock shared; a
 * replacement of its database holds it alone, so that no process keeps writing beside a renamed
 * file. An import holds its own folder, import.tmp.
 */
#ifndef STORAGE_DB_LOCK_H
#define STORAGE_DB_LOCK_H

#include <stdbool.h>

#include "storage/base/error.h"

/* Waits up to 5 seconds for a replacement to finish. *fd is -1 where the file does not exist and
 * cannot be made (nobody can replace anything there). */
bool lock_shared(const char *dir, int *fd, struct error *err);
/* Fails at once when any process has the workspace open. Makes the file. */
bool lock_alone(const char *dir, int *fd, struct error *err);
/* Makes dir/import.tmp and takes it, or says that another import is running. */
bool lock_import(const char *dir, int *fd, struct error *err);
void lock_release(int fd); /* -1 is fine */

#endif
