/*
 * Import: files of interactions (and item texts, semantic ids, embeddings) → sequences as arrays.
 *
 * Method: every file's first 64 KiB decide its format and role (storage/import/detect.h), one
 * streaming parser per format turns it into rows, rows are filtered, grouped by user, ordered and
 * numbered (docs/definitions.md, section 1). Nothing is written anywhere: the caller stores the
 * result. Memory: about 30 bytes an interaction at its peak, plus the ids and item texts. The
 * result depends on the files and options only.
 */
#ifndef STORAGE_IMPORT_IMPORT_H
#define STORAGE_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "storage/base/intern.h"
#include "storage/base/json.h"
#include "storage/base/progress.h"

enum import_role {
    IMPORT_INTERACTIONS,
    IMPORT_ITEMS,
    IMPORT_SEMIDS,
    IMPORT_UNUSED,
    IMPORT_EMBEDDINGS
};
enum import_order { IMPORT_ORDER_AUTO, IMPORT_ORDER_TIME, IMPORT_ORDER_FILE };

/* All zero = the defaults. Every pointer is borrowed for the call. */
struct import_options {
    const char *const *paths; /* [n_paths] role and format detected; "-" is standard input */
    size_t n_paths;
    const char *items;  /* an item file, whatever it looks like; NULL: none named */
    const char *semids; /* a file of semantic ids; NULL: none named */
    /* "FILE" or "FILE,IDS": a matrix [items, width] in .npy or .safetensors, and the item id of
     * each row as lines or a JSON list; NULL: none named */
    const char *embeddings;
    /* The semantic-id file numbers the items, or the rows of the embeddings stand, in the order in
     * which the items first appear in the interactions. */
    bool semids_by_order, embeddings_by_order;
    const char *format; /* one of import_format_name(); NULL: detect */
    const char *columns; /* "user=…,item=…,time=…,rating=…,title=…,category=…": names or numbers
                            from 1; NULL: by the header's names */
    /* "leave-one-out", "temporal", "temporal:0.8,0.9" or "given"; NULL: given where the files are
     * parts of a split by their names (x.train.inter, test/x.csv), else leave-one-out. */
    const char *split;
    bool has_min_rating;
    double min_rating;       /* rows rated lower are dropped */
    int64_t k_core;          /* users and items with fewer interactions go, repeatedly; 0: off */
    int64_t max_length;      /* keep the last N of each user, after k-core and ordering; 0: all */
    enum import_order order; /* AUTO: by time where every row has one, else as in the file */
    bool allow_bad;          /* accept more than 1 % malformed rows */
    bool has_id_offset;      /* id_offset is added to the integer item ids of item and semantic-id
                                files, and to row numbers of embeddings without ids, instead of what
                           rote finds */
    int64_t id_offset;
};

/* The names --format takes, NULL past the last one. */
const char *import_format_name(int i);

/* Why rows were skipped. */
enum import_bad_reason {
    IMPORT_BAD_COLUMNS,        /* fewer columns than needed */
    IMPORT_BAD_EMPTY_ID,       /* user or item is empty */
    IMPORT_BAD_TIME,           /* neither a number nor a date */
    IMPORT_BAD_RATING,         /* not a number */
    IMPORT_BAD_NUL,            /* holds a NUL byte */
    IMPORT_BAD_LONG_LINE,      /* over 1 MiB */
    IMPORT_BAD_QUOTE,          /* a quoted field is not closed within 1 MiB or 1,000 lines */
    IMPORT_BAD_NO_ITEMS,       /* a user without items */
    IMPORT_BAD_DUPLICATE_USER, /* a second sequence of one user; the first one stays */
    IMPORT_BAD_DUPLICATE_ITEM, /* a second text or semantic id of one item; the first one stays */
    IMPORT_BAD_JSON,           /* the element is not what the format asks for */
    IMPORT_BAD_PREFIX,         /* the history is not the user's sequence so far */
    IMPORT_BAD_UNSEEN,         /* a held-out history with items that are in no training row */
    IMPORT_BAD_SEMID,          /* not the same number of codes as the others, or not codes */
    IMPORT_BAD_REASONS
};
const char *import_bad_reason_text(enum import_bad_reason reason);

enum { IMPORT_BAD_SAMPLES = 1000 };

struct import_bad_row {
    int32_t file; /* index into files */
    enum import_bad_reason reason;
    int64_t line; /* from 1 */
    char *text;   /* the beginning of the row, printable */
};

struct import_file {
    char *path;
    enum import_role role;
    const char *format; /* "CSV", static */
    char *reason;       /* why this format and role: "the header names userId, movieId, …" */
    int64_t rows;       /* data rows (JSON: elements) read, bad ones among them */
    int64_t bad;
};

/* What happened. Counts of interactions unless named otherwise. */
struct import_report {
    struct import_file *files; /* [n_files] in the order they were given */
    size_t n_files;
    struct import_bad_row *bad; /* [n_bad] the first IMPORT_BAD_SAMPLES of them */
    size_t n_bad;
    int64_t bad_total;
    int64_t bad_count[IMPORT_BAD_REASONS]; /* rows */

    int64_t interactions_read;
    int64_t dropped_rating; /* below min_rating */
    int64_t dropped_core;   /* by k-core: interactions, users, items */
    int64_t dropped_core_users, dropped_core_items;
    int64_t dropped_length; /* by max_length */
    double min_rating;      /* as asked; meaningful if has_min_rating */
    bool has_min_rating;
    int64_t k_core, max_length;

    enum import_order order; /* as applied: TIME or FILE */
    bool order_changed;      /* sorting by time moved at least one interaction */
    bool ids_by_appearance;  /* item ids are integers that ascend by first appearance */
    bool offset_applied;     /* id_offset != 0 was added to the ids of item and semid files */
    bool offset_asked;       /* because the caller said so */
    int64_t id_offset;

    bool has_items, has_semids;   /* such a file was read */
    int64_t items_without_text;   /* items of the catalogue that no item file names */
    int64_t text_without_items;   /* rows of item files that no interaction mentions */
    int64_t semids_without_items; /* rows of semantic-id files that no interaction mentions */
    int64_t items_without_semid;

    bool has_embeddings;
    int32_t embedding_width;
    int64_t items_without_embedding;  /* items of the catalogue without a row */
    int64_t embeddings_of_zeros;      /* items whose row is zeros: as good as none */
    int64_t embeddings_without_items; /* rows that no item of the catalogue has */

    char **notes; /* [n_notes] sentences for the reader: offset found, file skipped, … */
    size_t n_notes;
};

/* Aligned with struct dataset (storage/db/dataset.h). Everything is owned by the result. */
struct import_result {
    int32_t n_users, n_items;
    int64_t n_interactions;
    int64_t *offset; /* [n_users+1] */
    int32_t *item;   /* [n_interactions] in final sequence order */
    int64_t *time;   /* [n_interactions] as in the file; NULL: no times */
    float *rating;   /* [n_interactions]; NULL: no ratings */

    struct strtab user_id;  /* [n_users] */
    struct strtab item_id;  /* [n_items] as in the interactions */
    struct strtab title;    /* [n_items] "" where unknown; UTF-8 */
    struct strtab category; /* [n_items] several are joined by " | " */

    /* Every other field of item files, ordered by (item, field). UTF-8. */
    struct strtab field_name; /* [number of fields] */
    int64_t n_values;
    int32_t *value_item, *value_field; /* [n_values] */
    struct strtab value;               /* [n_values] never "" */

    int32_t semid_levels;
    int32_t *semid; /* [n_items * semid_levels], -1 where an item has none; NULL if no levels */

    int32_t embedding_width;
    float *embedding; /* [n_items * embedding_width], zeros where an item has none; NULL if none */

    char split[48]; /* "leave-one-out", "temporal:0.8,0.9" or "given" */
    /* [n_users] of split "given", else NULL: each user's items before train_end are training, those
     * before valid_end validation, the rest test. */
    int32_t *train_end, *valid_end;
    uint64_t fingerprint, structure_fingerprint; /* docs/definitions.md, section 1 */
    struct jval *request; /* what was asked for, import_request_json(); NULL: not known */
    struct import_report report;
};

/* Reads everything. On failure *err says which file and line and what to do, and *out is empty;
 * ERROR_CANCELLED when the progress' owner asked to stop. Blocks; one call per result. */
bool import_run(const struct import_options *options, struct progress *progress,
                struct import_result *out, struct error *err);
void import_result_release(struct import_result *result); /* a zeroed one is fine */

/* What `rote import` is to be told for the same import: {"files": […], "options": [["k-core", "5"],
 * ["allow-bad"], …]}, paths as they were given. The caller owns it. */
struct jval *import_request_json(const struct import_options *options);

/* The report as JSON: files, formats and reasons, counts, bad rows, notes. The caller owns it. */
struct jval *import_report_json(const struct import_report *report);
/* The report as the lines that `rote import` prints. */
void import_report_text(const struct import_report *report, struct buf *out);

#endif
