/*
 * The parsers, one per family of formats. See intake.h for what they share: a malformed row is
 * counted and skipped; false means that reading cannot go on. Each consumes the source to its end.
 */
#ifndef STORAGE_IMPORT_PARSE_H
#define STORAGE_IMPORT_PARSE_H

#include "storage/base/source.h"
#include "storage/import/columns.h"
#include "storage/import/intake.h"
#include "storage/import/literal.h"

/* "user item item …": S3-Rec (numbers) and IDGenRec (any ids), fields split at spaces and tabs. */
bool parse_sequences(struct source *s, struct intake *in, struct error *err);

/* "item text …": IDGenRec's item_plain_text; everything after the first space is the title. */
bool parse_item_text(struct source *s, struct intake *in, struct error *err);

/* "<a_236><b_231><c_226>\ttitle\t0": MiniOneRec's info file, the semantic id first, the item last.
 */
bool parse_info_semids(struct source *s, struct intake *in, struct error *err);

/* A table with one row a line. */
struct table_column {
    char *name;  /* in item tables: the field's name; "title" and "category" are known */
    bool tokens; /* RecBole token_seq: the value is a list split at spaces */
    bool flag;   /* "1": the column's name is among the categories */
};
struct table_spec {
    char delimiter;   /* ',' ';' '|' '\t' ' ' or ':' for "::" */
    bool quoted;      /* fields may be quoted (RFC 4180), and so hold delimiters and line ends */
    bool apostrophes; /* those that exports put before formulas are taken away */
    bool header;      /* the first line is not data */
    int user, item, time, rating; /* columns from 0, -1: none */
    int history;       /* the items before `item` (struct prefixes), -1: rows are interactions */
    bool history_list; /* the history is a Python list, else ids split at spaces */
    struct table_column *columns; /* [n_columns] */
    int n_columns;
};
void table_spec_release(struct table_spec *spec);
bool parse_interaction_table(struct source *s, const struct table_spec *spec, struct intake *in,
                             struct error *err);
bool parse_item_table(struct source *s, const struct table_spec *spec, struct intake *in,
                      struct error *err);

/* One object a line: JSON Lines, or Python literals. */
struct record_spec {
    enum literal_dialect dialect;
    char *key[COLUMN_MEANINGS]; /* the members' names, NULL: none */
    bool comma_categories;      /* categories are one text, "Food, Bars" (Yelp) */
};
void record_spec_release(struct record_spec *spec);
bool parse_interaction_records(struct source *s, const struct record_spec *spec, struct intake *in,
                               struct error *err);
bool parse_item_records(struct source *s, const struct record_spec *spec, struct intake *in,
                        struct error *err);

/* LETTER and LC-Rec: one JSON object of the whole file, walked element by element. */
bool parse_json_sequences(struct source *s, struct intake *in, struct error *err);
bool parse_json_items(struct source *s, struct intake *in, struct error *err);
bool parse_json_semids(struct source *s, struct intake *in, struct error *err);

#endif
