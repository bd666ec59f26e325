/*
 * Recommendation lists of other programs, as they wrote them: a file → lists of item texts.
 *
 * Method: the first 64 KiB decide the format (or --format does), one streaming parser per family of
 * formats gives each list to a sink; nothing is matched or stored here. Large JSON documents are
 * walked element by element. Memory: 4 MiB and the largest element, whatever the file's size.
 * docs/recommendations.md shows every format.
 */
#ifndef STORAGE_IMPORT_RECS_H
#define STORAGE_IMPORT_RECS_H

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "storage/base/progress.h"
#include "storage/base/source.h"

enum { RECS_LIST_MAX = 1000 }; /* slots of one list that are looked at */

enum recs_slot_kind {
    RECS_SLOT_ITEM,    /* text is an item: its id, its number or its semantic id */
    RECS_SLOT_INVALID, /* the file says that there is no item: null, "-", -1; no text */
    RECS_SLOT_MADE_UP, /* generated text in which there is no semantic id; no text, but `said` */
};

struct recs_slot {
    const char *text;
    size_t n;
    const char *said; /* of a generated text: its first line, see recs_said(); else NULL */
    size_t said_n;
    double score; /* NAN: none */
    int32_t rank; /* of a list that comes in pieces; else its place */
    enum recs_slot_kind kind;
};

/* One list, or a piece of one. Texts are bytes of the file without quotes and escapes, borrowed
 * for the call; NULL where the file does not say. A semantic id is a key of recs_semid_key(). */
struct recs_list {
    int64_t line; /* from 1 */
    const char *user;
    size_t user_n;
    int64_t sample; /* number of the case from 0; -1: not said */
    const char *target;
    size_t target_n;
    const char *target_said; /* where the target is a generated text: as in a slot */
    size_t target_said_n;
    int64_t position; /* of the target in the user's sequence; -1: not said */
    int part;         /* 0 test, 1 valid, -1 not said */
    bool piece;       /* one row of a list; rows of a list need not stand together */
    bool topic;       /* `user` may be USER:POSITION, as TREC runs of rote have it */
    bool ranked;      /* a piece whose rank is said */
    int32_t n;        /* slots, RECS_LIST_MAX at most */
    const struct recs_slot *slot;
};

struct recs_sink {
    /* False with *err: reading cannot go on. */
    bool (*list)(void *context, const struct recs_list *list, struct error *err);
    void *context;
};

/* The ids that a table's cells may hold: cells with several items are split by them where the text
 * alone does not tell. */
enum recs_known { RECS_UNKNOWN, RECS_KNOWN_CODE /* begins with a semantic id */, RECS_KNOWN_ID };
struct recs_names {
    enum recs_known (*known)(void *context, const char *text, size_t n);
    void *context;
    int words; /* between blanks that an id has at most */
};

struct recs_options {
    const char *format; /* a name of recs_format_name(); NULL: seen from the content */
    const char *columns; /* "user=…,item=…,rank=…" of a table, by name or number; NULL: by names */
    bool allow_bad;      /* accept more than 1 % bad rows */
    bool strict;         /* accept none */
    bool valid;          /* validation cases: their targets are looked for */
    const struct recs_names *names; /* NULL: none are known */
};

/* The names that --format takes, NULL past the last one, and what each is. */
const char *recs_format_name(int i);
const char *recs_format_summary(int i);

enum { RECS_BAD_SAMPLES = 20 };

struct recs_bad {
    int64_t line;
    const char *why; /* static */
    char *text;      /* the beginning of the row, printable */
};

struct recs_report {
    const char *format; /* for people; static */
    char *reason;       /* how it was seen */
    int64_t rows;       /* lines or elements, bad ones among them */
    int64_t bad_total;
    struct recs_bad bad[RECS_BAD_SAMPLES]; /* the first ones */
    int n_bad;
};
void recs_report_release(struct recs_report *report); /* a zeroed one is fine */

/* Counts a bad row and keeps it if it is among the first. */
void recs_report_bad(struct recs_report *report, int64_t line, const char *why, const char *bytes,
                     size_t n);

/* Reads the whole file. What the report says holds even after a failure. False: with *err when
 * reading cannot go on, when the content is no list of recommendations (pickles and tensors are
 * refused with what converts them), or when more than 1 % of the rows are bad. */
bool recs_read(const char *path, const struct recs_options *options, const struct recs_sink *sink,
               struct progress *progress, struct recs_report *report, struct error *err);
/* The same from an open source, which stays the caller's. */
bool recs_read_source(struct source *s, const struct recs_options *options,
                      const struct recs_sink *sink, struct progress *progress,
                      struct recs_report *report, struct error *err);

/*
 * The key of a semantic id, however it is written: appends RECS_KEY and its codes joined by ','.
 * "<a_9><b_0>", "a_9,b_0", "['a_9', 'b_0']", "[9, 0]" and "9,0" are one key; "[hair, red]" is one
 * of words. False, nothing appended, when the text is none of these. `generated`: the text is what
 * a model wrote; the first id in its first line counts, and bare "9,0" is none.
 */
#define RECS_KEY '\x01'
bool recs_semid_key(const char *text, size_t n, bool generated, struct buf *key);

/* The first line of a generated text without the blanks and quotes around it, as MiniOneRec
 * compares titles: what a model that writes titles means. *n is its length, 0: there is nothing. */
const char *recs_said(const char *text, size_t *n);

/* ---- maps ---- */

struct recs_map_sink {
    /* An item of the data and the key of its semantic id. */
    bool (*code)(void *context, const char *item, size_t item_n, const char *key, size_t key_n,
                 struct error *err);
    /* How the file names a user or item, and the data's name of it. */
    bool (*alias)(void *context, bool user, const char *theirs, size_t theirs_n, const char *ours,
                  size_t ours_n, struct error *err);
    /* An item of the data and its title. */
    bool (*title)(void *context, const char *item, size_t item_n, const char *title, size_t title_n,
                  struct error *err);
    void *context;
};

/* Reads one file of names: {"1": ["a_42", …]}, {"a_42,b_817": ["1"]}, {"ASIN": [9, 0, 255]},
 * MemGen's id_mapping.json, {"theirs": "ours"}, {"item": {"title": …}}, and lines
 * "<a_1><b_2>\ttitle\titem". False with *err when it is none of these. */
bool recs_map_read(const char *path, const struct recs_map_sink *sink, struct error *err);
bool recs_map_read_source(struct source *s, const struct recs_map_sink *sink, struct error *err);

#endif
