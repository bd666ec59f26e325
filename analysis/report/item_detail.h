/*
 * One item in full: what it follows and what follows it, its neighbours, who has it and to whom it
 * is recommended. Lists are whole and in the order that they are shown in; nothing is cut but the
 * semantic neighbours, which are the nearest ones by nature.
 *
 * Links are counted in the training corpus that the definition names. The collaborative neighbours
 * are those that the strategy iirg teaches (strategy/neighbours.h) with its default window, all of
 * them, without backfill.
 */
#ifndef ANALYSIS_REPORT_ITEM_DETAIL_H
#define ANALYSIS_REPORT_ITEM_DETAIL_H

#include "analysis/label/definition.h"
#include "analysis/report/case_view.h"
#include "analysis/report/study.h"

/* Another item and what it has to do with this one. What does not apply is 0. */
struct item_link {
    int32_t item;
    int32_t users; /* distinct ones among `count` */
    int64_t count; /* successors T[x][v], predecessors T[v][x], collaborative: pairs of positions;
                      by id: leading tokens that are the same */
    double score;  /* successors and predecessors: lift of the edge; semantic: cosine */
};

struct item_links {
    int32_t n;
    struct item_link *link; /* [n] by (count or score desc, pop desc, index asc) */
};

/* A user whose training sequence has the item. */
struct item_holder {
    int32_t user, times;
    int32_t position, length; /* of its first place, from 0, in a training sequence of `length` */
};

/* Where a run's list of a case has the item. */
struct item_place {
    int32_t rank; /* 0: not in the first K */
    bool rote;    /* the candidate set of the definition has it */
    bool target;
    bool labelled; /* else the run's lists are without labels yet, and the badge is not known */
    enum badge badge;
    char relation_type; /* as in struct case_rec */
    uint8_t relation_hop, verbatim;
};

/* A case in whose first K some run has the item. */
struct item_receiver {
    int64_t at; /* index into the split's case list */
    int32_t user;
    struct item_place *place; /* [n_runs] */
};

struct item_detail {
    int32_t item;
    int32_t window; /* of the collaborative neighbours */
    const struct edges *edges;
    int32_t rank; /* by popularity, from 1 */
    struct item_links successors, predecessors, collaborative;
    /* The data set's; without any those of the first of the runs that made its own. */
    struct study_ids ids;
    struct item_links same_id; /* items whose semantic id begins with the same tokens */
    int32_t same_whole_id;     /* how many of them have all tokens */
    int64_t n_holders;
    struct item_holder *holder; /* [n_holders] by user */
    size_t n_runs;
    const struct study_run **run; /* [n_runs] those with lists for the part */
    int64_t *recommended, *rote;  /* [n_runs] as in the Items table */
    int64_t n_receivers;
    struct item_receiver *receiver; /* [n_receivers] by case */
    struct item_place *places;      /* behind the receivers */
};

/* Two scans, of the training corpus and of the first K of every list: O(interactions + cases K
 * runs), and for each case found its candidate set. */
bool item_detail_make(struct study *study, int32_t item, enum part part,
                      const struct study_run *const *runs, size_t n_runs,
                      const struct definition *definition, struct progress *progress,
                      struct item_detail *out, struct error *err);
void item_detail_release(struct item_detail *detail); /* a zeroed one is fine */

/* The ITEM_ALIKE items of the largest cosine, by the vectors that iirg uses: O(items width), and
 * study_item_vectors(). *from_texts: not from imported embeddings. An item of which nothing is
 * known has none. */
enum { ITEM_ALIKE = 100 };
bool item_alike(struct study *study, int32_t item, struct progress *progress,
                struct item_links *out, bool *from_texts, struct error *err);
void item_links_release(struct item_links *links); /* a zeroed one is fine */

#endif
