/*
 * The order of a sheet's rows: which source rows are visible, and in what order. Made from filters
 * and sort keys by pure functions that run in a job (or at once, for small sets).
 *
 * Method: one pass of filters, then a stable radix sort per key, the least important first; texts
 * are sorted by 8 bytes behind their common prefix and runs of equal ones by merging. Cost: filters
 * one cell each per row; a numeric sort of 1,000,000 rows about 30 ms; memory 24 bytes a row while
 * sorting, 4 after. Limit: 2^32 - 1 rows.
 */
#ifndef TUI_WIDGETS_ORDER_H
#define TUI_WIDGETS_ORDER_H

#include "storage/base/progress.h"
#include "storage/base/regex.h"
#include "tui/widgets/sheet.h"

struct order {
    uint32_t *row; /* [n] source rows; NULL: all of them in the source's order */
    int64_t n;
    int refs; /* drawing thread only */
};
struct order *order_all(int64_t n);
struct order *order_ref(struct order *order);
void order_unref(struct order *order); /* NULL allowed */
static inline int64_t order_row(const struct order *order, int64_t position)
{
    return order->row ? (int64_t)order->row[position] : position;
}
/* Where a source row is, looking at `near` first; -1: not visible. */
int64_t order_find(const struct order *order, int64_t row, int64_t near);

/* A pattern over the text cells of a row, or an exact text of one column. Shared between a sheet
 * and its jobs. */
struct filter {
    struct regex *regex; /* NULL: `equal` in `column` */
    bool out;            /* drops what matches */
    int column;          /* -1: any text column */
    char *equal;
    char *label; /* "&dry" in the status line */
    int refs;    /* drawing thread only */
};
struct filter *filter_new_regex(const char *pattern, bool out, struct error *err);
struct filter *filter_new_equal(const struct column *column, int number, const char *text);
struct filter *filter_ref(struct filter *filter);
void filter_unref(struct filter *filter); /* NULL allowed */

struct sort_key {
    int column;
    bool descending;
};

enum { ORDER_FILTERS = 16, ORDER_KEYS = 3 };

struct order_spec {
    struct filter *filters[ORDER_FILTERS];
    size_t n_filters;
    struct sort_key keys[ORDER_KEYS]; /* the most important first */
    size_t n_keys;
    const int64_t *only; /* ascending identities, NULL: no limit to marked ones */
    size_t n_only;
};

/* NULL with *err when cancelled or out of memory. *expensive counts rows on which a pattern gave
 * up (they do not match). Any thread. */
struct order *order_make(const struct sheet_source *source, const struct order_spec *spec,
                         int64_t *expensive, struct progress *progress, struct error *err);

/* Does the pattern occur in the row's text cells? Any thread. */
enum regex_result row_matches(const struct sheet_source *source, int64_t row, int column,
                              const struct regex *regex, struct regex_scratch *scratch,
                              struct buf *text);
bool column_has_text(enum column_kind kind);
/* Sorts `rows` stably by one key. Any thread. */
bool order_sort(const struct sheet_source *source, uint32_t *rows, int64_t n,
                const struct sort_key *key, struct progress *progress, struct error *err);

/* The cell's text as the sheet shows it, not cut; "" when missing. */
void value_format(const struct column *column, const struct value *v, const struct glyphs *glyphs,
                  struct buf *out);
int64_t source_id(const struct sheet_source *source, int64_t row);
int64_t source_row(const struct sheet_source *source, int64_t id); /* -1: gone */

#endif
