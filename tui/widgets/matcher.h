/*
 * A pattern over the cells of a source: working memory of one thread. Texts that a column chooses
 * from a table (the source's entries) are looked at once, however many rows have them. Badges match
 * as they are shown, "■3", and as they are shown in ASCII, "#3"; in matcher_row() only where that
 * is no letter.
 */
#ifndef TUI_WIDGETS_MATCHER_H
#define TUI_WIDGETS_MATCHER_H

#include "storage/base/regex.h"
#include "tui/widgets/sheet.h"

struct matcher;
/* Both are borrowed for the matcher's life. */
struct matcher *matcher_new(const struct sheet_source *source, const struct regex *regex);
void matcher_free(struct matcher *m); /* NULL allowed */
/* Does the pattern occur in the cell, which is one of a text column? */
enum regex_result matcher_cell(struct matcher *m, int64_t row, int column);
/* In one of the row's text cells? REGEX_LIMIT: in none, but it gave up on one. */
enum regex_result matcher_row(struct matcher *m, int64_t row);

#endif
