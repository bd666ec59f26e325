/*
 * The insides of struct relation_index, shared by building and labelling only.
 *
 * Items are renumbered by popularity ("rank"): popular items then share cache lines, and rows in
 * rank order meet the likeliest matches first.
 *
 * The row of item v lists its neighbours in eight groups,
 *     precede_1, follow_1, precede_2, follow_2, … follow_4,
 * precede_d being the items whose smallest distance to v is exactly d, follow_d those that v has it
 * to; each group ascends by rank and repeats its last entry up to a multiple of RELATION_PAD, so
 * that scans have no remainder. 2 bytes per entry where ranks fit, else 4.
 *
 * Levels 1..4 are kept in unary: level d = bits d-1 .. 3 of a nibble, so that the larger of two
 * levels is their AND and the smaller their OR. A byte of a frequent item's dense row, or of a
 * case's marks, holds the level of "z follows" in its low nibble and of "z precedes" in its high
 * one.
 */
#ifndef ANALYSIS_LABEL_RELATION_INDEX_H
#define ANALYSIS_LABEL_RELATION_INDEX_H

#include <stdbool.h>

#include "analysis/label/relation.h"

enum { RELATION_GROUPS = 2 * RELATION_HOPS, RELATION_PAD = 4 };

struct relation_row {
    const void *list;              /* uint16_t or uint32_t ranks */
    uint32_t end[RELATION_GROUPS]; /* entries up to the end of each group */
};

struct relation_index {
    int32_t n_items;
    int64_t n_pairs;          /* distinct ordered pairs */
    int64_t n_entries;        /* of all lists */
    bool narrow;              /* 2-byte lists */
    int32_t *rank;            /* [n_items] by item index */
    struct relation_row *row; /* [n_items] by rank, as everything below */
    int64_t n_blocks;
    void **block; /* [n_blocks] the memory behind the lists */
    int64_t n_hubs;
    int32_t *hub;   /* [n_items] number of the dense row, -1: none */
    uint8_t *dense; /* [n_hubs * n_items] */
};

/* Where the data layout changes. Labels do not depend on it; tests reach every layout by it. */
struct relation_tuning {
    int32_t narrow_items; /* up to so many items, lists have 2 bytes per entry */
    uint32_t hub_entries; /* longer rows get a dense row … */
    int64_t hub_bytes;    /* … the most popular first, until so much memory is used */
};
extern const struct relation_tuning relation_tuning_default;
bool relation_index_build_tuned(const struct training *training,
                                const struct relation_tuning *tuning, struct progress *progress,
                                struct relation_index **out, struct error *err);

/* Level d in unary. */
static inline unsigned relation_unary(int d)
{
    return 0xFu << (d - 1) & 0xFu;
}

/* Group numbers for distance d. */
static inline int relation_precede(int d)
{
    return 2 * (d - 1);
}
static inline int relation_follow(int d)
{
    return 2 * (d - 1) + 1;
}
static inline uint32_t relation_begin(const struct relation_row *row, int group)
{
    return group > 0 ? row->end[group - 1] : 0;
}

/* Entry i of a list; `narrow` is a constant where it matters. */
static inline uint32_t relation_entry(const void *list, uint32_t i, bool narrow)
{
    return narrow ? ((const uint16_t *)list)[i] : ((const uint32_t *)list)[i];
}

#endif
