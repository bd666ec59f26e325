/* Inside storage/db: the names in a workspace's folder, and what is left for later. */
#ifndef STORAGE_DB_WORKSPACE_FILES_H
#define STORAGE_DB_WORKSPACE_FILES_H

#define WORKSPACE_DB      "rote.db"
#define WORKSPACE_LOCK    "lock"
#define WORKSPACE_IMPORT  "import.tmp"
#define WORKSPACE_CACHE   "cache"
#define WORKSPACE_RUNS    "runs"
#define WORKSPACE_DATASET "dataset.safetensors"

/* The field of item files that the data set's arrays have besides title and category. */
#define WORKSPACE_DESCRIPTION "description"

struct workspace;

/* Removes run folders of a replaced data set, in case the replacing import was killed before it
 * could. Costs one key look-up when there is nothing to do. */
void workspace_sweep(struct workspace *ws);

/* Tests set this to be called at every step of workspace_create() that a crash could hit. */
extern void (*workspace_create_step)(const char *step);

#endif
