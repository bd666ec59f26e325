/*
 * One item: what it is, and panes of what follows it, what it follows, its neighbours, items with
 * the same id, users who have it in training, and users to whom a shown run recommends it. On a
 * large screen all panes are side by side; else Tab turns them over.
 */
#ifndef TUI_SCREENS_ITEM_SCREEN_H
#define TUI_SCREENS_ITEM_SCREEN_H

#include "tui/screens/host.h"

struct view *item_screen_new(struct app *app, int32_t item);

#endif
