/*
 * The order of a sheet's rows: which source rows are visible, and in what order. Made from filters
 * and sort keys by pure functions that run in a job (or at once, for small sets).
 *
 * Method: one pass of filters, then a stable sort per key (sort.c), the least important first, both
 * on all cores. Cost: filters one cell each per row; memory 4 bytes a row, 12 while sorting.
 * Limit: 2^32 - 1 rows.
 */
#ifndef TUI_WIDGETS_ORDER_H
#define TUI_WIDGETS_ORDER_H

#include "storage/base/progress.h"
#include "storage/base/regex.h"
#include "tui/widgets/expr.h"
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

/* A pattern over the text cells of a row, a condition, or an exact text of one column. Shared
 * between a sheet and its jobs. */
struct filter {
    struct regex *regex; /* over any text column; NULL: another kind */
    struct expr *where;  /* a condition, read from `label`; NULL: another kind */
    char *equal;         /* what `column` shows; NULL: another kind */
    int column;
    bool out;    /* drops what matches */
    char *label; /* "&dry" in the status line */
    int refs;    /* drawing thread only */
};
struct filter *filter_new_regex(const char *pattern, bool out, struct error *err);
struct filter *filter_new_where(const struct sheet_source *source, const char *text,
                                struct error *err);
struct filter *filter_new_equal(const struct column *column, int number, const char *text);
struct filter *filter_ref(struct filter *filter);
void filter_unref(struct filter *filter); /* NULL allowed */

struct sort_key {
    int column;
    bool descending;
};

enum { ORDER_FILTERS = 16, ORDER_KEYS = 6 };

struct order_spec {
    struct filter *filters[ORDER_FILTERS];
    size_t n_filters;
    struct sort_key keys[ORDER_KEYS]; /* the most important first */
    size_t n_keys;
    const int64_t *only; /* ascending identities, NULL: no limit to marked ones */
    size_t n_only;
};

/* What one thread needs to apply the filters of a spec, which must outlive it. */
struct filter_pass;
struct filter_pass *filter_pass_new(const struct sheet_source *source,
                                    const struct order_spec *spec);
/* Returns the rows on which a pattern gave up. NULL allowed: 0. */
int64_t filter_pass_free(struct filter_pass *pass);
bool filter_pass_keeps(struct filter_pass *pass, int64_t row);

/* NULL with *err when cancelled or out of memory. *expensive counts rows on which a pattern gave
 * up (they do not match). Any thread. */
struct order *order_make(const struct sheet_source *source, const struct order_spec *spec,
                         int64_t *expensive, struct progress *progress, struct error *err);

bool column_has_text(enum column_kind kind);
/* Puts the rows that the spec keeps, ascending, into order->row, which has room for all; on several
 * threads. Any thread. */
bool order_filter(const struct sheet_source *source, const struct order_spec *spec,
                  struct order *order, int64_t *expensive, struct progress *progress,
                  struct error *err);
/* Sorts `rows` stably by one key. Any thread. */
bool order_sort(const struct sheet_source *source, uint32_t *rows, int64_t n,
                const struct sort_key *key, struct progress *progress, struct error *err);

/* Where each of the column's n entries stands among them in order; equal texts stand at one place.
 * The caller frees; NULL with *err. Any thread. */
uint32_t *order_rank_entries(const struct sheet_source *source, int column, int64_t n,
                             struct progress *progress, struct error *err);

/* The cell's text as the sheet shows it, not cut; "" when missing. */
void value_format(const struct column *column, const struct value *v, const struct glyphs *glyphs,
                  struct buf *out);
/* Keys of the rows, through keys() or cells. `scratch` is for texts of cells. */
void source_keys(const struct sheet_source *source, int column, const uint32_t *rows, size_t n,
                 uint64_t *key, struct buf *scratch);
int64_t source_entries(const struct sheet_source *source, int column); /* 0: none */
int64_t source_id(const struct sheet_source *source, int64_t row);
int64_t source_row(const struct sheet_source *source, int64_t id); /* -1: gone */

#endif
