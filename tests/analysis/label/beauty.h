/* The Beauty file of ROTE_TEST_DATA as a corpus with its leave-one-out split, read by the tests
 * themselves so that no importer stands between the data and the figures. */
#ifndef TESTS_ANALYSIS_LABEL_BEAUTY_H
#define TESTS_ANALYSIS_LABEL_BEAUTY_H

#include <stdbool.h>
#include <stdio.h>

#include "analysis/corpus/corpus.h"
#include "analysis/corpus/split.h"

struct beauty {
    struct corpus corpus;
    int64_t *offset;
    int32_t *item;
    struct split split;
};

/* False when the data is not there; says "skipped: …" on stdout then. */
bool beauty_open(struct beauty *b);
void beauty_close(struct beauty *b);
FILE *beauty_file(const char *name); /* below ROTE_TEST_DATA */

#endif
