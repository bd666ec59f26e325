/*
 * Relation labels of a recommended item or a target (docs/definitions.md, section 4): memorization,
 * four kinds of generalization with their smallest hop, or uncategorized.
 *
 * Source: MemGen-GR, arXiv 2603.19809. The labels are those of its official implementation.
 *
 * Method: follow_h and precede_h nest in h, so one byte per pair of items (the smallest distance,
 * 1..4) holds all of them. Only the last four history items can matter. For a case, one byte per
 * item says at which hops it follows and precedes the history; the labels of a candidate are then
 * one scan of the candidate's own neighbours. Frequent items have their whole neighbourhood as a
 * row of bytes, so neither they nor their candidates are ever scanned in full.
 *
 * Cost: building is O(4 * interactions) per direction; memory 8 bytes per distinct pair of items at
 * most 4 positions apart (4 where there are at most 65,536 items) plus the rows of frequent items
 * (at most 768 MiB). Labelling does not allocate.
 */
#ifndef ANALYSIS_LABEL_RELATION_H
#define ANALYSIS_LABEL_RELATION_H

#include <stdint.h>

#include "analysis/corpus/corpus.h"
#include "analysis/corpus/split.h"
#include "storage/base/error.h"
#include "storage/base/progress.h"

enum { RELATION_HOPS = 4 };

enum relation_type {
    RELATION_SUBSTITUTABILITY,
    RELATION_SYMMETRY,
    RELATION_TRANSITIVITY,
    RELATION_SECOND_SYMMETRY,
    RELATION_TYPES,
};

enum relation_class {
    RELATION_NO_LABEL, /* no history, or an empty or illegal slot */
    RELATION_MEMORIZATION,
    RELATION_GENERALIZATION,
    RELATION_UNCATEGORIZED,
};

/* A label code: bits 3t .. 3t+2 are the smallest hop (1..4) at which type t holds, 0 where it does
 * not; bits 12..13 are the class. Stored in files and in the database: never renumber. */
static inline enum relation_class relation_class(uint16_t code)
{
    return (enum relation_class)(code >> 12 & 3);
}
static inline int relation_hop(uint16_t code, enum relation_type type)
{
    return code >> (3 * type) & 7;
}

/* The 18 label names in byte order; a code has several. */
enum { RELATION_LABELS = 18, RELATION_TEXT_MAX = 120 };
const char *relation_label_name(int label); /* 0 <= label < RELATION_LABELS */
int relation_label_find(const char *name);  /* -1: there is no such label */
/* Bit l is set where the code has label l. */
uint32_t relation_label_set(uint16_t code);
/* All names of a code, comma-joined in byte order; "" for RELATION_NO_LABEL. */
void relation_format(uint16_t code, char text[RELATION_TEXT_MAX]);

/* Read-only after building; safe from many threads. The training corpus is not kept. */
struct relation_index;
bool relation_index_build(const struct training *training, struct progress *progress,
                          struct relation_index **out, struct error *err);
void relation_index_free(struct relation_index *index); /* NULL allowed */
int64_t relation_index_bytes(const struct relation_index *index);
int64_t relation_index_pairs(const struct relation_index *index); /* distinct ordered pairs */

/* Working memory of one thread: about one byte per item. */
struct relation_scratch;
struct relation_scratch *relation_scratch_new(const struct relation_index *index,
                                              struct error *err); /* NULL with *err */
void relation_scratch_free(struct relation_scratch *scratch);     /* NULL allowed */

/* Makes `scratch` hold a case's history (oldest first); relation_of() then answers for it.
 * item < 0 gives code 0. */
void relation_load(const struct relation_index *index, struct relation_scratch *scratch,
                   const int32_t *history, int32_t n_history);
uint16_t relation_of(const struct relation_index *index, const struct relation_scratch *scratch,
                     int32_t item);

/* Both in one: the labels of n items for one history. */
void relation_case(const struct relation_index *index, struct relation_scratch *scratch,
                   const int32_t *history, int32_t n_history, const int32_t *item, int32_t n,
                   uint16_t *code);

/* The first k slots of every row of `item` ([cases->n * stride], k <= stride), on all threads, with
 * the histories of the cases; code is [cases->n * k]. Targets: relation_targets(). */
bool relation_label(const struct relation_index *index, const struct corpus *corpus,
                    const struct case_list *cases, const int32_t *item, int32_t stride, int32_t k,
                    uint16_t *code, struct progress *progress, struct error *err);
bool relation_targets(const struct relation_index *index, const struct corpus *corpus,
                      const struct case_list *cases, uint16_t *code, struct progress *progress,
                      struct error *err);

/* Shares of each label among the codes that have a label at all. */
struct relation_shares {
    int64_t labelled; /* codes other than RELATION_NO_LABEL */
    int64_t count[RELATION_LABELS];
    double share[RELATION_LABELS]; /* count / labelled; NAN where nothing is labelled */
};
void relation_shares(const uint16_t *code, int64_t n, struct relation_shares *out);

#endif
