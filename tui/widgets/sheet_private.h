/* What the parts of the sheet share: sheet.c (cursor, filters, status), sheet_columns.c,
 * sheet_marks.c, sheet_draw.c, sheet_jobs.c (order and search), sheet_output.c (export),
 * sheet_frequency.c. Not for others. */
#ifndef TUI_WIDGETS_SHEET_PRIVATE_H
#define TUI_WIDGETS_SHEET_PRIVATE_H

#include "storage/export/document.h"
#include "tui/widgets/idset.h"
#include "tui/widgets/order.h"

enum {
    SHEET_AT_ONCE = 2000, /* rows up to which order and search need no job */
    SHEET_COLUMNS = 64,
    SHEET_MARGIN = 2, /* the cursor's sign and the mark */
    SHEET_WIDEST = 400,
};

/* What somebody wants of a column, known by its name. */
struct column_wish {
    char *name;
    bool hidden;
    int width; /* 0: none wanted */
};

/* Jobs hold the tie, not the sheet, which may be gone when they end. */
struct sheet_tie {
    struct sheet *sheet; /* NULL: gone */
    int refs;
};

struct search {
    struct filter *filter; /* NULL: no search; its regex */
    bool back;
    bool complete;
    uint32_t *hits; /* [n_hits] visible positions, ascending */
    int64_t n_hits;
    uint64_t generation, job;
    struct search_request *request; /* running; NULL: none */
    int pending;                    /* n (+) and N (-) pressed before the hits are known */
};

struct sheet {
    struct sheet_source *source; /* what is shown */
    struct sheet_source *wanted; /* the newest, being arranged; what `spec` speaks of */
    struct order *order;
    struct jobs *jobs;
    struct sheet_tie *tie;

    int64_t position; /* of the cursor; -1: no rows */
    int64_t anchor;   /* the identity that was last chosen, kept while it is filtered out */
    bool anchored;
    int64_t top; /* first position on the screen */
    int column, left;
    int rows, cols; /* from layout */
    int widths[SHEET_COLUMNS];
    struct column_wish *wishes;
    size_t n_wishes, wishes_cap;
    const struct column_wish *wish[SHEET_COLUMNS]; /* of each column of `source`; NULL: none */
    bool header, no_idle_cursor;
    int header_rows; /* 0, 1, or 2 with groups */

    /* What is wanted, and what the shown order was made with; `only` is not used in them. */
    struct order_spec spec, shown;
    bool only_marked, shown_only_marked;
    struct idset marks;
    uint64_t generation, arrange_job; /* of the newest wanted order */
    bool arranging;
    struct search search;
    struct regex_scratch *highlight; /* drawing's working memory for search.filter */
    char *notice, *taken;
};

/* *to becomes a copy of *from, with references of its own. */
void sheet_copy_spec(struct order_spec *to, const struct order_spec *from);
struct sheet_tie *sheet_tie_ref(struct sheet *sheet);
struct sheet *sheet_untie(struct sheet_tie *tie); /* gives the reference back */

/* Begins to bring rows in the wanted order; `source` NULL: the one there is, else it is taken. */
void sheet_arrange(struct sheet *sheet, struct sheet_source *source);
/* The order changed: hits are looked for again, the cursor stays. */
void sheet_search_again(struct sheet *sheet);
void sheet_search_clear(struct sheet *sheet);
void sheet_search_poll(struct sheet *sheet); /* the first hit of a running search may be known */
void sheet_notice(struct sheet *sheet, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The column decides first, whatever it did, and all keys that were there decide ties. */
void sheet_sort_first(struct sheet *sheet, int column, bool descending);
/* Columns are known by their names: what is wanted of the old ones, in terms of the new ones. */
void sheet_follow_columns(struct sheet *sheet, const struct sheet_source *next);
/* The cursor's column is one of what is shown: it follows when the rows are swapped in. */
void sheet_follow_cursor(struct sheet *sheet, const struct sheet_source *next);
/* Finds the wishes of the columns there are; after `source` or the wishes changed. */
void sheet_match_wishes(struct sheet *sheet);
bool sheet_column_shown(const struct sheet *sheet, int column); /* else too narrow, or hidden */
void sheet_place(struct sheet *sheet, int64_t position);        /* without choosing an identity */
void sheet_anchor(struct sheet *sheet); /* the row under the cursor is chosen */

/* The rows of `order` in these columns, as a page or JSON; not CSV. NULL title and note: none.
 * sheet_document.c */
bool sheet_write_document(const struct sheet_source *source, const struct order *order,
                          const int *column, int n_columns, const struct sheet_words *words,
                          enum document_format format, const char *path, struct progress *progress,
                          struct error *err);

#endif
