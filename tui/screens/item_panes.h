/* The contents of the item view's panes as sources for sheets, of any number of rows: they take
 * over the lists that they show. May be called on a job's thread. */
#ifndef TUI_SCREENS_ITEM_PANES_H
#define TUI_SCREENS_ITEM_PANES_H

#include "analysis/report/item_detail.h"
#include "storage/base/intern.h"
#include "tui/screens/case_screen.h"

enum link_kind {
    LINK_SUCCESSOR,
    LINK_PREDECESSOR,
    LINK_COLLABORATIVE,
    LINK_SEMANTIC,
    LINK_SAME_ID,
    LINK_KINDS
};

/* Identity: the item. *links is empty afterwards. edges NULL: the rows have no popularity; ids are
 * needed for LINK_SAME_ID. */
struct sheet_source *link_rows(const struct host *host, enum link_kind kind,
                               struct item_links *links, const struct edges *edges,
                               const struct semid_table *ids);
/* Identity: the user. The detail's holders are taken; their number stays. */
struct sheet_source *holder_rows(const struct host *host, struct item_detail *detail);
/* The row's user, and where the item is first in the sequence. */
struct case_place holder_place(const struct sheet_source *holders, int64_t row);
/* Identity: the case. The detail's receivers are taken; their number stays. */
struct sheet_source *receiver_rows(const struct host *host, struct item_detail *detail);
/* The case, and where the item stands in it: in the first run that recommends it there. */
struct case_place receiver_place(const struct sheet_source *receivers, int64_t row);

/* "12 7 33 0" */
void add_semantic_id(const struct semid_table *ids, int32_t item, struct buf *out);

/* Columns that the number takes as "1,204". */
int grouped_width(int64_t n);
/* Of the ids of a table, the widest one up to 24. */
int id_width(const struct strtab *ids);
bool any_text(const struct strtab *table);
static inline int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

#endif
