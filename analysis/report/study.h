/*
 * A study: one open workspace with everything that its figures are computed from. Screens, command
 * line and reports all call the functions of analysis/report, so they cannot disagree.
 *
 * What it holds is read-only and shared (mapped data set, split, edge tables, match index, relation
 * index, recommendation lists of the runs); tables are built on first use, once, under a lock.
 * Every function may be called from any thread. Functions marked "draws" only read what is already
 * in memory and may be called by the drawing thread; all others may read files or the database or
 * compute for a while, and belong into a job.
 */
#ifndef ANALYSIS_REPORT_STUDY_H
#define ANALYSIS_REPORT_STUDY_H

#include <stddef.h>

#include "analysis/corpus/corpus.h"
#include "analysis/corpus/edges.h"
#include "analysis/corpus/recs.h"
#include "analysis/corpus/split.h"
#include "analysis/semid/semid.h"
#include "storage/base/error.h"
#include "storage/base/progress.h"

struct dataset;
struct workspace;
struct match_index;
struct relation_index;
struct token_index;
struct onehop;
struct item_vectors;
struct definition;
struct study;

bool study_open(const char *dir, bool read_only, struct progress *progress, struct study **out,
                struct error *err);
void study_close(struct study *study); /* NULL allowed */

/* draws */
const char *study_dir(const struct study *study);
const char *study_name(const struct study *study); /* of the data: the folder's last part */
bool study_read_only(const struct study *study);
const struct dataset *study_dataset(const struct study *study);
const struct corpus *study_corpus(const struct study *study);
const struct split *study_split(const struct study *study);

/* The case of a user in a part, the last one where there are several; -1: the user has none.
 * O(log cases). draws */
int64_t study_case_of_user(const struct study *study, enum part part, int32_t user);

/* External ids. Finding one takes a few ms for a million, and none once they are sorted. draws */
enum study_names { STUDY_USERS, STUDY_ITEMS, STUDY_NAMES };
int32_t study_find_user(const struct study *study, const char *id); /* its index; -1: none has it */
int32_t study_find_item(const struct study *study, const char *id);
const struct strtab *study_names(const struct study *study, enum study_names names); /* draws */
/* Their order (strtab_sort()); the first time half a second for a million. NULL with *err. */
const int32_t *study_names_sorted(struct study *study, enum study_names names, struct error *err);
/* NULL as long as nobody has asked for it. draws */
const int32_t *study_names_ready(const struct study *study, enum study_names names);

/* Tables over a training corpus; built (or mapped) on first use, then shared. NULL with *err. */
const struct edges *study_edges(struct study *study, enum trained_on on, struct error *err);
const struct match_index *study_index(struct study *study, enum trained_on on,
                                      struct progress *progress, struct error *err);
const struct relation_index *study_relations(struct study *study, enum trained_on on,
                                             struct progress *progress, struct error *err);

/* NULL as long as nobody has asked for it yet. draws */
const struct relation_index *study_relations_ready(const struct study *study, enum trained_on on);

/* Semantic ids as a run works on them. */
struct study_ids {
    const struct study_run *own; /* the run that made them; NULL: the data set's */
    struct semid_table table;    /* levels 0: there are none. Borrowed until study_close() */
};
/* Where neither the data set nor the run has any. */
#define STUDY_NO_IDS "no semantic ids in these data or runs: --semids, or rote train --model gr"
/* Those that the run of gr made for itself, else, and for any other run or NULL, the data set's.
 * The first time they are mapped and checked: milliseconds for a million items. */
bool study_ids_of(struct study *study, const struct study_run *run, struct study_ids *out,
                  struct error *err);
/* False: its ids are the data set's. NULL allowed. draws */
bool study_run_may_have_ids(const struct study_run *run);
/* Prefixes of the ids that study_ids_of() gives; ERROR_STATE where there are none. */
const struct token_index *study_tokens(struct study *study, const struct study_run *run,
                                       enum trained_on on, struct error *err);
/* A vector per item, as runs with the default options have them (run/item_vectors.h); what to do
 * in *err where there are neither embeddings nor texts. The first time about a second for the texts
 * of 10,000 items, later nothing. */
const struct item_vectors *study_item_vectors(struct study *study, struct progress *progress,
                                              struct error *err);
/* Candidate sets under a definition. */
const struct onehop *study_onehop(struct study *study, const struct definition *definition,
                                  struct error *err);

/* Compares the mapped bytes of the data set, and of indexes that are open, with their hashes:
 * before figures are stored. Once per study. */
bool study_verify(struct study *study, struct progress *progress, struct error *err);

/* The database connection of this study, for the stores; hold the lock while using it. */
struct workspace *study_lock(struct study *study);
void study_unlock(struct study *study);
/* A second connection that only reads, for a few rows at a time: it does not wait for those who
 * hold the lock of the first one. It sees what has been committed. draws */
struct workspace *study_lock_reader(struct study *study);
void study_unlock_reader(struct study *study);

/* ---- runs ---- */

/* One run as it was when study_runs_refresh() last looked. Borrowed until study_close(). */
struct study_run {
    int64_t id;
    const char *name, *model, *strategy, *state; /* state: queued running done failed cancelled */
    const char *options_json;
    int64_t seed;
    enum trained_on trained_on;
    bool trained_on_assumed; /* an imported run that did not say */
    double seconds;          /* of training */
    bool has[2];             /* by enum part: are there lists? */
    struct recs recs[2];     /* by enum part; mapped */
    /* By enum part, [n_cases * depth], NULL until labelled: relation code (relation.h) and
     * verbatim length (0..255, larger ones stay 255) of every slot. */
    const uint16_t *relation[2];
    const uint8_t *verbatim[2];
    /* The same, 1: it directly followed some item of the history in what the run was trained on.
     * NULL too where labels were stored by an older version. */
    const uint8_t *one_hop[2];
};
/* Its lists for the part have all labels that this version stores. */
static inline bool study_run_is_labelled(const struct study_run *run, enum part part)
{
    return run->relation[part] && run->verbatim[part] && run->one_hop[part];
}

/* Takes in what workers have done (run/queue.h) and reads the runs again; done ones get their lists
 * mapped. Cheap when nothing changed. */
bool study_runs_refresh(struct study *study, struct error *err);
size_t study_n_runs(const struct study *study); /* draws */
/* In the order of the ids; NULL behind the last one. Runs may go while a thread walks over them:
 * `for (size_t i = 0; (run = study_run_at(study, i)); i++)`. draws */
const struct study_run *study_run_at(const struct study *study, size_t i);
/* The runs that have lists of the part, *n of them, in the order of the ids; the caller frees. */
const struct study_run **study_runs_with_lists(const struct study *study, enum part part,
                                               size_t *n);
const struct study_run *study_run_by_id(const struct study *study, int64_t id); /* draws; or NULL */
/* By its whole name; or NULL. draws */
const struct study_run *study_run_named(const struct study *study, const char *name);
/* By name, number or unique prefix; NULL with ERROR_NOT_FOUND naming the runs there are. A whole
 * name that is known needs no look at the database; any other reads the runs again first. */
const struct study_run *study_run_find(struct study *study, const char *name, struct error *err);

#endif
