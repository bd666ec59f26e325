/* What Enter opens in the result of a query: the case, run or item that a column names. */
#ifndef TUI_SCREENS_QUERY_OPEN_H
#define TUI_SCREENS_QUERY_OPEN_H

#include "tui/screens/app.h"

/* Of the row under the cursor: what its column names (user_id, run, item_id; user and item by
 * number), or else the only kind of them that the row has. Errors: none, several, NULL, or nobody
 * of that name. */
unsigned query_open_row(struct app *app, const struct sheet *sheet, struct error *err);

#endif
