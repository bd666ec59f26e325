/*
 * Other programs' recommendation lists as a run: what storage/import/recs.h reads, matched to the
 * users, cases and items of the data set, and stored as a run in state "done".
 *
 * Lists are the cases' lists in the order of the file. An item is found by its external id, else by
 * a map, else as a semantic id or, where a model wrote texts, a title of the data set; an id or
 * title that several items share gives all of them in index order on consecutive places. What is no
 * item, and an item that its list names before, keep their places as misses. Everything that did
 * not match is counted, and told by the run's event "import".
 *
 * Where the file's users are plainly numbered otherwise than the data's (from 0, from 1, or by
 * their place), that is seen after a first reading, said, and the file is read again. Memory: 4
 * bytes for each slot of the longest list and every case, 4 more with scores, 2 with ranks, and one
 * copy of every distinct item id of the file.
 */
#ifndef ANALYSIS_RUN_IMPORT_RECS_H
#define ANALYSIS_RUN_IMPORT_RECS_H

#include "analysis/corpus/split.h"
#include "analysis/run/run_lists.h"
#include "storage/base/json.h"
#include "storage/base/progress.h"
#include "storage/import/recs.h"

struct dataset;
struct workspace;

enum import_recs_order {
    IMPORT_RECS_AS_SAID, /* by rank, where there is none by score, else as in the file */
    IMPORT_RECS_BY_SCORE,
    IMPORT_RECS_BY_FILE,
};

/* What the users of the file are. */
enum import_recs_users {
    IMPORT_RECS_USERS_SEEN,  /* ids of the data; numbers that are plainly others are recognised */
    IMPORT_RECS_USERS_ID,    /* ids of the data, whatever it looks like */
    IMPORT_RECS_USERS_ORDER, /* the place of the user among the data's, from 0, or from 1 */
};

/* Strings are borrowed. */
struct import_recs {
    const char *path;  /* "-" is standard input */
    const char *valid; /* a second file, of validation lists; NULL: none */
    struct recs_options options;
    const char *name;        /* of the run; NULL: the model's, numbered if taken */
    const char *model;       /* NULL: "imported" */
    const char *strategy;    /* NULL: "–" */
    const char *trained_on;  /* "train", "train+valid"; NULL: not said, "train" is assumed */
    const char *const *maps; /* [n_maps] files of names */
    size_t n_maps;
    const char *users; /* a file with the user of each list, one a line; NULL: none */
    enum part part;    /* of lists that do not say it */
    enum import_recs_order order;
    enum import_recs_users users_are;
    bool named;                          /* a list that names no user is an error */
    bool has_id_offset, has_user_offset; /* added to whole numbers of the file */
    int64_t id_offset, user_offset;
};

struct import_recs_lists {
    struct run_lists part[2]; /* by enum part */
    struct jval *event;       /* what was found */
    char *log;                /* the event's lines, and the first 1,000 of what did not match */
};
void import_recs_release(struct import_recs_lists *lists); /* a zeroed one is fine */

/* The lists alone; nothing is stored. */
bool import_recs_read(const struct dataset *dataset, const struct corpus *corpus,
                      const struct split *split, const struct import_recs *request,
                      struct progress *progress, struct import_recs_lists *out, struct error *err);

/* *run: the new run's number; *event: what the import found, the caller's to free. On failure the
 * workspace is as it was. */
bool import_recs(struct workspace *ws, const struct dataset *dataset, const struct corpus *corpus,
                 const struct split *split, const struct import_recs *request,
                 struct progress *progress, int64_t *run, struct jval **event, struct error *err);

/* The event as lines for people. */
void import_recs_text(const struct jval *event, struct buf *out);

#endif
