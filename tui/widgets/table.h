/*
 * A source for small sheets, filled row by row: help, messages, runs, evidence.
 *
 *     struct table *t = table_new(columns, ARRAY_LEN(columns));
 *     table_row(t, run->id);
 *     table_text(t, run->name, ROLE_NORMAL);
 *     table_int(t, n, ROLE_NORMAL);
 *     sheet_set_source(sheet, table_source(t));
 *
 * Cells are given in column order; what is left out is missing. Text is copied. A table must not
 * change any more once it is a sheet's source.
 */
#ifndef TUI_WIDGETS_TABLE_H
#define TUI_WIDGETS_TABLE_H

#include "tui/widgets/sheet.h"

struct table;
/* Columns are copied, their names borrowed. */
struct table *table_new(const struct column *columns, int n_columns);
void table_row(struct table *t, int64_t id); /* begins a row */
void table_text(struct table *t, const char *text, unsigned style);
void table_textf(struct table *t, unsigned style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void table_badge(struct table *t, enum glyph glyph, const char *text, double sort, unsigned style);
void table_int(struct table *t, int64_t value, unsigned style);
void table_real(struct table *t, double value, unsigned style);  /* _REAL, _PERCENT */
void table_count(struct table *t, double value, unsigned style); /* whole, in a _REAL column */
void table_bar(struct table *t, const struct bar_part *parts, int n, double sort);
void table_interval(struct table *t, double value, double lo, double hi, double scale,
                    unsigned style); /* NaN: missing */
void table_missing(struct table *t);
struct sheet_source *table_source(struct table *t); /* the table is the source: one reference */

#endif
