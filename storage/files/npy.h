/*
 * Arrays of real numbers in NumPy's .npy format.
 *
 * Format (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): "\x93NUMPY",
 * major and minor version, u16 (version 1) or u32 (2 and 3) little-endian length of the header, the
 * header (a Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }), then
 * the data without gaps. Read are versions 1 to 3, f2, f4 and f8 of either byte order, and both
 * memory orders; everything else is refused by name. Nothing is executed: Python objects (pickle)
 * are refused.
 */
#ifndef STORAGE_FILES_NPY_H
#define STORAGE_FILES_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"

enum { NPY_MAX_RANK = 8 };

struct npy {
    int32_t rank; /* 0: a scalar, count 1 */
    int64_t shape[NPY_MAX_RANK];
    int64_t count;             /* elements */
    int32_t size;              /* bytes an element: 2, 4 or 8 */
    bool big_endian, fortran;  /* fortran: the first index runs fastest in the data */
    int32_t major;             /* version */
    const unsigned char *data; /* borrowed from the bytes; count * size of them, any alignment */
};

/* Is this the beginning of a .npy file? */
bool npy_is(const void *bytes, size_t n);

/* bytes[n] is a whole file; `name` names it in errors. The data is not touched. */
bool npy_parse(const void *bytes, size_t n, const char *name, struct npy *out, struct error *err);

/* out[shape[1]] = row `row` of an array of rank 2; double is rounded to float. O(shape[1]). */
void npy_row(const struct npy *npy, int64_t row, float *out);

/* Writes x[rows][columns] as version 1.0, little-endian f4, C order; as file_replace does. */
bool npy_write(const char *path, const float *x, int64_t rows, int64_t columns, struct error *err);

#endif
