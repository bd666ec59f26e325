/* The tables and columns that SQL sees, a line of documentation each, and statements to begin with;
 * from storage/db/query.h, as docs/sql.md is. */
#ifndef TUI_SCREENS_SCHEMA_SCREEN_H
#define TUI_SCREENS_SCHEMA_SCREEN_H

#include "tui/screens/app.h"

/* Enter on a table or a column shows the table's first rows, on an example its result. */
struct view *schema_screen_new(struct app *app);
/* Names of tables and columns, and the words of a statement, that begin with prefix. */
void schema_complete(const char *prefix, struct completions *out);

#endif
