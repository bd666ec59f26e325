/* Groups of runs that differ only in their seed: what a mean over seeds is taken over. */
#ifndef ANALYSIS_REPORT_GROUPS_H
#define ANALYSIS_REPORT_GROUPS_H

#include "analysis/report/study.h"
#include "storage/base/buf.h"
#include "storage/base/json.h"

struct run_group {
    char
        *name; /* of the run; of several what their names have in common, else model and strategy */
    const struct study_run **run; /* [n] as long as the study is open */
    size_t n;
};
struct run_groups {
    struct run_group *group; /* [n] by their first run */
    size_t n;
};

/* Same model, strategy, training corpus and options, but for the seed, which must differ.
 * Ensembles: of members of which that is true, which are looked up in the study (NULL: not).
 * O(n^2). draws */
void run_groups_make(const struct study *study, const struct study_run *const *runs, size_t n,
                     struct run_groups *out);
void run_groups_release(struct run_groups *groups); /* a zeroed one is fine */

/* Would the two be in one group? */
bool run_same_but_seed(const struct study *study, const struct study_run *a,
                       const struct study_run *b);

/* The run that an ensemble with these options has as its "memorizer" or "generalizer": by its
 * number, where an older version kept none by its name. NULL: it is gone, or this is no ensemble.
 */
const struct study_run *run_member(const struct study *study, const struct jval *options,
                                   const char *role);

/* What the names of n >= 1 runs have in common: "gr-iirg" of gr-iirg-1 and gr-iirg-2; their model
 * and strategy when that is nothing. The caller frees. */
char *run_group_name(const struct study_run *const *runs, size_t n);

/* ---- lists of runs, as they are typed and as commands write them ---- */

/* The runs that one word means: a name or number, a list "a,b" of them, or patterns in which `*`
 * stands for any characters (of finished runs). A name with blanks or commas stands in quotes, "…"
 * or '…', in which a doubled quote is one; alone it needs none. In quotes that no run is called,
 * a list is one still. Appends those that are not in *runs
 * yet; the caller frees. Reads the database: well under a millisecond a name. */
bool runs_of_word(struct study *study, const char *word, const struct study_run ***runs, size_t *n,
                  struct error *err);
/* The same, but blanks are between names, too. */
bool runs_of_words(struct study *study, const char *text, const struct study_run ***runs, size_t *n,
                   struct error *err);
/* The next word of several, for runs_of_word(): up to a blank that is not in quotes. Moves *text
 * behind it; NULL: there is none. The caller frees. */
char *runs_next_word(const char **text);
/* The name as these read it: in quotes where it needs them. */
void run_name_add(const char *name, struct buf *out);

#endif
