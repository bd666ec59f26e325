/*
 * Two runs on the same cases, or two groups of runs that differ in their seeds: paired differences
 * with intervals, where the gain comes from, what the lists repeat beside its nulls, and who was
 * won and lost (docs/definitions.md, sections 6 and 8). Differences are b - a. Of a group, a figure
 * is the mean over its runs, and intervals resample seeds and users.
 */
#ifndef ANALYSIS_REPORT_COMPARE_H
#define ANALYSIS_REPORT_COMPARE_H

#include "analysis/label/definition.h"
#include "analysis/label/relation.h"
#include "analysis/metric/attribution.h"
#include "analysis/metric/bootstrap.h"
#include "analysis/metric/slices.h"
#include "analysis/report/study.h"
#include "storage/base/json.h"

enum { COMPARE_FIGURES_MAX = 64, COMPARE_ATTRIBUTIONS = 4, COMPARE_TOP = 10 };

/* "ndcg@10"; "one_hop_ratio" and "one_hop_excess", over the shuffle null; "labels.memorization" and
 * the other classes, shares of the first K slots; "reachable.recall@5", "reachable.recall@10"; and
 * ndcg@10 of every slice, "history:4-5.ndcg@10". */
struct compare_figure {
    char name[48];
    int slice;   /* of these cases; -1: of all */
    double a, b; /* means */
    struct estimate difference;
};

/* What lists repeat, as evaluated: means over the runs of a side. */
struct compare_share {
    double share, null, lift; /* null: shuffle, its mean; lift: share / null */
};
struct compare_side {
    char *name;                   /* of the run, or what the names of the runs have in common */
    const struct study_run **run; /* [n] n >= 1, as long as the study is open */
    size_t n;
    struct compare_share one_hop, label[RELATION_LABELS]; /* of recommendations */
    /* Per case: the target's best rank in the lists (0: in none), and how many runs have it in
     * their top 10. */
    int32_t *rank;
    int32_t *hits;
};

/* Is the target in the top 10? Of a group: in more than half of its runs. */
enum compare_outcome {
    COMPARE_WON,  /* of b only */
    COMPARE_LOST, /* of a only */
    COMPARE_BOTH,
    COMPARE_NEITHER,
    COMPARE_OUTCOMES,
};
extern const char *const compare_outcome_name[COMPARE_OUTCOMES];

/* The cases of a slice. */
struct compare_slice {
    int slice;
    int64_t n;
    double share; /* of all cases */
    int64_t count[COMPARE_OUTCOMES];
};

struct compare {
    struct compare_side a, b;
    bool only_seeds; /* the runs of each side differ in their seeds only, as they should */
    enum part part;
    struct definition definition;
    int n;
    struct compare_figure figure[COMPARE_FIGURES_MAX];
    struct attribution attribution[COMPARE_ATTRIBUTIONS]; /* by enum attribution_by, of ndcg@10 */
    int64_t n_cases;
    uint8_t *outcome; /* [n_cases] enum compare_outcome */
    uint64_t *slices; /* [n_cases] as slices_assign() */
    int64_t count[COMPARE_OUTCOMES];
    /* Reachable or not, the classes, then the other labels (a case has several), quintiles and
     * lengths; without empty ones but for the first two. */
    int n_slices;
    struct compare_slice slice[SLICES];
};

/* Every run needs lists for the part; those not evaluated yet are. Seconds on 200,000 interactions,
 * more for every further seed. */
bool compare_make(struct study *study, const struct study_run *const *a, size_t n_a,
                  const struct study_run *const *b, size_t n_b, enum part part,
                  const struct definition *definition, struct progress *progress,
                  struct compare *out, struct error *err);
void compare_release(struct compare *compare); /* a zeroed one is fine */

/* NULL when there is none of that name. draws */
const struct compare_figure *compare_find(const struct compare *compare, const char *name);

/* Of ndcg@10 in a slice; NULL when it is empty. draws */
const struct compare_figure *compare_of_slice(const struct compare *compare, int slice);
/* The cases of an outcome (COMPARE_OUTCOMES: of any) that are in a slice (-1: in any). draws */
int64_t compare_count(const struct compare *compare, enum compare_outcome outcome, int slice);

/* Those cases, the clearest first: by how many more runs of the one side have the target in their
 * top 10, then by its best rank there, then by case; of any outcome from the won to the lost.
 * *list is the caller's; returns how many. O(n log n) */
int64_t compare_cases(const struct compare *compare, enum compare_outcome outcome, int slice,
                      int64_t **list);

/* What a list of cases says of each; the rest is in the arrays. draws */
struct compare_case {
    int32_t user, position, target;
    bool reachable;
    const char *label; /* the target's class: "memorization"; NULL: it has none */
};
struct compare_case compare_case_at(const struct study *study, const struct compare *compare,
                                    int64_t at);

struct jval *compare_to_json(const struct compare *compare); /* the caller frees */

#endif
