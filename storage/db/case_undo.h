/* Inside storage/db: the undo journal of case studies and of the names of runs. A change names
 * every row it touches; the rows are kept as they were before and after. */
#ifndef STORAGE_DB_CASE_UNDO_H
#define STORAGE_DB_CASE_UNDO_H

#include <stddef.h>

#include "storage/db/sql.h"

enum case_table { CASE_STUDY_ROW, CASE_PIN_ROW, RUN_NAME_ROW }; /* stored: never renumber */

struct case_touched {
    enum case_table table;
    int64_t id;
    char *before; /* the row as JSON; NULL: there was none */
};

/* A change in the making, inside a transaction. Rows of studies are touched before rows of pins. */
struct case_journal {
    struct workspace *ws;
    int64_t study;            /* 0: none, it is about a run */
    struct case_touched *row; /* [n] */
    size_t n, cap;
};

/* The row is about to be changed or deleted: it is remembered. Twice is fine. */
bool case_journal_touch(struct case_journal *j, enum case_table table, int64_t id,
                        struct error *err);
/* A row that this change has made. */
void case_journal_made(struct case_journal *j, enum case_table table, int64_t id);
/* Stores the change, drops what could be redone and what is too old; the study's words are indexed
 * anew for search. */
bool case_journal_store(struct case_journal *j, const char *what, struct error *err);
void case_journal_release(struct case_journal *j);

#endif
