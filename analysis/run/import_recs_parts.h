/* Inside analysis/run/import_recs*.c. */
#ifndef ANALYSIS_RUN_IMPORT_RECS_PARTS_H
#define ANALYSIS_RUN_IMPORT_RECS_PARTS_H

#include "analysis/corpus/recs.h"
#include "analysis/run/import_recs.h"
#include "storage/db/dataset.h"
#include "storage/import/ids.h"

/* Of each kind of what does not match, so many are told, and so many are in the log. */
enum { EXAMPLES = 4, LOGGED = 1000 };
enum example {
    EXAMPLE_USER,
    EXAMPLE_CASE,
    EXAMPLE_LIST,
    EXAMPLE_ITEM,
    EXAMPLE_SEMID,
    EXAMPLE_TEXT,
    EXAMPLE_TARGET,
    EXAMPLE_MISSING,
    EXAMPLE_KINDS
};

/* Values of `raw` while reading: 0 none, n + 1 the n-th item text of the file, else one of these.
 */
enum { RAW_INVALID = -1, RAW_MADE_UP = -2, RAW_DOUBLE = -3 };

/* The lists of one part, a row of `width` slots per case. Allocated with the first list; wider with
 * the first list that needs it. */
struct intake_part {
    const struct case_list *cases;
    int64_t *first;   /* [n_users + 1] where each user's cases begin */
    int32_t width;    /* RECS_DEPTH at most */
    int32_t *raw;     /* [cases->n * width]; after matching: items */
    float *score;     /* the same; NULL: no score came */
    uint16_t *rank;   /* the same; NULL: no rank came */
    uint8_t *n;       /* [cases->n] filled slots */
    bool *there;      /* [cases->n] a list came */
    int32_t *target;  /* [cases->n] as `raw`; NULL: no target came */
    int64_t listed;   /* cases with a list */
    int64_t scored;   /* items with a score … */
    int64_t unscored; /* … and without */
    int64_t by_order; /* lists that took the next case of a user with several */
    int64_t targets_same, targets_other;
};

/* An item text of the file: what it means. */
struct meaning {
    int32_t item;  /* >= 0; -1: nothing */
    int32_t group; /* >= 0: all items of that semantic id; -1: none */
    bool invalid;  /* "-", "-1": the file says that there is none */
};

/* Begins the text of an item that was found by its title, as RECS_KEY does for semantic ids. */
#define TITLE_KEY '\x02'

/* How the numbers that stand for users are read. */
struct user_numbers {
    enum import_recs_users are;
    int64_t offset; /* added to them */
    char *note;     /* why, when it was seen; NULL: it was asked for, or is nothing special */
};

struct importing {
    const struct dataset *dataset;
    const struct corpus *corpus;
    const struct split *split;
    const struct import_recs *request;
    struct progress *progress;
    struct recs_report report[2]; /* of the file and of the validation file */
    const char *path;             /* the file that is being read … */
    struct recs_report *now;      /* … its report, and … */
    enum part part_now;           /* … the part of its lists */
    struct intern *users, *items; /* of the data set */
    struct intake_part part[2];

    struct ids ids;   /* item texts of the file */
    int64_t *id_line; /* [ids] where each came first */
    size_t id_line_cap;
    struct meaning *meaning; /* [ids] */

    /* --map: the file's names → the data's, as pairs of numbers in `alias_text` */
    struct ids alias[2];  /* items, users: the file's names */
    int32_t *alias_of[2]; /* [alias] number in alias_text */
    size_t alias_cap[2];
    struct ids alias_text;
    bool pad[2]; /* number 0 is padding */

    /* semantic ids: those of the maps, else of the data set; and, once a generated text has come,
     * titles: of both */
    struct intern *keys;
    int32_t *pair_key, *pair_item; /* [n_pairs] */
    size_t pair_key_cap, pair_item_cap;
    int64_t n_pairs, n_titles; /* all, and those of titles */
    bool titled;               /* titles of the data set are among them */
    int64_t *group_begin;      /* [keys + 1] */
    int32_t *group_item;       /* [n_pairs] ascending within a group */
    bool mapped;               /* the maps give them */

    struct ids user_lines; /* --users: distinct ids; … */
    int32_t *user_line;    /* [n_user_lines] … and which one each line is */
    size_t user_line_cap;
    int64_t n_user_lines;

    int64_t id_offset;
    struct recs_names names; /* for cells with several ids */
    bool numbered;           /* the data's item ids are the numbers of a range */
    const struct user_numbers *numbers;
    /* the users of the file: lists with one, those that are no numbers, the lowest and highest */
    int64_t named, not_numbers, user_low, user_high;
    /* the last one, for pieces */
    struct buf last_user;
    int64_t last_case;
    int last_part;

    /* slots: all that are filled, those whose id is not in the data (and how many ids these are),
     * whose semantic id no item has, that hold no semantic id, that the file leaves empty, items
     * that their list names before, those of an id that several items share; lists that were cut */
    int64_t slots, unknown_items, unknown_ids, illegal, made_up, invalid, doubles, shared, deeper;
    /* lists of cases that had one, rows of users without a case, of unknown users, places whose
     * score is above the one before, ids that were token numbers */
    int64_t repeated_lists, no_case, unknown_rows, conflicts, token_numbers, by_title;
    int32_t longest;       /* list */
    struct buf unnamed;    /* the first text without an item */
    char first_other[300]; /* the first target that is not the data's */
    struct buf scratch;
    struct intern *unknown_users;
    struct jval *examples, *notes;
    struct buf log; /* the first LOGGED examples of each kind */
    int64_t n_examples[EXAMPLE_KINDS];
};

/* Keeps one of the first examples of what did not match. */
void import_example(struct importing *m, enum example kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void import_note(struct importing *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The user or item of the data by the file's name: by map, else shifted, else as it is. -1: none.
 */
int32_t import_find_user(struct importing *m, const char *id, size_t n);
int32_t import_find_item(const struct importing *m, const char *id, size_t n, int64_t offset);

/* The sink: puts a list where it belongs. */
bool import_take(void *context, const struct recs_list *list, struct error *err);

/* Reads the maps and the list of users; m->names are known from here on. */
bool import_read_names(struct importing *m, struct error *err);
/* The titles of the data set are names of items from here on; once is enough. */
bool import_know_titles(struct importing *m, struct error *err);
/* The title's text in m->scratch; false when no item has this title. */
bool import_title_key(struct importing *m, const char *said, size_t n);
/* Ready to be found: groups of items with the same semantic id or title. */
bool import_make_groups(struct importing *m, struct error *err);

/* Rows of `width` slots. */
bool import_set_width(struct intake_part *p, int32_t width, struct error *err);

/* Item texts → items; counts what the file says about targets. */
bool import_prepare(struct importing *m, struct error *err);
/* Are the users of the file numbered otherwise than it was read? *out says how. */
bool import_other_users(const struct importing *m, struct user_numbers *out);
/* Lists → their final form; checks what was found. */
bool import_match(struct importing *m, struct error *err);

/* The run's event. Takes m->notes and m->examples. */
struct jval *import_event(struct importing *m);
/* Nothing in the text acts on a terminal; line feeds stay if they may. */
void import_make_harmless(char *text, bool keep_lines);

#endif
