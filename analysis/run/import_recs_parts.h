/* Inside analysis/run/import_recs*.c. */
#ifndef ANALYSIS_RUN_IMPORT_RECS_PARTS_H
#define ANALYSIS_RUN_IMPORT_RECS_PARTS_H

#include "analysis/corpus/recs.h"
#include "analysis/run/import_recs.h"
#include "storage/db/dataset.h"
#include "storage/import/ids.h"

enum { EXAMPLES = 20, LOGGED = 1000 };

/* Values of `raw` while reading: 0 none, n + 1 the n-th item text of the file, else one of these.
 */
enum { RAW_INVALID = -1, RAW_MADE_UP = -2, RAW_DOUBLE = -3 };

/* The lists of one part, a row of RECS_DEPTH slots per case. Allocated with the first list. */
struct intake_part {
    const struct case_list *cases;
    int64_t *first;   /* [n_users + 1] where each user's cases begin */
    int32_t *raw;     /* [cases->n * RECS_DEPTH]; after matching: items */
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

struct importing {
    const struct dataset *dataset;
    const struct corpus *corpus;
    const struct split *split;
    const struct import_recs *request;
    struct progress *progress;
    struct recs_report report;
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

    /* semantic ids: those of the maps, else of the data set */
    struct intern *keys;
    int32_t *pair_key, *pair_item; /* [n_pairs] */
    size_t pair_key_cap, pair_item_cap;
    int64_t n_pairs;
    int64_t *group_begin; /* [keys + 1] */
    int32_t *group_item;  /* [n_pairs] ascending within a group */
    bool mapped;          /* the maps give them */

    struct ids user_lines; /* --users: distinct ids; … */
    int32_t *user_line;    /* [n_user_lines] … and which one each line is */
    size_t user_line_cap;
    int64_t n_user_lines;

    int64_t id_offset, user_offset;
    bool user_zero; /* a user "0" came that is not in the data */
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
    int64_t repeated_lists, no_case, unknown_rows, conflicts, token_numbers;
    int32_t longest; /* list */
    struct intern *unknown_users;
    struct jval *examples, *notes;
    struct buf log; /* the first LOGGED examples */
    int64_t n_examples;
};

/* Keeps one of the first examples of what did not match. */
void import_example(struct importing *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void import_note(struct importing *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The user or item of the data by the file's name: by map, else shifted, else as it is. -1: none.
 */
int32_t import_find_user(struct importing *m, const char *id, size_t n);
int32_t import_find_item(const struct importing *m, const char *id, size_t n, int64_t offset);

/* The sink: puts a list where it belongs. */
bool import_take(void *context, const struct recs_list *list, struct error *err);

/* Reads the maps and the list of users. */
bool import_read_names(struct importing *m, struct error *err);
/* Item texts → items, lists → their final form; checks what the file says about targets. */
bool import_match(struct importing *m, struct error *err);

#endif
