/*
 * Where the parsers put what they read, and what they share.
 *
 * A parser takes a struct source (a file, or bytes: source_over()) and gives each row to the
 * intake; a malformed row goes to intake_bad() and reading goes on. It returns false only when
 * reading cannot go on (I/O, memory, damage beyond a row, cancelled).
 */
#ifndef STORAGE_IMPORT_INTAKE_H
#define STORAGE_IMPORT_INTAKE_H

#include "storage/base/progress.h"
#include "storage/base/source.h"
#include "storage/import/ids.h"
#include "storage/import/import.h"

/* Of files that are already split. */
enum import_part { IMPORT_PART_TRAIN, IMPORT_PART_VALID, IMPORT_PART_TEST, IMPORT_PARTS };

struct prefixes;

/* Interactions in file order. */
struct rows {
    struct ids user_ids, item_ids; /* raw numbers, by first appearance */
    int64_t n;
    int32_t *user, *item; /* [n] raw numbers */
    int64_t *time;        /* [n] if has_time */
    float *rating;        /* [n] if has_rating */
    bool has_time, has_rating;
    size_t user_cap, item_cap, time_cap, rating_cap;
    int64_t room; /* rows that fit into all of them */
    /* Files that are already split are read part by part: the rows from part_from[0] on are
     * validation, from part_from[1] on test. */
    bool is_split;
    int64_t part_from[2];
};
void rows_init(struct rows *rows, bool has_time, bool has_rating);
void rows_release(struct rows *rows); /* a zeroed one is fine */
bool rows_grow(struct rows *rows, struct error *err);
/* Room for one more. */
static inline bool rows_reserve(struct rows *rows, struct error *err)
{
    return rows->n < rows->room || rows_grow(rows, err);
}

/* Item texts by their own item ids. title, category and `first` are by text number. */
struct texts {
    struct ids ids;
    struct string_list title, category;
    struct ids fields; /* names of the other fields */
    int64_t n_values;  /* in file order: text number, field, value */
    int32_t *value_text, *value_field;
    size_t value_text_cap, value_field_cap;
    struct string_list value;
    int64_t latin1; /* values that were not UTF-8 */
};
void texts_init(struct texts *texts);
void texts_release(struct texts *texts);

/* Semantic ids by their own item ids. */
struct semids {
    struct ids ids;
    int32_t levels; /* 0 until the first row */
    int32_t *code;  /* [ids_count(ids) * levels] */
    size_t code_cap;
};
void semids_init(struct semids *semids);
void semids_release(struct semids *semids);

struct intake {
    struct import_report *report;
    struct progress *progress;
    int32_t file;              /* index into report->files of the file being read */
    struct rows *rows;         /* for interactions */
    struct prefixes *prefixes; /* for rows of a history and its next item, instead of rows */
    enum import_part part;     /* of the file being read */
    struct texts *texts;
    struct semids *semids;
    bool titles_of_semids; /* no other file has texts: titles beside semantic ids are taken */
    /* Item rows whose id is no integer and is not in here are only counted (report's
     * text_without_items, semids_without_items), so that a huge catalogue file does not fill the
     * memory. NULL: keep all. */
    const struct intern *known_items;
    bool has_min_rating;
    double min_rating;
    double bytes_before, bytes_total; /* of all files, for progress; total 0: unknown */
};

/* Counts a malformed row, and keeps it if it is among the first. */
void intake_bad(struct intake *in, enum import_bad_reason reason, int64_t line, const char *bytes,
                size_t n);
void intake_note(struct import_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Once in a while: progress, and false when the work should stop. */
bool intake_progress(struct intake *in, const struct source *s, struct error *err);

/* Counts an interaction that was read; false if its rating is too low to keep it. */
bool intake_passes(struct intake *in, double rating);
/* Keeps one that passed; `user` is a number of rows->user_ids. False when memory runs out. */
bool intake_interaction(struct intake *in, int32_t user, const char *item, size_t item_n,
                        int64_t time, float rating, struct error *err);

/* One field of an item row. */
struct item_field {
    const char *name; /* "title", "category" or another field's name */
    size_t name_n;
    const char *value;
    size_t value_n;
};
/* One item row; fields with an empty value are left out. False only when memory runs out. */
bool intake_item(struct intake *in, int64_t line, const char *id, size_t id_n,
                 const struct item_field *fields, size_t n_fields, struct error *err);
/* One item's codes. */
bool intake_semid(struct intake *in, int64_t line, const char *id, size_t id_n,
                  const int32_t *codes, int32_t levels, struct error *err);

#endif
