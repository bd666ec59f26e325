/*
 * One user's case: the history, the lists of one or more runs, and for each recommendation what it
 * repeats (docs/definitions.md, sections 3 and 4), ready to be drawn. Computed on demand from the
 * match index: well under 1 ms for 50 recommendations on a data set of 200,000 interactions.
 */
#ifndef ANALYSIS_REPORT_CASE_VIEW_H
#define ANALYSIS_REPORT_CASE_VIEW_H

#include "analysis/label/definition.h"
#include "analysis/report/study.h"

/* How a recommendation is known from training, by precedence. */
enum badge {
    BADGE_ILLEGAL,  /* x  an illegal or missing slot */
    BADGE_REPEAT,   /* r  already in the history */
    BADGE_VERBATIM, /* #n the last n-1 history items and it stand in a training sequence, n >= 3 */
    BADGE_LAST,     /* *  directly followed the last item in training */
    BADGE_ANY,      /* +  directly followed some history item */
    BADGE_RELATED,  /* o  related over hops: type s, y, t or d, and the hop */
    BADGE_NONE,     /* .  uncategorized */
};

struct case_rec {
    int32_t item; /* or RECS_NONE, RECS_ILLEGAL */
    int32_t rank; /* from 1 */
    float score;
    bool is_target;
    bool in_history;
    bool counted; /* in the candidate set of the active definition */
    enum badge badge;
    char relation_type;  /* BADGE_RELATED: s substitutability, y symmetry, t transitivity, d
                            2nd-symmetry */
    int relation_hop;    /* BADGE_RELATED: 1..4 */
    uint16_t relation;   /* all labels, relation.h */
    int verbatim;        /* L of docs/definitions.md, section 3 */
    int64_t occurrences; /* of the longest match */
    int64_t users;       /* distinct users among them */
    int64_t own;         /* occurrences in this user's own training sequence */
    int64_t any_count;   /* summed T over the distinct predecessors in the history */
    double lift;         /* of the last edge (last item -> item); 0 if there is none */
    int64_t shown_count; /* the number beside the badge: occurrences, or any_count for BADGE_ANY */
};

/* The badge in words: "verbatim 3", "one-hop last", "related t2", "uncategorized". */
enum { CASE_BADGE_TEXT = 32 };
void case_badge_text(const struct case_rec *rec, char text[CASE_BADGE_TEXT]);

struct case_run {
    const struct study_run *run;
    int32_t n;             /* recommendations */
    int32_t hit_rank;      /* of the target; 0: not in the list */
    int32_t counted_top_k; /* how many of the top k are in the candidate set */
    struct case_rec *rec;  /* [n] */
};

struct case_view {
    int32_t user;
    enum part part;
    int64_t case_at; /* index into the split's case list */
    int32_t n_history;
    const int32_t *history; /* [n_history] item indices, borrowed from the corpus */
    int32_t target;
    bool target_reachable; /* under the definition */
    uint16_t target_relation;
    int target_verbatim;
    size_t n_runs;
    struct case_run *run; /* [n_runs] */
};

/* The relation that a label code's badge shows: the type with the smallest hop (among equals the
 * strictest type: s, y, t, d). *type 0 and *hop 0 where the code has none. */
void case_relation(uint16_t code, char *type, int *hop);

/* The user's last case. The runs need lists for the part. ERROR_NOT_FOUND: there is no case. */
bool case_view_make(struct study *study, int32_t user, enum part part,
                    const struct study_run *const *runs, size_t n_runs,
                    const struct definition *definition, struct case_view *out, struct error *err);
/* The user's nth case from 1, where a split gives several; 0: the last. */
bool case_view_make_nth(struct study *study, int32_t user, enum part part, int32_t nth,
                        const struct study_run *const *runs, size_t n_runs,
                        const struct definition *definition, struct case_view *out,
                        struct error *err);
void case_view_release(struct case_view *view);
/* The badge, and the number beside it, of a rec that holds item, in_history, verbatim, occurrences,
 * any_count and relation. */
void case_rec_badge(struct case_rec *rec);

/* The same of one item after a history that need not be a user's (user -1: nobody's). */
bool case_rec_make(struct study *study, enum trained_on on, int32_t user, const int32_t *history,
                   int32_t n_history, int32_t item, struct case_rec *out, struct error *err);

/* One training occurrence behind a recommendation: in `user`'s sequence the match covers positions
 * [start, start + length), the last of them being the recommended item. */
struct evidence_line {
    int32_t user;
    int32_t start, length;
    int32_t sequence_length; /* of the user's training sequence */
    int32_t history_at; /* index in the case's history of the item before the recommended one */
    double lift;        /* of its last edge */
    bool own;
};

struct evidence_list {
    int64_t total; /* all occurrences, exact */
    int64_t total_users;
    int64_t total_own;
    size_t n; /* lines below: the first ones in order */
    struct evidence_line *line;
};

/* Evidence for a recommendation of the view (one of its case_run's, made with the run's
 * trained_on): the occurrences of the longest match (L >= 2), or of (x, item) for every history
 * item x where only those exist; ordered by lift descending, length descending, others before own,
 * user, position. */
bool evidence_make(struct study *study, enum trained_on on, const struct case_view *view,
                   const struct case_rec *rec, size_t max, struct evidence_list *out,
                   struct error *err);
void evidence_release(struct evidence_list *list);

/* For `trace --history a,b,c --item v`: the same for a history that need not be a user's. user may
 * be -1, `rec` NULL. */
bool evidence_for_history(struct study *study, enum trained_on on, int32_t user,
                          const int32_t *history, int32_t n_history, int32_t item, size_t max,
                          struct case_rec *rec, struct evidence_list *out, struct error *err);

#endif
