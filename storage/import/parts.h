/* Which part of a split a file is, by its name. */
#ifndef STORAGE_IMPORT_PARTS_H
#define STORAGE_IMPORT_PARTS_H

#include "storage/import/intake.h"

/* "x.train.inter", "Beauty.valid.csv.gz", "test_5.csv" by a word of the name (train, valid, val,
 * dev, test); else by the folder, "data/train/Office.csv". IMPORT_PARTS: neither. */
enum import_part part_of_path(const char *path);

#endif
