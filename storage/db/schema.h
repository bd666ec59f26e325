/* The schema of rote.db and its migrations. */
#ifndef STORAGE_DB_SCHEMA_H
#define STORAGE_DB_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>

#include "storage/base/error.h"

enum { SCHEMA_APPLICATION_ID = 0x726f7465 }; /* "rote" */

int schema_version(void); /* the one this program writes */

/* Checks that the file is a workspace's database of a known version; an older one is migrated, each
 * step in its own transaction, unless `read_only`. */
bool schema_check(sqlite3 *db, bool read_only, const char *path, struct error *err);
/* Runs the migrations from the database's version up to `version` (for new files and tests). */
bool schema_migrate(sqlite3 *db, int version, struct error *err);

#endif
