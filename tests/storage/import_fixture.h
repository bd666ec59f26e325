/* Small files in a folder of their own, imported, and the result as one line of text. */
#ifndef TESTS_STORAGE_IMPORT_FIXTURE_H
#define TESTS_STORAGE_IMPORT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "storage/base/buf.h"
#include "storage/import/import.h"

enum { TEST_FILES = 8 };

struct import_test {
    char dir[64];
    char *path[TEST_FILES]; /* of the files made with test_file() */
    size_t n_paths;
    struct import_options options;
    struct import_result result; /* of the last test_import() */
    struct error err;
    struct buf text; /* what test_sequences() and others return */
};

int import_test_setup(void **state); /* *state = struct import_test */
int import_test_teardown(void **state);

/* Makes a file that test_import() will read; "-n" forms take bytes. */
const char *test_file(struct import_test *t, const char *name, const char *text);
const char *test_file_n(struct import_test *t, const char *name, const void *bytes, size_t n);
const char *test_gzip(struct import_test *t, const char *name, const char *text, size_t cut);
/* A file that is not among those that test_import() reads by itself. */
const char *test_side_file(struct import_test *t, const char *name, const char *text);
void test_forget_files(struct import_test *t);

bool test_import(struct import_test *t); /* t->options with the files made so far */
void test_import_ok(struct import_test *t);
/* Fails with this code and a text that holds `part`. */
void test_import_fails(struct import_test *t, enum error_code code, const char *part);

/* "u: a b; v: c" */
const char *test_sequences(struct import_test *t);
/* "a=title/category" of every item, joined by "; " */
const char *test_titles(struct import_test *t);
/* "a=1.2.3; b=-1.-1.-1" */
const char *test_semids(struct import_test *t);
bool test_has_note(const struct import_test *t, const char *part);

#endif
