/* A roll-out as rows for a sheet, and its spans in words. Pure: roll-out in, rows and text out. */
#ifndef TUI_SCREENS_ROLL_OUT_ROWS_H
#define TUI_SCREENS_ROLL_OUT_ROWS_H

#include "analysis/report/roll_out.h"
#include "tui/screens/host.h"

/* The history, then the items written; identity: the place from 1. Spans are drawn as brackets, in
 * as many lanes as overlap, and named by a letter each. */
enum { ROLL_OUT_TITLE = 5 };
struct sheet_source *roll_out_rows(const struct host *host, const struct roll_out *r,
                                   const struct glyphs *glyphs);
/* No rows, the same columns. */
struct sheet_source *roll_out_no_rows(void);

/* 'a', 'b', … 'z', 'A', … of the span by its place among them. */
char roll_out_letter(size_t span);
bool roll_out_span_has(const struct roll_out_span *span, int32_t place);
/* "a  3 items · 14× in 12 users (own 0) · first A60XNB876KYML pos 4" */
void roll_out_span_words(const struct host *host, const struct roll_out *r, size_t span,
                         const struct glyphs *glyphs, struct buf *out);

#endif
