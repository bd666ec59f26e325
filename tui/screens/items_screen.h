/* Items: one row per item, the most popular first, with three columns for each shown run. Enter
 * opens the item. */
#ifndef TUI_SCREENS_ITEMS_SCREEN_H
#define TUI_SCREENS_ITEMS_SCREEN_H

#include "tui/screens/host.h"

/* The cursor begins in the column of how often the first shown run recommends by rote. */
struct view *items_screen_new(struct app *app);

#endif
