/* Views about a sheet: the frequency table of a column, one row in full, the list of columns. */
#ifndef TUI_SCREENS_SHEET_ABOUT_H
#define TUI_SCREENS_SHEET_ABOUT_H

#include "tui/screens/app.h"

/* Counts the column in a job, then pushes the table; Enter there keeps the rows of a value or bin
 * in the sheet, which is the one of the view in front. */
void frequency_view_start(struct app *app, struct sheet *sheet, int column);
/* Every column of the row under the cursor, hidden ones too: column, value, help. */
struct view *detail_view_new(struct app *app, const struct sheet *sheet);
/* Every column of the sheet of the view in front; Enter hides it or shows it again. */
struct view *columns_view_new(struct app *app, const struct sheet *sheet);

#endif
