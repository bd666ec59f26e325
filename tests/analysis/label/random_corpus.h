/* Small random corpora for comparing with naive code: every corner turns up within a few hundred
 * seeds (no users, one item, repeats, empty training parts, ties everywhere). */
#ifndef TESTS_ANALYSIS_LABEL_RANDOM_CORPUS_H
#define TESTS_ANALYSIS_LABEL_RANDOM_CORPUS_H

#include <stdint.h>

#include "analysis/corpus/corpus.h"
#include "analysis/corpus/split.h"

enum { TOY_USERS = 14, TOY_LENGTH = 9, TOY_ITEMS = 14, TOY_DEPTH = 8 };

struct toy {
    uint64_t state;
    int64_t offset[TOY_USERS + 1];
    int32_t item[TOY_USERS * TOY_LENGTH];
    int32_t end[TOY_USERS];
    struct corpus corpus;
    struct training training;
    int32_t case_user[TOY_USERS * TOY_LENGTH], case_position[TOY_USERS * TOY_LENGTH];
    struct case_list cases; /* any positions, histories of 0 items among them */
    int32_t recs[TOY_USERS * TOY_LENGTH * TOY_DEPTH]; /* distinct items or -1 */
};

uint32_t toy_random(struct toy *t, uint32_t below);
void toy_make(struct toy *t, uint64_t seed);

#endif
