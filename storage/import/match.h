/*
 * Item texts and semantic ids find their items: by id as text, or shifted where both sides are
 * dense integer sets that differ by an offset (docs/definitions.md, section 11).
 */
#ifndef STORAGE_IMPORT_MATCH_H
#define STORAGE_IMPORT_MATCH_H

#include "storage/import/intake.h"

/* What to add to the integers of `other` to get those of `items`: 0 when they match as text. Both
 * must be sets. *padded: they share their largest id but `other` begins lower, as where a padding
 * item 0 has a text; then nothing is shifted. */
int64_t match_offset(const struct strtab *items, const struct strtab *other, bool *padded);

/* What a set of ids is as numbers. */
struct id_range {
    bool integers; /* every id is a canonical whole number */
    bool dense;    /* and none between the lowest and the highest is missing */
    int64_t low, high;
};
struct id_range id_range_of(const struct strtab *ids);

/* How the ids of one kind of file are matched to those of the interactions. */
struct matcher {
    const struct intern *theirs;
    int64_t offset;
    const struct intern *order; /* their number is the place of the id in here; NULL: by id */
    bool *used;                 /* [their count] */
    int64_t matched;
};
/* `what` names the file in notes. report NULL: says nothing. */
bool matcher_init(struct matcher *m, const struct ids *items, const struct ids *theirs,
                  const char *what, const struct import_options *options,
                  struct import_report *report, struct error *err);
void matcher_release(struct matcher *m);
/* Their number of the item with this id, -1: none. */
int32_t matcher_find(struct matcher *m, const char *id, size_t n);

/*
 * Fills title, category, the other fields and the semantic ids of *out, whose items are numbered,
 * and the report's counts. texts, semids: NULL when no such file was read. `items` are all ids of
 * the interactions before filters. False with ERROR_INPUT when a file matches not a single item.
 */
bool match_metadata(const struct ids *items, struct texts *texts, const struct semids *semids,
                    const struct import_options *options, struct import_result *out,
                    struct error *err);

/*
 * Fills the embeddings of *out, whose items are numbered, and the report's counts; file->reason
 * goes on with how the rows were matched. With ids: by id. Without: row = id where the ids of the
 * interactions and the item file are numbers that fit the number of rows (from 0; from 1; from 1
 * with a row 0 that is padding), else the order of the item file if it names as many items, else
 * refused. `texts`: all ids of the item file, NULL without. Items without a row get zeros. False
 * with ERROR_INPUT also where a used row holds NaN or an infinity, or no row is used.
 */
struct embeddings;
bool match_embeddings(const struct ids *items, const struct ids *texts, struct embeddings *e,
                      const struct import_options *options, struct import_file *file,
                      struct import_result *out, struct error *err);

#endif
