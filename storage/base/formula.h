/*
 * Cells that a spreadsheet would run as a formula: CSV and TSV are written with an apostrophe
 * before them, and reading takes exactly that apostrophe away.
 *
 * So that every text comes back, a text of apostrophes and a formula gets one more.
 */
#ifndef STORAGE_BASE_FORMULA_H
#define STORAGE_BASE_FORMULA_H

#include <stdbool.h>
#include <stddef.h>

/* Is the text written with an apostrophe before it? It is a formula (= + - @ tab or CR first, and
 * no number), or apostrophes and then a formula. */
bool formula_needs_apostrophe(const char *bytes, size_t n);

/* Does the cell begin with the apostrophe that was put before such a text? */
bool formula_has_apostrophe(const char *bytes, size_t n);

#endif
