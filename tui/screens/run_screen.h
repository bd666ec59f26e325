/*
 * One run: its facts, its curves epoch by epoch, and below them four sheets that Tab goes through:
 * epochs, stored figures under the active definition (label shares with their nulls, slices),
 * options, and what its worker wrote. As long as it is trained it is read again every second.
 */
#ifndef TUI_SCREENS_RUN_SCREEN_H
#define TUI_SCREENS_RUN_SCREEN_H

#include "tui/screens/host.h"

struct view *run_screen_new(struct app *app, int64_t run);

#endif
