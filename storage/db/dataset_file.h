/* Inside storage/db: the tensor file behind struct dataset. */
#ifndef STORAGE_DB_DATASET_FILE_H
#define STORAGE_DB_DATASET_FILE_H

#include "storage/db/dataset.h"
#include "storage/files/tensors.h"

/* What the file is made from before the sequences are known (rebuilding streams them). */
struct dataset_writer {
    struct tensors_writer *w;
    int item, time, rating; /* handles; time and rating -1 where there are none */
};

/* Declares and writes everything but the sequences; `import_id` ties the file to its database.
 * d->item, time and rating may be NULL when has_time and has_rating say what will come. */
bool dataset_file_begin(struct dataset_writer *out, const char *path, const struct dataset *d,
                        bool has_time, bool has_rating, const char *import_id, struct error *err);
/* n more interactions, in order. */
bool dataset_file_put(struct dataset_writer *out, const int32_t *item, const int64_t *time,
                      const float *rating, size_t n, struct error *err);
bool dataset_file_commit(struct dataset_writer *out, struct error *err);
void dataset_file_abandon(struct dataset_writer *out); /* after commit: fine */

/* All at once. */
bool dataset_file_write(const char *path, const struct dataset *d, const char *import_id,
                        struct error *err);

/* Maps and checks it; false when it is not a data set of this import. */
bool dataset_file_open(const char *path, const char *import_id, struct dataset *out,
                       struct error *err);

#endif
